//! The guards of [`RwLock`](super::RwLock), narrowed to a part of its value; I1 and I2 are those of `raw_rwlock`.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::raw_rwlock::{ReadHeld, WriteHeld};
use crate::guard::impl_format_through_deref;

/// Shared access to a part of the value of an [`RwLock`](super::RwLock); dropping it leaves.
///
/// Made by [`RwLockReadGuard::map`](super::RwLockReadGuard::map).
#[must_use = "the reader leaves as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct MappedRwLockReadGuard<'a, T: ?Sized> {
    value: NonNull<T>,
    held: ReadHeld<'a>,
    marker: PhantomData<&'a T>,
}

// SAFETY: as for `RwLockReadGuard`.
unsafe impl<T: ?Sized + Sync> Send for MappedRwLockReadGuard<'_, T> {}
// SAFETY: as for `RwLockReadGuard`.
unsafe impl<T: ?Sized + Sync> Sync for MappedRwLockReadGuard<'_, T> {}

impl<'a, T: ?Sized> MappedRwLockReadGuard<'a, T> {
    /// `value` comes from `&T` into the locked value.
    pub(super) fn new(value: NonNull<T>, held: ReadHeld<'a>) -> Self {
        Self { value, held, marker: PhantomData }
    }

    /// Narrows the guard further.
    ///
    /// ```
    /// use sync_primitives::spin::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new(([1, 2], 'a'));
    /// let array = RwLockReadGuard::map(lock.read(), |pair| &pair.0);
    /// let second = MappedRwLockReadGuard::map(array, |array| &array[1]);
    /// assert_eq!(*second, 2);
    /// ```
    pub fn map<U: ?Sized, F>(guard: Self, f: F) -> MappedRwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let part = NonNull::from(f(&guard));
        MappedRwLockReadGuard::new(part, guard.held)
    }
}

impl<T: ?Sized> Deref for MappedRwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer came from `&T` into the locked value; by I1 and I2 nobody writes while `self.held` exists.
        unsafe { self.value.as_ref() }
    }
}

/// Sole access to a part of the value of an [`RwLock`](super::RwLock); dropping it unlocks.
///
/// Made by [`RwLockWriteGuard::map`](super::RwLockWriteGuard::map). It cannot be downgraded: the rest of the value may be
/// borrowed in ways that only the writer may.
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct MappedRwLockWriteGuard<'a, T: ?Sized> {
    value: NonNull<T>,
    held: WriteHeld<'a>,
    marker: PhantomData<&'a mut T>,
}

// SAFETY: the guard is a sole borrow of the part and can become nothing else.
unsafe impl<T: ?Sized + Send> Send for MappedRwLockWriteGuard<'_, T> {}
// SAFETY: `&MappedRwLockWriteGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync> Sync for MappedRwLockWriteGuard<'_, T> {}

impl<'a, T: ?Sized> MappedRwLockWriteGuard<'a, T> {
    /// `value` comes from `&mut T` into the locked value.
    pub(super) fn new(value: NonNull<T>, held: WriteHeld<'a>) -> Self {
        Self { value, held, marker: PhantomData }
    }

    /// Narrows the guard further.
    ///
    /// ```
    /// use sync_primitives::spin::{MappedRwLockWriteGuard, RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(([1, 2], 'a'));
    /// let array = RwLockWriteGuard::map(lock.write(), |pair| &mut pair.0);
    /// *MappedRwLockWriteGuard::map(array, |array| &mut array[1]) = 7;
    /// assert_eq!(lock.into_inner(), ([1, 7], 'a'));
    /// ```
    pub fn map<U: ?Sized, F>(mut guard: Self, f: F) -> MappedRwLockWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = NonNull::from(f(&mut guard));
        MappedRwLockWriteGuard::new(part, guard.held)
    }
}

impl<T: ?Sized> Deref for MappedRwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer came from `&mut T` into the locked value, which by I1 is ours while `self.held` exists.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for MappedRwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` makes this the only reference.
        unsafe { self.value.as_mut() }
    }
}

impl_format_through_deref!(MappedRwLockReadGuard<'_, T>, T);
impl_format_through_deref!(MappedRwLockWriteGuard<'_, T>, T);
