//! The stacks; see [`LockFreeStack`] and [`BoundedStack`].

#[cfg(target_pointer_width = "64")]
mod arena;
mod iter;
mod list;
mod node;

#[cfg(target_pointer_width = "64")]
pub use arena::BoundedStack;
pub use iter::{IntoIter, PopAll, TryIter};
pub use list::LockFreeStack;
