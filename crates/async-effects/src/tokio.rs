//! The timer of the tokio runtime, and tokio's names for timeouts on it.

use core::fmt;
use core::future::{Future, IntoFuture};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project_lite::pin_project;
use tokio::task::Unconstrained;
use tokio::time::{Instant, Sleep};

use crate::timeout::Timeout;
use crate::timer::Timer;

/// tokio's clock and timers, paused time in tests included.
///
/// A sleep made by it is not held back by tokio's budget for co-operation: a timeout around a future which uses up the
/// whole budget at each poll still elapses.
///
/// # Panics
///
/// Making a sleep panics outside a tokio runtime whose time driver is on, as in tokio.
///
/// ```
/// use std::time::Duration;
/// use async_effects::tokio::TokioTimer;
/// use async_effects::{Backoff, Retryable};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let mut answers = [Err("busy"), Ok(7)].into_iter();
/// let fetch = || std::future::ready(answers.next().unwrap());
/// let fetched = fetch.retry(Backoff::constant(Duration::from_millis(10))).timer(TokioTimer).await;
/// assert_eq!(fetched, Ok(7));
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    type Instant = Instant;
    type Sleep = TokioSleep;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, duration: Duration) -> TokioSleep {
        TokioSleep { sleep: tokio::task::unconstrained(tokio::time::sleep(duration)) }
    }

    fn sleep_until(&self, deadline: Instant) -> TokioSleep {
        TokioSleep { sleep: tokio::task::unconstrained(tokio::time::sleep_until(deadline)) }
    }
}

pin_project! {
    /// Waits for a point on tokio's clock.
    #[must_use = "futures do nothing unless polled"]
    pub struct TokioSleep {
        #[pin]
        sleep: Unconstrained<Sleep>,
    }
}

impl fmt::Debug for TokioSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioSleep").finish_non_exhaustive()
    }
}

impl Future for TokioSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(context)
    }
}

/// [`timeout`](crate::timeout()) on tokio's clock: the signature of `tokio::time::timeout`.
///
/// ```
/// use std::time::Duration;
/// use async_effects::tokio::timeout;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// assert!(timeout(Duration::from_secs(1), std::future::pending::<()>()).await.is_err());
/// # }
/// ```
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture, TokioTimer> {
    crate::timeout::timeout(TokioTimer, duration, future)
}

/// [`timeout_at`](crate::timeout_at) on tokio's clock: the signature of `tokio::time::timeout_at`.
///
/// ```
/// use std::time::Duration;
/// use async_effects::tokio::timeout_at;
/// use tokio::time::Instant;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let deadline = Instant::now() + Duration::from_secs(1);
/// assert_eq!(timeout_at(deadline, async { 7 }).await, Ok(7));
/// # }
/// ```
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture, TokioTimer> {
    crate::timeout::timeout_at(TokioTimer, deadline, future)
}
