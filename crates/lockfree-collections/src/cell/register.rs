//! One value, read and replaced by any number of threads: what is common to all cells.
//!
//! **Source.** The simplest use of hazard pointers (Michael 2004, section 3): one pointer, replaced by swap or compare-exchange.
//!
//! ```text
//! pointer --> Node { header, value }          replaced nodes: limbo of the slot --> retired --> dropped
//! ```
//!
//! **Invariants.**
//! - I1: `pointer` leads to an initialised node, never to null, from `new` until the register is dropped.
//! - I2: a node is put into `pointer` once: by `new`, `swap` or `compare_exchange`. Its value is not written while it is there or
//!   while anybody may have it protected.
//! - I3: whoever takes a node off `pointer` owns it but for the readers that have it protected: it may read the value, and must
//!   hand the node to `retire`, once.
//! - I4: a node that is protected, or owned by I3, is not at the address of another one: comparing pointers compares nodes.
//!
//! **Linearization points.** `load`: the last read of `pointer` (that of the validation, if a hazard was moved). `swap`: the
//! swap. `compare_exchange`: the compare-exchange, successful or not. All are accesses to one location, whose coherence
//! orders them.
//!
//! **Progress.** `swap` is wait-free but for the freeing that it does every now and then, which is lock-free; `compare_exchange`
//! likewise. `load` is wait-free if the value is the one that the slot has protected already, lock-free otherwise: it tries
//! again only if the value was replaced meanwhile. (As far as the global allocator is.)
//!
//! **Reclamation.** Nodes wait in the limbo of the slot that replaced them, up to [`batch`] of them; with the asymmetric fence, so
//! that readers pass none. See [`crate::reclaim`].
//!
//! **What is checked.** `tests/loom_cell.rs`: readers and writers, two or three threads, each replaced node is reclaimed at once;
//! weakened twins. `tests/stress_cell.rs`: recorded histories of native threads. `tests/garbage.rs`: the bound, by a counting
//! allocator.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::guard::Guard;
use super::node::Node;
use crate::primitive::{AtomicPtr, ord};
use crate::reclaim::{Entry, Fences, Hazards, Telemetry};

/// A pointer to a value, with what it takes to replace it under its readers.
pub(super) struct Register<V> {
    pointer: AtomicPtr<Node<V>>,
    hazards: Hazards<1>,
    /// Makes the bounds below the only ones.
    owns: PhantomData<*mut V>,
}

// SAFETY: the register owns values and gives them away or drops them; so sending them must be allowed, no more.
unsafe impl<V: Send> Send for Register<V> {}
// SAFETY: threads that share the register get references to the same value, and drop values that others made.
unsafe impl<V: Send + Sync> Sync for Register<V> {}

/// How many replaced nodes a slot keeps before it looks for some that can be freed: as many as make the heavy fence cheap, fewer
/// if they are large.
pub(super) const fn batch<V>() -> usize {
    if cfg!(loom) {
        return 1;
    }
    let fit = 32 * 1024 / size_of::<Node<V>>();
    if fit < 8 {
        8
    } else if fit > 128 {
        128
    } else {
        fit
    }
}

/// What the engine allocates for a retired object: the object's pointer with its type's, a function, and a link.
const RECORD: usize = 4 * size_of::<usize>();

impl<V> Register<V> {
    pub(super) fn new(value: V) -> Self {
        Self {
            pointer: AtomicPtr::new(Node::allocate(value).as_ptr()),
            hazards: Hazards::new(Fences::Asymmetric),
            owns: PhantomData,
        }
    }

    #[inline]
    pub(super) fn enter(&self) -> Entry<'_, 1> {
        self.hazards.enter()
    }

    #[inline]
    pub(super) fn load(&self) -> Guard<'_, V> {
        let mut entry = self.enter();
        let node = self.protect(&mut entry);
        // SAFETY: the entry has it protected.
        unsafe { Guard::new(entry, node) }
    }

    /// Protects and returns the present node, until the entry's hazard is used again.
    #[inline]
    pub(super) fn protect(&self, entry: &mut Entry<'_, 1>) -> NonNull<Node<V>> {
        let node = entry.protect(0, &self.pointer);
        // SAFETY: I1.
        unsafe { NonNull::new_unchecked(node) }
    }

    /// Replaces the value; the caller owns the node returned (I3).
    pub(super) fn swap(&self, value: V) -> NonNull<Node<V>> {
        let new = Node::allocate(value).as_ptr();
        // ord[C1] AcqRel: publishes the new node, and the old one's value is seen; pairs with H5, H13, C1, C2.
        let old = self.pointer.swap(new, ord!(C1, AcqRel));
        // SAFETY: I1.
        unsafe { NonNull::new_unchecked(old) }
    }

    /// Puts `new` in the place of `current`; then the caller owns the latter (I3). Else it has `new` still.
    ///
    /// `current` is protected, so that finding its address is finding it (I4), and its value has been seen.
    pub(super) fn compare_exchange(&self, current: NonNull<Node<V>>, new: NonNull<Node<V>>) -> bool {
        let (current, new) = (current.as_ptr(), new.as_ptr());
        // ord[C2] Release: publishes the new node; the old one's value has been seen by who protected it; pairs with H5, H13, C1.
        // ord[C3] Relaxed: nothing is read through it; pairs with none.
        self.pointer.compare_exchange(current, new, ord!(C2, Release), ord!(C3, Relaxed)).is_ok()
    }

    /// Retires a node that the caller owns, by I3.
    ///
    /// # Safety
    ///
    /// The node came from `swap` or a successful `compare_exchange` of this register, and goes nowhere else.
    pub(super) unsafe fn retire(&self, node: NonNull<Node<V>>) {
        let mut entry = self.enter();
        entry.unprotect(node.as_ptr());
        // SAFETY: promised by the caller, with I2.
        unsafe { entry.defer(Node::header(node), batch::<V>()) };
    }

    pub(super) fn get_mut(&mut self) -> &mut V {
        let node = self.present();
        // SAFETY: exclusively borrowed: no guard is left, and nobody replaces it.
        unsafe { Node::value_mut(node) }
    }

    pub(super) fn into_inner(self) -> V {
        let this = core::mem::ManuallyDrop::new(self);
        let node = this.present();
        // SAFETY: the register is not used or dropped after this.
        let hazards = unsafe { core::ptr::read(&raw const this.hazards) };
        // SAFETY: no guard is left; the node is not touched again.
        let value = unsafe { Node::into_value(node) };
        drop(hazards);
        value
    }

    /// The present node, when nobody can replace it.
    fn present(&self) -> NonNull<Node<V>> {
        // ord[C4] Relaxed: exclusive, whatever shared the register has synchronised; pairs with none.
        let node = self.pointer.load(ord!(C4, Relaxed));
        // SAFETY: I1.
        unsafe { NonNull::new_unchecked(node) }
    }

    pub(super) fn reclaim(&self) -> usize {
        self.hazards.reclaim_values()
    }

    pub(super) fn telemetry(&self) -> Telemetry {
        let slots = self.hazards.slots();
        Telemetry {
            live: 1,
            retired: self.hazards.garbage(),
            bound: slots * (batch::<V>() + 1),
            slots,
            object_bytes: size_of::<Node<V>>() + RECORD,
        }
    }
}

impl<V> Drop for Register<V> {
    fn drop(&mut self) {
        let node = self.present();
        // What was replaced is dropped with the field `hazards`, even if this panics.
        // SAFETY: no guard is left, and the register is going.
        drop(unsafe { Node::into_value(node) });
    }
}
