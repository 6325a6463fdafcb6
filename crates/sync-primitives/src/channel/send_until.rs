//! Sending that ends with another future, and gives the value back then.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::error::{SendError, SendTimeoutError};
use super::sending::Send;

pin_project! {
    /// Sends, but not past the end of another future; made by [`Send::until`].
    ///
    /// When the time is over it gives the value back. Dropped, it leaves the queue, and the value is dropped unsent.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct SendUntil<'a, T, S> {
        #[pin]
        send: Send<'a, T>,
        #[pin]
        time: S,
    }
}

impl<'a, T> Send<'a, T> {
    /// Sends, but not past the end of `time`, which is any future: a sleep of whatever timer there is. As [`Wait::until`](crate::futures::Wait::until), but the value
    /// comes back.
    ///
    /// ```
    /// use sync_primitives::mpsc::{self, error::SendTimeoutError};
    ///
    /// # pollster::block_on(async {
    /// let (sender, mut receiver) = mpsc::channel(1);
    /// sender.send(1).until(std::future::pending::<()>()).await.unwrap();
    /// let late = sender.send(2).until(std::future::ready(())).await;
    /// assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
    /// assert_eq!(receiver.recv().await, Some(1));
    /// # });
    /// ```
    pub fn until<S: Future>(self, time: S) -> SendUntil<'a, T, S> {
        SendUntil { send: self, time }
    }
}

impl<T, S: Future> Future for SendUntil<'_, T, S> {
    type Output = Result<(), SendTimeoutError<T>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let closed = |SendError(value)| SendTimeoutError::Closed(value);
        if let Poll::Ready(outcome) = this.send.as_mut().poll(context) {
            return Poll::Ready(outcome.map_err(closed));
        }
        if this.time.poll(context).is_pending() {
            return Poll::Pending;
        }
        // Given a slot at the last moment: it is sent.
        if let Poll::Ready(outcome) = this.send.as_mut().poll(context) {
            return Poll::Ready(outcome.map_err(closed));
        }
        match this.send.cancel() {
            Some(value) => Poll::Ready(Err(SendTimeoutError::Timeout(value))),
            // It waits, so it has its value.
            None => Poll::Pending,
        }
    }
}
