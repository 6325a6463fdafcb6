//! Sets of slots: which of the open operations are linearized.

use core::hash::Hash;

/// A set of small numbers, as compact as the greatest of them allows.
pub(super) trait Slots: Clone + Eq + Hash {
    /// The empty set of numbers below `width`.
    fn empty(width: usize) -> Self;
    /// Adds a number.
    fn insert(&mut self, slot: u32);
    /// Removes a number.
    fn remove(&mut self, slot: u32);
    /// Whether a number is in the set.
    fn contains(&self, slot: u32) -> bool;
}

impl Slots for u64 {
    fn empty(_: usize) -> Self {
        0
    }

    fn insert(&mut self, slot: u32) {
        *self |= 1 << slot;
    }

    fn remove(&mut self, slot: u32) {
        *self &= !(1 << slot);
    }

    fn contains(&self, slot: u32) -> bool {
        *self >> slot & 1 == 1
    }
}

impl Slots for [u64; 4] {
    fn empty(_: usize) -> Self {
        [0; 4]
    }

    fn insert(&mut self, slot: u32) {
        self[slot as usize / 64].insert(slot % 64);
    }

    fn remove(&mut self, slot: u32) {
        self[slot as usize / 64].remove(slot % 64);
    }

    fn contains(&self, slot: u32) -> bool {
        self[slot as usize / 64].contains(slot % 64)
    }
}

impl Slots for Box<[u64]> {
    fn empty(width: usize) -> Self {
        vec![0; width.div_ceil(64)].into_boxed_slice()
    }

    fn insert(&mut self, slot: u32) {
        self[slot as usize / 64].insert(slot % 64);
    }

    fn remove(&mut self, slot: u32) {
        self[slot as usize / 64].remove(slot % 64);
    }

    fn contains(&self, slot: u32) -> bool {
        self[slot as usize / 64].contains(slot % 64)
    }
}
