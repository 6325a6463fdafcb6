//! Blocking for a time.

use core::error::Error;
use core::fmt;
use core::time::Duration;
use std::time::Instant;

use super::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, want};
use crate::policy::{Policy, Ranked, ranked};
use crate::primitive::os::Arc;
use crate::wait::{Blocked, deadline_after};

/// Why a thread that blocked for a time has no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimedAcquireError {
    /// The semaphore is closed.
    Closed,
    /// The time is over.
    TimedOut,
}

impl fmt::Display for TimedAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "semaphore closed",
            Self::TimedOut => "timed out waiting for permits",
        })
    }
}

impl Error for TimedAcquireError {}

/// Forms that block for a time.
impl<P: Policy> Semaphore<P> {
    /// Blocks the thread until it has one permit, but no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::{Semaphore, TimedAcquireError};
    ///
    /// let semaphore = Semaphore::new(0);
    /// let late = semaphore.try_acquire_for(Duration::ZERO).unwrap_err();
    /// assert_eq!(late, TimedAcquireError::TimedOut);
    /// ```
    ///
    /// # Errors
    ///
    /// If the time is over or the semaphore is closed first.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_for(&self, timeout: Duration) -> Result<SemaphorePermit<'_, P>, TimedAcquireError> {
        self.try_acquire_many_for(1, timeout)
    }

    /// Blocks the thread until it has `n` permits together, but no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// If the time is over or the semaphore is closed first.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_many_for(&self, n: u32, timeout: Duration) -> Result<SemaphorePermit<'_, P>, TimedAcquireError> {
        self.block_until(n, deadline_after(timeout))
    }

    /// Blocks the thread until it has one permit, but not past `deadline`.
    ///
    /// # Errors
    ///
    /// If the deadline comes or the semaphore is closed first.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_until(&self, deadline: Instant) -> Result<SemaphorePermit<'_, P>, TimedAcquireError> {
        self.try_acquire_many_until(1, deadline)
    }

    /// Blocks the thread until it has `n` permits together, but not past `deadline`.
    ///
    /// # Errors
    ///
    /// If the deadline comes or the semaphore is closed first.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_many_until(
        &self,
        n: u32,
        deadline: Instant,
    ) -> Result<SemaphorePermit<'_, P>, TimedAcquireError> {
        self.block_until(n, Some(deadline))
    }

    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block_until(&self, n: u32, deadline: Option<Instant>) -> Result<SemaphorePermit<'_, P>, TimedAcquireError> {
        self.wait_until(want::<P>(n), deadline)?;
        Ok(SemaphorePermit::new(self, n as usize))
    }

    /// Blocks the thread until it has one permit of a shared semaphore, but no longer than `timeout`.
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use sync_primitives::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = Arc::clone(&semaphore).try_acquire_owned_for(Duration::ZERO).unwrap();
    /// assert!(semaphore.try_acquire_owned_for(Duration::ZERO).is_err());
    /// # drop(permit);
    /// ```
    ///
    /// # Errors
    ///
    /// If the time is over or the semaphore is closed first.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_owned_for(
        self: Arc<Self>,
        timeout: Duration,
    ) -> Result<OwnedSemaphorePermit<P>, TimedAcquireError> {
        self.try_acquire_many_owned_for(1, timeout)
    }

    /// Blocks the thread until it has `n` permits of a shared semaphore together, but no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// If the time is over or the semaphore is closed first.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_many_owned_for(
        self: Arc<Self>,
        n: u32,
        timeout: Duration,
    ) -> Result<OwnedSemaphorePermit<P>, TimedAcquireError> {
        self.wait_until(want::<P>(n), deadline_after(timeout))?;
        Ok(OwnedSemaphorePermit::new(self, n as usize))
    }

    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn wait_until(&self, want: u32, deadline: Option<Instant>) -> Result<(), TimedAcquireError> {
        self.queue.enter_blocking(want, deadline).map_err(|blocked| match blocked {
            Blocked::Closed => TimedAcquireError::Closed,
            Blocked::TimedOut => TimedAcquireError::TimedOut,
        })
    }
}

/// Forms that block for a time, waiting with a number, of which the policy says what it means: a rank, or a class.
impl<P: Ranked> Semaphore<P> {
    /// Blocks the thread until it has `n` permits together, with this rank, or as one of this class, but no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::{Priority, Semaphore, TimedAcquireError};
    ///
    /// let semaphore = Semaphore::<Priority>::with_policy(2);
    /// let permits = semaphore.try_acquire_ranked_for(2, 7, Duration::from_secs(1)).unwrap();
    /// let late = semaphore.try_acquire_ranked_for(1, 255, Duration::ZERO).unwrap_err();
    /// assert_eq!(late, TimedAcquireError::TimedOut);
    /// # drop(permits);
    /// ```
    ///
    /// # Errors
    ///
    /// If the time is over or the semaphore is closed first.
    ///
    /// # Panics
    ///
    /// If `n` is 2^24 or more.
    #[track_caller]
    pub fn try_acquire_ranked_for(
        &self,
        n: u32,
        rank: u8,
        timeout: Duration,
    ) -> Result<SemaphorePermit<'_, P>, TimedAcquireError> {
        self.block_ranked(n, rank, deadline_after(timeout))
    }

    /// Blocks the thread until it has `n` permits together, with this rank, or as one of this class, but not past `deadline`.
    ///
    /// ```
    /// use sync_primitives::{Priority, Semaphore};
    ///
    /// let semaphore = Semaphore::<Priority>::with_policy(2);
    /// assert!(semaphore.try_acquire_ranked_until(2, 7, std::time::Instant::now()).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// If the deadline comes or the semaphore is closed first.
    ///
    /// # Panics
    ///
    /// If `n` is 2^24 or more.
    #[track_caller]
    pub fn try_acquire_ranked_until(
        &self,
        n: u32,
        rank: u8,
        deadline: Instant,
    ) -> Result<SemaphorePermit<'_, P>, TimedAcquireError> {
        self.block_ranked(n, rank, Some(deadline))
    }

    #[track_caller]
    fn block_ranked(
        &self,
        n: u32,
        rank: u8,
        deadline: Option<Instant>,
    ) -> Result<SemaphorePermit<'_, P>, TimedAcquireError> {
        self.wait_until(ranked(want::<P>(n), rank), deadline)?;
        Ok(SemaphorePermit::new(self, n as usize))
    }
}
