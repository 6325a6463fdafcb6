//! The strict priority queue: one [`Heap`], whose header tells how it works.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::{fmt, iter};

use super::error::TryPopError;
use super::heap::Heap;
use super::iter::IntoIter;
use crate::primitive::CachePadded;

/// A priority queue for any number of threads: the greatest value first, as `std`'s `BinaryHeap`.
///
/// For the least value first wrap values in [`core::cmp::Reverse`].
///
/// # Guarantees
///
/// - *Order*: linearizable: every value is popped once, and a pop gives the greatest value that is there. Which of equal values comes
///   first is not said.
/// - *Progress*: `push` is lock-free, as far as the allocator and `Ord` are: a push that finds the heap in use leaves its value
///   in a list, and who uses the heap next moves it. All other operations wait while another thread uses the heap, for the length of
///   an operation; `try_pop` returns instead. A thread stopped in the middle of an operation makes pops wait, not pushes.
/// - *Memory*: a heap that is not shrunk, and an allocation for each value that waits in the list.
/// - *Complexity*: `push` and `pop` take time logarithmic in the number of values, amortised; and who uses the heap does the work of
///   those who left a value meanwhile.
/// - *Happens-before*: what a thread did before a push is seen by the thread that pops the value.
/// - *Panics*: if `Ord` panics, so does the operation that compared, which may be a pop. No other value is lost, and the queue can be
///   used; until it was emptied once the order may be wrong. `Ord` must not use the queue it is called by: it would wait for itself.
/// - *Drop*: drops the values that are left, in any order.
///
/// Where the exact order is not needed, [`RelaxedPriorityQueue`](super::RelaxedPriorityQueue) lets several threads pop at once.
///
/// # Examples
///
/// ```
/// use lockfree_collections::PriorityQueue;
///
/// static JOBS: PriorityQueue<(u8, &str)> = PriorityQueue::new();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| JOBS.push((1, "sweep")));
///     scope.spawn(|| JOBS.push((9, "put out the fire")));
/// });
/// assert_eq!(JOBS.pop(), Some((9, "put out the fire")));
/// assert_eq!(JOBS.pop(), Some((1, "sweep")));
/// assert_eq!(JOBS.pop(), None);
/// ```
pub struct PriorityQueue<T> {
    heap: CachePadded<Heap<T>>,
}

impl<T: Ord> PriorityQueue<T> {
    /// Makes an empty queue, without an allocation.
    ///
    /// ```
    /// static QUEUE: lockfree_collections::PriorityQueue<u8> = lockfree_collections::PriorityQueue::new();
    /// assert!(QUEUE.is_empty());
    /// ```
    #[must_use]
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self { heap: CachePadded::new(Heap::new(BinaryHeap::new(), 0)) }
    }

    /// Makes an empty queue.
    #[must_use]
    #[cfg(loom)]
    pub fn new() -> Self {
        Self { heap: CachePadded::new(Heap::new(BinaryHeap::new(), 0)) }
    }

    /// Puts `value` in.
    ///
    /// ```
    /// let queue = lockfree_collections::PriorityQueue::new();
    /// queue.push(1);
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[inline]
    pub fn push(&self, value: T) {
        self.heap.push(value);
    }

    /// Takes the greatest value, or none if the queue is empty. Waits while another thread uses the heap.
    ///
    /// ```
    /// let queue = lockfree_collections::PriorityQueue::from([3, 7, 5]);
    /// assert_eq!(queue.pop(), Some(7));
    /// ```
    #[inline]
    pub fn pop(&self) -> Option<T> {
        self.heap.hold().pop()
    }

    /// Takes the greatest value, unless there is none or another thread uses the heap.
    ///
    /// # Errors
    ///
    /// [`TryPopError::Empty`] or [`TryPopError::Busy`].
    ///
    /// ```
    /// use lockfree_collections::PriorityQueue;
    /// use lockfree_collections::priority::TryPopError;
    ///
    /// let queue = PriorityQueue::from(['a']);
    /// assert_eq!(queue.try_pop(), Ok('a'));
    /// assert_eq!(queue.try_pop(), Err(TryPopError::Empty));
    /// ```
    #[inline]
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        let mut held = self.heap.try_hold().ok_or(TryPopError::Busy)?;
        held.pop().ok_or(TryPopError::Empty)
    }

    /// A clone of the greatest value: another thread may pop it at any time. `Clone` must not use the queue.
    ///
    /// Waits while another thread uses the heap; constant time beside that.
    ///
    /// ```
    /// let queue = lockfree_collections::PriorityQueue::from([3, 7, 5]);
    /// assert_eq!(queue.peek(), Some(7));
    /// assert_eq!(queue.len(), 3);
    /// ```
    #[must_use]
    pub fn peek(&self) -> Option<T>
    where
        T: Clone,
    {
        self.heap.hold().peek(|greatest| greatest.cloned())
    }

    /// Drops all values that are there now.
    ///
    /// ```
    /// let queue = lockfree_collections::PriorityQueue::from([3, 7, 5]);
    /// queue.clear();
    /// assert!(queue.is_empty());
    /// ```
    pub fn clear(&self) {
        drop(self.heap.take());
    }

    /// Takes all values out at once; yields them in any order.
    ///
    /// ```
    /// let queue = lockfree_collections::PriorityQueue::from([3, 7, 5]);
    /// let values = queue.drain();
    /// assert!(queue.is_empty());
    /// assert_eq!(values.sum::<i32>(), 15);
    /// ```
    pub fn drain(&self) -> IntoIter<T> {
        IntoIter::new(self.heap.take().into_vec())
    }

    /// Pops until the queue is found empty, the greatest value first.
    ///
    /// ```
    /// let queue = lockfree_collections::PriorityQueue::from([3, 7, 5]);
    /// assert!(queue.try_iter().eq([7, 5, 3]));
    /// ```
    pub fn try_iter(&self) -> impl Iterator<Item = T> + '_ {
        iter::from_fn(|| self.pop())
    }

    /// All values, in any order.
    ///
    /// ```
    /// let queue = lockfree_collections::PriorityQueue::from([3, 7, 5]);
    /// assert_eq!(queue.into_vec().len(), 3);
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.heap.take().into_vec()
    }

    /// All values, the least first.
    ///
    /// ```
    /// let queue = lockfree_collections::PriorityQueue::from([3, 7, 5]);
    /// assert_eq!(queue.into_sorted_vec(), [3, 5, 7]);
    /// ```
    #[must_use]
    pub fn into_sorted_vec(self) -> Vec<T> {
        self.heap.take().into_sorted_vec()
    }
}

impl<T> PriorityQueue<T> {
    /// How many values there are; exact while nothing else runs. A value that waits in the list counts from a little before it can be
    /// popped.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::PriorityQueue::from([3, 7, 5]).len(), 3);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Tells whether the queue is empty; if so, no value was in it for as long as this took.
    ///
    /// ```
    /// assert!(lockfree_collections::PriorityQueue::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Ord> From<BinaryHeap<T>> for PriorityQueue<T> {
    fn from(heap: BinaryHeap<T>) -> Self {
        let len = heap.len();
        Self { heap: CachePadded::new(Heap::new(heap, len)) }
    }
}

impl<T: Ord> From<PriorityQueue<T>> for BinaryHeap<T> {
    fn from(queue: PriorityQueue<T>) -> Self {
        queue.heap.take()
    }
}

impl<T> fmt::Debug for PriorityQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PriorityQueue").field("len", &self.len()).finish_non_exhaustive()
    }
}
