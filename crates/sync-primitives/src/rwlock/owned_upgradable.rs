//! The reader of a lock in an `Arc` that may become the writer.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::pin::Pin;
use core::ptr;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::acquire::{Looks, Upgrading};
use super::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RawRwLock, RwLock, UPGRADABLE_READ, UPGRADE, UpgradableReadOwned,
};
use crate::TryLockError;
use crate::guard::impl_format_through_deref;
use crate::policy::{Fifo, Policy};
use crate::primitive::os::Arc;
use crate::wait::Place;

/// Upgradable readers of a lock in an `Arc`.
impl<T: ?Sized, P: Policy> RwLock<T, P> {
    /// Waits until the value may be read by one who may become the writer, as [`upgradable_read`](Self::upgradable_read); the guard
    /// keeps the lock alive.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::{OwnedRwLockUpgradableReadGuard, RwLock};
    ///
    /// # pollster::block_on(async {
    /// let lock = Arc::new(RwLock::new(1));
    /// let look = Arc::clone(&lock).upgradable_read_owned().await;
    /// *OwnedRwLockUpgradableReadGuard::upgrade(look).await += 1;
    /// assert_eq!(*lock.read().await, 2);
    /// # });
    /// ```
    #[doc(alias = "upgradable_read_arc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn upgradable_read_owned(self: Arc<Self>) -> UpgradableReadOwned<T, P> {
        UpgradableReadOwned::new(self, 0)
    }

    /// Enters as the upgradable reader if that can be done at once.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(sync_primitives::RwLock::new(1));
    /// let look = Arc::clone(&lock).try_upgradable_read_owned().unwrap();
    /// assert!(lock.try_upgradable_read_owned().is_err());
    /// # drop(look);
    /// ```
    ///
    /// # Errors
    ///
    /// If somebody writes, waits, or is the upgradable reader.
    #[doc(alias = "try_upgradable_read_arc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_upgradable_read_owned(self: Arc<Self>) -> Result<OwnedRwLockUpgradableReadGuard<T, P>, TryLockError> {
        self.raw.try_take(UPGRADABLE_READ)?;
        Ok(OwnedRwLockUpgradableReadGuard::new(self))
    }

    /// Blocks the thread until the value may be read by one who may become the writer, as
    /// [`blocking_upgradable_read`](Self::blocking_upgradable_read).
    ///
    /// ```
    /// let lock = std::sync::Arc::new(sync_primitives::RwLock::new(1));
    /// assert_eq!(*lock.blocking_upgradable_read_owned(), 1);
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[doc(alias = "upgradable_read_arc_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_upgradable_read_owned(self: Arc<Self>) -> OwnedRwLockUpgradableReadGuard<T, P> {
        self.block(UPGRADABLE_READ);
        OwnedRwLockUpgradableReadGuard::new(self)
    }
}

/// Reads a shared [`RwLock`], which it keeps alive, and may become the writer without anybody writing in between. There is one at a time,
/// beside any number of common readers.
///
/// ```
/// use std::sync::Arc;
/// use sync_primitives::{OwnedRwLockUpgradableReadGuard, RwLock};
///
/// let look = Arc::new(RwLock::new(1)).try_upgradable_read_owned().unwrap();
/// let mut writer = OwnedRwLockUpgradableReadGuard::try_upgrade(look).unwrap();
/// *writer += 1;
/// assert_eq!(*writer, 2);
/// ```
#[doc(alias = "RwLockUpgradableReadGuardArc")]
#[must_use = "the lock opens as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct OwnedRwLockUpgradableReadGuard<T: ?Sized, P: Policy = Fifo> {
    lock: Arc<RwLock<T, P>>,
    marker: PhantomData<*const T>,
}

// SAFETY: it may become a writer or a common reader elsewhere, and owns the lock; leaving is not bound to a thread.
unsafe impl<T: ?Sized + Send + Sync, P: Policy> Send for OwnedRwLockUpgradableReadGuard<T, P> {}
// SAFETY: `&OwnedRwLockUpgradableReadGuard` gives out no more than `&T` and the lock.
unsafe impl<T: ?Sized + Send + Sync, P: Policy> Sync for OwnedRwLockUpgradableReadGuard<T, P> {}

impl<T: ?Sized, P: Policy> OwnedRwLockUpgradableReadGuard<T, P> {
    pub(super) fn new(lock: Arc<RwLock<T, P>>) -> Self {
        Self { lock, marker: PhantomData }
    }

    /// The lock, which this guard stays in.
    fn into_lock(self) -> Arc<RwLock<T, P>> {
        let guard = ManuallyDrop::new(self);
        // SAFETY: the guard is not dropped, so the pointer is taken over, not copied.
        unsafe { ptr::read(&guard.lock) }
    }

    /// The lock that is read.
    #[must_use]
    pub fn rwlock(guard: &Self) -> &Arc<RwLock<T, P>> {
        &guard.lock
    }

    /// Waits until the other readers have left, and becomes the writer, as
    /// [`RwLockUpgradableReadGuard::upgrade`](super::RwLockUpgradableReadGuard::upgrade). Dropping the future leaves the lock.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn upgrade(guard: Self) -> UpgradeOwned<T, P> {
        UpgradeOwned { place: Place::new(Upgrading(guard), UPGRADE) }
    }

    /// Becomes the writer if nobody else reads.
    ///
    /// # Errors
    ///
    /// Gives the guard back if there are other readers.
    pub fn try_upgrade(guard: Self) -> Result<OwnedRwLockWriteGuard<T, P>, Self> {
        if guard.lock.raw.try_upgrade() { Ok(OwnedRwLockWriteGuard::new(guard.into_lock())) } else { Err(guard) }
    }

    /// Blocks the thread until the other readers have left, and becomes the writer.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::{OwnedRwLockUpgradableReadGuard, RwLock};
    ///
    /// let look = Arc::new(RwLock::new(1)).blocking_upgradable_read_owned();
    /// *OwnedRwLockUpgradableReadGuard::blocking_upgrade(look) += 1;
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_upgrade(guard: Self) -> OwnedRwLockWriteGuard<T, P> {
        if !guard.lock.raw.try_upgrade() {
            // The lock is never closed, and without a deadline there is no other way out.
            guard.lock.raw.block(UPGRADE, None).unwrap_or(());
        }
        OwnedRwLockWriteGuard::new(guard.into_lock())
    }

    /// Becomes a common reader, beside whom another may be the upgradable one.
    pub fn downgrade(guard: Self) -> OwnedRwLockReadGuard<T, T, P> {
        let lock = guard.into_lock();
        lock.raw.downgrade_upgradable();
        OwnedRwLockReadGuard::new(lock)
    }
}

impl<T: ?Sized, P: Policy> OwnedRwLockWriteGuard<T, P> {
    /// Becomes the upgradable reader; nobody writes in between.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::{OwnedRwLockWriteGuard, RwLock};
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let look = OwnedRwLockWriteGuard::downgrade_to_upgradable(Arc::clone(&lock).try_write_owned().unwrap());
    /// assert!(lock.try_read().is_ok() && lock.try_write().is_err());
    /// # drop(look);
    /// ```
    pub fn downgrade_to_upgradable(guard: Self) -> OwnedRwLockUpgradableReadGuard<T, P> {
        let lock = guard.into_lock();
        lock.raw.downgrade_to_upgradable();
        OwnedRwLockUpgradableReadGuard::new(lock)
    }
}

impl<T: ?Sized, P: Policy> Drop for OwnedRwLockUpgradableReadGuard<T, P> {
    fn drop(&mut self) {
        self.lock.raw.leave_upgradable();
    }
}

impl<T: ?Sized, P: Policy> Deref for OwnedRwLockUpgradableReadGuard<T, P> {
    type Target = T;

    fn deref(&self) -> &T {
        let pointer = self.lock.look();
        // SAFETY: by L1 and L2 nobody writes while this guard exists.
        unsafe { &*pointer }
    }
}

impl_format_through_deref!(OwnedRwLockUpgradableReadGuard<T, P>, T; P: Policy);

impl<T: ?Sized, P: Policy> Looks for OwnedRwLockUpgradableReadGuard<T, P> {
    type Policy = P;

    fn raw(&self) -> &RawRwLock<P> {
        &self.lock.raw
    }
}

pin_project! {
    /// Waits until the other readers have left; made by [`OwnedRwLockUpgradableReadGuard::upgrade`].
    ///
    /// It waits before all others. Dropped, it leaves the lock.
    #[must_use = "futures do nothing unless polled"]
    pub struct UpgradeOwned<T, P: Policy = Fifo>
    where
        T: ?Sized,
    {
        #[pin]
        place: Place<Upgrading<OwnedRwLockUpgradableReadGuard<T, P>>>,
    }
}

impl<T: ?Sized, P: Policy> Future for UpgradeOwned<T, P> {
    type Output = OwnedRwLockWriteGuard<T, P>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().place.poll_enter(UPGRADE, context) {
            Poll::Ready(Ok(upgraded)) => Poll::Ready(OwnedRwLockWriteGuard::new(upgraded.0.into_lock())),
            // The lock is never closed.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: ?Sized, P: Policy> fmt::Debug for UpgradeOwned<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpgradeOwned").finish_non_exhaustive()
    }
}
