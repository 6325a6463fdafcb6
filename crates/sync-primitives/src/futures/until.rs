//! [`Until`]: waiting for a time.

use core::error::Error;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

pin_project! {
    /// Waits, but not past the end of another future; made by [`Wait::until`](super::Wait::until).
    ///
    /// Dropped, or when the time is over, it drops what waits, which leaves its queue.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Until<W, S> {
        #[pin]
        wait: W,
        #[pin]
        time: S,
    }
}

impl<W, S> Until<W, S> {
    pub(super) fn new(wait: W, time: S) -> Self {
        Self { wait, time }
    }
}

impl<W: Future, S: Future> Future for Until<W, S> {
    type Output = Result<W::Output, TimedOut>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(output) = this.wait.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        if this.time.poll(context).is_pending() {
            return Poll::Pending;
        }
        // Let in at the last moment: what is had is had.
        Poll::Ready(match this.wait.poll(context) {
            Poll::Ready(output) => Ok(output),
            Poll::Pending => Err(TimedOut),
        })
    }
}

/// The time was over first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl Error for TimedOut {}
