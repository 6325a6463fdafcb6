//! Walks over the entries in order.

use alloc::rc::Rc;
use core::borrow::Borrow;
use core::fmt;
use core::iter::FusedIterator;
use core::ops::{Bound, RangeBounds};
use core::ptr::NonNull;

use super::entry::{Entry, Keep};
use super::list::List;
use super::node::Node;
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

/// Two ends that move towards each other.
struct Cursor<'a, K, V> {
    list: &'a List<K, V>,
    pin: Rc<Pinned<'a>>,
    /// What was yielded last, from either end: kept by `pin`.
    front: Option<NonNull<Node<K, V>>>,
    back: Option<NonNull<Node<K, V>>>,
    ended: bool,
}

impl<'a, K: Ord, V> Cursor<'a, K, V> {
    fn new(list: &'a List<K, V>) -> Self {
        Self { list, pin: Rc::new(list.eras().pin()), front: None, back: None, ended: false }
    }

    /// What was yielded last.
    fn node(&self, node: Option<NonNull<Node<K, V>>>) -> Option<&Node<K, V>> {
        // SAFETY: reached under `pin`.
        node.map(|node| unsafe { node.as_ref() })
    }

    fn next(&mut self, before: impl Fn(&K) -> bool, within: impl Fn(&K) -> bool) -> Option<Entry<'a, K, V>> {
        if self.ended {
            return None;
        }
        let node = match self.node(self.front) {
            Some(front) => self.list.after(front, &self.pin),
            None => self.list.seek(before, &self.pin).first_behind(),
        };
        let back = self.node(self.back);
        let node = node.filter(|node| within(node.key()) && back.is_none_or(|back| node.key() < back.key()));
        self.front = node.map(NonNull::from);
        self.entry(self.front)
    }

    fn next_back(&mut self, before: impl Fn(&K) -> bool, within: impl Fn(&K) -> bool) -> Option<Entry<'a, K, V>> {
        if self.ended {
            return None;
        }
        let place = match self.node(self.back) {
            Some(back) => self.list.seek(|key| key < back.key(), &self.pin),
            None => self.list.seek(within, &self.pin),
        };
        let front = self.node(self.front);
        let node = place.last_before();
        let node = node.filter(|node| !before(node.key()) && front.is_none_or(|front| node.key() > front.key()));
        self.back = node.map(NonNull::from);
        self.entry(self.back)
    }

    fn entry(&mut self, node: Option<NonNull<Node<K, V>>>) -> Option<Entry<'a, K, V>> {
        self.list.collect(&self.pin);
        self.ended = node.is_none();
        // SAFETY: reached under `pin`.
        Some(unsafe { Entry::new(self.list, Keep::Shared(Rc::clone(&self.pin)), node?) })
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
        self.0.next(|_| false, |_| true)
    }
}

impl<'a, K: Ord, V> DoubleEndedIterator for Iter<'a, K, V> {
    fn next_back(&mut self) -> Option<Entry<'a, K, V>> {
        self.0.next_back(|_| false, |_| true)
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
        self.cursor.next(|key| is_before(key, start), |key| is_within(key, end))
    }
}

impl<'a, K: Ord, V, R: RangeBounds<K>> DoubleEndedIterator for Range<'a, K, V, R> {
    fn next_back(&mut self) -> Option<Entry<'a, K, V>> {
        let (start, end) = (self.range.start_bound(), self.range.end_bound());
        self.cursor.next_back(|key| is_before(key, start), |key| is_within(key, end))
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
pub struct IntoIter<K, V>(pub(super) List<K, V>);

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        Some(self.0.pop()?.into_pair())
    }
}

impl<K, V> FusedIterator for IntoIter<K, V> {}

impl<K, V> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}
