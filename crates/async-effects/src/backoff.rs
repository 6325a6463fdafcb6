//! [`Backoff`]: how long to wait before each retry.

use core::iter::FusedIterator;
use core::time::Duration;

use crate::random::SplitMix64;

/// How long to wait before each retry, and how many retries there are: a description, which gives the [`Delays`] anew each
/// time it is used.
///
/// | strategy | the delays before jitter, with `min_delay` = 1 s |
/// |---|---|
/// | [`constant`](Backoff::constant) | 1 s, 1 s, 1 s, 1 s |
/// | [`linear`](Backoff::linear) | 1 s, 2 s, 3 s, 4 s |
/// | [`exponential`](Backoff::exponential), factor 2 | 1 s, 2 s, 4 s, 8 s |
///
/// Each delay is cut to `max_delay`, then jittered. There are at most `max_times` delays, and none that would bring their
/// sum above `total_delay`. Unless told otherwise: `max_delay` 60 s, `max_times` 3, factor 2, no limit to the sum, no
/// jitter.
///
/// Anything else that gives durations is a strategy as well: [`Retry`](crate::Retry) takes every
/// `IntoIterator<Item = Duration>`. Delays that are too long to be told saturate; nothing here panics.
///
/// ```
/// use std::time::Duration;
/// use async_effects::Backoff;
///
/// let backoff = Backoff::exponential(Duration::from_millis(100)).with_max_delay(Duration::from_millis(350)).with_max_times(4);
/// let delays: Vec<_> = backoff.delays().map(|delay| delay.as_millis()).collect();
/// assert_eq!(delays, [100, 200, 350, 350]);
/// ```
#[doc(alias = "BackoffStrategy")]
#[doc(alias = "ExponentialBackoff")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    growth: Growth,
    min_delay: Duration,
    max_delay: Duration,
    max_times: Option<usize>,
    total_delay: Option<Duration>,
    jitter: Option<Jitter>,
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Growth {
    Constant,
    Linear,
    Exponential { factor: f64 },
}

/// How chance changes the delays, so that clients which failed together do not retry together.
///
/// Source: Brooker, *Exponential Backoff and Jitter*, 2015, whose names these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Jitter {
    /// Anything from zero to the delay.
    Full,
    /// Anything from half the delay to the delay.
    Equal,
    /// Anything from `min_delay` to three times the delay before, cut to `max_delay`; the strategy's own growth is not
    /// used.
    Decorrelated,
}

impl Backoff {
    /// The same delay each time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::Backoff;
    ///
    /// let second = Duration::from_secs(1);
    /// assert!(Backoff::constant(second).delays().eq([second; 3]));
    /// ```
    #[must_use]
    pub const fn constant(delay: Duration) -> Self {
        Self::new(Growth::Constant, delay)
    }

    /// One more `step` each time, beginning with one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::Backoff;
    ///
    /// let second = Duration::from_secs(1);
    /// assert!(Backoff::linear(second).delays().eq([second, 2 * second, 3 * second]));
    /// ```
    #[must_use]
    pub const fn linear(step: Duration) -> Self {
        Self::new(Growth::Linear, step)
    }

    /// Twice as much each time, or whatever [`with_factor`](Backoff::with_factor) says, beginning with `first`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::Backoff;
    ///
    /// let second = Duration::from_secs(1);
    /// assert!(Backoff::exponential(second).delays().eq([second, 2 * second, 4 * second]));
    /// ```
    #[must_use]
    pub const fn exponential(first: Duration) -> Self {
        Self::new(Growth::Exponential { factor: 2.0 }, first)
    }

    const fn new(growth: Growth, min_delay: Duration) -> Self {
        Self {
            growth,
            min_delay,
            max_delay: Duration::from_secs(60),
            max_times: Some(3),
            total_delay: None,
            jitter: None,
            seed: 0,
        }
    }

    /// Sets the first delay, which is also the step of a linear strategy.
    #[must_use]
    pub const fn with_min_delay(mut self, min_delay: Duration) -> Self {
        self.min_delay = min_delay;
        self
    }

    /// Cuts each delay to `max_delay`, the first included.
    #[must_use]
    pub const fn with_max_delay(mut self, max_delay: Duration) -> Self {
        self.max_delay = max_delay;
        self
    }

    /// Does not cut delays.
    #[must_use]
    pub const fn without_max_delay(self) -> Self {
        self.with_max_delay(Duration::MAX)
    }

    /// Sets by what an exponential strategy multiplies; the others are unchanged. A factor below one, or that is not a
    /// number, is taken as one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::Backoff;
    ///
    /// let delays = Backoff::exponential(Duration::from_secs(2)).with_factor(1.5).delays();
    /// assert!(delays.map(|delay| delay.as_secs_f64()).eq([2.0, 3.0, 4.5]));
    /// ```
    #[must_use]
    pub const fn with_factor(mut self, factor: f64) -> Self {
        if let Growth::Exponential { .. } = self.growth {
            // Written so that what is not a number fails the comparison.
            let factor = if factor > 1.0 { factor } else { 1.0 };
            self.growth = Growth::Exponential { factor };
        }
        self
    }

    /// Retries at most `retries` times: the operation runs at most `retries + 1` times.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::Backoff;
    ///
    /// assert_eq!(Backoff::constant(Duration::ZERO).with_max_times(5).delays().count(), 5);
    /// ```
    #[must_use]
    pub const fn with_max_times(mut self, retries: usize) -> Self {
        self.max_times = Some(retries);
        self
    }

    /// Runs the operation at most `attempts` times, the first run included. It always runs once, so zero is taken as one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::Backoff;
    ///
    /// assert_eq!(Backoff::constant(Duration::ZERO).with_max_attempts(5).delays().count(), 4);
    /// ```
    #[must_use]
    pub const fn with_max_attempts(self, attempts: usize) -> Self {
        self.with_max_times(attempts.saturating_sub(1))
    }

    /// Retries without a limit to the number of times.
    #[must_use]
    pub const fn without_max_times(mut self) -> Self {
        self.max_times = None;
        self
    }

    /// Ends before the delay that would bring their sum above `total_delay`. It counts delays, not how long the attempts
    /// take: for a limit to both, put a [`timeout`](crate::timeout()) around the retry.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::Backoff;
    ///
    /// let second = Duration::from_secs(1);
    /// let backoff = Backoff::linear(second).without_max_times().with_total_delay(7 * second);
    /// assert!(backoff.delays().eq([second, 2 * second, 3 * second]));
    /// ```
    #[must_use]
    pub const fn with_total_delay(mut self, total_delay: Duration) -> Self {
        self.total_delay = Some(total_delay);
        self
    }

    /// Lets chance change the delays. The same seed gives the same delays, so clients and calls that shall not retry
    /// together need seeds of their own: take one from the operating system or a [`SplitMix64`] for each call.
    ///
    /// ```
    /// use std::hash::{BuildHasher, RandomState};
    /// use std::time::Duration;
    /// use async_effects::{Backoff, Jitter};
    ///
    /// let seed = RandomState::new().hash_one(0);
    /// let backoff = Backoff::exponential(Duration::from_secs(1)).with_jitter(Jitter::Full, seed);
    /// assert!(backoff.delays().zip([1, 2, 4]).all(|(delay, most)| delay <= Duration::from_secs(most)));
    /// ```
    #[must_use]
    pub const fn with_jitter(mut self, jitter: Jitter, seed: u64) -> Self {
        self.jitter = Some(jitter);
        self.seed = seed;
        self
    }

    /// The delays, from the first on.
    pub const fn delays(&self) -> Delays {
        Delays { rest: *self, next: self.min_delay }
    }
}

impl IntoIterator for Backoff {
    type Item = Duration;
    type IntoIter = Delays;

    fn into_iter(self) -> Delays {
        self.delays()
    }
}

/// The delays of a [`Backoff`], one for each retry; made by [`Backoff::delays`].
#[derive(Clone, Debug, PartialEq)]
#[must_use = "iterators are lazy"]
pub struct Delays {
    /// What is left of the limits, and the seed of the numbers to come.
    rest: Backoff,
    /// The next delay before it is cut and jittered; with decorrelated jitter, the delay before.
    next: Duration,
}

impl Delays {
    fn grow(&mut self) -> Duration {
        let this = self.next;
        self.next = match self.rest.growth {
            Growth::Constant => this,
            Growth::Linear => this.saturating_add(self.rest.min_delay),
            Growth::Exponential { factor } => multiply(this, factor),
        };
        this.min(self.rest.max_delay)
    }

    fn jittered(&mut self) -> Duration {
        match self.rest.jitter {
            None => self.grow(),
            Some(Jitter::Full) => {
                let most = self.grow();
                self.between(Duration::ZERO, most)
            }
            Some(Jitter::Equal) => {
                let most = self.grow();
                self.between(most / 2, most)
            }
            Some(Jitter::Decorrelated) => {
                let most = self.next.saturating_mul(3);
                let delay = self.between(self.rest.min_delay, most).min(self.rest.max_delay);
                self.next = delay;
                delay
            }
        }
    }

    /// Anything from `least` to `most`; where they are more than 584 years apart, to 584 years above `least`.
    fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let span = most.saturating_sub(least).as_nanos();
        let span = u64::try_from(span).unwrap_or(u64::MAX);
        let mut random = SplitMix64::new(self.rest.seed);
        let above = random.up_to(span);
        self.rest.seed = random.into_seed();
        least.saturating_add(Duration::from_nanos(above))
    }
}

/// `duration * factor` for a factor of at least one; the longest duration where that cannot be told.
fn multiply(duration: Duration, factor: f64) -> Duration {
    let whole = factor as u32;
    if f64::from(whole) == factor {
        return duration.saturating_mul(whole);
    }
    if duration.is_zero() {
        return Duration::ZERO;
    }
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if let Some(times) = &mut self.rest.max_times {
            *times = times.checked_sub(1)?;
        }
        let delay = self.jittered();
        if let Some(total) = &mut self.rest.total_delay {
            match total.checked_sub(delay) {
                Some(left) => *total = left,
                None => {
                    self.rest.max_times = Some(0);
                    return None;
                }
            }
        }
        Some(delay)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match (self.rest.max_times, self.rest.total_delay) {
            // The sum may end the delays early.
            (most, Some(_)) => (0, most),
            (Some(most), None) => (most, Some(most)),
            (None, None) => (usize::MAX, None),
        }
    }
}

impl FusedIterator for Delays {}
