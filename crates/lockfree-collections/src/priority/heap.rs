//! One heap behind a lock that pushes do not wait for.
//!
//! **Source.** The heap is a binary one (Williams 1964, the standard library's). That the holder of the lock does the work of those
//! who find it held is flat combining (Hendler, Incze, Shavit and Tzafrir, SPAA 2010); what waits is a list as in Treiber's stack
//! (1986), which is only ever taken as a whole, so that no node is read by a thread that does not own it.
//!
//! ```text
//! held | sorted: values in `inner.heap` | listed: values put off | list --> node { value, next } --> node --> null
//! inner { heap, backlog --> node --> null }     of whoever has turned `held` from false to true
//! ```
//!
//! **Invariants.**
//! - I1: `inner` and `sorted` are written only by the holder: who turned `held` from false to true and has not turned it back.
//! - I2: a node is owned by the push that made it until that has put it into `list`; then by the list; then by the holder that
//!   took the list. Its value is there as long as the node is.
//! - I3: `listed` counts the nodes in `list` and in `backlog`, and those that are about to come; it is added to before a node is put
//!   there, and subtracted from after `sorted` counts its value.
//!
//! **Linearization points.** A push that finds the lock free: taking it (P1). One that does not: putting its node into the list
//! (P4). Taking the greatest value: the look at the list, under the lock (P6, or P7 if there is something): what was pushed before
//! is in the heap then, and what comes later comes after.
//!
//! **Progress.** `push` is lock-free, as far as the allocator and `Ord` are: it does not wait for the lock. Everything else waits
//! for the holder, or says so (`try_hold`).
//!
//! **Reclamation.** None is needed, by I2.
//!
//! **What is checked.** `tests/loom_priority.rs`: two and three threads; every ordering that is not relaxed has a weakened twin.
//! `tests/stress_priority.rs`: recorded histories. `tests/it/priority.rs`: panics of `Ord`.

use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use core::mem::{self, MaybeUninit};
use core::ptr;

use crate::primitive::{AtomicBool, AtomicPtr, AtomicUsize, Backoff, Plain, ord};

/// A heap that threads share.
pub(super) struct Heap<T> {
    held: AtomicBool,
    sorted: AtomicUsize,
    listed: AtomicUsize,
    list: AtomicPtr<Node<T>>,
    inner: Plain<Inner<T>>,
}

struct Inner<T> {
    heap: BinaryHeap<T>,
    /// Taken from the list, and not in the heap yet: something only after `Ord` has panicked.
    backlog: Chain<T>,
}

/// A value that was put off.
struct Node<T> {
    value: Plain<MaybeUninit<T>>,
    next: Plain<*mut Node<T>>,
}

// SAFETY: values are moved in and out, and looked at by the holder of the lock alone; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for Heap<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Heap<T> {}

/// A list of nodes that one thread owns; yields their values.
struct Chain<T>(*mut Node<T>);

impl<T> Iterator for Chain<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: I2, the node came from a box, and is ours.
        let node = unsafe { Box::from_raw(self.0) };
        // SAFETY: I2, nobody writes.
        self.0 = node.next.with(|next| unsafe { *next });
        // SAFETY: I2, the value is there, and is not used again: the node is freed without it.
        Some(node.value.with(|value| unsafe { value.cast::<T>().read() }))
    }
}

impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        /// Goes on when the drop of a value has panicked.
        struct Rest<'a, T>(&'a mut Chain<T>);

        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.0.for_each(drop);
            }
        }

        let rest = Rest(self);
        rest.0.for_each(drop);
    }
}

impl<T> Heap<T> {
    /// Shares `heap`, which has `len` values.
    #[cfg(not(loom))]
    pub(super) const fn new(heap: BinaryHeap<T>, len: usize) -> Self {
        Self {
            held: AtomicBool::new(false),
            sorted: AtomicUsize::new(len),
            listed: AtomicUsize::new(0),
            list: AtomicPtr::new(ptr::null_mut()),
            inner: Plain::new(Inner { heap, backlog: Chain(ptr::null_mut()) }),
        }
    }

    /// Shares `heap`, which has `len` values.
    #[cfg(loom)]
    pub(super) fn new(heap: BinaryHeap<T>, len: usize) -> Self {
        Self {
            held: AtomicBool::new(false),
            sorted: AtomicUsize::new(len),
            listed: AtomicUsize::new(0),
            list: AtomicPtr::new(ptr::null_mut()),
            inner: Plain::new(Inner { heap, backlog: Chain(ptr::null_mut()) }),
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub(super) fn try_hold(&self) -> Option<Held<'_, T>> {
        // ord[P2] Relaxed: only a guess whether trying is worth while; pairs with none.
        let held = self.held.load(ord!(P2, Relaxed));
        // ord[P1] Acquire: what the last holder did is over, and seen; pairs with P3.
        // ord[P18] Relaxed: nothing is read that the lock protects; pairs with none.
        if held || self.held.compare_exchange(false, true, ord!(P1, Acquire), ord!(P18, Relaxed)).is_err() {
            return None;
        }
        Some(Held { heap: self, moved: 0 })
    }

    /// Whether another thread holds the lock.
    pub(super) fn is_held(&self) -> bool {
        // ord[P17] Relaxed: only a guess; pairs with none.
        self.held.load(ord!(P17, Relaxed))
    }

    /// Waits for the lock.
    #[inline]
    pub(super) fn hold(&self) -> Held<'_, T> {
        let backoff = Backoff::new();
        loop {
            if let Some(held) = self.try_hold() {
                return held;
            }
            backoff.snooze();
        }
    }

    /// How many values there are: those that are put off are counted a little early; approximate while operations run. Zero only if no
    /// value was there all the time.
    pub(super) fn len(&self) -> usize {
        // ord[P8] Acquire: a value that left the list is counted by the next look; pairs with P9.
        let listed = self.listed.load(ord!(P8, Acquire));
        // ord[P13] Relaxed: a value that stays in the heap is counted by each store after it came, and P8 saw it come; pairs with none.
        listed + self.sorted.load(ord!(P13, Relaxed))
    }

    /// Leaves a value for the holder of the lock, or the next one.
    #[cold]
    fn put_off(&self, value: T) {
        let node = Box::new(Node { value: Plain::new(MaybeUninit::new(value)), next: Plain::new(ptr::null_mut()) });
        let node = Box::into_raw(node);
        // ord[P10] Relaxed: a count; whoever subtracts has seen the node, by P4; pairs with none.
        self.listed.fetch_add(1, ord!(P10, Relaxed));
        // ord[P5] Relaxed: becomes `next`, followed only by who takes the whole list, by P7; pairs with none.
        let mut first = self.list.load(ord!(P5, Relaxed));
        loop {
            // SAFETY: I2, the node is ours until it is in the list.
            let next = unsafe { &(*node).next };
            // SAFETY: as above.
            next.with_mut(|next| unsafe { *next = first });
            // ord[P4] Release: hands the node over; those behind it were handed over by exchanges that this one continues; pairs with P7.
            // ord[P14] Relaxed: as P5; pairs with none.
            match self.list.compare_exchange_weak(first, node, ord!(P4, Release), ord!(P14, Relaxed)) {
                Ok(_) => return,
                Err(now) => first = now,
            }
        }
    }
}

impl<T: Ord> Heap<T> {
    /// Puts a value in, or gives it back if another thread holds the lock.
    #[inline]
    pub(super) fn try_push(&self, value: T) -> Result<(), T> {
        let Some(mut held) = self.try_hold() else { return Err(value) };
        // First of all: should `Ord` panic, the value is in the heap.
        held.with(|inner| inner.heap.push(value));
        held.settle();
        Ok(())
    }

    /// Puts a value in without waiting.
    #[inline]
    pub(super) fn push(&self, value: T) {
        if let Err(value) = self.try_push(value) {
            self.put_off(value);
        }
    }

    /// Takes the heap, with all values.
    pub(super) fn take(&self) -> BinaryHeap<T> {
        let mut held = self.hold();
        held.settle();
        held.with(|inner| mem::take(&mut inner.heap))
    }
}

impl<T> Drop for Heap<T> {
    fn drop(&mut self) {
        // The rest is dropped as fields are, even if this panics.
        // ord[P15] Relaxed: exclusively borrowed, whatever shared the heap has synchronised; pairs with none.
        drop(Chain(self.list.load(ord!(P15, Relaxed))));
    }
}

/// The lock of a heap, given back when this is dropped.
pub(super) struct Held<'a, T> {
    heap: &'a Heap<T>,
    /// How many values have come from the list.
    moved: usize,
}

impl<T> Held<'_, T> {
    #[inline]
    fn with<R>(&mut self, f: impl FnOnce(&mut Inner<T>) -> R) -> R {
        self.heap.inner.with_mut(|inner| {
            // SAFETY: I1, this is the holder, and the only reference.
            f(unsafe { &mut *inner })
        })
    }
}

impl<T: Ord> Held<'_, T> {
    /// Moves what was put off into the heap.
    #[inline]
    pub(super) fn settle(&mut self) {
        let backlog = self.with(|inner| !inner.backlog.0.is_null());
        // ord[P6] Relaxed: not older than what happened before; pairs with none.
        if backlog || !self.heap.list.load(ord!(P6, Relaxed)).is_null() {
            self.settle_all();
        }
    }

    #[cold]
    fn settle_all(&mut self) {
        self.settle_backlog();
        // ord[P7] Acquire: the nodes are read, and freed; pairs with P4.
        let list = self.heap.list.swap(ptr::null_mut(), ord!(P7, Acquire));
        self.with(|inner| inner.backlog = Chain(list));
        self.settle_backlog();
    }

    fn settle_backlog(&mut self) {
        while let Some(value) = self.with(|inner| inner.backlog.next()) {
            self.moved += 1;
            // If `Ord` panics the value is in the heap, and those behind it stay in the backlog.
            self.with(|inner| inner.heap.push(value));
        }
    }

    /// Takes the greatest value.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        self.settle();
        self.with(|inner| inner.heap.pop())
    }

    /// Shows the greatest value to `f`.
    pub(super) fn peek<R>(&mut self, f: impl FnOnce(Option<&T>) -> R) -> R {
        self.settle();
        self.with(|inner| f(inner.heap.peek()))
    }
}

impl<T> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let sorted = self.with(|inner| inner.heap.len());
        // ord[P16] Relaxed: a count, published by P9 and P3; pairs with none.
        self.heap.sorted.store(sorted, ord!(P16, Relaxed));
        if self.moved > 0 {
            // ord[P9] Release: values are counted where they are before they are no longer counted where they were; pairs with P8.
            self.heap.listed.fetch_sub(self.moved, ord!(P9, Release));
        }
        // ord[P3] Release: what this thread did is seen by the next holder; pairs with P1.
        self.heap.held.store(false, ord!(P3, Release));
    }
}
