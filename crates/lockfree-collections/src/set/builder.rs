//! Making a set bit by bit.

use core::fmt;

use super::hash_set::LockFreeHashSet;
use crate::map::{DefaultHashBuilder, HashMapBuilder};

/// Makes a [`LockFreeHashSet`] with a capacity and a hasher. Made by [`LockFreeHashSet::builder`].
///
/// ```
/// use std::hash::RandomState;
/// use lockfree_collections::LockFreeHashSet;
///
/// let set = LockFreeHashSet::builder().capacity(100).hasher(RandomState::new()).build();
/// assert!(set.pin().insert(1));
/// ```
#[derive(Clone)]
pub struct HashSetBuilder<K, S = DefaultHashBuilder>(pub(super) HashMapBuilder<K, (), S>);

impl<K, S> HashSetBuilder<K, S> {
    /// Sets what makes the hashers.
    ///
    /// ```
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let set = lockfree_collections::LockFreeHashSet::builder().hasher(hasher).build();
    /// assert!(set.pin().insert(1));
    /// ```
    #[must_use]
    pub fn hasher<T>(self, hasher: T) -> HashSetBuilder<K, T> {
        HashSetBuilder(self.0.hasher(hasher))
    }

    /// Sets for how many entries there is room from the beginning.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::builder().capacity(1_000).build();
    /// assert!(set.pin().insert(1));
    /// ```
    #[must_use]
    pub fn capacity(self, capacity: usize) -> Self {
        Self(self.0.capacity(capacity))
    }

    /// Makes the set.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::<u8>::builder().build();
    /// assert!(set.is_empty());
    /// ```
    #[must_use]
    pub fn build(self) -> LockFreeHashSet<K, S> {
        LockFreeHashSet { map: self.0.build() }
    }
}

impl<K, S> fmt::Debug for HashSetBuilder<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashSetBuilder").finish_non_exhaustive()
    }
}
