//! The relaxed priority queue: several heaps, of which the better one of two is popped from.
//!
//! **Source.** Rihani, Sanders and Dementiev, "MultiQueues: Simple Relaxed Concurrent Priority Queues" (SPAA 2015). Differences: a push
//! that finds its two heaps in use leaves its value in the list of the second one (see `heap.rs`), so it never waits; values have no
//! keys that could be read without a lock, so both heaps are held while their greatest values are compared; a pop that finds nothing
//! at random looks at all heaps before it says so.
//!
//! ```text
//! heaps: [ Heap | Heap | Heap | ... ]   HEAPS_FOR_EACH for each processor
//! push: a random one.   pop: the one with the greater value of two random ones.
//! ```
//!
//! **Invariants.** Those of each [`Heap`]; and I4: a value stays in the heap that it was pushed to until it is popped.
//!
//! **Order.** With all values in one sequence of pushes and pops, the value popped is on average among the O(n) greatest of a queue
//! of n heaps, and with high probability among the O(n log n) greatest (Alistarh, Kopinsky, Li and Nadiradze, "The Power of Choice in
//! Priority Scheduling", PODC 2017, for values that are spread at random). `tests/it/priority.rs` measures it.
//!
//! **Emptiness.** A pop says "empty" after each heap was seen without values, one after the other. With I4: if some value was there
//! from the beginning of the pop to its end, the pop has found one.
//!
//! **Progress.** `push` is lock-free, as far as the allocator and `Ord` are. `try_pop` returns after a bounded number of looks. `pop`
//! waits only while each heap with values is held by another thread; a thread that is stopped holds two heaps at most.
//!
//! **What is checked.** As for [`Heap`]; and that each value is popped once, and emptiness, in recorded histories.

use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::{fmt, iter};

use super::error::TryPopError;
use super::heap::Heap;
use super::iter::IntoIter;
use crate::primitive::{Backoff, CachePadded, parallelism};
use crate::random::{Random, Seeds};

/// Heaps for each processor.
const HEAPS_FOR_EACH: usize = if cfg!(loom) { 2 } else { 4 };

/// Pairs of heaps that a pop tries before it looks at all of them.
const TRIES: usize = if cfg!(loom) { 1 } else { 3 };

/// A priority queue for any number of threads that gives one of the greatest values, not always the greatest.
///
/// Values are spread over several heaps; a pop looks at two of them, chosen at random, and takes the greater of their greatest values.
/// So threads seldom meet. For the exact order there is [`PriorityQueue`](super::PriorityQueue).
///
/// # Guarantees
///
/// - *Order*: every value is popped once. With `n` heaps the value popped is, on average, among the O(n) greatest; there is no
///   bound that always holds. Not linearizable as a priority queue.
/// - *Emptiness*: a pop says "empty" only if no value was in the queue all the time that the pop took. So when all pushes are over, the
///   queue is empty once a pop has said so and the pops under way have ended.
/// - *Progress*: `push` is lock-free, as far as the allocator and `Ord` are. A pop does not wait as long as one of the heaps with values
///   is free; a thread stopped in the middle of an operation holds two heaps at most. `try_pop` never waits.
/// - *Memory*: `n` heaps that are not shrunk, and an allocation for each value whose push found two heaps in use.
/// - *Complexity*: `push` and `pop` take time logarithmic in the number of values; finding nothing takes a look at each heap.
/// - *Happens-before*: what a thread did before a push is seen by the thread that pops the value.
/// - *Randomness*: choices follow from the order of operations of each thread and from no clock or entropy.
/// - *Panics*: if `Ord` panics, so does the operation that compared, which may be a pop. No other value is lost, and the queue can be used.
///   `Ord` must not use the queue it is called by.
/// - *Drop*: drops the values that are left, in any order.
///
/// # Examples
///
/// ```
/// use lockfree_collections::RelaxedPriorityQueue;
///
/// let queue = RelaxedPriorityQueue::from([3, 7, 5]);
/// let mut values: Vec<_> = queue.try_iter().collect();
/// values.sort();
/// assert_eq!(values, [3, 5, 7]);
/// ```
#[doc(alias = "MultiQueue")]
pub struct RelaxedPriorityQueue<T> {
    heaps: Box<[CachePadded<Heap<T>>]>,
    seeds: Seeds,
}

impl<T: Ord> RelaxedPriorityQueue<T> {
    /// Makes an empty queue with four heaps for each processor. Without the feature `std` the number of processors is taken to be four.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::<u8>::new();
    /// assert!(queue.heaps() >= 4);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_heaps(HEAPS_FOR_EACH * parallelism())
    }

    /// Makes an empty queue with so many heaps: at least one, and at most 2^16. With one heap the greatest value always comes first.
    ///
    /// ```
    /// use lockfree_collections::RelaxedPriorityQueue;
    ///
    /// let queue = RelaxedPriorityQueue::with_heaps(1);
    /// queue.extend_shared([3, 7, 5]);
    /// assert!(queue.try_iter().eq([7, 5, 3]));
    /// ```
    #[must_use]
    pub fn with_heaps(heaps: usize) -> Self {
        let heaps = (0..heaps.clamp(1, 1 << 16)).map(|_| CachePadded::new(Heap::new(BinaryHeap::new(), 0)));
        Self { heaps: heaps.collect(), seeds: Seeds::new() }
    }

    /// Puts `value` in.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::new();
    /// queue.push(1);
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[inline]
    pub fn push(&self, value: T) {
        self.push_at(&mut self.seeds.random(), value);
    }

    /// Takes one of the greatest values, or none if the queue is empty. Waits while other threads hold all heaps with values.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::from(['a']);
    /// assert_eq!(queue.pop(), Some('a'));
    /// assert_eq!(queue.pop(), None);
    /// ```
    #[inline]
    pub fn pop(&self) -> Option<T> {
        self.pop_at(&mut self.seeds.random())
    }

    /// Takes one of the greatest values, unless there is none or other threads hold all heaps with values.
    ///
    /// # Errors
    ///
    /// [`TryPopError::Empty`] or [`TryPopError::Busy`].
    ///
    /// ```
    /// use lockfree_collections::RelaxedPriorityQueue;
    /// use lockfree_collections::priority::TryPopError;
    ///
    /// let queue = RelaxedPriorityQueue::<u8>::new();
    /// assert_eq!(queue.try_pop(), Err(TryPopError::Empty));
    /// ```
    #[inline]
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        self.try_pop_at(&mut self.seeds.random())
    }

    /// A handle with a sequence of random numbers of its own, for a thread that uses the queue often.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::new();
    /// let mut handle = queue.handle();
    /// handle.push(1);
    /// assert_eq!(handle.pop(), Some(1));
    /// ```
    #[must_use]
    pub fn handle(&self) -> Handle<'_, T> {
        Handle { queue: self, random: self.seeds.random() }
    }

    /// Puts all of `values` in.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::new();
    /// queue.extend_shared(0..10);
    /// assert_eq!(queue.len(), 10);
    /// ```
    pub fn extend_shared(&self, values: impl IntoIterator<Item = T>) {
        let mut handle = self.handle();
        values.into_iter().for_each(|value| handle.push(value));
    }

    /// Drops all values, heap by heap.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::from([3, 7, 5]);
    /// queue.clear();
    /// assert!(queue.is_empty());
    /// ```
    pub fn clear(&self) {
        drop(self.drain());
    }

    /// Takes all values out, heap by heap; yields them in any order.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::from([3, 7, 5]);
    /// assert_eq!(queue.drain().sum::<i32>(), 15);
    /// ```
    pub fn drain(&self) -> IntoIter<T> {
        let mut values = Vec::new();
        self.heaps.iter().for_each(|heap| values.append(&mut heap.take().into_vec()));
        IntoIter::new(values)
    }

    /// Pops until the queue is found empty.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::from([3, 7, 5]);
    /// assert_eq!(queue.try_iter().count(), 3);
    /// ```
    pub fn try_iter(&self) -> impl Iterator<Item = T> + '_ {
        let mut handle = self.handle();
        iter::from_fn(move || handle.pop())
    }

    /// All values, in any order.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::from([3, 7, 5]);
    /// assert_eq!(queue.into_vec().len(), 3);
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.drain().collect()
    }

    /// All values, the least first.
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::from([3, 7, 5]);
    /// assert_eq!(queue.into_sorted_vec(), [3, 5, 7]);
    /// ```
    #[must_use]
    pub fn into_sorted_vec(self) -> Vec<T> {
        let mut values = self.into_vec();
        values.sort_unstable();
        values
    }

    #[inline]
    fn push_at(&self, random: &mut Random, value: T) {
        if let Err(value) = self.heaps[random.below(self.heaps.len())].try_push(value) {
            self.heaps[random.below(self.heaps.len())].push(value);
        }
    }

    #[inline]
    fn pop_at(&self, random: &mut Random) -> Option<T> {
        let backoff = Backoff::new();
        loop {
            match self.try_pop_at(random) {
                Ok(value) => return Some(value),
                Err(TryPopError::Empty) => return None,
                Err(TryPopError::Busy) => {
                    while !self.is_worth_a_try() {
                        backoff.snooze();
                    }
                }
            }
        }
    }

    /// Whether a heap with values is free, or none has values.
    fn is_worth_a_try(&self) -> bool {
        let mut values = self.heaps.iter().filter(|heap| heap.len() > 0).peekable();
        values.peek().is_none() || values.any(|heap| !heap.is_held())
    }

    fn try_pop_at(&self, random: &mut Random) -> Result<T, TryPopError> {
        let heaps = self.heaps.len();
        if heaps > 1 {
            for _ in 0..TRIES {
                let (one, other) = random.pair(heaps);
                if let Some(value) = pop_better(&self.heaps[one], &self.heaps[other]) {
                    return Ok(value);
                }
            }
        }
        self.sweep(random.below(heaps))
    }

    /// Takes a value of the first heap that has one and is free, beginning with heap `start`.
    #[cold]
    fn sweep(&self, start: usize) -> Result<T, TryPopError> {
        let (before, after) = self.heaps.split_at(start);
        let mut error = TryPopError::Empty;
        for heap in after.iter().chain(before).filter(|heap| heap.len() > 0) {
            match heap.try_hold() {
                None => error = TryPopError::Busy,
                Some(mut held) => {
                    if let Some(value) = held.pop() {
                        return Ok(value);
                    }
                }
            }
        }
        Err(error)
    }
}

/// Takes the greater of the greatest values of two heaps; nothing if both seem empty, or one that does not is held.
#[inline]
fn pop_better<T: Ord>(one: &Heap<T>, other: &Heap<T>) -> Option<T> {
    match (one.len() > 0, other.len() > 0) {
        (false, false) => None,
        (true, false) => one.try_hold()?.pop(),
        (false, true) => other.try_hold()?.pop(),
        (true, true) => {
            let mut one = one.try_hold()?;
            let mut other = other.try_hold()?;
            if one.peek(|one| other.peek(|other| one >= other)) {
                drop(other);
                one.pop()
            } else {
                drop(one);
                other.pop()
            }
        }
    }
}

impl<T> RelaxedPriorityQueue<T> {
    /// How many heaps there are.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::RelaxedPriorityQueue::<u8>::with_heaps(7).heaps(), 7);
    /// ```
    #[must_use]
    pub fn heaps(&self) -> usize {
        self.heaps.len()
    }

    /// How many values there are; exact while nothing else runs. Takes a look at each heap.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::RelaxedPriorityQueue::from([3, 7, 5]).len(), 3);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.heaps.iter().map(|heap| heap.len()).sum()
    }

    /// Tells whether the queue is empty; if so, no value was in it for as long as this took.
    ///
    /// ```
    /// assert!(lockfree_collections::RelaxedPriorityQueue::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heaps.iter().all(|heap| heap.len() == 0)
    }
}

impl<T: Ord> From<BinaryHeap<T>> for RelaxedPriorityQueue<T> {
    fn from(heap: BinaryHeap<T>) -> Self {
        let queue = Self::new();
        queue.extend_shared(heap);
        queue
    }
}

impl<T> fmt::Debug for RelaxedPriorityQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelaxedPriorityQueue")
            .field("heaps", &self.heaps())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// A way to a [`RelaxedPriorityQueue`] for one thread; made by [`RelaxedPriorityQueue::handle`].
///
/// It has random numbers of its own, so that an operation touches nothing but heaps.
///
/// ```
/// use lockfree_collections::RelaxedPriorityQueue;
///
/// let queue = RelaxedPriorityQueue::new();
/// std::thread::scope(|scope| {
///     for part in 0..2 {
///         let mut handle = queue.handle();
///         scope.spawn(move || (0..100).for_each(|number| handle.push(2 * number + part)));
///     }
/// });
/// assert!(queue.into_sorted_vec().into_iter().eq(0..200));
/// ```
pub struct Handle<'a, T> {
    queue: &'a RelaxedPriorityQueue<T>,
    random: Random,
}

impl<T: Ord> Handle<'_, T> {
    /// As [`RelaxedPriorityQueue::push`].
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::new();
    /// queue.handle().push(1);
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[inline]
    pub fn push(&mut self, value: T) {
        self.queue.push_at(&mut self.random, value);
    }

    /// As [`RelaxedPriorityQueue::pop`].
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::from([1]);
    /// assert_eq!(queue.handle().pop(), Some(1));
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.queue.pop_at(&mut self.random)
    }

    /// As [`RelaxedPriorityQueue::try_pop`].
    ///
    /// # Errors
    ///
    /// [`TryPopError::Empty`] or [`TryPopError::Busy`].
    ///
    /// ```
    /// let queue = lockfree_collections::RelaxedPriorityQueue::from([1]);
    /// assert_eq!(queue.handle().try_pop(), Ok(1));
    /// ```
    #[inline]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.queue.try_pop_at(&mut self.random)
    }
}

impl<T> fmt::Debug for Handle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("queue", self.queue).finish()
    }
}
