//! Several values at once. Invariants and linearization points: see [`super::list`].

use super::LockFreeQueue;
use super::list::{HEAD, protect};
use super::push::end_of_queue;
use super::segment::Segment;
use crate::batch::{self, CHUNK};
use crate::primitive::{Backoff, ord};

impl<T> LockFreeQueue<T> {
    /// Appends all of `values`; tells how many. Cheaper than as many pushes.
    ///
    /// They keep their order and are pushed one by one, not all at once: others may see the first before the last is there, and
    /// values of other threads may come in between.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::new();
    /// assert_eq!(queue.push_batch(0..100), 100);
    /// assert!(queue.try_iter().eq(0..100));
    /// ```
    ///
    /// # Panics
    ///
    /// If the queue is closed; values that were not pushed are dropped. If the iterator panics, up to 31 values before that may not have
    /// been pushed.
    #[track_caller]
    pub fn push_batch(&self, values: impl IntoIterator<Item = T>) -> usize {
        let mut values = values.into_iter();
        let mut pushed = 0;
        loop {
            let (mut chunk, count) = batch::fill(&mut values);
            if count == 0 {
                return pushed;
            }
            if !self.push_chunk(&mut chunk[..count]) {
                // Some may have been pushed before the end, which has woken all.
                end_of_queue();
            }
            self.wake(count);
            pushed += count;
            if count < CHUNK {
                return pushed;
            }
        }
    }

    /// Pushes all values of `chunk`, which are there, and leaves none; false if the queue is closed, and those that are left were not
    /// pushed.
    fn push_chunk(&self, chunk: &mut [Option<T>]) -> bool {
        let mut entry = self.hazards.enter();
        for place in chunk {
            let Some(value) = place.take() else { return true };
            if let Err(back) = self.append_in(&mut entry, value) {
                *place = Some(back);
                return false;
            }
        }
        true
    }

    /// Removes up to `most` values, several with one claim, and appends them to `into`; tells how many.
    ///
    /// Fewer than `most` only if the queue was found empty. Values that others push or pop meanwhile may come in between.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::from_iter(0..5);
    /// let mut values = Vec::new();
    /// assert_eq!(queue.pop_batch(&mut values, 3), 3);
    /// assert_eq!(queue.pop_batch(&mut values, 3), 2);
    /// assert_eq!(values, [0, 1, 2, 3, 4]);
    /// ```
    pub fn pop_batch(&self, into: &mut impl Extend<T>, most: usize) -> usize {
        // None is there at the end of a segment, too, and where a push is under way.
        batch::pop(into, most, |chunk| self.pop_chunk(chunk), || self.pop())
    }

    /// Fills `chunk` from the front with values that are there, in one segment, without waiting; tells how many.
    fn pop_chunk(&self, chunk: &mut [Option<T>]) -> usize {
        let mut entry = self.hazards.enter();
        let backoff = Backoff::new();
        loop {
            let Some(segment) = protect(&mut entry, HEAD, &self.chain.head) else { return 0 };
            // ord[Q60] Relaxed: only a guess, which Q61 confirms; "empty" is not said here; pairs with none.
            let from = segment.dequeue().load(ord!(Q60, Relaxed));
            let end = Segment::<T>::LEN.min(from.saturating_add(chunk.len()));
            let full = (from..end).take_while(|&index| segment.cell(index).is_full()).count();
            if full == 0 {
                return 0;
            }
            // ord[Q61] Release: as Q49; pairs with Q15, Q38, Q50, Q54.
            // ord[Q62] Relaxed: a lost race, nothing is read through it; pairs with none.
            if segment.dequeue().compare_exchange(from, from + full, ord!(Q61, Release), ord!(Q62, Relaxed)).is_ok() {
                for (index, place) in (from..from + full).zip(chunk) {
                    // SAFETY: I3, I4: the cells were full, and were handed out to us only.
                    *place = Some(unsafe { segment.cell(index).read() });
                }
                return full;
            }
            backoff.spin();
        }
    }
}
