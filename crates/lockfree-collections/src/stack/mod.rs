//! The unbounded stack; see [`LockFreeStack`].

mod iter;
mod list;
mod node;

pub use iter::{IntoIter, PopAll, TryIter};
pub use list::LockFreeStack;
