//! Containers that the collection takes back, to use them again, on their way from "unlinked" to "free".
//!
//! The engine frees an object wherever it finds it unprotected, in the middle of its own work. What it "frees" here is only moved to the
//! list `ready` of the collection, and taken from there when the engine is done. A list is owned by whoever took it: [`Chain`].

use core::ops::Deref;
use core::ptr::{self, NonNull};

use haphazard::raw::Pointer;

use crate::drain::to_the_end;
use crate::primitive::{AtomicPtr, Plain, ord};

/// What an object begins with.
#[repr(C)]
pub(crate) struct Header {
    next: Plain<*mut Header>,
    /// Where to go when no hazard is left; set when the object is retired.
    home: Plain<*const Ready>,
    finish: unsafe fn(*mut Header),
}

// SAFETY: what is sent to the thread that frees is the right to call `finish`, of which `Header::new` demands that any thread
// of those that may retire in the collection may call it.
unsafe impl Send for Header {}

impl Header {
    /// # Safety
    ///
    /// `finish` drops and frees the object that begins with this header; it may be called by any thread that uses the collection.
    pub(crate) unsafe fn new(finish: unsafe fn(*mut Header)) -> Self {
        Self { next: Plain::new(ptr::null_mut()), home: Plain::new(ptr::null()), finish }
    }

    /// Says where the object goes when it is unprotected.
    pub(super) fn set_home(&self, ready: &Ready) {
        // SAFETY: the object is unlinked, and its retiring thread is the only one to touch its header; a pointer is no drop.
        self.home.with_mut(|home| unsafe { *home = ready });
    }

    fn set_next(&self, next: *mut Header) {
        // SAFETY: only the thread that has the object in its own list touches this field.
        self.next.with_mut(|place| unsafe { *place = next });
    }

    fn next(&self) -> *mut Header {
        // SAFETY: as in `set_next`.
        self.next.with(|place| unsafe { *place })
    }
}

/// A list of unlinked objects that one thread owns; dropping it drops them.
pub(crate) struct Chain {
    first: *mut Header,
    len: usize,
}

impl Chain {
    pub(super) const fn new() -> Self {
        Self { first: ptr::null_mut(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn pop(&mut self) -> Option<NonNull<Header>> {
        let object = NonNull::new(self.first)?;
        // SAFETY: objects in the list are not freed.
        self.first = unsafe { object.as_ref() }.next();
        self.len -= 1;
        Some(object)
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        to_the_end(|| {
            let Some(object) = self.pop() else { return false };
            // SAFETY: it is initialised until `finish` is called.
            let finish = unsafe { object.as_ref() }.finish;
            // SAFETY: it has left the list, which owned it; nobody can reach it any more.
            unsafe { finish(object.as_ptr()) };
            true
        });
    }
}

/// The objects of a collection that no hazard is on.
pub(super) struct Ready {
    first: AtomicPtr<Header>,
}

impl Ready {
    pub(super) fn new() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()) }
    }

    fn push(&self, object: NonNull<Header>) {
        // ord[L1] Relaxed: becomes `next`, followed only by who takes the whole list, by L4; pairs with none.
        let mut first = self.first.load(ord!(L1, Relaxed));
        loop {
            // SAFETY: the engine has handed the object over, nobody else has it.
            unsafe { object.as_ref() }.set_next(first);
            // ord[L2] Release: hands the object over, after all that its readers did to it; pairs with L4.
            // ord[L3] Relaxed: as L1; pairs with none.
            match self.first.compare_exchange_weak(first, object.as_ptr(), ord!(L2, Release), ord!(L3, Relaxed)) {
                Ok(_) => return,
                Err(now) => first = now,
            }
        }
    }

    /// Takes all.
    pub(super) fn take(&self) -> Chain {
        // ord[L5] Relaxed: only a guess whether there is something; pairs with none.
        if self.first.load(ord!(L5, Relaxed)).is_null() {
            return Chain::new();
        }
        // ord[L4] Acquire: the objects may be dropped; pairs with L2.
        let mut chain = Chain { first: self.first.swap(ptr::null_mut(), ord!(L4, Acquire)), len: 0 };
        let mut next = chain.first;
        while !next.is_null() {
            chain.len += 1;
            // SAFETY: the list is ours, and its objects are not freed.
            next = unsafe { (*next).next() };
        }
        chain
    }
}

/// An object in the engine's hands. Dropping it, which is how the engine frees, sends it home.
pub(super) struct Deferred(NonNull<Header>);

impl Deref for Deferred {
    type Target = Header;

    fn deref(&self) -> &Header {
        // SAFETY: an object is not freed before it has been sent home.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Deferred {
    fn drop(&mut self) {
        // SAFETY: written before the object was retired, which the engine passed on.
        let home = self.home.with(|home| unsafe { *home });
        // SAFETY: the list is part of the structure that owns the engine.
        unsafe { &*home }.push(self.0);
    }
}

// SAFETY: the pointer stays valid, and `from_raw` undoes `into_raw`.
unsafe impl Pointer<Header> for Deferred {
    fn into_raw(self) -> *mut Header {
        let object = self.0.as_ptr();
        core::mem::forget(self);
        object
    }

    unsafe fn from_raw(object: *mut Header) -> Self {
        // SAFETY: it came from `into_raw` or from a list, so it is not null.
        Self(unsafe { NonNull::new_unchecked(object) })
    }
}
