//! The stacks; see [`LockFreeStack`] and [`BoundedStack`].

mod arena;
#[cfg(target_has_atomic = "ptr")]
mod exclusive;
#[cfg(target_has_atomic = "ptr")]
mod free;
mod head;
#[cfg(target_has_atomic = "ptr")]
mod iter;
#[cfg(target_has_atomic = "ptr")]
mod list;
#[cfg(target_has_atomic = "ptr")]
mod meet;
#[cfg(target_has_atomic = "ptr")]
mod node;

pub use arena::BoundedStack;
#[cfg(target_has_atomic = "ptr")]
pub use iter::{IntoIter, PopAll, TryIter};
#[cfg(target_has_atomic = "ptr")]
pub use list::LockFreeStack;
