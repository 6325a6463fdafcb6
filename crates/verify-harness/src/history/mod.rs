//! Histories: what concurrent operations did, and whether that was allowed.
//!
//! A [`History`] is a list of [`Operation`]s with their calls and returns. A [`Specification`] says what the structure may do
//! when operations happen one after the other; [`spec`] holds the common ones.

mod operation;
pub mod spec;
mod specification;

pub use operation::{Builder, History, HistoryError, Operation};
pub use specification::Specification;
