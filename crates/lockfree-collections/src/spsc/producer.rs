//! The end at which values are put in. Invariants and orderings: see [`super::ring`].

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::ring::Ring;
use crate::primitive::{Shared, ord};

/// The end of an [`Spsc`](crate::Spsc) at which values are put in.
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

impl<T> UnwindSafe for Producer<T> {}
impl<T> RefUnwindSafe for Producer<T> {}

impl<T> Producer<T> {
    pub(super) fn new(ring: Shared<Ring<T>>) -> Self {
        Self { ring, tail: 0, head: 0 }
    }

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

    /// Tells whether the consumer is gone. If it is, and the ring then found full, it stays full.
    ///
    /// ```
    /// let (producer, consumer) = lockfree_collections::Spsc::<u8>::new(1);
    /// assert!(!producer.is_abandoned());
    /// drop(consumer);
    /// assert!(producer.is_abandoned());
    /// ```
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        // ord[R7] Acquire: the slots that the consumer gave back before it went are seen; pairs with R11.
        self.ring.abandoned.load(ord!(R7, Acquire))
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        // ord[R8] Release: what was pushed before is seen by who sees this; pairs with R12.
        self.ring.abandoned.store(true, ord!(R8, Release));
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}
