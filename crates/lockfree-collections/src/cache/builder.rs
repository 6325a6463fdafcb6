//! Making a cache.

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use super::clock::{Clock, SystemClock};
use super::concurrent::{ConcurrentCache, DefaultHashBuilder};
use super::lifetime::{Expiry, Lifetimes, ticks};
use super::parts::{Plan, Weigher};
use super::removed::{Listener, RemovalCause};
use crate::primitive::Arc;

/// Makes a [`ConcurrentCache`]; see [`ConcurrentCache::builder`].
///
/// ```
/// use std::time::Duration;
/// use lockfree_collections::cache::{Builder, ConcurrentCache};
///
/// let builder: Builder<u64, String> = ConcurrentCache::builder()
///     .max_capacity(1 << 20)
///     .weigher(|_, text: &String| text.len() as u32)
///     .time_to_live(Duration::from_secs(60))
///     .eviction_listener(|key, _, cause| println!("{key} is gone: {cause:?}"));
/// let cache = builder.build();
/// assert_eq!(cache.max_capacity(), 1 << 20);
/// ```
#[must_use = "a builder is not a cache"]
pub struct Builder<K, V> {
    name: Option<Box<str>>,
    capacity: u64,
    initial_capacity: usize,
    shards: Option<usize>,
    weigher: Option<Weigher<K, V>>,
    listener: Option<Listener<K, V>>,
    to_live: Option<Duration>,
    to_idle: Option<Duration>,
    expiry: Option<Arc<dyn Expiry<K, V>>>,
    clock: Option<Arc<dyn Clock>>,
    records: bool,
}

/// A shard holds at least this much by default, so that chance does not fill one and leave another empty.
const LEAST: u64 = if cfg!(loom) { u64::MAX } else { 1 << 10 };
/// More shards than this are not made.
const MOST: usize = 64;
/// Shards of a large cache by default.
const SHARDS: usize = 32;

impl<K, V> Default for Builder<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Builder<K, V> {
    /// A builder of a cache that holds any number of entries for ever.
    ///
    /// ```
    /// # use lockfree_collections::cache::Builder;
    /// assert_eq!(Builder::<u8, u8>::new().build().max_capacity(), u64::MAX);
    /// ```
    pub fn new() -> Self {
        Self {
            name: None,
            capacity: u64::MAX,
            initial_capacity: 0,
            shards: None,
            weigher: None,
            listener: None,
            to_live: None,
            to_idle: None,
            expiry: None,
            clock: None,
            records: false,
        }
    }

    /// The greatest sum of weights; without a weigher, the greatest number of entries. None is allocated beforehand.
    ///
    /// ```
    /// # use lockfree_collections::cache::Builder;
    /// assert_eq!(Builder::<u8, u8>::new().max_capacity(7).build().max_capacity(), 7);
    /// ```
    pub fn max_capacity(mut self, capacity: u64) -> Self {
        self.capacity = capacity;
        self
    }

    /// For so many entries there is room in the tables from the beginning, so that they are not copied while the cache fills: 13 to 26
    /// bytes each. It is no more than a wish: more than the capacity is not made, and what there is no memory for.
    ///
    /// ```
    /// # use lockfree_collections::cache::Builder;
    /// let cache = Builder::new().max_capacity(10_000).initial_capacity(10_000).build();
    /// (0..1_000).for_each(|key| cache.insert(key, ()));
    /// assert_eq!(cache.entry_count(), 1_000);
    /// ```
    pub fn initial_capacity(mut self, entries: usize) -> Self {
        self.initial_capacity = entries;
        self
    }

    /// What the cache is called, by [`ConcurrentCache::name`] and in its `Debug`.
    ///
    /// ```
    /// # use lockfree_collections::cache::Builder;
    /// let cache = Builder::<u8, u8>::new().name("sessions").build();
    /// assert_eq!(cache.name(), Some("sessions"));
    /// ```
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// In how many parts the cache is divided, each with a lock of its own for changes, and its part of the capacity: the next power of two,
    /// 64 at most.
    ///
    /// By default up to 32, with a capacity of 1024 at least each; but one if there is a weigher, since an entry must fit into one.
    ///
    /// ```
    /// # use lockfree_collections::cache::Builder;
    /// let cache = Builder::new().max_capacity(100).shards(4).build();
    /// (0..1000).for_each(|key| cache.insert(key, ()));
    /// assert_eq!(cache.entry_count(), 100);
    /// ```
    #[doc(alias = "segments")]
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = Some(shards);
        self
    }

    /// What an entry weighs: called once when it is put in.
    ///
    /// ```
    /// # use lockfree_collections::cache::Builder;
    /// let cache = Builder::new().max_capacity(5).weigher(|key: &u32, _: &()| *key).build();
    /// cache.insert(3, ());
    /// cache.insert(6, ());
    /// assert_eq!((cache.get(&3), cache.get(&6)), (Some(()), None));
    /// ```
    pub fn weigher(mut self, weigher: impl Fn(&K, &V) -> u32 + Send + Sync + 'static) -> Self {
        self.weigher = Some(Arc::new(weigher));
        self
    }

    /// Is told of each entry that has left the cache, and why, by the thread that has removed it, without any lock.
    ///
    /// If it panics, so does the operation, which is done then; of what it has removed besides nothing is told.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use lockfree_collections::cache::{Builder, RemovalCause};
    ///
    /// let gone = Arc::new(Mutex::new(Vec::new()));
    /// let told = Arc::clone(&gone);
    /// let cache = Builder::new().max_capacity(1).eviction_listener(move |key, _, cause| told.lock().unwrap().push((*key, cause))).build();
    /// cache.insert(1, 'a');
    /// cache.insert(1, 'b');
    /// cache.invalidate(&1);
    /// assert_eq!(*gone.lock().unwrap(), [(1, RemovalCause::Replaced), (1, RemovalCause::Explicit)]);
    /// ```
    pub fn eviction_listener(mut self, listener: impl Fn(&K, &V, RemovalCause) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// How long an entry lives from the time when its value is put in. Times are measured in milliseconds.
    ///
    /// An entry whose time is over is not found any more. It is removed when somebody puts an entry in or replaces it, each of which looks
    /// at four others, too; or by `run_pending_tasks`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use lockfree_collections::cache::{Builder, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let cache = Builder::new().time_to_live(Duration::from_secs(2)).clock(clock.clone()).build();
    /// cache.insert(1, 'a');
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(cache.get(&1), Some('a'));
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(cache.get(&1), None);
    /// ```
    pub fn time_to_live(mut self, time: Duration) -> Self {
        self.to_live = Some(time);
        self
    }

    /// How long an entry lives from the time when it was last found, or put in. As [`time_to_live`](Self::time_to_live).
    ///
    /// ```
    /// use std::time::Duration;
    /// use lockfree_collections::cache::{Builder, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let cache = Builder::new().time_to_idle(Duration::from_secs(2)).clock(clock.clone()).build();
    /// cache.insert(1, 'a');
    /// for _ in 0..5 {
    ///     clock.advance(Duration::from_secs(1));
    ///     assert_eq!(cache.get(&1), Some('a'));
    /// }
    /// clock.advance(Duration::from_secs(2));
    /// assert_eq!(cache.get(&1), None);
    /// ```
    pub fn time_to_idle(mut self, time: Duration) -> Self {
        self.to_idle = Some(time);
        self
    }

    /// How long each entry lives; beside `time_to_live` what is over first counts. See [`Expiry`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use lockfree_collections::cache::{Builder, Expiry};
    /// struct Never;
    /// impl Expiry<u8, u8> for Never {}
    /// let cache = Builder::new().expire_after(Never).build();
    /// cache.insert(1, 1);
    /// assert_eq!(cache.get(&1), Some(1));
    /// ```
    pub fn expire_after(mut self, expiry: impl Expiry<K, V> + 'static) -> Self {
        self.expiry = Some(Arc::new(expiry));
        self
    }

    /// What tells the time, if not the system's monotonic clock.
    ///
    /// ```
    /// # use lockfree_collections::cache::{Builder, ManualClock};
    /// let cache = Builder::new().clock(ManualClock::new()).build();
    /// cache.insert(1, 'a');
    /// ```
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Counts hits and misses, which takes some nanoseconds for each look-up. What changes the cache is counted anyway.
    ///
    /// ```
    /// # use lockfree_collections::cache::Builder;
    /// let cache = Builder::<u8, u8>::new().record_stats().build();
    /// cache.get(&1);
    /// assert_eq!(cache.stats().misses, 1);
    /// ```
    pub fn record_stats(mut self) -> Self {
        self.records = true;
        self
    }

    /// Makes the cache.
    ///
    /// ```
    /// # use lockfree_collections::cache::Builder;
    /// Builder::new().max_capacity(10).build().insert(1, 'a');
    /// ```
    #[must_use]
    pub fn build(self) -> ConcurrentCache<K, V> {
        self.build_with_hasher(DefaultHashBuilder::default())
    }

    /// Makes the cache, with this hasher.
    ///
    /// ```
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    /// # use lockfree_collections::cache::Builder;
    ///
    /// let cache = Builder::new().max_capacity(10).build_with_hasher(BuildHasherDefault::<DefaultHasher>::new());
    /// cache.insert(1, 'a');
    /// ```
    #[must_use]
    pub fn build_with_hasher<S>(self, hash_builder: S) -> ConcurrentCache<K, V, S> {
        let shards = match self.shards {
            Some(shards) => shards.clamp(1, MOST).next_power_of_two(),
            None if self.weigher.is_some() => 1,
            None => {
                let most = (self.capacity / LEAST).clamp(1, SHARDS as u64) as usize;
                if most.is_power_of_two() { most } else { most.next_power_of_two() / 2 }
            }
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let lifetimes = Lifetimes::new(clock, self.to_live.map(ticks), self.to_idle.map(ticks), self.expiry);
        let plan = Plan {
            capacity: self.capacity,
            initial: self.initial_capacity,
            shards,
            weigher: self.weigher,
            listener: self.listener,
            lifetimes,
            records: self.records,
        };
        ConcurrentCache::with_plan(plan, hash_builder, self.name)
    }
}

impl<K, V> fmt::Debug for Builder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("max_capacity", &self.capacity)
            .field("time_to_live", &self.to_live)
            .field("time_to_idle", &self.to_idle)
            .finish_non_exhaustive()
    }
}
