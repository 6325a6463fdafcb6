//! From any pointer to an object to one that may free it.
//!
//! A pointer that was made from a reference reaches what the reference did, as far as it did: it may not free the memory, nor lead to what lies
//! beside the object. Where objects are published, and found again, by such pointers, their memory is *exposed* when it is made,
//! and who frees it asks for the allocation's own pointer by its address.

use core::ptr::{self, NonNull};

/// Notes, of the pointer that an allocation gave, that [`whole`] may be asked for it.
#[inline(always)]
pub(crate) fn exposed<T>(object: NonNull<T>) -> NonNull<T> {
    _ = object.as_ptr().expose_provenance();
    object
}

/// The pointer that was exposed at this address.
#[inline(always)]
pub(crate) fn whole<T>(object: *const T) -> *mut T {
    ptr::with_exposed_provenance_mut(object.addr())
}
