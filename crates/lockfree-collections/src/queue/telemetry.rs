//! What a queue tells about its memory.

use super::LockFreeQueue;
use super::links::SPARES;
use super::list::{HEAD, TAIL, protect};
use super::segment::Segment;
use crate::reclaim::Telemetry;

/// How many segments a slot may keep from being freed: one that it is about to look at, two that it protects.
const FOR_EACH_SLOT: usize = 3;

impl<T> LockFreeQueue<T> {
    /// How many segments are linked, how many are unlinked and not freed, and how many these can be: 3 for each slot, and those that are
    /// kept to be used again. Approximate while operations run; lock-free.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::from_iter(0..10_000);
    /// let full = queue.telemetry();
    /// assert!(full.live * full.object_bytes >= 10_000 * size_of::<i32>());
    /// queue.try_iter().for_each(drop);
    /// let empty = queue.telemetry();
    /// assert_eq!(empty.live, 1);
    /// assert!(empty.retired <= empty.bound);
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        let slots = self.hazards.slots();
        Telemetry {
            live: self.segments(),
            retired: self.garbage(),
            bound: slots * FOR_EACH_SLOT + SPARES,
            slots,
            object_bytes: Segment::<T>::LAYOUT.size(),
        }
    }

    /// How many segments there are from the head to the tail.
    fn segments(&self) -> usize {
        let mut entry = self.hazards.enter();
        let Some(head) = protect(&mut entry, HEAD, &self.chain.head) else { return 0 };
        let first = head.position(0);
        let Some(tail) = protect(&mut entry, TAIL, &self.chain.tail) else { return 1 };
        // The head may have gone on, and the tail with it; it is never behind where the head was.
        tail.position(Segment::<T>::LEN).wrapping_sub(first) / Segment::<T>::LEN
    }
}
