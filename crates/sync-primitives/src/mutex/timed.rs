//! Blocking for a time.

use core::time::Duration;
use std::time::Instant;

use super::{Mutex, MutexGuard};
use crate::policy::{Policy, Ranked, ranked};
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
        self.lock_with_deadline(0, deadline_after(timeout))
    }

    /// Blocks the thread until it has the lock, but not past `deadline`; `None` if that comes first.
    ///
    /// ```
    /// let mutex = sync_primitives::Mutex::new(1);
    /// assert!(mutex.try_lock_until(std::time::Instant::now()).is_some());
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_until(&self, deadline: Instant) -> Option<MutexGuard<'_, T, P>> {
        self.lock_with_deadline(0, Some(deadline))
    }

    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn lock_with_deadline(&self, want: u32, deadline: Option<Instant>) -> Option<MutexGuard<'_, T, P>> {
        self.raw.spin_then_block(want, deadline).ok().map(|()| MutexGuard::new(self))
    }
}

/// Forms that block for a time, waiting with a number, of which the policy says what it means: a rank, or a class.
impl<T: ?Sized, P: Ranked> Mutex<T, P> {
    /// Blocks the thread until it has the lock, waiting with this rank, or as one of this class, but no longer than `timeout`; `None` if the time is
    /// over first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::{Mutex, Priority};
    ///
    /// let mutex = Mutex::<_, Priority>::with_policy(1);
    /// let guard = mutex.try_lock_ranked_for(7, Duration::from_secs(1)).unwrap();
    /// assert!(mutex.try_lock_ranked_for(255, Duration::ZERO).is_none());
    /// # drop(guard);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_ranked_for(&self, rank: u8, timeout: Duration) -> Option<MutexGuard<'_, T, P>> {
        self.lock_with_deadline(ranked(0, rank), deadline_after(timeout))
    }

    /// Blocks the thread until it has the lock, waiting with this rank, or as one of this class, but not past `deadline`; `None` if that comes first.
    ///
    /// ```
    /// use sync_primitives::{Mutex, Priority};
    ///
    /// let mutex = Mutex::<_, Priority>::with_policy(1);
    /// assert!(mutex.try_lock_ranked_until(7, std::time::Instant::now()).is_some());
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_ranked_until(&self, rank: u8, deadline: Instant) -> Option<MutexGuard<'_, T, P>> {
        self.lock_with_deadline(ranked(0, rank), Some(deadline))
    }
}
