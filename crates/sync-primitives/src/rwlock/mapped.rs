//! The writer of a part of the value.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::RawRwLock;
use crate::guard::impl_format_through_deref;
use crate::policy::{Fifo, Policy};

/// Writes a part of the value of a [`RwLock`](super::RwLock); made by [`RwLockWriteGuard::map`](super::RwLockWriteGuard::map).
/// Dropping it leaves the lock.
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized, P: Policy = Fifo> {
    value: NonNull<T>,
    raw: &'a RawRwLock<P>,
    marker: PhantomData<&'a mut T>,
}

// SAFETY: an exclusive borrow of the part, and leaving is not bound to a thread.
unsafe impl<T: ?Sized + Send, P: Policy> Send for RwLockMappedWriteGuard<'_, T, P> {}
// SAFETY: `&RwLockMappedWriteGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync, P: Policy> Sync for RwLockMappedWriteGuard<'_, T, P> {}

impl<'a, T: ?Sized, P: Policy> RwLockMappedWriteGuard<'a, T, P> {
    pub(super) fn new(value: NonNull<T>, raw: &'a RawRwLock<P>) -> Self {
        Self { value, raw, marker: PhantomData }
    }

    /// Narrows the guard further; see [`RwLockWriteGuard::map`](super::RwLockWriteGuard::map).
    pub fn map<F, U: ?Sized>(mut guard: Self, f: F) -> RwLockMappedWriteGuard<'a, U, P>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut guard));
        RwLockMappedWriteGuard::new(value, ManuallyDrop::new(guard).raw)
    }

    /// Narrows the guard further if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back when `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(mut guard: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U, P>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(RwLockMappedWriteGuard::new(value, ManuallyDrop::new(guard).raw)),
            None => Err(guard),
        }
    }
}

impl<T: ?Sized, P: Policy> Drop for RwLockMappedWriteGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        self.raw.leave_write();
    }
}

impl<T: ?Sized, P: Policy> Deref for RwLockMappedWriteGuard<'_, T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer came from `&mut T` into the value, which by L1 is ours while this guard exists.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized, P: Policy> DerefMut for RwLockMappedWriteGuard<'_, T, P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` makes this the only reference.
        unsafe { self.value.as_mut() }
    }
}

impl_format_through_deref!(RwLockMappedWriteGuard<'_, T, P>, T; P: Policy);
