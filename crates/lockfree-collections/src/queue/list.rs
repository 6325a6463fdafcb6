//! Unbounded queue of segments.
//!
//! **Source.** FAAArrayQueue of Ramalhete and Correia (2016), itself an array-based relative of the queue of Michael and
//! Scott (1996); closing is that of LCRQ's rings (Morrison and Afek, 2013). Differences: values are stored in the cells, not behind
//! pointers, so a cell has a state of its own; a popper looks at the cell before it claims it, so that a queue that is neither empty nor
//! crowded costs it one line; cells are claimed by compare-exchange with back-off, and by addition after [`TRIES`] of those
//! have failed; a popper waits a moment before it gives a cell up; the first segment is made by the first push; head and tail
//! are protected by sticky hazards; a popper helps the tail on before it moves the head, so that a retired segment is
//! reachable from neither.
//!
//! ```text
//! head ------------.                                    tail ----.
//!                  v                                             v
//!        +---------------------------+      +---------------------------+
//!        | enqueue LEN+  dequeue 255 | next | enqueue 3     dequeue 0   | next
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
//! - I2: `next` goes from null to one segment, once, and only after `enqueue` has reached `LEN` without being closed.
//! - I3: each index below `LEN` is claimed for pushing at most once (by `enqueue`) and for popping at most once (by
//!   `dequeue`); only the claimant for pushing writes the value, and only before the state is `FULL`.
//! - I4: a value is read by the claimant for popping if it found `FULL`, by the claimant for pushing if it found `TAKEN`.
//! - I5: `head` leaves a segment only after `dequeue` has reached `LEN`: all its cells are claimed for popping.
//! - I6: a segment is retired by the thread that moved `head` off it, once, when `tail` has left it, too. It holds no value
//!   but those that claimants protected by a hazard are about to move out.
//! - I7: a segment is closed once, with cells left, for ever; the upper half of `enqueue` then says how many were claimed. It is the
//!   last one, by I2.
//!
//! **Linearization points.** Let E(i) and D(i) be the moments when cell i is claimed for pushing and for popping.
//! - `push` that fills cell i: E(i); that links a new segment: the compare-exchange of `next` (of `head`, for the first). Pushes of a
//!   batch are pushes one after another. `try_push` that fails: the read of a closed `enqueue`.
//! - `close`: the change of `enqueue` (of `next` or `head`, if that links a closed segment).
//! - `pop` that returns the value of cell i: the later of E(i) and D(i), after the push if both coincide. E and D both
//!   increase with i, so values leave in the order of their pushes. Pops of a batch come one after another in D of its last cell.
//! - `pop` that returns none: where it reads `enqueue`, not above the `dequeue` read before: every cell claimed for pushing
//!   by then had been claimed for popping, and `next`, found null later, was null then, so there was nothing behind. If
//!   `dequeue` was found at `LEN`: where it reads `next` as null.
//!
//! **Progress.** `push` and `pop` are lock-free. A popper that gives up a cell makes a push try again, but after `LEN` cells
//! that push (or another one) links a segment with its value inside, and that cannot be undone. `len` is wait-free but for
//! the protection of two segments.
//!
//! **Reclamation.** Segments are retired into the queue's own hazard-pointer domain ([`crate::reclaim`]), one for each `LEN`
//! pops, and whoever retires one takes back those that no hazard is on. Two of them are kept ([`super::links`]) and become the
//! next segments; the others are freed. A segment that comes back is, to a thread that is late, a new one at the same address, which
//! the allocator may hand out, too: only a hazard keeps the old one, and no address is compared but one that a hazard is on. The
//! bound is stated at [`LockFreeQueue`].
//!
//! **What is checked.** `tests/loom_queue.rs`: all executions of two threads with two operations each, over segments of two
//! cells so that segments change and are freed within the bound; results compared with every sequential order.
//! `tests/stress_queue.rs`: recorded histories of native threads.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::{self, NonNull};

use super::iter::TryIter;
use super::links::SPARES;
use super::segment::{Claimed, Segment, SegmentRef};
use crate::primitive::{AtomicPtr, Backoff, CachePadded, ord};
use crate::reclaim::{Entry, Fences, Hazards};

/// How often an operation tries to claim by compare-exchange before it claims by addition, which costs the others more and cannot
/// fail.
pub(super) const TRIES: u32 = if cfg!(loom) { 1 } else { 32 };

/// The hazard of a slot that protects what `head` leads to.
pub(super) const HEAD: usize = 0;
/// The hazard of a slot that protects what `tail` leads to.
pub(super) const TAIL: usize = 1;

/// An unbounded lock-free queue for any number of producers and consumers: first in, first out.
///
/// Values are kept in segments of up to 1,024 cells. A push claims a cell and publishes the value, a pop claims a cell: an atomic
/// change each. Segments are made when needed, and freed or used again through hazard pointers.
///
/// # Guarantees
///
/// - *Order*: linearizable; every value is popped once, in the order of the pushes.
/// - *Progress*: `push` and `pop` are lock-free, as far as the global allocator is. A thread that is stopped anywhere cannot
///   stop others.
/// - *Memory*: each thread inside an operation occupies a slot of hazard pointers, which later operations use again; let `H`
///   be their number. At most `3 * H` segments are retired and not freed (1 that a slot is about to look at, 2 that it
///   protects), plus as many again for each thread stopped in the middle of freeing; and two are kept for the next pushes that
///   need one. A stopped thread holds back the two
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
    pub(super) hazards: Hazards<2>,
    #[cfg(feature = "wait")]
    pub(super) receivers: super::recv::Receivers,
}

/// The segments. Dropping it frees them, not the values in them, so that memory is freed even if a value's drop panics.
pub(super) struct Chain<T> {
    pub(super) head: CachePadded<AtomicPtr<Segment<T>>>,
    pub(super) tail: CachePadded<AtomicPtr<Segment<T>>>,
    /// The memory of a segment that is no longer in the queue each, or null.
    pub(super) spares: [AtomicPtr<Segment<T>>; SPARES],
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
                spares: [const { AtomicPtr::new(ptr::null_mut()) }; SPARES],
            },
            hazards: Hazards::new(Fences::Symmetric),
            #[cfg(feature = "wait")]
            receivers: super::recv::Receivers::new(),
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
                spares: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            },
            hazards: Hazards::new(Fences::Symmetric),
            #[cfg(feature = "wait")]
            receivers: super::recv::Receivers::new(),
        }
    }

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

    fn append_value(&self, value: T) -> Result<(), T> {
        let mut entry = self.hazards.enter();
        let mut value = value;
        loop {
            let Some(segment) = protect(&mut entry, TAIL, &self.chain.tail) else {
                match self.start(value) {
                    Ok(()) => return Ok(()),
                    Err(back) => value = back,
                }
                continue;
            };
            match claim(segment, 1) {
                // SAFETY: I3, the index was handed out to us only.
                Claim::Cells { from, .. } => match unsafe { segment.cell(from).publish(value) } {
                    Ok(()) => return Ok(()),
                    Err(back) => value = back,
                },
                Claim::Full => match self.append(segment, value) {
                    Ok(()) => return Ok(()),
                    Err(back) => value = back,
                },
                Claim::Closed => return Err(value),
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
        let (waiting, losing) = (Backoff::new(), Backoff::new());
        let mut tries = 0;
        // Where the race was last lost, and what the next cell was then: going on with that, and not with what is true after backing
        // off, lets a winner that goes on winning have the lines to itself. It is fair again after `TRIES` of these.
        let mut lost = None;
        loop {
            let segment = protect(&mut entry, HEAD, &self.chain.head)?;
            // The order matters: cells claimed for popping first, for pushing second.
            let index = match lost.take() {
                Some((place, index)) if place == segment.as_ptr() => index,
                // ord[Q15] Acquire: what the poppers counted had seen is not missed below; pairs with Q10, Q49, Q61.
                _ => segment.dequeue().load(ord!(Q15, Acquire)),
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
            let cell = segment.cell(index);
            if !cell.is_full() {
                // ord[Q24] Relaxed: only compared with what Q15 has read, which comes first; pairs with none.
                if Claimed(segment.enqueue().load(ord!(Q24, Relaxed))).cells(Segment::<T>::LEN) <= index {
                    return None;
                }
                if !waiting.is_completed() {
                    // A push has claimed the cell and is about to fill it.
                    waiting.snooze();
                    continue;
                }
            }
            let index = if tries < TRIES {
                tries += 1;
                // ord[Q49] Release: hands on to later poppers what this one has seen, as Q10; pairs with Q15, Q38, Q50, Q54.
                // ord[Q50] Acquire: as Q15; pairs with Q10, Q49, Q61.
                let claim =
                    segment.dequeue().compare_exchange(index, index + 1, ord!(Q49, Release), ord!(Q50, Acquire));
                if let Err(now) = claim {
                    lost = Some((segment.as_ptr(), now));
                    losing.spin();
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
        // ord[Q38] Acquire: what the poppers had seen is not missed below; pairs with Q10, Q49, Q61.
        let popped = head.position(head.dequeue().load(ord!(Q38, Acquire)));
        let Some(tail) = protect(&mut entry, TAIL, &self.chain.tail) else { return 1 };
        // ord[Q39] Relaxed: a number, nothing is read through it; pairs with none.
        let pushed = tail.position(Claimed(tail.enqueue().load(ord!(Q39, Relaxed))).cells(Segment::<T>::LEN));
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
}

/// What came of trying to claim cells for pushing.
pub(super) enum Claim {
    /// These cells are the caller's.
    Cells {
        from: usize,
        count: usize,
    },
    /// Segment full.
    Full,
    Closed,
}

/// Claims up to `wanted` cells of `segment` for pushing, at least one.
#[inline]
pub(super) fn claim<T>(segment: SegmentRef<'_, T>, wanted: usize) -> Claim {
    let backoff = Backoff::new();
    // ord[Q8] Relaxed: only a guess, which Q51 confirms; pairs with none.
    let mut claimed = Claimed(segment.enqueue().load(ord!(Q8, Relaxed)));
    for _ in 0..TRIES {
        if claimed.is_closed() {
            return Claim::Closed;
        }
        let from = claimed.next();
        if from >= Segment::<T>::LEN {
            return Claim::Full;
        }
        let count = wanted.min(Segment::<T>::LEN - from);
        // ord[Q51] Relaxed: claims cells, order among claims is all that matters; values travel by Q2; pairs with none.
        // ord[Q52] Relaxed: a lost race, nothing is read through it; pairs with none.
        match segment.enqueue().compare_exchange(claimed.0, claimed.0 + count, ord!(Q51, Relaxed), ord!(Q52, Relaxed)) {
            Ok(_) => return Claim::Cells { from, count },
            Err(now) => claimed = Claimed(now),
        }
        backoff.spin();
    }
    if !claimed.is_closed() && claimed.next() < Segment::<T>::LEN {
        // ord[Q53] Relaxed: as Q51; pairs with none.
        claimed = Claimed(segment.enqueue().fetch_add(1, ord!(Q53, Relaxed)));
    }
    match claimed.next() {
        _ if claimed.is_closed() => Claim::Closed,
        from if from < Segment::<T>::LEN => Claim::Cells { from, count: 1 },
        _ => Claim::Full,
    }
}

#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn end_of_queue() -> ! {
    panic!("the queue is closed: nothing can be pushed");
}

/// Protects and reads what `source` leads to.
#[inline]
pub(super) fn protect<'e, T>(
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
    // The order matters, as in `pop`.
    // ord[Q54] Acquire: as Q15; pairs with Q10, Q49, Q61.
    let dequeue = segment.dequeue().load(ord!(Q54, Acquire));
    // ord[Q55] Relaxed: as Q24; pairs with none.
    let enqueue = Claimed(segment.enqueue().load(ord!(Q55, Relaxed))).cells(Segment::<T>::LEN);
    // ord[Q25] Relaxed: only compared with null, and not read before Q54 by that one's ordering; pairs with none.
    dequeue >= enqueue && segment.next().load(ord!(Q25, Relaxed)).is_null()
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
