//! Iterators over the values of a priority queue, and what makes a queue of values.

use alloc::collections::BinaryHeap;
use alloc::vec::{self, Vec};
use core::fmt;
use core::iter::FusedIterator;

use super::{PriorityQueue, RelaxedPriorityQueue};

/// Owning iterator over values that were in a priority queue, in any order.
///
/// Made by `into_iter` and `drain` of [`PriorityQueue`] and [`RelaxedPriorityQueue`]. What it has not yielded is dropped with it.
///
/// ```
/// let queue = lockfree_collections::PriorityQueue::from([3, 7, 5]);
/// assert_eq!(queue.into_iter().max(), Some(7));
/// ```
pub struct IntoIter<T>(vec::IntoIter<T>);

impl<T> IntoIter<T> {
    pub(super) fn new(values: Vec<T>) -> Self {
        Self(values.into_iter())
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}

impl<T> FusedIterator for IntoIter<T> {}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

/// What both queues are made of and taken apart into.
macro_rules! conversions {
    ($queue:ident) => {
        impl<T: Ord> Default for $queue<T> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<T: Ord> Extend<T> for $queue<T> {
            fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
                values.into_iter().for_each(|value| self.push(value));
            }
        }

        impl<T: Ord> FromIterator<T> for $queue<T> {
            fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
                Self::from(values.into_iter().collect::<BinaryHeap<T>>())
            }
        }

        impl<T: Ord> From<Vec<T>> for $queue<T> {
            fn from(values: Vec<T>) -> Self {
                Self::from(BinaryHeap::from(values))
            }
        }

        impl<T: Ord, const N: usize> From<[T; N]> for $queue<T> {
            fn from(values: [T; N]) -> Self {
                Self::from(BinaryHeap::from(values))
            }
        }

        impl<T: Ord> IntoIterator for $queue<T> {
            type Item = T;
            type IntoIter = IntoIter<T>;

            fn into_iter(self) -> IntoIter<T> {
                self.drain()
            }
        }
    };
}

conversions!(PriorityQueue);
conversions!(RelaxedPriorityQueue);
