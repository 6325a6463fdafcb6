//! The guards of a lock in an `Arc`.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};

use super::RwLock;
use crate::guard::impl_format_through_deref;
use crate::policy::{Fifo, Policy};
use crate::primitive::os::Arc;

/// Reads a shared [`RwLock`], or a part `U` of its value, and keeps the lock alive; dropping it leaves the lock.
#[doc(alias = "RwLockReadGuardArc")]
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct OwnedRwLockReadGuard<T: ?Sized, U: ?Sized = T, P: Policy = Fifo> {
    value: NonNull<U>,
    lock: Arc<RwLock<T, P>>,
    marker: PhantomData<*const U>,
}

// SAFETY: a shared borrow of a `U`, and an owner of the lock, which may be the last and drop the value.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Sync, P: Policy> Send for OwnedRwLockReadGuard<T, U, P> {}
// SAFETY: `&OwnedRwLockReadGuard` gives out no more than `&U`.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Sync, P: Policy> Sync for OwnedRwLockReadGuard<T, U, P> {}

impl<T: ?Sized, P: Policy> OwnedRwLockReadGuard<T, T, P> {
    pub(super) fn new(lock: Arc<RwLock<T, P>>) -> Self {
        let pointer = lock.look();
        // SAFETY: by L1 and L2 nobody writes while this guard exists, and the guard keeps the lock alive.
        let value = NonNull::from(unsafe { &*pointer });
        Self { value, lock, marker: PhantomData }
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> OwnedRwLockReadGuard<T, U, P> {
    /// The lock that is read.
    #[must_use]
    pub fn rwlock(guard: &Self) -> &Arc<RwLock<T, P>> {
        &guard.lock
    }

    /// Narrows the guard to a part of the value.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::{OwnedRwLockReadGuard, RwLock};
    ///
    /// let reader = Arc::new(RwLock::new((1, "one"))).try_read_owned().unwrap();
    /// assert_eq!(*OwnedRwLockReadGuard::map(reader, |pair| &pair.0), 1);
    /// ```
    pub fn map<F, V: ?Sized>(guard: Self, f: F) -> OwnedRwLockReadGuard<T, V, P>
    where
        F: FnOnce(&U) -> &V,
    {
        let value = NonNull::from(f(&guard));
        OwnedRwLockReadGuard { value, lock: guard.into_lock(), marker: PhantomData }
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back when `f` returns `None`.
    pub fn try_map<F, V: ?Sized>(guard: Self, f: F) -> Result<OwnedRwLockReadGuard<T, V, P>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        match f(&guard).map(NonNull::from) {
            Some(value) => Ok(OwnedRwLockReadGuard { value, lock: guard.into_lock(), marker: PhantomData }),
            None => Err(guard),
        }
    }

    fn into_lock(self) -> Arc<RwLock<T, P>> {
        let guard = ManuallyDrop::new(self);
        // SAFETY: the guard is not dropped, so the pointer is taken over, not copied.
        unsafe { ptr::read(&guard.lock) }
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> Drop for OwnedRwLockReadGuard<T, U, P> {
    fn drop(&mut self) {
        self.lock.raw.leave_read();
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> Deref for OwnedRwLockReadGuard<T, U, P> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: the pointer came from `&T` into the value, which by L1 nobody writes while this guard exists.
        unsafe { self.value.as_ref() }
    }
}

impl_format_through_deref!(OwnedRwLockReadGuard<T, U, P>, T, U; P: Policy);

/// Writes a shared [`RwLock`] and keeps it alive; dropping it leaves the lock.
#[doc(alias = "RwLockWriteGuardArc")]
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct OwnedRwLockWriteGuard<T: ?Sized, P: Policy = Fifo> {
    lock: Arc<RwLock<T, P>>,
    marker: PhantomData<*mut T>,
}

// SAFETY: an exclusive borrow of the value, which may become a reader elsewhere, and an owner of the lock.
unsafe impl<T: ?Sized + Send + Sync, P: Policy> Send for OwnedRwLockWriteGuard<T, P> {}
// SAFETY: `&OwnedRwLockWriteGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Send + Sync, P: Policy> Sync for OwnedRwLockWriteGuard<T, P> {}

impl<T: ?Sized, P: Policy> OwnedRwLockWriteGuard<T, P> {
    pub(super) fn new(lock: Arc<RwLock<T, P>>) -> Self {
        Self { lock, marker: PhantomData }
    }

    /// The lock that is written.
    #[must_use]
    pub fn rwlock(guard: &Self) -> &Arc<RwLock<T, P>> {
        &guard.lock
    }

    /// Narrows the guard to a part of the value.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::{OwnedRwLockWriteGuard, RwLock};
    ///
    /// let writer = Arc::new(RwLock::new((1, "one"))).try_write_owned().unwrap();
    /// *OwnedRwLockWriteGuard::map(writer, |pair| &mut pair.0) = 2;
    /// ```
    pub fn map<F, U: ?Sized>(mut guard: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U, P>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut guard));
        OwnedRwLockMappedWriteGuard { value, lock: guard.into_lock(), marker: PhantomData }
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back when `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(mut guard: Self, f: F) -> Result<OwnedRwLockMappedWriteGuard<T, U, P>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(OwnedRwLockMappedWriteGuard { value, lock: guard.into_lock(), marker: PhantomData }),
            None => Err(guard),
        }
    }

    /// The guard in the form of one that was narrowed, to the whole value.
    pub fn into_mapped(self) -> OwnedRwLockMappedWriteGuard<T, T, P> {
        Self::map(self, |value| value)
    }

    /// Becomes a reader; nobody writes in between.
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T, T, P> {
        let lock = self.into_lock();
        lock.raw.downgrade();
        OwnedRwLockReadGuard::new(lock)
    }

    /// Becomes a reader of a part of the value. If `f` panics, the guard leaves the lock.
    pub fn downgrade_map<F, U: ?Sized>(self, f: F) -> OwnedRwLockReadGuard<T, U, P>
    where
        F: FnOnce(&T) -> &U,
    {
        OwnedRwLockReadGuard::map(self.downgrade(), f)
    }

    /// Becomes a reader of a part of the value if there is such a part. If `f` panics, the guard leaves the lock.
    ///
    /// # Errors
    ///
    /// Gives the guard back, still writing, when `f` returns `None`.
    pub fn try_downgrade_map<F, U: ?Sized>(guard: Self, f: F) -> Result<OwnedRwLockReadGuard<T, U, P>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&guard).map(NonNull::from) {
            Some(value) => {
                let lock = guard.into_lock();
                lock.raw.downgrade();
                Ok(OwnedRwLockReadGuard { value, lock, marker: PhantomData })
            }
            None => Err(guard),
        }
    }

    pub(super) fn into_lock(self) -> Arc<RwLock<T, P>> {
        let guard = ManuallyDrop::new(self);
        // SAFETY: the guard is not dropped, so the pointer is taken over, not copied.
        unsafe { ptr::read(&guard.lock) }
    }
}

impl<T: ?Sized, P: Policy> Drop for OwnedRwLockWriteGuard<T, P> {
    fn drop(&mut self) {
        self.lock.raw.leave_write();
    }
}

impl<T: ?Sized, P: Policy> Deref for OwnedRwLockWriteGuard<T, P> {
    type Target = T;

    fn deref(&self) -> &T {
        let pointer = self.lock.look();
        // SAFETY: by L1 nobody else reaches the value while this guard exists; `&self` keeps `&mut T` away.
        unsafe { &*pointer }
    }
}

impl<T: ?Sized, P: Policy> DerefMut for OwnedRwLockWriteGuard<T, P> {
    fn deref_mut(&mut self) -> &mut T {
        let pointer = self.lock.access();
        // SAFETY: by L1 nobody else reaches the value while this guard exists; `&mut self` makes this the only reference.
        unsafe { &mut *pointer }
    }
}

impl_format_through_deref!(OwnedRwLockWriteGuard<T, P>, T; P: Policy);

/// Writes a part of the value of a shared [`RwLock`], which it keeps alive; dropping it leaves the lock.
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized, U: ?Sized = T, P: Policy = Fifo> {
    value: NonNull<U>,
    lock: Arc<RwLock<T, P>>,
    marker: PhantomData<*mut U>,
}

// SAFETY: an exclusive borrow of a `U`, and an owner of the lock.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send, P: Policy> Send for OwnedRwLockMappedWriteGuard<T, U, P> {}
// SAFETY: `&OwnedRwLockMappedWriteGuard` gives out no more than `&U`.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Sync, P: Policy> Sync for OwnedRwLockMappedWriteGuard<T, U, P> {}

impl<T: ?Sized, U: ?Sized, P: Policy> OwnedRwLockMappedWriteGuard<T, U, P> {
    /// The lock that is written.
    #[must_use]
    pub fn rwlock(guard: &Self) -> &Arc<RwLock<T, P>> {
        &guard.lock
    }

    /// Narrows the guard further; see [`OwnedRwLockWriteGuard::map`].
    pub fn map<F, V: ?Sized>(mut guard: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V, P>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        let value = NonNull::from(f(&mut guard));
        OwnedRwLockMappedWriteGuard { value, lock: guard.into_lock(), marker: PhantomData }
    }

    /// Narrows the guard further if there is such a part; see [`OwnedRwLockWriteGuard::try_map`].
    ///
    /// # Errors
    ///
    /// Gives the guard back when `f` returns `None`.
    pub fn try_map<F, V: ?Sized>(mut guard: Self, f: F) -> Result<OwnedRwLockMappedWriteGuard<T, V, P>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(OwnedRwLockMappedWriteGuard { value, lock: guard.into_lock(), marker: PhantomData }),
            None => Err(guard),
        }
    }

    fn into_lock(self) -> Arc<RwLock<T, P>> {
        let guard = ManuallyDrop::new(self);
        // SAFETY: the guard is not dropped, so the pointer is taken over, not copied.
        unsafe { ptr::read(&guard.lock) }
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> Drop for OwnedRwLockMappedWriteGuard<T, U, P> {
    fn drop(&mut self) {
        self.lock.raw.leave_write();
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> Deref for OwnedRwLockMappedWriteGuard<T, U, P> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: the pointer came from `&mut T` into the value, which by L1 is ours while this guard exists.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> DerefMut for OwnedRwLockMappedWriteGuard<T, U, P> {
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: as in `deref`; `&mut self` makes this the only reference.
        unsafe { self.value.as_mut() }
    }
}

impl_format_through_deref!(OwnedRwLockMappedWriteGuard<T, U, P>, T, U; P: Policy);
