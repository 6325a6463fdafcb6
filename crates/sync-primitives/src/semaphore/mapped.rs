//! Permits together with what they permit.

use core::fmt;
use core::ops::{Deref, DerefMut};

use super::SemaphorePermit;
use crate::policy::Policy;

/// A value together with the permits for it; made by [`SemaphorePermit::map`] and
/// [`OwnedSemaphorePermit::map`](crate::OwnedSemaphorePermit::map). Dropped, it drops the value, and gives the permits back after that.
///
/// ```
/// use sync_primitives::Semaphore;
///
/// # pollster::block_on(async {
/// let semaphore = Semaphore::new(1);
/// let mut connection = semaphore.acquire().await.unwrap().map(|| String::from("connected"));
/// connection.push('!');
/// assert_eq!(semaphore.available_permits(), 0);
/// let (text, permit) = connection.into_parts();
/// assert_eq!((text.as_str(), permit.num_permits()), ("connected!", 1));
/// # });
/// ```
#[must_use = "the permits are given back as soon as this is dropped"]
#[clippy::has_significant_drop]
pub struct MappedSemaphorePermit<T, G> {
    // In this order they are dropped.
    value: T,
    permit: G,
}

impl<T, G> MappedSemaphorePermit<T, G> {
    pub(super) fn new(value: T, permit: G) -> Self {
        Self { value, permit }
    }

    /// The permits.
    #[must_use]
    pub fn permit(this: &Self) -> &G {
        &this.permit
    }

    /// Makes another value of this one, for the same permits. If `f` panics, they are given back.
    ///
    /// ```
    /// use sync_primitives::{MappedSemaphorePermit, Semaphore};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let number = semaphore.try_acquire().unwrap().map(|| 1);
    /// let text = MappedSemaphorePermit::map(number, |number| number.to_string());
    /// assert_eq!((text.as_str(), semaphore.available_permits()), ("1", 0));
    /// ```
    pub fn map<U>(this: Self, f: impl FnOnce(T) -> U) -> MappedSemaphorePermit<U, G> {
        let Self { value, permit } = this;
        MappedSemaphorePermit { value: f(value), permit }
    }

    /// The value and the permits, each by itself.
    pub fn into_parts(self) -> (T, G) {
        (self.value, self.permit)
    }
}

impl<T, G> Deref for MappedSemaphorePermit<T, G> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T, G> DerefMut for MappedSemaphorePermit<T, G> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug, G> fmt::Debug for MappedSemaphorePermit<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::Display, G> fmt::Display for MappedSemaphorePermit<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<P: Policy> SemaphorePermit<'_, P> {
    /// The permits together with what they permit. If `make` panics, they are given back.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(1);
    /// let connection = semaphore.try_acquire().unwrap().map(|| "connected");
    /// assert_eq!((*connection, semaphore.available_permits()), ("connected", 0));
    /// drop(connection);
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn map<T>(self, make: impl FnOnce() -> T) -> MappedSemaphorePermit<T, Self> {
        MappedSemaphorePermit::new(make(), self)
    }
}

#[cfg(feature = "alloc")]
impl<P: Policy> super::OwnedSemaphorePermit<P> {
    /// The permits together with what they permit, bound to no lifetime. If `make` panics, they are given back.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::Semaphore;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let connection = Arc::clone(&semaphore).try_acquire_owned().unwrap().map(|| "connected");
    /// std::thread::spawn(move || assert_eq!(*connection, "connected")).join().unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn map<T>(self, make: impl FnOnce() -> T) -> MappedSemaphorePermit<T, Self> {
        MappedSemaphorePermit::new(make(), self)
    }
}
