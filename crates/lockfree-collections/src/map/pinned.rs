//! A map with a guard.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

use super::compute::{CapacityError, Compute, OccupiedError, Operation, ReserveError};
use super::guard::Guard;
use super::hash_map::{DefaultHashBuilder, LockFreeHashMap};
use super::iter::{Iter, Keys, Values};

/// A map together with a guard: its operations without a guard to pass. Made by [`LockFreeHashMap::pin`] and
/// [`LockFreeHashMap::pin_owned`].
///
/// References that the operations return last as long as this.
///
/// ```
/// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
/// let map = map.pin();
/// let first = map.get(&1);
/// map.insert(1, 'b');
/// assert_eq!((first, map.get(&1)), (Some(&'a'), Some(&'b')));
/// ```
#[must_use = "it is made to be used"]
pub struct HashMapRef<'map, K, V, S = DefaultHashBuilder, G = super::LocalGuard<'map>> {
    map: &'map LockFreeHashMap<K, V, S>,
    guard: G,
}

impl<'map, K, V, S, G> HashMapRef<'map, K, V, S, G> {
    #[inline]
    pub(super) fn new(map: &'map LockFreeHashMap<K, V, S>, guard: G) -> Self {
        Self { map, guard }
    }

    /// The map.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::<u8, u8>::new();
    /// assert!(std::ptr::eq(map.pin().map(), &map));
    /// ```
    pub fn map(&self) -> &'map LockFreeHashMap<K, V, S> {
        self.map
    }

    /// How many entries there are: [`LockFreeHashMap::len`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is none: [`LockFreeHashMap::is_empty`].
    ///
    /// ```
    /// assert!(!lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

impl<K, V, S, G> HashMapRef<'_, K, V, S, G>
where
    K: Hash + Eq,
    S: BuildHasher,
    G: Guard,
{
    /// Whether the key is there: [`LockFreeHashMap::contains_key`].
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().contains_key(&1));
    /// ```
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.map.contains_key(key, &self.guard)
    }

    /// The value of the key: [`LockFreeHashMap::get`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().get(&1), Some(&'a'));
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.map.get(key, &self.guard)
    }

    /// The key and its value: [`LockFreeHashMap::get_key_value`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().get_key_value(&1), Some((&1, &'a')));
    /// ```
    #[inline]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.map.get_key_value(key, &self.guard)
    }

    /// Inserts a value, or replaces the one that is there: [`LockFreeHashMap::insert`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().insert(1, 'b'), Some(&'a'));
    /// ```
    pub fn insert(&self, key: K, value: V) -> Option<&V> {
        self.map.insert(key, value, &self.guard)
    }

    /// Inserts a value if there is room: [`LockFreeHashMap::checked_insert`].
    ///
    /// # Errors
    ///
    /// If there is none, with key and value.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::new().pin().checked_insert(1, 'b'), Ok(None));
    /// ```
    pub fn checked_insert(&self, key: K, value: V) -> Result<Option<&V>, CapacityError<K, V>> {
        self.map.checked_insert(key, value, &self.guard)
    }

    /// Inserts a value if the key is not there: [`LockFreeHashMap::try_insert`].
    ///
    /// # Errors
    ///
    /// If the key is there.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().try_insert(1, 'b').is_err());
    /// ```
    pub fn try_insert(&self, key: K, value: V) -> Result<&V, OccupiedError<'_, V>> {
        self.map.try_insert(key, value, &self.guard)
    }

    /// Inserts what `f` returns if the key is not there: [`LockFreeHashMap::try_insert_with`].
    ///
    /// # Errors
    ///
    /// If the key is there, with its value.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::new().pin().try_insert_with(1, || 'b'), Ok(&'b'));
    /// ```
    pub fn try_insert_with<F>(&self, key: K, f: F) -> Result<&V, &V>
    where
        F: FnOnce() -> V,
    {
        self.map.try_insert_with(key, f, &self.guard)
    }

    /// The value of the key, inserted if it is not there: [`LockFreeHashMap::get_or_insert`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().get_or_insert(1, 'b'), &'a');
    /// ```
    pub fn get_or_insert(&self, key: K, value: V) -> &V {
        self.map.get_or_insert(key, value, &self.guard)
    }

    /// The value of the key, made if it is not there: [`LockFreeHashMap::get_or_insert_with`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::new().pin().get_or_insert_with(1, || 'b'), &'b');
    /// ```
    pub fn get_or_insert_with<F>(&self, key: K, f: F) -> &V
    where
        F: FnOnce() -> V,
    {
        self.map.get_or_insert_with(key, f, &self.guard)
    }

    /// Replaces the value by `update` of it: [`LockFreeHashMap::update`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([('a', 1)]).pin().update('a', |n| n + 1), Some(&2));
    /// ```
    pub fn update<F>(&self, key: K, update: F) -> Option<&V>
    where
        F: Fn(&V) -> V,
    {
        self.map.update(key, update, &self.guard)
    }

    /// Replaces the value by `update` of it, or inserts `value`: [`LockFreeHashMap::update_or_insert`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::new().pin().update_or_insert('a', |n| n + 1, 1), &1);
    /// ```
    pub fn update_or_insert<F>(&self, key: K, update: F, value: V) -> &V
    where
        F: Fn(&V) -> V,
    {
        self.map.update_or_insert(key, update, value, &self.guard)
    }

    /// Replaces the value by `update` of it, or inserts what `f` returns: [`LockFreeHashMap::update_or_insert_with`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::new().pin().update_or_insert_with('a', |n| n + 1, || 1), &1);
    /// ```
    pub fn update_or_insert_with<U, F>(&self, key: K, update: U, f: F) -> &V
    where
        F: FnOnce() -> V,
        U: Fn(&V) -> V,
    {
        self.map.update_or_insert_with(key, update, f, &self.guard)
    }

    /// Does what `compute` asks for, in one step: [`LockFreeHashMap::compute`].
    ///
    /// # Panics
    ///
    /// If `compute` asks to remove what is not there.
    ///
    /// ```
    /// use lockfree_collections::map::{Compute, Operation};
    ///
    /// let map = lockfree_collections::LockFreeHashMap::from([('a', 1)]);
    /// let map = map.pin();
    /// let done: Compute<'_, char, i32, ()> = map.compute('a', |_| Operation::Remove);
    /// assert_eq!(done, Compute::Removed(&'a', &1));
    /// ```
    pub fn compute<'g, F, T>(&'g self, key: K, compute: F) -> Compute<'g, K, V, T>
    where
        F: FnMut(Option<(&'g K, &'g V)>) -> Operation<V, T>,
    {
        self.map.compute(key, compute, &self.guard)
    }

    /// Removes the key: [`LockFreeHashMap::remove`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().remove(&1), Some(&'a'));
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.map.remove(key, &self.guard)
    }

    /// Removes the key, and returns the entry: [`LockFreeHashMap::remove_entry`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().remove_entry(&1), Some((&1, &'a')));
    /// ```
    pub fn remove_entry<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.map.remove_entry(key, &self.guard)
    }

    /// Removes the key if `should_remove` says so: [`LockFreeHashMap::remove_if`].
    ///
    /// # Errors
    ///
    /// If it says no, with the entry.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().remove_if(&1, |_, v| *v == 'b').is_err());
    /// ```
    #[allow(clippy::type_complexity, reason = "papaya's type")]
    pub fn remove_if<Q, F>(&self, key: &Q, should_remove: F) -> Result<Option<(&K, &V)>, (&K, &V)>
    where
        Q: Equivalent<K> + Hash + ?Sized,
        F: FnMut(&K, &V) -> bool,
    {
        self.map.remove_if(key, should_remove, &self.guard)
    }

    /// Removes all entries: [`LockFreeHashMap::clear`].
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// map.pin().clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&self) {
        self.map.clear(&self.guard);
    }

    /// Removes the entries of which `f` says no: [`LockFreeHashMap::retain`].
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a'), (2, 'b')]);
    /// map.pin().retain(|key, _| *key == 1);
    /// assert_eq!(map.len(), 1);
    /// ```
    pub fn retain<F>(&self, f: F)
    where
        F: FnMut(&K, &V) -> bool,
    {
        self.map.retain(f, &self.guard);
    }

    /// Makes room for so many entries more, as far as there is memory: [`LockFreeHashMap::reserve`].
    ///
    /// ```
    /// lockfree_collections::LockFreeHashMap::<u8, u8>::new().pin().reserve(200);
    /// ```
    pub fn reserve(&self, additional: usize) {
        self.map.reserve(additional, &self.guard);
    }

    /// Makes room for so many entries more: [`LockFreeHashMap::try_reserve`].
    ///
    /// # Errors
    ///
    /// If there is no memory for as many buckets.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashMap::<u8, u8>::new().pin().try_reserve(200).is_ok());
    /// ```
    pub fn try_reserve(&self, additional: usize) -> Result<(), ReserveError> {
        self.map.try_reserve(additional, &self.guard)
    }

    /// All entries: [`LockFreeHashMap::iter`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().iter().next(), Some((&1, &'a')));
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V, G> {
        self.map.iter(&self.guard)
    }

    /// All keys: [`LockFreeHashMap::keys`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().keys().next(), Some(&1));
    /// ```
    pub fn keys(&self) -> Keys<'_, K, V, G> {
        self.map.keys(&self.guard)
    }

    /// All values: [`LockFreeHashMap::values`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashMap::from([(1, 'a')]).pin().values().next(), Some(&'a'));
    /// ```
    pub fn values(&self) -> Values<'_, K, V, G> {
        self.map.values(&self.guard)
    }
}

impl<K, V, S, G> fmt::Debug for HashMapRef<'_, K, V, S, G>
where
    K: Hash + Eq + fmt::Debug,
    V: fmt::Debug,
    S: BuildHasher,
    G: Guard,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a, K, V, S, G> IntoIterator for &'a HashMapRef<'_, K, V, S, G>
where
    K: Hash + Eq,
    S: BuildHasher,
    G: Guard,
{
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V, G>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
