//! Walks over all entries.

use alloc::vec::Vec;
use core::fmt;
use core::ptr;

use super::guard::Guard;
use super::list::List;
use super::node::{Node, Target, is_removed};
use crate::primitive::{AtomicPtr, ord};

/// The entries of a map, in no order that means anything. Made by [`LockFreeHashMap::iter`](crate::LockFreeHashMap::iter).
///
/// An entry that is in the map all the while is yielded once, whatever else happens, also while the map grows. One that is added or
/// removed meanwhile may be yielded or not. One whose value is replaced is yielded with its old or its new value.
///
/// ```
/// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a'), (2, 'b')]);
/// let mut entries: Vec<_> = map.pin().iter().map(|(key, value)| (*key, *value)).collect();
/// entries.sort();
/// assert_eq!(entries, [(1, 'a'), (2, 'b')]);
/// ```
pub struct Iter<'g, K, V, G> {
    list: &'g List<K, V>,
    guard: &'g G,
    /// What leads on; none if the map was empty, or at the end.
    link: Option<&'g AtomicPtr<()>>,
    /// The era in which that was reached.
    era: usize,
    /// The order of what was yielded last, and what was yielded with that order.
    order: usize,
    same: Vec<&'g Node<K, V>>,
    equal: fn(&K, &K) -> bool,
}

impl<'g, K: Eq, V, G: Guard> Iter<'g, K, V, G> {
    pub(super) fn new(list: &'g List<K, V>, guard: &'g G) -> Self {
        let era = guard.begin();
        Self { list, guard, link: list.first(), era, order: 0, same: Vec::new(), equal: K::eq }
    }
}

impl<'g, K, V, G: Guard> Iter<'g, K, V, G> {
    pub(super) fn next_node(&mut self) -> Option<&'g Node<K, V>> {
        let mut link = self.link?;
        loop {
            // ord[M38] Acquire: as M22; pairs with M20, M25, M27.
            let word = link.load(ord!(M38, Acquire));
            if self.list.eras().now() != self.era {
                self.guard.raise();
                link = self.list.link_before(self.order, self.guard);
                self.era = self.guard.begin();
                continue;
            }
            // SAFETY: the era was announced, and it is the era still; see the walk in the list's description.
            let node = match unsafe { Node::<K, V>::at(word) } {
                Target::End => {
                    self.link = None;
                    return None;
                }
                Target::Cell(cell) => {
                    link = &cell.next;
                    continue;
                }
                Target::Node(node) => node,
            };
            link = &node.next;
            // ord[M39] Relaxed: only whether there is a mark; pairs with none.
            if is_removed(link.load(ord!(M39, Relaxed))) || node.order < self.order {
                continue;
            }
            if node.order > self.order {
                self.same.clear();
                self.order = node.order;
            } else if self.same.iter().any(|same| ptr::eq(*same, node) || (self.equal)(same.key(), node.key())) {
                continue;
            }
            self.same.push(node);
            self.link = Some(link);
            return Some(node);
        }
    }
}

impl<'g, K: 'g, V: 'g, G: Guard> Iterator for Iter<'g, K, V, G> {
    type Item = (&'g K, &'g V);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_node().map(|node| (node.key(), node.value()))
    }
}

impl<K, V, G> Clone for Iter<'_, K, V, G> {
    fn clone(&self) -> Self {
        Self { same: self.same.clone(), ..*self }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, G: Guard> fmt::Debug for Iter<'_, K, V, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The keys of a map. Made by [`LockFreeHashMap::keys`](crate::LockFreeHashMap::keys); see [`Iter`] for what it yields.
///
/// ```
/// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a'), (2, 'b')]);
/// assert_eq!(map.pin().keys().sum::<i32>(), 3);
/// ```
pub struct Keys<'g, K, V, G>(pub(super) Iter<'g, K, V, G>);

impl<'g, K: 'g, V: 'g, G: Guard> Iterator for Keys<'g, K, V, G> {
    type Item = &'g K;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_node().map(Node::key)
    }
}

impl<K, V, G> Clone for Keys<'_, K, V, G> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: fmt::Debug, V, G: Guard> fmt::Debug for Keys<'_, K, V, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The values of a map. Made by [`LockFreeHashMap::values`](crate::LockFreeHashMap::values); see [`Iter`] for what it yields.
///
/// ```
/// let map = lockfree_collections::LockFreeHashMap::from([(1, "a"), (2, "a")]);
/// assert!(map.pin().values().all(|value| *value == "a"));
/// ```
pub struct Values<'g, K, V, G>(pub(super) Iter<'g, K, V, G>);

impl<'g, K: 'g, V: 'g, G: Guard> Iterator for Values<'g, K, V, G> {
    type Item = &'g V;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_node().map(Node::value)
    }
}

impl<K, V, G> Clone for Values<'_, K, V, G> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V: fmt::Debug, G: Guard> fmt::Debug for Values<'_, K, V, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The entries of a map that is no more.
///
/// ```
/// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
/// assert_eq!(map.into_iter().collect::<Vec<_>>(), [(1, 'a')]);
/// ```
pub struct IntoIter<K, V> {
    pub(super) list: List<K, V>,
    pub(super) left: usize,
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let pair = self.list.pop()?.into_pair();
        self.left -= 1;
        Some(pair)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for IntoIter<K, V> {}

impl<K, V> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("left", &self.left).finish_non_exhaustive()
    }
}
