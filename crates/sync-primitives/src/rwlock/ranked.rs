//! Waiting with a number: a rank, or a class.

use super::rule::{self, MAX_READERS};
#[cfg(any(feature = "std", loom))]
use super::{READ, WRITE};
use super::{Read, RwLock, UpgradableRead, Write};
#[cfg(any(feature = "std", loom))]
use crate::policy::ranked;
use crate::policy::{Ranked, WeightedFair};
#[cfg(feature = "alloc")]
use crate::primitive::os::Arc;
use crate::primitive::{UnsafeCell, const_fn};
use crate::wait::WaitQueue;
use crate::watched::Kind;

impl<T, const CLASSES: usize> RwLock<T, WeightedFair<CLASSES>> {
    const_fn! {
        /// An unlocked lock around `value`, which the classes get in shares by these weights, readers and writers alike.
        ///
        /// ```
        /// use sync_primitives::{RwLock, WeightedFair};
        ///
        /// static LIMIT: RwLock<u32, WeightedFair<2>> = RwLock::with_weights(10, [1, 3]);
        /// assert_eq!(*LIMIT.blocking_read_ranked(1), 10);
        /// ```
        ///
        /// # Panics
        ///
        /// If there are no classes, or more than 256.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn with_weights(value: T, weights: [u32; CLASSES]) -> Self {
            let order = WeightedFair::begin(weights);
            let raw = WaitQueue::in_order(Kind::RwLock, rule::unlocked(MAX_READERS), order);
            Self { raw, value: UnsafeCell::new(value) }
        }
    }
}

/// Waiting with a number, of which the policy says what it means: a rank, or a class.
impl<T: ?Sized, P: Ranked> RwLock<T, P> {
    /// Waits until the value may be read, with this rank, or as one of this class.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let lock = sync_primitives::RwLock::<_, sync_primitives::Priority>::with_policy(1);
    /// assert_eq!(*lock.read_ranked(7).await, 1);
    /// # });
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn read_ranked(&self, rank: u8) -> Read<'_, T, P> {
        Read::new(self, rank)
    }

    /// As [`read_ranked`](Self::read_ranked), of a lock in an `Arc`.
    #[cfg(feature = "alloc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn read_ranked_owned(self: Arc<Self>, rank: u8) -> super::ReadOwned<T, P> {
        super::ReadOwned::new(self, rank)
    }

    /// Blocks the thread until the value may be read, waiting with this rank, or as one of this class; see [`blocking_read`](Self::blocking_read).
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_read_ranked(&self, rank: u8) -> super::RwLockReadGuard<'_, T, P> {
        self.block(ranked(READ, rank));
        super::RwLockReadGuard::new(self)
    }

    /// As [`blocking_read_ranked`](Self::blocking_read_ranked), of a lock in an `Arc`.
    #[cfg(all(feature = "alloc", any(feature = "std", loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_read_ranked_owned(self: Arc<Self>, rank: u8) -> super::OwnedRwLockReadGuard<T, T, P> {
        self.block(ranked(READ, rank));
        super::OwnedRwLockReadGuard::new(self)
    }

    /// Waits until the value may be written, with this rank, or as one of this class.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let lock = sync_primitives::RwLock::<_, sync_primitives::Priority>::with_policy(1);
    /// *lock.write_ranked(255).await += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// # });
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn write_ranked(&self, rank: u8) -> Write<'_, T, P> {
        Write::new(self, rank)
    }

    /// As [`write_ranked`](Self::write_ranked), of a lock in an `Arc`.
    #[cfg(feature = "alloc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn write_ranked_owned(self: Arc<Self>, rank: u8) -> super::WriteOwned<T, P> {
        super::WriteOwned::new(self, rank)
    }

    /// Blocks the thread until the value may be written, waiting with this rank, or as one of this class; see [`blocking_write`](Self::blocking_write).
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_write_ranked(&self, rank: u8) -> super::RwLockWriteGuard<'_, T, P> {
        self.block(ranked(WRITE, rank));
        super::RwLockWriteGuard::new(self)
    }

    /// As [`blocking_write_ranked`](Self::blocking_write_ranked), of a lock in an `Arc`.
    #[cfg(all(feature = "alloc", any(feature = "std", loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_write_ranked_owned(self: Arc<Self>, rank: u8) -> super::OwnedRwLockWriteGuard<T, P> {
        self.block(ranked(WRITE, rank));
        super::OwnedRwLockWriteGuard::new(self)
    }

    /// Waits until the value may be read by one that may become the writer, with this rank, or as one of this class.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn upgradable_read_ranked(&self, rank: u8) -> UpgradableRead<'_, T, P> {
        UpgradableRead::new(self, rank)
    }

    /// Blocks the thread until it may read as the one that may become the writer, waiting with this rank, or as one of this class.
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_upgradable_read_ranked(&self, rank: u8) -> super::RwLockUpgradableReadGuard<'_, T, P> {
        self.block(ranked(super::UPGRADABLE_READ, rank));
        super::RwLockUpgradableReadGuard::new(self)
    }
}
