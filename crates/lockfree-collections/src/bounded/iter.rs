//! Iterators over the values of a bounded queue.

use core::fmt;
use core::iter::FusedIterator;

use super::BoundedQueue;

/// Owning iterator over the values of a [`BoundedQueue`], first in, first out; made by `into_iter`.
///
/// ```
/// use lockfree_collections::BoundedQueue;
///
/// let queue = BoundedQueue::new(3);
/// queue.push(1).unwrap();
/// queue.push(2).unwrap();
/// assert_eq!(queue.into_iter().collect::<Vec<_>>(), [1, 2]);
/// ```
pub struct IntoIter<T> {
    queue: BoundedQueue<T>,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.queue.pop_mut()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.queue.len();
        (len, Some(len))
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}

impl<T> FusedIterator for IntoIter<T> {}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("queue", &self.queue).finish()
    }
}

impl<T> IntoIterator for BoundedQueue<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { queue: self }
    }
}

/// Iterator that pops until the queue is found empty; made by [`BoundedQueue::try_iter`].
///
/// It may be asked again after it has ended: values may have come since.
#[must_use = "iterators are lazy: nothing is popped until `next` is called"]
pub struct TryIter<'a, T> {
    queue: &'a BoundedQueue<T>,
}

impl<'a, T> TryIter<'a, T> {
    pub(super) fn new(queue: &'a BoundedQueue<T>) -> Self {
        Self { queue }
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.queue.pop()
    }
}

impl<T> Clone for TryIter<'_, T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue }
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").field("queue", self.queue).finish()
    }
}
