//! The free nodes of the unbounded stack: most of them in the hands of the threads that freed them.
//!
//! **Source.** Bonwick and Adams, "Magazines and Vmem" (2001): each thread has two chains of free nodes, one of them whole or absent;
//! whole ones go to and come from a list that all threads share. So a thread that pushes and pops takes and gives nodes without
//! any atomic change, and one that only pops gives nodes to one that only pushes at the price of one change for a batch.
//!
//! **Invariants.**
//! - F1: a node is in one list (the stack, a chain of the pool, a pouch), offered in a [`super::meet`], or owned by one operation.
//! - F2: chains of the pool, and a pouch's second one, have `batch` nodes.

use super::head::{Head, NONE};
use super::node::{Node, Slabs, batch};
use crate::primitive::ord;
use crate::reclaim::Announce;

/// A thread announces nothing; its slot holds a [`Pouch`].
#[derive(Default)]
pub(super) struct Silent;

impl Announce for Silent {
    type Private = Pouch;
}

/// The free nodes of one slot.
#[derive(Default)]
pub(super) struct Pouch {
    /// The chain that nodes are taken from and given to, and how many are in it.
    open: u32,
    len: u32,
    /// A whole one, or none.
    whole: u32,
}

/// The nodes of a stack, and those that are in nobody's hands.
pub(super) struct Pool<T> {
    slabs: Slabs<T>,
    /// Chains of free nodes.
    chains: Head,
}

impl<T> Pool<T> {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Self {
        Self { slabs: Slabs::new(), chains: Head::new(NONE) }
    }

    #[cfg(loom)]
    pub(super) fn new() -> Self {
        Self { slabs: Slabs::new(), chains: Head::new(NONE) }
    }

    /// The node of that name.
    ///
    /// # Safety
    ///
    /// As for [`Slabs::node`].
    #[inline]
    pub(super) unsafe fn node(&self, name: u32) -> &Node<T> {
        // SAFETY: promised by the caller.
        unsafe { self.slabs.node(name) }
    }

    /// How many nodes there are, in the stack and out of it.
    pub(super) fn nodes(&self) -> usize {
        self.slabs.handed_out()
    }

    /// A whole chain, which the caller owns.
    #[cold]
    fn take_chain(&self) -> Option<u32> {
        // SAFETY: the name was read from the head with Acquire.
        let link = |name| unsafe { &self.node(name).below };
        self.chains.take(link, || None).or_else(|| self.slabs.make())
    }

    /// # Safety
    ///
    /// The chain `first` is the caller's, and whole (F2).
    #[cold]
    unsafe fn put_chain(&self, first: u32) {
        // SAFETY: the caller owns it.
        let node = unsafe { self.node(first) };
        self.chains.put(first, &node.below, || false);
    }
}

impl Pouch {
    /// A free node, which the caller owns; none if there is no memory.
    #[inline]
    pub(super) fn take<T>(&mut self, pool: &Pool<T>) -> Option<u32> {
        if self.len == 0 {
            self.open = if self.whole == NONE { pool.take_chain()? } else { core::mem::replace(&mut self.whole, NONE) };
            self.len = batch::<T>();
        }
        let name = self.open;
        // SAFETY: it is ours (F1).
        let node = unsafe { pool.node(name) };
        // ord[F1] Relaxed: written by who owned the node before, which its handing over made visible; pairs with none.
        self.open = node.next.load(ord!(F1, Relaxed));
        self.len -= 1;
        Some(name)
    }

    /// Gives a node back.
    ///
    /// # Safety
    ///
    /// `name` is a node of `pool` that the caller owns, without a value.
    #[inline]
    pub(super) unsafe fn put<T>(&mut self, pool: &Pool<T>, name: u32) {
        if self.len == batch::<T>() {
            let whole = core::mem::replace(&mut self.whole, self.open);
            self.open = NONE;
            self.len = 0;
            if whole != NONE {
                // SAFETY: F2, it was ours.
                unsafe { pool.put_chain(whole) };
            }
        }
        // SAFETY: the caller owns it.
        let node = unsafe { pool.node(name) };
        // ord[F2] Relaxed: read by its next owner; a pop that still looks at it throws that away; pairs with none.
        node.next.store(self.open, ord!(F2, Relaxed));
        self.open = name;
        self.len += 1;
    }
}
