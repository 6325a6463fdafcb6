//! How segments follow one another, and come back. Invariants and linearization points: see [`super::list`].

use core::ptr::{self, NonNull};

use super::LockFreeQueue;
use super::list::Chain;
use super::segment::{First, Segment, SegmentBox, SegmentRef, Spare};
use crate::primitive::{AtomicPtr, ord};
use crate::reclaim::Entry;

/// How many segments that come back are kept. One goes round in steady use; the other makes up for one that a thread which does nothing
/// holds back.
pub(super) const SPARES: usize = 2;

impl<T> LockFreeQueue<T> {
    /// Installs the first segment, with `value` in it, unless another thread was first.
    #[cold]
    pub(super) fn start(&self, value: T) -> Result<(), T> {
        self.install(SegmentBox::new(First::Value(value), 0)).map_err(|fresh| fresh.into_value().0)
    }

    /// Makes `fresh` the first segment, unless another thread was first.
    pub(super) fn install(&self, fresh: SegmentBox<T>) -> Result<(), SegmentBox<T>> {
        let (first, result) = {
            let (null, segment) = (ptr::null_mut(), fresh.as_ptr());
            // ord[Q7] Release: publishes the segment and the value in it; pairs with H5, Q17.
            // ord[Q17] Acquire: another thread's segment becomes the tail; pairs with Q7.
            match self.chain.head.compare_exchange(null, segment, ord!(Q7, Release), ord!(Q17, Acquire)) {
                Ok(_) => (fresh.leak(), Ok(())),
                Err(first) => (first, Err(fresh)),
            }
        };
        // The tail is still null only if no push has gone beyond this function, so the head cannot have moved on either, and
        // `first` is the first segment. If the tail is not null, this does nothing.
        // ord[Q9] Release: hands on the segment seen by Q7 or Q17; pairs with H5.
        // ord[Q18] Relaxed: another thread has done it, nothing is read; pairs with none.
        let _ = self.chain.tail.compare_exchange(ptr::null_mut(), first, ord!(Q9, Release), ord!(Q18, Relaxed));
        result
    }

    /// Links a new segment with `value` in it behind `segment`, which is full, unless another thread was first.
    #[cold]
    pub(super) fn append(&self, segment: SegmentRef<'_, T>, value: T) -> Result<(), T> {
        if self.follow(segment) {
            return Err(value);
        }
        let (first, base) = (First::Value(value), segment.position(Segment::<T>::LEN));
        let fresh = match self.chain.take_spare() {
            Some(memory) => SegmentBox::again(memory, first, base),
            None => SegmentBox::new(first, base),
        };
        self.link(segment, fresh).map_err(|fresh| {
            let (value, memory) = fresh.into_value();
            self.chain.keep(memory);
            value
        })
    }

    /// Moves the tail on from `segment` if there is a segment behind it; tells whether there is.
    pub(super) fn follow(&self, segment: SegmentRef<'_, T>) -> bool {
        // ord[Q19] Acquire: the next segment, if any, becomes the tail; pairs with Q11.
        let next = segment.next().load(ord!(Q19, Acquire));
        if next.is_null() {
            return false;
        }
        self.move_tail(segment, next);
        true
    }

    /// Makes `fresh` the segment behind `segment`, which is full, unless another thread was first.
    pub(super) fn link(&self, segment: SegmentRef<'_, T>, fresh: SegmentBox<T>) -> Result<(), SegmentBox<T>> {
        let (null, new) = (ptr::null_mut(), fresh.as_ptr());
        // ord[Q11] Release: publishes the segment and the value in it; pairs with Q16, Q19, Q20.
        // ord[Q20] Acquire: another thread's segment becomes the tail; pairs with Q11.
        let (next, result) = match segment.next().compare_exchange(null, new, ord!(Q11, Release), ord!(Q20, Acquire)) {
            Ok(_) => (fresh.leak(), Ok(())),
            Err(next) => (next, Err(fresh)),
        };
        self.move_tail(segment, next);
        result
    }

    fn move_tail(&self, segment: SegmentRef<'_, T>, next: *mut Segment<T>) {
        // ord[Q12] Release: hands on the segment seen by Q19 or Q20, or made here; pairs with H5.
        // ord[Q26] Relaxed: another thread has done it, nothing is read; pairs with none.
        let _ = self.chain.tail.compare_exchange(segment.as_ptr(), next, ord!(Q12, Release), ord!(Q26, Relaxed));
    }

    /// Moves head (and tail, if it lags behind) from `old`, whose cells are all claimed, to `next`, and retires `old`.
    #[cold]
    pub(super) fn advance(&self, entry: &mut Entry<'_, 2>, old: *mut Segment<T>, next: *mut Segment<T>) {
        // The tail goes first (I1): once the head has left `old` it may be freed, and a push must not find it any more.
        // Whoever moved it: that is seen here, and so, by the fences (H8, and the one a scan begins with), by each push whose hazard is not.
        // ord[Q21] Relaxed: the tail goes on only, and the fence of the retirement comes after this; pairs with none.
        if self.chain.tail.load(ord!(Q21, Relaxed)) == old {
            // ord[Q13] Release: hands on the segment seen by Q16; pairs with H5.
            // ord[Q23] Relaxed: another thread has moved the tail, as Q21; pairs with none.
            let _ = self.chain.tail.compare_exchange(old, next, ord!(Q13, Release), ord!(Q23, Relaxed));
        }
        // ord[Q14] Release: hands on the segment seen by Q16; pairs with H5.
        // ord[Q27] Relaxed: another thread has done it, nothing is read; pairs with none.
        if self.chain.head.compare_exchange(old, next, ord!(Q14, Release), ord!(Q27, Relaxed)).is_ok() {
            // SAFETY: `old` was the head, and the head is not null again once it has been set (I1).
            let limbo = unsafe { NonNull::new_unchecked(old.cast()) };
            // SAFETY: I6, a segment begins with its `limbo`; we moved the head off it, and the tail has left it.
            let mut free = unsafe { entry.exchange(limbo) };
            while let Some(segment) = free.pop() {
                // SAFETY: the segment came from `SegmentBox::leak`, and the list owned it.
                let segment = unsafe { SegmentBox::<T>::from_raw(segment.as_ptr().cast()) };
                self.chain.keep(segment.into_spare());
            }
        }
    }

    /// Tells how many segments are retired and not yet freed or used again; approximate while operations run.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::from_iter(0..10_000);
    /// queue.try_iter().for_each(drop);
    /// queue.reclaim();
    /// assert_eq!(queue.garbage(), 0);
    /// ```
    #[must_use]
    pub fn garbage(&self) -> usize {
        self.hazards.garbage() + self.chain.spares()
    }

    /// Frees the retired segments that no thread protects, and the spare ones, and tells how many there were.
    ///
    /// Operations do this by themselves from time to time; call it to give memory back before a long pause. Time in
    /// proportion to the segments retired and the slots in use.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::from_iter(0..10_000);
    /// queue.try_iter().for_each(drop);
    /// queue.reclaim();
    /// assert_eq!(queue.reclaim(), 0, "nothing has come since");
    /// ```
    pub fn reclaim(&self) -> usize {
        self.hazards.reclaim_containers() + core::iter::from_fn(|| self.chain.take_spare()).take(SPARES).count()
    }
}

impl<T> Chain<T> {
    /// Keeps `memory` for a later segment, or frees it if there is enough already.
    fn keep(&self, memory: Spare<T>) {
        let segment = memory.leak();
        for place in &self.spares {
            // ord[Q67] Release: hands the memory over, after all that was done to the segment; pairs with Q70.
            // ord[Q68] Relaxed: there is some already, which is not read; pairs with none.
            if place.compare_exchange(ptr::null_mut(), segment, ord!(Q67, Release), ord!(Q68, Relaxed)).is_ok() {
                return;
            }
        }
        // SAFETY: it was leaked above, and nobody has seen it.
        drop(unsafe { Spare::from_raw(segment) });
    }

    /// Takes memory that is kept, if any.
    pub(super) fn take_spare(&self) -> Option<Spare<T>> {
        self.spares.iter().find_map(|place| {
            if !is_full(place) {
                return None;
            }
            // ord[Q70] Acquire: what was done to the segment is over and seen; pairs with Q67.
            let segment = place.swap(ptr::null_mut(), ord!(Q70, Acquire));
            // SAFETY: it is null, or was leaked by `keep`; who takes it out is its owner.
            unsafe { Spare::from_raw(segment) }
        })
    }

    fn spares(&self) -> usize {
        self.spares.iter().filter(|place| is_full(place)).count()
    }
}

fn is_full<T>(place: &AtomicPtr<Segment<T>>) -> bool {
    // ord[Q69] Relaxed: only a guess, which Q70 confirms, or a number; pairs with none.
    !place.load(ord!(Q69, Relaxed)).is_null()
}
