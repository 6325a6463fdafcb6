//! The guards of readers and of the writer of a borrowed lock.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::{RawRwLock, RwLock, RwLockMappedWriteGuard, RwLockUpgradableReadGuard};
use crate::guard::impl_format_through_deref;
use crate::policy::{Fifo, Policy};

/// Reads a [`RwLock`], or a part of its value; dropping it leaves the lock.
///
/// ```
/// let lock = sync_primitives::RwLock::new(vec![1, 2]);
/// let reader = lock.try_read().unwrap();
/// assert_eq!(reader.len(), 2);
/// ```
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockReadGuard<'a, T: ?Sized, P: Policy = Fifo> {
    value: NonNull<T>,
    raw: &'a RawRwLock<P>,
    marker: PhantomData<&'a T>,
}

// SAFETY: a shared borrow of the value, and leaving is not bound to a thread.
unsafe impl<T: ?Sized + Sync, P: Policy> Send for RwLockReadGuard<'_, T, P> {}
// SAFETY: `&RwLockReadGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync, P: Policy> Sync for RwLockReadGuard<'_, T, P> {}

impl<'a, T: ?Sized, P: Policy> RwLockReadGuard<'a, T, P> {
    #[inline]
    pub(super) fn new(lock: &'a RwLock<T, P>) -> Self {
        let pointer = lock.look();
        // SAFETY: by L1 and L2 nobody writes while this guard exists.
        let value = NonNull::from(unsafe { &*pointer });
        Self { value, raw: &lock.raw, marker: PhantomData }
    }

    /// Narrows the guard to a part of the value. If `f` panics, the guard leaves the lock.
    ///
    /// ```
    /// use sync_primitives::{RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new((1, "one"));
    /// let number = RwLockReadGuard::map(lock.try_read().unwrap(), |pair| &pair.0);
    /// assert_eq!(*number, 1);
    /// ```
    pub fn map<F, U: ?Sized>(guard: Self, f: F) -> RwLockReadGuard<'a, U, P>
    where
        F: FnOnce(&T) -> &U,
    {
        let value = NonNull::from(f(&guard));
        RwLockReadGuard { value, raw: ManuallyDrop::new(guard).raw, marker: PhantomData }
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back when `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(guard: Self, f: F) -> Result<RwLockReadGuard<'a, U, P>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&guard).map(NonNull::from) {
            Some(value) => Ok(RwLockReadGuard { value, raw: ManuallyDrop::new(guard).raw, marker: PhantomData }),
            None => Err(guard),
        }
    }
}

impl<T: ?Sized, P: Policy> Drop for RwLockReadGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        self.raw.leave_read();
    }
}

impl<T: ?Sized, P: Policy> Deref for RwLockReadGuard<'_, T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer came from `&T` into the value, which by L1 nobody writes while this guard exists.
        unsafe { self.value.as_ref() }
    }
}

impl_format_through_deref!(RwLockReadGuard<'_, T, P>, T; P: Policy);

/// Writes a [`RwLock`]; dropping it leaves the lock.
///
/// ```
/// let lock = sync_primitives::RwLock::new(1);
/// let mut writer = lock.try_write().unwrap();
/// *writer += 1;
/// drop(writer);
/// assert_eq!(lock.into_inner(), 2);
/// ```
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockWriteGuard<'a, T: ?Sized, P: Policy = Fifo> {
    lock: &'a RwLock<T, P>,
    marker: PhantomData<&'a mut T>,
}

// SAFETY: an exclusive borrow of the value, which may become a reader elsewhere (`Sync`); leaving is not bound to a thread.
unsafe impl<T: ?Sized + Send + Sync, P: Policy> Send for RwLockWriteGuard<'_, T, P> {}
// SAFETY: `&RwLockWriteGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync, P: Policy> Sync for RwLockWriteGuard<'_, T, P> {}

impl<'a, T: ?Sized, P: Policy> RwLockWriteGuard<'a, T, P> {
    #[inline]
    pub(super) fn new(lock: &'a RwLock<T, P>) -> Self {
        Self { lock, marker: PhantomData }
    }

    #[inline]
    pub(super) fn into_lock(self) -> &'a RwLock<T, P> {
        ManuallyDrop::new(self).lock
    }

    /// Narrows the guard to a part of the value. If `f` panics, the guard leaves the lock.
    ///
    /// ```
    /// use sync_primitives::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new((1, "one"));
    /// *RwLockWriteGuard::map(lock.try_write().unwrap(), |pair| &mut pair.0) = 2;
    /// assert_eq!(lock.into_inner(), (2, "one"));
    /// ```
    pub fn map<F, U: ?Sized>(mut guard: Self, f: F) -> RwLockMappedWriteGuard<'a, U, P>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut guard));
        RwLockMappedWriteGuard::new(value, &guard.into_lock().raw)
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back when `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(mut guard: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U, P>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(RwLockMappedWriteGuard::new(value, &guard.into_lock().raw)),
            None => Err(guard),
        }
    }

    /// The guard in the form of one that was narrowed, to the whole value.
    pub fn into_mapped(self) -> RwLockMappedWriteGuard<'a, T, P> {
        Self::map(self, |value| value)
    }

    /// Becomes a reader; nobody writes in between.
    ///
    /// ```
    /// use sync_primitives::RwLock;
    ///
    /// let lock = RwLock::new(1);
    /// let mut writer = lock.try_write().unwrap();
    /// *writer = 2;
    /// let reader = writer.downgrade();
    /// assert_eq!((*reader, *lock.try_read().unwrap()), (2, 2));
    /// ```
    pub fn downgrade(self) -> RwLockReadGuard<'a, T, P> {
        let lock = self.into_lock();
        lock.raw.downgrade();
        RwLockReadGuard::new(lock)
    }

    /// Becomes a reader of a part of the value. If `f` panics, the guard leaves the lock.
    pub fn downgrade_map<F, U: ?Sized>(self, f: F) -> RwLockReadGuard<'a, U, P>
    where
        F: FnOnce(&T) -> &U,
    {
        RwLockReadGuard::map(self.downgrade(), f)
    }

    /// Becomes a reader of a part of the value if there is such a part. If `f` panics, the guard leaves the lock.
    ///
    /// ```
    /// use sync_primitives::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(vec![1]);
    /// let writer = lock.try_write().unwrap();
    /// let writer = RwLockWriteGuard::try_downgrade_map(writer, |items| items.get(7)).unwrap_err();
    /// let first = RwLockWriteGuard::try_downgrade_map(writer, |items| items.first()).unwrap();
    /// assert_eq!(*first, 1);
    /// assert!(lock.try_read().is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the guard back, still writing, when `f` returns `None`.
    pub fn try_downgrade_map<F, U: ?Sized>(guard: Self, f: F) -> Result<RwLockReadGuard<'a, U, P>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&guard).map(NonNull::from) {
            Some(value) => {
                let raw = &guard.into_lock().raw;
                raw.downgrade();
                Ok(RwLockReadGuard { value, raw, marker: PhantomData })
            }
            None => Err(guard),
        }
    }

    /// Becomes the upgradable reader; nobody writes in between.
    ///
    /// ```
    /// use sync_primitives::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let look = RwLockWriteGuard::downgrade_to_upgradable(lock.try_write().unwrap());
    /// assert!(lock.try_read().is_ok() && lock.try_write().is_err());
    /// # drop(look);
    /// ```
    pub fn downgrade_to_upgradable(guard: Self) -> RwLockUpgradableReadGuard<'a, T, P> {
        let lock = guard.into_lock();
        lock.raw.downgrade_to_upgradable();
        RwLockUpgradableReadGuard::new(lock)
    }
}

impl<T: ?Sized, P: Policy> Drop for RwLockWriteGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        self.lock.raw.leave_write();
    }
}

impl<T: ?Sized, P: Policy> Deref for RwLockWriteGuard<'_, T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let pointer = self.lock.look();
        // SAFETY: by L1 nobody else reaches the value while this guard exists; `&self` keeps `&mut T` away.
        unsafe { &*pointer }
    }
}

impl<T: ?Sized, P: Policy> DerefMut for RwLockWriteGuard<'_, T, P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let pointer = self.lock.access();
        // SAFETY: by L1 nobody else reaches the value while this guard exists; `&mut self` makes this the only reference.
        unsafe { &mut *pointer }
    }
}

impl_format_through_deref!(RwLockWriteGuard<'_, T, P>, T; P: Policy);
