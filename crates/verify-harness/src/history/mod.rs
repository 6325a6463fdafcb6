//! Histories: what concurrent operations did, and whether that was allowed.
//!
//! A [`History`] is a list of [`Operation`]s with their calls and returns. It comes from a [recorder] that ran with native threads,
//! or from a log file. A [`Specification`] says what the structure may do when operations happen one after the other; [`spec`]
//! holds the common ones. A [`Checker`] decides whether the history is linearizable: it gives a witness order, or a small
//! [`Counterexample`].

mod checker;
mod clock;
mod counterexample;
#[cfg(feature = "import")]
pub mod import;
mod minimise;
mod monitor;
mod operation;
pub mod recorder;
mod render;
pub mod spec;
mod specification;
mod verdict;
mod wgl;

pub use checker::Checker;
pub use counterexample::{CoreOperation, Counterexample, Refusal};
pub use monitor::Monitored;
pub use operation::{Builder, History, HistoryError, Operation};
pub use specification::Specification;
pub use verdict::{Reason, Verdict};

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
