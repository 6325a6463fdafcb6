//! What `std` asks of collections.

use core::fmt;
use core::hash::{BuildHasher, Hash};

#[cfg(any(feature = "std", loom))]
use super::hash_map::DefaultHashBuilder;
use super::hash_map::LockFreeHashMap;
use super::iter::IntoIter;

impl<K, V, S: Default> Default for LockFreeHashMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// Entry by entry: if others change either map meanwhile, there need not be a moment for which the answer is right.
impl<K, V, S> PartialEq for LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    V: PartialEq,
    S: BuildHasher,
{
    fn eq(&self, other: &Self) -> bool {
        let (own, others) = (self.pin(), other.pin());
        own.len() == others.len() && own.iter().all(|(key, value)| others.get(key) == Some(value))
    }
}

impl<K, V, S> Eq for LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    V: Eq,
    S: BuildHasher,
{
}

impl<K, V, S> fmt::Debug for LockFreeHashMap<K, V, S>
where
    K: Hash + Eq + fmt::Debug,
    V: fmt::Debug,
    S: BuildHasher,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pin().fmt(f)
    }
}

impl<K, V, S> Clone for LockFreeHashMap<K, V, S>
where
    K: Clone + Hash + Eq,
    V: Clone,
    S: BuildHasher + Clone,
{
    fn clone(&self) -> Self {
        let clone = Self::with_capacity_and_hasher(self.len(), self.hash_builder.clone());
        (&clone).extend(self.pin().iter().map(|(key, value)| (key.clone(), value.clone())));
        clone
    }
}

impl<K, V, S> Extend<(K, V)> for &LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        let entries = entries.into_iter();
        // As the map of `std`: if there are entries already, half of the new ones may be among them.
        let hint = entries.size_hint().0;
        self.pin().reserve(if self.is_empty() { hint } else { hint.div_ceil(2) });
        for (key, value) in entries {
            // A guard of its own, so that what is replaced need not stay until the end.
            self.pin().insert(key, value);
        }
    }
}

impl<K, V, S> Extend<(K, V)> for LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).extend(entries);
    }
}

impl<'a, K, V, S> Extend<(&'a K, &'a V)> for &LockFreeHashMap<K, V, S>
where
    K: Copy + Hash + Eq,
    V: Copy,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.extend(entries.into_iter().map(|(key, value)| (*key, *value)));
    }
}

impl<K, V, S> FromIterator<(K, V)> for LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let map = Self::default();
        (&map).extend(entries);
        map
    }
}

#[cfg(any(feature = "std", loom))]
impl<K, V, const N: usize> From<[(K, V); N]> for LockFreeHashMap<K, V, DefaultHashBuilder>
where
    K: Hash + Eq,
{
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, S> IntoIterator for LockFreeHashMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        let left = self.len();
        IntoIter::new(self.store, left)
    }
}
