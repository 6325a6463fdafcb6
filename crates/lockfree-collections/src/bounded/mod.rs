//! The bounded queue; see [`BoundedQueue`].

mod batch;
mod exclusive;
mod iter;
mod ring;

pub use iter::{IntoIter, TryIter};
pub use ring::{BoundedQueue, CapacityError};
