//! Why nothing was popped.

use core::error::Error;
use core::fmt;

/// Why [`PriorityQueue::try_pop`](super::PriorityQueue::try_pop) or
/// [`RelaxedPriorityQueue::try_pop`](super::RelaxedPriorityQueue::try_pop) has popped nothing.
///
/// ```
/// use lockfree_collections::PriorityQueue;
/// use lockfree_collections::priority::TryPopError;
///
/// assert_eq!(PriorityQueue::<u8>::new().try_pop(), Err(TryPopError::Empty));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryPopError {
    /// There is no value.
    Empty,
    /// There may be values, and other threads hold all heaps that have some.
    Busy,
}

impl fmt::Display for TryPopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the queue is empty",
            Self::Busy => "other threads hold all heaps with values",
        })
    }
}

impl Error for TryPopError {}
