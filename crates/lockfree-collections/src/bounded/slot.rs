//! One slot of the ring. Invariants and stamps: see [`super::ring`].

use core::mem::MaybeUninit;

use crate::primitive::{AtomicUsize, Plain, ord};

pub(super) struct Slot<T> {
    pub(super) stamp: AtomicUsize,
    pub(super) value: Plain<MaybeUninit<T>>,
}

impl<T> Slot<T> {
    /// The slot of a new ring at `index`.
    pub(super) fn new(index: usize) -> Self {
        Self { stamp: AtomicUsize::new(index), value: Plain::new(MaybeUninit::uninit()) }
    }

    /// The stamp, for who would fill the slot.
    #[inline(always)]
    pub(super) fn emptied(&self) -> usize {
        // ord[B5] Acquire: the slot has been emptied, or filled (for who replaces); pairs with B4, B9, B12, B43, B48.
        self.stamp.load(ord!(B5, Acquire))
    }

    /// The stamp, for who would empty the slot.
    #[inline(always)]
    pub(super) fn filled(&self) -> usize {
        // ord[B11] Acquire: the value is seen; pairs with B4, B9, B43.
        self.stamp.load(ord!(B11, Acquire))
    }

    /// Puts `value` in at `position`.
    ///
    /// # Safety
    ///
    /// The slot is the caller's by I2, and empty.
    #[inline(always)]
    pub(super) unsafe fn fill(&self, position: usize, value: T) {
        // SAFETY: promised by the caller.
        self.value.with_mut(|place| unsafe { (*place).write(value) });
        // ord[B9] Release: publishes the value; pairs with B5, B11, B40, B45.
        self.stamp.store(position + 1, ord!(B9, Release));
    }

    /// Takes the value out; the slot is to be filled at position `next`.
    ///
    /// # Safety
    ///
    /// The slot is the caller's by I2, and full.
    #[inline(always)]
    pub(super) unsafe fn empty(&self, next: usize) -> T {
        // SAFETY: promised by the caller.
        let value = self.value.with_mut(|place| unsafe { place.cast::<T>().read() });
        // ord[B12] Release: the slot is emptied before it is filled again; pairs with B5, B40.
        self.stamp.store(next, ord!(B12, Release));
        value
    }
}
