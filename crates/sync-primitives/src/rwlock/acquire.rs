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
use crate::policy::{Fifo, Policy, ranked};
use crate::wait::{Handle, Place, State};

macro_rules! future {
    ($(#[$attribute:meta])* $name:ident => $guard:ident, $need:ident) => {
        pin_project! {
            $(#[$attribute])*
            ///
            /// It joins the queue when it is first polled. Dropped, it leaves the queue, and what it had been let in to.
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<'a, T, P: Policy = Fifo>
            where
                T: ?Sized,
            {
                #[pin]
                place: Place<&'a RwLock<T, P>>,
            }
        }

        impl<'a, T: ?Sized, P: Policy> $name<'a, T, P> {
            #[inline]
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub(super) fn new(lock: &'a RwLock<T, P>, rank: u8) -> Self {
                Self { place: Place::new(lock, ranked($need, rank)) }
            }
        }

        impl<'a, T: ?Sized, P: Policy> Future for $name<'a, T, P> {
            type Output = $guard<'a, T, P>;

            #[inline]
            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                let place = self.project().place;
                let want = if P::PLAIN { $need } else { place.need() };
                match place.poll_enter(want, context) {
                    Poll::Ready(Ok(lock)) => Poll::Ready($guard::new(lock)),
                    // The lock is never closed.
                    Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
                }
            }
        }

        impl<T: ?Sized, P: Policy> fmt::Debug for $name<'_, T, P> {
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

/// An upgradable reader, borrowed or owned.
pub(super) trait Looks {
    type Policy: Policy;

    fn raw(&self) -> &RawRwLock<Self::Policy>;
}

impl<T: ?Sized, P: Policy> Looks for RwLockUpgradableReadGuard<'_, T, P> {
    type Policy = P;

    #[inline]
    fn raw(&self) -> &RawRwLock<P> {
        &self.lock.raw
    }
}

/// The upgradable reader that wants to write: dropped before it is the writer, it is the upgradable reader, and leaves.
pub(super) struct Upgrading<G>(pub(super) G);

impl<G: Looks> Handle for Upgrading<G> {
    type Rule = ReadersOrWriter<G::Policy>;

    #[inline]
    fn queue(&self) -> &RawRwLock<G::Policy> {
        self.0.raw()
    }

    /// The writer was made of the upgradable reader, and becomes that again: then it leaves as that.
    fn give_back(&self, _need: u32, _entered: State) {
        self.0.raw().change(super::rule::downgraded_to_upgradable);
    }
}

pin_project! {
    /// Waits until the other readers have left; made by [`RwLockUpgradableReadGuard::upgrade`].
    ///
    /// It waits before all others. Dropped, it leaves the lock.
    #[must_use = "futures do nothing unless polled"]
    pub struct Upgrade<'a, T, P: Policy = Fifo>
    where
        T: ?Sized,
    {
        #[pin]
        place: Place<Upgrading<RwLockUpgradableReadGuard<'a, T, P>>>,
    }
}

impl<'a, T: ?Sized, P: Policy> Upgrade<'a, T, P> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(guard: RwLockUpgradableReadGuard<'a, T, P>) -> Self {
        Self { place: Place::new(Upgrading(guard), UPGRADE) }
    }
}

impl<'a, T: ?Sized, P: Policy> Future for Upgrade<'a, T, P> {
    type Output = RwLockWriteGuard<'a, T, P>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().place.poll_enter(UPGRADE, context) {
            Poll::Ready(Ok(upgraded)) => Poll::Ready(RwLockWriteGuard::new(upgraded.0.into_lock())),
            // The lock is never closed.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: ?Sized, P: Policy> fmt::Debug for Upgrade<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade").finish_non_exhaustive()
    }
}
