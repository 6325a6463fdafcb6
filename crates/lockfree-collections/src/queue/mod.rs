//! The unbounded queue; see [`LockFreeQueue`].

mod batch;
mod cell;
mod close;
mod exclusive;
mod iter;
mod links;
mod list;
mod segment;

pub use iter::{IntoIter, TryIter};
pub use list::LockFreeQueue;
