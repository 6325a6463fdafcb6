//! Concurrent code that can be checked: the selvedge crates under one name.
//!
//! ```
//! use std::time::Duration;
//! use selvedge::effects::{Backoff, ManualTimer, Retryable};
//! use selvedge::sync::spin::Mutex;
//!
//! static FAILURES: Mutex<Vec<&str>> = Mutex::new(Vec::new());
//!
//! let timer = ManualTimer::new();
//! let mut answers = [Err("busy"), Err("down"), Ok(7)].into_iter();
//! let fetch = (|| std::future::ready(answers.next().unwrap())).retry(Backoff::exponential(Duration::from_secs(1)));
//! let fetched = timer.run(fetch.notify(|error, _| FAILURES.lock().push(error)).timer(&timer));
//! assert_eq!((fetched, timer.elapsed()), (Ok(Ok(7)), Duration::from_secs(1 + 2)));
//! assert_eq!(*FAILURES.lock(), ["busy", "down"]);
//! ```
//!
//! | module | feature | what is there | the crate by itself |
//! |---|---|---|---|
//! | `collections` | `collections` (default) | queues, stacks and cells without locks | `lockfree-collections` |
//! | `sync` | `sync` (default) | locks and other ways of waiting | `sync-primitives` |
//! | `effects` | `effects` (default) | retry, back-off, timeout and effects for async code | `async-effects` |
//! | `memory_model` | `memory-model` | which executions the memory model allows | `memory-model` |
//! | `verify` | `verify` | model checker, history checkers, evidence | `verify-harness` |
//!
//! Each module is the crate of its row, whole and unchanged; there is no other code here. A program that needs one of them
//! may as well depend on that crate.
//!
//! Further features: `std` (default) turns on what the modules do with the standard library, `cache` adds the concurrent cache to
//! `collections`, `tokio` turns on the timer of `effects` on tokio's clock, `diagnostics` the counts and reports of `sync`.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "effects")]
pub use async_effects as effects;
#[cfg(feature = "collections")]
pub use lockfree_collections as collections;
#[cfg(feature = "memory-model")]
pub use memory_model;
#[cfg(feature = "sync")]
pub use sync_primitives as sync;
#[cfg(feature = "verify")]
pub use verify_harness as verify;

#[cfg(all(doctest, feature = "sync"))]
#[doc = include_str!("../README.md")]
mod readme {}
#[cfg(all(doctest, feature = "verify"))]
#[doc = include_str!("../../../README.md")]
mod project_readme {}
#[cfg(all(doctest, feature = "collections", feature = "memory-model", feature = "verify"))]
#[doc = include_str!("../../../docs/src/start.md")]
mod book_start {}
#[cfg(all(doctest, feature = "verify"))]
#[doc = include_str!("../../../docs/src/check-your-code.md")]
mod book_check_your_code {}
