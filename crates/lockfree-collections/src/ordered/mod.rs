//! The ordered map and set; see [`LockFreeSkipMap`].

mod entry;
mod iter;
mod list;
mod map;
mod node;
mod set;

pub use entry::Entry;
pub use iter::{IntoIter, Iter, Range};
pub use map::LockFreeSkipMap;
pub use set::LockFreeSkipSet;
