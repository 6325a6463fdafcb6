//! The second layer of names: those of `async-lock`, and of `parking_lot` where threads block, for what has tokio's names first.
//!
//! What is called as in `async-lock` returns what it does there: `try_*_arc` an `Option`, and owned forms are called on a borrowed `Arc`. What
//! bears one name in both crates is tokio's: `try_lock` and the like return a `Result`, and so does acquiring permits, since a semaphore can be
//! closed. `tests/it/written_for_async_lock.rs` is compiled against both crates.

#[cfg(feature = "alloc")]
use crate::primitive::os::Arc;
#[cfg(any(feature = "std", loom))]
use crate::{
    AcquireError, Barrier, BarrierWaitResult, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
    SemaphorePermit,
};
use crate::{Mutex, MutexGuard, OnceCell, Policy};
#[cfg(feature = "alloc")]
use crate::{
    OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit,
    futures::{AcquireOwned, LockOwned, ReadOwned, UpgradableReadOwned, WriteOwned},
};
#[cfg(any(feature = "alloc", loom))]
use crate::{RwLock, Semaphore};

/// [`OwnedMutexGuard`], by async-lock's name.
#[cfg(feature = "alloc")]
pub type MutexGuardArc<T, P = crate::Fifo> = OwnedMutexGuard<T, P>;
/// [`OwnedRwLockReadGuard`] of the whole value, by async-lock's name.
#[cfg(feature = "alloc")]
pub type RwLockReadGuardArc<T, P = crate::Fifo> = OwnedRwLockReadGuard<T, T, P>;
/// [`OwnedRwLockUpgradableReadGuard`], by async-lock's name.
#[cfg(feature = "alloc")]
pub type RwLockUpgradableReadGuardArc<T, P = crate::Fifo> = OwnedRwLockUpgradableReadGuard<T, P>;
/// [`OwnedRwLockWriteGuard`], by async-lock's name.
#[cfg(feature = "alloc")]
pub type RwLockWriteGuardArc<T, P = crate::Fifo> = OwnedRwLockWriteGuard<T, P>;
/// [`SemaphorePermit`](crate::SemaphorePermit), by async-lock's name.
pub type SemaphoreGuard<'a, P = crate::Fifo> = crate::SemaphorePermit<'a, P>;
/// [`OwnedSemaphorePermit`], by async-lock's name.
#[cfg(feature = "alloc")]
pub type SemaphoreGuardArc<P = crate::Fifo> = OwnedSemaphorePermit<P>;

/// Methods that forward to one of the same type.
#[cfg(any(feature = "std", loom))]
macro_rules! forwards {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident(&self) -> $output:ty { $main:ident }
    )*) => {
        $(
            #[doc = concat!("[`", stringify!($main), "`](Self::", stringify!($main), "), by async-lock's name.")]
            $(#[$attribute])*
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub fn $name(&self) -> $output {
                self.$main()
            }
        )*
    };
}

/// The same on a borrowed `Arc`, which is cloned.
#[cfg(feature = "alloc")]
macro_rules! forwards_arc {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident() -> $output:ty { $main:ident $($ok:ident)? }
    )*) => {
        $(
            #[doc = concat!("[`", stringify!($main), "`](Self::", stringify!($main), "), by async-lock's name, on a borrowed `Arc`.")]
            $(#[$attribute])*
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub fn $name(self: &Arc<Self>) -> $output {
                Arc::clone(self).$main() $(.$ok())?
            }
        )*
    };
}

/// async-lock's names.
#[cfg(any(feature = "std", loom))]
impl<T: ?Sized, P: Policy> Mutex<T, P> {
    forwards! {
        ///
        /// ```
        /// assert_eq!(*sync_primitives::Mutex::new(1).lock_blocking(), 1);
        /// ```
        fn lock_blocking(&self) -> MutexGuard<'_, T, P> { blocking_lock }
    }
}

/// async-lock's names.
#[cfg(feature = "alloc")]
impl<T: ?Sized, P: Policy> Mutex<T, P> {
    forwards_arc! {
        ///
        /// ```
        /// # pollster::block_on(async {
        /// let mutex = std::sync::Arc::new(sync_primitives::Mutex::new(1));
        /// assert_eq!(*mutex.lock_arc().await, 1);
        /// # });
        /// ```
        fn lock_arc() -> LockOwned<T, P> { lock_owned }

        ///
        /// ```
        /// let mutex = std::sync::Arc::new(sync_primitives::Mutex::new(1));
        /// let guard = mutex.try_lock_arc().unwrap();
        /// assert!(mutex.try_lock_arc().is_none());
        /// # drop(guard);
        /// ```
        fn try_lock_arc() -> Option<OwnedMutexGuard<T, P>> { try_lock_owned ok }

        ///
        /// ```
        /// let mutex = std::sync::Arc::new(sync_primitives::Mutex::new(1));
        /// assert_eq!(*mutex.lock_arc_blocking(), 1);
        /// ```
        #[cfg(any(feature = "std", loom))]
        fn lock_arc_blocking() -> OwnedMutexGuard<T, P> { blocking_lock_owned }
    }
}

impl<'a, T: ?Sized, P: Policy> MutexGuard<'a, T, P> {
    /// [`mutex`](Self::mutex), by async-lock's name.
    ///
    /// ```
    /// use sync_primitives::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new(1);
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(std::ptr::eq(MutexGuard::source(&guard), &mutex));
    /// ```
    #[must_use]
    pub fn source(guard: &Self) -> &'a Mutex<T, P> {
        Self::mutex(guard)
    }
}

#[cfg(feature = "alloc")]
impl<T: ?Sized, P: Policy> OwnedMutexGuard<T, P> {
    /// [`mutex`](Self::mutex), by async-lock's name.
    #[must_use]
    pub fn source(guard: &Self) -> &Arc<Mutex<T, P>> {
        Self::mutex(guard)
    }
}

/// async-lock's names.
#[cfg(any(feature = "std", loom))]
impl<T: ?Sized, P: Policy> RwLock<T, P> {
    forwards! {
        ///
        /// ```
        /// assert_eq!(*sync_primitives::RwLock::new(1).read_blocking(), 1);
        /// ```
        fn read_blocking(&self) -> RwLockReadGuard<'_, T, P> { blocking_read }

        ///
        /// ```
        /// assert_eq!(*sync_primitives::RwLock::new(1).upgradable_read_blocking(), 1);
        /// ```
        fn upgradable_read_blocking(&self) -> RwLockUpgradableReadGuard<'_, T, P> { blocking_upgradable_read }

        ///
        /// ```
        /// *sync_primitives::RwLock::new(1).write_blocking() += 1;
        /// ```
        fn write_blocking(&self) -> RwLockWriteGuard<'_, T, P> { blocking_write }
    }
}

/// async-lock's names.
#[cfg(feature = "alloc")]
impl<T: ?Sized, P: Policy> RwLock<T, P> {
    forwards_arc! {
        fn read_arc() -> ReadOwned<T, P> { read_owned }

        fn upgradable_read_arc() -> UpgradableReadOwned<T, P> { upgradable_read_owned }

        ///
        /// ```
        /// # pollster::block_on(async {
        /// use sync_primitives::{RwLock, RwLockUpgradableReadGuardArc};
        ///
        /// let lock = std::sync::Arc::new(RwLock::new(1));
        /// *lock.write_arc().await += 1;
        /// let look = lock.upgradable_read_arc().await;
        /// assert_eq!(*lock.read_arc().await, 2);
        /// *RwLockUpgradableReadGuardArc::upgrade(look).await += 1;
        /// # });
        /// ```
        fn write_arc() -> WriteOwned<T, P> { write_owned }

        fn try_read_arc() -> Option<OwnedRwLockReadGuard<T, T, P>> { try_read_owned ok }

        fn try_upgradable_read_arc() -> Option<OwnedRwLockUpgradableReadGuard<T, P>> { try_upgradable_read_owned ok }

        ///
        /// ```
        /// let lock = std::sync::Arc::new(sync_primitives::RwLock::new(1));
        /// let reader = lock.try_read_arc().unwrap();
        /// assert!(lock.try_write_arc().is_none() && lock.try_upgradable_read_arc().is_some());
        /// # drop(reader);
        /// ```
        fn try_write_arc() -> Option<OwnedRwLockWriteGuard<T, P>> { try_write_owned ok }

        #[cfg(any(feature = "std", loom))]
        fn read_arc_blocking() -> OwnedRwLockReadGuard<T, T, P> { blocking_read_owned }

        #[cfg(any(feature = "std", loom))]
        fn upgradable_read_arc_blocking() -> OwnedRwLockUpgradableReadGuard<T, P> { blocking_upgradable_read_owned }

        ///
        /// ```
        /// let lock = std::sync::Arc::new(sync_primitives::RwLock::new(1));
        /// *lock.write_arc_blocking() += 1;
        /// assert_eq!((*lock.read_arc_blocking(), *lock.upgradable_read_arc_blocking()), (2, 2));
        /// ```
        #[cfg(any(feature = "std", loom))]
        fn write_arc_blocking() -> OwnedRwLockWriteGuard<T, P> { blocking_write_owned }
    }
}

#[cfg(any(feature = "std", loom))]
impl<'a, T: ?Sized, P: Policy> RwLockUpgradableReadGuard<'a, T, P> {
    /// [`blocking_upgrade`](Self::blocking_upgrade), by async-lock's name.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn upgrade_blocking(guard: Self) -> RwLockWriteGuard<'a, T, P> {
        Self::blocking_upgrade(guard)
    }
}

#[cfg(all(feature = "alloc", any(feature = "std", loom)))]
impl<T: ?Sized, P: Policy> OwnedRwLockUpgradableReadGuard<T, P> {
    /// [`blocking_upgrade`](Self::blocking_upgrade), by async-lock's name.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn upgrade_blocking(guard: Self) -> OwnedRwLockWriteGuard<T, P> {
        Self::blocking_upgrade(guard)
    }
}

/// async-lock's names. Unlike there, acquiring may fail, since a semaphore can be closed.
#[cfg(any(feature = "std", loom))]
impl<P: Policy> Semaphore<P> {
    forwards! {
        ///
        /// ```
        /// assert!(sync_primitives::Semaphore::new(1).acquire_blocking().is_ok());
        /// ```
        ///
        /// # Errors
        ///
        /// If the semaphore is closed, or is closed while this waits.
        fn acquire_blocking(&self) -> Result<SemaphorePermit<'_, P>, AcquireError> { blocking_acquire }
    }

    /// [`blocking_acquire_many`](Self::blocking_acquire_many), named as async-lock names what blocks.
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_many_blocking(&self, n: u32) -> Result<SemaphorePermit<'_, P>, AcquireError> {
        self.blocking_acquire_many(n)
    }
}

/// async-lock's names.
#[cfg(feature = "alloc")]
impl<P: Policy> Semaphore<P> {
    forwards_arc! {
        ///
        /// ```
        /// # pollster::block_on(async {
        /// let semaphore = std::sync::Arc::new(sync_primitives::Semaphore::new(1));
        /// let permit = semaphore.acquire_arc().await;
        /// assert!(semaphore.try_acquire_arc().is_none());
        /// # drop(permit);
        /// # });
        /// ```
        fn acquire_arc() -> AcquireOwned<P> { acquire_owned }

        fn try_acquire_arc() -> Option<OwnedSemaphorePermit<P>> { try_acquire_owned ok }

        ///
        /// # Errors
        ///
        /// If the semaphore is closed, or is closed while this waits.
        #[cfg(any(feature = "std", loom))]
        fn acquire_arc_blocking() -> Result<OwnedSemaphorePermit<P>, AcquireError> { blocking_acquire_owned }
    }
}

/// async-lock's name.
#[cfg(any(feature = "std", loom))]
impl Barrier {
    forwards! {
        ///
        /// ```
        /// assert!(sync_primitives::Barrier::new(1).wait_blocking().is_leader());
        /// ```
        fn wait_blocking(&self) -> BarrierWaitResult { blocking_wait }
    }
}

/// async-lock's names.
impl<T> OnceCell<T> {
    /// [`initialized`](Self::initialized), by async-lock's name.
    ///
    /// ```
    /// assert!(!sync_primitives::OnceCell::<u8>::new().is_initialized());
    /// ```
    #[must_use]
    pub fn is_initialized(&self) -> bool {
        self.initialized()
    }

    /// [`blocking_get_or_init`](Self::blocking_get_or_init), by async-lock's name.
    ///
    /// ```
    /// assert_eq!(*sync_primitives::OnceCell::new().get_or_init_blocking(|| 5), 5);
    /// ```
    #[cfg(any(feature = "std", loom))]
    pub fn get_or_init_blocking(&self, f: impl FnOnce() -> T) -> &T {
        self.blocking_get_or_init(f)
    }

    /// [`blocking_get_or_try_init`](Self::blocking_get_or_try_init), by async-lock's name.
    ///
    /// # Errors
    ///
    /// What `f` fails with; then the next that waits tries.
    #[cfg(any(feature = "std", loom))]
    pub fn get_or_try_init_blocking<E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        self.blocking_get_or_try_init(f)
    }
}
