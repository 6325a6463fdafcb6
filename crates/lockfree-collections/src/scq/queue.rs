//! Bounded queue of two rings of indices and an array of slots.
//!
//! **Source.** Nikolaev, "A Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue" (DISC 2019): SCQ, with its indirection to data.
//! Differences are told in [`super::ring`].
//!
//! ```text
//! free: a ring of the indices of slots without a value      full: a ring of the indices of slots with one, in their order
//! push:  take an index from free, write the slot, put it into full
//! pop:   take an index from full, read the slot, put it into free
//! ```
//!
//! **Invariants** (beside those of [`super::ring`]).
//! - I1: an index is in one of the rings, or owned by the one operation that took it out.
//! - I2: a slot is accessed by the owner of its index only; its value is there if and only if the index is in `full`, or is owned by a push
//!   that has written it or a pop that has not read it.
//!
//! **Linearization points.** `push`: the change of the entry in `full`. `pop`: where it claims its position in `full`, or the put into that
//! position, whichever is later. `pop` of nothing: the read of the threshold below zero, or of a tail that is not beyond the position. `push` that finds no slot: the same, in `free`;
//! slots that other operations own count as taken.
//!
//! **Progress.** Lock-free, all of it: an operation that does not get what it wants at one position tries the next one, and positions are
//! spoilt only by takes, which the threshold bounds, or passed because their entry is in use, by at most as many as there are indices. A
//! stopped thread keeps one slot, and stops nobody.
//!
//! **Reclamation.** None is needed: slots live as long as the queue.
//!
//! **What is checked.** `tests/loom_scq.rs`: two and three threads over one and two slots, so that cycles wrap, positions are spoilt and
//! entries become unsafe, also beside threads that are late in the middle of an operation; weakened twins. `tests/loom_stalled.rs`: a thread stopped before each access. `tests/stress_bounded.rs`: recorded
//! histories, and rings that are too small for their threads.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::iter::{self, FusedIterator};
use core::mem::MaybeUninit;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::ring::Ring;
use crate::bounded::CapacityError;
use crate::drain::drop_all;
use crate::primitive::Plain;

/// A bounded queue for any number of producers and consumers that no stopped thread can stop: first in, first out.
///
/// [`BoundedQueue`](crate::BoundedQueue) is faster and lets a thread that is stopped in the middle of an operation hold the others up, once
/// they come round to its slot. This one does not: choose it where threads may be killed, suspended or run at very different priorities.
///
/// # Guarantees
///
/// - *Order*: linearizable; every value is popped once, in the order of the pushes.
/// - *Progress*: all operations are lock-free; wherever a thread is stopped, the others go on.
/// - *Capacity*: an operation under way may keep one slot; so beside `n` other operations a push may find the queue full with `n` values
///   less than `capacity`.
/// - *Memory*: `capacity` slots of a value, and four to eight words for each, allocated by `new`, and nothing else.
/// - *Happens-before*: what a thread did before a push is seen by the thread that pops the value.
/// - *Drop*: dropping the queue drops the values in it, the oldest first. If one panics, the others are still dropped; if a second
///   one panics, the process aborts, as with `Vec`.
/// - *Limits*: 65,536 threads inside at once, and 2^62 operations on one queue.
///
/// It cannot be closed: a push that was stopped could then neither complete nor be found out.
///
/// # Examples
///
/// ```
/// use lockfree_collections::ScqQueue;
///
/// let queue = ScqQueue::new(2);
/// assert_eq!(queue.push('a'), Ok(()));
/// assert_eq!(queue.push('b'), Ok(()));
/// assert_eq!(queue.push('c'), Err('c'));
/// assert_eq!(queue.pop(), Some('a'));
/// ```
#[doc(alias = "SCQ")]
#[doc(alias = "ArrayQueue")]
#[doc(alias = "NonBlockingQueue")]
pub struct ScqQueue<T> {
    free: Ring,
    full: Ring,
    slots: Box<[Slot<T>]>,
}

type Slot<T> = Plain<MaybeUninit<T>>;

// SAFETY: values are moved in and out by value, never shared between threads; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for ScqQueue<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for ScqQueue<T> {}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for ScqQueue<T> {}
impl<T> RefUnwindSafe for ScqQueue<T> {}

impl<T> ScqQueue<T> {
    /// Makes an empty queue of `capacity` slots.
    ///
    /// # Panics
    ///
    /// If the capacity is zero or too large, as [`ScqQueue::try_new`] would tell.
    ///
    /// ```
    /// let queue = lockfree_collections::ScqQueue::<u8>::new(100);
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
    /// use lockfree_collections::ScqQueue;
    ///
    /// assert!(ScqQueue::<u8>::try_new(0).is_err());
    /// assert!(ScqQueue::<u8>::try_new(usize::MAX).is_err());
    /// assert!(ScqQueue::<u8>::try_new(1).is_ok());
    /// ```
    pub fn try_new(capacity: usize) -> Result<Self, CapacityError> {
        let error = CapacityError::new(capacity);
        if capacity == 0 || capacity > u32::MAX as usize {
            return Err(error);
        }
        let mut slots = Vec::new();
        slots.try_reserve_exact(capacity).map_err(|_| error)?;
        slots.extend((0..capacity).map(|_| Plain::new(MaybeUninit::uninit())));
        let ring = |full| Ring::new(capacity, full).ok_or(error);
        Ok(Self { free: ring(true)?, full: ring(false)?, slots: slots.into_boxed_slice() })
    }

    /// Appends `value`. Constant time without contention.
    ///
    /// # Errors
    ///
    /// Returns it if the queue is full.
    ///
    /// ```
    /// let queue = lockfree_collections::ScqQueue::new(1);
    /// assert_eq!(queue.push(1), Ok(()));
    /// assert_eq!(queue.push(2), Err(2));
    /// ```
    #[inline]
    pub fn push(&self, value: T) -> Result<(), T> {
        let Some(index) = self.free.take() else { return Err(value) };
        // SAFETY: I1, I2: the slot is ours, and empty.
        unsafe { self.fill(index, value) };
        Ok(())
    }

    /// # Safety
    ///
    /// The caller owns `index`, whose slot is empty.
    #[inline]
    unsafe fn fill(&self, index: u64, value: T) {
        // SAFETY: I2, promised by the caller.
        self.slots[index as usize].with_mut(|place| unsafe { (*place).write(value) });
        self.full.put(index);
    }

    /// # Safety
    ///
    /// `index` was taken from `full` by the caller.
    #[inline]
    unsafe fn empty(&self, index: u64) -> T {
        // SAFETY: I2, promised by the caller.
        self.slots[index as usize].with_mut(|place| unsafe { place.cast::<T>().read() })
    }

    /// Appends `value`, in place of the oldest one if the queue is full; returns that.
    ///
    /// To other threads the removal and the push are two steps; what is in between is no room for a push of theirs. If no slot is free and
    /// no value is there, because other operations have all the slots in hand, it is `value` that comes back: waiting for one of them
    /// would not be lock-free.
    ///
    /// ```
    /// use lockfree_collections::ScqQueue;
    ///
    /// let queue = ScqQueue::new(2);
    /// assert_eq!(queue.force_push(1), None);
    /// assert_eq!(queue.force_push(2), None);
    /// assert_eq!(queue.force_push(3), Some(1));
    /// assert_eq!(queue.pop(), Some(2));
    /// ```
    pub fn force_push(&self, value: T) -> Option<T> {
        let Err(value) = self.push(value) else { return None };
        let Some(index) = self.full.take() else { return Some(value) };
        // SAFETY: I1: just taken.
        let oldest = unsafe { self.empty(index) };
        // SAFETY: I1, I2: it is still ours, and empty now.
        unsafe { self.fill(index, value) };
        Some(oldest)
    }

    /// Removes the value that was pushed first, or returns none if the queue is empty. Constant time without contention.
    ///
    /// ```
    /// let queue = lockfree_collections::ScqQueue::new(1);
    /// assert_eq!(queue.pop(), None);
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.pop(), Some(1));
    /// ```
    #[inline]
    pub fn pop(&self) -> Option<T> {
        let index = self.full.take()?;
        // SAFETY: I1: just taken.
        let value = unsafe { self.empty(index) };
        self.free.put(index);
        Some(value)
    }

    /// As [`ScqQueue::push`], for an exclusive borrow.
    ///
    /// # Errors
    ///
    /// Returns the value if the queue is full.
    ///
    /// ```
    /// let mut queue = lockfree_collections::ScqQueue::new(1);
    /// assert_eq!(queue.push_mut(1), Ok(()));
    /// assert_eq!(queue.push_mut(2), Err(2));
    /// ```
    pub fn push_mut(&mut self, value: T) -> Result<(), T> {
        self.push(value)
    }

    /// As [`ScqQueue::pop`], for an exclusive borrow.
    ///
    /// ```
    /// let mut queue = lockfree_collections::ScqQueue::<u8>::new(1);
    /// assert_eq!(queue.pop_mut(), None);
    /// ```
    pub fn pop_mut(&mut self) -> Option<T> {
        self.pop()
    }

    /// How many values the queue can hold.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::ScqQueue::<u8>::new(3).capacity(), 3);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// How many values are in the queue: exact while no other operation runs, otherwise off by at most those that overlap with this one.
    /// Time in proportion to the capacity.
    ///
    /// ```
    /// let queue = lockfree_collections::ScqQueue::new(3);
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.full.len().min(self.capacity())
    }

    /// Whether [`ScqQueue::len`] is zero.
    ///
    /// ```
    /// assert!(lockfree_collections::ScqQueue::<u8>::new(3).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether [`ScqQueue::len`] is the capacity.
    ///
    /// ```
    /// let queue = lockfree_collections::ScqQueue::new(1);
    /// queue.push(1).unwrap();
    /// assert!(queue.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// Pops until the queue is found empty.
    ///
    /// ```
    /// let queue = lockfree_collections::ScqQueue::new(2);
    /// queue.push(1).unwrap();
    /// queue.push(2).unwrap();
    /// assert_eq!(queue.try_iter().sum::<i32>(), 3);
    /// ```
    pub fn try_iter(&self) -> impl Iterator<Item = T> + '_ {
        iter::from_fn(|| self.pop())
    }
}

impl<T> Drop for ScqQueue<T> {
    fn drop(&mut self) {
        drop_all(|| self.pop());
    }
}

impl<T> fmt::Debug for ScqQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScqQueue").field("len", &self.len()).field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

/// Owning iterator over the values of a [`ScqQueue`], the oldest first.
///
/// What it has not yielded is dropped with it.
///
/// ```
/// let queue = lockfree_collections::ScqQueue::new(2);
/// queue.push(1).unwrap();
/// queue.push(2).unwrap();
/// assert_eq!(queue.into_iter().collect::<Vec<_>>(), [1, 2]);
/// ```
#[derive(Debug)]
pub struct IntoIter<T>(ScqQueue<T>);

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.pop_mut()
    }
}

impl<T> FusedIterator for IntoIter<T> {}

impl<T> IntoIterator for ScqQueue<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self)
    }
}
