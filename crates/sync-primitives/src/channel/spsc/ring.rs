//! The ring between one sender and one receiver, and what else they share.
//!
//! Source: Lamport's ring of one producer and one consumer (1983), in which each side keeps what it last saw of the other's index, as in
//! Giacomoni, Moseley and Vachharajani's FastForward (2008) and rtrb. Differs in that either side may sleep, by a [`Bell`].
//!
//! Layout: slots, a power of two of them, of which no more than the capacity are in use; `tail`, how many values were put in, written by the
//! sender alone; `head`, how many were taken out, written by the receiver alone, each on a cache line of its own; a line that is seldom written:
//! whether either side is gone, and the two bells.
//!
//! Invariants
//! - R1: head <= tail <= head + capacity, as numbers that wrap around; the values from `head` to `tail` are there, in the order in which they
//!   were put in.
//! - R2: the slot of position `p` is the sender's from the moment in which `head` is past `p - slots`, until `tail` is past `p`; then the receiver's,
//!   until `head` is past it.
//! - R3: what a side remembers of the other's index is not past it.
//!
//! Linearization points: sending, the store T1; that there is no room, the load H1; receiving, the store H2; that there is no value, the load
//! T2; that the sender is gone, E2; that the receiver is gone, E4.
//!
//! Progress: sending and receiving are wait-free as long as nobody sleeps; a bell says what waking takes.
//!
//! Reclamation: by a reference count; who goes last drops what is there.
//!
//! Checked by `tests/loom_channel_spsc.rs`: T1, T2, H1, H2, E1 and E2 weakened are found.

use alloc::boxed::Box;
use core::mem::MaybeUninit;

use crossbeam_utils::CachePadded;

use super::bell::{Bell, Ringer};
use super::end::End;
use crate::channel::error::{TryRecvError, TrySendError};
use crate::primitive::{AtomicBool, AtomicUsize, UnsafeCell, ValueArc, ord};

type Slot<T> = UnsafeCell<MaybeUninit<T>>;

#[derive(Debug)]
pub(super) struct Ring<T> {
    tail: CachePadded<AtomicUsize>,
    head: CachePadded<AtomicUsize>,
    seldom: CachePadded<Seldom>,
    slots: Box<[Slot<T>]>,
}

#[derive(Debug)]
struct Seldom {
    sender_gone: AtomicBool,
    receiver_gone: AtomicBool,
    /// Rings for the receiver.
    values: Bell,
    /// Rings for the sender.
    room: Bell,
}

// SAFETY: by R2 a slot is reached by one side at a time, and values are moved from one side's thread to the other's.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as for `Send`; no reference to a value is ever shared.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    fn slot(&self, position: usize) -> &Slot<T> {
        &self.slots[position & (self.slots.len() - 1)]
    }

    /// # Safety
    ///
    /// The slot is the caller's, and holds a value (R2), which counts as moved out from then on.
    unsafe fn read(&self, position: usize) -> T {
        self.slot(position).get_mut().with(|slot| {
            // SAFETY: the slot is the caller's.
            let slot = unsafe { &*slot };
            // SAFETY: it holds a value, and is not read again before it is written.
            unsafe { slot.assume_init_read() }
        })
    }

    pub(super) fn len(&self) -> usize {
        // The receiver can only have come closer to the tail that is read last.
        // ord[H3] Relaxed: a look that decides nothing; pairs with none.
        let head = self.head.load(ord!(H3, Relaxed));
        // ord[T3] Relaxed: as H3; pairs with none.
        let tail = self.tail.load(ord!(T3, Relaxed));
        tail.wrapping_sub(head).min(self.slots.len())
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        // ord[H4] Relaxed: nobody else is there; pairs with none.
        let mut head = self.head.load(ord!(H4, Relaxed));
        // ord[T4] Relaxed: as H4; pairs with none.
        let tail = self.tail.load(ord!(T4, Relaxed));
        while head != tail {
            // SAFETY: R1, and `&mut self` excludes both sides.
            drop(unsafe { self.read(head) });
            head = head.wrapping_add(1);
        }
    }
}

/// Both ends of a new ring with room for `capacity` values.
pub(super) fn ends<T>(capacity: usize) -> (Input<T>, Output<T>) {
    let slots = (0..capacity.next_power_of_two()).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect();
    let ring = ValueArc::new(Ring {
        tail: CachePadded::new(AtomicUsize::new(0)),
        head: CachePadded::new(AtomicUsize::new(0)),
        seldom: CachePadded::new(Seldom {
            sender_gone: AtomicBool::new(false),
            receiver_gone: AtomicBool::new(false),
            values: Bell::new(),
            room: Bell::new(),
        }),
        slots,
    });
    let output = Output { ring: ValueArc::clone(&ring), head: 0, seen: 0, ringer: Ringer::new(), gave_way: false };
    (Input { ring, capacity, tail: 0, seen: 0, ringer: Ringer::new(), gave_way: false }, output)
}

/// The end at which values go in.
#[derive(Debug)]
pub(super) struct Input<T> {
    ring: ValueArc<Ring<T>>,
    capacity: usize,
    tail: usize,
    /// What was last seen of `head`.
    seen: usize,
    ringer: Ringer,
    /// Whether it has let others run before it lies down.
    gave_way: bool,
}

impl<T> Input<T> {
    #[inline]
    pub(super) fn try_push(&mut self, value: T) -> Result<(), TrySendError<T>> {
        if self.is_closed() {
            return Err(TrySendError::Closed(value));
        }
        if !self.has_room() {
            return Err(TrySendError::Full(value));
        }
        self.ring.slot(self.tail).get_mut().with(|slot| {
            // SAFETY: R2: there is room, so the slot is the sender's, and holds no value.
            let slot = unsafe { &mut *slot };
            slot.write(value);
        });
        self.tail = self.tail.wrapping_add(1);
        // ord[T1] Release: who takes the value out sees it, and all that was done before it was put in; pairs with T2.
        self.ring.tail.store(self.tail, ord!(T1, Release));
        self.ring.seldom.values.ring(&mut self.ringer);
        Ok(())
    }

    #[inline]
    pub(super) fn has_room(&mut self) -> bool {
        if self.tail.wrapping_sub(self.seen) < self.capacity {
            return true;
        }
        // ord[H1] Acquire: the receiver is through with what it took out, and what it did before is seen; pairs with H2.
        self.seen = self.ring.head.load(ord!(H1, Acquire));
        self.tail.wrapping_sub(self.seen) < self.capacity
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        // ord[E4] Relaxed: nothing is read by it; that it is not missed when going to sleep is the bell's doing; pairs with none.
        self.ring.seldom.receiver_gone.load(ord!(E4, Relaxed))
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }
}

impl<T> End for Input<T> {
    fn bell(&self) -> &Bell {
        &self.ring.seldom.room
    }

    fn gave_way(&mut self) -> &mut bool {
        &mut self.gave_way
    }
}

impl<T> Drop for Input<T> {
    fn drop(&mut self) {
        // ord[E1] Release: who sees that nothing comes any more sees what came; pairs with E2.
        self.ring.seldom.sender_gone.store(true, ord!(E1, Release));
        self.ring.seldom.values.ring(&mut self.ringer);
        self.bell().get_up();
    }
}

/// The end at which values come out.
#[derive(Debug)]
pub(super) struct Output<T> {
    ring: ValueArc<Ring<T>>,
    head: usize,
    /// What was last seen of `tail`.
    seen: usize,
    ringer: Ringer,
    /// Whether it has let others run before it lies down.
    gave_way: bool,
}

impl<T> Output<T> {
    #[inline]
    pub(super) fn try_pop(&mut self) -> Result<T, TryRecvError> {
        if self.head == self.seen && !self.look() {
            let why = self.why_empty();
            // The last values and the end may have come together.
            if why == TryRecvError::Empty || !self.look() {
                return Err(why);
            }
        }
        Ok(self.pop())
    }

    /// Whether there is a value.
    #[inline]
    fn look(&mut self) -> bool {
        // ord[T2] Acquire: sees the values, and what was done before they were sent; pairs with T1.
        self.seen = self.ring.tail.load(ord!(T2, Acquire));
        self.head != self.seen
    }

    #[cold]
    fn why_empty(&self) -> TryRecvError {
        // ord[E2] Acquire: what came before the end is seen by who looks again; pairs with E1.
        if self.ring.seldom.sender_gone.load(ord!(E2, Acquire)) {
            TryRecvError::Disconnected
        } else {
            TryRecvError::Empty
        }
    }

    /// Takes the oldest value out, which is there.
    #[inline]
    fn pop(&mut self) -> T {
        // SAFETY: R2: `tail` was seen past the head, so the slot is the receiver's, and holds a value.
        let value = unsafe { self.ring.read(self.head) };
        self.head = self.head.wrapping_add(1);
        // ord[H2] Release: this is through with the slot, and what was done before is seen by who sends in it; pairs with H1.
        self.ring.head.store(self.head, ord!(H2, Release));
        self.ring.seldom.room.ring(&mut self.ringer);
        value
    }

    pub(super) fn is_closed(&self) -> bool {
        self.why_empty() == TryRecvError::Disconnected
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }
}

impl<T> End for Output<T> {
    fn bell(&self) -> &Bell {
        &self.ring.seldom.values
    }

    fn gave_way(&mut self) -> &mut bool {
        &mut self.gave_way
    }
}

impl<T> Drop for Output<T> {
    fn drop(&mut self) {
        // ord[E3] Relaxed: nothing is handed over by it; pairs with none.
        self.ring.seldom.receiver_gone.store(true, ord!(E3, Relaxed));
        self.ring.seldom.room.ring(&mut self.ringer);
        self.bell().get_up();
        // Nobody receives what is there: it is dropped now rather than with the channel. What is sent meanwhile goes with that.
        for _ in 0..self.len() {
            if self.try_pop().is_err() {
                break;
            }
        }
    }
}
