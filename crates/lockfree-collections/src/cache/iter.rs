//! Going over all entries.

use alloc::vec;
use core::fmt;
use core::slice;

use super::entry::Handle;
use super::lifetime::Lifetimes;
use super::shard::Shard;
use crate::reclaim::eras::{Eras, Pinned};

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
    shards: slice::Iter<'a, Shard<K, V>>,
    /// What is left of one shard.
    snapshot: vec::IntoIter<Handle<K, V>>,
    /// Keeps the snapshot.
    pinned: Pinned<'a>,
    lifetimes: &'a Lifetimes<K, V>,
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn new(shards: &'a [Shard<K, V>], eras: &'a Eras, lifetimes: &'a Lifetimes<K, V>) -> Self {
        Self { shards: shards.iter(), snapshot: vec![].into_iter(), pinned: eras.pin(), lifetimes }
    }
}

impl<K: Clone, V: Clone> Iterator for Iter<'_, K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let now = self.lifetimes.now();
        loop {
            for handle in self.snapshot.by_ref() {
                // SAFETY: the guard keeps what the snapshot has.
                let entry = unsafe { handle.get() };
                if !self.lifetimes.is_over(entry, now) {
                    return Some((entry.key().clone(), entry.value().clone()));
                }
            }
            let shard = self.shards.next()?;
            self.pinned.refresh();
            self.snapshot = shard.snapshot(&self.pinned).into_iter();
        }
    }
}

impl<K, V> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("left_in_shard", &self.snapshot.len()).finish_non_exhaustive()
    }
}
