//! Closing a queue. Invariants and linearization points: see [`super::list`].

use super::LockFreeQueue;
use super::list::{TAIL, protect};
use super::segment::{Claimed, First, Segment, SegmentBox};
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
            // ord[Q56] Relaxed: only a guess, which Q57 confirms; "closed" is for ever; pairs with none.
            let mut claimed = Claimed(segment.enqueue().load(ord!(Q56, Relaxed)));
            while !claimed.is_closed() && claimed.next() < Segment::<T>::LEN {
                // ord[Q57] Release: what the closer did before is seen by who sees the end; pairs with Q59.
                // ord[Q58] Relaxed: a lost race, nothing is read through it; pairs with none.
                match segment.enqueue().compare_exchange(
                    claimed.0,
                    claimed.closed().0,
                    ord!(Q57, Release),
                    ord!(Q58, Relaxed),
                ) {
                    Ok(_) => return true,
                    Err(now) => claimed = Claimed(now),
                }
            }
            if claimed.is_closed() {
                return false;
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
            // ord[Q59] Acquire: what the closer did before is seen; pairs with Q57.
            if Claimed(segment.enqueue().load(ord!(Q59, Acquire))).is_closed() {
                return true;
            }
            if !self.follow(segment) {
                return false;
            }
        }
    }
}
