//! The unbounded queue; see [`LockFreeQueue`].

mod batch;
mod cell;
mod close;
mod exclusive;
mod iter;
mod links;
mod list;
mod pop;
mod push;
#[cfg(feature = "wait")]
mod recv;
mod segment;
mod telemetry;

#[cfg(feature = "wait")]
pub use crate::receive::RecvTimeoutError;
pub use iter::{IntoIter, TryIter};
pub use list::LockFreeQueue;
