//! The shards of a cache, and what they are told by it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::entry::{Entry, Owned};
use super::lifetime::Lifetimes;
use super::removed::{Listener, Removed};
use super::shard::{Circumstances, Shard};
use super::stats::{Count, Counts};
use super::watch::Watch;
use crate::primitive::Arc;
use crate::reclaim::eras::{Eras, Pinned};

/// All but the hasher.
pub(super) struct Parts<K, V> {
    pub(super) shards: Box<[Shard<K, V>]>,
    pub(super) eras: Eras,
    pub(super) capacity: u64,
    weigher: Option<Weigher<K, V>>,
    listener: Option<Listener<K, V>>,
    pub(super) lifetimes: Lifetimes<K, V>,
    watch: Watch,
    pub(super) counts: Counts,
    records: bool,
}

/// Tells what an entry weighs.
pub(super) type Weigher<K, V> = Arc<dyn Fn(&K, &V) -> u32 + Send + Sync>;

/// What a builder decides.
pub(super) struct Plan<K, V> {
    pub(super) capacity: u64,
    pub(super) shards: usize,
    pub(super) weigher: Option<Weigher<K, V>>,
    pub(super) listener: Option<Listener<K, V>>,
    pub(super) lifetimes: Lifetimes<K, V>,
    pub(super) records: bool,
}

// SAFETY: the cache owns keys and values, and drops them, or shares them with who has a reference to it.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Parts<K, V> {}
// SAFETY: threads that share it get references to the same keys and values, and drop what others made.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Parts<K, V> {}

impl<K, V> Parts<K, V> {
    pub(super) fn new(plan: Plan<K, V>) -> Self {
        let Plan { capacity, shards, weigher, listener, lifetimes, records } = plan;
        let eras = Eras::new();
        let part = |number: u64| capacity / shards as u64 + u64::from(number < capacity % shards as u64);
        let shards = (0..shards as u64).map(|number| Shard::new(part(number), &eras)).collect();
        Self {
            shards,
            eras,
            capacity,
            weigher,
            listener,
            lifetimes,
            watch: Watch::new(),
            counts: Counts::new(),
            records,
        }
    }

    #[inline]
    pub(super) fn shard(&self, hash: u64) -> &Shard<K, V> {
        // The number of shards is a power of two, of 64 at most.
        &self.shards[(hash >> 58) as usize & (self.shards.len() - 1)]
    }

    pub(super) fn removed(&self) -> Removed<'_, K, V> {
        Removed::new(&self.eras)
    }

    pub(super) fn tell(&self, removed: Removed<'_, K, V>) {
        removed.tell(&self.counts, self.listener.as_ref());
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    pub(super) fn weight(&self) -> u64 {
        self.shards.iter().map(|shard| shard.weight() as u64).sum()
    }

    pub(super) fn now(&self) -> usize {
        self.lifetimes.now()
    }

    /// Whether the time of the entry is not over.
    #[inline]
    pub(super) fn is_alive(&self, entry: &Entry<K, V>, now: usize) -> bool {
        !self.lifetimes.is_over(entry, now)
    }

    /// Looks for an entry whose time is not over, and counts that as a use.
    #[inline]
    pub(super) fn read<'g>(
        &self,
        hash: u64,
        is_key: impl FnMut(&K) -> bool,
        pinned: &'g Pinned<'_>,
    ) -> Option<&'g Entry<K, V>> {
        let now = self.lifetimes.now();
        let entry = self.shard(hash).find(hash, is_key, pinned).filter(|entry| self.is_alive(entry, now));
        if self.watch.wants(hash) {
            self.note(hash, entry);
        }
        if self.records {
            self.counts.add(if entry.is_some() { Count::Hits } else { Count::Misses }, 1);
        }
        if let Some(entry) = entry {
            entry.touch();
            if self.lifetimes.is_bounded() {
                self.lifetimes.read(entry, now);
            }
        }
        entry
    }

    #[cold]
    fn note(&self, hash: u64, entry: Option<&Entry<K, V>>) {
        // What is not there weighs as much as others do.
        let average = || self.weight() / (self.len() as u64).max(1);
        let weight = entry.map_or_else(average, |entry| u64::from(entry.weight()));
        self.watch.note(hash, weight, self.capacity, || self.len());
    }

    /// Puts the value into an entry that is then ready to be published.
    pub(super) fn fill(&self, entry: &mut Owned<K, V>, value: V, now: usize)
    where
        K: Eq,
    {
        let weight = self.weigher.as_ref().map_or(1, |weigher| weigher(entry.entry().key(), &value));
        entry.fill(value, weight, self.eras.now());
        if self.lifetimes.is_bounded() {
            let pinned = self.eras.pin();
            let (hash, own) = (entry.entry().hash(), entry.entry());
            let old = self.shard(hash).find(hash, |key| key == own.key(), &pinned);
            self.lifetimes.begin(own, old, now);
        }
    }

    /// What decides about entries that are put in.
    pub(super) fn circumstances(&self, now: usize) -> Circumstances<'_, K, V> {
        Circumstances { lifetimes: &self.lifetimes, eras: &self.eras, now, advice: self.watch.advice() }
    }

    /// After something was put in and something was evicted.
    pub(super) fn put_done(&self, removed: Removed<'_, K, V>) {
        if self.watch.is_idle() && removed.has_evicted() {
            self.watch.begin(self.capacity, self.len());
        }
        self.tell(removed);
    }
}

impl<K, V> Drop for Parts<K, V> {
    fn drop(&mut self) {
        // SAFETY: nobody uses the cache any more, and each shard is drained once.
        let entries: Vec<Vec<_>> = self.shards.iter().map(|shard| unsafe { shard.drain() }).collect();
        // The drops of keys and values come last: if one panics, the others are dropped while unwinding.
        drop(entries);
    }
}
