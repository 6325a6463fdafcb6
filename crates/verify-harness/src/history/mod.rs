//! Histories: what concurrent operations did, and whether that was allowed.
//!
//! A [`History`] is a list of [`Operation`]s with their calls and returns. A [`Specification`] says what the structure may do
//! when operations happen one after the other; [`spec`] holds the common ones.

mod checker;
mod counterexample;
mod minimise;
mod monitor;
mod operation;
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
