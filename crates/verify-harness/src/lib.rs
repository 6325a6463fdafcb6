//! What can happen: checkers for concurrent Rust code.

pub mod evidence;
pub mod history;
#[cfg(any(feature = "model", feature = "os-threads"))]
pub mod model;
pub mod random;
