//! Threads and initial states written in Rust.

mod binding;
mod control;
mod lower;
mod methods;
mod parser;
mod statement;
mod syntax;
mod thread;
mod types;

pub(super) use thread::{initial_state, threads};
