//! The cache. Its parts: [`super::shard`], [`super::table`], [`super::policy`]; loaders are in [`super::load`].

use alloc::boxed::Box;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::panic::{RefUnwindSafe, UnwindSafe};

use equivalent::Equivalent;

use super::builder::Builder;
use super::iter::Iter;
use super::parts::{Parts, Plan};
use super::removed::{RemovalCause, Removed};

/// The hasher of caches that are not told otherwise.
///
/// ```
/// use lockfree_collections::cache::{ConcurrentCache, DefaultHashBuilder};
///
/// let cache: ConcurrentCache<u8, u8, DefaultHashBuilder> = ConcurrentCache::new(10);
/// assert_eq!(cache.entry_count(), 0);
/// ```
pub type DefaultHashBuilder = std::hash::RandomState;

/// A concurrent cache: a map with a capacity, which forgets what it expects to be asked for last of all.
///
/// The names are moka's (`sync::Cache`).
///
/// # Sharing
///
/// By reference, in a `static`, or in an `Arc`, whose clones are handles: `Arc<ConcurrentCache<_, _>>` has all the methods, `clone` included.
/// The cache itself is not `Clone`. moka's is a handle always; here who has a place for the cache pays no second pointer on each
/// look-up, and the type says whether it is shared.
///
/// ```
/// use std::sync::{Arc, LazyLock};
/// use lockfree_collections::ConcurrentCache;
///
/// let cache = Arc::new(ConcurrentCache::new(1000));
/// let other = cache.clone();
/// std::thread::spawn(move || other.insert("from", "afar")).join().unwrap();
/// assert_eq!(cache.get("from"), Some("afar"));
///
/// static SQUARES: LazyLock<ConcurrentCache<u64, u64>> = LazyLock::new(|| ConcurrentCache::new(1000));
/// assert_eq!(SQUARES.get_with(12, || 12 * 12), 144);
/// ```
///
/// # Guarantees
///
/// - *What is found*: a look-up returns the latest value of its key, or nothing. (Linearizable as a map that may forget any entry at any
///   time.)
/// - *Capacity*: the weight of what can be found is never above `max_capacity`, not by one and not for a moment: an entry is put in
///   when there is room for it.
/// - *Progress*: look-ups lock nothing and wait for nobody; of some, one in four at most, the policy is told under a lock that is only
///   tried. What changes the cache locks the shard of its key, for constant time on average: entries that are evicted are looked for
///   among 256 at most; when the table of a shard is full, it is copied.
/// - *The user's code*: weigher, loaders, listener, [`Expiry`](super::Expiry), predicates, and the drops and clones of keys and values run without any
///   lock: they may use the cache, or panic. Only `Eq` of keys runs under the lock of a shard: it must not use the cache.
/// - *Loaders*: of the loaders for one key one runs at a time; the others wait for it. If it panics, one of them runs next. What is
///   inserted or invalidated while it runs is later than what it loads: that is then handed to those who wait, and not kept.
/// - *Memory*: an entry takes a place for key and value, 16 bytes (40 with weights or lifetimes), and 25 to 58 bytes in tables, sketch and
///   queues. Places come in segments, and are used again; they go back to the allocator with the cache. More than
///   675,282,916 entries are not kept, whatever the capacity: others are evicted. There are an eighth more places, for what is
///   removed and looked at still. If readers keep all these, or there is no memory for more, an entry that would be put in is not: it is as if it
///   were evicted at once (a listener is told of it with [`RemovalCause::Size`], [`Stats::refusals`](super::Stats::refusals) counts it), the value that its key had
///   is gone, and who has loaded it, or waits for it, gets it. Entries that have been removed are dropped later: see
///   [`telemetry`](Self::telemetry).
/// - *Happens-before*: what a thread did before it put a value in is seen by who finds it.
///
/// # Examples
///
/// ```
/// use lockfree_collections::cache::ConcurrentCache;
///
/// let cache = ConcurrentCache::new(1000);
/// cache.insert("one", 1);
/// assert_eq!(cache.get("one"), Some(1));
/// assert_eq!(cache.get_with("two", || 2), 2);
/// assert_eq!(cache.get("two"), Some(2));
/// cache.invalidate("one");
/// assert_eq!(cache.get("one"), None);
/// ```
#[doc(alias = "ThreadSafeCache")]
#[doc(alias = "Cache")]
pub struct ConcurrentCache<K, V, S = DefaultHashBuilder> {
    pub(super) parts: Parts<K, V>,
    hash_builder: S,
    pub(super) name: Option<Box<str>>,
}

// The user's code runs before anything is changed, or after.
impl<K: RefUnwindSafe, V: RefUnwindSafe, S: UnwindSafe> UnwindSafe for ConcurrentCache<K, V, S> {}
impl<K: RefUnwindSafe, V: RefUnwindSafe, S: RefUnwindSafe> RefUnwindSafe for ConcurrentCache<K, V, S> {}

impl<K, V> ConcurrentCache<K, V> {
    /// A cache for so many entries, which stay until there is no room for them.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(2);
    /// (0..10).for_each(|key| cache.insert(key, ()));
    /// assert_eq!(cache.entry_count(), 2);
    /// ```
    #[must_use]
    pub fn new(max_capacity: u64) -> Self {
        Builder::new().max_capacity(max_capacity).build()
    }

    /// Makes a cache with more to it: weights, lifetimes, a listener, a clock.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::builder().max_capacity(100).weigher(|_, text: &String| text.len() as u32).build();
    /// cache.insert(1, "x".repeat(60));
    /// cache.insert(2, "x".repeat(60));
    /// assert_eq!((cache.entry_count(), cache.weighted_size()), (1, 60));
    /// ```
    pub fn builder() -> Builder<K, V> {
        Builder::new()
    }
}

impl<K, V, S> ConcurrentCache<K, V, S> {
    pub(super) fn with_plan(plan: Plan<K, V>, hash_builder: S, name: Option<Box<str>>) -> Self {
        Self { parts: Parts::new(plan), hash_builder, name }
    }

    /// Drops what has been removed and nobody looks at; tells how much.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// cache.invalidate(&1);
    /// assert_eq!(cache.reclaim(), 1);
    /// ```
    pub fn reclaim(&self) -> usize {
        self.parts.memory.reclaim()
    }

    /// Removes what is over, and drops what has been removed. Nothing else is ever pending: for code that was written for moka.
    ///
    /// Takes time linear in the size of the cache if entries have lifetimes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use lockfree_collections::cache::{ConcurrentCache, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let cache = ConcurrentCache::builder().max_capacity(10).time_to_live(Duration::from_secs(1)).clock(clock.clone()).build();
    /// cache.insert(1, 'a');
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(cache.get(&1), None);
    /// cache.run_pending_tasks();
    /// assert_eq!(cache.entry_count(), 0);
    /// ```
    pub fn run_pending_tasks(&self) {
        if self.parts.lifetimes.is_bounded() {
            let now = self.parts.now();
            for shard in &self.parts.shards {
                let mut removed = self.parts.removed();
                shard.take_over(&self.parts.lifetimes, now, &mut removed);
                self.parts.tell(&removed);
            }
        }
        self.reclaim();
    }

    /// Removes all entries that are there when this comes to their shards.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// cache.invalidate_all();
    /// assert_eq!((cache.get(&1), cache.entry_count()), (None, 0));
    /// ```
    pub fn invalidate_all(&self) {
        for shard in &self.parts.shards {
            let mut removed = self.parts.removed();
            shard.take_all(&mut removed);
            self.parts.tell(&removed);
        }
    }

    /// Removes the entries for which the predicate says yes, and tells how many. Unlike moka's it is done when this returns.
    ///
    /// Each entry that is there from beginning to end is asked about once. What is put in meanwhile may be left. It needs no
    /// `support_invalidation_closures` of the builder's, and costs look-ups nothing: no predicate is kept.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// (0..10).for_each(|key| cache.insert(key, key));
    /// let removed = cache.invalidate_entries_if(|key, _| key % 2 == 0);
    /// assert_eq!(removed as u64 + cache.entry_count(), 10);
    /// assert_eq!(cache.get(&2), None);
    /// ```
    pub fn invalidate_entries_if(&self, mut predicate: impl FnMut(&K, &V) -> bool) -> usize {
        let mut count = 0;
        for shard in &self.parts.shards {
            let mut removed = self.parts.removed();
            let memory = &self.parts.memory;
            let pinned = memory.eras().pin();
            for number in shard.snapshot(memory, &pinned) {
                // The guard keeps what the snapshot has.
                let entry = memory.at(number);
                if predicate(entry.key(), entry.value())
                    && shard.take_entry(number, RemovalCause::Explicit, &mut removed)
                {
                    count += 1;
                }
            }
            drop(pinned);
            self.parts.tell(&removed);
        }
        count
    }

    /// Keeps the entries for which the predicate says yes: [`invalidate_entries_if`](Self::invalidate_entries_if), turned round.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// (0..10).for_each(|key| cache.insert(key, key));
    /// cache.retain(|key, _| key % 2 == 0);
    /// assert_eq!((cache.entry_count(), cache.get(&3)), (5, None));
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.invalidate_entries_if(|key, value| !keep(key, value));
    }

    /// Clones of the entries, in no order: of each shard those that are there when the iterator comes to it.
    ///
    /// It blocks nobody, and what is removed meanwhile stays in memory until the iterator leaves its shard. Iterating is no use of
    /// the entries.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// assert_eq!(cache.iter().collect::<Vec<_>>(), [(1, 'a')]);
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.parts)
    }
}

impl<K, V, S> ConcurrentCache<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    #[inline]
    pub(super) fn hash(&self, key: &(impl Hash + ?Sized)) -> u64 {
        super::mix(self.hash_builder.hash_one(key))
    }

    /// The value of a key, if it is there. That is a use of the entry.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(String::from("a"), 1);
    /// assert_eq!((cache.get("a"), cache.get("b")), (Some(1), None));
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Equivalent<K> + Hash + ?Sized,
        V: Clone,
    {
        self.read(key, V::clone)
    }

    /// What `f` makes of the value of a key, if it is there: for values that are dear to clone. As [`get`](Self::get).
    ///
    /// `f` may use the cache; what is removed meanwhile stays in memory until it returns.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, vec![1, 2, 3]);
    /// assert_eq!(cache.read(&1, |numbers| numbers.len()), Some(3));
    /// ```
    #[inline]
    pub fn read<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        let pinned = self.parts.memory.eras().pin();
        let entry = self.parts.read(self.hash(key), |other| key.equivalent(other), &pinned)?;
        Some(f(entry.value()))
    }

    /// The value of a key, if it is there. That is no use of the entry: it neither stays longer for it, nor is it counted as a hit.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::builder().max_capacity(10).record_stats().build();
    /// cache.insert(String::from("a"), 1);
    /// assert_eq!((cache.peek("a"), cache.peek("b")), (Some(1), None));
    /// assert_eq!((cache.stats().hits, cache.stats().misses), (0, 0));
    /// ```
    pub fn peek<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Equivalent<K> + Hash + ?Sized,
        V: Clone,
    {
        self.look(key, V::clone)
    }

    /// What `f` makes of the value of a key, if it is there, without using it.
    fn look<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        let (hash, now, pinned) = (self.hash(key), self.parts.now(), self.parts.memory.eras().pin());
        let found = self.parts.shard(hash).find(&self.parts.memory, hash, |other| key.equivalent(other), &pinned);
        let (_, entry) = found.filter(|(number, _)| self.parts.is_alive(*number, now))?;
        Some(f(entry.value()))
    }

    /// Whether the key is there. That is no use of the entry.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// assert!(cache.contains_key(&1) && !cache.contains_key(&2));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.look(key, |_| ()).is_some()
    }

    /// Puts a value in, in the place of the one that the key has. An entry that weighs more than its shard holds is not kept.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// cache.insert(1, 'b');
    /// assert_eq!(cache.get(&1), Some('b'));
    /// ```
    pub fn insert(&self, key: K, value: V) {
        let parts = &self.parts;
        let hash = self.hash(&key);
        let now = parts.now();
        let mut removed = parts.removed();
        let mut entry = removed.make(hash, key);
        if parts.lifetimes.is_bounded() {
            removed.leave();
        }
        parts.fill(&mut entry, value, now);
        parts.shard(hash).put(&parts.memory, entry, &parts.circumstances(now), &mut removed);
        parts.put_done(&removed);
    }

    /// Removes a key. If a loader for it is running, what that loads is not kept.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// cache.invalidate(&1);
    /// assert!(!cache.contains_key(&1));
    /// ```
    pub fn invalidate<Q>(&self, key: &Q)
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        let mut removed = self.parts.removed();
        self.take(key, &mut removed);
        self.parts.tell(&removed);
    }

    /// Removes a key, and returns its value if it was there. As [`invalidate`](Self::invalidate).
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// assert_eq!((cache.remove(&1), cache.remove(&1)), (Some('a'), None));
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Equivalent<K> + Hash + ?Sized,
        V: Clone,
    {
        let mut removed = self.parts.removed();
        let found = self.take(key, &mut removed);
        let value = if found { removed.first().cloned() } else { None };
        self.parts.tell(&removed);
        value
    }

    /// Whether there was an entry whose time was not over.
    fn take<Q>(&self, key: &Q, removed: &mut Removed<'_, K, V>) -> bool
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        let (hash, now) = (self.hash(key), self.parts.now());
        let shard = self.parts.shard(hash);
        shard.take(hash, |other| key.equivalent(other), &self.parts.lifetimes, now, removed)
    }
}

/// As [`ConcurrentCache::iter`].
impl<'a, K: Clone, V: Clone, S> IntoIterator for &'a ConcurrentCache<K, V, S> {
    type Item = (K, V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K, V, S> fmt::Debug for ConcurrentCache<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConcurrentCache")
            .field("name", &self.name())
            .field("max_capacity", &self.max_capacity())
            .field("entry_count", &self.entry_count())
            .field("weighted_size", &self.weighted_size())
            .finish_non_exhaustive()
    }
}
