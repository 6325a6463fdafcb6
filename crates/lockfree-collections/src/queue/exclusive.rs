//! What an exclusive borrow of the queue allows: operations without atomic read-modify-writes, and dropping.
//!
//! The invariants are those of [`super::list`]. Whatever made the borrow exclusive has synchronised with all earlier
//! operations, so relaxed accesses see everything; whatever ends it synchronises with the later ones.

use core::ptr::NonNull;

use super::LockFreeQueue;
use super::cell::Look;
use super::list::Chain;
use super::push::end_of_queue;
use super::segment::{First, Segment, SegmentBox, SegmentRef};
use crate::drain::drop_all;
use crate::primitive::ord;

impl<T> LockFreeQueue<T> {
    /// Appends `value` without atomic read-modify-writes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let mut queue = LockFreeQueue::new();
    /// queue.push_mut(1);
    /// assert_eq!(queue.pop_mut(), Some(1));
    /// ```
    ///
    /// # Panics
    ///
    /// If the queue is closed.
    #[track_caller]
    pub fn push_mut(&mut self, value: T) {
        let Some(tail) = self.chain.last() else {
            let first = SegmentBox::new(First::Value(value), 0).leak();
            // ord[Q22] Relaxed: exclusive, whatever shares the queue next synchronises; pairs with none.
            self.chain.head.store(first, ord!(Q22, Relaxed));
            // ord[Q28] Relaxed: exclusive, as Q22; pairs with none.
            self.chain.tail.store(first, ord!(Q28, Relaxed));
            return;
        };
        // ord[Q29] Relaxed: exclusive, as Q22; pairs with none.
        let hint = tail.hint().load(ord!(Q29, Relaxed));
        match tail.frontier(hint) {
            Some((_, Look::End)) => end_of_queue(),
            Some((index, _)) => {
                // SAFETY: exclusive, and nobody has claimed the cell.
                unsafe { tail.cell(index).fill(value) };
                // ord[Q31] Relaxed: exclusive, as Q22; pairs with none.
                tail.hint().store(index + 1, ord!(Q31, Relaxed));
                return;
            }
            None => {}
        }
        let next = SegmentBox::new(First::Value(value), tail.position(Segment::<T>::LEN)).leak();
        // ord[Q33] Relaxed: exclusive, as Q22; pairs with none.
        tail.next().store(next, ord!(Q33, Relaxed));
        // ord[Q34] Relaxed: exclusive, as Q22; pairs with none.
        self.chain.tail.store(next, ord!(Q34, Relaxed));
    }

    /// Removes the value that was pushed first, without atomic read-modify-writes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let mut queue = LockFreeQueue::from(['a', 'b']);
    /// assert_eq!(queue.pop_mut(), Some('a'));
    /// ```
    pub fn pop_mut(&mut self) -> Option<T> {
        loop {
            let head = self.chain.first()?;
            // ord[Q35] Relaxed: exclusive, as Q22; pairs with none.
            let dequeue = head.dequeue().load(ord!(Q35, Relaxed));
            if dequeue < Segment::<T>::LEN && head.cell(dequeue).look() == Look::Past {
                // ord[Q37] Relaxed: exclusive, as Q22; pairs with none.
                head.dequeue().store(dequeue + 1, ord!(Q37, Relaxed));
                // SAFETY: exclusive: no pop had claimed the cell, so the push has filled it and nobody has taken the value.
                return Some(unsafe { head.cell(dequeue).read() });
            }
            if !self.chain.drop_first() {
                return None;
            }
        }
    }
}

impl<T> Chain<T> {
    fn first(&mut self) -> Option<SegmentRef<'_, T>> {
        // ord[Q40] Relaxed: exclusive, as Q22; pairs with none.
        let segment = NonNull::new(self.head.load(ord!(Q40, Relaxed)))?;
        // SAFETY: `&mut self`: nobody else frees segments during the borrow.
        Some(unsafe { SegmentRef::new(segment) })
    }

    fn last(&mut self) -> Option<SegmentRef<'_, T>> {
        // ord[Q41] Relaxed: exclusive, as Q22; pairs with none.
        let segment = NonNull::new(self.tail.load(ord!(Q41, Relaxed)))?;
        // SAFETY: `&mut self`: nobody else frees segments during the borrow.
        let mut last = unsafe { SegmentRef::new(segment) };
        // A push links a segment before it moves the tail, and may leave the latter to others.
        loop {
            // ord[Q42] Relaxed: exclusive, as Q22; pairs with none.
            let Some(next) = NonNull::new(last.next().load(ord!(Q42, Relaxed))) else { return Some(last) };
            // SAFETY: as above.
            last = unsafe { SegmentRef::new(next) };
        }
    }

    /// Frees the first segment if there is one behind it.
    fn drop_first(&mut self) -> bool {
        let Some(first) = self.first() else { return false };
        // ord[Q43] Relaxed: exclusive, as Q22; pairs with none.
        let next = first.next().load(ord!(Q43, Relaxed));
        if next.is_null() {
            return false;
        }
        let old = first.as_ptr();
        // ord[Q44] Relaxed: exclusive, as Q22; pairs with none.
        if self.tail.load(ord!(Q44, Relaxed)) == old {
            // ord[Q45] Relaxed: exclusive, as Q22; pairs with none.
            self.tail.store(next, ord!(Q45, Relaxed));
        }
        // ord[Q46] Relaxed: exclusive, as Q22; pairs with none.
        self.head.store(next, ord!(Q46, Relaxed));
        // SAFETY: it came from `leak`; `&mut self`: nobody else has a pointer to it, only sticky hazards are left on it. Should
        // a segment be allocated at the same place, they protect that one (hazards are addresses).
        drop(unsafe { SegmentBox::from_raw(old) });
        true
    }
}

impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        while self.drop_first() {}
        // ord[Q47] Relaxed: exclusive, as Q22; pairs with none.
        let last = self.head.load(ord!(Q47, Relaxed));
        if !last.is_null() {
            // SAFETY: it came from `leak`, and the queue is going.
            drop(unsafe { SegmentBox::from_raw(last) });
        }
        while self.take_spare().is_some() {}
    }
}

impl<T> Drop for LockFreeQueue<T> {
    fn drop(&mut self) {
        // The memory is freed by the fields' own drops, which run even if this one panics.
        drop_all(|| self.pop_mut());
    }
}
