//! The reader that may become the writer.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;

use super::{RwLock, RwLockReadGuard, RwLockWriteGuard, Upgrade};
use crate::guard::impl_format_through_deref;
use crate::policy::{Fifo, Policy};

/// Reads a [`RwLock`], and may become the writer without anybody writing in between. There is one at a time, beside any number
/// of common readers.
///
/// ```
/// use sync_primitives::{RwLock, RwLockUpgradableReadGuard};
///
/// let lock = RwLock::new(1);
/// let look = lock.try_upgradable_read().unwrap();
/// let reader = lock.try_read().unwrap();
/// let look = RwLockUpgradableReadGuard::try_upgrade(look).unwrap_err(); // somebody else reads
/// drop(reader);
/// *RwLockUpgradableReadGuard::try_upgrade(look).unwrap() += 1;
/// assert_eq!(lock.into_inner(), 2);
/// ```
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct RwLockUpgradableReadGuard<'a, T: ?Sized, P: Policy = Fifo> {
    pub(super) lock: &'a RwLock<T, P>,
    marker: PhantomData<*const T>,
}

// SAFETY: it may become a writer (`T: Send`) or a common reader (`T: Sync`) elsewhere; leaving is not bound to a thread.
unsafe impl<T: ?Sized + Send + Sync, P: Policy> Send for RwLockUpgradableReadGuard<'_, T, P> {}
// SAFETY: `&RwLockUpgradableReadGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync, P: Policy> Sync for RwLockUpgradableReadGuard<'_, T, P> {}

impl<'a, T: ?Sized, P: Policy> RwLockUpgradableReadGuard<'a, T, P> {
    #[inline]
    pub(super) fn new(lock: &'a RwLock<T, P>) -> Self {
        Self { lock, marker: PhantomData }
    }

    /// The lock, which this guard stays in.
    #[inline]
    pub(super) fn into_lock(self) -> &'a RwLock<T, P> {
        ManuallyDrop::new(self).lock
    }

    /// Waits until the other readers have left, and becomes the writer. Nobody writes in between, and nobody who waits comes
    /// before it. Dropping the future leaves the lock.
    ///
    /// ```
    /// use sync_primitives::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// # pollster::block_on(async {
    /// let lock = RwLock::new(1);
    /// let look = lock.upgradable_read().await;
    /// let seen = *look;
    /// let mut writer = RwLockUpgradableReadGuard::upgrade(look).await;
    /// assert_eq!(*writer, seen);
    /// *writer += 1;
    /// # });
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn upgrade(guard: Self) -> Upgrade<'a, T, P> {
        Upgrade::new(guard)
    }

    /// Becomes the writer if nobody else reads.
    ///
    /// # Errors
    ///
    /// Gives the guard back if there are other readers.
    pub fn try_upgrade(guard: Self) -> Result<RwLockWriteGuard<'a, T, P>, Self> {
        if guard.lock.raw.try_upgrade() { Ok(RwLockWriteGuard::new(guard.into_lock())) } else { Err(guard) }
    }

    /// Blocks the thread until the other readers have left, and becomes the writer; see [`upgrade`](Self::upgrade).
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_upgrade(guard: Self) -> RwLockWriteGuard<'a, T, P> {
        if !guard.lock.raw.try_upgrade() {
            // The lock is never closed, and without a deadline there is no other way out.
            guard.lock.raw.block(super::UPGRADE, None).unwrap_or(());
        }
        RwLockWriteGuard::new(guard.into_lock())
    }

    /// Becomes a common reader, beside whom another may be the upgradable one.
    ///
    /// ```
    /// use sync_primitives::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let reader = RwLockUpgradableReadGuard::downgrade(lock.try_upgradable_read().unwrap());
    /// assert!(lock.try_upgradable_read().is_ok());
    /// # drop(reader);
    /// ```
    pub fn downgrade(guard: Self) -> RwLockReadGuard<'a, T, P> {
        let lock = guard.into_lock();
        lock.raw.downgrade_upgradable();
        RwLockReadGuard::new(lock)
    }
}

impl<T: ?Sized, P: Policy> Drop for RwLockUpgradableReadGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        self.lock.raw.leave_upgradable();
    }
}

impl<T: ?Sized, P: Policy> Deref for RwLockUpgradableReadGuard<'_, T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let pointer = self.lock.look();
        // SAFETY: by L1 and L2 nobody writes while this guard exists.
        unsafe { &*pointer }
    }
}

impl_format_through_deref!(RwLockUpgradableReadGuard<'_, T, P>, T; P: Policy);
