//! A stateless model checker: every execution of a concurrent test that Rust's memory model allows, each once.
//!
//! A test is a closure that uses the checked types of this module ([`sync`], [`cell`], [`thread`], [`hint`]) instead of
//! those of `std`. [`Builder::check`] runs it once for each *execution graph*: each way in which its reads can take
//! values from its writes, and in which the writes of each location can be ordered. Interleavings that differ in nothing
//! else are one graph and are run once.
//!
//! ```
//! use verify_harness::model::sync::Arc;
//! use verify_harness::model::sync::atomic::{AtomicU32, Ordering::Relaxed};
//! use verify_harness::model::{Builder, FailureKind, thread};
//!
//! // Store buffering: each thread may miss the other's store.
//! let report = Builder::new().explore(|| {
//!     let cells = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
//!     let other = Arc::clone(&cells);
//!     let handle = thread::spawn(move || {
//!         other[0].store(1, Relaxed);
//!         other[1].load(Relaxed)
//!     });
//!     cells[1].store(1, Relaxed);
//!     let seen = cells[0].load(Relaxed);
//!     assert!(seen == 1 || handle.join().unwrap() == 1, "both missed");
//! });
//! let failure = report.verdict.failure().expect("store buffering is allowed");
//! assert_eq!(failure.kind, FailureKind::Panic);
//! println!("{failure}");
//! ```
//!
//! # Which executions
//!
//! The model is RC11 (Lahav, Vafeiadis, Kang, Hur, Dreyer: *Repairing sequential consistency in C/C++11*, PLDI 2017) with
//! the release sequences of C++20, which is Rust's model but for one thing: program order and reads-from may not form a
//! cycle. *Load buffering* (two threads that each read what the other writes later) is therefore not explored, although
//! Rust allows it and some processors show it: without it the values of a graph can be computed by running the program.
//! Sequentially consistent accesses and fences are exact. [`Model::Sc`] explores interleavings instead.
//!
//! # What is found
//!
//! Panics, data races (of atomics and of [`cell::UnsafeCell`], also with the making of an object), deadlocks, lost
//! wakeups, loops that wait for ever, locks freed by others than their holders, leaked [`sync::CountedArc`]s; with a
//! [`alloc::TrackingAllocator`], misuse of any heap memory: see [`FailureKind`]. A bound that is hit gives
//! [`Verdict::Incomplete`], never a pass.
//!
//! A [`Failure`] shows the shortest execution found: cut down to what the failure depends on, as a table with a column for each
//! thread, then the reason, then the command that runs this execution again.
//!
//! # Too many executions
//!
//! An exploration above two seconds says once a second, on standard error, how far it is, and about how many executions there
//! are ([`Progress`], [`Report::estimated_executions`]); [`Builder::estimate`] says so without exploring. A test that is too large is sampled instead of explored: see [`Explorer`]. A sample
//! is never a proof; its verdict is [`Bound::Sampled`].
//!
//! # Environment
//!
//! `SELVEDGE_REPLAY` runs one execution ([`Builder::replay`]); `SELVEDGE_EXPLORER`, `SELVEDGE_SAMPLES`, `SELVEDGE_SEED` and
//! `SELVEDGE_PROGRESS` set the defaults of the [`Builder`]'s fields of these names.
//!
//! # Features
//!
//! `model` runs model threads as coroutines on switched stacks. `os-threads` can run them as OS threads instead, some
//! ten times slower: where `Builder::os_threads` or `SELVEDGE_OS_THREADS=1` says so, under Miri, and, without `model`, always.
//!
//! # What a test must keep to
//!
//! - It depends on nothing but the values it reads: no clocks, no random numbers, no addresses as keys. A re-run that does
//!   something else is reported as [`FailureKind::Nondeterminism`].
//! - Its threads are those of [`thread::spawn`], and they share data only through checked types.
//! - Loops end, or wait for another thread by [`hint::spin_loop`] or [`thread::yield_now`] in each iteration.
//!   A loop that writes in each round, even if it undoes that, goes on until a bound ends the exploration.
//! - An execution in which a thread waits for what comes in other executions only is not counted. Its threads are led to their
//!   ends all the same, in one way in which that may happen, so that what they own is dropped; a test that notes outcomes
//!   outside of checked types notes that one, too. Where this takes long, or a thread would start another, they are unwound
//!   instead. So destructors do not wait for other threads. They do not run after a failure.
//! - No lock of `std` is held while a checked operation is performed: the thread may not come back from it.

mod aftermath;
mod api;
mod awaits;
mod blocks;
mod builder;
mod calls;
mod clocks;
mod consistency;
mod coroutine;
mod counterexample;
mod drain;
mod estimate;
mod execution;
mod exploration;
mod explorers;
mod faults;
mod fingerprint;
mod graph;
mod heap;
mod interface;
mod numbers;
mod objects;
mod orderings;
mod outlook;
mod panics;
mod places;
mod progress;
mod replay;
mod report;
mod rerun;
mod resources;
mod revisit;
mod runtime;
mod strand;
mod trace;
mod turns;
mod unordered_frees;
mod waits;
mod workers;

pub use api::{CallSite, InvalidOrdering, alloc, cell, future, hint, lazy, sync, thread};
pub use builder::Builder;
pub use consistency::Model;
pub use estimate::Estimate;
pub use explorers::{Explorer, Sampling, UnknownExplorer};
pub use orderings::OrderingRole;
pub use progress::Progress;
pub use report::{Bound, Failure, FailureKind, Report, Verdict};
