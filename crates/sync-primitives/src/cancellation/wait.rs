//! The futures that wait for a token to be cancelled.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::CancellationToken;
use crate::wait::{Handle, Place, UntilClosed, WaitQueue};

macro_rules! handle {
    ($token:ty) => {
        impl Handle for $token {
            type Rule = UntilClosed;

            #[inline]
            fn queue(&self) -> &WaitQueue<UntilClosed> {
                &self.node.queue
            }
        }
    };
}

handle!(&CancellationToken);
handle!(CancellationToken);

/// What both waiting futures are.
macro_rules! wait {
    ($(#[$attribute:meta])* $name:ident $(<$lifetime:lifetime>)?: $token:ty) => {
        pin_project! {
            $(#[$attribute])*
            ///
            /// It joins the queue when it is first polled. Dropped, it leaves the queue, and nothing is lost. Polled after it is
            /// done, it is done.
            #[must_use = "futures do nothing unless polled"]
            pub struct $name $(<$lifetime>)? {
                #[pin]
                place: Place<$token>,
            }
        }

        impl $(<$lifetime>)? $name $(<$lifetime>)? {
            pub(super) fn new(token: $token) -> Self {
                Self { place: Place::new(token, 0) }
            }

            fn is_cancelled(&self) -> bool {
                self.place.handle().is_none_or(|token| token.is_cancelled())
            }
        }

        impl $(<$lifetime>)? Future for $name $(<$lifetime>)? {
            type Output = ();

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
                // An ancestor's cancelling counts before it has come down to this token.
                if self.is_cancelled() {
                    return Poll::Ready(());
                }
                self.project().place.poll_enter(0, context).map(|_| ())
            }
        }

        impl $(<$lifetime>)? fmt::Debug for $name $(<$lifetime>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("is_cancelled", &self.is_cancelled()).finish_non_exhaustive()
            }
        }
    };
}

wait! {
    /// Waits until a token is cancelled; made by [`CancellationToken::cancelled`].
    WaitForCancellationFuture<'a>: &'a CancellationToken
}
wait! {
    /// Waits until a token is cancelled, and keeps it; made by [`CancellationToken::cancelled_owned`].
    WaitForCancellationFutureOwned: CancellationToken
}

/// What both running futures are.
macro_rules! run {
    ($(#[$attribute:meta])* $name:ident <$($lifetime:lifetime,)? F>: $token:ty, $wait:ty) => {
        pin_project! {
            $(#[$attribute])*
            ///
            /// Dropped, it drops the future. It can be polled until it is done.
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<$($lifetime,)? F> {
                #[pin]
                cancelled: $wait,
                #[pin]
                future: F,
                begun: bool,
            }
        }

        impl<$($lifetime,)? F> $name<$($lifetime,)? F> {
            pub(super) fn new(token: $token, future: F) -> Self {
                Self { cancelled: <$wait>::new(token), future, begun: false }
            }
        }

        impl<$($lifetime,)? F: Future> Future for $name<$($lifetime,)? F> {
            type Output = Option<F::Output>;

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                let this = self.project();
                if !*this.begun && this.cancelled.is_cancelled() {
                    return Poll::Ready(None);
                }
                *this.begun = true;
                if let Poll::Ready(output) = this.future.poll(context) {
                    return Poll::Ready(Some(output));
                }
                this.cancelled.poll(context).map(|()| None)
            }
        }

        impl<$($lifetime,)? F> fmt::Debug for $name<$($lifetime,)? F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("cancelled", &self.cancelled).finish_non_exhaustive()
            }
        }
    };
}

run! {
    /// Runs a future until a token is cancelled; made by [`CancellationToken::run_until_cancelled`].
    RunUntilCancelledFuture<'a, F>: &'a CancellationToken, WaitForCancellationFuture<'a>
}
run! {
    /// Runs a future until its token is cancelled; made by [`CancellationToken::run_until_cancelled_owned`].
    RunUntilCancelledFutureOwned<F>: CancellationToken, WaitForCancellationFutureOwned
}
