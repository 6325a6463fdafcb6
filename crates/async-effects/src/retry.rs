//! [`Retry`]: an operation that is run again when it fails.

use core::fmt;
use core::future::{Future, IntoFuture};
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project_lite::pin_project;

use crate::timer::Timer;

/// Functions that make futures, and can therefore be run again.
pub trait Retryable<V, E>: Sized {
    /// Runs the function until it succeeds or `backoff` has no more delays; see [`Retry`].
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::time::Duration;
    /// use async_effects::{Backoff, ManualTimer, Retryable};
    ///
    /// let timer = ManualTimer::new();
    /// let runs = Cell::new(0);
    /// let fetch = || async {
    ///     runs.set(runs.get() + 1);
    ///     if runs.get() < 3 { Err("not yet") } else { Ok("here it is") }
    /// };
    /// let backoff = Backoff::exponential(Duration::from_secs(1));
    /// let fetched = timer.run(fetch.retry(backoff).timer(&timer)).unwrap();
    /// assert_eq!(fetched, Ok("here it is"));
    /// assert_eq!((runs.get(), timer.elapsed()), (3, Duration::from_secs(1 + 2)));
    /// ```
    fn retry<B: IntoIterator<Item = Duration>>(self, backoff: B) -> Retry<Self, B::IntoIter, E>;
}

impl<F, Fut, V, E> Retryable<V, E> for F
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<V, E>>,
{
    #[inline]
    fn retry<B: IntoIterator<Item = Duration>>(self, backoff: B) -> Retry<F, B::IntoIter, E> {
        Retry {
            operation: self,
            backoff: backoff.into_iter(),
            timer: NoTimer,
            when: |_| true,
            notify: |_, _| {},
            adjust: |_, delay| delay,
            error: PhantomData,
        }
    }
}

/// Stands where a [`Retry`] has not been given a timer yet. It is none, so such a `Retry` cannot be awaited.
///
/// ```compile_fail,E0277
/// use std::time::Duration;
/// use async_effects::{Backoff, Retryable};
///
/// async fn fetch() -> Result<(), ()> { Ok(()) }
///
/// async { fetch.retry(Backoff::constant(Duration::ZERO)).await };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoTimer;

/// An operation that is run again when it fails, after a delay; made by [`Retryable::retry`], run by awaiting it.
///
/// The operation runs once, and once more for each delay that the strategy gives: a strategy of three delays makes four
/// runs at most. After a run that failed, in this order:
///
/// 1. [`when`](Retry::when) says whether this error is worth a retry; if not, it is the outcome.
/// 2. The strategy gives the next delay, or none.
/// 3. [`adjust`](Retry::adjust) may change that; with no delay in the end, the error is the outcome.
/// 4. [`notify`](Retry::notify) is told.
/// 5. The delay passes, and the operation runs again.
///
/// The error in the outcome is that of the last run.
///
/// - Cost: no allocation and no clock of its own. A run that succeeds costs its own polls. A delay is one timer; a delay of
///   zero is none: the task is woken at once and the operation runs at its next poll, so that an operation that fails
///   without end leaves room for other tasks.
/// - Cancel safety: dropping the future drops the run or the timer that is under way, and nothing is run again. A run that
///   is dropped half-way may have had effects; so may one that failed. Retry what may be done twice.
/// - Nothing happens in the background: runs and delays pass only while the future is polled.
///
/// ```
/// use std::time::Duration;
/// use async_effects::{Backoff, ManualTimer, Retryable};
///
/// #[derive(Debug, PartialEq)]
/// enum Failure { Busy, NotFound }
///
/// let timer = ManualTimer::new();
/// let mut answers = [Failure::Busy, Failure::Busy, Failure::NotFound].into_iter();
/// let mut busy = 0;
/// let outcome = timer.run(
///     (|| std::future::ready(answers.next().map_or(Ok(()), Err)))
///         .retry(Backoff::constant(Duration::from_secs(1)).with_max_times(10))
///         .when(|failure| *failure == Failure::Busy)
///         .notify(|_, _| busy += 1)
///         .timer(&timer),
/// );
/// assert_eq!(outcome, Ok(Err(Failure::NotFound)));
/// assert_eq!((busy, timer.elapsed()), (2, Duration::from_secs(2)));
/// ```
#[doc(alias = "AsyncRetry")]
#[must_use = "a retry does nothing unless awaited"]
#[derive(Clone)]
pub struct Retry<
    F,
    B,
    E,
    T = NoTimer,
    W = fn(&E) -> bool,
    N = fn(&E, Duration),
    A = fn(&E, Option<Duration>) -> Option<Duration>,
> {
    operation: F,
    backoff: B,
    timer: T,
    when: W,
    notify: N,
    adjust: A,
    error: PhantomData<fn(&E)>,
}

impl<F, B, E, T, W, N, A> Retry<F, B, E, T, W, N, A> {
    /// Sets the timer that delays are taken from.
    #[inline]
    pub fn timer<U: Timer>(self, timer: U) -> Retry<F, B, E, U, W, N, A> {
        let Self { operation, backoff, timer: _, when, notify, adjust, error } = self;
        Retry { operation, backoff, timer, when, notify, adjust, error }
    }

    /// Sets which errors are worth a retry; all are unless told otherwise.
    #[inline]
    pub fn when<W2: FnMut(&E) -> bool>(self, when: W2) -> Retry<F, B, E, T, W2, N, A> {
        let Self { operation, backoff, timer, when: _, notify, adjust, error } = self;
        Retry { operation, backoff, timer, when, notify, adjust, error }
    }

    /// Sets who is told of each error that will be followed by a retry, and of the delay before it.
    #[inline]
    pub fn notify<N2: FnMut(&E, Duration)>(self, notify: N2) -> Retry<F, B, E, T, W, N2, A> {
        let Self { operation, backoff, timer, when, notify: _, adjust, error } = self;
        Retry { operation, backoff, timer, when, notify, adjust, error }
    }

    /// Sets who may change the delay after an error, for example to what a server asks for. It gets what the strategy
    /// gives, `None` when that has come to its end, and returns the delay to use, or `None` to give up. It may go on
    /// beyond the end of the strategy, and is then the only limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::{Backoff, ManualTimer, Retryable};
    ///
    /// /// Failures that say how long to stay away.
    /// struct RetryAfter(Duration);
    ///
    /// let timer = ManualTimer::new();
    /// let mut failures = [RetryAfter(Duration::from_secs(30)), RetryAfter(Duration::ZERO)].into_iter();
    /// let outcome = timer.run(
    ///     (|| std::future::ready(failures.next().map_or(Ok(()), Err)))
    ///         .retry(Backoff::constant(Duration::from_secs(1)))
    ///         .adjust(|failure, delay| delay.map(|delay| delay.max(failure.0)))
    ///         .timer(&timer),
    /// );
    /// assert!(matches!(outcome, Ok(Ok(()))));
    /// assert_eq!(timer.elapsed(), Duration::from_secs(30 + 1));
    /// ```
    #[inline]
    pub fn adjust<A2>(self, adjust: A2) -> Retry<F, B, E, T, W, N, A2>
    where
        A2: FnMut(&E, Option<Duration>) -> Option<Duration>,
    {
        let Self { operation, backoff, timer, when, notify, adjust: _, error } = self;
        Retry { operation, backoff, timer, when, notify, adjust, error }
    }
}

impl<F, B: fmt::Debug, E, T, W, N, A> fmt::Debug for Retry<F, B, E, T, W, N, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry").field("backoff", &self.backoff).finish_non_exhaustive()
    }
}

impl<F, Fut, V, B, E, T, W, N, A> IntoFuture for Retry<F, B, E, T, W, N, A>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<V, E>>,
    B: Iterator<Item = Duration>,
    T: Timer,
    W: FnMut(&E) -> bool,
    N: FnMut(&E, Duration),
    A: FnMut(&E, Option<Duration>) -> Option<Duration>,
{
    type Output = Result<V, E>;
    type IntoFuture = RetryFuture<F, Fut, B, E, T, W, N, A>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        RetryFuture { policy: self, state: State::Idle }
    }
}

pin_project! {
    /// The future of a [`Retry`].
    ///
    /// # Panics
    ///
    /// Polling it after it has completed panics.
    #[must_use = "futures do nothing unless polled"]
    pub struct RetryFuture<F, Fut, B, E, T: Timer, W, N, A> {
        policy: Retry<F, B, E, T, W, N, A>,
        #[pin]
        state: State<Fut, T::Sleep>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<Fut, S> {
        // The operation runs at the next poll.
        Idle,
        Running { #[pin] run: Fut },
        Waiting { #[pin] sleep: S },
        Completed,
    }
}

impl<F, Fut, V, B, E, T, W, N, A> Future for RetryFuture<F, Fut, B, E, T, W, N, A>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<V, E>>,
    B: Iterator<Item = Duration>,
    T: Timer,
    W: FnMut(&E) -> bool,
    N: FnMut(&E, Duration),
    A: FnMut(&E, Option<Duration>) -> Option<Duration>,
{
    type Output = Result<V, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<V, E>> {
        let mut this = self.project();
        let policy = this.policy;
        loop {
            match this.state.as_mut().project() {
                StateProjection::Idle => {
                    let run = (policy.operation)();
                    this.state.set(State::Running { run });
                }
                StateProjection::Running { run } => {
                    let error = match run.poll(context) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Ok(value)) => {
                            this.state.set(State::Completed);
                            return Poll::Ready(Ok(value));
                        }
                        Poll::Ready(Err(error)) => error,
                    };
                    // The failed run ends here, before the delay.
                    this.state.set(State::Completed);
                    let Some(delay) = policy.delay_after(&error) else { return Poll::Ready(Err(error)) };
                    if delay.is_zero() {
                        this.state.set(State::Idle);
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    let sleep = policy.timer.sleep(delay);
                    this.state.set(State::Waiting { sleep });
                }
                StateProjection::Waiting { sleep } => match sleep.poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(()) => this.state.set(State::Idle),
                },
                StateProjection::Completed => panic!("`RetryFuture` polled after it has completed"),
            }
        }
    }
}

impl<F, B, E, T, W, N, A> Retry<F, B, E, T, W, N, A>
where
    B: Iterator<Item = Duration>,
    W: FnMut(&E) -> bool,
    N: FnMut(&E, Duration),
    A: FnMut(&E, Option<Duration>) -> Option<Duration>,
{
    /// How long to wait before the retry; `None` if there is to be none.
    fn delay_after(&mut self, error: &E) -> Option<Duration> {
        if !(self.when)(error) {
            return None;
        }
        let given = self.backoff.next();
        let delay = (self.adjust)(error, given)?;
        (self.notify)(error, delay);
        Some(delay)
    }
}

impl<F, Fut, B: fmt::Debug, E, T: Timer, W, N, A> fmt::Debug for RetryFuture<F, Fut, B, E, T, W, N, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Idle => "idle",
            State::Running { .. } => "running",
            State::Waiting { .. } => "waiting",
            State::Completed => "completed",
        };
        f.debug_struct("RetryFuture")
            .field("backoff", &self.policy.backoff)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
