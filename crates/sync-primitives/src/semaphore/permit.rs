//! Permits that borrow their semaphore.

use core::mem;

use super::Semaphore;
use crate::policy::{Fifo, Policy};

/// Permits of a [`Semaphore`]; dropping gives them back.
///
/// ```
/// let semaphore = sync_primitives::Semaphore::new(4);
/// let mut all = semaphore.try_acquire_many(4).unwrap();
/// let one = all.split(1).unwrap();
/// drop(all);
/// assert_eq!(semaphore.available_permits(), 3);
/// # drop(one);
/// ```
#[must_use = "the permits are given back as soon as this is dropped"]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct SemaphorePermit<'a, P: Policy = Fifo> {
    semaphore: &'a Semaphore<P>,
    permits: usize,
}

impl<'a, P: Policy> SemaphorePermit<'a, P> {
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore<P>, permits: usize) -> Self {
        Self { semaphore, permits }
    }

    /// Keeps the permits from ever being given back.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(2);
    /// semaphore.try_acquire().unwrap().forget();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn forget(mut self) {
        self.semaphore.forgotten(mem::take(&mut self.permits));
    }

    /// Adds the permits of `other` to these.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(2);
    /// let mut permit = semaphore.try_acquire().unwrap();
    /// permit.merge(semaphore.try_acquire().unwrap());
    /// assert_eq!(permit.num_permits(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If the permits are of two semaphores; each goes back to its own then.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(core::ptr::eq(self.semaphore, other.semaphore), "merging permits of two semaphores");
        self.permits += mem::take(&mut other.permits);
    }

    /// Splits `n` of these permits off; `None`, and nothing is changed, if there are not as many.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(3);
    /// let mut permit = semaphore.try_acquire_many(3).unwrap();
    /// assert_eq!(permit.split(2).unwrap().num_permits(), 2);
    /// assert_eq!(permit.num_permits(), 1);
    /// assert!(permit.split(2).is_none());
    /// ```
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.permits = self.permits.checked_sub(n)?;
        Some(Self { semaphore: self.semaphore, permits: n })
    }

    /// The semaphore whose permits these are.
    #[must_use]
    pub fn semaphore(&self) -> &Semaphore<P> {
        self.semaphore
    }

    /// How many permits these are.
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.permits
    }
}

impl<P: Policy> Drop for SemaphorePermit<'_, P> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.release(self.permits);
    }
}
