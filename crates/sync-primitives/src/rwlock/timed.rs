//! Blocking for a time.

use core::time::Duration;
use std::time::Instant;

use super::{READ, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard, UPGRADABLE_READ, WRITE};
use crate::wait::deadline_after;

/// Forms that block for a time, by the names of parking_lot. `None` if the time is over first.
impl<T: ?Sized> RwLock<T> {
    fn block_until(&self, need: u32, deadline: Option<Instant>) -> Option<()> {
        self.raw.block(need, deadline).ok()
    }

    /// Blocks the thread until the value may be read, but no longer than `timeout`.
    ///
    /// ```
    /// let lock = sync_primitives::RwLock::new(1);
    /// let writer = lock.try_write().unwrap();
    /// assert!(lock.try_read_for(std::time::Duration::ZERO).is_none());
    /// # drop(writer);
    /// ```
    pub fn try_read_for(&self, timeout: Duration) -> Option<RwLockReadGuard<'_, T>> {
        self.block_until(READ, deadline_after(timeout)).map(|()| RwLockReadGuard::new(self))
    }

    /// Blocks the thread until the value may be read, but not past `deadline`.
    pub fn try_read_until(&self, deadline: Instant) -> Option<RwLockReadGuard<'_, T>> {
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
    pub fn try_write_for(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, T>> {
        self.block_until(WRITE, deadline_after(timeout)).map(|()| RwLockWriteGuard::new(self))
    }

    /// Blocks the thread until the value may be written, but not past `deadline`.
    pub fn try_write_until(&self, deadline: Instant) -> Option<RwLockWriteGuard<'_, T>> {
        self.block_until(WRITE, Some(deadline)).map(|()| RwLockWriteGuard::new(self))
    }

    /// Blocks the thread until it may read as the upgradable reader, but no longer than `timeout`.
    pub fn try_upgradable_read_for(&self, timeout: Duration) -> Option<RwLockUpgradableReadGuard<'_, T>> {
        self.block_until(UPGRADABLE_READ, deadline_after(timeout)).map(|()| RwLockUpgradableReadGuard::new(self))
    }
}
