//! A ring between one producer and one consumer.
//!
//! **Source.** Lamport, "Proving the Correctness of Multiprocess Programs" (1977), with each side's copy of the other's index, as
//! in Lee et al., "A lock-free, cache-efficient multi-core synchronization mechanism" (MCRingBuffer, 2010). Differences: batches on both
//! sides; each side sees whether the other one is gone.
//!
//! ```text
//! head, tail: positions in 0 .. 2 * capacity; index = position, less the capacity if it is not below that
//! Producer { tail, head as last seen }        Consumer { head, tail as last seen }
//! ```
//!
//! **Invariants.**
//! - I1: `tail` is written by the producer, `head` by the consumer, and `head <= tail <= head + capacity`, going round.
//! - I2: the slots from `head` up to `tail` hold values; they are the consumer's. The others are the producer's.
//! - I3: what a side has last seen of the other's index is an earlier value of it, so it errs on the safe side.
//!
//! **Linearization points.** `push`, and a batch as a whole: the store of `tail`. `pop`: the store of `head`. `push` of a full ring,
//! `pop` of an empty one: the read of the other's index.
//!
//! **Progress.** All operations are wait-free.
//!
//! **Reclamation.** None is needed: slots live as long as either handle.
//!
//! **What is checked.** `tests/loom_bounded.rs`: all executions of both sides over rings of one and two slots; weakened twins.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::{Consumer, Producer};
use crate::bounded::CapacityError;
use crate::drain::drop_all;
use crate::primitive::{AtomicBool, AtomicUsize, CachePadded, Plain, Shared, ord};

/// A wait-free ring between one producer and one consumer.
///
/// # Guarantees
///
/// - *Order*: first in, first out; linearizable.
/// - *Progress*: all operations are wait-free.
/// - *Memory*: `capacity` slots of a value each, allocated at the beginning.
/// - *Happens-before*: what the producer did before a push is seen by the consumer that pops the value.
/// - *Drop*: what was not popped is dropped with the second of the two handles.
///
/// ```
/// use lockfree_collections::Spsc;
///
/// let (mut producer, mut consumer) = Spsc::new(16);
/// std::thread::scope(|scope| {
///     scope.spawn(move || (0..10).for_each(|number| producer.push(number).unwrap()));
/// });
/// assert_eq!(consumer.pop_batch().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
/// assert!(consumer.is_abandoned());
/// ```
#[doc(alias = "RingBuffer")]
#[derive(Debug)]
pub struct Spsc<T>(PhantomData<T>);

pub(super) struct Ring<T> {
    pub(super) head: CachePadded<AtomicUsize>,
    pub(super) tail: CachePadded<AtomicUsize>,
    /// Whether one of the handles is gone.
    pub(super) abandoned: AtomicBool,
    pub(super) slots: Box<[Plain<MaybeUninit<T>>]>,
}

// SAFETY: values are moved from one thread to another, never shared; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    pub(super) fn slot(&self, position: usize) -> &Plain<MaybeUninit<T>> {
        let capacity = self.slots.len();
        &self.slots[if position < capacity { position } else { position - capacity }]
    }

    pub(super) fn after(&self, position: usize) -> usize {
        if position + 1 == 2 * self.slots.len() { 0 } else { position + 1 }
    }

    pub(super) fn distance(&self, head: usize, tail: usize) -> usize {
        if tail >= head { tail - head } else { tail + 2 * self.slots.len() - head }
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        // ord[R9] Relaxed: exclusive, both handles are gone; pairs with none.
        let mut head = self.head.load(ord!(R9, Relaxed));
        // ord[R10] Relaxed: exclusive, as R9; pairs with none.
        let tail = self.tail.load(ord!(R10, Relaxed));
        drop_all(|| {
            if head == tail {
                return None;
            }
            let slot = self.slot(head);
            head = self.after(head);
            // SAFETY: I2, and the ring is going: nobody else reads it.
            Some(slot.with_mut(|place| unsafe { place.cast::<T>().read() }))
        });
    }
}

impl<T> Spsc<T> {
    /// Makes a ring of `capacity` slots: its two ends.
    ///
    /// # Panics
    ///
    /// If the capacity is zero or too large, as [`Spsc::try_new`] would tell.
    ///
    /// ```
    /// let (producer, consumer) = lockfree_collections::Spsc::<u8>::new(4);
    /// assert_eq!((producer.capacity(), consumer.len()), (4, 0));
    /// ```
    #[must_use]
    #[track_caller]
    #[allow(clippy::new_ret_no_self, reason = "a ring is used through its two ends")]
    pub fn new(capacity: usize) -> (Producer<T>, Consumer<T>) {
        match Self::try_new(capacity) {
            Ok(ends) => ends,
            Err(error) => panic!("{error}"),
        }
    }

    /// Makes a ring of `capacity` slots: its two ends.
    ///
    /// # Errors
    ///
    /// If the capacity is zero, or memory cannot hold so many slots.
    ///
    /// ```
    /// use lockfree_collections::Spsc;
    ///
    /// assert!(Spsc::<u8>::try_new(0).is_err());
    /// assert!(Spsc::<u8>::try_new(usize::MAX).is_err());
    /// ```
    pub fn try_new(capacity: usize) -> Result<(Producer<T>, Consumer<T>), CapacityError> {
        let error = CapacityError::new(capacity);
        if capacity == 0 || capacity > usize::MAX / 8 {
            return Err(error);
        }
        let mut slots = Vec::new();
        slots.try_reserve_exact(capacity).map_err(|_| error)?;
        slots.extend((0..capacity).map(|_| Plain::new(MaybeUninit::uninit())));
        let ring = Shared::new(Ring {
            head: CachePadded::new(AtomicUsize::new(0)),
            tail: CachePadded::new(AtomicUsize::new(0)),
            abandoned: AtomicBool::new(false),
            slots: slots.into_boxed_slice(),
        });
        Ok((Producer::new(Shared::clone(&ring)), Consumer::new(ring)))
    }
}
