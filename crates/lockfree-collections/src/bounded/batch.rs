//! Several values at once. Invariants and linearization points: see [`super::ring`].

use super::BoundedQueue;
use crate::batch::{self, CHUNK};
use crate::primitive::{Backoff, ord};

impl<T> BoundedQueue<T> {
    /// Appends values of `values` while there is room, several with one claim; returns those that were not pushed.
    ///
    /// They keep their order and are pushed one by one, not all at once: others may see the first before the last is there, and
    /// values of other threads may come in between.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(3);
    /// let rest = queue.push_batch(0..5);
    /// assert!(rest.eq(3..5));
    /// assert!(queue.try_iter().eq(0..3));
    /// ```
    ///
    /// # Panics
    ///
    /// If the iterator panics; up to 31 values before that may not have been pushed, and are dropped.
    #[must_use = "what is returned was not pushed"]
    pub fn push_batch<I: IntoIterator<Item = T>>(&self, values: I) -> impl Iterator<Item = T> + use<T, I> {
        let mut values = values.into_iter();
        loop {
            let (mut chunk, count) = batch::fill(&mut values);
            if !self.push_chunk(&mut chunk[..count]) || count < CHUNK {
                return chunk.into_iter().flatten().chain(values);
            }
        }
    }

    /// Pushes values of `chunk`, which are there, and leaves those for which there is no room; tells whether there was room for all.
    fn push_chunk(&self, chunk: &mut [Option<T>]) -> bool {
        let backoff = Backoff::new();
        let mut done = 0;
        while done < chunk.len() {
            // ord[B39] Relaxed: only a guess, which B41 confirms; pairs with none.
            let tail = self.tail.load(ord!(B39, Relaxed));
            let (mut end, mut room) = (tail, 0);
            // ord[B40] Acquire: as B5, the slots have been emptied; pairs with B4, B9, B12, B43, B48.
            while room < chunk.len() - done && self.slot(end).stamp.load(ord!(B40, Acquire)) == end {
                end = self.next(end);
                room += 1;
            }
            if room == 0 || tail & self.mark != 0 {
                // Full or closed, or another push is under way: pushing by itself tells, or waits.
                let Some(value) = chunk[done].take() else { return true };
                match self.push(value) {
                    Ok(()) => done += 1,
                    Err(back) => {
                        chunk[done] = Some(back);
                        return false;
                    }
                }
                continue;
            }
            // ord[B41] SeqCst: claims the slots, as B8; pairs with B13, B24, B26, B28, B29.
            // ord[B42] Relaxed: a lost race, nothing is read through it; pairs with none.
            if self.tail.compare_exchange(tail, end, ord!(B41, SeqCst), ord!(B42, Relaxed)).is_err() {
                backoff.spin();
                continue;
            }
            let mut position = tail;
            for value in chunk[done..done + room].iter_mut().filter_map(Option::take) {
                let slot = self.slot(position);
                // SAFETY: I2: the slot is ours, and empty.
                slot.value.with_mut(|place| unsafe { (*place).write(value) });
                // ord[B43] Release: publishes the value; pairs with B5, B11, B40, B45.
                slot.stamp.store(position + 1, ord!(B43, Release));
                position = self.next(position);
            }
            done += room;
            self.wake(room);
        }
        true
    }

    /// Removes up to `most` values, several with one claim, and appends them to `into`; tells how many.
    ///
    /// Fewer than `most` only if the queue was found empty. Values that others push or pop meanwhile may come in between.
    ///
    /// ```
    /// let queue = lockfree_collections::BoundedQueue::new(8);
    /// assert!(queue.push_batch(0..5).next().is_none());
    /// let mut values = Vec::new();
    /// assert_eq!(queue.pop_batch(&mut values, 3), 3);
    /// assert_eq!(queue.pop_batch(&mut values, 3), 2);
    /// assert_eq!(values, [0, 1, 2, 3, 4]);
    /// ```
    pub fn pop_batch(&self, into: &mut impl Extend<T>, most: usize) -> usize {
        // Where none is there, another operation may be under way: popping by itself tells, or waits.
        batch::pop(into, most, |chunk| self.pop_chunk(chunk), || self.pop())
    }

    /// Fills `chunk` from the front with values that are there, without waiting; tells how many.
    fn pop_chunk(&self, chunk: &mut [Option<T>]) -> usize {
        let backoff = Backoff::new();
        loop {
            // ord[B44] Relaxed: only a guess, which B46 confirms; pairs with none.
            let head = self.head.load(ord!(B44, Relaxed));
            let (mut end, mut full) = (head, 0);
            // ord[B45] Acquire: as B11, the values are seen; pairs with B4, B9, B43.
            while full < chunk.len() && self.slot(end).stamp.load(ord!(B45, Acquire)) == end + 1 {
                end = self.next(end);
                full += 1;
            }
            if full == 0 {
                return 0;
            }
            // ord[B46] SeqCst: claims the values, as B10; pairs with B6, B25, B27, B30.
            // ord[B47] Relaxed: a lost race, nothing is read through it; pairs with none.
            if self.head.compare_exchange(head, end, ord!(B46, SeqCst), ord!(B47, Relaxed)).is_err() {
                backoff.spin();
                continue;
            }
            let mut position = head;
            for place in &mut chunk[..full] {
                let slot = self.slot(position);
                // SAFETY: I2: the slot is ours, and full.
                *place = Some(slot.value.with_mut(|value| unsafe { value.cast::<T>().read() }));
                // ord[B48] Release: the slot is emptied before it is filled again; pairs with B5, B40.
                slot.stamp.store(position.wrapping_add(self.one_lap()), ord!(B48, Release));
                position = self.next(position);
            }
            return full;
        }
    }
}
