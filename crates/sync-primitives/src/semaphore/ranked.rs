//! Waiting with a number: a rank, or a class.

use super::{Acquire, Semaphore, want};
use crate::policy::{Ranked, WeightedFair, ranked};
use crate::primitive::const_fn;
use crate::wait::{SHIFT, WaitQueue};
use crate::watched::Kind;

impl<const CLASSES: usize> Semaphore<WeightedFair<CLASSES>> {
    const_fn! {
        /// A semaphore with `permits` free permits, of which the classes get shares by these weights.
        ///
        /// ```
        /// use sync_primitives::{Semaphore, WeightedFair};
        ///
        /// static SLOTS: Semaphore<WeightedFair<2>> = Semaphore::with_weights(8, [1, 3]);
        /// assert_eq!(SLOTS.available_permits(), 8);
        /// ```
        ///
        /// # Panics
        ///
        /// If `permits` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS), or there are no classes, or more than 256.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn with_weights(permits: usize, weights: [u32; CLASSES]) -> Self {
            assert!(permits <= Semaphore::MAX_PERMITS, "more permits than `Semaphore::MAX_PERMITS`");
            Self { queue: WaitQueue::in_order(Kind::Semaphore, permits << SHIFT, WeightedFair::begin(weights)) }
        }
    }
}

/// Waiting with a number, of which the policy says what it means: a rank, or a class.
impl<P: Ranked> Semaphore<P> {
    /// Waits for `n` permits together with this rank, or as one of this class.
    ///
    /// ```
    /// use sync_primitives::{Priority, Semaphore};
    ///
    /// # pollster::block_on(async {
    /// let semaphore = Semaphore::<Priority>::with_policy(2);
    /// assert_eq!(semaphore.acquire_ranked(2, 255).await.unwrap().num_permits(), 2);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    ///
    /// # Panics
    ///
    /// If `n` is 2^24 or more.
    #[inline]
    #[track_caller]
    pub fn acquire_ranked(&self, n: u32, rank: u8) -> Acquire<'_, P> {
        Acquire::new(self, ranked(want::<P>(n), rank))
    }

    /// As [`acquire_ranked`](Self::acquire_ranked), of a semaphore in an `Arc`.
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    ///
    /// # Panics
    ///
    /// If `n` is 2^24 or more.
    #[cfg(feature = "alloc")]
    #[track_caller]
    pub fn acquire_ranked_owned(self: crate::primitive::os::Arc<Self>, n: u32, rank: u8) -> super::AcquireOwned<P> {
        super::AcquireOwned::new(self, ranked(want::<P>(n), rank))
    }
}

/// Blocking with a number.
#[cfg(any(feature = "std", loom))]
impl<P: Ranked> Semaphore<P> {
    /// Blocks the thread until it has `n` permits together, with this rank, or as one of this class.
    ///
    /// ```
    /// use sync_primitives::{Semaphore, WeightedFair};
    ///
    /// let semaphore = Semaphore::<WeightedFair<2>>::with_weights(2, [1, 3]);
    /// assert_eq!(semaphore.blocking_acquire_ranked(2, 1).unwrap().num_permits(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    ///
    /// # Panics
    ///
    /// If `n` is 2^24 or more.
    #[track_caller]
    pub fn blocking_acquire_ranked(
        &self,
        n: u32,
        rank: u8,
    ) -> Result<super::SemaphorePermit<'_, P>, super::AcquireError> {
        self.block_wanting(ranked(want::<P>(n), rank))?;
        Ok(super::SemaphorePermit::new(self, n as usize))
    }

    /// As [`blocking_acquire_ranked`](Self::blocking_acquire_ranked), of a semaphore in an `Arc`.
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    ///
    /// # Panics
    ///
    /// If `n` is 2^24 or more.
    #[cfg(feature = "alloc")]
    #[track_caller]
    pub fn blocking_acquire_ranked_owned(
        self: crate::primitive::os::Arc<Self>,
        n: u32,
        rank: u8,
    ) -> Result<super::OwnedSemaphorePermit<P>, super::AcquireError> {
        self.block_wanting(ranked(want::<P>(n), rank))?;
        Ok(super::OwnedSemaphorePermit::new(self, n as usize))
    }
}
