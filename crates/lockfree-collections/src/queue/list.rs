//! Unbounded queue of segments.
//!
//! **Source.** FAAArrayQueue of Ramalhete and Correia (2016), itself an array-based relative of the queue of Michael and
//! Scott (1996). Differences: values are stored in the cells, not behind pointers, so a cell has a state of its own; a popper
//! waits a moment before it gives a cell up; the first segment is made by the first push; head and tail are protected by
//! sticky hazards; a popper helps the tail on before it moves the head, so that a retired segment is reachable from neither.
//!
//! ```text
//! head ------------.                                    tail ----.
//!                  v                                             v
//!        +---------------------------+      +---------------------------+
//!        | enqueue 256+  dequeue 255 | next | enqueue 3     dequeue 0   | next
//!        | [.][.][.] ...  ...  [F]   |----->| [F][F][.] ...             |-----> null
//!        +---------------------------+      +---------------------------+
//!
//! cell: EMPTY --push--> FULL --pop--> (value moved out, state left as it is)
//!       EMPTY --pop gave up--> TAKEN   (the push takes its value back and claims another cell)
//! ```
//!
//! **Invariants.**
//! - I1: `head` and `tail` go from null to the same first segment, and from a segment to its `next` only; `tail` is null or
//!   not before `head` whenever `head` leaves a segment.
//! - I2: `next` goes from null to one segment, once, and only after `enqueue` has reached `LEN`.
//! - I3: each index below `LEN` is claimed for pushing at most once (by `enqueue`) and for popping at most once (by
//!   `dequeue`); only the claimant for pushing writes the value, and only before the state is `FULL`.
//! - I4: a value is read by the claimant for popping if it found `FULL`, by the claimant for pushing if it found `TAKEN`.
//! - I5: `head` leaves a segment only after `dequeue` has reached `LEN`: all its cells are claimed for popping.
//! - I6: a segment is retired by the thread that moved `head` off it, once, when `tail` has left it, too. It holds no value
//!   but those that claimants protected by a hazard are about to move out.
//!
//! **Linearization points.** Let E(i) and D(i) be the moments when cell i is claimed for pushing and for popping.
//! - `push` that fills cell i: E(i); that links a new segment: the compare-exchange of `next` (of `head`, for the first).
//! - `pop` that returns the value of cell i: the later of E(i) and D(i), after the push if both coincide. E and D both
//!   increase with i, so values leave in the order of their pushes.
//! - `pop` that returns none: where it reads `enqueue`, not above the `dequeue` read before: every cell claimed for pushing
//!   by then had been claimed for popping, and `next`, found null later, was null then, so there was nothing behind. If
//!   `dequeue` was found at `LEN`: where it reads `next` as null.
//!
//! **Progress.** `push` and `pop` are lock-free. A popper that gives up a cell makes a push try again, but after `LEN` cells
//! that push (or another one) links a segment with its value inside, and that cannot be undone. `len` is wait-free but for
//! the protection of two segments.
//!
//! **Reclamation.** Segments are retired into the queue's own hazard-pointer domain ([`crate::reclaim`]), one for each `LEN`
//! operations, and freed at the latest when a slot has retired [`RETIRED`] of them. The bound is stated at
//! [`LockFreeQueue`].
//!
//! **What is checked.** `tests/loom_queue.rs`: all executions of two threads with two operations each, over segments of two
//! cells so that segments change and are freed within the bound; results compared with every sequential order.
//! `tests/stress_queue.rs`: recorded histories of native threads.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::{self, NonNull};

use super::iter::TryIter;
use super::segment::{Segment, SegmentBox, SegmentRef};
use crate::primitive::{AtomicPtr, CachePadded, ord};
use crate::reclaim::{Entry, Fences, Hazards};

/// How many segments a slot retires before it looks for some that can be freed.
const RETIRED: usize = if cfg!(loom) { 1 } else { 8 };

/// The hazard of a slot that protects what `head` leads to.
const HEAD: usize = 0;
/// The hazard of a slot that protects what `tail` leads to.
const TAIL: usize = 1;

/// An unbounded lock-free queue for any number of producers and consumers: first in, first out.
///
/// Values are kept in segments of up to 512 cells. A push claims a cell with one atomic addition and publishes the value with
/// one compare-exchange; a pop claims with one atomic addition. Segments are made when needed and freed through hazard
/// pointers.
///
/// # Guarantees
///
/// - *Order*: linearizable; every value is popped once, in the order of the pushes.
/// - *Progress*: `push` and `pop` are lock-free, as far as the global allocator is. A thread that is stopped anywhere cannot
///   stop others.
/// - *Memory*: each thread inside an operation occupies a slot of hazard pointers, which later operations use again; let `H`
///   be their number. At most `10 * H` segments are retired and not freed (8 that a slot has not looked at yet, 2 that it
///   protects), plus as many again for each thread stopped in the middle of freeing. A stopped thread holds back the two
///   segments it protects, not those behind them. [`LockFreeQueue::garbage`] tells the present number,
///   [`LockFreeQueue::reclaim`] frees what can be freed.
/// - *Happens-before*: what a thread did before a push is seen by the thread that pops the value.
/// - *Drop*: dropping the queue drops the values in it. If one panics, the others are still dropped and all memory is freed;
///   if a second one panics, the process aborts, as with `Vec`.
///
/// Values may borrow: the queue owns its reclamation domain, and nothing outlives the queue.
///
/// # Examples
///
/// ```
/// use lockfree_collections::LockFreeQueue;
///
/// static QUEUE: LockFreeQueue<u32> = LockFreeQueue::new();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| QUEUE.push(1));
///     scope.spawn(|| QUEUE.push(2));
/// });
/// let mut both = [QUEUE.pop(), QUEUE.pop()];
/// both.sort();
/// assert_eq!(both, [Some(1), Some(2)]);
/// assert_eq!(QUEUE.pop(), None);
/// ```
#[doc(alias = "SegQueue")]
#[doc(alias = "FAAArrayQueue")]
pub struct LockFreeQueue<T> {
    pub(super) chain: Chain<T>,
    hazards: Hazards<2>,
}

/// The segments. Dropping it frees them, not the values in them, so that memory is freed even if a value's drop panics.
pub(super) struct Chain<T> {
    pub(super) head: CachePadded<AtomicPtr<Segment<T>>>,
    pub(super) tail: CachePadded<AtomicPtr<Segment<T>>>,
}

// SAFETY: values are moved in and out by value, never shared between threads; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for LockFreeQueue<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for LockFreeQueue<T> {}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for LockFreeQueue<T> {}
impl<T> RefUnwindSafe for LockFreeQueue<T> {}

impl<T> LockFreeQueue<T> {
    /// Makes an empty queue. Nothing is allocated before the first operation.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// static QUEUE: LockFreeQueue<String> = LockFreeQueue::new();
    /// assert!(QUEUE.is_empty());
    /// ```
    #[must_use]
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self {
            chain: Chain {
                head: CachePadded::new(AtomicPtr::new(ptr::null_mut())),
                tail: CachePadded::new(AtomicPtr::new(ptr::null_mut())),
            },
            hazards: Hazards::new(Fences::Symmetric),
        }
    }

    /// Makes an empty queue.
    #[must_use]
    #[cfg(loom)]
    pub fn new() -> Self {
        Self {
            chain: Chain {
                head: CachePadded::new(AtomicPtr::new(ptr::null_mut())),
                tail: CachePadded::new(AtomicPtr::new(ptr::null_mut())),
            },
            hazards: Hazards::new(Fences::Symmetric),
        }
    }

    /// Appends `value`.
    ///
    /// Constant time, amortised over a segment: one segment is allocated for every `LEN` pushes.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::new();
    /// queue.push("first");
    /// queue.push("second");
    /// assert_eq!(queue.pop(), Some("first"));
    /// ```
    pub fn push(&self, value: T) {
        let mut entry = self.hazards.enter();
        let mut value = value;
        loop {
            let tail = &self.chain.tail;
            let Some(segment) = protect(&mut entry, TAIL, tail) else {
                match self.start(value) {
                    Ok(()) => return,
                    Err(back) => value = back,
                }
                continue;
            };
            // ord[Q8] Relaxed: claims a cell, order among claims is all that matters; values travel by Q2; pairs with none.
            let index = segment.enqueue().fetch_add(1, ord!(Q8, Relaxed));
            if index < Segment::<T>::LEN {
                // SAFETY: I3, the index was handed out to us only.
                match unsafe { segment.cell(index).publish(value) } {
                    Ok(()) => return,
                    Err(back) => value = back,
                }
                continue;
            }
            match self.append(segment, value) {
                Ok(()) => return,
                Err(back) => value = back,
            }
        }
    }

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
    pub fn pop(&self) -> Option<T> {
        let mut entry = self.hazards.enter();
        loop {
            let segment = protect(&mut entry, HEAD, &self.chain.head)?;
            if is_drained(segment) {
                return None;
            }
            // ord[Q10] AcqRel: hands on to later poppers what those before had seen, so that "empty" is not said too early; pairs with Q10, Q15, Q38.
            let index = segment.dequeue().fetch_add(1, ord!(Q10, AcqRel));
            if index < Segment::<T>::LEN {
                // SAFETY: I3, the index was handed out to us only.
                if let Some(value) = unsafe { segment.cell(index).take() } {
                    return Some(value);
                }
                continue;
            }
            // ord[Q16] Acquire: the next segment is initialised; pairs with Q11.
            let next = segment.next().load(ord!(Q16, Acquire));
            if next.is_null() {
                return None;
            }
            let old = segment.as_ptr();
            self.advance(&mut entry, old, next);
        }
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

    /// Installs the first segment, with `value` in it, unless another thread was first.
    #[cold]
    fn start(&self, value: T) -> Result<(), T> {
        let fresh = SegmentBox::with_first(value, 0);
        let (first, result) = {
            let (null, segment) = (ptr::null_mut(), fresh.as_ptr());
            // ord[Q7] Release: publishes the segment and the value in it; pairs with H5, H13, Q17.
            // ord[Q17] Acquire: another thread's segment becomes the tail; pairs with Q7.
            match self.chain.head.compare_exchange(null, segment, ord!(Q7, Release), ord!(Q17, Acquire)) {
                Ok(_) => (fresh.leak(), Ok(())),
                Err(first) => (first, Err(fresh.into_first())),
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
    fn append(&self, segment: SegmentRef<'_, T>, value: T) -> Result<(), T> {
        // ord[Q19] Acquire: the next segment, if any, becomes the tail; pairs with Q11.
        let next = segment.next().load(ord!(Q19, Acquire));
        let (next, result) = if next.is_null() {
            let fresh = SegmentBox::with_first(value, segment.position(Segment::<T>::LEN));
            let (null, new) = (ptr::null_mut(), fresh.as_ptr());
            // ord[Q11] Release: publishes the segment and the value in it; pairs with Q16, Q19, Q20.
            // ord[Q20] Acquire: another thread's segment becomes the tail; pairs with Q11.
            match segment.next().compare_exchange(null, new, ord!(Q11, Release), ord!(Q20, Acquire)) {
                Ok(_) => (fresh.leak(), Ok(())),
                Err(next) => (next, Err(fresh.into_first())),
            }
        } else {
            (next, Err(value))
        };
        // ord[Q12] Release: hands on the segment seen by Q19 or Q20, or made here; pairs with H5, H13, Q21, Q23.
        // ord[Q26] Relaxed: another thread has done it, nothing is read; pairs with none.
        let _ = self.chain.tail.compare_exchange(segment.as_ptr(), next, ord!(Q12, Release), ord!(Q26, Relaxed));
        result
    }

    /// Moves head (and tail, if it lags behind) from `old`, whose cells are all claimed, to `next`, and retires `old`.
    #[cold]
    fn advance(&self, entry: &mut Entry<'_, 2>, old: *mut Segment<T>, next: *mut Segment<T>) {
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

    /// Tells how many values are in the queue.
    ///
    /// Exact while no other operation runs. Otherwise off by at most the number of operations that overlap with this one; a
    /// push counts from the moment it has claimed a cell.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::from([1, 2, 3]);
    /// assert_eq!(queue.len(), 3);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        let mut entry = self.hazards.enter();
        let Some(head) = protect(&mut entry, HEAD, &self.chain.head) else { return 0 };
        // ord[Q38] Acquire: what the poppers had seen is not missed below; pairs with Q10.
        let popped = head.position(head.dequeue().load(ord!(Q38, Acquire)));
        let Some(tail) = protect(&mut entry, TAIL, &self.chain.tail) else { return 1 };
        // ord[Q39] Relaxed: a number, nothing is read through it; pairs with none.
        let pushed = tail.position(tail.enqueue().load(ord!(Q39, Relaxed)));
        // Poppers may have claimed cells that no push has: the difference, taken round the wrap, is negative then.
        usize::try_from(pushed.wrapping_sub(popped) as isize).unwrap_or(0)
    }

    /// Tells whether the queue is empty.
    ///
    /// "Yes" is linearizable, just as a pop that returns none; "no" may also stand for a push under way.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::new();
    /// assert!(queue.is_empty());
    /// queue.push(1);
    /// assert!(!queue.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let mut entry = self.hazards.enter();
        protect(&mut entry, HEAD, &self.chain.head).is_none_or(is_drained)
    }

    /// Pops until the queue is found empty.
    ///
    /// ```
    /// use lockfree_collections::LockFreeQueue;
    ///
    /// let queue = LockFreeQueue::from([1, 2]);
    /// assert_eq!(queue.try_iter().sum::<i32>(), 3);
    /// assert!(queue.is_empty());
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// Tells how many segments are retired and not yet freed; approximate while operations run.
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
        self.hazards.garbage()
    }

    /// Frees the retired segments that no thread protects, and tells how many there were.
    ///
    /// Operations do this by themselves from time to time; call it to give memory back before a long pause. Time in
    /// proportion to the segments retired and the slots in use.
    pub fn reclaim(&self) -> usize {
        self.hazards.reclaim()
    }
}

/// Protects and reads what `source` leads to.
#[inline]
fn protect<'e, T>(
    entry: &'e mut Entry<'_, 2>,
    index: usize,
    source: &AtomicPtr<Segment<T>>,
) -> Option<SegmentRef<'e, T>> {
    let segment = NonNull::new(entry.protect(index, source))?;
    // SAFETY: `head` and `tail` lead to segments that are published with Release and retired only by `advance`, after both
    // have left them for good (I6). The borrow of the entry keeps the hazard where it is for as long as the result is used.
    Some(unsafe { SegmentRef::new(segment) })
}

/// Tells whether nothing was in `segment` or behind it, at some moment during the call, if it is the first one.
#[inline]
fn is_drained<T>(segment: SegmentRef<'_, T>) -> bool {
    // The order matters: cells claimed for popping first, for pushing second.
    // ord[Q15] Acquire: what the poppers counted had seen is not missed below; pairs with Q10.
    let dequeue = segment.dequeue().load(ord!(Q15, Acquire));
    // ord[Q24] Relaxed: only compared with what Q15 has read, which comes first; pairs with none.
    let enqueue = segment.enqueue().load(ord!(Q24, Relaxed));
    // ord[Q25] Relaxed: only compared with null, and not read before Q15 by that one's ordering; pairs with none.
    dequeue >= enqueue.min(Segment::<T>::LEN) && segment.next().load(ord!(Q25, Relaxed)).is_null()
}

impl<T> Default for LockFreeQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for LockFreeQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockFreeQueue").field("len", &self.len()).finish_non_exhaustive()
    }
}
