//! A hash map and what belongs to it; see [`LockFreeHashMap`].

mod builder;
mod change;
mod compute;
mod guard;
mod hash_map;
mod iter;
mod list;
mod node;
mod pinned;
#[cfg(feature = "serde")]
mod serde;
mod table;
mod traits;

pub use builder::HashMapBuilder;
pub use compute::{Compute, OccupiedError, Operation, ReserveError};
pub use equivalent::Equivalent;
pub use guard::{Guard, LocalGuard, OwnedGuard};
pub use hash_map::{DefaultHashBuilder, LockFreeHashMap};
pub use iter::{IntoIter, Iter, Keys, Values};
pub use pinned::HashMapRef;
