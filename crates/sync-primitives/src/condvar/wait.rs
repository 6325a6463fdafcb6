//! The futures that wait to be notified and then for the mutex.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{Condvar, arrive};
use crate::mutex::{Lock, MutexGuard};
#[cfg(feature = "alloc")]
use crate::mutex::{LockOwned, OwnedMutexGuard};
use crate::policy::{Fifo, Policy};
use crate::primitive::seeded;
use crate::wait::{State, Waiter, Wake};
use crate::watched::{Site, Stake, Watch as _};

impl Condvar {
    /// Takes a waiter out of the queue; if it had been notified, another is.
    fn give_up(&self, waiter: &Waiter) {
        self.queue.watch().gave_up(waiter);
        // SAFETY: the waiter joined this queue, or is idle.
        if unsafe { self.queue.cancel(waiter, |word| word) } == State::Entered {
            self.notify_one();
        }
    }

    /// Joins the queue if there is still a guard, dropping that, and looks whether the waiter was notified. The waiter is pinned, and
    /// dropping what it is a part of gives up.
    fn poll_notified<G>(
        &self,
        guard: &mut Option<G>,
        waiter: &Waiter,
        site: Site,
        context: &mut Context<'_>,
    ) -> Poll<State> {
        if let Some(guard) = guard.take() {
            let mut guard = Some(guard);
            if seeded!(C3) {
                guard = None;
            }
            let wake = || Wake::Task(context.waker().clone());
            self.queue.watch().waits(waiter, Some(context.waker()), site, Stake::NOTHING);
            // SAFETY: the waiter is idle, its future is pinned, and dropping the future cancels.
            unsafe { self.queue.join(waiter, wake, arrive) };
            drop(guard);
        }
        // SAFETY: there is no guard any more, so the waiter joined this queue.
        let state = ready!(unsafe { self.queue.look_again(waiter, context) });
        self.queue.watch().served(waiter);
        Poll::Ready(state)
    }
}

macro_rules! future {
    ($(#[$attribute:meta])* $name:ident[$($lifetime:lifetime)?], $lock:ty, $guard:ty) => {
        pin_project! {
            $(#[$attribute])*
            ///
            /// Dropped, it leaves the queue; if it had been notified and does not have the mutex, the next is notified instead.
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<'c, $($lifetime,)? T, P: Policy = Fifo>
            where
                T: ?Sized,
            {
                #[pin]
                lock: $lock,
                // Until the first poll.
                guard: Option<$guard>,
                // Whether the mutex was given out: until then a signal could be used by another.
                finished: bool,
                condvar: &'c Condvar,
                #[pin]
                waiter: Waiter,
                site: Site,
            }

            impl<'c, $($lifetime,)? T: ?Sized, P: Policy> PinnedDrop for $name<'c, $($lifetime,)? T, P> {
                fn drop(this: Pin<&mut Self>) {
                    let this = this.project();
                    if !*this.finished {
                        this.condvar.give_up(&this.waiter);
                    }
                }
            }
        }

        impl<'c, $($lifetime,)? T: ?Sized, P: Policy> $name<'c, $($lifetime,)? T, P> {
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub(super) fn new(condvar: &'c Condvar, lock: $lock, guard: $guard) -> Self {
                Self {
                    lock,
                    guard: Some(guard),
                    finished: false,
                    condvar,
                    waiter: Waiter::new(0),
                    site: Site::caller(),
                }
            }
        }

        impl<$($lifetime,)? T: ?Sized, P: Policy> Future for $name<'_, $($lifetime,)? T, P> {
            type Output = $guard;

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                let this = self.project();
                ready!(this.condvar.poll_notified(this.guard, &this.waiter, *this.site, context));
                let guard = ready!(this.lock.poll(context));
                *this.finished = true;
                Poll::Ready(guard)
            }
        }

        impl<$($lifetime,)? T: ?Sized, P: Policy> fmt::Debug for $name<'_, $($lifetime,)? T, P> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

future! {
    /// Waits to be notified and then for the mutex; made by [`Condvar::wait`].
    CondvarWait['m], Lock<'m, T, P>, MutexGuard<'m, T, P>
}
#[cfg(feature = "alloc")]
future! {
    /// Waits to be notified and then for the mutex, which it keeps alive; made by [`Condvar::wait_owned`].
    CondvarWaitOwned[], LockOwned<T, P>, OwnedMutexGuard<T, P>
}
