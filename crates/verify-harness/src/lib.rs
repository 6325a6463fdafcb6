//! What can happen: checkers for concurrent Rust code.

pub mod evidence;
#[cfg(feature = "model")]
pub mod model;
