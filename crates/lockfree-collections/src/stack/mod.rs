//! The stacks; see [`LockFreeStack`] and [`BoundedStack`].

mod arena;
mod free;
mod head;
mod iter;
mod list;
mod meet;
mod node;

pub use arena::BoundedStack;
pub use iter::{IntoIter, PopAll, TryIter};
pub use list::LockFreeStack;
