//! Forms of a lock in an `Arc`, whose guards are bound to no lifetime.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{
    OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard, READ, RawRwLock, ReadersOrWriter,
    RwLock, UPGRADABLE_READ, WRITE,
};
use crate::TryLockError;
use crate::policy::{Fifo, Policy, ranked};
use crate::primitive::os::Arc;
use crate::wait::{Handle, Place};

impl<T: ?Sized, P: Policy> Handle for Arc<RwLock<T, P>> {
    type Rule = ReadersOrWriter<P>;

    #[inline]
    fn queue(&self) -> &RawRwLock<P> {
        &self.raw
    }
}

/// Forms for a lock in an `Arc`.
impl<T: ?Sized, P: Policy> RwLock<T, P> {
    /// Waits until the value may be read, as [`read`](Self::read); the guard keeps the lock alive.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::RwLock;
    ///
    /// # pollster::block_on(async {
    /// let reader = Arc::new(RwLock::new(1)).read_owned().await;
    /// std::thread::spawn(move || assert_eq!(*reader, 1)).join().unwrap();
    /// # });
    /// ```
    #[doc(alias = "read_arc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn read_owned(self: Arc<Self>) -> ReadOwned<T, P> {
        ReadOwned::new(self, 0)
    }

    /// Waits until the value may be written, as [`write`](Self::write); the guard keeps the lock alive.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::RwLock;
    ///
    /// # pollster::block_on(async {
    /// let mut writer = Arc::new(RwLock::new(1)).write_owned().await;
    /// *writer += 1;
    /// assert_eq!(*writer, 2);
    /// # });
    /// ```
    #[doc(alias = "write_arc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn write_owned(self: Arc<Self>) -> WriteOwned<T, P> {
        WriteOwned::new(self, 0)
    }

    /// Blocks the thread until the value may be read, as [`blocking_read`](Self::blocking_read).
    ///
    /// ```
    /// let lock = std::sync::Arc::new(sync_primitives::RwLock::new(1));
    /// assert_eq!(*lock.blocking_read_owned(), 1);
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[doc(alias = "read_arc_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_read_owned(self: Arc<Self>) -> OwnedRwLockReadGuard<T, T, P> {
        self.block(READ);
        OwnedRwLockReadGuard::new(self)
    }

    /// Blocks the thread until the value may be written, as [`blocking_write`](Self::blocking_write).
    ///
    /// ```
    /// let lock = std::sync::Arc::new(sync_primitives::RwLock::new(1));
    /// *lock.blocking_write_owned() += 1;
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[doc(alias = "write_arc_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_write_owned(self: Arc<Self>) -> OwnedRwLockWriteGuard<T, P> {
        self.block(WRITE);
        OwnedRwLockWriteGuard::new(self)
    }

    /// Enters as a reader if that can be done at once.
    ///
    /// # Errors
    ///
    /// If somebody writes, or somebody waits.
    #[doc(alias = "try_read_arc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T, T, P>, TryLockError> {
        self.raw.try_take(READ)?;
        Ok(OwnedRwLockReadGuard::new(self))
    }

    /// Enters as the writer if that can be done at once.
    ///
    /// # Errors
    ///
    /// If somebody is in.
    #[doc(alias = "try_write_arc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T, P>, TryLockError> {
        self.raw.try_take(WRITE)?;
        Ok(OwnedRwLockWriteGuard::new(self))
    }
}

macro_rules! future {
    ($(#[$attribute:meta])* $name:ident => $guard:ty, $need:ident) => {
        pin_project! {
            $(#[$attribute])*
            ///
            /// It joins the queue when it is first polled. Dropped, it leaves the queue, and what it had been let in to.
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<T, P: Policy = Fifo>
            where
                T: ?Sized,
            {
                #[pin]
                place: Place<Arc<RwLock<T, P>>>,
            }
        }

        impl<T: ?Sized, P: Policy> $name<T, P> {
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub(super) fn new(lock: Arc<RwLock<T, P>>, rank: u8) -> Self {
                Self { place: Place::new(lock, ranked($need, rank)) }
            }
        }

        impl<T: ?Sized, P: Policy> Future for $name<T, P> {
            type Output = $guard;

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                let place = self.project().place;
                let want = if P::PLAIN { $need } else { place.need() };
                match place.poll_enter(want, context) {
                    Poll::Ready(Ok(lock)) => Poll::Ready(<$guard>::new(lock)),
                    // The lock is never closed.
                    Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
                }
            }
        }

        impl<T: ?Sized, P: Policy> fmt::Debug for $name<T, P> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

future! {
    /// Waits to read a shared lock; made by [`RwLock::read_owned`].
    ReadOwned => OwnedRwLockReadGuard<T, T, P>, READ
}
future! {
    /// Waits to write a shared lock; made by [`RwLock::write_owned`].
    WriteOwned => OwnedRwLockWriteGuard<T, P>, WRITE
}
future! {
    /// Waits to read a shared lock as the one that may become the writer; made by [`RwLock::upgradable_read_owned`].
    UpgradableReadOwned => OwnedRwLockUpgradableReadGuard<T, P>, UPGRADABLE_READ
}
