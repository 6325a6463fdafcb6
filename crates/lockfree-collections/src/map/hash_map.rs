//! The map: making it, reading it, and telling about it. See [`LockFreeHashMap`]; what changes it is in [`super::change`] and [`super::remove`].

use core::hash::{BuildHasher, Hash};
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr;

use equivalent::Equivalent;

#[cfg(any(feature = "std", loom))]
use super::builder::HashMapBuilder;
use super::compute::ReserveError;
use super::entry::Entry;
use super::grown::PLACES;
use super::guard::{Guard, LocalGuard, OwnedGuard};
use super::iter::{Iter, Keys, Values};
use super::pinned::HashMapRef;
use super::store::Store;
use super::work::Work;
use crate::reclaim::Telemetry;

/// What makes the hashers of a map that was not given anything else: `std`'s, with random keys.
#[cfg(any(feature = "std", loom))]
pub type DefaultHashBuilder = std::hash::RandomState;

/// What makes the hashers of a map that was not given anything else: without `std`, nothing does.
#[cfg(not(any(feature = "std", loom)))]
#[derive(Clone, Copy, Debug)]
pub enum DefaultHashBuilder {}

/// A hash map that any number of threads may read and change at once.
///
/// Operations take a guard, and what they return are references that last as long as it: [`LockFreeHashMap::pin`] makes one and
/// offers the operations without it. Names and types are those of `papaya`'s `HashMap`.
///
/// # Guarantees
///
/// - *Order*: operations on one key are linearizable, closures of [`compute`](LockFreeHashMap::compute) and the like included; what
///   [`Iter`] yields is stated there; `len` counts each thread's changes at some time during the call.
/// - *Progress*: all operations are lock-free, as far as the global allocator, the keys' `Hash` and `Eq` and the closures are. A
///   guard, or a reference got under it, stops nobody: not other threads, not the same thread, and not a task that waits.
/// - *Growth*: with more than eight entries for each bucket on average (three where pointers have 32 bits), the table is moved into one
///   twice as large, a few buckets with each operation that comes upon it. An operation takes no longer for it than the allocation of
///   zeroed memory and the moving of these; `Hash` is called for the keys that are moved. It never shrinks.
/// - *Memory*: an entry takes its size and, in the table, eight to sixteen bytes. Memory of removed entries is used again, and given back with
///   the map. A removed entry, or one whose value was replaced, stays until no guard needs it: each of the map's `H` slots (one for each
///   thread that uses it, one for each further guard) keeps up to 1,024 of them, and as many again while they are looked at, fewer if they
///   are large (12 KiB, but eight entries), and two thirds more of such as have nothing to drop. Beyond that, a guard keeps what was removed
///   since it was made and was in memory that the map had when the guard was used last: a stalled one no more entries than the map had had
///   room for then, however much is replaced afterwards, and the table of then. What long guards have kept is dropped when a quarter as much has been removed in addition.
///   [`LockFreeHashMap::telemetry`] tells the numbers, [`LockFreeHashMap::reclaim`] drops what can be dropped.
/// - *Capacity*: there are 771,751,904 places for entries, those included that wait to be dropped or that threads keep free for themselves
///   (1,024 each at most). To insert one more is a panic, "capacity overflow", as with the map of `std`, after which the map is as usable as
///   before; for [`checked_insert`](LockFreeHashMap::checked_insert) and [`try_reserve`](LockFreeHashMap::try_reserve) it is an error.
/// - *Drop*: removed entries are dropped by a thread that changes the map, some operations later, or with the map. Their `drop` may
///   use the map; if it panics, the panic comes out of an operation that has been done, and the others are still dropped.
/// - *Panics* in `Hash`, `Eq`, a closure: the operation has not been done, and the map is as usable as before; but a panic of the `Hash` of
///   a key that is moved meanwhile may come out of an insertion that has been done.
/// - *Happens-before*: what a thread did before it inserted a value is seen by the thread that finds it.
///
/// Keys and values may borrow: what the map reclaims is dropped with it at the latest.
///
/// # Examples
///
/// ```
/// use lockfree_collections::LockFreeHashMap;
///
/// let words = LockFreeHashMap::new();
/// std::thread::scope(|scope| {
///     for text in ["a b a", "b a"] {
///         let words = &words;
///         scope.spawn(move || {
///             let words = words.pin();
///             for word in text.split(' ') {
///                 words.update_or_insert(word, |count| count + 1, 1);
///             }
///         });
///     }
/// });
/// assert_eq!(words.pin().get("a"), Some(&3));
/// assert_eq!(words.pin().get("b"), Some(&2));
/// ```
///
/// A reference does not outlive its guard:
///
/// ```compile_fail
/// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
/// let value = map.pin().get(&1);
/// drop(map);
/// assert_eq!(value, Some(&'a'));
/// ```
#[doc(alias = "HashMap")]
#[doc(alias = "ThreadSafeCache")]
pub struct LockFreeHashMap<K, V, S = DefaultHashBuilder> {
    pub(super) store: Store<K, V>,
    pub(super) hash_builder: S,
}

// The user's code runs inside operations before they are done, or after.
impl<K: RefUnwindSafe, V: RefUnwindSafe, S: UnwindSafe> UnwindSafe for LockFreeHashMap<K, V, S> {}
impl<K: RefUnwindSafe, V: RefUnwindSafe, S: RefUnwindSafe> RefUnwindSafe for LockFreeHashMap<K, V, S> {}

#[cfg(any(feature = "std", loom))]
impl<K, V> LockFreeHashMap<K, V> {
    /// An empty map. Nothing is allocated before the first entry.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::<String, u32>::new();
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty map with room for `capacity` entries. More than there is memory for counts as less.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::with_capacity(1_000);
    /// map.pin().insert(1, 'a');
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, DefaultHashBuilder::default())
    }

    /// Makes a map bit by bit.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::builder().capacity(10).build();
    /// map.pin().insert(1, 'a');
    /// ```
    #[must_use]
    pub fn builder() -> HashMapBuilder<K, V> {
        HashMapBuilder::new()
    }
}

impl<K, V, S> LockFreeHashMap<K, V, S> {
    /// An empty map that hashes keys with `hash_builder`.
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// let map = lockfree_collections::LockFreeHashMap::with_hasher(RandomState::new());
    /// map.pin().insert(1, 'a');
    /// ```
    #[must_use]
    pub fn with_hasher(hash_builder: S) -> Self {
        Self::with_capacity_and_hasher(0, hash_builder)
    }

    /// An empty map with room for `capacity` entries, which hashes keys with `hash_builder`.
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// let map = lockfree_collections::LockFreeHashMap::with_capacity_and_hasher(10, RandomState::new());
    /// map.pin().insert(1, 'a');
    /// ```
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self { store: Store::new(capacity), hash_builder }
    }

    /// What makes the hashers.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::<u8, u8>::new();
    /// let _hasher: &std::hash::RandomState = map.hasher();
    /// ```
    pub fn hasher(&self) -> &S {
        &self.hash_builder
    }

    /// A guard together with the map: the operations without a guard to pass.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// let map = map.pin();
    /// map.insert(1, 'a');
    /// assert_eq!(map.get(&1), Some(&'a'));
    /// ```
    #[inline]
    pub fn pin(&self) -> HashMapRef<'_, K, V, S, LocalGuard<'_>> {
        HashMapRef::new(self, self.guard())
    }

    /// As [`LockFreeHashMap::pin`], to be used by several threads at once and held across `.await`.
    ///
    /// ```
    /// use lockfree_collections::LockFreeHashMap;
    ///
    /// async fn slow(map: &LockFreeHashMap<u32, char>) -> Option<char> {
    ///     let map = map.pin_owned();
    ///     let value = map.get(&1);
    ///     std::future::ready(()).await;
    ///     value.copied()
    /// }
    ///
    /// fn is_send(future: impl Future<Output = Option<char>> + Send) {
    ///     drop(future);
    /// }
    ///
    /// is_send(slow(&LockFreeHashMap::from([(1, 'a')])));
    /// ```
    pub fn pin_owned(&self) -> HashMapRef<'_, K, V, S, OwnedGuard<'_>> {
        HashMapRef::new(self, self.owned_guard())
    }

    /// A guard for the operations of this map.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// assert_eq!(map.get(&1, &map.guard()), Some(&'a'));
    /// ```
    #[inline]
    pub fn guard(&self) -> LocalGuard<'_> {
        LocalGuard::new(self.store.eras())
    }

    /// A guard for the operations of this map, for several threads at once. Operations are slower under it than under a
    /// [`LockFreeHashMap::guard`].
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// assert_eq!(map.get(&1, &map.owned_guard()), Some(&'a'));
    /// ```
    pub fn owned_guard(&self) -> OwnedGuard<'_> {
        OwnedGuard::new(self.store.eras())
    }

    /// How many entries there are; approximate while others change the map. Time in proportion to the slots.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(map.len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there is no entry; approximate while others change the map.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashMap::<u8, u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops the removed entries that no guard needs, and tells how many there were.
    ///
    /// Operations do this by themselves from time to time. What threads that still run have removed and not looked at yet waits
    /// for them.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// map.pin().remove(&1);
    /// assert_eq!(map.reclaim(), 1);
    /// ```
    pub fn reclaim(&self) -> usize {
        self.store.reclaim()
    }

    /// Tells how many entries there are and how many removed ones stay in memory. `bound` is for slots without a guard: what guards
    /// keep comes in addition.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// map.pin().insert(1, 'b');
    /// let memory = map.telemetry();
    /// assert_eq!((memory.live, memory.retired), (1, 1));
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        let eras = self.store.eras();
        let slots = eras.slots();
        Telemetry {
            live: self.len(),
            retired: eras.garbage(),
            // As many wait for the second look as have come since.
            bound: slots * 2 * Store::<K, V>::most(),
            slots,
            object_bytes: size_of::<Entry<K, V>>() + Store::<K, V>::record(),
        }
    }

    /// The store, for as long as the guard, which must be one of this map's.
    #[inline(always)]
    pub(super) fn store<'g>(&self, guard: &'g impl Guard) -> &'g Store<K, V> {
        if !ptr::eq(guard.eras(), self.store.eras()) {
            refuse();
        }
        let store = &raw const self.store;
        // SAFETY: the guard borrows the eras of this map for longer than `'g`, and so the map.
        unsafe { &*store }
    }
}

#[cold]
fn refuse() -> ! {
    panic!("the guard is of another map")
}

impl<K, V, S> LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// The hash of a key, which says where in the map it is.
    #[inline(always)]
    pub(super) fn hash(&self, key: &(impl Hash + ?Sized)) -> u64 {
        // Hashers that only touch the low bits are mixed into the high ones, which choose the bucket.
        self.hash_builder.hash_one(key).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// Tells whether the key is in the map.
    ///
    /// # Panics
    ///
    /// If the guard is of another map; so all operations with a guard.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// assert!(map.contains_key(&1, &map.guard()));
    /// ```
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q, guard: &impl Guard) -> bool
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.get_key_value(key, guard).is_some()
    }

    /// The value of the key.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(String::from("one"), 1)]);
    /// assert_eq!(map.get("one", &map.guard()), Some(&1));
    /// ```
    #[inline(always)]
    pub fn get<'g, Q>(&self, key: &Q, guard: &'g impl Guard) -> Option<&'g V>
    where
        K: 'g,
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.get_key_value(key, guard).map(|(_, value)| value)
    }

    /// The key, as it is in the map, and the value.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// assert_eq!(map.get_key_value(&1, &map.guard()), Some((&1, &'a')));
    /// ```
    #[inline(always)]
    pub fn get_key_value<'g, Q>(&self, key: &Q, guard: &'g impl Guard) -> Option<(&'g K, &'g V)>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.entry(key, guard).map(|entry| (entry.key(), entry.value()))
    }

    #[inline(always)]
    pub(super) fn entry<'g, Q>(&self, key: &Q, guard: &'g impl Guard) -> Option<&'g Entry<K, V>>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        // As a rule nothing happens meanwhile, and this is short.
        match self.store(guard).find_at_once(self.hash(key), |other| key.equivalent(other), guard) {
            Some(found) => found,
            None => self.find(key, guard),
        }
    }

    #[cold]
    #[inline(never)]
    fn find<'g, Q>(&self, key: &Q, guard: &'g impl Guard) -> Option<&'g Entry<K, V>>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        let rehash = |key: &K| self.hash(key);
        self.store(guard).find(self.hash(key), |other| key.equivalent(other), guard, &rehash)
    }

    /// Makes room for so many entries more, as far as there is memory: see [`LockFreeHashMap::try_reserve`].
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::<u8, u8>::new();
    /// map.reserve(200, &map.guard());
    /// ```
    pub fn reserve(&self, additional: usize, guard: &impl Guard) {
        // Without the room, the map works as well, with longer ways.
        _ = self.try_reserve(additional, guard);
    }

    /// Makes room for so many entries more.
    ///
    /// # Errors
    ///
    /// If there is no memory for as many buckets, or the map cannot have so many entries. It works on with the buckets that it has.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::<u8, u8>::new();
    /// assert!(map.try_reserve(200, &map.guard()).is_ok());
    /// assert!(map.try_reserve(usize::MAX, &map.guard()).is_err());
    /// ```
    pub fn try_reserve(&self, additional: usize, guard: &impl Guard) -> Result<(), ReserveError> {
        let wanted = self.len().checked_add(additional).filter(|wanted| *wanted <= PLACES).ok_or(ReserveError)?;
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let done = work.reserve(wanted);
        work.settle();
        if done { Ok(()) } else { Err(ReserveError) }
    }

    /// All entries; [`Iter`] says which, if the map changes meanwhile.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// assert_eq!(map.iter(&map.guard()).next(), Some((&1, &'a')));
    /// ```
    pub fn iter<'g, G: Guard>(&self, guard: &'g G) -> Iter<'g, K, V, G> {
        Iter::new(self.store(guard), guard)
    }

    /// All keys.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// assert_eq!(map.keys(&map.guard()).next(), Some(&1));
    /// ```
    pub fn keys<'g, G: Guard>(&self, guard: &'g G) -> Keys<'g, K, V, G> {
        Keys(self.iter(guard))
    }

    /// All values.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// assert_eq!(map.values(&map.guard()).next(), Some(&'a'));
    /// ```
    pub fn values<'g, G: Guard>(&self, guard: &'g G) -> Values<'g, K, V, G> {
        Values(self.iter(guard))
    }
}
