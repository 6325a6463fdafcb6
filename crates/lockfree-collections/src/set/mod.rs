//! A hash set and what belongs to it; see [`LockFreeHashSet`].

mod builder;
mod hash_set;
mod iter;
mod pinned;
#[cfg(feature = "serde")]
mod serde;
mod traits;

pub use builder::HashSetBuilder;
pub use hash_set::LockFreeHashSet;
pub use iter::{IntoIter, Iter};
pub use pinned::HashSetRef;
