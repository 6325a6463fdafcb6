//! How segments follow one another. Invariants and linearization points: see [`super::list`].

use core::ptr;

use super::LockFreeQueue;
use super::segment::{First, Segment, SegmentBox, SegmentRef};
use crate::primitive::ord;
use crate::reclaim::Entry;

/// How many segments a slot retires before it looks for some that can be freed.
const RETIRED: usize = if cfg!(loom) { 1 } else { 2 };

impl<T> LockFreeQueue<T> {
    /// Installs the first segment, with `value` in it, unless another thread was first.
    #[cold]
    pub(super) fn start(&self, value: T) -> Result<(), T> {
        self.install(SegmentBox::new(First::Value(value), 0)).map_err(SegmentBox::into_value)
    }

    /// Makes `fresh` the first segment, unless another thread was first.
    pub(super) fn install(&self, fresh: SegmentBox<T>) -> Result<(), SegmentBox<T>> {
        let (first, result) = {
            let (null, segment) = (ptr::null_mut(), fresh.as_ptr());
            // ord[Q7] Release: publishes the segment and the value in it; pairs with H5, H13, Q17.
            // ord[Q17] Acquire: another thread's segment becomes the tail; pairs with Q7.
            match self.chain.head.compare_exchange(null, segment, ord!(Q7, Release), ord!(Q17, Acquire)) {
                Ok(_) => (fresh.leak(), Ok(())),
                Err(first) => (first, Err(fresh)),
            }
        };
        // The tail is still null only if no push has gone beyond this function, so the head cannot have moved on either, and
        // `first` is the first segment. If the tail is not null, this does nothing.
        // ord[Q9] Release: hands on the segment seen by Q7 or Q17; pairs with H5, H13.
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
        let fresh = SegmentBox::new(First::Value(value), segment.position(Segment::<T>::LEN));
        self.link(segment, fresh).map_err(SegmentBox::into_value)
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
        // ord[Q12] Release: hands on the segment seen by Q19 or Q20, or made here; pairs with H5, H13, Q21, Q23.
        // ord[Q26] Relaxed: another thread has done it, nothing is read; pairs with none.
        let _ = self.chain.tail.compare_exchange(segment.as_ptr(), next, ord!(Q12, Release), ord!(Q26, Relaxed));
    }

    /// Moves head (and tail, if it lags behind) from `old`, whose cells are all claimed, to `next`, and retires `old`.
    #[cold]
    pub(super) fn advance(&self, entry: &mut Entry<'_, 2>, old: *mut Segment<T>, next: *mut Segment<T>) {
        // The tail goes first (I1): once the head has left `old` it may be freed, and a push must not find it any more.
        // ord[Q21] Acquire: that the tail has left `old` comes before the fence of the retirement; pairs with Q12, Q13.
        if self.chain.tail.load(ord!(Q21, Acquire)) == old {
            // ord[Q13] Release: hands on the segment seen by Q16; pairs with H5, H13, Q21, Q23.
            // ord[Q23] Acquire: another thread has moved the tail, see Q21; pairs with Q12, Q13.
            let _ = self.chain.tail.compare_exchange(old, next, ord!(Q13, Release), ord!(Q23, Acquire));
        }
        // ord[Q14] Release: hands on the segment seen by Q16; pairs with H5, H13.
        // ord[Q27] Relaxed: another thread has done it, nothing is read; pairs with none.
        if self.chain.head.compare_exchange(old, next, ord!(Q14, Release), ord!(Q27, Relaxed)).is_ok() {
            // SAFETY: I6, the segment came from `SegmentBox::leak`; we moved the head off it, and the tail has left it.
            unsafe { entry.retire::<_, SegmentBox<T>>(old, RETIRED) };
        }
    }
}
