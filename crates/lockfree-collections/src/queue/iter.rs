//! Iterators over the values of a queue, and what fills a queue from iterators.

use core::fmt;
use core::iter::FusedIterator;

use super::LockFreeQueue;

/// Owning iterator over the values of a [`LockFreeQueue`], first in, first out.
///
/// Made by [`LockFreeQueue::into_iter`](IntoIterator::into_iter). What it has not yielded is dropped with it.
///
/// ```
/// use lockfree_collections::LockFreeQueue;
///
/// let queue = LockFreeQueue::from([1, 2, 3]);
/// let values: Vec<_> = queue.into_iter().collect();
/// assert_eq!(values, [1, 2, 3]);
/// ```
pub struct IntoIter<T> {
    queue: LockFreeQueue<T>,
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

/// Iterator that pops until the queue is found empty; made by [`LockFreeQueue::try_iter`].
///
/// It may be asked again after it has ended: values may have come since.
#[must_use = "iterators are lazy: nothing is popped until `next` is called"]
pub struct TryIter<'a, T> {
    queue: &'a LockFreeQueue<T>,
}

impl<'a, T> TryIter<'a, T> {
    pub(super) fn new(queue: &'a LockFreeQueue<T>) -> Self {
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

impl<T> IntoIterator for LockFreeQueue<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { queue: self }
    }
}

impl<T> Extend<T> for LockFreeQueue<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push_mut(value));
    }
}

/// Through a shared reference: values of several threads interleave, those of one call keep their order.
impl<T> Extend<T> for &LockFreeQueue<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<T> FromIterator<T> for LockFreeQueue<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut queue = Self::new();
        queue.extend(values);
        queue
    }
}

impl<T, const N: usize> From<[T; N]> for LockFreeQueue<T> {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}
