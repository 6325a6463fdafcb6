//! Iterators over the values of a queue, and what fills a queue from iterators.

use super::LockFreeQueue;

crate::iterators::iterators! {
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
    LockFreeQueue, queue, "new()"
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
