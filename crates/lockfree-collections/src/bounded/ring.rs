//! Bounded queue: a ring of stamped slots.
//!
//! **Source.** Vyukov, "Bounded MPMC queue" (1024cores.net, 2010), with the lap numbers and the replacing push of crossbeam's
//! `ArrayQueue`, so that any capacity will do. Differences: the queue can be closed, by a bit in `tail`; a batch claims several slots
//! with one move of an end, after it has seen their stamps; who loses a race for an end leaves it to the winner for a microsecond.
//!
//! ```text
//! head, tail:  lap | closed (tail only) | index         one_lap = 2 * mark, mark = the power of two above the capacity
//!
//! slot i:  stamp == lap | i          empty, to be filled in this lap
//!          stamp == (lap | i) + 1    full, to be emptied in this lap; then the stamp becomes the next lap's | i
//! ```
//!
//! **Invariants.** A position is a lap and an index below the capacity, without the closed bit; positions of one index are a lap apart.
//! - I1: `head` and `tail` move from a position to the next, or over several at once (batches), and `head <= tail <= head + one lap`.
//! - I2: the slot at position p is written by the thread that moved `tail` on from p, after its stamp was p and before that thread
//!   makes it p + 1; it is read (moved out) by the thread that moved `head` on from p, after the stamp was p + 1 and before that
//!   thread makes it p + one lap. `force_push` moves both, `head` at p and `tail` at p + one lap: it owns the slot in between.
//! - I3: a slot holds a value if and only if its stamp is p + 1 for some p, or its owner by I2 is at work.
//! - I4: the closed bit is set once, and stays; `tail` does not move thereafter but for a `force_push` that had begun to replace.
//!
//! **Linearization points.** `push`: the move of `tail`. `pop`: the move of `head`. `push` of a full queue: the read of `head`,
//! after the fence, one lap behind the `tail` read before (which still is the tail then, or was when the pop behind that head took
//! place: stamps say that the slot was not emptied). `pop` of an empty queue: the read of `tail`, after the fence, that equals the
//! `head` read before: since `head <= tail`, the queue was empty then. `force_push` that replaces: the move of `head`, until the
//! move of `tail` that follows nobody can push or find the queue full. `close`: setting the bit; `push` of a closed queue: the read
//! of `tail`.
//!
//! **Orderings.** Values go by the stamps. That the moves of the ends are sequentially consistent, but for B1, is for two queues: of two
//! threads that change one each and then ask the other one, one sees what the other has done. Who finds a queue full or empty passes a
//! fence before that; questions ([`super::state`]) do with loads. B1 needs no place in that order: the queue is full before a replacement
//! and after it, and what ends it is B3.
//!
//! **Progress.** Not lock-free: a thread that is stopped between moving an end and making the stamp keeps that one slot, and when
//! the others come round to it, they wait. Until then nobody waits for anybody. No operation takes a lock, and operations on an
//! empty or a full queue return.
//!
//! **Reclamation.** None is needed: slots live as long as the queue.
//!
//! **What is checked.** `tests/loom_bounded.rs`: two and three threads over rings of one, two and three slots, so that laps wrap, and
//! over two rings. Every ordering has a weakened twin that is refuted; of those for two rings all but B6's and B13's by our checker only.
//! `tests/stress_bounded.rs`: recorded histories, and a ring of two slots under four threads.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::error::CapacityError;
use super::iter::TryIter;
use super::slot::Slot;
use crate::primitive::{AtomicUsize, Backoff, CachePadded, fence, ord};

/// A bounded queue for any number of producers and consumers: first in, first out.
///
/// # Guarantees
///
/// - *Order*: linearizable; every value is popped once, in the order of the pushes.
/// - *Progress*: no locks, and no allocation after `new`; but a thread that is stopped in the middle of a push or a pop keeps its
///   slot, and once the others have come round the ring to it, they wait for it.
/// - *Memory*: `capacity` slots of a value and a word, allocated by `new`, and nothing else.
/// - *Happens-before*: what a thread did before a push is seen by the thread that pops the value.
/// - *Drop*: dropping the queue drops the values in it, the oldest first. If one panics, the others are still dropped; if a second
///   one panics, the process aborts, as with `Vec`.
///
/// # Examples
///
/// ```
/// use lockfree_collections::BoundedQueue;
///
/// let queue = BoundedQueue::new(2);
/// assert_eq!(queue.push('a'), Ok(()));
/// assert_eq!(queue.push('b'), Ok(()));
/// assert_eq!(queue.push('c'), Err('c'));
/// assert_eq!(queue.pop(), Some('a'));
/// ```
#[doc(alias = "ArrayQueue")]
pub struct BoundedQueue<T> {
    pub(super) head: CachePadded<AtomicUsize>,
    pub(super) tail: CachePadded<AtomicUsize>,
    pub(super) slots: Box<[Slot<T>]>,
    /// The closed bit of `tail`; indices are below it.
    pub(super) mark: usize,
    #[cfg(feature = "wait")]
    pub(super) receivers: crate::receive::Receivers,
}

// SAFETY: values are moved in and out by value, never shared between threads; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for BoundedQueue<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for BoundedQueue<T> {}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for BoundedQueue<T> {}
impl<T> RefUnwindSafe for BoundedQueue<T> {}

/// What a failed attempt to push found.
enum Full<T> {
    /// No slot is free; the position of the tail.
    At(usize, T),
    Closed(T),
}

impl<T> BoundedQueue<T> {
    /// Makes an empty queue of `capacity` slots.
    ///
    /// # Panics
    ///
    /// If the capacity is zero or too large, as [`BoundedQueue::try_new`] would tell.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::<u8>::new(100);
    /// assert_eq!(queue.capacity(), 100);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        match Self::try_new(capacity) {
            Ok(queue) => queue,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes an empty queue of `capacity` slots.
    ///
    /// # Errors
    ///
    /// If the capacity is zero, or memory cannot hold so many slots.
    ///
    /// ```
    /// use lockfree_collections::BoundedQueue;
    ///
    /// assert!(BoundedQueue::<u8>::try_new(0).is_err());
    /// assert!(BoundedQueue::<u8>::try_new(usize::MAX).is_err());
    /// assert!(BoundedQueue::<u8>::try_new(1).is_ok());
    /// ```
    pub fn try_new(capacity: usize) -> Result<Self, CapacityError> {
        let error = CapacityError::new(capacity);
        // Room for a lap of one bit at least, beside the closed bit and the index.
        if capacity == 0 || capacity > usize::MAX / 8 {
            return Err(error);
        }
        let mut slots = Vec::new();
        slots.try_reserve_exact(capacity).map_err(|_| error)?;
        slots.extend((0..capacity).map(Slot::new));
        Ok(Self {
            head: CachePadded::new(AtomicUsize::new(0)),
            tail: CachePadded::new(AtomicUsize::new(0)),
            slots: slots.into_boxed_slice(),
            mark: (capacity + 1).next_power_of_two(),
            #[cfg(feature = "wait")]
            receivers: crate::receive::Receivers::new(),
        })
    }

    /// By how much positions of one index differ from lap to lap.
    pub(super) fn one_lap(&self) -> usize {
        self.mark * 2
    }

    /// The index of a position, or of a tail with the closed bit.
    #[inline(always)]
    pub(super) fn index(&self, position: usize) -> usize {
        position & (self.mark - 1)
    }

    /// The position after `position`.
    #[inline(always)]
    pub(super) fn next(&self, position: usize) -> usize {
        let index = self.index(position);
        if index + 1 < self.slots.len() { position + 1 } else { (position - index).wrapping_add(self.one_lap()) }
    }

    /// The slot of a position, or of a tail with the closed bit.
    #[inline(always)]
    pub(super) fn slot(&self, position: usize) -> &Slot<T> {
        let index = self.index(position);
        debug_assert!(index < self.slots.len());
        // SAFETY: I1: the indices of positions are below the capacity.
        unsafe { self.slots.get_unchecked(index) }
    }

    /// Appends `value`.
    ///
    /// # Errors
    ///
    /// Returns it if the queue is full, or closed.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(1);
    /// assert_eq!(queue.push(1), Ok(()));
    /// assert_eq!(queue.push(2), Err(2));
    /// ```
    #[inline]
    pub fn push(&self, value: T) -> Result<(), T> {
        match self.try_push(value) {
            Ok(()) => {
                self.wake(1);
                Ok(())
            }
            Err(Full::At(_, value) | Full::Closed(value)) => Err(value),
        }
    }

    /// Wakes receivers, if there can be any, of as many values as were pushed.
    #[inline(always)]
    pub(super) fn wake(&self, values: usize) {
        #[cfg(feature = "wait")]
        self.receivers.wake(values);
        let _ = values;
    }

    /// Appends `value`, in place of the oldest one if the queue is full; returns that.
    ///
    /// A closed queue returns `value` itself.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(2);
    /// assert_eq!(queue.force_push(1), None);
    /// assert_eq!(queue.force_push(2), None);
    /// assert_eq!(queue.force_push(3), Some(1));
    /// assert_eq!(queue.pop(), Some(2));
    /// ```
    pub fn force_push(&self, mut value: T) -> Option<T> {
        loop {
            match self.try_push(value) {
                Ok(()) => {
                    self.wake(1);
                    return None;
                }
                Err(Full::Closed(value)) => return Some(value),
                Err(Full::At(tail, back)) => {
                    let head = tail.wrapping_sub(self.one_lap());
                    let (next_tail, next_head) = (self.next(tail), self.next(head));
                    // ord[B1] Relaxed: takes the oldest value, which B5 has seen; the fence B6 before it releases; pairs with none.
                    // ord[B2] Relaxed: somebody else took it, and there is room; pairs with none.
                    match self.head.compare_exchange(head, next_head, ord!(B1, Relaxed), ord!(B2, Relaxed)) {
                        Ok(_) => {
                            let slot = self.slot(tail);
                            // Nobody else moves the tail: its slot is not free. Adding keeps the closed bit as it is.
                            // ord[B3] SeqCst: claims the slot for the new value, as B8; pairs with B13, B24, B26, B28, B29.
                            self.tail.fetch_add(next_tail.wrapping_sub(tail), ord!(B3, SeqCst));
                            let old = slot.value.with_mut(|place| {
                                // SAFETY: I2: the slot is ours by both moves, and `try_push` has seen it full.
                                unsafe { place.cast::<T>().read() }
                            });
                            // SAFETY: as above; its value was just moved out.
                            slot.value.with_mut(|place| unsafe { (*place).write(back) });
                            // ord[B4] Release: publishes the value; pairs with B5, B11, B40, B45.
                            slot.stamp.store(tail + 1, ord!(B4, Release));
                            return Some(old);
                        }
                        Err(_) => value = back,
                    }
                }
            }
        }
    }

    #[inline]
    fn try_push(&self, value: T) -> Result<(), Full<T>> {
        // ord[B7] Relaxed: only a guess, which B8 confirms; pairs with none.
        let tail = self.tail.load(ord!(B7, Relaxed));
        // What is needed of the ring is looked up before the claim, behind which a processor begins anew.
        let (slot, next) = (self.slot(tail), self.next(tail));
        // A stamp has no closed bit: the two differ if the queue is closed.
        if slot.emptied() != tail {
            return self.try_push_slowly(value, false);
        }
        if self.claim_tail(tail, next).is_err() {
            return self.try_push_slowly(value, true);
        }
        // SAFETY: I2: the slot is ours, and empty.
        unsafe { slot.fill(tail, value) };
        Ok(())
    }

    /// As [`BoundedQueue::try_push`], where that has not succeeded at once: because a race was `lost`, or for another reason.
    #[cold]
    #[inline(never)]
    fn try_push_slowly(&self, value: T, mut lost: bool) -> Result<(), Full<T>> {
        let backoff = Backoff::new();
        loop {
            if lost {
                give_way();
            }
            // ord[B17] Relaxed: as B7; pairs with none.
            let tail = self.tail.load(ord!(B17, Relaxed));
            if tail & self.mark != 0 {
                return Err(Full::Closed(value));
            }
            let slot = self.slot(tail);
            let stamp = slot.emptied();
            if stamp == tail {
                lost = self.claim_tail(tail, self.next(tail)).is_err();
                if !lost {
                    // SAFETY: I2: the slot is ours, and empty.
                    unsafe { slot.fill(tail, value) };
                    return Ok(());
                }
                continue;
            }
            lost = false;
            if stamp.wrapping_add(self.one_lap()) == tail + 1 {
                // The value of one lap ago is still there.
                // And who sees the head where a replacement moves it (B1) sees the tail that is read above.
                // ord[B6] SeqCst: a pop that was over before this push began is seen below; pairs with B10, B25, B27, B30, B46.
                fence(ord!(B6, SeqCst));
                // ord[B16] Relaxed: after B6, nothing is read through it; pairs with none.
                let head = self.head.load(ord!(B16, Relaxed));
                if head.wrapping_add(self.one_lap()) == tail {
                    return Err(Full::At(tail, value));
                }
                // A pop has claimed the slot and is about to empty it.
            }
            // Or another push has claimed the slot.
            backoff.snooze();
        }
    }

    /// Claims the slot at `tail` for pushing, unless the tail has moved; `next` comes after it.
    #[inline(always)]
    fn claim_tail(&self, tail: usize, next: usize) -> Result<usize, usize> {
        // ord[B8] SeqCst: claims the slot; in one order with those who find the queue empty; pairs with B13, B24, B26, B28, B29.
        // ord[B15] Relaxed: a lost race, nothing is read through it; pairs with none.
        self.tail.compare_exchange_weak(tail, next, ord!(B8, SeqCst), ord!(B15, Relaxed))
    }

    /// Removes the value that was pushed first, or returns none if the queue is empty.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(1);
    /// assert_eq!(queue.pop(), None);
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.pop(), Some(1));
    /// ```
    #[inline]
    pub fn pop(&self) -> Option<T> {
        // ord[B18] Relaxed: only a guess, which B10 confirms; pairs with none.
        let head = self.head.load(ord!(B18, Relaxed));
        // As in `try_push`.
        let (slot, next, later) = (self.slot(head), self.next(head), head.wrapping_add(self.one_lap()));
        if slot.filled() != head + 1 {
            return self.pop_slowly(false);
        }
        if self.claim_head(head, next).is_err() {
            return self.pop_slowly(true);
        }
        // SAFETY: I2: the slot is ours, and full.
        Some(unsafe { slot.empty(later) })
    }

    /// As [`BoundedQueue::pop`], where that has not succeeded at once: because a race was `lost`, or for another reason.
    #[cold]
    #[inline(never)]
    fn pop_slowly(&self, mut lost: bool) -> Option<T> {
        let backoff = Backoff::new();
        loop {
            if lost {
                give_way();
            }
            // ord[B21] Relaxed: as B18; pairs with none.
            let head = self.head.load(ord!(B21, Relaxed));
            let slot = self.slot(head);
            let stamp = slot.filled();
            if stamp == head + 1 {
                lost = self.claim_head(head, self.next(head)).is_err();
                if !lost {
                    // SAFETY: I2: the slot is ours, and full.
                    return Some(unsafe { slot.empty(head.wrapping_add(self.one_lap())) });
                }
                continue;
            }
            lost = false;
            if stamp == head {
                // ord[B13] SeqCst: a push that was over before this pop began is seen below; pairs with B3, B8, B22, B41.
                fence(ord!(B13, SeqCst));
                // ord[B20] Relaxed: after B13, nothing is read through it; pairs with none.
                if self.tail.load(ord!(B20, Relaxed)) & !self.mark == head {
                    return None;
                }
                // A push has claimed the slot and is about to fill it.
            }
            // Or another pop has claimed the slot.
            backoff.snooze();
        }
    }

    /// Claims the slot at `head` for popping, unless the head has moved; `next` comes after it.
    #[inline(always)]
    fn claim_head(&self, head: usize, next: usize) -> Result<usize, usize> {
        // ord[B10] SeqCst: claims the value; in one order with those who find the queue full; pairs with B6, B25, B27, B30.
        // ord[B19] Relaxed: a lost race, nothing is read through it; pairs with none.
        self.head.compare_exchange_weak(head, next, ord!(B10, SeqCst), ord!(B19, Relaxed))
    }

    /// Closes the queue: pushes fail from now on, and pops go on until it is empty. Tells whether it was open.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(2);
    /// queue.push(1).unwrap();
    /// assert!(queue.close());
    /// assert_eq!(queue.push(2), Err(2));
    /// assert_eq!(queue.pop(), Some(1));
    /// assert!(!queue.close());
    /// ```
    pub fn close(&self) -> bool {
        // ord[B22] SeqCst: in one order with pushes and those who find the queue empty or closed; pairs with B13, B23.
        let first = self.tail.fetch_or(self.mark, ord!(B22, SeqCst)) & self.mark == 0;
        #[cfg(feature = "wait")]
        if first {
            self.receivers.wake_all();
        }
        first
    }

    /// Pops until the queue is found empty.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(2);
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// assert_eq!(queue.try_iter().sum::<i32>(), 3);
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }
}

/// Leaves the lines to the winner of a race for about a microsecond: it does many operations meanwhile, where two that take the lines from
/// one another do a few.
fn give_way() {
    let backoff = Backoff::new();
    (0..7).for_each(|_| backoff.spin());
}

impl<T> fmt::Debug for BoundedQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedQueue")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}
