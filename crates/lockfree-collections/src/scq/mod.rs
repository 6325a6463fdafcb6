//! The bounded queue that is lock-free in the strict sense; see [`ScqQueue`].

mod queue;
mod ring;

pub use queue::{IntoIter, ScqQueue};
