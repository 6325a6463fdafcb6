//! Unbounded stack of linked nodes.
//!
//! **Source.** Treiber, "Systems Programming: Coping with Parallelism" (1986), with the hazard pointers of Michael (2004).
//! Differences: hazards are sticky, the whole stack can be taken at once, and values are counted in the hazard slots, which
//! are cache lines the operation owns anyway.
//!
//! ```text
//! head --> { value, next } --> { value, next } --> null
//! ```
//!
//! **Invariants.**
//! - I1: a node is pushed once: it is never put back, neither by a pop nor by reuse of its memory while a hazard is on it.
//! - I2: `next` is written by the pusher only, before the compare-exchange that publishes the node.
//! - I3: the value is written before that, too, and never again; moving it out leaves the bits in place.
//! - I4: a value is moved out by the thread that took its node off `head`, once; that thread then retires the node.
//!
//! I1 rules out the classical ABA: a pop whose hazard is on the first node finds the same address in `head` only if the node
//! has not been popped, so the `next` it has read still is the node below.
//!
//! **Linearization points.** `push`, `pop`, `pop_all`: the successful change of `head`. `pop`, `pop_all` of nothing: the read
//! of null. `peek`, `is_empty`: the last read of `head`. All are accesses to one location, whose coherence orders them.
//!
//! **Progress.** Lock-free: a compare-exchange of `head` fails only if another one succeeded.
//!
//! **Reclamation.** Nodes are retired one by one into the stack's own hazard-pointer domain ([`crate::reclaim`]). The bound is
//! stated at [`LockFreeStack`].
//!
//! **Peeking.** A hazard protects a node's memory, not its value: while one thread looks at the first value, another may pop
//! it, own it and change what it points to. A reference handed out by `peek` would have to stop `pop`, which would no longer
//! be lock-free; a bitwise copy is a second owner unless the type says that copies are independent. So [`LockFreeStack::peek`]
//! asks for `T: Copy` and returns a copy; [`LockFreeStack::peek_mut`] gives a reference for an exclusive borrow.
//!
//! **What is checked.** `tests/loom_stack.rs`: all executions of two threads with two operations each, nodes freed within the
//! bound; results compared with every sequential order. `tests/stress_stack.rs`: recorded histories of native threads.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr;

use haphazard::raw::Pointer;

use super::iter::{PopAll, TryIter};
use super::node::{Node, NodeBox};
use crate::primitive::{AtomicPtr, Backoff, CachePadded, ord};
use crate::reclaim::{Count, Entry, Fences, Hazards};

/// An unbounded lock-free stack for any number of threads: last in, first out.
///
/// # Guarantees
///
/// - *Order*: linearizable; every value is popped once, the last one pushed first.
/// - *Progress*: all operations are lock-free, as far as the global allocator is.
/// - *Memory*: one allocation for each value. At most 1,000 popped nodes (or twice the number of hazard pointers, if that is
///   more) wait to be freed, less if nodes are large (each of the stack's `H` slots frees after 256 KiB or 64 nodes); `H` more
///   may be protected, and a thread stopped in the middle of freeing keeps as many again. A stopped thread holds back the one
///   node it protects, not those popped after it. Only the memory of nodes waits: values are moved out by `pop`.
///   [`LockFreeStack::garbage`] tells the present number, [`LockFreeStack::reclaim`] frees what can be freed.
/// - *Happens-before*: what a thread did before a push is seen by the thread that pops the value.
/// - *Drop*: dropping the stack drops the values in it, first the one on top. If one panics, the others are still dropped and
///   all memory is freed; if a second one panics, the process aborts, as with `Vec`.
///
/// Values may borrow: the stack owns its reclamation domain, and nothing outlives the stack.
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
pub struct LockFreeStack<T> {
    chain: Chain<T>,
    hazards: Hazards<1>,
    /// What exclusive borrows have added, less what they have removed; the slots count the rest. Wraps.
    exclusive: usize,
}

/// The nodes.
struct Chain<T> {
    head: CachePadded<AtomicPtr<Node<T>>>,
}

// SAFETY: values are moved in and out by value; `peek` makes copies only of types whose copies are as independent as those a
// sender could have made and sent itself. So sending must be allowed, no more.
unsafe impl<T: Send> Send for LockFreeStack<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for LockFreeStack<T> {}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for LockFreeStack<T> {}
impl<T> RefUnwindSafe for LockFreeStack<T> {}

/// How many nodes a slot retires before it looks for some that can be freed; the domain does so by itself for every thousand.
const fn retired<T>() -> usize {
    if cfg!(loom) {
        return 1;
    }
    let fit = 256 * 1024 / size_of::<Node<T>>();
    if fit < 64 {
        64
    } else if fit > 1024 {
        1024
    } else {
        fit
    }
}

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
            chain: Chain { head: CachePadded::new(AtomicPtr::new(ptr::null_mut())) },
            hazards: Hazards::new(Fences::Symmetric),
            exclusive: 0,
        }
    }

    /// Makes an empty stack.
    #[must_use]
    #[cfg(loom)]
    pub fn new() -> Self {
        Self {
            chain: Chain { head: CachePadded::new(AtomicPtr::new(ptr::null_mut())) },
            hazards: Hazards::new(Fences::Symmetric),
            exclusive: 0,
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
    pub fn push(&self, value: T) {
        let node = NodeBox::new(value).into_raw();
        let mut entry = self.hazards.enter();
        // Counted before the node can be popped, so that the stack never seems to hold less than nothing.
        entry.count(Count::Added, 1);
        let backoff = Backoff::new();
        // ord[S1] Relaxed: becomes `next`, which nobody follows before S2 has confirmed it; pairs with none.
        let mut head = self.chain.head.load(ord!(S1, Relaxed));
        loop {
            // SAFETY: just made by `into_raw`.
            let owned = unsafe { &*node };
            // SAFETY: I2, not published yet.
            unsafe { owned.set_next(head) };
            // ord[S2] Release: publishes value and `next`; pairs with H5, H13, S6.
            // ord[S3] Relaxed: as S1; pairs with none.
            match self.chain.head.compare_exchange_weak(head, node, ord!(S2, Release), ord!(S3, Relaxed)) {
                Ok(_) => return,
                Err(now) => head = now,
            }
            backoff.spin();
        }
    }

    /// Removes the value on top, or returns none if the stack is empty.
    ///
    /// Constant time without contention, amortised over the freeing of nodes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from([1, 2]);
    /// assert_eq!(stack.pop(), Some(2));
    /// assert_eq!(stack.pop(), Some(1));
    /// assert_eq!(stack.pop(), None);
    /// ```
    pub fn pop(&self) -> Option<T> {
        let mut entry = self.hazards.enter();
        let backoff = Backoff::new();
        loop {
            let head = protect(&mut entry, &self.chain.head)?;
            // SAFETY: it was read from `head` with Acquire.
            let next = unsafe { head.next() };
            let node = ptr::from_ref(head).cast_mut();
            // ord[S5] Relaxed: publishes nothing new; the node below is published by its push, whose release sequence this continues; pairs with H5, H13, S6.
            // ord[S4] Relaxed: nothing is read; pairs with none.
            if self.chain.head.compare_exchange(node, next, ord!(S5, Relaxed), ord!(S4, Relaxed)).is_ok() {
                // SAFETY: I4, we took the node off `head`.
                let value = unsafe { head.read() };
                entry.count(Count::Removed, 1);
                // SAFETY: it came from `into_raw`, is off `head` for good (I1), and by I4 only we retire it.
                unsafe { entry.retire::<_, NodeBox<T>>(node, retired::<T>()) };
                return Some(value);
            }
            backoff.spin();
        }
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
        // ord[S6] Acquire: values and links of all nodes are seen; pairs with S2, S5.
        let first = self.chain.head.swap(ptr::null_mut(), ord!(S6, Acquire));
        PopAll::new(self, first)
    }

    /// Moves the value out of a node that `pop_all` has taken, and retires the node; returns the one below, too.
    ///
    /// # Safety
    ///
    /// `node` is not null and was taken off the stack by the caller, which has not retired it.
    pub(super) unsafe fn consume(&self, node: *mut Node<T>) -> (T, *mut Node<T>) {
        // SAFETY: nodes are freed only after they are retired, and this one is not.
        let taken = unsafe { &*node };
        taken.touch();
        // SAFETY: it was read from `head` with Acquire.
        let next = unsafe { taken.next() };
        // SAFETY: I4, taken off by the caller.
        let value = unsafe { taken.read() };
        let mut entry = self.hazards.enter();
        entry.count(Count::Removed, 1);
        // SAFETY: it came from `into_raw`, is off `head` for good (I1), and by I4 only the caller retires it.
        unsafe { entry.retire::<_, NodeBox<T>>(node, retired::<T>()) };
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
        let mut entry = self.hazards.enter();
        let head = protect(&mut entry, &self.chain.head)?;
        // SAFETY: it was read from `head` with Acquire, and `T` is `Copy`.
        Some(unsafe { head.read() })
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

    /// Returns a reference to the value on top, or none if the stack is empty.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let mut stack = LockFreeStack::from([String::from("to")]);
    /// stack.peek_mut().unwrap().push('p');
    /// assert_eq!(stack.pop().as_deref(), Some("top"));
    /// ```
    #[must_use]
    pub fn peek_mut(&mut self) -> Option<&mut T> {
        let node = self.chain.first()?;
        // SAFETY: exclusively borrowed for as long as the result, and just read from `head`.
        let mut value = unsafe { node.value_mut() };
        // SAFETY: I3, the value is there; nobody else has a reference to it.
        Some(unsafe { value.as_mut() })
    }

    /// Puts `value` on top without atomic read-modify-writes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let mut stack = LockFreeStack::new();
    /// stack.push_mut(1);
    /// assert_eq!(stack.pop_mut(), Some(1));
    /// ```
    pub fn push_mut(&mut self, value: T) {
        let node = NodeBox::new(value);
        // ord[S7] Relaxed: exclusive, whatever shares the stack next synchronises; pairs with none.
        let head = self.chain.head.load(ord!(S7, Relaxed));
        // SAFETY: I2, not published yet.
        unsafe { node.set_next(head) };
        // ord[S8] Relaxed: exclusive, as S7; pairs with none.
        self.chain.head.store(node.into_raw(), ord!(S8, Relaxed));
        self.exclusive = self.exclusive.wrapping_add(1);
    }

    /// Removes the value on top and frees its node at once, without atomic read-modify-writes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let mut stack = LockFreeStack::from(['a', 'b']);
    /// assert_eq!(stack.pop_mut(), Some('b'));
    /// ```
    pub fn pop_mut(&mut self) -> Option<T> {
        let node = self.chain.first()?;
        // SAFETY: published, and exclusive.
        let next = unsafe { node.next() };
        // SAFETY: I4, taken off below.
        let value = unsafe { node.read() };
        let node = ptr::from_ref(node).cast_mut();
        // ord[S9] Relaxed: exclusive, as S7; pairs with none.
        self.chain.head.store(next, ord!(S9, Relaxed));
        // SAFETY: it came from `into_raw`; exclusive: only sticky hazards are left on it, and should a node be allocated at
        // the same place, they protect that one (hazards are addresses).
        drop(unsafe { NodeBox::from_raw(node) });
        self.exclusive = self.exclusive.wrapping_sub(1);
        Some(value)
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
        let removed = self.hazards.total(Count::Removed);
        let added = self.hazards.total(Count::Added).wrapping_add(self.exclusive);
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
        // ord[S10] Relaxed: only compared with null; coherence of one location does the rest; pairs with none.
        self.chain.head.load(ord!(S10, Relaxed)).is_null()
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

    /// Tells how many nodes are retired and not yet freed; approximate while operations run.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from_iter(0..100);
    /// stack.try_iter().for_each(drop);
    /// stack.reclaim();
    /// assert_eq!(stack.garbage(), 0);
    /// ```
    #[must_use]
    pub fn garbage(&self) -> usize {
        self.hazards.garbage()
    }

    /// Frees the retired nodes that no thread protects, and tells how many there were.
    ///
    /// Operations do this by themselves from time to time; call it to give memory back before a long pause. Time in
    /// proportion to the nodes retired and the slots in use.
    pub fn reclaim(&self) -> usize {
        self.hazards.reclaim()
    }
}

/// Protects and reads the first node.
#[inline]
fn protect<'e, T>(entry: &'e mut Entry<'_, 1>, source: &AtomicPtr<Node<T>>) -> Option<&'e Node<T>> {
    let node = entry.protect(0, source);
    // SAFETY: null, or published with Release and retired only after it has left `head` for good (I1). The borrow of the
    // entry keeps the hazard where it is for as long as the result is used.
    let node = unsafe { node.as_ref() }?;
    node.touch();
    Some(node)
}

impl<T> Chain<T> {
    fn first(&mut self) -> Option<&Node<T>> {
        // ord[S11] Relaxed: exclusive, as S7; pairs with none.
        let head = self.head.load(ord!(S11, Relaxed));
        // SAFETY: `&mut self`: nobody else frees nodes during the borrow.
        unsafe { head.as_ref() }
    }
}

impl<T> Drop for LockFreeStack<T> {
    fn drop(&mut self) {
        /// Goes on dropping values when the drop of one has panicked.
        struct Rest<'a, T>(&'a mut LockFreeStack<T>);

        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while let Some(value) = self.0.pop_mut() {
                    drop(value);
                }
            }
        }

        let rest = Rest(self);
        while let Some(value) = rest.0.pop_mut() {
            drop(value);
        }
    }
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
