//! Permits that share the ownership of their semaphore.

use core::mem;

use super::{AcquireOwned, Semaphore, TryAcquireError, want};
use crate::policy::{Fifo, Policy};
use crate::primitive::os::Arc;

/// Forms for a semaphore in an `Arc`, whose permits are bound to no lifetime.
impl<P: Policy> Semaphore<P> {
    /// Waits for one permit, as [`acquire`](Self::acquire).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::Semaphore;
    ///
    /// # pollster::block_on(async {
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = Arc::clone(&semaphore).acquire_owned().await.unwrap();
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_owned(self: Arc<Self>) -> AcquireOwned<P> {
        self.acquire_many_owned(1)
    }

    /// Waits for `n` permits together, as [`acquire_many`](Self::acquire_many).
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_many_owned(self: Arc<Self>, n: u32) -> AcquireOwned<P> {
        AcquireOwned::new(self, want::<P>(n))
    }

    /// Takes one permit if it can be had at once.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = Arc::clone(&semaphore).try_acquire_owned().unwrap();
    /// assert!(Arc::clone(&semaphore).try_acquire_owned().is_err());
    /// # drop(permit);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no permit for it now, or the semaphore is closed.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit<P>, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// Takes `n` permits if they can be had at once.
    ///
    /// # Errors
    ///
    /// If there are not as many now, or the semaphore is closed.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_many_owned(self: Arc<Self>, n: u32) -> Result<OwnedSemaphorePermit<P>, TryAcquireError> {
        self.try_take(n)?;
        Ok(OwnedSemaphorePermit::new(self, n as usize))
    }

    /// Blocks the thread until it has one permit, as [`blocking_acquire`](Self::blocking_acquire).
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit<P>, super::AcquireError> {
        self.blocking_acquire_many_owned(1)
    }

    /// Blocks the thread until it has `n` permits, as [`blocking_acquire_many`](Self::blocking_acquire_many).
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit<P>, super::AcquireError> {
        self.block(n)?;
        Ok(OwnedSemaphorePermit::new(self, n as usize))
    }
}

/// Permits that keep their [`Semaphore`] alive; dropping gives them back.
///
/// ```
/// use std::sync::Arc;
/// use sync_primitives::Semaphore;
///
/// let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
/// assert_eq!(permit.semaphore().available_permits(), 0);
/// ```
#[must_use = "the permits are given back as soon as this is dropped"]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct OwnedSemaphorePermit<P: Policy = Fifo> {
    semaphore: Arc<Semaphore<P>>,
    permits: usize,
}

impl<P: Policy> OwnedSemaphorePermit<P> {
    pub(super) fn new(semaphore: Arc<Semaphore<P>>, permits: usize) -> Self {
        Self { semaphore, permits }
    }

    /// Keeps the permits from ever being given back.
    pub fn forget(mut self) {
        self.semaphore.forgotten(mem::take(&mut self.permits));
    }

    /// Adds the permits of `other` to these.
    ///
    /// # Panics
    ///
    /// If the permits are of two semaphores; each goes back to its own then.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(Arc::ptr_eq(&self.semaphore, &other.semaphore), "merging permits of two semaphores");
        self.permits += mem::take(&mut other.permits);
    }

    /// Splits `n` of these permits off; `None`, and nothing is changed, if there are not as many.
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.permits = self.permits.checked_sub(n)?;
        Some(Self { semaphore: Arc::clone(&self.semaphore), permits: n })
    }

    /// How many permits these are.
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.permits
    }

    /// The semaphore whose permits these are.
    #[must_use]
    pub fn semaphore(&self) -> &Arc<Semaphore<P>> {
        &self.semaphore
    }
}

impl<P: Policy> Drop for OwnedSemaphorePermit<P> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.release(self.permits);
    }
}
