//! Blocking for a time.

use core::time::Duration;
use std::time::Instant;

use super::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, READ, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard,
    RwLockWriteGuard, UPGRADABLE_READ, UPGRADE, WRITE,
};
use crate::policy::{Policy, Ranked, ranked};
use crate::primitive::os::Arc;
use crate::wait::deadline_after;

/// Forms that block for a time, by the names of parking_lot. `None` if the time is over first.
impl<T: ?Sized, P: Policy> RwLock<T, P> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block_until(&self, need: u32, deadline: Option<Instant>) -> Option<()> {
        self.raw.spin_then_block(need, deadline).ok()
    }

    /// Blocks the thread until the value may be read, but no longer than `timeout`.
    ///
    /// ```
    /// let lock = sync_primitives::RwLock::new(1);
    /// let writer = lock.try_write().unwrap();
    /// assert!(lock.try_read_for(std::time::Duration::ZERO).is_none());
    /// # drop(writer);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read_for(&self, timeout: Duration) -> Option<RwLockReadGuard<'_, T, P>> {
        self.block_until(READ, deadline_after(timeout)).map(|()| RwLockReadGuard::new(self))
    }

    /// Blocks the thread until the value may be read, but not past `deadline`.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read_until(&self, deadline: Instant) -> Option<RwLockReadGuard<'_, T, P>> {
        self.block_until(READ, Some(deadline)).map(|()| RwLockReadGuard::new(self))
    }

    /// Blocks the thread until the value may be written, but no longer than `timeout`.
    ///
    /// ```
    /// let lock = sync_primitives::RwLock::new(1);
    /// let reader = lock.try_read().unwrap();
    /// assert!(lock.try_write_for(std::time::Duration::ZERO).is_none());
    /// # drop(reader);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write_for(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, T, P>> {
        self.block_until(WRITE, deadline_after(timeout)).map(|()| RwLockWriteGuard::new(self))
    }

    /// Blocks the thread until the value may be written, but not past `deadline`.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write_until(&self, deadline: Instant) -> Option<RwLockWriteGuard<'_, T, P>> {
        self.block_until(WRITE, Some(deadline)).map(|()| RwLockWriteGuard::new(self))
    }

    /// Blocks the thread until it may read as the upgradable reader, but no longer than `timeout`.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_upgradable_read_for(&self, timeout: Duration) -> Option<RwLockUpgradableReadGuard<'_, T, P>> {
        self.block_until(UPGRADABLE_READ, deadline_after(timeout)).map(|()| RwLockUpgradableReadGuard::new(self))
    }

    /// Blocks the thread until it may read as the upgradable reader, but not past `deadline`.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_upgradable_read_until(&self, deadline: Instant) -> Option<RwLockUpgradableReadGuard<'_, T, P>> {
        self.block_until(UPGRADABLE_READ, Some(deadline)).map(|()| RwLockUpgradableReadGuard::new(self))
    }
}

/// Forms that block for a time, waiting with a number, of which the policy says what it means: a rank, or a class. `None` if the time is over first.
impl<T: ?Sized, P: Ranked> RwLock<T, P> {
    /// Blocks the thread until the value may be read, waiting with this rank, or as one of this class, but no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = sync_primitives::RwLock::<_, sync_primitives::Priority>::with_policy(1);
    /// let reader = lock.try_read_ranked_for(7, Duration::ZERO).unwrap();
    /// assert!(lock.try_write_ranked_for(255, Duration::ZERO).is_none());
    /// # drop(reader);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read_ranked_for(&self, rank: u8, timeout: Duration) -> Option<RwLockReadGuard<'_, T, P>> {
        self.block_until(ranked(READ, rank), deadline_after(timeout)).map(|()| RwLockReadGuard::new(self))
    }

    /// Blocks the thread until the value may be read, waiting with this rank, or as one of this class, but not past `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = sync_primitives::RwLock::<_, sync_primitives::Priority>::with_policy(1);
    /// let reader = lock.try_read_ranked_until(7, Instant::now()).unwrap();
    /// assert!(lock.try_write_ranked_until(255, Instant::now()).is_none());
    /// # drop(reader);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read_ranked_until(&self, rank: u8, deadline: Instant) -> Option<RwLockReadGuard<'_, T, P>> {
        self.block_until(ranked(READ, rank), Some(deadline)).map(|()| RwLockReadGuard::new(self))
    }

    /// Blocks the thread until the value may be written, waiting with this rank, or as one of this class, but no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = sync_primitives::RwLock::<_, sync_primitives::Priority>::with_policy(1);
    /// let writer = lock.try_write_ranked_for(7, Duration::ZERO).unwrap();
    /// assert!(lock.try_write_ranked_for(255, Duration::ZERO).is_none());
    /// # drop(writer);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write_ranked_for(&self, rank: u8, timeout: Duration) -> Option<RwLockWriteGuard<'_, T, P>> {
        self.block_until(ranked(WRITE, rank), deadline_after(timeout)).map(|()| RwLockWriteGuard::new(self))
    }

    /// Blocks the thread until the value may be written, waiting with this rank, or as one of this class, but not past `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = sync_primitives::RwLock::<_, sync_primitives::Priority>::with_policy(1);
    /// let writer = lock.try_write_ranked_until(7, Instant::now()).unwrap();
    /// assert!(lock.try_write_ranked_until(255, Instant::now()).is_none());
    /// # drop(writer);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write_ranked_until(&self, rank: u8, deadline: Instant) -> Option<RwLockWriteGuard<'_, T, P>> {
        self.block_until(ranked(WRITE, rank), Some(deadline)).map(|()| RwLockWriteGuard::new(self))
    }

    /// Blocks the thread until it may read as the upgradable reader, waiting with this rank, or as one of this class, but no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = sync_primitives::RwLock::<_, sync_primitives::Priority>::with_policy(1);
    /// let reader = lock.try_upgradable_read_ranked_for(7, Duration::ZERO).unwrap();
    /// assert!(lock.try_write_ranked_for(255, Duration::ZERO).is_none());
    /// # drop(reader);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_upgradable_read_ranked_for(
        &self,
        rank: u8,
        timeout: Duration,
    ) -> Option<RwLockUpgradableReadGuard<'_, T, P>> {
        self.block_until(ranked(UPGRADABLE_READ, rank), deadline_after(timeout))
            .map(|()| RwLockUpgradableReadGuard::new(self))
    }

    /// Blocks the thread until it may read as the upgradable reader, waiting with this rank, or as one of this class, but not past `deadline`.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = sync_primitives::RwLock::<_, sync_primitives::Priority>::with_policy(1);
    /// let reader = lock.try_upgradable_read_ranked_until(7, Instant::now()).unwrap();
    /// assert!(lock.try_write_ranked_until(255, Instant::now()).is_none());
    /// # drop(reader);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_upgradable_read_ranked_until(
        &self,
        rank: u8,
        deadline: Instant,
    ) -> Option<RwLockUpgradableReadGuard<'_, T, P>> {
        self.block_until(ranked(UPGRADABLE_READ, rank), Some(deadline)).map(|()| RwLockUpgradableReadGuard::new(self))
    }
}

/// Blocking for a time until the other readers have left.
impl<'a, T: ?Sized, P: Policy> RwLockUpgradableReadGuard<'a, T, P> {
    /// Blocks the thread until the other readers have left, but no longer than `timeout`, and becomes the writer.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let (look, reader) = (lock.try_upgradable_read().unwrap(), lock.try_read().unwrap());
    /// let look = RwLockUpgradableReadGuard::try_upgrade_for(look, Duration::ZERO).unwrap_err();
    /// drop(reader);
    /// *RwLockUpgradableReadGuard::try_upgrade_for(look, Duration::ZERO).unwrap() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the guard back if the time is over first.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_upgrade_for(guard: Self, timeout: Duration) -> Result<RwLockWriteGuard<'a, T, P>, Self> {
        Self::upgrade_with_deadline(guard, deadline_after(timeout))
    }

    /// Blocks the thread until the other readers have left, but not past `deadline`, and becomes the writer.
    ///
    /// # Errors
    ///
    /// Gives the guard back if the deadline comes first.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_upgrade_until(guard: Self, deadline: Instant) -> Result<RwLockWriteGuard<'a, T, P>, Self> {
        Self::upgrade_with_deadline(guard, Some(deadline))
    }

    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn upgrade_with_deadline(guard: Self, deadline: Option<Instant>) -> Result<RwLockWriteGuard<'a, T, P>, Self> {
        match Self::try_upgrade(guard) {
            Ok(writer) => Ok(writer),
            Err(guard) if guard.lock.raw.block(UPGRADE, deadline).is_ok() => {
                Ok(RwLockWriteGuard::new(guard.into_lock()))
            }
            Err(guard) => Err(guard),
        }
    }
}

/// Forms for a lock in an `Arc` that block for a time.
impl<T: ?Sized, P: Policy> RwLock<T, P> {
    /// Blocks the thread until the value may be read, but no longer than `timeout`, as [`try_read_for`](Self::try_read_for).
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let lock = Arc::new(sync_primitives::RwLock::new(1));
    /// let reader = Arc::clone(&lock).try_read_owned_for(Duration::ZERO).unwrap();
    /// assert!(lock.try_write_owned_for(Duration::ZERO).is_none());
    /// # drop(reader);
    /// ```
    #[doc(alias = "try_read_arc_for")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read_owned_for(self: Arc<Self>, timeout: Duration) -> Option<OwnedRwLockReadGuard<T, T, P>> {
        self.block_until(READ, deadline_after(timeout))?;
        Some(OwnedRwLockReadGuard::new(self))
    }

    /// Blocks the thread until the value may be read, but not past `deadline`.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read_owned_until(self: Arc<Self>, deadline: Instant) -> Option<OwnedRwLockReadGuard<T, T, P>> {
        self.block_until(READ, Some(deadline))?;
        Some(OwnedRwLockReadGuard::new(self))
    }

    /// Blocks the thread until the value may be written, but no longer than `timeout`, as [`try_write_for`](Self::try_write_for).
    #[doc(alias = "try_write_arc_for")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write_owned_for(self: Arc<Self>, timeout: Duration) -> Option<OwnedRwLockWriteGuard<T, P>> {
        self.block_until(WRITE, deadline_after(timeout))?;
        Some(OwnedRwLockWriteGuard::new(self))
    }

    /// Blocks the thread until the value may be written, but not past `deadline`.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write_owned_until(self: Arc<Self>, deadline: Instant) -> Option<OwnedRwLockWriteGuard<T, P>> {
        self.block_until(WRITE, Some(deadline))?;
        Some(OwnedRwLockWriteGuard::new(self))
    }
}
