//! Iterators over the values of a bounded queue.

use super::BoundedQueue;

crate::iterators::iterators! {
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
    BoundedQueue, queue, "new(1)"
}
