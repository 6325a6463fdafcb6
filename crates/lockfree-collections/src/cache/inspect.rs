//! What a cache tells about itself.

use core::time::Duration;

use super::concurrent::ConcurrentCache;
use super::lifetime::duration;
use super::stats::Stats;
use crate::reclaim::Telemetry;

/// What a cache was made with; see [`ConcurrentCache::policy`].
///
/// ```
/// use lockfree_collections::ConcurrentCache;
///
/// let policy = ConcurrentCache::<u8, u8>::builder().max_capacity(100).shards(4).build().policy();
/// assert_eq!((policy.max_capacity, policy.shards, policy.time_to_live), (100, 4, None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// What the weights of the entries are together at most.
    pub max_capacity: u64,
    /// In how many parts the cache is divided.
    #[doc(alias = "num_segments")]
    #[doc(alias = "num_shards")]
    pub shards: usize,
    /// How long every entry lives, at most, from when it is put in.
    pub time_to_live: Option<Duration>,
    /// How long every entry lives, at most, from when it was found last.
    pub time_to_idle: Option<Duration>,
}

impl<K, V, S> ConcurrentCache<K, V, S> {
    /// The name that the cache was given by [`Builder::name`](super::Builder::name), which `Debug` shows, too.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::<u8, u8>::builder().name("sessions").build();
    /// assert_eq!(cache.name(), Some("sessions"));
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the cache was made with.
    ///
    /// ```
    /// use std::time::Duration;
    /// use lockfree_collections::ConcurrentCache;
    ///
    /// let cache = ConcurrentCache::<u8, u8>::builder().max_capacity(10).time_to_live(Duration::from_secs(1)).build();
    /// assert_eq!(cache.policy().time_to_live, Some(Duration::from_secs(1)));
    /// ```
    #[must_use]
    pub fn policy(&self) -> Policy {
        let (to_live, to_idle) = self.parts.lifetimes.of_all();
        Policy {
            max_capacity: self.parts.capacity,
            shards: self.parts.shards.len(),
            time_to_live: to_live.map(duration),
            time_to_idle: to_idle.map(duration),
        }
    }

    /// The number of entries, those included whose time is over and that nobody has come across yet.
    ///
    /// Takes a step for each shard. While others change the cache the number may be of no single moment, but is never above
    /// the capacity.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// assert_eq!(cache.entry_count(), 1);
    /// ```
    #[must_use]
    pub fn entry_count(&self) -> u64 {
        self.parts.len() as u64
    }

    /// The sum of the weights of the entries; as [`entry_count`](Self::entry_count).
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::builder().max_capacity(10).weigher(|_, value: &u32| *value).build();
    /// cache.insert(1, 3);
    /// cache.insert(2, 4);
    /// assert_eq!(cache.weighted_size(), 7);
    /// ```
    #[must_use]
    pub fn weighted_size(&self) -> u64 {
        self.parts.weight()
    }

    /// What `weighted_size` is never above.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// assert_eq!(ConcurrentCache::<u8, u8>::new(10).max_capacity(), 10);
    /// ```
    #[must_use]
    pub fn max_capacity(&self) -> u64 {
        self.parts.capacity
    }

    /// What the cache has done.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::builder().max_capacity(1).record_stats().build();
    /// cache.insert(1, 'a');
    /// cache.get(&1);
    /// cache.insert(2, 'b');
    /// let stats = cache.stats();
    /// assert_eq!((stats.hits, stats.misses, stats.evictions), (1, 0, 1));
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.parts.stats()
    }

    /// How many entries are in, how many wait to be dropped, and how many these can be.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// cache.invalidate(&1);
    /// assert_eq!(cache.telemetry().retired, 1);
    /// cache.reclaim();
    /// assert_eq!(cache.telemetry().retired, 0);
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.parts.memory.telemetry(self.parts.len())
    }
}
