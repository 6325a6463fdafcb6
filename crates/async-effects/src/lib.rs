//! Describing async work: effects that wrap a future or a function that makes futures.
//!
//! ```
//! use std::time::Duration;
//! use async_effects::{Backoff, ManualTimer, Retryable, Timer, timeout};
//!
//! let timer = ManualTimer::new(); // or `async_effects::tokio::TokioTimer`, or a timer of your own
//! let too_slow = || timer.sleep(Duration::from_secs(10));
//! let fetch = || timeout(&timer, Duration::from_secs(1), too_slow());
//! let outcome = timer.run(fetch.retry(Backoff::exponential(Duration::from_secs(2))).timer(&timer)).unwrap();
//! assert!(outcome.is_err());
//! assert_eq!(timer.elapsed(), Duration::from_secs((1 + 2) + (1 + 4) + (1 + 8) + 1));
//! ```
//!
//! | item | use it for |
//! |---|---|
//! | [`Retry`], by [`Retryable::retry`] | running an operation again when it fails |
//! | [`Backoff`], [`Jitter`] | how long to wait before each retry |
//! | [`Timeout`], by [`timeout()`] and [`timeout_at`] | a limit in time |
//! | [`AsyncEffect`] | async work as a value that can be run again, and composed; see its [`laws`] |
//! | [`Timer`] | where time comes from; yours is a few lines |
//! | [`ManualTimer`] | tests in virtual time, without a runtime |
//!
//! # Guarantees
//!
//! Retry and timeout are state machines in place: they allocate nothing, start nothing in the background, and are cancelled
//! by dropping them. They leave the timer alone while they do not need it: a future that is ready at its first poll, and a
//! retry after no delay, touch neither clock nor timer.
//!
//! # Features
//!
//! - `alloc` (default): [`ManualTimer`] and [`laws`].
//! - `tokio`: the module `tokio`, with a timer on tokio's clock.
//!
//! Without them the crate needs `core` alone. It has no `unsafe` code.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod backoff;
mod effect;
#[cfg(feature = "alloc")]
pub mod laws;
#[cfg(feature = "alloc")]
mod manual;
mod random;
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
mod retry;
mod timeout;
mod timer;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use backoff::{Backoff, Delays, Jitter};
pub use effect::{AsyncEffect, Map, Pure, Retrying, Then, Within, pure};
#[cfg(feature = "alloc")]
pub use manual::{ManualSleep, ManualTimer, Stalled};
pub use random::SplitMix64;
pub use retry::{NoTimer, Retry, RetryFuture, Retryable};
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};
pub use timer::Timer;
