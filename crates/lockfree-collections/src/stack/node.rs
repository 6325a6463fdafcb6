//! The memory of the stack: one node.

use alloc::boxed::Box;
use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::ptr::{self, NonNull};

use haphazard::raw::Pointer;

use crate::primitive::{Alive, Plain, deallocate};

/// A value and the way to the one below.
pub(super) struct Node<T> {
    value: Plain<MaybeUninit<T>>,
    next: Plain<*mut Node<T>>,
    alive: Alive,
}

// SAFETY: what is sent to the thread that frees a node is its memory; the value has been moved out (I4), so `T` does not
// matter.
unsafe impl<T> Send for Node<T> {}

impl<T> Node<T> {
    /// Says that the node is being used, to whoever watches.
    pub(super) fn touch(&self) {
        self.alive.touch();
    }

    /// The node below.
    ///
    /// # Safety
    ///
    /// The caller has seen the node published, or owns it.
    pub(super) unsafe fn next(&self) -> *mut Node<T> {
        // SAFETY: I2, `next` is not written any more.
        self.next.with(|next| unsafe { *next })
    }

    /// Sets the node below.
    ///
    /// # Safety
    ///
    /// The caller owns the node.
    pub(super) unsafe fn set_next(&self, node: *mut Node<T>) {
        // SAFETY: promised by the caller.
        self.next.with_mut(|next| unsafe { *next = node });
    }

    /// A bitwise copy of the value.
    ///
    /// # Safety
    ///
    /// The caller has seen the node published, or owns it. Unless `T` is `Copy`, it uses the copy only if it is the one to
    /// move the value out (I4).
    pub(super) unsafe fn read(&self) -> T {
        // SAFETY: I3, the value is there and is not written any more, not even after it was moved out.
        self.value.with(|value| unsafe { value.cast::<T>().read() })
    }

    /// The value, in place.
    ///
    /// # Safety
    ///
    /// The stack is exclusively borrowed for as long as the result is used, and the node is in it.
    pub(super) unsafe fn value_mut(&self) -> NonNull<T> {
        self.value.with_mut(|value| {
            // SAFETY: the pointer to a field is not null.
            unsafe { NonNull::new_unchecked(value.cast::<T>()) }
        })
    }
}

/// A node that one thread owns.
pub(super) struct NodeBox<T>(NonNull<Node<T>>);

impl<T> NodeBox<T> {
    pub(super) fn new(value: T) -> Self {
        let node = Box::new(Node {
            value: Plain::new(MaybeUninit::new(value)),
            next: Plain::new(ptr::null_mut()),
            alive: Alive::new(),
        });
        Self(NonNull::from(Box::leak(node)))
    }
}

/// Frees the memory; the value is not dropped.
impl<T> Drop for NodeBox<T> {
    fn drop(&mut self) {
        self.alive.end();
        // SAFETY: it came from a box of this layout, and this is its only owner; a node needs no drop.
        unsafe { deallocate(self.0.as_ptr().cast(), Layout::new::<Node<T>>()) };
    }
}

impl<T> Deref for NodeBox<T> {
    type Target = Node<T>;

    fn deref(&self) -> &Node<T> {
        // SAFETY: the box is ours, so the node stays.
        unsafe { self.0.as_ref() }
    }
}

// SAFETY: the pointer is valid from `new` to the drop of the box, and `from_raw` undoes `into_raw`.
unsafe impl<T> Pointer<Node<T>> for NodeBox<T> {
    fn into_raw(self) -> *mut Node<T> {
        let node = self.0.as_ptr();
        core::mem::forget(self);
        node
    }

    unsafe fn from_raw(node: *mut Node<T>) -> Self {
        // SAFETY: it came from `into_raw`, so it is not null.
        Self(unsafe { NonNull::new_unchecked(node) })
    }
}
