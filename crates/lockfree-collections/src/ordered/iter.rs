//! Walks over the entries in order.

use alloc::rc::Rc;
use core::borrow::Borrow;
use core::fmt;
use core::iter::FusedIterator;
use core::ops::{Bound, RangeBounds};
use core::ptr::NonNull;

use super::change::{Place, Spot};
use super::drain::Rest;
use super::entry::{Entry, Keep, item_of};
use super::item::Item;
use super::leaf::LeafWord;
use super::list::List;
use super::node::Node;
use super::rank::Aim;
use crate::reclaim::eras::Pinned;

/// Whether `key` comes before everything that `bound` allows from below.
pub(super) fn is_before<K: Borrow<Q>, Q: Ord + ?Sized>(key: &K, bound: Bound<&Q>) -> bool {
    match bound {
        Bound::Included(least) => key.borrow() < least,
        Bound::Excluded(least) => key.borrow() <= least,
        Bound::Unbounded => false,
    }
}

/// Whether `bound` allows `key` from above.
pub(super) fn is_within<K: Borrow<Q>, Q: Ord + ?Sized>(key: &K, bound: Bound<&Q>) -> bool {
    match bound {
        Bound::Included(greatest) => key.borrow() <= greatest,
        Bound::Excluded(greatest) => key.borrow() < greatest,
        Bound::Unbounded => true,
    }
}

/// Aims where `before` says, which compares with `bound`.
pub(super) fn aim<K, Q: ?Sized, F: Fn(&K) -> bool>(bound: Bound<&Q>, before: F) -> Aim<F> {
    match bound {
        Bound::Included(key) | Bound::Excluded(key) => Aim::at(key, before),
        Bound::Unbounded => Aim::end(before),
    }
}

/// Two ends that move towards each other.
struct Cursor<'a, K, V> {
    list: &'a List<K, V>,
    pin: Rc<Pinned<'a>>,
    front: Option<End<K, V>>,
    back: Option<End<K, V>>,
    ended: bool,
}

/// What was yielded last from one end: an entry of a leaf that was found under the guard, which keeps it.
struct End<K, V> {
    node: NonNull<Node<K, V>>,
    word: LeafWord<K, V>,
    at: usize,
}

impl<K, V> End<K, V> {
    fn of((spot, at): Place<'_, K, V>) -> Self {
        let (node, word) = spot.parts();
        Self { node, word, at }
    }

    /// # Safety
    ///
    /// The guard under which it was found is alive.
    unsafe fn spot<'g>(&self) -> Spot<'g, K, V> {
        // SAFETY: promised by the caller.
        unsafe { Spot::from_parts(self.node, self.word) }
    }
}

/// Says that the entries at a place will be wanted soon.
fn prefetched<'g, K, V>(place: Option<Place<'g, K, V>>) -> Option<Place<'g, K, V>> {
    place.inspect(|(spot, _)| spot.prefetch())
}

impl<'a, K: Ord, V> Cursor<'a, K, V> {
    fn new(list: &'a List<K, V>) -> Self {
        Self { list, pin: Rc::new(list.eras().pin()), front: None, back: None, ended: false }
    }

    /// What was yielded last.
    fn last(&self, end: &Option<End<K, V>>) -> Option<Place<'_, K, V>> {
        // SAFETY: found under `pin`.
        end.as_ref().map(|end| (unsafe { end.spot() }, end.at))
    }

    fn next(&mut self, start: &Aim<impl Fn(&K) -> bool>, within: impl Fn(&K) -> bool) -> Option<Entry<'a, K, V>> {
        if self.ended {
            return None;
        }
        let place = match self.last(&self.front) {
            Some((spot, at)) if spot.item(at + 1).is_some() => Some((spot, at + 1)),
            Some((spot, _)) => prefetched(self.list.after(&spot, &self.pin)),
            None => prefetched(self.list.first_behind(start, &self.pin)),
        };
        let back = self.key_of(self.last(&self.back));
        let is_between = |key: &K| within(key) && back.is_none_or(|back| key < back);
        let place = place.filter(|place| self.key_of(Some(*place)).is_some_and(is_between));
        let end = place.map(End::of);
        let entry = self.entry(place);
        self.front = end;
        self.ended = entry.is_none();
        entry
    }

    fn next_back(
        &mut self,
        upto: &Aim<impl Fn(&K) -> bool>,
        is_before: impl Fn(&K) -> bool,
    ) -> Option<Entry<'a, K, V>> {
        if self.ended {
            return None;
        }
        let place = match self.last(&self.back) {
            Some((spot, at)) if at > 0 => Some((spot, at - 1)),
            Some(place) => {
                let key = self.key_of(Some(place))?;
                prefetched(self.list.last_before(&Aim::at(key, |other: &K| other < key), &self.pin))
            }
            None => prefetched(self.list.last_before(upto, &self.pin)),
        };
        let front = self.key_of(self.last(&self.front));
        let is_between = |key: &K| !is_before(key) && front.is_none_or(|front| key > front);
        let place = place.filter(|place| self.key_of(Some(*place)).is_some_and(is_between));
        let end = place.map(End::of);
        let entry = self.entry(place);
        self.back = end;
        self.ended = entry.is_none();
        entry
    }

    /// The key at a place that was found under `pin`.
    fn key_of<'g>(&self, place: Option<Place<'g, K, V>>) -> Option<&'g K> {
        place.and_then(|(spot, at)| spot.item(at)).map(Item::key)
    }

    /// What is at a place.
    fn entry(&self, place: Option<Place<'_, K, V>>) -> Option<Entry<'a, K, V>> {
        let item = item_of(place);
        self.list.collect(&self.pin);
        // SAFETY: reached under `pin`.
        Some(unsafe { Entry::new(self.list, Keep::Shared(Rc::clone(&self.pin)), item?) })
    }
}

/// The entries of a map, in the order of their keys. Made by [`LockFreeSkipMap::iter`](super::LockFreeSkipMap::iter).
///
/// Keys rise. A key that is in the map all the while is yielded exactly once, whatever else happens; with its old or its new value, if that
/// is replaced. One that is added or removed meanwhile may be yielded or not. What is in the map when the iterator is made, and
/// what comes while it is used, is not freed while it lives.
///
/// ```
/// let map = lockfree_collections::LockFreeSkipMap::from([(2, 'b'), (1, 'a')]);
/// assert!(map.iter().map(|entry| *entry.value()).eq(['a', 'b']));
/// assert!(map.iter().rev().map(|entry| *entry.key()).eq([2, 1]));
/// ```
pub struct Iter<'a, K, V>(Cursor<'a, K, V>);

impl<'a, K: Ord, V> Iter<'a, K, V> {
    pub(super) fn new(list: &'a List<K, V>) -> Self {
        Self(Cursor::new(list))
    }
}

impl<'a, K: Ord, V> Iterator for Iter<'a, K, V> {
    type Item = Entry<'a, K, V>;

    fn next(&mut self) -> Option<Entry<'a, K, V>> {
        self.0.next(&Aim::end(|_: &K| false), |_| true)
    }
}

impl<'a, K: Ord, V> DoubleEndedIterator for Iter<'a, K, V> {
    fn next_back(&mut self) -> Option<Entry<'a, K, V>> {
        self.0.next_back(&Aim::end(|_: &K| true), |_| false)
    }
}

impl<K: Ord, V> FusedIterator for Iter<'_, K, V> {}

impl<K, V> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

/// The entries whose keys are in a range, in order; as [`Iter`]. Made by [`LockFreeSkipMap::range`](super::LockFreeSkipMap::range).
///
/// ```
/// let map: lockfree_collections::LockFreeSkipMap<_, _> = (0..10).map(|key| (key, ())).collect();
/// assert!(map.range(3..6).map(|entry| *entry.key()).eq([3, 4, 5]));
/// ```
pub struct Range<'a, K, V, R> {
    cursor: Cursor<'a, K, V>,
    range: R,
}

impl<'a, K: Ord, V, R> Range<'a, K, V, R> {
    pub(super) fn new(list: &'a List<K, V>, range: R) -> Self {
        Self { cursor: Cursor::new(list), range }
    }
}

impl<'a, K: Ord, V, R: RangeBounds<K>> Iterator for Range<'a, K, V, R> {
    type Item = Entry<'a, K, V>;

    fn next(&mut self) -> Option<Entry<'a, K, V>> {
        let (start, end) = (self.range.start_bound(), self.range.end_bound());
        self.cursor.next(&aim(start, |key: &K| is_before(key, start)), |key| is_within(key, end))
    }
}

impl<'a, K: Ord, V, R: RangeBounds<K>> DoubleEndedIterator for Range<'a, K, V, R> {
    fn next_back(&mut self) -> Option<Entry<'a, K, V>> {
        let (start, end) = (self.range.start_bound(), self.range.end_bound());
        self.cursor.next_back(&aim(end, |key: &K| is_within(key, end)), |key| is_before(key, start))
    }
}

impl<K: Ord, V, R: RangeBounds<K>> FusedIterator for Range<'_, K, V, R> {}

impl<K, V, R: fmt::Debug> fmt::Debug for Range<'_, K, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Range").field("range", &self.range).finish_non_exhaustive()
    }
}

/// The entries of a map that is no more, in the order of their keys.
///
/// ```
/// let map = lockfree_collections::LockFreeSkipMap::from([(2, 'b'), (1, 'a')]);
/// assert_eq!(map.into_iter().collect::<Vec<_>>(), [(1, 'a'), (2, 'b')]);
/// ```
pub struct IntoIter<K, V> {
    list: List<K, V>,
    rest: Rest<K, V>,
}

// SAFETY: it owns the list, and what it has taken out of the list and not yet given away.
unsafe impl<K: Send, V: Send> Send for IntoIter<K, V> {}
// SAFETY: who shares it can at most look at what it owns.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for IntoIter<K, V> {}

impl<K, V> IntoIter<K, V> {
    pub(super) fn new(list: List<K, V>) -> Self {
        Self { list, rest: Rest::default() }
    }
}

impl<K, V> Drop for IntoIter<K, V> {
    fn drop(&mut self) {
        self.rest.finish(&mut self.list);
    }
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        Some(self.rest.pop(&mut self.list)?.into_pair())
    }
}

impl<K, V> FusedIterator for IntoIter<K, V> {}

impl<K, V> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}
