//! The guards of [`RwLock`]; I1 and I2 are those of `raw_rwlock`.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::raw_rwlock::{ReadHeld, UpgradableHeld, WriteHeld};
use super::rwlock::RwLock;
use super::rwlock_mapped::{MappedRwLockReadGuard, MappedRwLockWriteGuard};
use crate::guard::impl_format_through_deref;
use crate::primitive::{ConstPtr, MutPtr};

/// Shared access to the value of an [`RwLock`]; dropping it leaves.
///
/// ```
/// let lock = sync_primitives::spin::RwLock::new(5);
/// let (a, b) = (lock.read(), lock.read());
/// assert_eq!(*a, *b);
/// ```
#[must_use = "the reader leaves as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    // Before `held`: the access ends, then the lock opens.
    value: ConstPtr<T>,
    held: ReadHeld<'a>,
    marker: PhantomData<&'a T>,
}

// SAFETY: the guard is a shared borrow of the value, and leaving is not bound to a thread.
unsafe impl<T: ?Sized + Sync> Send for RwLockReadGuard<'_, T> {}
// SAFETY: `&RwLockReadGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync> Sync for RwLockReadGuard<'_, T> {}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    #[inline]
    pub(super) fn new(held: ReadHeld<'a>, lock: &'a RwLock<T>) -> Self {
        Self { value: lock.value.get(), held, marker: PhantomData }
    }

    /// Narrows the guard to a part of the value; the reader stays in until the result is dropped.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new((1, "one"));
    /// let name = RwLockReadGuard::map(lock.read(), |pair| pair.1);
    /// assert_eq!(&*name, "one");
    /// assert!(lock.is_locked());
    /// ```
    pub fn map<U: ?Sized, F>(guard: Self, f: F) -> MappedRwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let part = NonNull::from(f(&guard));
        MappedRwLockReadGuard::new(part, guard.held)
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back when `f` returns `None`.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new(vec![1]);
    /// assert!(RwLockReadGuard::try_map(lock.read(), |items| items.get(3)).is_err());
    /// assert_eq!(*RwLockReadGuard::try_map(lock.read(), |items| items.first()).unwrap(), 1);
    /// ```
    pub fn try_map<U: ?Sized, F>(guard: Self, f: F) -> Result<MappedRwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&guard).map(NonNull::from) {
            Some(part) => Ok(MappedRwLockReadGuard::new(part, guard.held)),
            None => Err(guard),
        }
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let pointer = self.value.with(|pointer| pointer);
        // SAFETY: by I1 and I2 nobody writes while `self.held` exists.
        unsafe { &*pointer }
    }
}

/// Shared access to the value of an [`RwLock`] with the right to become its writer; dropping it leaves.
///
/// ```
/// use sync_primitives::spin::{RwLock, RwLockUpgradableReadGuard};
///
/// let lock = RwLock::new(5);
/// let look = lock.upgradable_read();
/// let other = lock.read();
/// let look = RwLockUpgradableReadGuard::try_upgrade(look).expect_err("another reader is in");
/// drop(other);
/// let mut writer = RwLockUpgradableReadGuard::upgrade(look);
/// *writer += 1;
/// assert_eq!(*writer, 6);
/// ```
#[must_use = "the reader leaves as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockUpgradableReadGuard<'a, T: ?Sized> {
    // Before `held`: the access ends, then the lock opens.
    value: ConstPtr<T>,
    held: UpgradableHeld<'a>,
    // Also makes the guard invariant in `T`, as it must be to become a writer.
    lock: &'a RwLock<T>,
}

// SAFETY: the guard may become a writer, which may take the value out (`Send`), or a reader among others (`Sync`).
unsafe impl<T: ?Sized + Send + Sync> Send for RwLockUpgradableReadGuard<'_, T> {}
// SAFETY: `&RwLockUpgradableReadGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync> Sync for RwLockUpgradableReadGuard<'_, T> {}

impl<'a, T: ?Sized> RwLockUpgradableReadGuard<'a, T> {
    #[inline]
    pub(super) fn new(held: UpgradableHeld<'a>, lock: &'a RwLock<T>) -> Self {
        Self { value: lock.value.get(), held, lock }
    }

    /// Ends the reading access, before another kind begins, and keeps the lock.
    #[inline]
    fn end_access(self) -> (UpgradableHeld<'a>, &'a RwLock<T>) {
        (self.held, self.lock)
    }

    /// Becomes the writer once the other readers have left; new ones are kept out meanwhile, and nobody writes in between.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(1);
    /// *RwLockUpgradableReadGuard::upgrade(lock.upgradable_read()) = 2;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[inline]
    pub fn upgrade(guard: Self) -> RwLockWriteGuard<'a, T> {
        let (held, lock) = guard.end_access();
        RwLockWriteGuard::new(held.upgrade(), lock)
    }

    /// Becomes the writer if no other reader is in. It never waits.
    ///
    /// # Errors
    ///
    /// Gives the guard back when another reader is in.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(1);
    /// assert!(RwLockUpgradableReadGuard::try_upgrade(lock.upgradable_read()).is_ok());
    /// ```
    #[inline]
    pub fn try_upgrade(guard: Self) -> Result<RwLockWriteGuard<'a, T>, Self> {
        let (held, lock) = guard.end_access();
        match held.try_upgrade() {
            Ok(held) => Ok(RwLockWriteGuard::new(held, lock)),
            Err(held) => Err(Self::new(held, lock)),
        }
    }

    /// Stays in as a common reader, so that another may become the upgradable one.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let reader = RwLockUpgradableReadGuard::downgrade(lock.upgradable_read());
    /// assert!(lock.try_upgradable_read().is_some());
    /// # drop(reader);
    /// ```
    #[inline]
    pub fn downgrade(guard: Self) -> RwLockReadGuard<'a, T> {
        let Self { value, held, .. } = guard;
        RwLockReadGuard { value, held: held.downgrade(), marker: PhantomData }
    }
}

impl<T: ?Sized> Deref for RwLockUpgradableReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let pointer = self.value.with(|pointer| pointer);
        // SAFETY: by I1 and I2 nobody writes while `self.held` exists.
        unsafe { &*pointer }
    }
}

/// Sole access to the value of an [`RwLock`]; dropping it unlocks.
///
/// ```
/// let lock = sync_primitives::spin::RwLock::new(5);
/// let mut writer = lock.write();
/// *writer += 1;
/// assert_eq!(*writer, 6);
/// ```
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    // Before `held`: the access ends, then the lock opens.
    value: MutPtr<T>,
    held: WriteHeld<'a>,
    lock: &'a RwLock<T>,
}

// SAFETY: the guard is a sole borrow of the value (`Send`), and may become a reader among others (`Sync`).
unsafe impl<T: ?Sized + Send + Sync> Send for RwLockWriteGuard<'_, T> {}
// SAFETY: `&RwLockWriteGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync> Sync for RwLockWriteGuard<'_, T> {}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    #[inline]
    pub(super) fn new(held: WriteHeld<'a>, lock: &'a RwLock<T>) -> Self {
        Self { value: lock.value.get_mut(), held, lock }
    }

    /// Ends the writing access, before others may read, and keeps the lock.
    #[inline]
    fn end_access(self) -> (WriteHeld<'a>, &'a RwLock<T>) {
        (self.held, self.lock)
    }

    /// Stays in as a reader: nobody writes in between, and other readers may join.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let mut writer = lock.write();
    /// *writer = 2;
    /// let reader = RwLockWriteGuard::downgrade(writer);
    /// assert_eq!((*reader, *lock.read()), (2, 2));
    /// ```
    #[inline]
    pub fn downgrade(guard: Self) -> RwLockReadGuard<'a, T> {
        let (held, lock) = guard.end_access();
        RwLockReadGuard::new(held.downgrade(), lock)
    }

    /// Stays in as the upgradable reader: nobody writes in between, and other readers may join.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let look = RwLockWriteGuard::downgrade_to_upgradable(lock.write());
    /// assert!(lock.try_read().is_some() && lock.try_upgradable_read().is_none());
    /// # drop(look);
    /// ```
    #[inline]
    pub fn downgrade_to_upgradable(guard: Self) -> RwLockUpgradableReadGuard<'a, T> {
        let (held, lock) = guard.end_access();
        RwLockUpgradableReadGuard::new(held.downgrade_to_upgradable(), lock)
    }

    /// Narrows the guard to a part of the value; the lock stays closed until the result is dropped.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new((1, "one"));
    /// *RwLockWriteGuard::map(lock.write(), |pair| &mut pair.0) = 2;
    /// assert_eq!(lock.into_inner(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized, F>(mut guard: Self, f: F) -> MappedRwLockWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = NonNull::from(f(&mut guard));
        MappedRwLockWriteGuard::new(part, guard.held)
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back when `f` returns `None`.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(vec![1]);
    /// assert!(RwLockWriteGuard::try_map(lock.write(), |items| items.get_mut(3)).is_err());
    /// *RwLockWriteGuard::try_map(lock.write(), |items| items.first_mut()).unwrap() = 2;
    /// assert_eq!(lock.into_inner(), [2]);
    /// ```
    pub fn try_map<U: ?Sized, F>(mut guard: Self, f: F) -> Result<MappedRwLockWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(part) => Ok(MappedRwLockWriteGuard::new(part, guard.held)),
            None => Err(guard),
        }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let pointer = self.value.with(|pointer| pointer);
        // SAFETY: by I1 nobody else reaches the value while `self.held` exists; `&self` keeps `&mut T` away.
        unsafe { &*pointer }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let pointer = self.value.with(|pointer| pointer);
        // SAFETY: by I1 nobody else reaches the value while `self.held` exists; `&mut self` makes this the only reference.
        unsafe { &mut *pointer }
    }
}

impl_format_through_deref!(RwLockReadGuard<'_, T>, T);
impl_format_through_deref!(RwLockUpgradableReadGuard<'_, T>, T);
impl_format_through_deref!(RwLockWriteGuard<'_, T>, T);
