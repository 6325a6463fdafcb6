//! One value, read and replaced by any number of threads: what is common to all cells.
//!
//! **Source.** The simplest use of hazard pointers (Michael 2004, section 3): one pointer, replaced by swap or compare-exchange. What is
//! retired are the values themselves, by the scheme of `reclaim::held`.
//!
//! ```text
//! AtomicBox: pointer --> Node { value }
//! AtomicRc:  pointer --> what the Arc points to; the pointer is one share of it
//! replaced shares: waiting in the slot that replaced them --> dropped
//! ```
//!
//! **Invariants.**
//! - I1: `pointer` is a share of a value, from `give`, from `new` until the register is dropped. (That of an option may be null.)
//! - I2: a share is put into `pointer` once: by `new`, `swap` or `compare_exchange`. No value is written while it is shared.
//! - I3: whoever takes a share off `pointer` owns it but for the readers that have it protected: it may read the value, and must
//!   hand the share to `retire`, once.
//! - I4: what is protected, or owned by I3, is not at the address of something else: comparing pointers compares values. Of an
//!   `AtomicRc`, one value may have been put there several times, and is the same.
//!
//! **Linearization points.** `load`: the last read of `pointer` (that of the validation, if a hazard was moved). `swap`: the
//! swap. `compare_exchange`: the compare-exchange, successful or not. All are accesses to one location, whose coherence
//! orders them.
//!
//! **Progress.** `swap` is wait-free but for the freeing that it does every now and then, which takes time in proportion to slots and
//! values; `compare_exchange` likewise. `load` is wait-free if the value is the one that the slot has protected already, lock-free
//! otherwise: it tries again only if the value was replaced meanwhile. (As far as the global allocator is.)
//!
//! **Reclamation.** Shares wait in the slot that replaced them, up to [`batch`] of them; with the asymmetric fence, so that readers pass
//! none. See `reclaim::held`.
//!
//! **What is checked.** `tests/loom_cell.rs`: readers and writers, two or three threads, each replaced value is reclaimed at once;
//! weakened twins. `tests/stress_cell.rs`: recorded histories of native threads. `tests/garbage.rs`: the bound, by a counting
//! allocator.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;

use super::guard::Guard;
use super::hold::{Dropped, Hold};
use crate::primitive::{AtomicPtr, ord};
use crate::reclaim::held::Held;
use crate::reclaim::{Detached, Entry, Fences, Hazards, Telemetry};

/// A slot of a cell.
pub(super) type Visit<'a, H> = Entry<'a, 0, Held<Dropped<H>>>;

/// As [`Visit`], for handles that own the cell.
pub(super) type Stay<H> = Detached<0, Held<Dropped<H>>>;

/// A pointer to a value, with what it takes to replace it under its readers.
#[allow(missing_debug_implementations, reason = "nobody outside of this module gets one")]
pub struct Register<H: Hold> {
    pointer: AtomicPtr<H::Base>,
    hazards: Hazards<0, Held<Dropped<H>>>,
    /// Makes the bounds below the only ones.
    owns: PhantomData<*mut H>,
}

// SAFETY: the register owns values and gives them away or drops them; so sending them must be allowed, no more.
unsafe impl<H: Hold<Value: Send>> Send for Register<H> {}
// SAFETY: threads that share the register get references to the same value, and drop values that others made.
unsafe impl<H: Hold<Value: Send + Sync>> Sync for Register<H> {}

/// What has a register.
pub trait Cell {
    /// Which kind.
    type Held: Hold;

    fn register(&self) -> &Register<Self::Held>;
}

/// How many replaced values a slot keeps before it looks for some that can be freed: as many as make the heavy fence cheap, fewer
/// if they are large.
pub(super) const fn batch<H: Hold>() -> usize {
    if cfg!(loom) {
        return 1;
    }
    // With the counts of an `Arc`, or what the allocator adds to a node.
    let fit = 32 * 1024 / (size_of::<H::Base>() + 2 * size_of::<usize>());
    if fit < 8 {
        8
    } else if fit > 128 {
        128
    } else {
        fit
    }
}

impl<H: Hold> Register<H> {
    pub(super) fn new(value: H::Value) -> Self {
        Self { pointer: AtomicPtr::new(H::give(value)), hazards: Hazards::new(Fences::Asymmetric), owns: PhantomData }
    }

    /// Of a kind for which null is a share of nothing.
    #[cfg(not(loom))]
    pub(super) const fn null() -> Self {
        Self {
            pointer: AtomicPtr::new(core::ptr::null_mut()),
            hazards: Hazards::new(Fences::Asymmetric),
            owns: PhantomData,
        }
    }

    #[inline]
    pub(super) fn load(&self) -> Guard<'_, H> {
        let mut entry = self.hazards.enter();
        let pointer = entry.hold(&self.pointer);
        // SAFETY: I1, and the entry has it protected.
        unsafe { Guard::new(entry, pointer) }
    }

    /// A slot for a handle.
    #[cold]
    #[inline(never)]
    pub(super) fn stay(&self) -> Stay<H> {
        self.hazards.enter().detach()
    }

    /// Whether the handle's slot is one of this register.
    #[inline(always)]
    pub(super) fn has(&self, stay: &Stay<H>) -> bool {
        stay.is_of(&self.hazards)
    }

    /// The present pointer, protected by the handle until it is used again, or this is dropped.
    #[inline(always)]
    pub(super) fn hold(&self, stay: &mut Stay<H>) -> *mut H::Base {
        if !self.has(stay) {
            *stay = self.stay();
        }
        stay.with(|entry| entry.hold_anew(&self.pointer))
    }

    /// The present pointer, to be compared with one that is protected.
    #[inline(always)]
    pub(super) fn peek(&self) -> *mut H::Base {
        // ord[C5] Relaxed: what is protected was seen when it was first read; pairs with none.
        self.pointer.load(ord!(C5, Relaxed))
    }

    /// Replaces the value; the caller owns the share returned (I3).
    #[inline]
    pub(super) fn swap(&self, value: H::Value) -> *mut H::Base {
        // ord[C1] AcqRel: publishes the new value, and the old one is seen; pairs with V2, V5, C1, C2.
        self.pointer.swap(H::give(value), ord!(C1, AcqRel))
    }

    /// Puts `new` in the place of `current`; then the caller owns the latter (I3). Else it has `new` still.
    ///
    /// `current` is protected, so that finding its address is finding it (I4).
    pub(super) fn compare_exchange(&self, current: *mut H::Base, new: *mut H::Base) -> bool {
        // ord[C2] Release: publishes the new value; the old one has been seen by who protected it; pairs with V2, V5, C1.
        // ord[C3] Relaxed: nothing is read through it; pairs with none.
        self.pointer.compare_exchange(current, new, ord!(C2, Release), ord!(C3, Relaxed)).is_ok()
    }

    /// Retires a share that the caller owns, by I3.
    ///
    /// # Safety
    ///
    /// It came from `swap` or a successful `compare_exchange` of this register, and goes nowhere else.
    #[inline]
    pub(super) unsafe fn retire(&self, pointer: *mut H::Base) {
        if pointer.is_null() {
            return;
        }
        let mut entry = self.hazards.enter();
        entry.let_go_of(pointer);
        // SAFETY: promised by the caller, with I2.
        unsafe { entry.defer(pointer.cast(), batch::<H>()) };
    }

    /// The present pointer, when nobody can replace it.
    pub(super) fn present(&mut self) -> *mut H::Base {
        // ord[C4] Relaxed: exclusive, whatever shared the register has synchronised; pairs with none.
        self.pointer.load(ord!(C4, Relaxed))
    }

    pub(super) fn into_inner(self) -> H::Value {
        let mut this = ManuallyDrop::new(self);
        let pointer = this.present();
        // SAFETY: the register is not used or dropped after this.
        let hazards = unsafe { core::ptr::read(&raw const this.hazards) };
        // SAFETY: I1; no guard is left; the pointer is not used again.
        let value = unsafe { H::take(pointer) };
        drop(hazards);
        value
    }

    pub(super) fn reclaim(&self) -> usize {
        self.hazards.reclaim_held()
    }

    pub(super) fn telemetry(&self) -> Telemetry {
        let slots = self.hazards.slots();
        // What several threads replaced, an `Arc` that was stored again, waits with each of them while somebody reads it.
        let kept = if H::BYTES == 0 { slots } else { 1 };
        Telemetry {
            live: 1,
            retired: self.hazards.garbage(),
            bound: slots * (batch::<H>() + kept),
            slots,
            object_bytes: H::BYTES + size_of::<*mut ()>(),
        }
    }
}

impl<H: Hold> Drop for Register<H> {
    fn drop(&mut self) {
        let pointer = self.present();
        // What was replaced is dropped with the field `hazards`, even if this panics.
        // SAFETY: I1; no guard is left, and the register is going.
        drop(unsafe { H::take(pointer) });
    }
}
