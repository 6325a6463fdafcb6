//! Shared ownership.

/// A `std::sync::Arc` whose counter is not part of the model: cloning and dropping make no events, so they neither
/// multiply executions nor show what the counter's own orderings would allow.
pub use std::sync::Arc;
