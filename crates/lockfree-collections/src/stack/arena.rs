//! Bounded stack: an arena of slots, and two lists of them.
//!
//! **Source.** Treiber, "Systems Programming: Coping with Parallelism" (1986), in its first form: heads that count their changes, as IBM's
//! System/370 principles of operation have it for its free lists. Slots are named by index, so that index and count fit into a word.
//!
//! ```text
//! full --> slot 4 { next, value } --> slot 0 { next, value } --> none
//! free --> slot 2 { next } --> slot 1 { next } --> slot 3 { next } --> none
//! ```
//!
//! **Invariants** (beside those of [`super::head`]).
//! - I1: a slot is in one of the lists, or owned by the one operation that took it off a list and has not put it on the other.
//! - I2: value and `next` of a slot are written by its owner only; the value is there if and only if the slot is in `full`, or is owned
//!   by a push that has written it or a pop that has not read it.
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

use super::head::{Head, NONE};
use crate::bounded::CapacityError;
use crate::drain::drop_all;
use crate::primitive::{AtomicU32, Plain};

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
/// - *Limit*: a thread that is stopped in the middle of an operation while the others make an exact multiple of 2^32 pushes or pops may, when it
///   goes on, take a list for unchanged that is not.
///
/// Only where there are 64-bit atomic variables: elsewhere the count would be too short.
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
    full: Head,
    free: Head,
    slots: Box<[Slot<T>]>,
}

struct Slot<T> {
    /// The slot below, as heads name it.
    next: AtomicU32,
    value: Plain<MaybeUninit<T>>,
}

// SAFETY: values are moved in and out by value, never shared between threads; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for BoundedStack<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for BoundedStack<T> {}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for BoundedStack<T> {}
impl<T> RefUnwindSafe for BoundedStack<T> {}

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
        let Some(last) = u32::try_from(capacity).ok().filter(|&last| last != NONE && last < u32::MAX) else {
            return Err(error);
        };
        let mut slots = Vec::new();
        slots.try_reserve_exact(capacity).map_err(|_| error)?;
        slots.extend((1..=last).map(|name| Slot {
            // The one behind, and none behind the last.
            next: AtomicU32::new(if name == last { NONE } else { name + 1 }),
            value: Plain::new(MaybeUninit::uninit()),
        }));
        Ok(Self { full: Head::new(NONE), free: Head::new(1), slots: slots.into_boxed_slice() })
    }

    #[inline]
    fn slot(&self, name: u32) -> &Slot<T> {
        &self.slots[name as usize - 1]
    }

    #[inline]
    fn take(&self, list: &Head) -> Option<u32> {
        list.take(|name| &self.slot(name).next, || None)
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
        let Some(name) = self.take(&self.free) else { return Err(value) };
        let slot = self.slot(name);
        // SAFETY: I1, I2: the slot is ours.
        slot.value.with_mut(|place| unsafe { (*place).write(value) });
        self.full.put(name, &slot.next, || false);
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
        let name = self.take(&self.full)?;
        let slot = self.slot(name);
        // SAFETY: I1, I2: the slot is ours, and was in `full`, so the value is there.
        let value = slot.value.with_mut(|place| unsafe { place.cast::<T>().read() });
        self.free.put(name, &slot.next, || false);
        Some(value)
    }

    /// Tells whether the stack is empty.
    ///
    /// ```
    /// assert!(lockfree_collections::BoundedStack::<u8>::new(1).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.full.look().first() == NONE
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
        drop_all(|| self.pop());
    }
}

impl<T> fmt::Debug for BoundedStack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedStack").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}
