//! Going over all entries.

use alloc::vec;
use core::fmt;
use core::slice;

use super::parts::Parts;
use super::shard::Shard;
use crate::reclaim::eras::Pinned;

/// Clones of the entries of a cache; see [`ConcurrentCache::iter`](super::ConcurrentCache::iter).
///
/// ```
/// # use lockfree_collections::cache::ConcurrentCache;
/// let cache = ConcurrentCache::new(10);
/// cache.insert(1, 'a');
/// let mut iter = cache.iter();
/// assert_eq!((iter.next(), iter.next()), (Some((1, 'a')), None));
/// ```
pub struct Iter<'a, K, V> {
    parts: &'a Parts<K, V>,
    shards: slice::Iter<'a, Shard<V>>,
    /// What is left of one shard.
    snapshot: vec::IntoIter<u32>,
    /// Keeps the snapshot.
    pinned: Pinned<'a>,
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn new(parts: &'a Parts<K, V>) -> Self {
        Self { parts, shards: parts.shards.iter(), snapshot: vec![].into_iter(), pinned: parts.memory.eras().pin() }
    }
}

impl<K: Clone, V: Clone> Iterator for Iter<'_, K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let now = self.parts.now();
        loop {
            for number in self.snapshot.by_ref() {
                // The guard keeps what the snapshot has.
                let entry = self.parts.memory.at(number);
                if self.parts.is_alive(number, now) {
                    return Some((entry.key().clone(), entry.value().clone()));
                }
            }
            let shard = self.shards.next()?;
            self.pinned.refresh();
            self.snapshot = shard.snapshot(&self.parts.memory, &self.pinned).into_iter();
        }
    }
}

impl<K, V> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("left_in_shard", &self.snapshot.len()).finish_non_exhaustive()
    }
}
