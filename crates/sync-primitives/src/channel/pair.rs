//! A place on the heap that two handles share, as by an `Arc` that is cloned once.
//!
//! Source: the reference count of two owners is one bit: who goes first sets it, who goes second finds it set, and frees. Differs from an `Arc` in that
//! making the second handle costs nothing, that there is one read-modify-write in all, and that the last handle knows by a load that it is the last.
//!
//! Layout: the value, and whether one of the two [`Half`] handles is gone.
//!
//! Invariants
//! - Y1: nobody has the value exclusively, and the place stays, while both halves are there.
//! - Y2: a half that finds `alone` set is the only one, and has the place for itself. Who has set it touches nothing of the place any more.
//!
//! Linearization point: the swap of `alone`, or the load that finds it set. Progress: wait-free. Reclamation: by the half that goes last.
//!
//! Checked by `tests/loom_channel_oneshot.rs`, where freeing the place writes what every use of it reads; weakened twins of both sites are found.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;

use crate::primitive::{AtomicBool, UnsafeCell, ord};

struct Place<T> {
    value: UnsafeCell<T>,
    /// Whether one of the halves is gone.
    alone: AtomicBool,
}

/// One of two handles to a value.
pub(super) struct Half<T> {
    place: NonNull<Place<T>>,
    /// It may be the one that drops the value.
    owns: PhantomData<Place<T>>,
}

// SAFETY: as of an `Arc`: both halves reach the value, and either may drop it.
unsafe impl<T: Send + Sync> Send for Half<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync> Sync for Half<T> {}

// Moving a handle does not move the value.
impl<T> Unpin for Half<T> {}

impl<T: RefUnwindSafe> UnwindSafe for Half<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Half<T> {}

/// Both handles to a new place.
#[inline]
pub(super) fn pair<T>(value: T) -> (Half<T>, Half<T>) {
    let place = Box::new(Place { value: UnsafeCell::new(value), alone: AtomicBool::new(false) });
    let place = NonNull::from(Box::leak(place));
    (Half { place, owns: PhantomData }, Half { place, owns: PhantomData })
}

impl<T> Half<T> {
    /// Not by way of the whole place, which may be freed as soon as the bit is set.
    #[inline]
    fn alone(&self) -> &AtomicBool {
        // SAFETY: Y1, Y2: this half is there, so the place is.
        unsafe { &(*self.place.as_ptr()).alone }
    }

    /// Whether the other half is gone; what it did is seen then.
    #[inline]
    pub(super) fn is_alone(&self) -> bool {
        // ord[A1] Acquire: the place is freed after all that the other half did; pairs with A2.
        self.alone().load(ord!(A1, Acquire))
    }

    /// The value, if the other half is gone.
    #[inline]
    pub(super) fn into_inner(self) -> Result<T, Self> {
        if !self.is_alone() {
            return Err(self);
        }
        // SAFETY: alone, and the half is not used any more.
        Ok(unsafe { ManuallyDrop::new(self).free() })
    }

    /// Frees the place.
    ///
    /// # Safety
    ///
    /// `alone` was found set, and neither half is used any more.
    #[inline]
    unsafe fn free(&self) -> T {
        // SAFETY: it came from a box; by Y2 it is this half's.
        let place = unsafe { Box::from_raw(self.place.as_ptr()) };
        // For a model this is the write that no use of the value may meet.
        place.value.get_mut().with(|_| ());
        place.value.into_inner()
    }
}

impl<T> Deref for Half<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this half is there, so the place is.
        let value = unsafe { &(*self.place.as_ptr()).value };
        // SAFETY: Y1, Y2: nobody has the value exclusively.
        value.get().with(|value| unsafe { &*value })
    }
}

impl<T> Drop for Half<T> {
    #[inline]
    fn drop(&mut self) {
        // ord[A2] AcqRel: the other half frees after all that was done through this one, or the other way round; pairs with A1, A2.
        if self.is_alone() || self.alone().swap(true, ord!(A2, AcqRel)) {
            // SAFETY: found set, by the load or by the swap, and this half is going.
            drop(unsafe { self.free() });
        }
    }
}
