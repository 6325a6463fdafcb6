//! Popping. Invariants and linearization points: see [`super::list`].

use super::LockFreeQueue;
use super::cell::Look;
use super::list::{HEAD, TRIES, protect, protected};
use super::segment::{Segment, SegmentRef};
use crate::primitive::{Backoff, ord};
use crate::reclaim::Entry;

impl<T> LockFreeQueue<T> {
    /// Removes the value that was pushed first, or returns none if the queue is empty.
    ///
    /// Constant time, amortised. If a push has claimed the next cell and not filled it, waits for some hundred cycles at most.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::from([7]);
    /// assert_eq!(queue.pop(), Some(7));
    /// assert_eq!(queue.pop(), None);
    /// ```
    #[inline]
    pub fn pop(&self) -> Option<T> {
        // The quick way, as for a push.
        let Some(mut entry) = self.enter_quickly() else { return self.pop_anew() };
        let Some(segment) = protected(&mut entry, HEAD, &self.chain.head) else {
            return self.pop_slowly(entry, None);
        };
        // The order matters: first which cell is next, then what is in it.
        let index = next(segment);
        if index >= Segment::<T>::LEN {
            return self.pop_slowly(entry, None);
        }
        let cell = segment.cell(index);
        match cell.look() {
            Look::Empty | Look::End => None,
            Look::Claimed => self.pop_slowly(entry, None),
            Look::Past => match claim(segment, index) {
                // SAFETY: I3, I4: the cell was full, and the claim gives the value to this caller only.
                Ok(()) => Some(unsafe { cell.read() }),
                Err(now) => {
                    let lost = (segment.as_ptr(), now);
                    self.pop_slowly(entry, Some(lost))
                }
            },
        }
    }

    #[cold]
    #[inline(never)]
    fn pop_anew(&self) -> Option<T> {
        self.pop_slowly(self.hazards.enter(), None)
    }

    /// As [`LockFreeQueue::pop`], after a race was lost, perhaps: in which segment, and what the next cell was then.
    #[cold]
    #[inline(never)]
    fn pop_slowly(&self, mut entry: Entry<'_, 2>, mut lost: Option<(*mut Segment<T>, usize)>) -> Option<T> {
        let (waiting, losing) = (Backoff::new(), Backoff::new());
        let mut tries = 0;
        loop {
            if lost.is_some() {
                tries += 1;
                losing.spin();
            }
            let segment = protect(&mut entry, HEAD, &self.chain.head)?;
            // Going on with what was true when the race was lost, and not with what is true after backing off, lets a winner that goes
            // on winning have the lines to itself. It is fair again after `TRIES` of these.
            let index = match lost.take() {
                Some((place, index)) if place == segment.as_ptr() => index,
                _ => next(segment),
            };
            if index >= Segment::<T>::LEN {
                // ord[Q16] Acquire: the next segment is initialised; pairs with Q11.
                let next = segment.next().load(ord!(Q16, Acquire));
                if next.is_null() {
                    return None;
                }
                let old = segment.as_ptr();
                self.advance(&mut entry, old, next);
                continue;
            }
            match segment.cell(index).look() {
                Look::Empty | Look::End => return None,
                Look::Claimed if !waiting.is_completed() => {
                    // A push is about to fill the cell.
                    waiting.snooze();
                    continue;
                }
                Look::Claimed | Look::Past => {}
            }
            let index = if tries < TRIES {
                if let Err(now) = claim(segment, index) {
                    lost = Some((segment.as_ptr(), now));
                    continue;
                }
                index
            } else {
                // ord[Q10] Release: hands on to later poppers what this one has seen, so that "empty" is not said too early; pairs with Q15, Q38, Q50, Q54.
                segment.dequeue().fetch_add(1, ord!(Q10, Release))
            };
            if index < Segment::<T>::LEN {
                // SAFETY: I3, the index was handed out to us only.
                if let Some(value) = unsafe { segment.cell(index).take(&waiting) } {
                    return Some(value);
                }
            }
        }
    }

    /// [`LockFreeQueue::pop`] by its other name.
    ///
    /// ```
    /// let queue = lockfree_collections::LockFreeQueue::from([1]);
    /// assert_eq!(queue.dequeue(), Some(1));
    /// ```
    #[inline]
    pub fn dequeue(&self) -> Option<T> {
        self.pop()
    }
}

/// The cell of `segment` to pop next, or its end, or beyond.
#[inline]
fn next<T>(segment: SegmentRef<'_, T>) -> usize {
    // ord[Q15] Acquire: what the poppers counted had seen is not missed thereafter; pairs with Q10, Q49, Q61.
    segment.dequeue().load(ord!(Q15, Acquire))
}

/// Claims cell `index` of `segment` for popping, unless others have; tells which is next then.
#[inline]
fn claim<T>(segment: SegmentRef<'_, T>, index: usize) -> Result<(), usize> {
    // ord[Q49] Release: hands on to later poppers what this one has seen, as Q10; pairs with Q15, Q38, Q50, Q54.
    // ord[Q50] Acquire: as Q15; pairs with Q10, Q49, Q61.
    segment.dequeue().compare_exchange(index, index + 1, ord!(Q49, Release), ord!(Q50, Acquire)).map(drop)
}
