//! Who holds what, who waits and for how long, and what may go wrong: diagnostics of [`Mutex`](crate::Mutex), [`RwLock`](crate::RwLock),
//! [`Semaphore`](crate::Semaphore) and [`Condvar`](crate::Condvar), and those who wait for an event or at a channel, with the feature `diagnostics`.
//!
//! ```
//! use sync_primitives::{Mutex, diagnostics};
//!
//! let (left, right) = (Mutex::new(1).named("left"), Mutex::new(2).named("right"));
//! {
//!     let _left = left.blocking_lock();
//!     let _right = right.blocking_lock();
//! }
//! {
//!     let _right = right.blocking_lock();
//!     let _left = left.blocking_lock(); // nobody is in the way, this time
//! }
//! let reports = diagnostics::reports();
//! let report = reports.iter().find(|report| report.primitives().any(|lock| lock.name == Some("left"))).unwrap();
//! assert!(report.to_string().starts_with("potential deadlock: locks are asked for in different orders"));
//! ```
//!
//! | question | answer |
//! |---|---|
//! | how often is it taken, how often does one wait, for how long? | [`Info::counts`], [`Info::waits`] |
//! | who holds it, who waits for it, where in the code? | [`Info::holders`], [`Info::waiting`] |
//! | may locks be taken in such orders that two wait for each other? | [`Report::LockOrder`], when the second order is seen |
//! | does one wait for itself? | [`Report::Relock`], at once of a thread; of a task that has a name, by [`check`] |
//! | was a future let in that nobody polls, so that all others wait? | [`Report::Futurelock`], when another comes, or by [`check`] |
//!
//! `named` gives a primitive its name, which is there without the feature too and does nothing then; [`task`] gives a task one. What is called by `try_` makes no order, since it does
//! not wait, but what it got is held. Taking one lock again and again, or locks in one order, reports nothing.
//!
//! # Those who do not move
//!
//! Of a program that stands still nobody reports anything. Let a thread look:
//!
//! ```no_run
//! use sync_primitives::diagnostics;
//!
//! std::thread::spawn(|| loop {
//!     std::thread::sleep(std::time::Duration::from_secs(5));
//!     if diagnostics::check() > 0 {
//!         diagnostics::snapshot().iter().filter(|info| !info.waiting.is_empty()).for_each(|info| eprintln!("{info}"));
//!     }
//! });
//! ```
//!
//! # What it costs, and what it cannot see
//!
//! Without the feature nothing: no memory, no instruction. With it each acquisition takes a few short locks and reads a clock, and a primitive
//! has a record of some 1.2 KiB from its first use on: for tests and staging, not for what must be fast.
//!
//! A guard is taken to be dropped by the task or thread that got it. If another drops it, the holder is found where it is the only one; where several read, or hold permits, no order is
//! concluded any more from what they hold. Guards that a task without a name gets by `try_` belong to its thread. A task without a name is known by its waker, which
//! another task may have later.

mod actor;
mod clock;
mod histogram;
mod info;
mod order;
mod probe;
mod record;
mod report;
mod world;

pub use actor::{Actor, Task, task};
pub use clock::set_clock;
pub use histogram::Histogram;
pub use info::{Counts, Holder, Info, Primitive, Waiting};
pub(crate) use probe::{Probe, Site};
pub use report::{Futurelock, Report, Step};
pub use world::{check, reports, set_bound, set_hook, snapshot, take_reports};

pub use crate::watched::Kind;
