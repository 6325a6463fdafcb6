//! [`Timeout`]: a future with a limit in time.

use core::error::Error;
use core::fmt;
use core::future::{Future, IntoFuture};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project_lite::pin_project;

use crate::timer::Timer;

/// Gives `future` as much as `duration` to complete, by the clock of `timer`.
///
/// The time begins when the first poll of `future` has returned `Pending`. A future that is ready at its first poll
/// therefore costs neither a look at the clock nor a timer, however short the duration; one that is not, gets a single
/// timer. A duration of zero asks whether the future is ready at its first poll, and uses no timer at all.
///
/// ```
/// use std::time::Duration;
/// use async_effects::{ManualTimer, Timer, timeout};
///
/// let timer = ManualTimer::new();
/// let slow = timer.sleep(Duration::from_secs(5));
/// let outcome = timer.run(timeout(&timer, Duration::from_secs(2), slow)).unwrap();
/// assert!(outcome.is_err());
/// assert_eq!(timer.elapsed(), Duration::from_secs(2));
/// ```
pub fn timeout<T: Timer, F: IntoFuture>(timer: T, duration: Duration, future: F) -> Timeout<F::IntoFuture, T> {
    Timeout { future: future.into_future(), timer, limit: Limit::After(duration), sleep: None }
}

/// Gives `future` until `deadline` to complete, by the clock of `timer`.
///
/// A future that is ready at its first poll completes even if the deadline is past. The clock is not looked at; the first
/// `Pending` of the future makes a single timer.
///
/// ```
/// use std::time::Duration;
/// use async_effects::{ManualTimer, Timer, timeout_at};
///
/// let timer = ManualTimer::new();
/// timer.advance(Duration::from_secs(10));
/// let past = Duration::from_secs(3);
/// assert_eq!(timer.run(timeout_at(&timer, past, async { 7 })).unwrap(), Ok(7));
/// assert!(timer.run(timeout_at(&timer, past, std::future::pending::<()>())).unwrap().is_err());
/// ```
pub fn timeout_at<T: Timer, F: IntoFuture>(timer: T, deadline: T::Instant, future: F) -> Timeout<F::IntoFuture, T> {
    Timeout { future: future.into_future(), timer, limit: Limit::At(deadline), sleep: None }
}

pin_project! {
    /// A future with a limit in time, made by [`timeout`] or [`timeout_at`].
    ///
    /// Each poll polls the future first, then the timer: if both are ready at the same poll, the future wins.
    ///
    /// - Cost: no allocation, one timer at most; see [`timeout`].
    /// - Cancel safety: dropping it drops the future and the timer. When the time has elapsed, the future is still there
    ///   and [`into_inner`](Timeout::into_inner) gives it back, to be polled on or dropped.
    /// - A future which blocks its thread, instead of returning `Pending`, cannot be interrupted.
    #[doc(alias = "AsyncTimeout")]
    #[must_use = "futures do nothing unless polled"]
    pub struct Timeout<F, T: Timer> {
        #[pin]
        future: F,
        timer: T,
        limit: Limit<T::Instant>,
        #[pin]
        sleep: Option<T::Sleep>,
    }
}

#[derive(Clone, Copy, Debug)]
enum Limit<I> {
    After(Duration),
    At(I),
}

impl<F, T: Timer> Timeout<F, T> {
    /// The future.
    pub fn get_ref(&self) -> &F {
        &self.future
    }

    /// The future, to change.
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.future
    }

    /// Gives the future back and drops the timer.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::{ManualTimer, timeout};
    ///
    /// let timer = ManualTimer::new();
    /// let inner = timeout(&timer, Duration::ZERO, std::future::ready(3)).into_inner();
    /// assert_eq!(timer.run(inner), Ok(3));
    /// ```
    pub fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future, T: Timer> Future for Timeout<F, T> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(output) = this.future.poll(context) {
            return Poll::Ready(Ok(output));
        }
        if this.sleep.is_none() {
            let sleep = match *this.limit {
                Limit::After(Duration::ZERO) => return Poll::Ready(Err(Elapsed(()))),
                Limit::After(duration) => this.timer.sleep(duration),
                Limit::At(deadline) => this.timer.sleep_until(deadline),
            };
            this.sleep.set(Some(sleep));
        }
        match this.sleep.as_pin_mut().map(|sleep| sleep.poll(context)) {
            Some(Poll::Ready(())) => Poll::Ready(Err(Elapsed(()))),
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }
}

impl<F: fmt::Debug, T: Timer> fmt::Debug for Timeout<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("future", &self.future).field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// The time was over before the future was ready.
///
/// ```
/// use std::time::Duration;
/// use async_effects::{ManualTimer, timeout};
///
/// let timer = ManualTimer::new();
/// let never = std::future::pending::<()>();
/// let elapsed = timer.run(timeout(&timer, Duration::from_millis(1), never)).unwrap().unwrap_err();
/// assert_eq!(elapsed.to_string(), "deadline has elapsed");
/// ```
#[doc(alias = "TimeoutError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl Error for Elapsed {}
