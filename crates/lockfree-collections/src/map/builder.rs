//! Making a map bit by bit.

use core::fmt;

use super::hash_map::{DefaultHashBuilder, LockFreeHashMap};

/// Makes a [`LockFreeHashMap`] with a capacity and a hasher. Made by [`LockFreeHashMap::builder`].
///
/// ```
/// use std::hash::RandomState;
/// use lockfree_collections::LockFreeHashMap;
///
/// let map = LockFreeHashMap::builder().capacity(100).hasher(RandomState::new()).build();
/// map.pin().insert(1, 'a');
/// ```
#[derive(Clone)]
pub struct HashMapBuilder<K, V, S = DefaultHashBuilder> {
    capacity: usize,
    hasher: S,
    makes: core::marker::PhantomData<fn() -> (K, V)>,
}

impl<K, V> HashMapBuilder<K, V> {
    #[cfg(any(feature = "std", loom))]
    pub(super) fn new() -> Self {
        Self { capacity: 0, hasher: DefaultHashBuilder::default(), makes: core::marker::PhantomData }
    }
}

impl<K, V, S> HashMapBuilder<K, V, S> {
    /// Sets what makes the hashers.
    ///
    /// ```
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let map = lockfree_collections::LockFreeHashMap::builder().hasher(hasher).build();
    /// map.pin().insert(1, 'a');
    /// ```
    #[must_use]
    pub fn hasher<T>(self, hasher: T) -> HashMapBuilder<K, V, T> {
        HashMapBuilder { capacity: self.capacity, hasher, makes: core::marker::PhantomData }
    }

    /// Sets for how many entries there is room from the beginning.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::builder().capacity(1_000).build();
    /// map.pin().insert(1, 'a');
    /// ```
    #[must_use]
    pub fn capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Makes the map.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::<u8, u8>::builder().build();
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    pub fn build(self) -> LockFreeHashMap<K, V, S> {
        LockFreeHashMap::with_capacity_and_hasher(self.capacity, self.hasher)
    }
}

impl<K, V, S> fmt::Debug for HashMapBuilder<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashMapBuilder").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
