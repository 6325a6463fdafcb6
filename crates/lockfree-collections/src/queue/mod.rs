//! The unbounded queue; see [`LockFreeQueue`].

mod exclusive;
mod iter;
mod list;
mod segment;

pub use iter::{IntoIter, TryIter};
pub use list::LockFreeQueue;
