//! Walks over all entries.

use alloc::vec::Vec;
use core::fmt;

use super::drain::Walk;
use super::entry::Entry;
use super::guard::Guard;
use super::line::{DEAD, FROZEN_WORD, PLACES};
use super::store::Store;

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
    store: &'g Store<K, V>,
    guard: &'g G,
    /// The least hash of the next bucket; none if there is none.
    hash: Option<u64>,
    /// What is left of the last one.
    entries: Vec<&'g Entry<K, V>>,
}

impl<'g, K, V, G: Guard> Iter<'g, K, V, G> {
    pub(super) fn new(store: &'g Store<K, V>, guard: &'g G) -> Self {
        Self { store, guard, hash: Some(0), entries: Vec::new() }
    }

    fn next_entry(&mut self) -> Option<&'g Entry<K, V>> {
        loop {
            if let Some(entry) = self.entries.pop() {
                return Some(entry);
            }
            self.hash = self.store.bucket(self.hash?, self.guard, &mut self.entries);
        }
    }
}

impl<K, V> Store<K, V> {
    /// Puts the entries of the bucket that begins with `hash` into `entries`, as they are at one moment for each; returns where the next
    /// bucket begins, if there is one.
    ///
    /// The bucket is that of the largest table to which it has been moved, and those of larger ones begin where it begins.
    fn bucket<'g>(&'g self, hash: u64, guard: &'g impl Guard, entries: &mut Vec<&'g Entry<K, V>>) -> Option<u64> {
        'again: loop {
            entries.clear();
            let era = guard.begin();
            if !self.is_started() {
                return None;
            }
            let Some(mut table) = self.table(era) else {
                guard.raise();
                continue;
            };
            while table.home(hash).header().is_moved() {
                let Some(next) = self.next(table, era) else {
                    guard.raise();
                    continue 'again;
                };
                table = next.expect("a moved bucket was moved somewhere");
            }
            // Nothing comes into a bucket but in its last line: if that is what it was, then no entry was met twice.
            let mut last = table.home(hash);
            let mut header = last.header();
            while header.is_closed() {
                last = table.behind(last);
                header = last.header();
            }
            let mut line = table.home(hash);
            loop {
                let is_last = core::ptr::eq(line, last);
                let now = if is_last { header } else { line.header() };
                for place in (0..PLACES).filter(|place| now.is_filled(*place)) {
                    let number = line.word(place) & !FROZEN_WORD;
                    if number == DEAD {
                        continue;
                    }
                    if is_last && !header.agrees(line.header_again(), place) {
                        continue 'again;
                    }
                    if self.eras().now() != era {
                        guard.raise();
                        continue 'again;
                    }
                    entries.push(self.slab.at(number));
                }
                if is_last {
                    break;
                }
                line = table.behind(line);
            }
            if header.is_outdated(last.header_again()) {
                continue;
            }
            let next = table.bucket(hash) + 1;
            return (next < table.buckets()).then(|| (next as u64) << (u64::BITS - table.bits()));
        }
    }
}

impl<'g, K: 'g, V: 'g, G: Guard> Iterator for Iter<'g, K, V, G> {
    type Item = (&'g K, &'g V);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_entry().map(|entry| (entry.key(), entry.value()))
    }
}

impl<K, V, G> Clone for Iter<'_, K, V, G> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), ..*self }
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
        self.0.next_entry().map(Entry::key)
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
        self.0.next_entry().map(Entry::value)
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
    store: Store<K, V>,
    walk: Walk,
    left: usize,
}

// SAFETY: the walk leads into the store, which may be sent.
unsafe impl<K: Send, V: Send> Send for IntoIter<K, V> {}
// SAFETY: a shared walk has no methods.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for IntoIter<K, V> {}

impl<K, V> IntoIter<K, V> {
    pub(super) fn new(store: Store<K, V>, left: usize) -> Self {
        Self { store, walk: Walk::default(), left }
    }
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let number = self.walk.next_number(&mut self.store)?;
        // SAFETY: it was in the map, and is in it no more.
        let pair = unsafe { self.store.slab.at(number).take() };
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
