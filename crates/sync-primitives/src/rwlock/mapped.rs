//! The writer of a part of the value.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::RawRwLock;
use crate::guard::impl_format_through_deref;

/// Writes a part of the value of a [`RwLock`](super::RwLock); made by [`RwLockWriteGuard::map`](super::RwLockWriteGuard::map).
/// Dropping it leaves the lock.
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized> {
    value: NonNull<T>,
    raw: &'a RawRwLock,
    marker: PhantomData<&'a mut T>,
}

// SAFETY: an exclusive borrow of the part, and leaving is not bound to a thread.
unsafe impl<T: ?Sized + Send> Send for RwLockMappedWriteGuard<'_, T> {}
// SAFETY: `&RwLockMappedWriteGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync> Sync for RwLockMappedWriteGuard<'_, T> {}

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    pub(super) fn new(value: NonNull<T>, raw: &'a RawRwLock) -> Self {
        Self { value, raw, marker: PhantomData }
    }

    /// Narrows the guard further; see [`RwLockWriteGuard::map`](super::RwLockWriteGuard::map).
    pub fn map<F, U: ?Sized>(mut guard: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
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
    pub fn try_map<F, U: ?Sized>(mut guard: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(RwLockMappedWriteGuard::new(value, ManuallyDrop::new(guard).raw)),
            None => Err(guard),
        }
    }
}

impl<T: ?Sized> Drop for RwLockMappedWriteGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.raw.leave_write();
    }
}

impl<T: ?Sized> Deref for RwLockMappedWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer came from `&mut T` into the value, which by L1 is ours while this guard exists.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for RwLockMappedWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` makes this the only reference.
        unsafe { self.value.as_mut() }
    }
}

impl_format_through_deref!(RwLockMappedWriteGuard<'_, T>, T);
