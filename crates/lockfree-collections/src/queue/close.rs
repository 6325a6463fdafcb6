//! Closing a queue. Invariants and linearization points: see [`super::list`].

use super::LockFreeQueue;
use super::cell::Look;
use super::list::{TAIL, protect};
use super::segment::{First, Segment, SegmentBox};
use crate::primitive::ord;

impl<T> LockFreeQueue<T> {
    /// Closes the queue: pushes fail from now on, while pops go on until it is empty. Tells whether it was open. Lock-free.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::from([1]);
    /// assert!(queue.close());
    /// assert!(!queue.close());
    /// assert_eq!(queue.try_push(2), Err(2));
    /// assert_eq!(queue.pop(), Some(1));
    /// assert_eq!(queue.pop(), None);
    /// ```
    pub fn close(&self) -> bool {
        let first = self.end();
        #[cfg(feature = "wait")]
        if first {
            self.receivers.wake_all();
        }
        first
    }

    fn end(&self) -> bool {
        let mut entry = self.hazards.enter();
        loop {
            let Some(segment) = protect(&mut entry, TAIL, &self.chain.tail) else {
                // Nothing was ever pushed: a first segment without cells ends the queue.
                if self.install(SegmentBox::new(First::Closed, 0)).is_ok() {
                    return true;
                }
                continue;
            };
            // ord[Q56] Acquire: as Q8, so that who is told of the end does not miss a value before it; pairs with Q53.
            let mut index = segment.hint().load(ord!(Q56, Acquire));
            while let Some((first, look)) = segment.frontier(index) {
                if look == Look::End {
                    return false;
                }
                match segment.cell(first).end() {
                    Ok(()) => return true,
                    Err(Look::End) => return false,
                    Err(_) => index = first + 1,
                }
            }
            // All cells are claimed: the end is a segment behind this one.
            let end = segment.position(Segment::<T>::LEN);
            if !self.follow(segment) && self.link(segment, SegmentBox::new(First::Closed, end)).is_ok() {
                return true;
            }
        }
    }

    /// Tells whether the queue is closed. If it is, and then found empty, it stays empty.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::<u8>::new();
    /// assert!(!queue.is_closed());
    /// queue.close();
    /// assert!(queue.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let mut entry = self.hazards.enter();
        loop {
            let Some(segment) = protect(&mut entry, TAIL, &self.chain.tail) else { return false };
            // ord[Q59] Relaxed: where to begin; what the closer had seen is seen with the end; pairs with none.
            let hint = segment.hint().load(ord!(Q59, Relaxed));
            if let Some((_, look)) = segment.frontier(hint) {
                return look == Look::End;
            }
            if !self.follow(segment) {
                return false;
            }
        }
    }
}
