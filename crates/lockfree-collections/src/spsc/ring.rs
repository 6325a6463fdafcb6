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
use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::panic::{RefUnwindSafe, UnwindSafe};

use crate::bounded::CapacityError;
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

struct Ring<T> {
    head: CachePadded<AtomicUsize>,
    tail: CachePadded<AtomicUsize>,
    /// Whether one of the handles is gone.
    abandoned: AtomicBool,
    slots: Box<[Plain<MaybeUninit<T>>]>,
}

// SAFETY: values are moved from one thread to another, never shared; so sending them must be allowed, no more.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    fn slot(&self, position: usize) -> &Plain<MaybeUninit<T>> {
        let capacity = self.slots.len();
        &self.slots[if position < capacity { position } else { position - capacity }]
    }

    fn after(&self, position: usize) -> usize {
        if position + 1 == 2 * self.slots.len() { 0 } else { position + 1 }
    }

    fn distance(&self, head: usize, tail: usize) -> usize {
        if tail >= head { tail - head } else { tail + 2 * self.slots.len() - head }
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        /// Goes on dropping values when the drop of one has panicked.
        struct Rest<'a, T>(&'a Ring<T>, usize, usize);

        impl<T> Rest<'_, T> {
            fn run(&mut self) {
                while self.1 != self.2 {
                    let slot = self.0.slot(self.1);
                    self.1 = self.0.after(self.1);
                    // SAFETY: I2, and the ring is going: nobody else reads it.
                    drop(slot.with_mut(|place| unsafe { place.cast::<T>().read() }));
                }
            }
        }

        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.run();
            }
        }

        // ord[R9] Relaxed: exclusive, both handles are gone; pairs with none.
        let head = self.head.load(ord!(R9, Relaxed));
        // ord[R10] Relaxed: exclusive, as R9; pairs with none.
        let tail = self.tail.load(ord!(R10, Relaxed));
        Rest(self, head, tail).run();
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
        let producer = Producer { ring: Shared::clone(&ring), tail: 0, head: 0 };
        Ok((producer, Consumer { ring, head: 0, tail: 0 }))
    }
}

/// The end of an [`Spsc`] at which values are put in.
///
/// ```
/// let (mut producer, consumer) = lockfree_collections::Spsc::new(1);
/// assert_eq!(producer.push(1), Ok(()));
/// assert_eq!(producer.push(2), Err(2));
/// drop(consumer);
/// assert!(producer.is_abandoned());
/// ```
pub struct Producer<T> {
    ring: Shared<Ring<T>>,
    tail: usize,
    /// The head as last seen (I3).
    head: usize,
}

/// The end of an [`Spsc`] at which values are taken out.
///
/// ```
/// let (mut producer, mut consumer) = lockfree_collections::Spsc::new(1);
/// producer.push(1).unwrap();
/// assert_eq!(consumer.peek(), Some(&1));
/// assert_eq!(consumer.pop(), Some(1));
/// assert_eq!(consumer.pop(), None);
/// ```
pub struct Consumer<T> {
    ring: Shared<Ring<T>>,
    head: usize,
    /// The tail as last seen (I3).
    tail: usize,
}

impl<T> UnwindSafe for Producer<T> {}
impl<T> RefUnwindSafe for Producer<T> {}
impl<T> UnwindSafe for Consumer<T> {}
impl<T> RefUnwindSafe for Consumer<T> {}

impl<T> Producer<T> {
    /// Appends `value`. Wait-free.
    ///
    /// # Errors
    ///
    /// Returns it if the ring is full. A ring without a consumer fills up: see [`Producer::is_abandoned`].
    ///
    /// ```
    /// let (mut producer, _consumer) = lockfree_collections::Spsc::new(1);
    /// assert_eq!(producer.push(1), Ok(()));
    /// assert_eq!(producer.push(2), Err(2));
    /// ```
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), T> {
        if self.room(1) == 0 {
            return Err(value);
        }
        // SAFETY: I2, the slot at the tail is free, hence the producer's.
        self.ring.slot(self.tail).with_mut(|place| unsafe { (*place).write(value) });
        self.tail = self.ring.after(self.tail);
        // ord[R1] Release: publishes the value; pairs with R4.
        self.ring.tail.store(self.tail, ord!(R1, Release));
        Ok(())
    }

    /// Appends values of `values` while there is room, and publishes them at once; tells how many. What does not fit stays in the
    /// iterator. Wait-free but for the iterator.
    ///
    /// If the iterator panics, what it has yielded so far is published.
    ///
    /// ```
    /// let (mut producer, mut consumer) = lockfree_collections::Spsc::new(3);
    /// let mut numbers = 0..5;
    /// assert_eq!(producer.push_batch(&mut numbers), 3);
    /// assert_eq!(numbers, 3..5);
    /// assert_eq!(consumer.pop_batch().sum::<i32>(), 3);
    /// ```
    pub fn push_batch(&mut self, values: impl IntoIterator<Item = T>) -> usize {
        /// Publishes what was written, when all is done or the iterator panics.
        struct Publish<'a, T>(&'a mut Producer<T>);

        impl<T> Drop for Publish<'_, T> {
            fn drop(&mut self) {
                // ord[R2] Release: publishes the values; pairs with R4.
                self.0.ring.tail.store(self.0.tail, ord!(R2, Release));
            }
        }

        let room = self.room(usize::MAX);
        let this = Publish(self);
        let mut values = values.into_iter();
        for done in 0..room {
            let Some(value) = values.next() else { return done };
            // SAFETY: I2, the slot is one of those that were free, hence the producer's.
            this.0.ring.slot(this.0.tail).with_mut(|place| unsafe { (*place).write(value) });
            this.0.tail = this.0.ring.after(this.0.tail);
        }
        room
    }

    /// How many slots are free, at least; looks at the head anew only if there seem to be fewer than `wanted`.
    #[inline]
    fn room(&mut self, wanted: usize) -> usize {
        let capacity = self.ring.slots.len();
        let room = capacity - self.ring.distance(self.head, self.tail);
        if room >= wanted {
            return room;
        }
        // ord[R3] Acquire: the slots before it have been emptied; pairs with R5, R6, R14.
        self.head = self.ring.head.load(ord!(R3, Acquire));
        capacity - self.ring.distance(self.head, self.tail)
    }

    /// How many values can be pushed now: the consumer may make more room meanwhile.
    ///
    /// ```
    /// let (mut producer, _consumer) = lockfree_collections::Spsc::new(3);
    /// producer.push(1).unwrap();
    /// assert_eq!(producer.slots(), 2);
    /// ```
    #[must_use]
    pub fn slots(&mut self) -> usize {
        self.room(usize::MAX)
    }

    /// Tells whether the ring is full.
    ///
    /// ```
    /// let (mut producer, _consumer) = lockfree_collections::Spsc::new(1);
    /// producer.push(1).unwrap();
    /// assert!(producer.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&mut self) -> bool {
        self.room(1) == 0
    }

    /// How many values the ring can hold.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::Spsc::<u8>::new(5).0.capacity(), 5);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    /// Tells whether the consumer is gone.
    ///
    /// ```
    /// let (producer, consumer) = lockfree_collections::Spsc::<u8>::new(1);
    /// assert!(!producer.is_abandoned());
    /// drop(consumer);
    /// assert!(producer.is_abandoned());
    /// ```
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        // ord[R7] Acquire: what the other side did before it went is seen; pairs with R8, R11.
        self.ring.abandoned.load(ord!(R7, Acquire))
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        // ord[R8] Release: what was pushed before is seen by who sees this; pairs with R7, R12.
        self.ring.abandoned.store(true, ord!(R8, Release));
    }
}

impl<T> Consumer<T> {
    /// Removes the value that was pushed first, or returns none if the ring is empty. Wait-free.
    ///
    /// ```
    /// let (mut producer, mut consumer) = lockfree_collections::Spsc::new(1);
    /// producer.push(1).unwrap();
    /// assert_eq!(consumer.pop(), Some(1));
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.available(1) == 0 {
            return None;
        }
        // SAFETY: I2, the slot at the head holds a value, hence is the consumer's.
        let value = self.ring.slot(self.head).with_mut(|place| unsafe { place.cast::<T>().read() });
        self.head = self.ring.after(self.head);
        // ord[R5] Release: the slot is emptied before it is filled again; pairs with R3.
        self.ring.head.store(self.head, ord!(R5, Release));
        Some(value)
    }

    /// A look at the value that is next.
    ///
    /// ```
    /// let (mut producer, mut consumer) = lockfree_collections::Spsc::new(1);
    /// producer.push(1).unwrap();
    /// assert_eq!(consumer.peek(), Some(&1));
    /// ```
    #[must_use]
    pub fn peek(&mut self) -> Option<&T> {
        if self.available(1) == 0 {
            return None;
        }
        // SAFETY: I2, as in `pop`; it stays until the consumer takes it, which needs `&mut self`.
        Some(self.ring.slot(self.head).with(|place| unsafe { &*place.cast::<T>() }))
    }

    /// Takes the values that are there now, one by one; their slots are given back at once, when the iterator is dropped. What it
    /// has not yielded stays.
    ///
    /// ```
    /// let (mut producer, mut consumer) = lockfree_collections::Spsc::new(4);
    /// producer.push_batch([1, 2, 3]);
    /// assert_eq!(consumer.pop_batch().take(2).sum::<i32>(), 3);
    /// assert_eq!(consumer.pop(), Some(3));
    /// ```
    pub fn pop_batch(&mut self) -> PopBatch<'_, T> {
        let left = self.available(usize::MAX);
        PopBatch { consumer: self, left }
    }

    /// How many values are there, at least; looks at the tail anew only if there seem to be fewer than `wanted`.
    #[inline]
    fn available(&mut self, wanted: usize) -> usize {
        let available = self.ring.distance(self.head, self.tail);
        if available >= wanted {
            return available;
        }
        // ord[R4] Acquire: the values before it are seen; pairs with R1, R2.
        self.tail = self.ring.tail.load(ord!(R4, Acquire));
        self.ring.distance(self.head, self.tail)
    }

    /// How many values are in the ring: the producer may put in more meanwhile.
    ///
    /// ```
    /// let (mut producer, consumer) = lockfree_collections::Spsc::new(4);
    /// producer.push_batch([1, 2]);
    /// assert_eq!(consumer.len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        // ord[R13] Relaxed: a number, nothing is read through it; pairs with none.
        self.ring.distance(self.head, self.ring.tail.load(ord!(R13, Relaxed)))
    }

    /// Tells whether the ring is empty.
    ///
    /// ```
    /// assert!(lockfree_collections::Spsc::<u8>::new(4).1.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values the ring can hold.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::Spsc::<u8>::new(5).1.capacity(), 5);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    /// Tells whether the producer is gone. If it is, and then found empty, the ring stays empty.
    ///
    /// ```
    /// let (producer, consumer) = lockfree_collections::Spsc::<u8>::new(1);
    /// drop(producer);
    /// assert!(consumer.is_abandoned());
    /// ```
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        // ord[R12] Acquire: what the producer pushed before it went is seen; pairs with R8.
        self.ring.abandoned.load(ord!(R12, Acquire))
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        // A batch that was forgotten has not given back the slots of what it yielded; they hold nothing any more.
        // ord[R14] Release: as R6; pairs with R3.
        self.ring.head.store(self.head, ord!(R14, Release));
        // ord[R11] Release: as R8; pairs with R7.
        self.ring.abandoned.store(true, ord!(R11, Release));
    }
}

/// The values that were in the ring at once; made by [`Consumer::pop_batch`].
#[must_use = "iterators are lazy: nothing is popped until `next` is called"]
pub struct PopBatch<'a, T> {
    consumer: &'a mut Consumer<T>,
    left: usize,
}

impl<T> Iterator for PopBatch<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let consumer = &mut *self.consumer;
        // SAFETY: I2, the slot holds a value; the consumer's head has not been published, and moves on here.
        let value = consumer.ring.slot(consumer.head).with_mut(|place| unsafe { place.cast::<T>().read() });
        consumer.head = consumer.ring.after(consumer.head);
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for PopBatch<'_, T> {}

impl<T> FusedIterator for PopBatch<'_, T> {}

impl<T> Drop for PopBatch<'_, T> {
    fn drop(&mut self) {
        // ord[R6] Release: the slots are emptied before they are filled again; pairs with R3.
        self.consumer.ring.head.store(self.consumer.head, ord!(R6, Release));
    }
}

impl<T> fmt::Debug for PopBatch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopBatch").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("len", &self.len()).finish_non_exhaustive()
    }
}
