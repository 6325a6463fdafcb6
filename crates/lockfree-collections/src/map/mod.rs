//! A hash map and what belongs to it; see [`LockFreeHashMap`].

mod builder;
mod change;
mod compute;
mod drain;
mod entry;
mod exclusive;
pub(crate) mod grown;
mod guard;
mod hash_map;
mod iter;
mod kept;
mod line;
mod moving;
mod pinned;
mod remove;
#[cfg(feature = "serde")]
mod serde;
pub(crate) mod slab;
mod store;
mod table;
mod traits;
mod work;

pub use builder::HashMapBuilder;
pub use compute::{CapacityError, Compute, OccupiedError, Operation, ReserveError};
pub use equivalent::Equivalent;
pub use guard::{Guard, LocalGuard, OwnedGuard};
pub use hash_map::{DefaultHashBuilder, LockFreeHashMap};
pub use iter::{IntoIter, Iter, Keys, Values};
pub use pinned::HashMapRef;
