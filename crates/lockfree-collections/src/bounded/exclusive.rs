//! What an exclusive borrow of the bounded queue allows, and dropping it.
//!
//! The invariants are those of [`super::ring`]. Whatever made the borrow exclusive has synchronised with all earlier operations.

use super::BoundedQueue;
use crate::drain::drop_all;
use crate::primitive::ord;

impl<T> BoundedQueue<T> {
    /// Appends `value` without atomic read-modify-writes.
    ///
    /// # Errors
    ///
    /// Returns it if the queue is full, or closed.
    ///
    /// ```
    /// let mut queue = lockfree_collections::BoundedQueue::new(1);
    /// assert_eq!(queue.push_mut(1), Ok(()));
    /// assert_eq!(queue.push_mut(2), Err(2));
    /// ```
    pub fn push_mut(&mut self, value: T) -> Result<(), T> {
        // ord[B31] Relaxed: exclusive, whatever shares the queue next synchronises; pairs with none.
        let tail = self.tail.load(ord!(B31, Relaxed));
        // ord[B32] Relaxed: exclusive, as B31; pairs with none.
        let head = self.head.load(ord!(B32, Relaxed));
        if tail & self.mark != 0 || self.distance(head, tail) == self.slots.len() {
            return Err(value);
        }
        let slot = &self.slots[self.index(tail)];
        // SAFETY: exclusive, and the slot is empty.
        slot.value.with_mut(|place| unsafe { (*place).write(value) });
        // ord[B33] Relaxed: exclusive, as B31; pairs with none.
        slot.stamp.store(tail + 1, ord!(B33, Relaxed));
        // ord[B34] Relaxed: exclusive, as B31; pairs with none.
        self.tail.store(self.next(tail), ord!(B34, Relaxed));
        Ok(())
    }

    /// Removes the value that was pushed first, without atomic read-modify-writes.
    ///
    /// ```
    /// let mut queue = lockfree_collections::BoundedQueue::new(1);
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.pop_mut(), Some(1));
    /// ```
    pub fn pop_mut(&mut self) -> Option<T> {
        // ord[B35] Relaxed: exclusive, as B31; pairs with none.
        let head = self.head.load(ord!(B35, Relaxed));
        // ord[B36] Relaxed: exclusive, as B31; pairs with none.
        if self.tail.load(ord!(B36, Relaxed)) & !self.mark == head {
            return None;
        }
        let slot = &self.slots[self.index(head)];
        // ord[B37] Relaxed: exclusive, as B31; pairs with none.
        slot.stamp.store(head.wrapping_add(self.one_lap()), ord!(B37, Relaxed));
        // ord[B38] Relaxed: exclusive, as B31; pairs with none.
        self.head.store(self.next(head), ord!(B38, Relaxed));
        // SAFETY: exclusive: the push that claimed the slot is over, and no pop has; so there is a value, and it is ours.
        Some(slot.value.with_mut(|place| unsafe { place.cast::<T>().read() }))
    }
}

impl<T> Drop for BoundedQueue<T> {
    fn drop(&mut self) {
        drop_all(|| self.pop_mut());
    }
}
