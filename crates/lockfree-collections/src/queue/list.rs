//! Unbounded queue of segments.
//!
//! **Source.** FAAArrayQueue of Ramalhete and Correia (2016), itself an array-based relative of the queue of Michael and
//! Scott (1996); a push that claims a cell by changing that cell is as old as the array queue of Tsigas and Zhang (2001). Differences:
//! values are stored in the cells, not behind pointers, so a cell has a state of its own ([`super::cell`]); a push claims the cell itself,
//! and not a number that leads to it, so that one change does for both, and who asks an empty queue looks at one line, in which the
//! value will come; a cell is filled by a plain store, since a popper that gives it up makes the pusher look (an asymmetric fence between
//! them); cells are claimed for popping by compare-exchange of a counter with back-off, and by addition after [`TRIES`] of those
//! have failed; a popper waits a moment before it gives a cell up; the first segment is made by the first push; head and tail
//! are protected by sticky hazards; a popper helps the tail on before it moves the head, so that a retired segment is
//! reachable from neither.
//!
//! ```text
//! head ------------.                                    tail ----.
//!                  v                                             v
//!        +---------------------------+      +---------------------------+
//!        | hint LEN    dequeue 255   | next | hint 2      dequeue 0     | next
//!        | [.][.][.] ...  ...  [F]   |----->| [F][F][C] ...             |-----> null
//!        +---------------------------+      +---------------------------+
//! ```
//!
//! **Invariants.** A cell is claimed for pushing when its state leaves `EMPTY`, but for `END`.
//! - I1: `head` and `tail` go from null to the same first segment, and from a segment to its `next` only; `tail` is null or
//!   not before `head` whenever `head` leaves a segment.
//! - I2: `next` goes from null to one segment, once, and only after all cells have been claimed for pushing.
//! - I3: each cell is claimed for pushing at most once, and for popping at most once (by `dequeue`); only the claimant for
//!   pushing writes the value, and only before the state is `FULL`.
//! - I4: a value is read by the claimant for popping if it found `FULL` and had not asked the push to take it back, or the push was too
//!   late for that; by the claimant for pushing otherwise.
//! - I5: `head` leaves a segment only after `dequeue` has reached `LEN`: all its cells are claimed for popping.
//! - I6: a segment is retired by the thread that moved `head` off it, once, when `tail` has left it, too. It holds no value
//!   but those that claimants protected by a hazard are about to move out.
//! - I7: a cell that has become `END` stays so. It is in the last segment, by I2, and the cells behind it are `EMPTY` for ever.
//! - I8: who claims a cell for pushing, or ends the queue there, has seen that all cells before it are claimed: those before `hint` are,
//!   as who wrote that had seen, and from there on it looks. So whoever finds a cell `EMPTY` may conclude that no push behind it is over.
//!
//! **Linearization points.** Let E(i) and D(i) be the moments when cell i is claimed for pushing and for popping.
//! - `push` that fills cell i: E(i); that links a new segment: the compare-exchange of `next` (of `head`, for the first). Pushes of a
//!   batch are pushes one after another. `try_push` that fails: the look at the `END`.
//! - `close`: the change to `END` (of `next` or `head`, if that links a closed segment).
//! - `pop` that returns the value of cell i: the later of E(i) and D(i), after the push if both coincide. E and D both
//!   increase with i, so values leave in the order of their pushes. Pops of a batch come one after another in D of its last cell.
//! - `pop` that returns none: the look at a cell, not before the `dequeue` read before, that is `EMPTY` or `END`: no cell from there on was
//!   claimed for pushing (I8), and all before had been claimed for popping. If `dequeue` was found at `LEN`: where it reads `next` as null.
//!
//! **Progress.** `push` and `pop` are lock-free. A popper that gives up a cell makes a push try again, but after `LEN` cells
//! that push (or another one) links a segment with its value inside, and that cannot be undone. A `hint` that a late push has set back
//! costs the next one a look at `LEN` cells at most. Should the system refuse the fence of a popper that gives up, after it has granted
//! it before, that popper waits for the push. `len` is wait-free but for the protection of two segments.
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

use super::cell::Look;
use super::iter::TryIter;
use super::links::SPARES;
use super::segment::{Segment, SegmentRef};
use crate::primitive::{AtomicPtr, CachePadded, ord};
use crate::reclaim::{Entry, Fences, Hazards};

/// How often an operation that has lost a race backs off and lets the winners go on before it looks where they are now.
pub(super) const TRIES: u32 = if cfg!(loom) { 1 } else { 32 };

/// The hazard of a slot that protects what `head` leads to.
pub(super) const HEAD: usize = 0;
/// The hazard of a slot that protects what `tail` leads to.
pub(super) const TAIL: usize = 1;

/// An unbounded lock-free queue for any number of producers and consumers: first in, first out.
///
/// Values are kept in segments of up to 1,024 cells. A push claims a cell and publishes the value, a pop claims a cell: one atomic
/// read-modify-write each. Segments are made when needed, and freed or used again through hazard pointers.
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
    pub(super) receivers: crate::receive::Receivers,
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
            receivers: crate::receive::Receivers::new(),
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
            receivers: crate::receive::Receivers::new(),
        }
    }

    /// Takes the slot that the thread keeps; a model, in which it keeps none mostly, takes any.
    #[inline(always)]
    pub(super) fn enter_quickly(&self) -> Option<Entry<'_, 2>> {
        if cfg!(loom) { Some(self.hazards.enter()) } else { self.hazards.enter_kept() }
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
        let hint = tail.hint().load(ord!(Q39, Relaxed));
        let pushed = tail.position(tail.frontier(hint).map_or(Segment::<T>::LEN, |(index, _)| index));
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

/// As [`protect`], where the hazard is on that already; else none.
#[inline(always)]
pub(super) fn protected<'e, T>(
    entry: &'e mut Entry<'_, 2>,
    index: usize,
    source: &AtomicPtr<Segment<T>>,
) -> Option<SegmentRef<'e, T>> {
    let segment = entry.protected(index, source)?;
    // SAFETY: as in `protect`.
    Some(unsafe { SegmentRef::new(segment) })
}

/// Tells whether nothing was in `segment` or behind it, at some moment during the call, if it is the first one.
#[inline]
fn is_drained<T>(segment: SegmentRef<'_, T>) -> bool {
    // ord[Q54] Acquire: as Q15; pairs with Q10, Q49, Q61.
    let index = segment.dequeue().load(ord!(Q54, Acquire));
    if index < Segment::<T>::LEN {
        return matches!(segment.cell(index).look(), Look::Empty | Look::End);
    }
    // ord[Q25] Relaxed: only compared with null, and not read before Q54 by that one's ordering; pairs with none.
    segment.next().load(ord!(Q25, Relaxed)).is_null()
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
