//! Waiting with a number: a rank, or a class.

use super::{Lock, Mutex};
use crate::policy::{Ranked, WeightedFair, ranked};
use crate::primitive::{UnsafeCell, const_fn};
use crate::wait::WaitQueue;
use crate::watched::Kind;

impl<T, const CLASSES: usize> Mutex<T, WeightedFair<CLASSES>> {
    const_fn! {
        /// An unlocked mutex around `value`, which the classes get in shares by these weights.
        ///
        /// ```
        /// use sync_primitives::{Mutex, WeightedFair};
        ///
        /// static NAMES: Mutex<Vec<&str>, WeightedFair<2>> = Mutex::with_weights(Vec::new(), [1, 3]);
        /// NAMES.blocking_lock_ranked(1).push("of the class of weight 3");
        /// ```
        ///
        /// # Panics
        ///
        /// If there are no classes, or more than 256.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn with_weights(value: T, weights: [u32; CLASSES]) -> Self {
            let raw = WaitQueue::in_order(Kind::Mutex, 0, WeightedFair::begin(weights));
            Self { raw, value: UnsafeCell::new(value) }
        }
    }
}

/// Waiting with a number, of which the policy says what it means: a rank, or a class.
impl<T: ?Sized, P: Ranked> Mutex<T, P> {
    /// Locks, waiting with this rank, or as one of this class.
    ///
    /// ```
    /// use sync_primitives::{Mutex, Priority};
    ///
    /// # pollster::block_on(async {
    /// let mutex = Mutex::<_, Priority>::with_policy(1);
    /// *mutex.lock_ranked(255).await += 1;
    /// assert_eq!(mutex.into_inner(), 2);
    /// # });
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn lock_ranked(&self, rank: u8) -> Lock<'_, T, P> {
        Lock::new(self, ranked(0, rank))
    }

    /// As [`lock_ranked`](Self::lock_ranked), of a mutex in an `Arc`.
    #[cfg(feature = "alloc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn lock_ranked_owned(self: crate::primitive::os::Arc<Self>, rank: u8) -> super::LockOwned<T, P> {
        super::LockOwned::new(self, ranked(0, rank))
    }

    /// Blocks the thread until it has the lock, waiting with this rank, or as one of this class; see [`blocking_lock`](Self::blocking_lock).
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_lock_ranked(&self, rank: u8) -> super::MutexGuard<'_, T, P> {
        self.raw.lock_blocking(ranked(0, rank));
        super::MutexGuard::new(self)
    }

    /// As [`blocking_lock_ranked`](Self::blocking_lock_ranked), of a mutex in an `Arc`.
    #[cfg(all(feature = "alloc", any(feature = "std", loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_lock_ranked_owned(self: crate::primitive::os::Arc<Self>, rank: u8) -> super::OwnedMutexGuard<T, P> {
        self.raw.lock_blocking(ranked(0, rank));
        super::OwnedMutexGuard::new(self)
    }
}
