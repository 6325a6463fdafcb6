//! The bounded queue; see [`BoundedQueue`].

mod batch;
mod error;
mod exclusive;
mod iter;
#[cfg(feature = "wait")]
mod recv;
mod ring;
mod slot;
mod state;

#[cfg(feature = "wait")]
pub use crate::receive::RecvTimeoutError;
pub use error::CapacityError;
pub use iter::{IntoIter, TryIter};
pub use ring::BoundedQueue;
