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
    /// Entries that were not put in, as readers kept all places that were free else; these are no evictions.
    pub refusals: usize,
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

/// A number of [`Stats`] that any thread adds to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    Hits,
    Misses,
    Loads,
    FailedLoads,
    Refusals,
}

/// How many of these there are.
const COUNTS: usize = 5;

/// These numbers, spread over the threads.
pub(super) struct Counts([CachePadded<[AtomicUsize; COUNTS]>; BUCKETS]);

impl Counts {
    pub(super) fn new() -> Self {
        Self(core::array::from_fn(|_| CachePadded::new(core::array::from_fn(|_| AtomicUsize::new(0)))))
    }

    pub(super) fn add(&self, count: Count) {
        // ord[CU11] Relaxed: a statistic; pairs with none.
        self.0[thread_hint()][count as usize].fetch_add(1, ord!(CU11, Relaxed));
    }

    fn sum(&self, count: Count) -> usize {
        // ord[CU12] Relaxed: as CU11; pairs with none.
        let one = |counts: &CachePadded<[AtomicUsize; COUNTS]>| counts[count as usize].load(ord!(CU12, Relaxed));
        self.0.iter().map(one).fold(0, usize::wrapping_add)
    }
}

/// What a shard has lost. Written under its lock, and read without.
#[repr(C)]
pub(super) struct Gone {
    /// Written only if there are weights; else it is as many as went.
    evicted_weight: AtomicUsize,
    expirations: AtomicUsize,
    invalidations: AtomicUsize,
    replacements: AtomicUsize,
    /// Beside what changes with every entry that is put in.
    evictions: AtomicUsize,
}

impl Gone {
    /// Where the line of what changes with every entry begins.
    #[cfg(all(not(loom), target_pointer_width = "64"))]
    pub(super) const CHANGING: usize = core::mem::offset_of!(Self, evictions);

    pub(super) fn new() -> Self {
        Self {
            evictions: AtomicUsize::new(0),
            evicted_weight: AtomicUsize::new(0),
            expirations: AtomicUsize::new(0),
            invalidations: AtomicUsize::new(0),
            replacements: AtomicUsize::new(0),
        }
    }

    /// Counts an entry, and its weight if there are weights. The caller holds the shard's lock.
    #[inline]
    pub(super) fn count(&self, cause: RemovalCause, weight: Option<u32>) {
        match cause {
            RemovalCause::Expired => add(&self.expirations, 1),
            RemovalCause::Explicit => add(&self.invalidations, 1),
            RemovalCause::Replaced => add(&self.replacements, 1),
            RemovalCause::Size => {
                add(&self.evictions, 1);
                if let Some(weight) = weight {
                    add(&self.evicted_weight, weight as usize);
                }
            }
        }
    }
}

/// Adds to a number that one thread at a time writes.
#[inline]
fn add(number: &AtomicUsize, n: usize) {
    // ord[CU18] Relaxed: written under the lock that the caller holds; pairs with none.
    let present = number.load(ord!(CU18, Relaxed));
    // ord[CU19] Relaxed: a statistic; pairs with none.
    number.store(present.wrapping_add(n), ord!(CU19, Relaxed));
}

/// All numbers, of a cache with weights or without.
pub(super) fn stats<'a>(counts: &Counts, weighs: bool, shards: impl Iterator<Item = &'a Gone> + Clone) -> Stats {
    let sum = |number: fn(&Gone) -> &AtomicUsize| {
        // ord[CU20] Relaxed: as CU19; pairs with none.
        shards.clone().map(|gone| number(gone).load(ord!(CU20, Relaxed))).fold(0, usize::wrapping_add)
    };
    Stats {
        hits: counts.sum(Count::Hits),
        misses: counts.sum(Count::Misses),
        loads: counts.sum(Count::Loads),
        failed_loads: counts.sum(Count::FailedLoads),
        evictions: sum(|gone| &gone.evictions),
        evicted_weight: sum(if weighs { |gone| &gone.evicted_weight } else { |gone| &gone.evictions }),
        refusals: counts.sum(Count::Refusals),
        expirations: sum(|gone| &gone.expirations),
        invalidations: sum(|gone| &gone.invalidations),
        replacements: sum(|gone| &gone.replacements),
    }
}
