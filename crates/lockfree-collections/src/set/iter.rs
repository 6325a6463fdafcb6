//! Walks over all entries of a set.

use core::fmt;

use crate::map::{self, Guard};

/// The entries of a set, in no order that means anything. Made by [`LockFreeHashSet::iter`](crate::LockFreeHashSet::iter).
///
/// ```
/// let set = lockfree_collections::LockFreeHashSet::from([1, 2]);
/// assert_eq!(set.pin().iter().sum::<i32>(), 3);
/// ```
pub struct Iter<'g, K, G>(pub(super) map::Keys<'g, K, (), G>);

impl<'g, K: 'g, G: Guard> Iterator for Iter<'g, K, G> {
    type Item = &'g K;

    fn next(&mut self) -> Option<&'g K> {
        self.0.next()
    }
}

impl<K, G> Clone for Iter<'_, K, G> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: fmt::Debug, G: Guard> fmt::Debug for Iter<'_, K, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The entries of a set that is no more.
///
/// ```
/// let set = lockfree_collections::LockFreeHashSet::from(['a']);
/// assert_eq!(set.into_iter().collect::<Vec<_>>(), ['a']);
/// ```
pub struct IntoIter<K>(pub(super) map::IntoIter<K, ()>);

impl<K> Iterator for IntoIter<K> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        self.0.next().map(|(key, ())| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K> ExactSizeIterator for IntoIter<K> {}

impl<K> fmt::Debug for IntoIter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
