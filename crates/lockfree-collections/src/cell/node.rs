//! The memory of a cell that owns its value.

use alloc::alloc::Layout;
use alloc::boxed::Box;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;

use crate::primitive::{Alive, Plain, deallocate};

/// A value on the heap.
#[allow(missing_debug_implementations, reason = "nobody outside of this module gets one")]
pub struct Node<V> {
    value: Plain<ManuallyDrop<V>>,
    /// Makes an address of its own of it, also if the value has no size.
    _place: MaybeUninit<u8>,
    alive: Alive,
}

impl<V> Node<V> {
    /// A node on the heap, owned by whoever has the pointer.
    #[inline]
    pub(super) fn allocate(value: V) -> NonNull<Self> {
        let value = Plain::new(ManuallyDrop::new(value));
        // Nothing to a normal build; a model checker sees the value written here.
        value.with_mut(|_| ());
        NonNull::from(Box::leak(Box::new(Self { value, _place: MaybeUninit::uninit(), alive: Alive::new() })))
    }

    /// Frees the node and returns its value.
    ///
    /// # Safety
    ///
    /// The node came from `allocate` and is the caller's.
    #[inline]
    pub(super) unsafe fn into_value(node: NonNull<Self>) -> V {
        let memory = Memory(node);
        memory.begin_end();
        // SAFETY: promised by the caller: the node is initialised, and freed without dropping the value.
        let value = unsafe { node.as_ref() }.value.with_mut(|value| {
            // SAFETY: as above; nobody else reads it.
            unsafe { value.read() }
        });
        // The memory is freed first: dropping the value may panic.
        drop(memory);
        ManuallyDrop::into_inner(value)
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
        // SAFETY: it came from a box of this layout, and this is its only owner; what is in it needs no drop.
        unsafe { deallocate(self.0.as_ptr().cast(), Layout::new::<Node<V>>()) };
    }
}
