//! Integration tests of `verify-harness`, one module a concern.

mod history_checker;
mod history_counterexample;
mod history_gen;
mod history_recorder;
mod history_types;
