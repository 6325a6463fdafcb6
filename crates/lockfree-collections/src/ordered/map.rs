//! The ordered map: what it offers. How it works is told in `list.rs`, and why it is built this way in the book, `adr/0004-ordered-map.md`.

use core::borrow::Borrow;
use core::fmt;
use core::ops::{Bound, RangeBounds};
use core::ptr::NonNull;

use super::change::Meet;
use super::entry::{Entry, Keep, item_of};
use super::item::Item;
use super::iter::{IntoIter, Iter, Range, aim, is_before, is_within};
use super::list::List;
use super::rank::Aim;
use crate::reclaim::eras::Pinned;
use crate::reclaim::{Count, Telemetry};

/// An ordered map that any number of threads may read and change at once.
///
/// Operations return [`Entry`]s, references that block nobody. Names are those of crossbeam-skiplist's `SkipMap`.
///
/// # Guarantees
///
/// - *Order*: operations on one key are linearizable, also replacing a value, which is one step: nobody finds the key missing. What
///   iterators yield is stated at [`Iter`]. `front`, `back`, the bounds and `pop_front` give an entry that was the first (last, next) at
///   some time during the call; `len` counts each thread's changes at some time during the call.
/// - *Progress*: all operations are lock-free, as far as the global allocator and the keys' `Ord` are. An entry or an iterator stops
///   nobody.
/// - *Complexity*: finding, adding and removing compare O(log n) keys on average; a step of an iterator takes constant time but where it
///   comes to another leaf, of up to fifteen entries; that is a search, unless it goes forwards and the leaf has not been replaced. A change
///   copies a leaf. Integers, characters, strings and bytes are compared by their first eight bytes, which stand in the leaves; keys of other
///   types are looked at for it.
/// - *Memory*: an allocation for an entry, of its key, its value and a word; a leaf of 272 bytes and a node of 128 for each seven to fifteen of
///   them. Of what was removed and replaced, entries, leaves and nodes, at most 128 (32 KiB of them, but at least 8) are kept for each slot, and what entries and
///   iterators keep: what was in the map at some time from when one was made to when it was used last, and a batch that came next. A slot stands for one thread, or for
///   one more entry or iterator at the same time. After many removals leaves may be shorter; they go when they are empty. [`telemetry`](Self::telemetry) tells the
///   numbers, [`reclaim`](Self::reclaim) drops what can be dropped.
/// - *Drop*: removed entries are dropped by a thread that uses the map, some operations later, or with the map. Their `drop` may
///   use the map; if it panics, the panic comes out of an operation that has been done, and the others are still dropped.
/// - *Panics* in `Ord`: the operation has been done or not, and the map is as usable as before.
/// - *Happens-before*: what a thread did before it inserted a value is seen by the thread that finds it.
///
/// Keys and values may borrow: what the map reclaims is dropped with it at the latest.
///
/// # Examples
///
/// ```
/// use lockfree_collections::LockFreeSkipMap;
///
/// let map = LockFreeSkipMap::new();
/// std::thread::scope(|scope| {
///     for part in 0..2 {
///         let map = &map;
///         scope.spawn(move || (0..10).for_each(|number| drop(map.insert(2 * number + part, part))));
///     }
/// });
/// assert!(map.iter().map(|entry| *entry.key()).eq(0..20));
/// assert!(map.range(5..8).map(|entry| *entry.value()).eq([1, 0, 1]));
/// ```
#[doc(alias = "SkipMap")]
#[doc(alias = "BTreeMap")]
pub struct LockFreeSkipMap<K, V> {
    list: List<K, V>,
}

impl<K, V> LockFreeSkipMap<K, V> {
    /// An empty map.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeSkipMap::<u8, u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self { list: List::new() }
    }

    /// How many entries there are; exact while nothing else runs.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::LockFreeSkipMap::from([(1, 'a')]).len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are no entries; exact while nothing else runs.
    ///
    /// ```
    /// assert!(!lockfree_collections::LockFreeSkipMap::from([(1, 'a')]).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers about the map's memory. What is retired are removed and replaced entries, leaves that others have taken the place of, and nodes;
    /// `object_bytes` is the size of the greatest.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// drop(map.insert(1, 'b'));
    /// // The old entry, and the leaf that it was in.
    /// assert_eq!((map.telemetry().live, map.telemetry().retired), (1, 2));
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        let eras = self.list.eras();
        let slots = eras.slots();
        Telemetry {
            live: self.len(),
            retired: eras.total(Count::Retired).saturating_sub(eras.total(Count::Freed)),
            bound: slots * List::<K, V>::batch(),
            slots,
            object_bytes: List::<K, V>::object_bytes() + crate::reclaim::eras::RECORD,
        }
    }

    /// Drops the removed entries that nothing keeps, and frees leaves and nodes; tells how many of all these.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// drop(map.remove(&1));
    /// assert_eq!(map.reclaim(), 2);
    /// ```
    pub fn reclaim(&self) -> usize {
        self.list.eras().reclaim()
    }
}

impl<K: Ord, V> LockFreeSkipMap<K, V> {
    fn find<'g, Q>(&'g self, key: &Q, pin: &'g Pinned<'_>) -> Option<&'g Item<K, V>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.list.find(&Self::upto(key), |other| other.borrow() == key, pin)
    }

    /// The place behind `key`.
    fn upto<Q>(key: &Q) -> Aim<impl Fn(&K) -> bool>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        Aim::at(key, move |other: &K| other.borrow() <= key)
    }

    /// The entry of `key`.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([("one", 1)]);
    /// assert_eq!(map.get("one").map(|entry| *entry.value()), Some(1));
    /// ```
    pub fn get<Q>(&self, key: &Q) -> Option<Entry<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.list.entry_at(|_, pin| self.find(key, pin).map(NonNull::from))
    }

    /// Whether there is an entry of `key`.
    ///
    /// ```
    /// assert!(lockfree_collections::LockFreeSkipMap::from([("one", 1)]).contains_key("one"));
    /// ```
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let pin = self.list.eras().pin();
        let found = self.find(key, &pin).is_some();
        self.list.collect(&pin);
        found
    }

    /// Puts an entry in, in the place of that of `key` if there is one; returns the new one.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::new();
    /// assert_eq!(map.insert(1, 'a').value(), &'a');
    /// ```
    pub fn insert(&self, key: K, value: V) -> Entry<'_, K, V> {
        let pin = self.list.eras().pin();
        let item = NonNull::from(self.list.put(self.list.fresh_item(key, value), Meet::Replace, &pin).item);
        self.list.collect(&pin);
        // SAFETY: published under this guard.
        unsafe { Entry::new(&self.list, Keep::Own(pin), item) }
    }

    /// As [`insert`](Self::insert), and returns the entry that was there before, which has been removed.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::new();
    /// assert!(map.replace(1, 'a').is_none());
    /// assert_eq!(map.replace(1, 'b').map(|old| *old.value()), Some('a'));
    /// ```
    pub fn replace(&self, key: K, value: V) -> Option<Entry<'_, K, V>> {
        self.list.entry_at(|list, pin| list.put(list.fresh_item(key, value), Meet::Replace, pin).old.map(NonNull::from))
    }

    /// The entry of `key`, which is put in if there is none.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// assert_eq!(map.get_or_insert(1, 'b').value(), &'a');
    /// ```
    pub fn get_or_insert(&self, key: K, value: V) -> Entry<'_, K, V> {
        self.get_or_insert_with(key, || value)
    }

    /// As [`get_or_insert`](Self::get_or_insert), with a value that is made only if it seems to be needed.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// assert_eq!(map.get_or_insert_with(1, || unreachable!()).value(), &'a');
    /// ```
    pub fn get_or_insert_with(&self, key: K, value: impl FnOnce() -> V) -> Entry<'_, K, V> {
        self.find_or_put(key, value).0
    }

    /// The entry of `key`, and whether it was put in just now.
    pub(super) fn find_or_put(&self, key: K, value: impl FnOnce() -> V) -> (Entry<'_, K, V>, bool) {
        let pin = self.list.eras().pin();
        let (item, is_new, left) = match self.find(&key, &pin) {
            Some(item) => (NonNull::from(item), false, None),
            None => {
                let put = self.list.put(self.list.fresh_item(key, value()), Meet::Leave, &pin);
                (NonNull::from(put.item), put.left.is_none(), put.left)
            }
        };
        self.list.collect(&pin);
        drop(left);
        // SAFETY: found, or published, under this guard.
        (unsafe { Entry::new(&self.list, Keep::Own(pin), item) }, is_new)
    }

    /// Removes the entry of `key`, and returns it.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// assert_eq!(map.remove(&1).map(|entry| *entry.value()), Some('a'));
    /// assert!(map.remove(&1).is_none());
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> Option<Entry<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let remove = |list: &List<K, V>, pin: &Pinned<'_>| {
            list.remove(&Self::upto(key), |item| item.key().borrow() == key, pin, NonNull::from)
        };
        self.list.entry_at(remove)
    }

    /// Removes the entry of `key`, and returns its value, not a reference: the very one if nobody can be on it, which is when no entry or
    /// iterator of the map is alive that is older than this call, nor an operation running, else a clone.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, String::from("a"))]);
    /// assert_eq!(map.take(&1), Some(String::from("a")));
    /// assert_eq!(map.take(&1), None);
    /// ```
    pub fn take<Q>(&self, key: &Q) -> Option<V>
    where
        V: Clone,
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        // A guard of its own, under which nobody has got a reference.
        let pin = self.list.eras().pin();
        let take = |item: &Item<K, V>| {
            if pin.is_kept_by_others(item.born()) {
                return item.value().clone();
            }
            // SAFETY: it is removed, and no other guard is on it.
            unsafe { item.take_value() }
        };
        let value = self.list.remove(&Self::upto(key), |item| item.key().borrow() == key, &pin, take);
        self.list.collect(&pin);
        value
    }

    /// Removes what `find` finds, again if another thread was faster.
    fn remove_first(
        &self,
        find: impl Fn(&List<K, V>, &Pinned<'_>) -> Option<NonNull<Item<K, V>>>,
    ) -> Option<Entry<'_, K, V>> {
        self.list.entry_at(|list, pin| {
            loop {
                let item = find(list, pin)?;
                // SAFETY: found under this guard.
                if list.remove_item(unsafe { item.as_ref() }, pin) {
                    return Some(item);
                }
            }
        })
    }

    /// The entry with the least key.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!(map.front().map(|entry| *entry.key()), Some(1));
    /// ```
    pub fn front(&self) -> Option<Entry<'_, K, V>> {
        self.list.entry_at(first)
    }

    /// The entry with the greatest key.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!(map.back().map(|entry| *entry.key()), Some(2));
    /// ```
    pub fn back(&self) -> Option<Entry<'_, K, V>> {
        self.list.entry_at(last)
    }

    /// Removes the entry with the least key: one that was the first at some time during the call.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!(map.pop_front().map(|entry| *entry.key()), Some(1));
    /// ```
    pub fn pop_front(&self) -> Option<Entry<'_, K, V>> {
        self.remove_first(first)
    }

    /// Removes the entry with the greatest key: one that was the last at some time during the call.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!(map.pop_back().map(|entry| *entry.key()), Some(2));
    /// ```
    pub fn pop_back(&self) -> Option<Entry<'_, K, V>> {
        self.remove_first(last)
    }

    /// The entry with the least key that `bound` allows.
    ///
    /// ```
    /// use std::ops::Bound::Excluded;
    ///
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a'), (5, 'b')]);
    /// assert_eq!(map.lower_bound(Excluded(&1)).map(|entry| *entry.key()), Some(5));
    /// ```
    pub fn lower_bound<Q>(&self, bound: Bound<&Q>) -> Option<Entry<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let aim = aim(bound, |key: &K| is_before(key, bound));
        self.list.entry_at(|list, pin| item_of(list.first_behind(&aim, pin)))
    }

    /// The entry with the greatest key that `bound` allows.
    ///
    /// ```
    /// use std::ops::Bound::Included;
    ///
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a'), (5, 'b')]);
    /// assert_eq!(map.upper_bound(Included(&4)).map(|entry| *entry.key()), Some(1));
    /// ```
    pub fn upper_bound<Q>(&self, bound: Bound<&Q>) -> Option<Entry<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let aim = aim(bound, |key: &K| is_within(key, bound));
        self.list.entry_at(|list, pin| item_of(list.last_before(&aim, pin)))
    }

    /// Removes all entries that are found on a walk from the first to the last.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(2, 'b'), (1, 'a')]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&self) {
        self.iter().for_each(|entry| {
            entry.remove();
        });
    }

    /// The entries, in the order of their keys.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(2, 'b'), (1, 'a')]);
    /// assert!(map.iter().map(|entry| *entry.value()).eq(['a', 'b']));
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.list)
    }

    /// The entries whose keys are in `range`, in order.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a'), (5, 'b')]);
    /// assert_eq!(map.range(2..).count(), 1);
    /// ```
    pub fn range<R: RangeBounds<K>>(&self, range: R) -> Range<'_, K, V, R> {
        Range::new(&self.list, range)
    }
}

fn first<K: Ord, V>(list: &List<K, V>, pin: &Pinned<'_>) -> Option<NonNull<Item<K, V>>> {
    item_of(list.first_behind(&Aim::end(|_: &K| false), pin))
}

fn last<K: Ord, V>(list: &List<K, V>, pin: &Pinned<'_>) -> Option<NonNull<Item<K, V>>> {
    item_of(list.last_before(&Aim::end(|_: &K| true), pin))
}

impl<K, V> Default for LockFreeSkipMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V> Extend<(K, V)> for LockFreeSkipMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for LockFreeSkipMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for LockFreeSkipMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for LockFreeSkipMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self.list)
    }
}

impl<'a, K: Ord, V> IntoIterator for &'a LockFreeSkipMap<K, V> {
    type Item = Entry<'a, K, V>;
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for LockFreeSkipMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for entry in self {
            map.entry(entry.key(), entry.value());
        }
        map.finish()
    }
}
