//! The ordered map and set; see [`LockFreeSkipMap`].

mod change;
mod drain;
mod entry;
mod item;
mod iter;
mod leaf;
mod list;
mod map;
mod node;
mod rank;
mod set;

pub use entry::Entry;
pub use iter::{IntoIter, Iter, Range};
pub use map::LockFreeSkipMap;
pub use set::LockFreeSkipSet;
