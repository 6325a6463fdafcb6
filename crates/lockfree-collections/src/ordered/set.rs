//! A set is a map without values.

use core::borrow::Borrow;
use core::fmt;
use core::ops::{Bound, RangeBounds};

use super::LockFreeSkipMap;
use super::entry::Entry;
use super::iter::{Iter, Range};
use crate::reclaim::Telemetry;

/// An ordered set that any number of threads may read and change at once.
///
/// It is a [`LockFreeSkipMap`] without values, with the guarantees stated there; entries have the element as their key. Names are those of
/// crossbeam-skiplist's `SkipSet`.
///
/// ```
/// use lockfree_collections::LockFreeSkipSet;
///
/// let set: LockFreeSkipSet<_> = [3, 1, 2].into_iter().collect();
/// assert!(!set.insert(2));
/// assert!(set.iter().map(|entry| *entry.key()).eq([1, 2, 3]));
/// ```
#[doc(alias = "SkipSet")]
#[doc(alias = "BTreeSet")]
pub struct LockFreeSkipSet<T> {
    map: LockFreeSkipMap<T, ()>,
}

impl<T> LockFreeSkipSet<T> {
    /// An empty set.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeSkipSet::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self { map: LockFreeSkipMap::new() }
    }

    /// How many elements there are; exact while nothing else runs.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipSet::from([1]).len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are no elements; exact while nothing else runs.
    ///
    /// ```
    /// assert!(!lockfree_collections::LockFreeSkipSet::from([1]).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Numbers about the set's memory, as [`LockFreeSkipMap::telemetry`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipSet::from([1]).telemetry().live, 1);
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.map.telemetry()
    }

    /// Drops the removed elements that nothing keeps, as [`LockFreeSkipMap::reclaim`].
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeSkipSet::from([1]);
    /// set.remove(&1);
    /// assert_eq!(set.reclaim(), 2);
    /// ```
    pub fn reclaim(&self) -> usize {
        self.map.reclaim()
    }
}

impl<T: Ord> LockFreeSkipSet<T> {
    /// Puts an element in; false if there is one that equals it, which stays.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeSkipSet::new();
    /// assert!(set.insert(1) && !set.insert(1));
    /// ```
    pub fn insert(&self, element: T) -> bool {
        self.map.find_or_put(element, || ()).1
    }

    /// Removes an element; false if there was none.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeSkipSet::from([1]);
    /// assert!(set.remove(&1) && !set.remove(&1));
    /// ```
    pub fn remove<Q>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.remove(element).is_some()
    }

    /// Whether an element is in the set.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeSkipSet::from(["one"]).contains("one"));
    /// ```
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.contains_key(element)
    }

    /// The element that equals `element`.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeSkipSet::from([String::from("one")]);
    /// assert_eq!(set.get("one").unwrap().key(), "one");
    /// ```
    pub fn get<Q>(&self, element: &Q) -> Option<Entry<'_, T, ()>>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.get(element)
    }

    /// The least element.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipSet::from([2, 1]).front().unwrap().key(), &1);
    /// ```
    pub fn front(&self) -> Option<Entry<'_, T, ()>> {
        self.map.front()
    }

    /// The greatest element.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipSet::from([2, 1]).back().unwrap().key(), &2);
    /// ```
    pub fn back(&self) -> Option<Entry<'_, T, ()>> {
        self.map.back()
    }

    /// Removes the least element, as [`LockFreeSkipMap::pop_front`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipSet::from([2, 1]).pop_front().unwrap().key(), &1);
    /// ```
    pub fn pop_front(&self) -> Option<Entry<'_, T, ()>> {
        self.map.pop_front()
    }

    /// Removes the greatest element, as [`LockFreeSkipMap::pop_back`].
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipSet::from([2, 1]).pop_back().unwrap().key(), &2);
    /// ```
    pub fn pop_back(&self) -> Option<Entry<'_, T, ()>> {
        self.map.pop_back()
    }

    /// The least element that `bound` allows.
    ///
    /// ```
    /// use std::ops::Bound::Included;
    ///
    /// let set = lockfree_collections::LockFreeSkipSet::from([1, 5]);
    /// assert_eq!(set.lower_bound(Included(&2)).unwrap().key(), &5);
    /// ```
    pub fn lower_bound<Q>(&self, bound: Bound<&Q>) -> Option<Entry<'_, T, ()>>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.lower_bound(bound)
    }

    /// The greatest element that `bound` allows.
    ///
    /// ```
    /// use std::ops::Bound::Included;
    ///
    /// let set = lockfree_collections::LockFreeSkipSet::from([1, 5]);
    /// assert_eq!(set.upper_bound(Included(&2)).unwrap().key(), &1);
    /// ```
    pub fn upper_bound<Q>(&self, bound: Bound<&Q>) -> Option<Entry<'_, T, ()>>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.upper_bound(bound)
    }

    /// Removes all elements that are found on a walk from the least to the greatest.
    ///
    /// ```
    /// let set = lockfree_collections::LockFreeSkipSet::from([1, 5]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&self) {
        self.map.clear();
    }

    /// The elements, in order.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipSet::from([1, 5]).iter().count(), 2);
    /// ```
    pub fn iter(&self) -> Iter<'_, T, ()> {
        self.map.iter()
    }

    /// The elements in `range`, in order.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipSet::from([1, 5]).range(2..).count(), 1);
    /// ```
    pub fn range<R: RangeBounds<T>>(&self, range: R) -> Range<'_, T, (), R> {
        self.map.range(range)
    }
}

impl<T> Default for LockFreeSkipSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Ord> Extend<T> for LockFreeSkipSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        elements.into_iter().for_each(|element| {
            self.insert(element);
        });
    }
}

impl<T: Ord> FromIterator<T> for LockFreeSkipSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut set = Self::new();
        set.extend(elements);
        set
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for LockFreeSkipSet<T> {
    fn from(elements: [T; N]) -> Self {
        elements.into_iter().collect()
    }
}

impl<T: Ord + fmt::Debug> fmt::Debug for LockFreeSkipSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        for entry in self.iter() {
            set.entry(entry.key());
        }
        set.finish()
    }
}
