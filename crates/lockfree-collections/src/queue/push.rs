//! Pushing. Invariants and linearization points: see [`super::list`].

use super::LockFreeQueue;
use super::cell::Look;
use super::list::{TAIL, TRIES, protect, protected};
use super::segment::{Segment, SegmentRef};
use crate::primitive::{Backoff, barrier, ord};
use crate::reclaim::Entry;

/// What the quick way knows of fences; a model has no light ones.
const LIGHT: bool = !cfg!(loom);

impl<T> LockFreeQueue<T> {
    /// Appends `value`.
    ///
    /// Constant time, amortised over a segment: one segment is allocated, or used again, for every `LEN` pushes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::new();
    /// queue.push("first");
    /// queue.push("second");
    /// assert_eq!(queue.pop(), Some("first"));
    /// ```
    ///
    /// # Panics
    ///
    /// If the queue is closed; [`LockFreeQueue::try_push`] returns the value instead.
    #[inline]
    #[track_caller]
    pub fn push(&self, value: T) {
        if self.try_push(value).is_err() {
            end_of_queue();
        }
    }

    /// Appends `value`, unless the queue is closed.
    ///
    /// # Errors
    ///
    /// Returns the value if the queue is closed.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::new();
    /// assert_eq!(queue.try_push(1), Ok(()));
    /// queue.close();
    /// assert_eq!(queue.try_push(2), Err(2));
    /// assert_eq!(queue.pop(), Some(1));
    /// ```
    #[inline]
    pub fn try_push(&self, value: T) -> Result<(), T> {
        self.append_value(value)?;
        self.wake(1);
        Ok(())
    }

    /// Wakes receivers, if there can be any, of as many values as were pushed.
    #[inline]
    pub(super) fn wake(&self, values: usize) {
        #[cfg(feature = "wait")]
        self.receivers.wake(values);
        let _ = values;
    }

    /// [`LockFreeQueue::push`] by its other name.
    ///
    /// ```
    /// let queue = lockfree_collections::LockFreeQueue::new();
    /// queue.enqueue(1);
    /// assert_eq!(queue.pop(), Some(1));
    /// ```
    #[inline]
    pub fn enqueue(&self, value: T) {
        self.push(value);
    }

    /// The quick way: a slot is kept, the segment is the one of the last push, and nobody is in the way.
    #[inline]
    fn append_value(&self, value: T) -> Result<(), T> {
        if !(cfg!(loom) || barrier::is_registered()) {
            return self.append_anew(value);
        }
        let Some(mut entry) = self.enter_quickly() else { return self.append_anew(value) };
        let Some(segment) = protected(&mut entry, TAIL, &self.chain.tail) else {
            return self.append_slowly(entry, value);
        };
        let index = first(segment);
        if index >= Segment::<T>::LEN || segment.cell(index).claim().is_err() {
            return self.append_slowly(entry, value);
        }
        match fill(segment, index, value, LIGHT) {
            Ok(()) => Ok(()),
            Err(value) => self.append_slowly(entry, value),
        }
    }

    #[cold]
    #[inline(never)]
    fn append_anew(&self, value: T) -> Result<(), T> {
        self.append_in(&mut self.hazards.enter(), value)
    }

    #[cold]
    #[inline(never)]
    fn append_slowly(&self, mut entry: Entry<'_, 2>, value: T) -> Result<(), T> {
        self.append_in(&mut entry, value)
    }

    /// Appends `value`, unless the queue is closed.
    #[inline]
    pub(super) fn append_in(&self, entry: &mut Entry<'_, 2>, value: T) -> Result<(), T> {
        let mut value = value;
        loop {
            let Some(segment) = protect(entry, TAIL, &self.chain.tail) else {
                match self.start(value) {
                    Ok(()) => return Ok(()),
                    Err(back) => value = back,
                }
                continue;
            };
            let put = match claim(segment) {
                Claim::Cell(index) => fill(segment, index, value, false),
                Claim::Full => self.append(segment, value),
                Claim::Closed => return Err(value),
            };
            match put {
                Ok(()) => return Ok(()),
                Err(back) => value = back,
            }
        }
    }
}

/// What came of trying to claim a cell for pushing.
enum Claim {
    /// The caller's.
    Cell(usize),
    /// Segment full.
    Full,
    Closed,
}

/// Where to look for a cell that is not claimed: those before are.
#[inline(always)]
fn first<T>(segment: SegmentRef<'_, T>) -> usize {
    // ord[Q8] Acquire: the cells before are seen to be claimed; pairs with Q53.
    segment.hint().load(ord!(Q8, Acquire))
}

/// Puts `value` into cell `index`, which the caller has claimed, unless a pop has given that up.
#[inline(always)]
fn fill<T>(segment: SegmentRef<'_, T>, index: usize, value: T, light: bool) -> Result<(), T> {
    // SAFETY: I3, the cell was claimed by us only.
    let filled = unsafe { segment.cell(index).publish(value, light) };
    // ord[Q53] Release: that the cells before are claimed is seen by who begins there; pairs with Q8, Q56.
    segment.hint().store(index + 1, ord!(Q53, Release));
    filled
}

/// Claims the first cell of `segment` that is not claimed (I8).
#[inline]
fn claim<T>(segment: SegmentRef<'_, T>) -> Claim {
    let index = first(segment);
    if index >= Segment::<T>::LEN {
        return Claim::Full;
    }
    match segment.cell(index).claim() {
        Ok(()) => Claim::Cell(index),
        Err(look) => claim_beyond(segment, index, look),
    }
}

/// As [`claim`], where cell `index` was claimed by another thread.
#[cold]
#[inline(never)]
fn claim_beyond<T>(segment: SegmentRef<'_, T>, mut index: usize, mut look: Look) -> Claim {
    let backoff = Backoff::new();
    let mut tries = 0;
    loop {
        index += 1;
        if look == Look::End {
            return Claim::Closed;
        }
        if tries < TRIES {
            // The next cell may be taken, too, by then: a winner that goes on winning has the lines to itself meanwhile.
            tries += 1;
            backoff.spin();
        } else {
            match segment.frontier(index) {
                Some((_, Look::End)) => return Claim::Closed,
                Some((first, _)) => index = first,
                None => return Claim::Full,
            }
        }
        if index >= Segment::<T>::LEN {
            return Claim::Full;
        }
        match segment.cell(index).claim() {
            Ok(()) => return Claim::Cell(index),
            Err(found) => look = found,
        }
    }
}

#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn end_of_queue() -> ! {
    panic!("the queue is closed: nothing can be pushed");
}
