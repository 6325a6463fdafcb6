//! The head of a list of nodes that are named by number.
//!
//! ```text
//! head: puts (upper half) | name of the first node (lower half), NONE if there is none
//! ```
//!
//! **Why a pop may trust what it has read.** A pop reads the head, then the link of the first node, and moves the head on by a
//! compare-exchange, which finds the head unchanged. Changes are exchanges; each that puts something on adds one to the count. While
//! the count is the same the head only moves down the list, so each word with a node in it occurs once: the node has been first
//! without interruption, and only who owns a node writes its link. This holds as long as the count has not gone round between the
//! two: 2^32 puts, of which an exact multiple must fall into the moment in which the pop is stopped, and the same node be first
//! again. At ten million puts a second that takes more than seven minutes; a thread can be stopped so long, and this is the one
//! assumption about time that the lists make.

use crate::primitive::{AtomicU32, AtomicU64, Backoff, CachePadded, ord};

/// The name of no node.
pub(super) const NONE: u32 = 0;

/// What one put adds.
const PUT: u64 = 1 << 32;

/// What a head said at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen(u64);

impl Seen {
    #[inline]
    pub(super) fn first(self) -> u32 {
        self.0 as u32
    }

    /// The word with `first` as the first node, and the same count.
    #[inline]
    fn with(self, first: u32) -> u64 {
        self.0 & !(PUT - 1) | u64::from(first)
    }
}

/// The head of a list of nodes.
pub(super) struct Head(CachePadded<AtomicU64>);

impl Head {
    #[cfg(not(loom))]
    pub(super) const fn new(first: u32) -> Self {
        Self(CachePadded::new(AtomicU64::new(first as u64)))
    }

    #[cfg(loom)]
    pub(super) fn new(first: u32) -> Self {
        Self(CachePadded::new(AtomicU64::new(first.into())))
    }

    /// Takes the first node off, whose links `link` finds. After each lost race `lost` may find a node elsewhere.
    #[inline]
    pub(super) fn take<'a>(
        &self,
        link: impl Fn(u32) -> &'a AtomicU32,
        mut lost: impl FnMut() -> Option<u32>,
    ) -> Option<u32> {
        let backoff = Backoff::new();
        // ord[A1] Acquire: what was done to the node before it was put here is seen; pairs with A7.
        let mut seen = Seen(self.0.load(ord!(A1, Acquire)));
        loop {
            let first = seen.first();
            if first == NONE {
                return None;
            }
            // ord[A4] Relaxed: seen by A1 or A3; a later one, of a node that was taken since, is thrown away with the exchange; pairs with none.
            let next = link(first).load(ord!(A4, Relaxed));
            // ord[A2] Relaxed: finds what A1 or A3 has read, see above; pairs with none.
            // ord[A3] Acquire: as A1; pairs with A7.
            match self.0.compare_exchange(seen.0, seen.with(next), ord!(A2, Relaxed), ord!(A3, Acquire)) {
                Ok(_) => return Some(first),
                Err(now) => seen = Seen(now),
            }
            if let Some(found) = lost() {
                return Some(found);
            }
            backoff.spin();
        }
    }

    /// Puts nodes on that the caller owns: `first`, whose links lead to the one with the link `last`. Gives up when `lost`, called after
    /// each lost race, says that they have found another owner.
    #[inline]
    pub(super) fn put(&self, first: u32, last: &AtomicU32, mut lost: impl FnMut() -> bool) {
        let backoff = Backoff::new();
        // ord[A5] Relaxed: becomes a link, which nobody follows before A7 has confirmed it; pairs with none.
        let mut seen = Seen(self.0.load(ord!(A5, Relaxed)));
        loop {
            // ord[A6] Relaxed: published by A7; pairs with none.
            last.store(seen.first(), ord!(A6, Relaxed));
            let after = seen.with(first).wrapping_add(PUT);
            // ord[A7] Release: hands the nodes over; all changes of a head are exchanges, which continue what this begins; pairs with A1, A3, A10.
            // ord[A8] Relaxed: as A5; pairs with none.
            match self.0.compare_exchange(seen.0, after, ord!(A7, Release), ord!(A8, Relaxed)) {
                Ok(_) => return,
                Err(now) => seen = Seen(now),
            }
            if lost() {
                return;
            }
            backoff.spin();
        }
    }

    /// Takes all nodes off; returns the first.
    pub(super) fn take_all(&self) -> u32 {
        // ord[A10] Acquire: as A1, for all of them; pairs with A7.
        Seen(self.0.fetch_and(!(PUT - 1), ord!(A10, Acquire))).first()
    }

    /// The head now, with what was done to its first node before it was put here.
    #[inline]
    pub(super) fn look(&self) -> Seen {
        // ord[A9] Acquire: what the last change followed is seen; pairs with A7.
        Seen(self.0.load(ord!(A9, Acquire)))
    }

    /// Whether the head is what it was: then the node that was first has been so without interruption.
    ///
    /// An acquire fence stands before this.
    pub(super) fn is_still(&self, seen: Seen) -> bool {
        // ord[A11] Relaxed: behind a fence; pairs with none.
        self.0.load(ord!(A11, Relaxed)) == seen.0
    }

    /// The first node, for an exclusive borrow.
    pub(super) fn first_mut(&mut self) -> u32 {
        // ord[A12] Relaxed: exclusive, whatever shares the list next synchronises; pairs with none.
        Seen(self.0.load(ord!(A12, Relaxed))).first()
    }

    /// Sets the first node, for an exclusive borrow.
    pub(super) fn set_mut(&mut self, first: u32) {
        // Nobody is between reading the head and changing it: the count may begin anew.
        // ord[A13] Relaxed: exclusive, as A12; pairs with none.
        self.0.store(u64::from(first), ord!(A13, Relaxed));
    }
}
