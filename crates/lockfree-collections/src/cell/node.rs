//! The memory of a cell: a value behind the header that reclamation needs.

use alloc::alloc::Layout;
use alloc::boxed::Box;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use crate::primitive::{Alive, Plain, deallocate};
use crate::reclaim::limbo::Header;

/// A value, and what it takes to free it. The header comes first: a pointer to the node is one to the header.
#[repr(C)]
pub(super) struct Node<V> {
    header: Header,
    value: Plain<ManuallyDrop<V>>,
    alive: Alive,
}

impl<V> Node<V> {
    /// A node on the heap, owned by whoever has the pointer.
    pub(super) fn allocate(value: V) -> NonNull<Self> {
        // SAFETY: `finish` drops and frees a node; who may use a cell may drop its values, by the cells' bounds for `Sync`.
        let header = unsafe { Header::new(finish::<V>) };
        let value = Plain::new(ManuallyDrop::new(value));
        // Nothing to a normal build; a model checker sees the value written here.
        value.with_mut(|_| ());
        NonNull::from(Box::leak(Box::new(Self { header, value, alive: Alive::new() })))
    }

    /// Frees the node and returns its value.
    ///
    /// # Safety
    ///
    /// The node came from `allocate` and is the caller's.
    pub(super) unsafe fn into_value(node: NonNull<Self>) -> V {
        let memory = Memory(node);
        memory.begin_end();
        // SAFETY: promised by the caller: the node is initialised, and freed without dropping the value.
        let value = unsafe { node.as_ref() }.value.with_mut(|value| {
            // SAFETY: as above; nobody else reads it.
            unsafe { value.read() }
        });
        drop(memory);
        ManuallyDrop::into_inner(value)
    }

    pub(super) fn header(node: NonNull<Self>) -> NonNull<Header> {
        node.cast()
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// The caller has seen the node published, and it is not freed during `'a`.
    #[inline(always)]
    pub(super) unsafe fn value<'a>(node: NonNull<Self>) -> &'a V {
        // SAFETY: promised by the caller.
        let this: &'a Self = unsafe { node.as_ref() };
        this.alive.touch();
        this.value.with(|value| {
            // SAFETY: the value is not written while the node is shared.
            let value: &'a ManuallyDrop<V> = unsafe { &*value };
            value
        })
    }

    /// The value, to change it.
    ///
    /// # Safety
    ///
    /// The node is exclusively the caller's during `'a`.
    pub(super) unsafe fn value_mut<'a>(node: NonNull<Self>) -> &'a mut V {
        // SAFETY: promised by the caller.
        let this: &'a Self = unsafe { node.as_ref() };
        this.value.with_mut(|value| {
            // SAFETY: as above.
            let value: &'a mut ManuallyDrop<V> = unsafe { &mut *value };
            value
        })
    }
}

/// Drops the value and frees the node.
///
/// # Safety
///
/// `object` is the header of a node that came from `allocate`, and is the caller's.
unsafe fn finish<V>(object: *mut Header) {
    // SAFETY: promised by the caller, so it is not null.
    let node = unsafe { NonNull::new_unchecked(object.cast::<Node<V>>()) };
    // SAFETY: promised by the caller. The memory is freed first: dropping the value may panic.
    drop(unsafe { Node::into_value(node) });
}

/// The memory of a node, freed when this is dropped.
struct Memory<V>(NonNull<Node<V>>);

impl<V> Memory<V> {
    fn begin_end(&self) {
        // SAFETY: allocated until this is dropped.
        unsafe { self.0.as_ref() }.alive.end();
    }
}

impl<V> Drop for Memory<V> {
    fn drop(&mut self) {
        // SAFETY: it came from a box of this layout, and this is its only owner; the header needs no drop.
        unsafe { deallocate(self.0.as_ptr().cast(), Layout::new::<Node<V>>()) };
    }
}
