//! Iterators over the values of a stack, and what fills a stack from iterators.

use core::fmt;
use core::iter::FusedIterator;

use super::LockFreeStack;
use super::head::NONE;
use crate::drain::drop_all;

crate::iterators::iterators! {
    /// Owning iterator over the values of a [`LockFreeStack`], from the top down.
    ///
    /// Made by [`LockFreeStack::into_iter`](IntoIterator::into_iter). What it has not yielded is dropped with it.
    ///
    /// ```
    /// use lockfree_collections::LockFreeStack;
    ///
    /// let stack = LockFreeStack::from([1, 2, 3]);
    /// let values: Vec<_> = stack.into_iter().collect();
    /// assert_eq!(values, [3, 2, 1]);
    /// ```
    LockFreeStack, stack, "new()"
}

/// Iterator over everything a stack held at one moment, from the top down; made by [`LockFreeStack::pop_all`].
///
/// ```
/// let stack = lockfree_collections::LockFreeStack::from([1, 2, 3]);
/// let mut all = stack.pop_all();
/// assert!(stack.is_empty());
/// assert_eq!((all.next(), all.next()), (Some(3), Some(2)));
/// ```
#[must_use = "the values are already off the stack, and dropped with this iterator"]
pub struct PopAll<'a, T> {
    stack: &'a LockFreeStack<T>,
    /// The first of the nodes that are left, which are ours.
    next: u32,
}

impl<'a, T> PopAll<'a, T> {
    pub(super) fn new(stack: &'a LockFreeStack<T>, next: u32) -> Self {
        Self { stack, next }
    }
}

impl<T> Iterator for PopAll<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.next == NONE {
            return None;
        }
        // SAFETY: `pop_all` took the node off the stack for us, with its value, and we go on to the one below.
        let (value, next) = unsafe { self.stack.consume(self.next) };
        self.next = next;
        Some(value)
    }
}

impl<T> FusedIterator for PopAll<'_, T> {}

impl<T> Drop for PopAll<'_, T> {
    fn drop(&mut self) {
        drop_all(|| self.next());
    }
}

impl<T> fmt::Debug for PopAll<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopAll").field("is_done", &(self.next == NONE)).finish_non_exhaustive()
    }
}

impl<T> Extend<T> for LockFreeStack<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push_mut(value));
    }
}

/// Through a shared reference: values of several threads interleave, those of one call keep their order, the last one on top.
impl<T> Extend<T> for &LockFreeStack<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<T> FromIterator<T> for LockFreeStack<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut stack = Self::new();
        stack.extend(values);
        stack
    }
}

impl<T, const N: usize> From<[T; N]> for LockFreeStack<T> {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}
