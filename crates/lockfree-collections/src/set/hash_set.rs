//! A set is a map without values.

use core::hash::{BuildHasher, Hash};

#[cfg(any(feature = "std", loom))]
use super::builder::HashSetBuilder;
use super::iter::Iter;
use super::pinned::HashSetRef;
use crate::map::{
    CapacityError, DefaultHashBuilder, Equivalent, Guard, LocalGuard, LockFreeHashMap, OwnedGuard, ReserveError,
};
use crate::reclaim::Telemetry;

/// A hash set that any number of threads may read and change at once.
///
/// It is a [`LockFreeHashMap`] without values, with the guarantees stated there; names and types are those of `papaya`'s `HashSet`.
///
/// # Examples
///
/// ```
/// use lockfree_collections::LockFreeHashSet;
///
/// let seen = LockFreeHashSet::new();
/// let new = std::thread::scope(|scope| {
///     let threads = [0, 1].map(|_| scope.spawn(|| (0..10).filter(|number| seen.pin().insert(*number)).count()));
///     threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
/// });
/// assert_eq!(new, 10);
/// ```
#[doc(alias = "HashSet")]
pub struct LockFreeHashSet<K, S = DefaultHashBuilder> {
    pub(super) map: LockFreeHashMap<K, (), S>,
}

#[cfg(any(feature = "std", loom))]
impl<K> LockFreeHashSet<K> {
    /// An empty set. Nothing is allocated before the first entry.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashSet::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self { map: LockFreeHashMap::new() }
    }

    /// An empty set with room for `capacity` entries. More than there is memory for counts as less.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::with_capacity(1_000);
    /// assert!(set.pin().insert(1));
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { map: LockFreeHashMap::with_capacity(capacity) }
    }

    /// Makes a set bit by bit.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::builder().capacity(10).build();
    /// assert!(set.pin().insert(1));
    /// ```
    #[must_use]
    pub fn builder() -> HashSetBuilder<K> {
        HashSetBuilder(LockFreeHashMap::builder())
    }
}

impl<K, S> LockFreeHashSet<K, S> {
    /// An empty set that hashes with `hash_builder`.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::with_hasher(std::hash::RandomState::new());
    /// assert!(set.pin().insert(1));
    /// ```
    #[must_use]
    pub fn with_hasher(hash_builder: S) -> Self {
        Self { map: LockFreeHashMap::with_hasher(hash_builder) }
    }

    /// An empty set with room for `capacity` entries, which hashes with `hash_builder`.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::with_capacity_and_hasher(10, std::hash::RandomState::new());
    /// assert!(set.pin().insert(1));
    /// ```
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self { map: LockFreeHashMap::with_capacity_and_hasher(capacity, hash_builder) }
    }

    /// What makes the hashers.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::<u8>::new();
    /// let _hasher: &std::hash::RandomState = set.hasher();
    /// ```
    pub fn hasher(&self) -> &S {
        self.map.hasher()
    }

    /// A guard together with the set: the operations without a guard to pass.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1, 2]);
    /// let set = set.pin();
    /// assert!(set.contains(&1));
    /// ```
    #[inline]
    pub fn pin(&self) -> HashSetRef<'_, K, S, LocalGuard<'_>> {
        HashSetRef { set: self, guard: self.guard() }
    }

    /// As [`LockFreeHashSet::pin`], to be used by several threads at once and held across `.await`.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashSet::from([1]).pin_owned().contains(&1));
    /// ```
    pub fn pin_owned(&self) -> HashSetRef<'_, K, S, OwnedGuard<'_>> {
        HashSetRef { set: self, guard: self.owned_guard() }
    }

    /// A guard for the operations of this set.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1]);
    /// assert!(set.contains(&1, &set.guard()));
    /// ```
    #[inline]
    pub fn guard(&self) -> LocalGuard<'_> {
        self.map.guard()
    }

    /// A guard for the operations of this set, for several threads at once.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1]);
    /// assert!(set.contains(&1, &set.owned_guard()));
    /// ```
    pub fn owned_guard(&self) -> OwnedGuard<'_> {
        self.map.owned_guard()
    }

    /// How many entries there are; approximate while others change the set.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashSet::from([1, 2]).len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is no entry; approximate while others change the set.
    ///
    /// ```
    /// assert!(!lockfree_collections::LockFreeHashSet::from([1, 2]).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Drops the removed entries that no guard needs, and tells how many there were: [`LockFreeHashMap::reclaim`].
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1]);
    /// set.pin().remove(&1);
    /// assert_eq!(set.reclaim(), 1);
    /// ```
    pub fn reclaim(&self) -> usize {
        self.map.reclaim()
    }

    /// Tells how many entries there are and how many removed ones stay in memory: [`LockFreeHashMap::telemetry`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashSet::from([1]).telemetry().live, 1);
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.map.telemetry()
    }
}

impl<K, S> LockFreeHashSet<K, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Tells whether the key is in the set.
    ///
    /// # Panics
    ///
    /// If the guard is of another set; so all operations with a guard.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([String::from("a")]);
    /// assert!(set.contains("a", &set.guard()));
    /// ```
    #[inline]
    pub fn contains<Q>(&self, key: &Q, guard: &impl Guard) -> bool
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.map.contains_key(key, guard)
    }

    /// The key, as it is in the set.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1]);
    /// assert_eq!(set.get(&1, &set.guard()), Some(&1));
    /// ```
    #[inline]
    pub fn get<'g, Q>(&self, key: &Q, guard: &'g impl Guard) -> Option<&'g K>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.map.get_key_value(key, guard).map(|(key, ())| key)
    }

    /// Inserts the key, and tells whether it was not there. A key that is there stays as it is.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::new();
    /// let guard = set.guard();
    /// assert!(set.insert(1, &guard));
    /// assert!(!set.insert(1, &guard));
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no place for one more entry: "capacity overflow", see *Capacity* of [`LockFreeHashMap`]. The key is dropped.
    /// [`checked_insert`](Self::checked_insert) gives it back.
    pub fn insert(&self, key: K, guard: &impl Guard) -> bool {
        self.map.try_insert(key, (), guard).is_ok()
    }

    /// As [`insert`](Self::insert), when there may be no room for one more entry: that is no panic, then. A key that is there needs no
    /// room.
    ///
    /// # Errors
    ///
    /// If there is no place for the entry (see *Capacity* of [`LockFreeHashMap`]), or no memory for more places: gives the key back. The set
    /// is as it was.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::new();
    /// let guard = set.guard();
    /// assert_eq!(set.checked_insert(1, &guard), Ok(true));
    /// assert_eq!(set.checked_insert(1, &guard), Ok(false));
    /// ```
    pub fn checked_insert(&self, key: K, guard: &impl Guard) -> Result<bool, CapacityError<K, ()>> {
        self.map.checked_insert_absent(key, (), guard)
    }

    /// Removes the key, and tells whether it was there.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1]);
    /// let guard = set.guard();
    /// assert!(set.remove(&1, &guard));
    /// assert!(!set.remove(&1, &guard));
    /// ```
    pub fn remove<Q>(&self, key: &Q, guard: &impl Guard) -> bool
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.map.remove_entry(key, guard).is_some()
    }

    /// Makes room for so many entries more, as far as there is memory.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::<u8>::new();
    /// set.reserve(200, &set.guard());
    /// ```
    pub fn reserve(&self, additional: usize, guard: &impl Guard) {
        self.map.reserve(additional, guard);
    }

    /// Makes room for so many entries more.
    ///
    /// # Errors
    ///
    /// If there is no memory for as many buckets.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::<u8>::new();
    /// assert!(set.try_reserve(usize::MAX, &set.guard()).is_err());
    /// ```
    pub fn try_reserve(&self, additional: usize, guard: &impl Guard) -> Result<(), ReserveError> {
        self.map.try_reserve(additional, guard)
    }

    /// Removes all entries that are in the set all the while; others may be removed, too.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1]);
    /// set.clear(&set.guard());
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&self, guard: &impl Guard) {
        self.map.clear(guard);
    }

    /// Removes the entries of which `f` says no: [`LockFreeHashMap::retain`].
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1, 2, 3]);
    /// set.retain(|key| key % 2 == 1, &set.guard());
    /// assert_eq!(set.len(), 2);
    /// ```
    pub fn retain<F>(&self, mut f: F, guard: &impl Guard)
    where
        F: FnMut(&K) -> bool,
    {
        self.map.retain(|key, ()| f(key), guard);
    }

    /// All entries; [`map::Iter`](crate::map::Iter) says which, if the set changes meanwhile.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1]);
    /// assert_eq!(set.iter(&set.guard()).next(), Some(&1));
    /// ```
    pub fn iter<'g, G: Guard>(&self, guard: &'g G) -> Iter<'g, K, G> {
        Iter(self.map.keys(guard))
    }
}
