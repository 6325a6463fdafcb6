//! What an exclusive borrow of the stack allows: operations without atomic read-modify-writes, moving to other memory, and dropping.
//!
//! The invariants are those of [`super::list`]. Whatever made the borrow exclusive has synchronised with all earlier operations, and
//! whatever ends it synchronises with the later ones.

use super::LockFreeStack;
use super::head::NONE;
use super::list::no_memory;
use crate::drain::drop_all;
use crate::primitive::ord;
use crate::reclaim::Count;

impl<T> LockFreeStack<T> {
    /// Returns a reference to the value on top, or none if the stack is empty.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let mut stack = LockFreeStack::from([String::from("to")]);
    /// stack.peek_mut().unwrap().push('p');
    /// assert_eq!(stack.pop().as_deref(), Some("top"));
    /// ```
    #[must_use]
    pub fn peek_mut(&mut self) -> Option<&mut T> {
        let name = self.head.first_mut();
        if name == NONE {
            return None;
        }
        // SAFETY: exclusive, and just read from the head.
        let node = unsafe { self.pool.node(name) };
        // SAFETY: S2, the value is there; exclusively borrowed for as long as the result.
        let value = unsafe { node.value.as_ptr() };
        // SAFETY: as above.
        Some(unsafe { &mut *value })
    }

    /// Puts `value` on top without atomic read-modify-writes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let mut stack = LockFreeStack::new();
    /// stack.push_mut(1);
    /// assert_eq!(stack.pop_mut(), Some(1));
    /// ```
    ///
    /// # Panics
    ///
    /// As [`LockFreeStack::push`].
    #[track_caller]
    pub fn push_mut(&mut self, value: T) {
        let mut entry = self.slots.enter();
        let Some(name) = entry.with_private(|pouch| pouch.take(&self.pool)) else { no_memory() };
        entry.count(Count::Added, 1);
        // SAFETY: S1, the node is ours.
        let node = unsafe { self.pool.node(name) };
        node.alive.renew();
        // SAFETY: as above.
        unsafe { node.value.write(value) };
        // ord[S4] Relaxed: exclusive, whatever shares the stack next synchronises; pairs with none.
        node.next.store(self.head.first_mut(), ord!(S4, Relaxed));
        self.head.set_mut(name);
    }

    /// Removes the value on top without atomic read-modify-writes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let mut stack = LockFreeStack::from(['a', 'b']);
    /// assert_eq!(stack.pop_mut(), Some('b'));
    /// ```
    pub fn pop_mut(&mut self) -> Option<T> {
        let name = self.head.first_mut();
        if name == NONE {
            return None;
        }
        // SAFETY: S2, on the stack, which is exclusively borrowed, and taken off below.
        let (value, next) = unsafe { self.consume(name) };
        self.head.set_mut(next);
        Some(value)
    }

    /// Moves the values into memory made for them, and frees all other memory. Time in proportion to the values.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let mut stack = LockFreeStack::from_iter(0..100);
    /// stack.try_iter().take(99).for_each(drop);
    /// stack.shrink_to_fit();
    /// assert!(stack.spare() < 32);
    /// assert_eq!(stack.pop(), Some(0));
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no memory for the copy.
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        // The first turn reverses the order, the second one restores it; each frees what the other made.
        for _ in 0..2 {
            let mut moved = Self::new();
            while let Some(value) = self.pop_mut() {
                moved.push_mut(value);
            }
            *self = moved;
        }
    }
}

impl<T> Drop for LockFreeStack<T> {
    fn drop(&mut self) {
        drop_all(|| self.pop_mut());
    }
}
