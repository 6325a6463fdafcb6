//! The owner's end of a work-stealing deque.
//!
//! **Source.** Chase and Lev, "Dynamic Circular Work-Stealing Deque" (SPAA 2005), with the orderings of Lê, Pop, Cohen and Zappa
//! Nardelli, "Correct and Efficient Work-Stealing for Weak Memory Models" (PPoPP 2013). Differences: `back` is stored with
//! Release where the paper has a fence in `push`; the claims are no more than Release, see below; the old buffer is retired through
//! hazard pointers, so a thief's only cost beside the paper's is to compare its sticky hazard with the buffer; the owner may take from
//! the thieves' end (first in, first out), by addition, which cannot fail (as in crossbeam's `crossbeam-deque`); the buffer shrinks, too.
//!
//! ```text
//!            front (thieves, and the owner of a FIFO deque)       back (the owner)
//!              v                                                   v
//! buffer: ...  [f] [f+1] ...                             ... [b-1] [ ]       position p is in slot p mod capacity
//! ```
//!
//! **Invariants.** Positions wrap; `back - front` as a signed number is the number of values, or -1 within `pop`.
//! - I1: `back` and `buffer` are written by the owner only; `front` only grows, by one, by compare-exchange, or by addition if it is the
//!   owner, who takes a step back that has led beyond `back`: until then nobody else moves it.
//! - I2: the values at positions from `front` up to `back` are in the present buffer, and in every buffer of earlier that was the
//!   present one after they were pushed. So a thief that reads `back`, and then the buffer, finds the value at `front` in it.
//! - I3: who moves `front` on from p takes the value at p. A thief reads it before, and uses what it read only if it moved `front`.
//!   The owner writes a slot anew only after it has seen `front` beyond the position that was in it.
//! - I4: the owner of a LIFO deque takes the value at `back - 1` after it has moved `back` down and then, after the fence, seen
//!   `front` below it; if `front` is at it, it must move `front` as a thief would.
//! - I5: a buffer is retired once, by the owner, after `buffer` has been changed for good.
//!
//! **Linearization points.** `push`, and a batch that arrives: the store of `back`. `steal`, FIFO `pop`, LIFO `pop` of the last value: the move of `front`.
//! LIFO `pop` of another value: the store of `back`. "Empty": the read of the other end, after the fence; of a FIFO `pop`, the move of
//! `front` that led beyond `back`.
//!
//! **Progress.** `push` and `pop` are wait-free, but for allocating a buffer; `steal` is wait-free but for the protection of the
//! buffer, as it answers `Retry` where it lost a race.
//!
//! **Reclamation.** One retirement for each change of the buffer's size; see [`crate::reclaim`]. A stopped thief holds back the one
//! buffer that it protects.
//!
//! **Orderings.** A claim, a move of `front` by an exchange or an addition, is no more than Release. That none takes a value twice follows from
//! the fences D2 and D14. If the thief's is first, what it has read of `front` is seen behind the owner's, which then exchanges, too, or finds
//! nothing. If the owner's is first, the thief sees `back` moved down. As a thief that reads `front` from a claim passes its fence behind those
//! that came before that claim, the claims need no order of their own. What a claim releases is the reads before it: they are over before the
//! owner, who sees the claim, writes the slot anew. That is load buffering, which RC11 forbids anyhow, and C11 and processors do not.
//!
//! **What is checked.** `tests/loom_deque.rs`: owner and one or two thieves over buffers of two slots, so that they grow and shrink within the
//! bound; weakened twins: all are refuted but those that take load buffering, which `memory-model` refutes (its `tests/it/claims.rs`).
//! `tests/stress_deque.rs`: native threads; every value is taken once, and in order where there is one.

use core::cell::Cell;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use haphazard::raw::Pointer;

use super::Stealer;
use super::buffer::{self, Buffer, BufferBox};
use crate::drain::drop_all;
use crate::primitive::{AtomicPtr, AtomicUsize, CachePadded, Racy, Shared, fence, ord};
use crate::reclaim::{Fences, Hazards};

/// How many slots a buffer has at least.
const LEAST: usize = if cfg!(loom) { 2 } else { 64 };

/// What worker and stealers share.
pub(super) struct Inner<T> {
    pub(super) ends: CachePadded<Ends>,
    pub(super) buffer: CachePadded<AtomicPtr<Buffer<T>>>,
    pub(super) hazards: Hazards<1>,
}

/// Both ends stand in one line: every operation but a push looks at both, and who has got the line may do several operations before
/// another thread takes it away.
pub(super) struct Ends {
    pub(super) front: AtomicUsize,
    pub(super) back: AtomicUsize,
}

// SAFETY: values are moved from thread to thread, never shared; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for Inner<T> {}
// SAFETY: as above; what only the owner may do is done through `Worker`, which is not `Sync`.
unsafe impl<T: Send> Sync for Inner<T> {}

/// How many values there are between two positions.
#[inline(always)]
pub(super) fn count(front: usize, back: usize) -> isize {
    back.wrapping_sub(front) as isize
}

impl<T> Drop for Inner<T> {
    fn drop(&mut self) {
        // ord[D20] Relaxed: exclusive, worker and stealers are gone; pairs with none.
        let mut front = self.ends.front.load(ord!(D20, Relaxed));
        // ord[D21] Relaxed: exclusive, as D20; pairs with none.
        let back = self.ends.back.load(ord!(D21, Relaxed));
        // ord[D22] Relaxed: exclusive, as D20; pairs with none.
        let buffer = self.buffer.load(ord!(D22, Relaxed));
        // SAFETY: it came from `allocate`; nobody has a pointer to it any more, only sticky hazards may be on it.
        let buffer = unsafe { BufferBox::from_raw(buffer) };
        // The buffer is freed at last, even if this panics.
        drop_all(|| {
            if count(front, back) <= 0 {
                return None;
            }
            let value = buffer.read(front);
            front = front.wrapping_add(1);
            // SAFETY: I2, and nobody else is left.
            Some(unsafe { value.assume_value() })
        });
    }
}

/// Which value the owner pops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Fifo,
    Lifo,
}

/// A work-stealing deque, and its owner's end: one thread pushes and pops, others steal through [`Stealer`]s.
///
/// # Guarantees
///
/// - *Order*: linearizable. The owner of a LIFO deque pops the value it pushed last, that of a FIFO deque the one pushed first; stealers
///   always take the one pushed first.
/// - *Progress*: `push` and `pop` are wait-free, as far as the allocator is; `steal` returns.
/// - *Memory*: a buffer of at least 64 slots, at most four times as many as there are values when the owner pops; a buffer that was
///   replaced is freed at once, unless a stealer is reading it: each stealing thread, stopped or not, holds back one at most. How many
///   are held back, and how many can be, [`telemetry`](Self::telemetry) tells.
/// - *Happens-before*: what the owner did before a push is seen by the thread that takes the value.
/// - *Drop*: what was not taken is dropped with the last of worker and stealers, the oldest first.
///
/// ```
/// use lockfree_collections::deque::{Steal, Worker};
///
/// let worker = Worker::new_lifo();
/// let stealer = worker.stealer();
/// worker.push(1);
/// worker.push(2);
/// worker.push(3);
/// assert_eq!(stealer.steal(), Steal::Success(1));
/// assert_eq!(worker.pop(), Some(3));
/// ```
#[doc(alias = "WorkStealingDeque")]
#[doc(alias = "ChaseLev")]
pub struct Worker<T> {
    pub(super) inner: Shared<Inner<T>>,
    /// What `inner.buffer` says; only this writes to it. Also, not `Sync`.
    buffer: Cell<*mut Buffer<T>>,
    /// The slots of that buffer.
    slots: Cell<*const [Racy<T>]>,
    /// What `front` was some time ago.
    front: Cell<usize>,
    pub(super) order: Order,
}

// SAFETY: the owner may be another thread tomorrow: all that it knows is in here.
unsafe impl<T: Send> Send for Worker<T> {}

// No code of the user runs inside an operation, so a panic cannot leave one half done.
impl<T> UnwindSafe for Worker<T> {}
impl<T> RefUnwindSafe for Worker<T> {}

impl<T> Worker<T> {
    /// A deque whose owner pops what it pushed first.
    ///
    /// ```
    /// let worker = lockfree_collections::deque::Worker::new_fifo();
    /// worker.push(1);
    /// worker.push(2);
    /// assert_eq!(worker.pop(), Some(1));
    /// ```
    #[must_use]
    pub fn new_fifo() -> Self {
        Self::new(Order::Fifo)
    }

    /// A deque whose owner pops what it pushed last.
    ///
    /// ```
    /// let worker = lockfree_collections::deque::Worker::new_lifo();
    /// worker.push(1);
    /// worker.push(2);
    /// assert_eq!(worker.pop(), Some(2));
    /// ```
    #[must_use]
    pub fn new_lifo() -> Self {
        Self::new(Order::Lifo)
    }

    fn new(order: Order) -> Self {
        let buffer = Buffer::allocate(LEAST, 0);
        let inner = Shared::new(Inner {
            ends: CachePadded::new(Ends { front: AtomicUsize::new(0), back: AtomicUsize::new(0) }),
            buffer: CachePadded::new(AtomicPtr::new(buffer)),
            hazards: Hazards::new(Fences::Symmetric),
        });
        // SAFETY: just allocated.
        let slots = unsafe { &*buffer }.slots();
        Self { inner, buffer: Cell::new(buffer), slots: Cell::new(slots), front: Cell::new(0), order }
    }

    /// A handle for other threads.
    ///
    /// ```
    /// let worker = lockfree_collections::deque::Worker::<u8>::new_fifo();
    /// assert!(worker.stealer().is_empty());
    /// ```
    #[must_use]
    pub fn stealer(&self) -> Stealer<T> {
        Stealer { inner: Shared::clone(&self.inner), order: self.order }
    }

    fn present(&self) -> &Buffer<T> {
        // SAFETY: I5: the present buffer is replaced, and retired, by this worker only.
        unsafe { &*self.buffer.get() }
    }

    #[inline(always)]
    pub(super) fn slots(&self) -> &[Racy<T>] {
        // SAFETY: as in `present`.
        unsafe { &*self.slots.get() }
    }

    /// Puts `value` at the back. Constant time, amortised.
    ///
    /// ```
    /// let worker = lockfree_collections::deque::Worker::new_fifo();
    /// worker.push("task");
    /// assert_eq!(worker.len(), 1);
    /// ```
    #[inline]
    pub fn push(&self, value: T) {
        // ord[D10] Relaxed: written by this thread only (I1); pairs with none.
        let back = self.inner.ends.back.load(ord!(D10, Relaxed));
        self.place(back, value);
        // ord[D7] Release: publishes the value, and the buffer it is in; pairs with D3.
        self.inner.ends.back.store(back.wrapping_add(1), ord!(D7, Release));
    }

    /// Writes to the slot of `position`; those from `back` up to there were written, too.
    #[inline(always)]
    pub(super) fn place(&self, position: usize, value: T) {
        if count(self.front.get(), position) >= self.slots().len() as isize {
            self.make_room(position);
        }
        // SAFETY: I3, the slot's last position is before `front`.
        unsafe { buffer::write(self.slots(), position, value) };
    }

    /// Looks what thieves have taken meanwhile, and takes a larger buffer if that is not enough for values up to `back`.
    #[cold]
    fn make_room(&self, back: usize) {
        // ord[D11] Acquire: thieves beyond whose position a slot is written anew have read it; pairs with D4.
        let front = self.inner.ends.front.load(ord!(D11, Acquire));
        self.front.set(front);
        let capacity = self.present().capacity();
        if count(front, back) >= capacity as isize {
            self.resize(2 * capacity, front, back);
        }
    }

    /// Moves the values between `front` and `back` to a buffer of `capacity` slots.
    #[cold]
    fn resize(&self, capacity: usize, front: usize, back: usize) {
        let new = Buffer::allocate(capacity, self.present().most());
        // SAFETY: just allocated.
        let fresh = unsafe { &*new };
        let mut position = front;
        while position != back {
            // SAFETY: not shared yet. Values that thieves take meanwhile are copied, and not used.
            unsafe { fresh.copy(position, self.present()) };
            position = position.wrapping_add(1);
        }
        let old = self.buffer.replace(new);
        self.slots.set(fresh.slots());
        // ord[D5] Release: publishes the buffer and the values copied into it; pairs with H5.
        self.inner.buffer.store(new, ord!(D5, Release));
        let mut entry = self.inner.hazards.enter();
        // SAFETY: I5; it came from `allocate`.
        unsafe { entry.retire::<_, BufferBox<T>>(old, 1) };
    }

    /// Removes the value pushed last, or first, as the deque was made; none if there is no value.
    ///
    /// ```
    /// let worker = lockfree_collections::deque::Worker::new_lifo();
    /// worker.push(1);
    /// assert_eq!(worker.pop(), Some(1));
    /// assert_eq!(worker.pop(), None);
    /// ```
    #[inline]
    pub fn pop(&self) -> Option<T> {
        // ord[D12] Relaxed: written by this thread only (I1); pairs with none.
        let back = self.inner.ends.back.load(ord!(D12, Relaxed));
        // ord[D19] Relaxed: errs by what thieves have taken meanwhile, which the fence or D18 finds; pairs with none.
        let front = self.inner.ends.front.load(ord!(D19, Relaxed));
        if count(front, back) <= 0 {
            return None;
        }
        let value = match self.order {
            Order::Fifo => self.pop_front(back),
            Order::Lifo => self.pop_back(back),
        }?;
        let capacity = self.slots().len();
        if capacity > LEAST && count(front, back) <= (capacity / 4) as isize {
            self.shrink(capacity / 2);
        }
        Some(value)
    }

    #[inline]
    fn pop_front(&self, back: usize) -> Option<T> {
        // ord[D18] AcqRel: takes the value (I3). Acquires for D11, which may read D23; who sees the move sees the pushes before it, and
        // finds no deque empty that was not; pairs with D2, D4, D30.
        let front = self.inner.ends.front.fetch_add(1, ord!(D18, AcqRel));
        if count(front, back) <= 0 {
            // Thieves have taken all. None moves `front` as long as it is beyond `back`, which only this thread moves.
            // ord[D23] Relaxed: thieves find nothing either way; pairs with none.
            self.inner.ends.front.store(front, ord!(D23, Relaxed));
            return None;
        }
        // SAFETY: I3, we moved `front`, and nobody else writes to slots.
        Some(unsafe { buffer::read(self.slots(), front).assume_value() })
    }

    #[inline]
    fn pop_back(&self, back: usize) -> Option<T> {
        let last = back.wrapping_sub(1);
        // The paper has a fence in `push` that covers this store, too; here it must publish the values before it by itself.
        // ord[D13] Release: a thief that reads this and not the push's store sees the values before it; pairs with D3.
        self.inner.ends.back.store(last, ord!(D13, Release));
        // ord[D14] SeqCst: of this and a thief's fence one comes first: it sees `back`, or we see its `front`; pairs with D2.
        fence(ord!(D14, SeqCst));
        // ord[D15] Relaxed: after the fence; a value is used only if no thief has it; pairs with none.
        let front = self.inner.ends.front.load(ord!(D15, Relaxed));
        let left = count(front, last);
        if left < 0 {
            // ord[D24] Relaxed: thieves find nothing either way: `front` is here, too; pairs with none.
            self.inner.ends.back.store(back, ord!(D24, Relaxed));
            return None;
        }
        let value = buffer::read(self.slots(), last);
        if left == 0 {
            // The last one: a thief may be after it.
            // ord[D16] Relaxed: takes the value (I4): no more than one of this and the thieves' D4 moves `front` on; the fence has
            // released the `back` before it; pairs with none.
            // ord[D25] Relaxed: a thief took it; pairs with none.
            let moved = self.inner.ends.front.compare_exchange(front, back, ord!(D16, Relaxed), ord!(D25, Relaxed));
            // ord[D17] Relaxed: nothing is published: `front` is here, too; pairs with none.
            self.inner.ends.back.store(back, ord!(D17, Relaxed));
            if moved.is_err() {
                return None;
            }
        }
        // SAFETY: I4.
        Some(unsafe { value.assume_value() })
    }

    #[cold]
    fn shrink(&self, capacity: usize) {
        // ord[D26] Relaxed: written by this thread only (I1); pairs with none.
        let back = self.inner.ends.back.load(ord!(D26, Relaxed));
        // ord[D27] Relaxed: what thieves have taken is not copied; slots of the new buffer are written anew after D11 only; pairs with none.
        let front = self.inner.ends.front.load(ord!(D27, Relaxed));
        self.resize(capacity, front, back);
    }

    /// Tells whether there is no value; a stealer may take the last one meanwhile.
    ///
    /// ```
    /// assert!(lockfree_collections::deque::Worker::<u8>::new_fifo().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values there are; stealers may take some meanwhile.
    ///
    /// ```
    /// let worker = lockfree_collections::deque::Worker::new_fifo();
    /// worker.push(1);
    /// assert_eq!(worker.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        // ord[D28] Relaxed: written by this thread only (I1); pairs with none.
        let back = self.inner.ends.back.load(ord!(D28, Relaxed));
        // ord[D29] Relaxed: a number, nothing is read through it; pairs with none.
        let front = self.inner.ends.front.load(ord!(D29, Relaxed));
        usize::try_from(count(front, back)).unwrap_or(0)
    }
}

impl<T> fmt::Debug for Worker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("order", &self.order).field("len", &self.len()).finish_non_exhaustive()
    }
}
