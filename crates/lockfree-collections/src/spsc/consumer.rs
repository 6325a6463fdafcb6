//! The end at which values are taken out. Invariants and orderings: see [`super::ring`].

use core::fmt;
use core::iter::FusedIterator;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::ring::Ring;
use crate::primitive::{Shared, ord};

/// The end of an [`Spsc`](crate::Spsc) at which values are taken out.
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

impl<T> UnwindSafe for Consumer<T> {}
impl<T> RefUnwindSafe for Consumer<T> {}

impl<T> Consumer<T> {
    pub(super) fn new(ring: Shared<Ring<T>>) -> Self {
        Self { ring, head: 0, tail: 0 }
    }

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
        // ord[R11] Release: the slots that were given back before are seen by who sees this; pairs with R7.
        self.ring.abandoned.store(true, ord!(R11, Release));
    }
}

/// The values that were in the ring at once; made by [`Consumer::pop_batch`].
///
/// ```
/// let (mut producer, mut consumer) = lockfree_collections::Spsc::new(4);
/// producer.push_batch([1, 2, 3]);
/// let batch = consumer.pop_batch();
/// assert_eq!(batch.len(), 3);
/// assert_eq!(batch.sum::<i32>(), 6);
/// ```
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

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("len", &self.len()).finish_non_exhaustive()
    }
}
