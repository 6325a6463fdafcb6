//! The thieves' end of a work-stealing deque. Invariants and orderings: see [`super::worker`].

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::worker::{Inner, Order, count};
use super::{BATCH, Steal, Worker, landing, share};
use crate::primitive::{Shared, fence, ord};

/// A handle through which other threads take values from a [`Worker`]'s deque: the one pushed first.
///
/// ```
/// use lockfree_collections::deque::{Steal, Worker};
///
/// let worker = Worker::new_lifo();
/// worker.push(1);
/// let stealer = worker.stealer();
/// std::thread::scope(|scope| {
///     let thief = scope.spawn(|| stealer.steal());
///     assert_eq!(thief.join().unwrap(), Steal::Success(1));
/// });
/// ```
pub struct Stealer<T> {
    pub(super) inner: Shared<Inner<T>>,
    pub(super) order: Order,
}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for Stealer<T> {}
impl<T> RefUnwindSafe for Stealer<T> {}

impl<T> Stealer<T> {
    /// Takes the value that was pushed first.
    ///
    /// ```
    /// use lockfree_collections::deque::{Steal, Worker};
    ///
    /// let worker = Worker::new_fifo();
    /// assert_eq!(worker.stealer().steal(), Steal::Empty);
    /// worker.push(1);
    /// assert_eq!(worker.stealer().steal(), Steal::Success(1));
    /// ```
    pub fn steal(&self) -> Steal<T> {
        // ord[D1] Relaxed: the fence D2 acquires what the last move followed, if it was D18; pairs with none.
        let front = self.inner.ends.front.load(ord!(D1, Relaxed));
        // ord[D2] SeqCst: of this and the owner's fence one comes first, see there; acquires for D1, so that `back` is not one of before
        // the owner's move; pairs with D14, D18.
        fence(ord!(D2, SeqCst));
        // ord[D3] Acquire: the values before it are seen, and the buffer they are in; pairs with D7, D13.
        let back = self.inner.ends.back.load(ord!(D3, Acquire));
        if count(front, back) <= 0 {
            return Steal::Empty;
        }
        let mut entry = self.inner.hazards.enter();
        let buffer = entry.protect(0, &self.inner.buffer);
        // SAFETY: protected, never null, and published with D5 or with the deque.
        let value = unsafe { &*buffer }.read(front);
        // ord[D4] Release: takes the value (I3), after it was read; no more, since D2 and D14 order the claims; pairs with D11, D18.
        // ord[D8] Relaxed: another thread took it; pairs with none.
        match self.inner.ends.front.compare_exchange(front, front.wrapping_add(1), ord!(D4, Release), ord!(D8, Relaxed))
        {
            // SAFETY: I2: it was read after `back`, hence was there; I3: we moved `front`.
            Ok(_) => Steal::Success(unsafe { value.assume_value() }),
            Err(_) => Steal::Retry,
        }
    }

    /// Takes about half of the values, 32 at most, those that were pushed first, and puts them into `dest`. The owner of `dest` then
    /// pops them in the order in which this deque's owner would have popped them.
    ///
    /// Each value is taken by itself: others may take some in between. All of them come into `dest` at once.
    ///
    /// ```
    /// use lockfree_collections::deque::{Steal, Worker};
    ///
    /// let (worker, thief) = (Worker::new_fifo(), Worker::new_lifo());
    /// (1..=4).for_each(|number| worker.push(number));
    /// assert_eq!(worker.stealer().steal_batch(&thief), Steal::Success(()));
    /// assert_eq!((thief.pop(), thief.pop(), thief.pop()), (Some(1), Some(2), None));
    /// ```
    pub fn steal_batch(&self, dest: &Worker<T>) -> Steal<()> {
        self.steal_batch_with_limit(dest, BATCH)
    }

    /// As [`Stealer::steal_batch`], of `limit` values at most.
    ///
    /// # Panics
    ///
    /// If the limit is zero.
    ///
    /// ```
    /// use lockfree_collections::deque::{Steal, Worker};
    ///
    /// let (worker, thief) = (Worker::new_fifo(), Worker::new_fifo());
    /// (1..=10).for_each(|number| worker.push(number));
    /// assert_eq!(worker.stealer().steal_batch_with_limit(&thief, 2), Steal::Success(()));
    /// assert_eq!(thief.len(), 2);
    /// ```
    #[track_caller]
    pub fn steal_batch_with_limit(&self, dest: &Worker<T>, limit: usize) -> Steal<()> {
        assert!(limit > 0, "expected a limit of at least 1");
        if Shared::ptr_eq(&self.inner, &dest.inner) {
            return if dest.is_empty() { Steal::Empty } else { Steal::Success(()) };
        }
        landing::batch(dest, self.order, share(self.len(), limit), || self.steal())
    }

    /// As [`Stealer::steal_batch`], but returns the value that would have been popped first.
    ///
    /// ```
    /// use lockfree_collections::deque::{Steal, Worker};
    ///
    /// let (worker, thief) = (Worker::new_fifo(), Worker::new_fifo());
    /// (1..=4).for_each(|number| worker.push(number));
    /// assert_eq!(worker.stealer().steal_batch_and_pop(&thief), Steal::Success(1));
    /// assert_eq!(thief.pop(), Some(2));
    /// ```
    pub fn steal_batch_and_pop(&self, dest: &Worker<T>) -> Steal<T> {
        self.steal_batch_with_limit_and_pop(dest, BATCH)
    }

    /// As [`Stealer::steal_batch_and_pop`], of `limit` values at most.
    ///
    /// # Panics
    ///
    /// If the limit is zero.
    ///
    /// ```
    /// use lockfree_collections::deque::{Steal, Worker};
    ///
    /// let (worker, thief) = (Worker::new_fifo(), Worker::new_fifo());
    /// (1..=10).for_each(|number| worker.push(number));
    /// assert_eq!(worker.stealer().steal_batch_with_limit_and_pop(&thief, 2), Steal::Success(1));
    /// assert_eq!(thief.len(), 1);
    /// ```
    #[track_caller]
    pub fn steal_batch_with_limit_and_pop(&self, dest: &Worker<T>, limit: usize) -> Steal<T> {
        assert!(limit > 0, "expected a limit of at least 1");
        if Shared::ptr_eq(&self.inner, &dest.inner) {
            return dest.pop().map_or(Steal::Empty, Steal::Success);
        }
        landing::batch_and_pop(dest, self.order, share(self.len(), limit), || self.steal())
    }

    /// Tells whether there is no value, at some moment during the call.
    ///
    /// ```
    /// assert!(lockfree_collections::deque::Worker::<u8>::new_fifo().stealer().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values there are; approximate while others push and take.
    ///
    /// ```
    /// let worker = lockfree_collections::deque::Worker::new_fifo();
    /// worker.push(1);
    /// assert_eq!(worker.stealer().len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        // ord[D6] Relaxed: as D1, by D30; pairs with none.
        let front = self.inner.ends.front.load(ord!(D6, Relaxed));
        // ord[D30] SeqCst: who pushed to another deque before sees a push to this one, or is seen by who looks there after that push;
        // acquires for D6, as D2; pairs with D2, D18, D30.
        fence(ord!(D30, SeqCst));
        // ord[D9] Relaxed: a number, nothing is read through it; pairs with none.
        let back = self.inner.ends.back.load(ord!(D9, Relaxed));
        usize::try_from(count(front, back)).unwrap_or(0)
    }
}

impl<T> Clone for Stealer<T> {
    fn clone(&self) -> Self {
        Self { inner: Shared::clone(&self.inner), order: self.order }
    }
}

impl<T> fmt::Debug for Stealer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stealer").field("len", &self.len()).finish_non_exhaustive()
    }
}
