//! The future that waits for the lock.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Mutex, MutexGuard};
use crate::policy::{Fifo, Policy};
use crate::wait::Place;

pin_project! {
    /// Waits for the lock of a [`Mutex`]; made by [`Mutex::lock`].
    ///
    /// It joins the queue when it is first polled. Dropped, it leaves the queue; a lock that it had been handed goes on to the
    /// next.
    #[must_use = "futures do nothing unless polled"]
    pub struct Lock<'a, T, P: Policy = Fifo>
    where
        T: ?Sized,
    {
        #[pin]
        place: Place<&'a Mutex<T, P>>,
    }
}

impl<'a, T: ?Sized, P: Policy> Lock<'a, T, P> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(mutex: &'a Mutex<T, P>, want: u32) -> Self {
        Self { place: Place::new(mutex, want) }
    }
}

impl<'a, T: ?Sized, P: Policy> Future for Lock<'a, T, P> {
    type Output = MutexGuard<'a, T, P>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = self.project().place;
        let want = if P::PLAIN { 0 } else { place.need() };
        match place.poll_enter(want, context) {
            Poll::Ready(Ok(mutex)) => Poll::Ready(MutexGuard::new(mutex)),
            // A mutex is never closed.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: ?Sized, P: Policy> fmt::Debug for Lock<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}
