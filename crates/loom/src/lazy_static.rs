//! Statics that are made when they are first used.

#[doc(no_inline)]
pub use std::thread::panicking;
pub use verify_harness::model::lazy::Lazy;
pub use verify_harness::model::thread::{AccessError, yield_now};
