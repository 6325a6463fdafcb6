//! Atomics, locks, shared ownership.

mod arc;
pub mod atomic;

pub use arc::Arc;
