//! What can be asked of a bounded queue. Invariants and positions: see [`super::ring`].
//!
//! **Linearization points.** `len`: the read of `head`, when `tail` was what is read before and after. `is_empty`: if it is, the read of
//! `tail`, which `head` cannot have passed; if not, the read of `head`, or a push after it. `is_full`: if it is, the read of `head`, of
//! which `tail` cannot be more than a lap ahead; if not, the read of `tail`, or a pop after it. `is_closed`: the read of `tail`.

use super::BoundedQueue;
use crate::primitive::ord;

impl<T> BoundedQueue<T> {
    /// Tells whether the queue is closed. If it is, and then found empty, it stays empty.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::<u8>::new(2);
    /// assert!(!queue.is_closed());
    /// queue.close();
    /// assert!(queue.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        // ord[B23] SeqCst: what was pushed before is not missed by a pop after this, nor a close; pairs with B22.
        self.tail.load(ord!(B23, SeqCst)) & self.mark != 0
    }

    /// How many values the queue can hold.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::BoundedQueue::<u8>::new(3).capacity(), 3);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// How many values are in the queue, at some moment during the call. A push or pop counts from the moment it is linearized.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(3);
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        loop {
            // B26 tells whether it is an old one.
            // ord[B24] Acquire: pops before the push that is seen here are seen by B25; pairs with B3, B8, B41.
            let tail = self.tail.load(ord!(B24, Acquire));
            // ord[B25] SeqCst: a pop that was over is seen; between B24 and B26; pairs with B6, B10, B46.
            let head = self.head.load(ord!(B25, SeqCst));
            // ord[B26] SeqCst: tail has not moved, so it was where it is when head was read; pairs with B3, B8, B41.
            if self.tail.load(ord!(B26, SeqCst)) == tail {
                return self.distance(head, tail & !self.mark);
            }
        }
    }

    /// How many positions `tail` is ahead of `head`.
    pub(super) fn distance(&self, head: usize, tail: usize) -> usize {
        let (front, back) = (self.index(head), self.index(tail));
        match back.checked_sub(front) {
            Some(0) if head == tail => 0,
            Some(0) | None => self.slots.len() + back - front,
            Some(values) => values,
        }
    }

    /// Tells whether the queue is empty, at some moment during the call.
    ///
    /// ```
    /// assert!(lockfree_collections::BoundedQueue::<u8>::new(3).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // ord[B27] SeqCst: a pop that was over is seen; before B28; pairs with B6, B10, B46.
        let head = self.head.load(ord!(B27, SeqCst));
        // The head cannot have overtaken the tail that is read later: if they are equal, the queue was empty.
        // ord[B28] SeqCst: a push that was over is seen, as behind B13; pairs with B3, B8, B41.
        self.tail.load(ord!(B28, SeqCst)) & !self.mark == head
    }

    /// Tells whether the queue is full, at some moment during the call.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(1);
    /// queue.push(1).unwrap();
    /// assert!(queue.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        // ord[B29] SeqCst: a push that was over is seen; before B30; pairs with B3, B8, B41.
        let tail = self.tail.load(ord!(B29, SeqCst)) & !self.mark;
        // ord[B30] SeqCst: a pop that was over is seen, as behind B6; pairs with B6, B10, B46.
        self.head.load(ord!(B30, SeqCst)).wrapping_add(self.one_lap()) == tail
    }
}
