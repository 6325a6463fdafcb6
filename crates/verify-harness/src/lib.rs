//! What can happen: checkers for concurrent Rust code.

pub mod evidence;
pub mod history;
#[cfg(feature = "model")]
pub mod model;
pub mod random;
