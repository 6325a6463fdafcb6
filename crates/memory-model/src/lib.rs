//! What is allowed: executable axiomatic memory models.
//!
//! A small concurrent program, a memory model, and the question which outcomes the model allows:
//!
//! ```
//! use memory_model::Ordering::SeqCst;
//! use memory_model::enumerate;
//! use memory_model::litmus::{Litmus, reg};
//! use memory_model::models::Rc11;
//!
//! let test = Litmus::new("SB+scs")
//!     .thread(|t| {
//!         t.store("x", 1, SeqCst);
//!         t.load("y", SeqCst);
//!     })
//!     .thread(|t| {
//!         t.store("y", 1, SeqCst);
//!         t.load("x", SeqCst);
//!     })
//!     .exists(reg(0, 0).is(0) & reg(1, 0).is(0));
//! let summary = enumerate::summary(&test, &Rc11::new())?;
//! assert_eq!(summary.observation().to_string(), "Never");
//! assert_eq!(summary.executions, 3);
//! # Ok::<(), enumerate::Error>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`litmus`] | tests: memory, threads, conditions |
//! | [`parse`] | tests in herd's C dialect and in Rust |
//! | [`models`] | the models, and why an execution is forbidden |
//! | [`cat`] | models in the cat language |
//! | [`enumerate`] | all allowed executions, with exact counts |
//! | [`diff`] | the smallest program that tells two models apart |
//! | [`explain`] | why an outcome is forbidden |
//! | [`machine`] | memory one step at a time |
//! | [`relation`] | relations between events as bit matrices |
//!
//! [`Event`] and [`Execution`] are what models judge.

#![forbid(unsafe_code)]

pub mod cat;
pub mod diff;
pub mod enumerate;
pub mod explain;
pub mod litmus;
pub mod machine;
pub mod models;
pub mod parse;
pub mod relation;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod annotations;
mod event;
mod excerpt;
mod execution;
mod ordering;

pub use annotations::Annotations;
pub use event::{Event, EventId, Kind, Location, Value};
pub use execution::{Execution, Malformed};
pub use ordering::Ordering;
