//! The futures that wait to read, to write, and to become the writer.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{
    READ, RawRwLock, ReadersOrWriter, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
    UPGRADABLE_READ, UPGRADE, WRITE,
};
use crate::wait::{Handle, Place, State};

macro_rules! future {
    ($(#[$attribute:meta])* $name:ident => $guard:ident, $need:ident) => {
        pin_project! {
            $(#[$attribute])*
            ///
            /// It joins the queue when it is first polled. Dropped, it leaves the queue, and what it had been let in to.
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<'a, T>
            where
                T: ?Sized,
            {
                #[pin]
                place: Place<&'a RwLock<T>>,
            }
        }

        impl<'a, T: ?Sized> $name<'a, T> {
            #[inline]
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub(super) fn new(lock: &'a RwLock<T>) -> Self {
                Self { place: Place::new(lock, $need) }
            }
        }

        impl<'a, T: ?Sized> Future for $name<'a, T> {
            type Output = $guard<'a, T>;

            #[inline]
            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                match self.project().place.poll_enter($need, context) {
                    Poll::Ready(Ok(lock)) => Poll::Ready($guard::new(lock)),
                    // The lock is never closed.
                    Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
                }
            }
        }

        impl<T: ?Sized> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

future! {
    /// Waits to read; made by [`RwLock::read`].
    Read => RwLockReadGuard, READ
}
future! {
    /// Waits to write; made by [`RwLock::write`].
    Write => RwLockWriteGuard, WRITE
}
future! {
    /// Waits to read as the one that may become the writer; made by [`RwLock::upgradable_read`].
    UpgradableRead => RwLockUpgradableReadGuard, UPGRADABLE_READ
}

/// The upgradable reader that wants to write: dropped before it is the writer, it is the upgradable reader, and leaves.
pub(super) struct Upgrading<'a, T: ?Sized>(pub(super) RwLockUpgradableReadGuard<'a, T>);

impl<T: ?Sized> Handle for Upgrading<'_, T> {
    type Rule = ReadersOrWriter;

    #[inline]
    fn queue(&self) -> &RawRwLock {
        &self.0.lock.raw
    }

    /// The writer was made of the upgradable reader, and becomes that again: then it leaves as that.
    fn give_back(&self, _need: u32, _entered: State) {
        self.0.lock.raw.change(super::rule::downgraded_to_upgradable);
    }
}

pin_project! {
    /// Waits until the other readers have left; made by [`RwLockUpgradableReadGuard::upgrade`].
    ///
    /// It waits before all others. Dropped, it leaves the lock.
    #[must_use = "futures do nothing unless polled"]
    pub struct Upgrade<'a, T>
    where
        T: ?Sized,
    {
        #[pin]
        place: Place<Upgrading<'a, T>>,
    }
}

impl<'a, T: ?Sized> Upgrade<'a, T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(guard: RwLockUpgradableReadGuard<'a, T>) -> Self {
        Self { place: Place::new(Upgrading(guard), UPGRADE) }
    }
}

impl<'a, T: ?Sized> Future for Upgrade<'a, T> {
    type Output = RwLockWriteGuard<'a, T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().place.poll_enter(UPGRADE, context) {
            Poll::Ready(Ok(upgraded)) => Poll::Ready(RwLockWriteGuard::new(upgraded.0.into_lock())),
            // The lock is never closed.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: ?Sized> fmt::Debug for Upgrade<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade").finish_non_exhaustive()
    }
}
