//! The shards of a cache, and what they are told by it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::entry::Entry;
use super::lifetime::Lifetimes;
use super::memory::Memory;
use super::owned::Owned;
use super::removed::{Listener, Removed};
use super::shard::{Circumstances, Shard};
use super::stats::{self, Count, Counts, Stats};
use super::watch::Watch;
use crate::primitive::Arc;
use crate::reclaim::eras::Pinned;

/// All but the hasher.
pub(super) struct Parts<K, V> {
    pub(super) shards: Box<[Shard<V>]>,
    pub(super) memory: Memory<K, V>,
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
    /// For so many entries there is to be room from the beginning.
    pub(super) initial: usize,
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
        let Plan { capacity, initial, shards, weigher, listener, lifetimes, records } = plan;
        let memory = Memory::new(weigher.is_some(), lifetimes.is_bounded());
        let part = |number: u64| capacity / shards as u64 + u64::from(number < capacity % shards as u64);
        let initial = u64::try_from(initial).unwrap_or(u64::MAX).min(capacity).div_ceil(shards as u64) as usize;
        let most = Memory::<K, V>::MOST / shards;
        let now = memory.eras().now();
        let shards = (0..shards as u64).map(|number| Shard::new(part(number), most, initial, now)).collect();
        Self {
            shards,
            memory,
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
    pub(super) fn shard(&self, hash: u64) -> &Shard<V> {
        // The number of shards is a power of two, of 64 at most.
        &self.shards[(hash >> 58) as usize & (self.shards.len() - 1)]
    }

    #[inline]
    pub(super) fn removed(&self) -> Removed<'_, K, V> {
        Removed::new(&self.memory)
    }

    /// Tells the listener what an operation has taken out, which is over then.
    #[inline]
    pub(super) fn tell(&self, removed: &Removed<'_, K, V>) {
        if let Some(listener) = &self.listener {
            removed.tell(listener);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    pub(super) fn weight(&self) -> u64 {
        if !self.memory.weighs() {
            return self.len() as u64;
        }
        self.shards.iter().map(|shard| shard.weight() as u64).sum()
    }

    pub(super) fn stats(&self) -> Stats {
        stats::stats(&self.counts, self.memory.weighs(), self.shards.iter().map(Shard::gone))
    }

    #[inline]
    pub(super) fn now(&self) -> usize {
        self.lifetimes.now()
    }

    /// Whether the time of the entry of this number is not over.
    #[inline]
    pub(super) fn is_alive(&self, number: u32, now: usize) -> bool {
        !self.lifetimes.is_over(&self.memory, number, now)
    }

    /// Looks for an entry whose time is not over, and counts that as a use.
    #[inline]
    pub(super) fn read<'g>(
        &'g self,
        hash: u64,
        is_key: impl FnMut(&K) -> bool,
        pinned: &'g Pinned<'_>,
    ) -> Option<&'g Entry<K, V>> {
        let now = self.lifetimes.now();
        let found = self.shard(hash).find(&self.memory, hash, is_key, pinned);
        let found = found.filter(|(number, _)| self.is_alive(*number, now));
        if self.watch.wants(hash) {
            self.note(hash, found.map(|(number, _)| number));
        }
        if self.records {
            self.counts.add(if found.is_some() { Count::Hits } else { Count::Misses });
        }
        let (number, entry) = found?;
        self.memory.mark(number).touch();
        if self.lifetimes.is_bounded() {
            self.lifetimes.read(entry, self.memory.extra(number), now);
        }
        Some(entry)
    }

    #[cold]
    fn note(&self, hash: u64, number: Option<u32>) {
        // What is not there weighs as much as others do.
        let average = || self.weight() / (self.len() as u64).max(1);
        let weight = number.map_or_else(average, |number| u64::from(self.memory.weight(number)));
        self.watch.note(hash, weight, self.capacity, || self.len());
    }

    /// Puts the value into an entry that is then ready to be published.
    #[inline]
    pub(super) fn fill(&self, entry: &mut Owned<'_, K, V>, value: V, now: usize)
    where
        K: Eq,
    {
        let weight = self.weigher.as_ref().map_or(1, |weigher| weigher(entry.entry().key(), &value));
        entry.fill(value, weight);
        let Some(number) = entry.number().filter(|_| self.lifetimes.is_bounded()) else { return };
        let pinned = self.memory.eras().pin();
        let (hash, own) = (entry.hash(), entry.entry());
        let old = self.shard(hash).find(&self.memory, hash, |key| key == own.key(), &pinned);
        let old = old.map(|(number, _)| self.memory.extra(number));
        self.lifetimes.begin(own, self.memory.extra(number), old, now);
    }

    /// What decides about entries that are put in.
    #[inline]
    pub(super) fn circumstances(&self, now: usize) -> Circumstances<'_, K, V> {
        Circumstances { lifetimes: &self.lifetimes, now, advice: self.watch.advice() }
    }

    /// After something was put in and something was evicted.
    #[inline]
    pub(super) fn put_done(&self, removed: &Removed<'_, K, V>) {
        if removed.has_evicted() && self.watch.is_idle() {
            self.watch.begin(self.capacity, self.len());
        }
        if removed.has_refused() {
            self.counts.add(Count::Refusals);
        }
        self.tell(removed);
    }
}

impl<K, V> Drop for Parts<K, V> {
    fn drop(&mut self) {
        // SAFETY: nobody uses the cache any more, and each shard is drained once.
        let entries: Vec<Vec<_>> = self.shards.iter().map(|shard| unsafe { shard.drain(&self.memory) }).collect();
        // The drops of keys and values come last: if one panics, the others are dropped while unwinding.
        drop(entries);
    }
}
