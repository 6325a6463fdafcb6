//! Unbounded stack of linked nodes, which are used again.
//!
//! **Source.** Treiber, "Systems Programming: Coping with Parallelism" (1986), in its first form, with a head that counts changes
//! ([`super::head`]); nodes come from slabs ([`super::node`]) and go back to the thread that freed them, as in Bonwick and Adams's
//! magazines ([`super::free`]); losers of a race meet elsewhere, after Hendler, Shavit and Yerushalmi ([`super::meet`]).
//! Differences: the whole stack can be taken at once, and values are counted in the threads' slots, which are cache lines the operation
//! owns anyway.
//!
//! ```text
//! head: puts, 7 --> node 7 { next: 3, value } --> node 3 { next: NONE, value }
//! slot of a thread: { counts, pouch --> node 5 { next: 9 } --> node 9 { next: NONE } }
//! ```
//!
//! **Invariants** (beside N1, N2 of [`super::node`] and F1, F2 of [`super::free`]).
//! - S1: a node is written by its owner only: the thread that has taken it from its pouch, and until the head, or a place of the
//!   meeting, has it.
//! - S2: a node's value is there if and only if the node is on the stack, or offered, or owned by a push that has written it or
//!   a pop that has not read it.
//!
//! **Linearization points.** `push`, `pop`: the successful change of `head`; of a push and a pop that meet: the change of the place by the
//! pop, the push first. `pop_all`: the change of `head`. `pop`, `pop_all` of nothing: the read of `NONE`. `peek`, `is_empty`: the first read
//! of `head`, which the second one found unchanged.
//!
//! **Progress.** Lock-free: a compare-exchange of `head` fails only if another one succeeded, and waiting for a pop to come by is bounded. A
//! stopped thread keeps the nodes of its slot, and stops nobody.
//!
//! **Reclamation.** None is needed: nodes live as long as the stack. The bound is stated at [`LockFreeStack`].
//!
//! **Peeking.** While one thread looks at the first value, another may pop it, own it and change what it points to. A reference handed
//! out by `peek` would have to stop `pop`, which would no longer be lock-free; a bitwise copy is a second owner unless the type says
//! that copies are independent. So [`LockFreeStack::peek`] asks for `T: Copy`, copies, and looks whether the node was first all the
//! while; [`LockFreeStack::peek_mut`] gives a reference for an exclusive borrow.
//!
//! **What is checked.** `tests/loom_stack.rs`: all executions of two threads with two operations each, batches and slabs of one node, so
//! that nodes go round, slabs are made and offers are met within the bound; results compared with every sequential order; weakened twins.
//! `tests/loom_stalled.rs`: a thread stopped before each access. `tests/stress_stack.rs`: recorded histories of native threads.

use core::fmt;
use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::free::{Pool, Silent};
use super::head::{Head, NONE};
use super::iter::{PopAll, TryIter};
use super::meet::Meeting;
use crate::primitive::{fence, ord};
use crate::reclaim::{Count, Fences, Hazards};

/// An unbounded lock-free stack for any number of threads: last in, first out.
///
/// # Guarantees
///
/// - *Order*: linearizable; every value is popped once, the last one pushed first.
/// - *Progress*: all operations are lock-free, as far as the global allocator is.
/// - *Memory*: a value takes a node: itself and eight bytes. Nodes are used again, not freed before the stack is: there are as many as
///   the stack has held values at once, and up to 65 for each thread that was inside at the same time as others (less if values are
///   large), in slabs of which each is twice as large as the one before; so at most twice as many are allocated. A stopped
///   thread holds back its own 65. [`LockFreeStack::spare`] tells how many are without a value, [`LockFreeStack::shrink_to_fit`] gives
///   memory back. Values are moved out by `pop`: none waits for anything.
/// - *Happens-before*: what a thread did before a push is seen by the thread that pops the value.
/// - *Drop*: dropping the stack drops the values in it, first the one on top. If one panics, the others are still dropped and
///   all memory is freed; if a second one panics, the process aborts, as with `Vec`.
///
/// - *Limits*: 2^32 - 65 nodes. A thread that is stopped in the middle of an operation while the others make an exact multiple of 2^32
///   pushes may, when it goes on, take the stack for unchanged although it is not.
///
/// Values may borrow: nothing outlives the stack. Where there are no 64-bit atomic variables, there is no such stack.
///
/// # Examples
///
/// ```
/// use lockfree_collections::LockFreeStack;
///
/// static STACK: LockFreeStack<u32> = LockFreeStack::new();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| STACK.push(1));
///     scope.spawn(|| STACK.push(2));
/// });
/// let mut both = [STACK.pop(), STACK.pop()];
/// both.sort();
/// assert_eq!(both, [Some(1), Some(2)]);
/// assert_eq!(STACK.pop(), None);
/// ```
#[doc(alias = "TreiberStack")]
#[doc(alias = "EliminationStack")]
pub struct LockFreeStack<T> {
    pub(super) head: Head,
    meeting: Meeting,
    pub(super) pool: Pool<T>,
    /// A slot for each thread inside, with its free nodes.
    pub(super) slots: Hazards<0, Silent>,
}

// SAFETY: values are moved in and out by value; `peek` makes copies only of types whose copies are as independent as those a
// sender could have made and sent itself. So sending must be allowed, no more.
unsafe impl<T: Send> Send for LockFreeStack<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for LockFreeStack<T> {}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for LockFreeStack<T> {}
impl<T> RefUnwindSafe for LockFreeStack<T> {}

impl<T> LockFreeStack<T> {
    /// Makes an empty stack. Nothing is allocated before the first operation.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// static STACK: LockFreeStack<String> = LockFreeStack::new();
    /// assert!(STACK.is_empty());
    /// ```
    #[must_use]
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self {
            head: Head::new(NONE),
            meeting: Meeting::new(),
            pool: Pool::new(),
            slots: Hazards::new(Fences::Symmetric),
        }
    }

    /// Makes an empty stack.
    #[must_use]
    #[cfg(loom)]
    pub fn new() -> Self {
        Self {
            head: Head::new(NONE),
            meeting: Meeting::new(),
            pool: Pool::new(),
            slots: Hazards::new(Fences::Symmetric),
        }
    }

    /// Puts `value` on top.
    ///
    /// Constant time without contention.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::new();
    /// stack.push("first");
    /// stack.push("second");
    /// assert_eq!(stack.pop(), Some("second"));
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory for another node; [`LockFreeStack::try_push`] returns the value instead.
    #[inline]
    #[track_caller]
    pub fn push(&self, value: T) {
        if self.try_push(value).is_err() {
            no_memory();
        }
    }

    /// Puts `value` on top, unless there is no memory for another node.
    ///
    /// # Errors
    ///
    /// Returns the value if memory is refused, or 2^32 nodes are in use.
    ///
    /// ```
    /// let stack = lockfree_collections::LockFreeStack::new();
    /// assert_eq!(stack.try_push(1), Ok(()));
    /// assert_eq!(stack.pop(), Some(1));
    /// ```
    #[inline]
    pub fn try_push(&self, value: T) -> Result<(), T> {
        let mut entry = self.slots.enter();
        let Some(name) = entry.with_private(|pouch| pouch.take(&self.pool)) else { return Err(value) };
        // Counted before the node can be popped, so that the stack never seems to hold less than nothing.
        entry.count(Count::Added, 1);
        if !mem::needs_drop::<T>() {
            // The value may be `Copy`, and a `peek` be reading what was here before.
            // ord[S1] Release: it will not see this value without seeing the node taken off before; pairs with S2.
            fence(ord!(S1, Release));
        }
        // SAFETY: S1, the node is ours.
        let node = unsafe { self.pool.node(name) };
        node.alive.renew();
        // SAFETY: as above; what others read here they throw away.
        unsafe { node.value.write(value) };
        self.head.put(name, &node.next, || self.meeting.offer(name));
        Ok(())
    }

    /// Removes the value on top, or returns none if the stack is empty.
    ///
    /// Constant time without contention.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from([1, 2]);
    /// assert_eq!((stack.pop(), stack.pop(), stack.pop()), (Some(2), Some(1), None));
    /// ```
    #[inline]
    pub fn pop(&self) -> Option<T> {
        // SAFETY: names are read from the head with Acquire.
        let link = |name| unsafe { &self.pool.node(name).next };
        let name = self.head.take(link, || self.meeting.find())?;
        // SAFETY: S1, S2: taken off the head, or found, and so ours, with its value.
        Some(unsafe { self.consume(name) }.0)
    }

    /// Takes everything at once; the iterator yields the values from the top down.
    ///
    /// To other threads all values vanish at the same moment. Constant time, and constant time for each value yielded. Values
    /// that are not yielded are dropped with the iterator; if that is leaked, so are they.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from([1, 2, 3]);
    /// let values: Vec<_> = stack.pop_all().collect();
    /// assert_eq!(values, [3, 2, 1]);
    /// ```
    #[doc(alias = "drain")]
    #[doc(alias = "take_all")]
    pub fn pop_all(&self) -> PopAll<'_, T> {
        PopAll::new(self, self.head.take_all())
    }

    /// Moves the value out of a node, and puts the node into the pouch of the calling thread; returns the name of the one below, too.
    ///
    /// # Safety
    ///
    /// The caller owns the node `name`, with its value.
    #[inline]
    pub(super) unsafe fn consume(&self, name: u32) -> (T, u32) {
        // SAFETY: the caller owns it.
        let node = unsafe { self.pool.node(name) };
        node.alive.end();
        // SAFETY: S2, promised by the caller.
        let value = unsafe { node.value.read().assume_value() };
        // ord[S3] Relaxed: written before the node was put on, which its owner has seen; pairs with none.
        let next = node.next.load(ord!(S3, Relaxed));
        let mut entry = self.slots.enter();
        entry.count(Count::Removed, 1);
        // SAFETY: promised by the caller; the value was just moved out.
        entry.with_private(|pouch| unsafe { pouch.put(&self.pool, name) });
        (value, next)
    }

    /// Returns a copy of the value on top, or none if the stack is empty.
    ///
    /// Only for types that are `Copy`: a reference to the value could not stay valid while another thread pops it. See the
    /// [module documentation](super) for why there is no peeking at other types without an exclusive borrow.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from([1, 2]);
    /// assert_eq!(stack.peek(), Some(2));
    /// assert_eq!(stack.len(), 2);
    /// ```
    #[must_use]
    pub fn peek(&self) -> Option<T>
    where
        T: Copy,
    {
        loop {
            let seen = self.head.look();
            if seen.first() == NONE {
                return None;
            }
            // SAFETY: the name was read from the head with Acquire.
            let node = unsafe { self.pool.node(seen.first()) };
            let copy = node.value.read();
            // ord[S2] Acquire: if another value was read, the change of the head before it is seen below; pairs with S1.
            fence(ord!(S2, Acquire));
            if self.head.is_still(seen) {
                // SAFETY: S1, S2: the node was on the stack meanwhile, so its value was there, and nobody wrote.
                return Some(unsafe { copy.assume_copy() });
            }
        }
    }

    /// Calls `f` with the value on top and returns its answer, or none if the stack is empty.
    ///
    /// `f` sees a copy, taken where the operation is linearized; so other threads may pop meanwhile, and `f` may use the stack
    /// itself. Only for types that are `Copy`, as [`LockFreeStack::peek`].
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(stack.peek_with(|&(_, letter)| letter), Some('b'));
    /// ```
    pub fn peek_with<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R>
    where
        T: Copy,
    {
        self.peek().map(|value| f(&value))
    }

    /// Tells how many values are on the stack.
    ///
    /// Exact while no other operation runs. Otherwise off by at most the number of operations that overlap with this one.
    /// Values that an unfinished [`LockFreeStack::pop_all`] has not yielded count as being there. Time in proportion to the
    /// number of slots, which is that of the threads that were inside at once.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from([1, 2, 3]);
    /// assert_eq!(stack.len(), 3);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        // What is removed was added before: in this order the difference is not negative.
        let removed = self.slots.total(Count::Removed);
        let added = self.slots.total(Count::Added);
        usize::try_from(added.wrapping_sub(removed) as isize).unwrap_or(0)
    }

    /// Tells whether the stack is empty; linearizable.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::new();
    /// assert!(stack.is_empty());
    /// stack.push(1);
    /// assert!(!stack.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.head.look().first() == NONE
    }

    /// Pops until the stack is found empty.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from([1, 2]);
    /// assert_eq!(stack.try_iter().sum::<i32>(), 3);
    /// assert!(stack.is_empty());
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// Tells how many nodes are made and without a value; approximate while operations run.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from_iter(0..100);
    /// assert!(stack.spare() < 32);
    /// stack.try_iter().for_each(drop);
    /// assert!(stack.spare() >= 100);
    /// ```
    #[must_use]
    pub fn spare(&self) -> usize {
        self.pool.nodes().saturating_sub(self.len())
    }
}

#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn no_memory() -> ! {
    panic!("no memory for another value on the stack");
}

impl<T> Default for LockFreeStack<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for LockFreeStack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockFreeStack").field("len", &self.len()).finish_non_exhaustive()
    }
}
