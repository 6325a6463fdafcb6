//! Blocking for a time.

use core::time::Duration;
use std::time::Instant;

use super::{Mutex, MutexGuard};
use crate::policy::Policy;
use crate::wait::deadline_after;

/// Forms that block for a time, by the names of parking_lot.
impl<T: ?Sized, P: Policy> Mutex<T, P> {
    /// Blocks the thread until it has the lock, but no longer than `timeout`; `None` if the time is over first.
    ///
    /// ```
    /// let mutex = sync_primitives::Mutex::new(1);
    /// let guard = mutex.try_lock_for(std::time::Duration::from_secs(1)).unwrap();
    /// assert!(mutex.try_lock_for(std::time::Duration::ZERO).is_none());
    /// # drop(guard);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_for(&self, timeout: Duration) -> Option<MutexGuard<'_, T, P>> {
        self.lock_with_deadline(deadline_after(timeout))
    }

    /// Blocks the thread until it has the lock, but not past `deadline`; `None` if that comes first.
    ///
    /// ```
    /// let mutex = sync_primitives::Mutex::new(1);
    /// assert!(mutex.try_lock_until(std::time::Instant::now()).is_some());
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_until(&self, deadline: Instant) -> Option<MutexGuard<'_, T, P>> {
        self.lock_with_deadline(Some(deadline))
    }

    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn lock_with_deadline(&self, deadline: Option<Instant>) -> Option<MutexGuard<'_, T, P>> {
        self.raw.block(0, deadline).ok().map(|()| MutexGuard::new(self))
    }
}
