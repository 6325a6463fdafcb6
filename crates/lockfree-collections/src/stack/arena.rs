//! Bounded stack: an arena of slots, and two lists of them.
//!
//! **Source.** Treiber, "Systems Programming: Coping with Parallelism" (1986), in its first form: heads that count their changes, as IBM's
//! System/370 principles of operation have it for its free lists. Slots are named by index, so that index and count fit into a word.
//!
//! ```text
//! full, free:  changes (upper half) | index + 1 (lower half), 0 for none
//!
//! full --> slot 4 { next, value } --> slot 0 { next, value } --> none
//! free --> slot 2 { next } --> slot 1 { next } --> slot 3 { next } --> none
//! ```
//!
//! **Invariants.**
//! - I1: a slot is in one of the lists, or owned by the one operation that took it off a list and has not put it on the other.
//! - I2: value and `next` of a slot are written by its owner only; the value is there if and only if the slot is in `full`, or is owned
//!   by a push that has written it or a pop that has not read it.
//! - I3: a head changes by compare-exchange only, and each change adds one to the count. So an exchange that succeeds finds the very
//!   list that was read, as long as the count has not gone round, 2^32 changes, between the two.
//!
//! **Linearization points.** `push`, `pop`: the change of `full`. `pop` of nothing: the read of `full`. `push` that finds no slot: the
//! read of `free`; slots that other operations own count as taken.
//!
//! **Progress.** Lock-free: an exchange fails only if another one has succeeded. A stopped thread keeps one slot, and stops nobody.
//!
//! **Reclamation.** None is needed: slots live as long as the stack.
//!
//! **What is checked.** `tests/loom_bounded_stack.rs`: two and three threads over one to four slots, so that slots go round; weakened
//! twins. `tests/stress_stack.rs`: recorded histories of native threads.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::iter;
use core::mem::MaybeUninit;
use core::panic::{RefUnwindSafe, UnwindSafe};

use crate::bounded::CapacityError;
use crate::primitive::{AtomicUsize, Backoff, CachePadded, Plain, ord};

/// A bounded lock-free stack for any number of threads: last in, first out, without allocation after `new`.
///
/// # Guarantees
///
/// - *Order*: linearizable; every value is popped once, the last one pushed first.
/// - *Capacity*: an operation under way may keep one slot; so beside `n` other operations a push may find the stack full with `n` values
///   less than `capacity`.
/// - *Progress*: all operations are lock-free.
/// - *Memory*: `capacity` slots of a value and a word, allocated by `new`, and nothing else.
/// - *Happens-before*: what a thread did before a push is seen by the thread that pops the value.
/// - *Drop*: dropping the stack drops the values in it, first the one on top. If one panics, the others are still dropped; if a second
///   one panics, the process aborts, as with `Vec`.
/// - *Limit*: a thread that is stopped in the middle of an operation while the others make an exact multiple of 2^32 changes may, when it
///   goes on, take a list for unchanged that is not.
///
/// Only where pointers have 64 bits: elsewhere the count would be too short.
///
/// # Examples
///
/// ```
/// use lockfree_collections::BoundedStack;
///
/// let stack = BoundedStack::new(2);
/// assert_eq!(stack.push('a'), Ok(()));
/// assert_eq!(stack.push('b'), Ok(()));
/// assert_eq!(stack.push('c'), Err('c'));
/// assert_eq!(stack.pop(), Some('b'));
/// ```
pub struct BoundedStack<T> {
    full: List,
    free: List,
    slots: Box<[Slot<T>]>,
}

struct Slot<T> {
    /// The slot below, as heads name it.
    next: AtomicUsize,
    value: Plain<MaybeUninit<T>>,
}

/// The head of a list of slots.
struct List(CachePadded<AtomicUsize>);

/// What one in the upper half adds.
const CHANGE: usize = 1 << (usize::BITS / 2);

// SAFETY: values are moved in and out by value, never shared between threads; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for BoundedStack<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for BoundedStack<T> {}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for BoundedStack<T> {}
impl<T> RefUnwindSafe for BoundedStack<T> {}

impl List {
    fn new(first: usize) -> Self {
        Self(CachePadded::new(AtomicUsize::new(first)))
    }

    /// Takes the first slot off.
    #[inline]
    fn take<'a, T>(&self, slots: &'a [Slot<T>]) -> Option<(usize, &'a Slot<T>)> {
        let backoff = Backoff::new();
        // ord[A1] Acquire: what was done to the slot before it was put here is seen; pairs with A7.
        let mut head = self.0.load(ord!(A1, Acquire));
        loop {
            let index = (head % CHANGE).checked_sub(1)?;
            let slot = &slots[index];
            // ord[A4] Relaxed: seen by A1 or A3; a later one, of a slot that was taken since, is thrown away with the exchange; pairs with none.
            let next = slot.next.load(ord!(A4, Relaxed));
            let after = (head - head % CHANGE).wrapping_add(CHANGE) | next;
            // ord[A2] Relaxed: finds what A1 or A3 has read (I3); pairs with none.
            // ord[A3] Acquire: as A1; pairs with A7.
            match self.0.compare_exchange(head, after, ord!(A2, Relaxed), ord!(A3, Acquire)) {
                Ok(_) => return Some((index, slot)),
                Err(now) => head = now,
            }
            backoff.spin();
        }
    }

    /// Puts the slot `index` on, which the caller owns.
    #[inline]
    fn put<T>(&self, index: usize, slot: &Slot<T>) {
        let backoff = Backoff::new();
        // ord[A5] Relaxed: becomes `next`, which nobody follows before A7 has confirmed it; pairs with none.
        let mut head = self.0.load(ord!(A5, Relaxed));
        loop {
            // ord[A6] Relaxed: published by A7; pairs with none.
            slot.next.store(head % CHANGE, ord!(A6, Relaxed));
            let after = (head - head % CHANGE).wrapping_add(CHANGE) | (index + 1);
            // ord[A7] Release: hands the slot over; all changes of a head are exchanges, which continue what this begins; pairs with A1, A3.
            // ord[A8] Relaxed: as A5; pairs with none.
            match self.0.compare_exchange(head, after, ord!(A7, Release), ord!(A8, Relaxed)) {
                Ok(_) => return,
                Err(now) => head = now,
            }
            backoff.spin();
        }
    }
}

impl<T> BoundedStack<T> {
    /// Makes an empty stack of `capacity` slots.
    ///
    /// # Panics
    ///
    /// If the capacity is zero or too large, as [`BoundedStack::try_new`] would tell.
    ///
    /// ```
    /// let stack = lockfree_collections::BoundedStack::<u8>::new(100);
    /// assert_eq!(stack.capacity(), 100);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        match Self::try_new(capacity) {
            Ok(stack) => stack,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes an empty stack of `capacity` slots.
    ///
    /// # Errors
    ///
    /// If the capacity is zero or not below 2^32 - 1, or memory cannot hold so many slots.
    ///
    /// ```
    /// use lockfree_collections::BoundedStack;
    ///
    /// assert!(BoundedStack::<u8>::try_new(0).is_err());
    /// assert!(BoundedStack::<u8>::try_new(usize::MAX).is_err());
    /// assert!(BoundedStack::<u8>::try_new(1).is_ok());
    /// ```
    pub fn try_new(capacity: usize) -> Result<Self, CapacityError> {
        let error = CapacityError::new(capacity);
        if capacity == 0 || capacity >= CHANGE - 1 {
            return Err(error);
        }
        let mut slots = Vec::new();
        slots.try_reserve_exact(capacity).map_err(|_| error)?;
        slots.extend((1..=capacity).map(|name| Slot {
            // The one behind, and none behind the last.
            next: AtomicUsize::new(if name == capacity { 0 } else { name + 1 }),
            value: Plain::new(MaybeUninit::uninit()),
        }));
        Ok(Self { full: List::new(0), free: List::new(1), slots: slots.into_boxed_slice() })
    }

    /// Puts `value` on top.
    ///
    /// # Errors
    ///
    /// Returns it if the stack is full.
    ///
    /// ```
    /// let stack = lockfree_collections::BoundedStack::new(1);
    /// assert_eq!(stack.push(1), Ok(()));
    /// assert_eq!(stack.push(2), Err(2));
    /// ```
    #[inline]
    pub fn push(&self, value: T) -> Result<(), T> {
        let Some((index, slot)) = self.free.take(&self.slots) else { return Err(value) };
        // SAFETY: I1, I2: the slot is ours.
        slot.value.with_mut(|place| unsafe { (*place).write(value) });
        self.full.put(index, slot);
        Ok(())
    }

    /// Removes the value on top, or returns none if the stack is empty.
    ///
    /// ```
    /// let stack = lockfree_collections::BoundedStack::new(2);
    /// stack.push(1).unwrap();
    /// stack.push(2).unwrap();
    /// assert_eq!((stack.pop(), stack.pop(), stack.pop()), (Some(2), Some(1), None));
    /// ```
    #[inline]
    pub fn pop(&self) -> Option<T> {
        let (index, slot) = self.full.take(&self.slots)?;
        // SAFETY: I1, I2: the slot is ours, and was in `full`, so the value is there.
        let value = slot.value.with_mut(|place| unsafe { place.cast::<T>().read() });
        self.free.put(index, slot);
        Some(value)
    }

    /// Tells whether the stack is empty.
    ///
    /// ```
    /// assert!(lockfree_collections::BoundedStack::<u8>::new(1).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // ord[A9] Acquire: what the pop of the last value followed is seen; pairs with A7.
        self.full.0.load(ord!(A9, Acquire)) % CHANGE == 0
    }

    /// How many values the stack can hold.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::BoundedStack::<u8>::new(5).capacity(), 5);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Pops until the stack is found empty.
    ///
    /// ```
    /// let stack = lockfree_collections::BoundedStack::new(2);
    /// stack.push(1).unwrap();
    /// stack.push(2).unwrap();
    /// assert!(stack.try_iter().eq([2, 1]));
    /// ```
    pub fn try_iter(&self) -> impl Iterator<Item = T> + '_ {
        iter::from_fn(|| self.pop())
    }
}

impl<T> Drop for BoundedStack<T> {
    fn drop(&mut self) {
        /// Goes on dropping values when the drop of one has panicked.
        struct Rest<'a, T>(&'a BoundedStack<T>);

        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.0.try_iter().for_each(drop);
            }
        }

        let rest = Rest(self);
        rest.0.try_iter().for_each(drop);
    }
}

impl<T> fmt::Debug for BoundedStack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedStack").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}
