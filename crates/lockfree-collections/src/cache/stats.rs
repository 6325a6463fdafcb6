//! What the cache has done.

use super::removed::RemovalCause;
use crate::primitive::{AtomicUsize, BUCKETS, CachePadded, ord, thread_hint};

/// What a cache has done since it was made; see [`ConcurrentCache::stats`](super::ConcurrentCache::stats). Numbers are taken one after the other,
/// and wrap around.
///
/// ```
/// use lockfree_collections::ConcurrentCache;
///
/// let cache = ConcurrentCache::builder().max_capacity(10).record_stats().build();
/// cache.insert(1, 'a');
/// _ = (cache.get(&1), cache.get(&1), cache.get(&1), cache.get(&2));
/// assert_eq!(cache.stats().hit_ratio(), 0.75);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Look-ups that have found an entry; counted only with [`Builder::record_stats`](super::Builder::record_stats).
    pub hits: usize,
    /// Look-ups that have not; counted likewise.
    pub misses: usize,
    /// Loaders that were run.
    pub loads: usize,
    /// Loaders that have failed, or panicked.
    pub failed_loads: usize,
    /// Entries that went for want of room.
    pub evictions: usize,
    /// The weight of these.
    pub evicted_weight: usize,
    /// Entries that went because their time was over.
    pub expirations: usize,
    /// Entries that were removed or invalidated.
    pub invalidations: usize,
    /// Entries whose value was replaced.
    pub replacements: usize,
}

impl Stats {
    /// The part of the look-ups that have found an entry; 1 if there were none.
    ///
    /// ```
    /// # use lockfree_collections::cache::Stats;
    /// assert_eq!(Stats::default().hit_ratio(), 1.0);
    /// ```
    #[must_use]
    pub fn hit_ratio(&self) -> f64 {
        let all = self.hits as f64 + self.misses as f64;
        if all == 0.0 { 1.0 } else { self.hits as f64 / all }
    }
}

/// One number of [`Stats`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    Hits,
    Misses,
    Loads,
    FailedLoads,
    Evictions,
    EvictedWeight,
    Expirations,
    Invalidations,
    Replacements,
}

/// The numbers, spread over the threads.
pub(super) struct Counts([CachePadded<[AtomicUsize; 9]>; BUCKETS]);

impl Counts {
    pub(super) fn new() -> Self {
        Self(core::array::from_fn(|_| CachePadded::new(core::array::from_fn(|_| AtomicUsize::new(0)))))
    }

    pub(super) fn add(&self, count: Count, n: usize) {
        // ord[CU11] Relaxed: a statistic; pairs with none.
        self.0[thread_hint()][count as usize].fetch_add(n, ord!(CU11, Relaxed));
    }

    pub(super) fn removed(&self, cause: RemovalCause, weight: u32) {
        match cause {
            RemovalCause::Expired => self.add(Count::Expirations, 1),
            RemovalCause::Explicit => self.add(Count::Invalidations, 1),
            RemovalCause::Replaced => self.add(Count::Replacements, 1),
            RemovalCause::Size => {
                self.add(Count::Evictions, 1);
                self.add(Count::EvictedWeight, weight as usize);
            }
        }
    }

    pub(super) fn stats(&self) -> Stats {
        let sum = |count: Count| {
            // ord[CU12] Relaxed: as CU11; pairs with none.
            let one = |counts: &CachePadded<[AtomicUsize; 9]>| counts[count as usize].load(ord!(CU12, Relaxed));
            self.0.iter().map(one).fold(0, usize::wrapping_add)
        };
        Stats {
            hits: sum(Count::Hits),
            misses: sum(Count::Misses),
            loads: sum(Count::Loads),
            failed_loads: sum(Count::FailedLoads),
            evictions: sum(Count::Evictions),
            evicted_weight: sum(Count::EvictedWeight),
            expirations: sum(Count::Expirations),
            invalidations: sum(Count::Invalidations),
            replacements: sum(Count::Replacements),
        }
    }
}
