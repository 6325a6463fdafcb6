//! What `std` asks of collections.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::hash_set::LockFreeHashSet;
use super::iter::IntoIter;
#[cfg(any(feature = "std", loom))]
use crate::map::DefaultHashBuilder;

impl<K, S: Default> Default for LockFreeHashSet<K, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// Entry by entry: if others change either set meanwhile, there need not be a moment for which the answer is right.
impl<K, S> PartialEq for LockFreeHashSet<K, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<K, S> Eq for LockFreeHashSet<K, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
}

impl<K, S> fmt::Debug for LockFreeHashSet<K, S>
where
    K: Hash + Eq + fmt::Debug,
    S: BuildHasher,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pin().fmt(f)
    }
}

impl<K, S> Clone for LockFreeHashSet<K, S>
where
    K: Clone + Hash + Eq,
    S: BuildHasher + Clone,
{
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<K, S> Extend<K> for &LockFreeHashSet<K, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        (&self.map).extend(keys.into_iter().map(|key| (key, ())));
    }
}

impl<K, S> Extend<K> for LockFreeHashSet<K, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        (&*self).extend(keys);
    }
}

impl<'a, K, S> Extend<&'a K> for &LockFreeHashSet<K, S>
where
    K: Copy + Hash + Eq,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = &'a K>>(&mut self, keys: I) {
        self.extend(keys.into_iter().copied());
    }
}

impl<K, S> FromIterator<K> for LockFreeHashSet<K, S>
where
    K: Hash + Eq,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let set = Self::default();
        (&set).extend(keys);
        set
    }
}

#[cfg(any(feature = "std", loom))]
impl<K, const N: usize> From<[K; N]> for LockFreeHashSet<K, DefaultHashBuilder>
where
    K: Hash + Eq,
{
    fn from(keys: [K; N]) -> Self {
        keys.into_iter().collect()
    }
}

impl<K, S> IntoIterator for LockFreeHashSet<K, S> {
    type Item = K;
    type IntoIter = IntoIter<K>;

    fn into_iter(self) -> IntoIter<K> {
        IntoIter(self.map.into_iter())
    }
}
