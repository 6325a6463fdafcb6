//! The queue from which all workers take; see [`Injector`].

use core::fmt;

use super::worker::Order;
use super::{BATCH, Steal, Worker, landing, share};
use crate::LockFreeQueue;

/// A queue of values for all workers: any thread pushes, and workers take one or a batch; first in, first out.
///
/// A [`LockFreeQueue`] by other names: its guarantees are those, and [`Steal::Retry`] is never the answer.
///
/// ```
/// use lockfree_collections::deque::{Injector, Steal, Worker};
///
/// static TASKS: Injector<u32> = Injector::new();
///
/// TASKS.push(1);
/// TASKS.push(2);
/// let worker = Worker::new_fifo();
/// assert_eq!(TASKS.steal_batch_and_pop(&worker), Steal::Success(1));
/// assert_eq!(TASKS.steal(), Steal::Success(2));
/// ```
pub struct Injector<T> {
    pub(super) queue: LockFreeQueue<T>,
}

impl<T> Injector<T> {
    /// Makes an empty injector.
    ///
    /// ```
    /// assert!(lockfree_collections::deque::Injector::<u8>::new().is_empty());
    /// ```
    #[must_use]
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self { queue: LockFreeQueue::new() }
    }

    /// Makes an empty injector.
    #[must_use]
    #[cfg(loom)]
    pub fn new() -> Self {
        Self { queue: LockFreeQueue::new() }
    }

    /// Puts `value` at the end.
    ///
    /// ```
    /// let injector = lockfree_collections::deque::Injector::new();
    /// injector.push(1);
    /// assert_eq!(injector.len(), 1);
    /// ```
    pub fn push(&self, value: T) {
        self.queue.push(value);
    }

    /// Takes the value that was pushed first.
    ///
    /// ```
    /// use lockfree_collections::deque::{Injector, Steal};
    ///
    /// let injector = Injector::new();
    /// injector.push(1);
    /// assert_eq!(injector.steal(), Steal::Success(1));
    /// assert_eq!(injector.steal(), Steal::Empty);
    /// ```
    pub fn steal(&self) -> Steal<T> {
        self.queue.pop().map_or(Steal::Empty, Steal::Success)
    }

    /// Takes about half of the values, 32 at most, and puts them into `dest`, whose owner then pops them in their order.
    ///
    /// ```
    /// use lockfree_collections::deque::{Injector, Steal, Worker};
    ///
    /// let (injector, worker) = (Injector::new(), Worker::new_fifo());
    /// (1..=4).for_each(|number| injector.push(number));
    /// assert_eq!(injector.steal_batch(&worker), Steal::Success(()));
    /// assert_eq!((worker.len(), injector.len()), (2, 2));
    /// ```
    pub fn steal_batch(&self, dest: &Worker<T>) -> Steal<()> {
        self.steal_batch_with_limit(dest, BATCH)
    }

    /// As [`Injector::steal_batch`], of `limit` values at most.
    ///
    /// # Panics
    ///
    /// If the limit is zero.
    ///
    /// ```
    /// use lockfree_collections::deque::{Injector, Steal, Worker};
    ///
    /// let (injector, worker) = (Injector::new(), Worker::new_fifo());
    /// (1..=10).for_each(|number| injector.push(number));
    /// assert_eq!(injector.steal_batch_with_limit(&worker, 2), Steal::Success(()));
    /// assert_eq!(worker.len(), 2);
    /// ```
    #[track_caller]
    pub fn steal_batch_with_limit(&self, dest: &Worker<T>, limit: usize) -> Steal<()> {
        assert!(limit > 0, "expected a limit of at least 1");
        landing::batch(dest, Order::Fifo, share(self.len(), limit), || self.steal())
    }

    /// As [`Injector::steal_batch`], but returns the first of the values.
    ///
    /// ```
    /// use lockfree_collections::deque::{Injector, Steal, Worker};
    ///
    /// let (injector, worker) = (Injector::new(), Worker::new_lifo());
    /// (1..=6).for_each(|number| injector.push(number));
    /// assert_eq!(injector.steal_batch_and_pop(&worker), Steal::Success(1));
    /// assert_eq!((worker.pop(), worker.pop()), (Some(2), Some(3)));
    /// ```
    pub fn steal_batch_and_pop(&self, dest: &Worker<T>) -> Steal<T> {
        self.steal_batch_with_limit_and_pop(dest, BATCH)
    }

    /// As [`Injector::steal_batch_and_pop`], of `limit` values at most.
    ///
    /// # Panics
    ///
    /// If the limit is zero.
    ///
    /// ```
    /// use lockfree_collections::deque::{Injector, Steal, Worker};
    ///
    /// let (injector, worker) = (Injector::new(), Worker::new_lifo());
    /// (1..=6).for_each(|number| injector.push(number));
    /// assert_eq!(injector.steal_batch_with_limit_and_pop(&worker, 1), Steal::Success(1));
    /// assert!(worker.is_empty());
    /// ```
    #[track_caller]
    pub fn steal_batch_with_limit_and_pop(&self, dest: &Worker<T>, limit: usize) -> Steal<T> {
        assert!(limit > 0, "expected a limit of at least 1");
        landing::batch_and_pop(dest, Order::Fifo, share(self.len(), limit), || self.steal())
    }

    /// Tells whether the injector is empty; as [`LockFreeQueue::is_empty`].
    ///
    /// ```
    /// assert!(lockfree_collections::deque::Injector::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many values there are; as [`LockFreeQueue::len`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::deque::Injector::<u8>::new().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }
}

impl<T> Default for Injector<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Injector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Injector").field("len", &self.len()).finish_non_exhaustive()
    }
}
