//! [`AsyncEffect`]: async work as a value that can be run, again and again.

use core::fmt;
use core::future::{Future, ready};
use core::time::Duration;

use crate::retry::Retryable;
use crate::timeout::{Elapsed, timeout};
use crate::timer::Timer;

/// A description of async work: a value which does nothing by itself, and does the same work anew each time it is run.
///
/// A future runs once; an effect is what such futures are made from. That is why effects compose where futures do not: a
/// retry of a timeout of a request makes a new request with a new timeout for each attempt, whatever stands inside. Every
/// function or closure `Fn() -> impl Future` is an effect, [`pure`] is the effect of doing nothing, and the methods make
/// larger effects from smaller ones. They keep the laws of [`laws`](crate::laws), so a chain may be cut into parts and put
/// together again without changing what it does.
///
/// - Cost: effects and their futures are plain state machines without allocation; `map` and `then` add no poll of their own.
/// - Cancel safety: dropping the future of a run drops what is under way; the effect is untouched and may be run again.
/// - The future of a run is `Send` when its parts are, which the compiler sees wherever it knows the effect's type. Code
///   that is generic over effects cannot ask for it.
///
/// ```
/// use std::cell::Cell;
/// use std::time::Duration;
/// use async_effects::{AsyncEffect, Backoff, ManualTimer, Timer};
///
/// let timer = ManualTimer::new();
/// let requests = Cell::new(0);
/// let request = || async {
///     requests.set(requests.get() + 1);
///     timer.sleep(Duration::from_secs(if requests.get() < 3 { 60 } else { 1 })).await;
///     "page"
/// };
/// let length = request
///     .within(&timer, Duration::from_secs(5))
///     .retrying(&timer, Backoff::constant(Duration::from_secs(2)))
///     .map(|page| page.map(str::len));
/// assert_eq!(requests.get(), 0, "nothing has run yet");
/// assert_eq!(timer.run(length.run()).unwrap(), Ok(4));
/// assert_eq!((requests.get(), timer.elapsed()), (3, Duration::from_secs(5 + 2 + 5 + 2 + 1)));
/// ```
pub trait AsyncEffect {
    /// What a run gives.
    type Output;

    /// Makes a future that does the work once; it begins when it is first polled.
    fn run(&self) -> impl Future<Output = Self::Output>;

    /// Then applies `f` to what it gave.
    ///
    /// ```
    /// use async_effects::{AsyncEffect, ManualTimer, pure};
    ///
    /// assert_eq!(ManualTimer::new().run(pure(20).map(|n| n + 1).run()), Ok(21));
    /// ```
    fn map<U, F: Fn(Self::Output) -> U>(self, f: F) -> Map<Self, F>
    where
        Self: Sized,
    {
        Map { effect: self, f }
    }

    /// Then runs the effect that `f` makes of what it gave.
    ///
    /// ```
    /// use async_effects::{AsyncEffect, ManualTimer, pure};
    ///
    /// let doubled = pure(20).then(|n| pure(n * 2));
    /// assert_eq!(ManualTimer::new().run(doubled.run()), Ok(40));
    /// ```
    #[doc(alias = "and_then")]
    #[doc(alias = "bind")]
    #[doc(alias = "flat_map")]
    fn then<E: AsyncEffect, F: Fn(Self::Output) -> E>(self, f: F) -> Then<Self, F>
    where
        Self: Sized,
    {
        Then { effect: self, f }
    }

    /// Allows each run as much as `duration`; see [`timeout()`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::{AsyncEffect, ManualTimer};
    ///
    /// let timer = ManualTimer::new();
    /// let never = || std::future::pending::<()>();
    /// assert!(timer.run(never.within(&timer, Duration::from_secs(1)).run()).unwrap().is_err());
    /// ```
    #[doc(alias = "timeout")]
    fn within<T: Timer>(self, timer: T, duration: Duration) -> Within<Self, T>
    where
        Self: Sized,
    {
        Within { effect: self, timer, duration }
    }

    /// Runs again when a run failed; see [`Retry`](crate::Retry). Each run of the whole begins `backoff` anew, so a
    /// jittered strategy gives the same delays each time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::{AsyncEffect, Backoff, ManualTimer};
    ///
    /// let timer = ManualTimer::new();
    /// let fails = || async { Err::<(), _>("no") };
    /// let patient = fails.retrying(&timer, Backoff::constant(Duration::from_secs(1)).with_max_attempts(3));
    /// assert_eq!(timer.run(patient.run()), Ok(Err("no")));
    /// assert_eq!(timer.elapsed(), Duration::from_secs(2));
    /// ```
    #[doc(alias = "retry")]
    fn retrying<V, X, T, B>(self, timer: T, backoff: B) -> Retrying<Self, T, B>
    where
        Self: Sized + AsyncEffect<Output = Result<V, X>>,
        T: Timer,
        B: Clone + IntoIterator<Item = Duration>,
    {
        Retrying { effect: self, timer, backoff }
    }
}

impl<F, Fut> AsyncEffect for F
where
    F: Fn() -> Fut,
    Fut: Future,
{
    type Output = Fut::Output;

    async fn run(&self) -> Fut::Output {
        self().await
    }
}

/// The effect that does nothing and gives `value`.
///
/// ```
/// use async_effects::{AsyncEffect, ManualTimer, pure};
///
/// let seven = pure(7);
/// assert_eq!(ManualTimer::new().run(seven.run()), Ok(7));
/// assert_eq!(ManualTimer::new().run(seven.run()), Ok(7));
/// ```
#[doc(alias = "ready")]
#[doc(alias = "unit")]
pub fn pure<V: Clone>(value: V) -> Pure<V> {
    Pure { value }
}

/// An effect that does nothing; made by [`pure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "effects do nothing unless run"]
pub struct Pure<V> {
    value: V,
}

impl<V: Clone> AsyncEffect for Pure<V> {
    type Output = V;

    fn run(&self) -> impl Future<Output = V> {
        ready(self.value.clone())
    }
}

/// An effect whose output goes through a function; made by [`AsyncEffect::map`].
#[derive(Clone, Copy)]
#[must_use = "effects do nothing unless run"]
pub struct Map<E, F> {
    effect: E,
    f: F,
}

impl<E: AsyncEffect, U, F: Fn(E::Output) -> U> AsyncEffect for Map<E, F> {
    type Output = U;

    async fn run(&self) -> U {
        (self.f)(self.effect.run().await)
    }
}

/// An effect followed by one that depends on its output; made by [`AsyncEffect::then`].
#[derive(Clone, Copy)]
#[must_use = "effects do nothing unless run"]
pub struct Then<E, F> {
    effect: E,
    f: F,
}

impl<E: AsyncEffect, N: AsyncEffect, F: Fn(E::Output) -> N> AsyncEffect for Then<E, F> {
    type Output = N::Output;

    async fn run(&self) -> N::Output {
        let next = (self.f)(self.effect.run().await);
        next.run().await
    }
}

/// An effect with a limit in time; made by [`AsyncEffect::within`].
#[derive(Clone, Copy)]
#[must_use = "effects do nothing unless run"]
pub struct Within<E, T> {
    effect: E,
    timer: T,
    duration: Duration,
}

impl<E: AsyncEffect, T: Timer> AsyncEffect for Within<E, T> {
    type Output = Result<E::Output, Elapsed>;

    fn run(&self) -> impl Future<Output = Self::Output> {
        // An inner run that has not been polled has not begun.
        timeout(&self.timer, self.duration, self.effect.run())
    }
}

/// An effect that is run again when it fails; made by [`AsyncEffect::retrying`].
#[derive(Clone, Copy)]
#[must_use = "effects do nothing unless run"]
pub struct Retrying<E, T, B> {
    effect: E,
    timer: T,
    backoff: B,
}

impl<E, V, X, T, B> AsyncEffect for Retrying<E, T, B>
where
    E: AsyncEffect<Output = Result<V, X>>,
    T: Timer,
    B: Clone + IntoIterator<Item = Duration>,
{
    type Output = Result<V, X>;

    fn run(&self) -> impl Future<Output = Result<V, X>> {
        (|| self.effect.run()).retry(self.backoff.clone()).timer(&self.timer).into_future()
    }
}

/// `Debug` of the combinators shows what can be shown: the effect inside.
macro_rules! impl_debug {
    ($($name:ident<$effect:ident, $($other:ident),+>)+) => {$(
        impl<$effect: fmt::Debug, $($other),+> fmt::Debug for $name<$effect, $($other),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("effect", &self.effect).finish_non_exhaustive()
            }
        }
    )+};
}
impl_debug!(Map<E, F> Then<E, F> Within<E, T> Retrying<E, T, B>);
