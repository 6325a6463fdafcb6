//! A set with a guard.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::hash_set::LockFreeHashSet;
use super::iter::Iter;
use crate::map::{CapacityError, DefaultHashBuilder, Equivalent, Guard, LocalGuard, ReserveError};

/// A set together with a guard: its operations without a guard to pass. Made by [`LockFreeHashSet::pin`] and
/// [`LockFreeHashSet::pin_owned`].
///
/// ```
/// let set = lockfree_collections::LockFreeHashSet::from([1]);
/// let set = set.pin();
/// assert!(set.remove(&1) && set.insert(1));
/// ```
#[must_use = "it is made to be used"]
pub struct HashSetRef<'set, K, S = DefaultHashBuilder, G = LocalGuard<'set>> {
    pub(super) set: &'set LockFreeHashSet<K, S>,
    pub(super) guard: G,
}

impl<'set, K, S, G> HashSetRef<'set, K, S, G> {
    /// The set.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::<u8>::new();
    /// assert!(std::ptr::eq(set.pin().set(), &set));
    /// ```
    pub fn set(&self) -> &'set LockFreeHashSet<K, S> {
        self.set
    }

    /// How many entries there are: [`LockFreeHashSet::len`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashSet::from([1]).pin().len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether there is none: [`LockFreeHashSet::is_empty`].
    ///
    /// ```
    /// assert!(!lockfree_collections::LockFreeHashSet::from([1]).pin().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }
}

impl<K, S, G> HashSetRef<'_, K, S, G>
where
    K: Hash + Eq,
    S: BuildHasher,
    G: Guard,
{
    /// Whether the key is there: [`LockFreeHashSet::contains`].
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashSet::from([1]).pin().contains(&1));
    /// ```
    #[inline]
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.set.contains(key, &self.guard)
    }

    /// The key, as it is in the set: [`LockFreeHashSet::get`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashSet::from([1]).pin().get(&1), Some(&1));
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&K>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.set.get(key, &self.guard)
    }

    /// Inserts the key, and tells whether it was not there: [`LockFreeHashSet::insert`].
    ///
    /// ```
    /// assert!(!lockfree_collections::LockFreeHashSet::from([1]).pin().insert(1));
    /// ```
    pub fn insert(&self, key: K) -> bool {
        self.set.insert(key, &self.guard)
    }

    /// Inserts the key if there is room: [`LockFreeHashSet::checked_insert`].
    ///
    /// # Errors
    ///
    /// If there is none, gives the key back.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashSet::new().pin().checked_insert(1), Ok(true));
    /// ```
    pub fn checked_insert(&self, key: K) -> Result<bool, CapacityError<K, ()>> {
        self.set.checked_insert(key, &self.guard)
    }

    /// Removes the key, and tells whether it was there: [`LockFreeHashSet::remove`].
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashSet::from([1]).pin().remove(&1));
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> bool
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.set.remove(key, &self.guard)
    }

    /// Removes all entries: [`LockFreeHashSet::clear`].
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1]);
    /// set.pin().clear();
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&self) {
        self.set.clear(&self.guard);
    }

    /// Removes the entries of which `f` says no: [`LockFreeHashSet::retain`].
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeHashSet::from([1, 2]);
    /// set.pin().retain(|key| *key == 1);
    /// assert_eq!(set.len(), 1);
    /// ```
    pub fn retain<F>(&self, f: F)
    where
        F: FnMut(&K) -> bool,
    {
        self.set.retain(f, &self.guard);
    }

    /// Makes room for so many entries more, as far as there is memory: [`LockFreeHashSet::reserve`].
    ///
    /// ```
    /// lockfree_collections::LockFreeHashSet::<u8>::new().pin().reserve(200);
    /// ```
    pub fn reserve(&self, additional: usize) {
        self.set.reserve(additional, &self.guard);
    }

    /// Makes room for so many entries more: [`LockFreeHashSet::try_reserve`].
    ///
    /// # Errors
    ///
    /// If there is no memory for as many buckets.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeHashSet::<u8>::new().pin().try_reserve(200).is_ok());
    /// ```
    pub fn try_reserve(&self, additional: usize) -> Result<(), ReserveError> {
        self.set.try_reserve(additional, &self.guard)
    }

    /// All entries: [`LockFreeHashSet::iter`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeHashSet::from([1]).pin().iter().next(), Some(&1));
    /// ```
    pub fn iter(&self) -> Iter<'_, K, G> {
        self.set.iter(&self.guard)
    }
}

impl<K, S, G> fmt::Debug for HashSetRef<'_, K, S, G>
where
    K: Hash + Eq + fmt::Debug,
    S: BuildHasher,
    G: Guard,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a, K, S, G> IntoIterator for &'a HashSetRef<'_, K, S, G>
where
    K: Hash + Eq,
    S: BuildHasher,
    G: Guard,
{
    type Item = &'a K;
    type IntoIter = Iter<'a, K, G>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
