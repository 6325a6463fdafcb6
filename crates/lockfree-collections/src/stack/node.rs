//! The memory of the unbounded stack: slabs of nodes.
//!
//! ```text
//! slabs[0] --> FIRST nodes    slabs[1] --> 2 * FIRST nodes    slabs[2] --> 4 * FIRST nodes    ...
//! node:    { next, below, value }, named by its place, counted from one
//! ```
//!
//! **Invariants.**
//! - N1: `slabs[k]` goes from null to one slab, once, and stays until the stack is dropped.
//! - N2: a node is initialised by the thread that claims it from `handed_out`, before any other thread learns its name; who knows a name
//!   has seen that.

use alloc::alloc::{Layout, alloc};
use core::ptr;

use crate::primitive::{Alive, AtomicPtr, AtomicU32, AtomicUsize, CachePadded, Racy, deallocate, ord, settled};

/// A value and the way to the one below.
pub(super) struct Node<T> {
    /// The next node of the list it is in.
    pub(super) next: AtomicU32,
    /// Of the first node of a chain of free ones: the next chain.
    pub(super) below: AtomicU32,
    pub(super) value: Racy<T>,
    /// Whether a value is there, or the node is about to have one.
    pub(super) alive: Alive,
}

/// How many nodes change hands at once: as many as fit into some pages, within limits.
pub(super) const fn batch<T>() -> u32 {
    if cfg!(loom) {
        return 1;
    }
    match size_of::<Node<T>>() {
        0..=128 => 32,
        129..=1024 => 4,
        _ => 1,
    }
}

/// Enough for all names.
const SLABS: usize = 32;

/// All nodes of a stack. Dropping it frees them, not the values in them.
pub(super) struct Slabs<T> {
    slabs: [AtomicPtr<Node<T>>; SLABS],
    /// So many nodes have been claimed, once and for all.
    handed_out: CachePadded<AtomicUsize>,
}

/// The slab of node number `index`, and the place in it.
#[inline]
fn place<T>(index: usize) -> (usize, usize) {
    let first = batch::<T>() as usize;
    let position = index + first;
    let power = position.ilog2();
    ((power - first.ilog2()) as usize, position ^ (1 << power))
}

fn layout<T>(slab: usize) -> Option<Layout> {
    let nodes = (batch::<T>() as usize).checked_mul(1_usize.checked_shl(slab as u32)?)?;
    Layout::array::<Node<T>>(nodes).ok()
}

impl<T> Slabs<T> {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Self {
        Self {
            slabs: [const { AtomicPtr::new(ptr::null_mut()) }; SLABS],
            handed_out: CachePadded::new(AtomicUsize::new(0)),
        }
    }

    #[cfg(loom)]
    pub(super) fn new() -> Self {
        Self {
            slabs: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            handed_out: CachePadded::new(AtomicUsize::new(0)),
        }
    }

    /// The node of that name.
    ///
    /// # Safety
    ///
    /// The caller has learned the name from this stack, by an access that acquires, or is its owner.
    #[inline]
    pub(super) unsafe fn node(&self, name: u32) -> &Node<T> {
        let (slab, offset) = place::<T>(name as usize - 1);
        // SAFETY: a slab's number is below `SLABS`, since names have 32 bits.
        let slab = unsafe { self.slabs.get_unchecked(slab) };
        // Whoever handed the name on had seen the slab, and did so by release.
        // SAFETY: promised by the caller: the change happens before.
        let slab = unsafe { settled(slab) };
        // SAFETY: the slab is there, and the node within it (N1, N2).
        let node = unsafe { slab.add(offset) };
        // SAFETY: initialised (N2), and not freed before the stack is dropped (N1).
        unsafe { &*node }
    }

    /// Makes a chain of `batch` nodes that have not been used; returns the name of the first, or none if there is no memory or
    /// no name.
    #[cold]
    pub(super) fn make(&self) -> Option<u32> {
        let batch = batch::<T>();
        // ord[K2] Relaxed: a number, confirmed by K3; pairs with none.
        let mut index = self.handed_out.load(ord!(K2, Relaxed));
        loop {
            if index > (u32::MAX - 2 * batch) as usize {
                return None;
            }
            let (number, offset) = place::<T>(index);
            let slab = self.slab(number)?;
            // ord[K3] Relaxed: gives each number to one thread; pairs with none.
            // ord[K4] Relaxed: as K2; pairs with none.
            match self.handed_out.compare_exchange(index, index + batch as usize, ord!(K3, Relaxed), ord!(K4, Relaxed))
            {
                Ok(_) => {
                    let first = index as u32 + 1;
                    for node in 0..batch {
                        let next = if node + 1 == batch { super::head::NONE } else { first + node + 1 };
                        let fresh = Node {
                            next: AtomicU32::new(next),
                            below: AtomicU32::new(0),
                            value: Racy::new(),
                            alive: Alive::vacant(),
                        };
                        // SAFETY: slabs have room for whole batches.
                        let place = unsafe { slab.add(offset + node as usize) };
                        // SAFETY: allocated, and by the exchange ours alone.
                        unsafe { place.write(fresh) };
                    }
                    return Some(first);
                }
                Err(now) => index = now,
            }
        }
    }

    /// The slab of that number, made if it is not there.
    fn slab(&self, number: usize) -> Option<*mut Node<T>> {
        let link = self.slabs.get(number)?;
        // ord[K5] Acquire: the memory is the allocator's no more; pairs with K6.
        let slab = link.load(ord!(K5, Acquire));
        if !slab.is_null() {
            return Some(slab);
        }
        let layout = layout::<T>(number)?;
        // SAFETY: nodes have a size.
        let slab = unsafe { alloc(layout) }.cast::<Node<T>>();
        if slab.is_null() {
            return None;
        }
        // ord[K6] Release: publishes the memory; pairs with K5, K7.
        // ord[K7] Acquire: another thread was first, and its slab is used; pairs with K6.
        match link.compare_exchange(ptr::null_mut(), slab, ord!(K6, Release), ord!(K7, Acquire)) {
            Ok(_) => Some(slab),
            Err(first) => {
                // SAFETY: allocated above with this layout, and nobody has seen it.
                unsafe { deallocate(slab.cast(), layout) };
                Some(first)
            }
        }
    }

    /// How many nodes have been claimed.
    pub(super) fn handed_out(&self) -> usize {
        // ord[K8] Relaxed: a statistic; pairs with none.
        self.handed_out.load(ord!(K8, Relaxed))
    }
}

impl<T> Drop for Slabs<T> {
    fn drop(&mut self) {
        for (number, link) in self.slabs.iter().enumerate() {
            // ord[K9] Relaxed: dropping is exclusive, whatever shared the stack has synchronised; pairs with none.
            let slab = link.load(ord!(K9, Relaxed));
            if let (false, Some(layout)) = (slab.is_null(), layout::<T>(number)) {
                // SAFETY: allocated by `slab` with this layout; nodes need no drop, and nobody knows them any more.
                unsafe { deallocate(slab.cast(), layout) };
            }
        }
    }
}
