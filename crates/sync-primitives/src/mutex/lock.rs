//! The future that waits for the lock.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Mutex, MutexGuard};
use crate::wait::Place;

pin_project! {
    /// Waits for the lock of a [`Mutex`]; made by [`Mutex::lock`].
    ///
    /// It joins the queue when it is first polled. Dropped, it leaves the queue; a lock that it had been handed goes on to the
    /// next.
    #[must_use = "futures do nothing unless polled"]
    pub struct Lock<'a, T>
    where
        T: ?Sized,
    {
        #[pin]
        place: Place<&'a Mutex<T>>,
    }
}

impl<'a, T: ?Sized> Lock<'a, T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(mutex: &'a Mutex<T>) -> Self {
        Self { place: Place::new(mutex, 0) }
    }
}

impl<'a, T: ?Sized> Future for Lock<'a, T> {
    type Output = MutexGuard<'a, T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().place.poll_enter(0, context) {
            Poll::Ready(Ok(mutex)) => Poll::Ready(MutexGuard::new(mutex)),
            // A mutex is never closed.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: ?Sized> fmt::Debug for Lock<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}
