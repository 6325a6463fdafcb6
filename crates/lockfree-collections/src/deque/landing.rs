//! Batches: values on their way from one deque, or from an injector, into another one. Invariants and orderings: see [`super::worker`].

use core::{iter, mem};

use super::worker::Order;
use super::{Steal, Worker, buffer};
use crate::primitive::ord;

/// Moves what `steal` gives, `wanted` values at most, from where they would be popped in the order `from`.
pub(super) fn batch<T>(dest: &Worker<T>, from: Order, wanted: usize, mut steal: impl FnMut() -> Steal<T>) -> Steal<()> {
    steal().map(|first| Landing::new(dest).fill(from, iter::once(first).chain(rest(wanted, steal))))
}

/// As [`batch`], and returns the one of them that would be popped first.
pub(super) fn batch_and_pop<T>(
    dest: &Worker<T>,
    from: Order,
    wanted: usize,
    mut steal: impl FnMut() -> Steal<T>,
) -> Steal<T> {
    steal().map(|first| {
        let mut next = first;
        let rest = rest(wanted, steal);
        match from {
            Order::Fifo => Landing::new(dest).fill(from, rest),
            Order::Lifo => Landing::new(dest).fill(from, rest.map(|newer| mem::replace(&mut next, newer))),
        }
        next
    })
}

/// What there is to steal beside the first value, as long as no other thread is faster.
fn rest<T>(wanted: usize, steal: impl FnMut() -> Steal<T>) -> impl Iterator<Item = T> {
    iter::repeat_with(steal).map_while(Steal::success).take(wanted.saturating_sub(1))
}

/// Values behind the `back` of a deque, put there by its owner: nobody else takes one before all of them land, when this is dropped.
struct Landing<'a, T> {
    worker: &'a Worker<T>,
    /// The `back` of the deque: it stays where it is (I1), since the owner is here.
    back: usize,
    len: usize,
}

impl<'a, T> Landing<'a, T> {
    fn new(worker: &'a Worker<T>) -> Self {
        // ord[D31] Relaxed: written by this thread only (I1); pairs with none.
        let back = worker.inner.ends.back.load(ord!(D31, Relaxed));
        Self { worker, back, len: 0 }
    }

    /// Puts the values there, the one that was pushed first before the others, so that they are popped in the order `from`.
    fn fill(mut self, from: Order, values: impl Iterator<Item = T>) {
        for value in values {
            self.worker.place(self.back.wrapping_add(self.len), value);
            self.len += 1;
        }
        if from != self.worker.order {
            self.reverse();
        }
    }

    fn reverse(&mut self) {
        let slots = self.worker.slots();
        for step in 0..self.len / 2 {
            let (low, high) = (self.back.wrapping_add(step), self.back.wrapping_add(self.len - 1 - step));
            // SAFETY: `fill` has put a value there, which nobody takes before it has landed.
            let older = unsafe { buffer::read(slots, low).assume_value() };
            // SAFETY: as above.
            let newer = unsafe { buffer::read(slots, high).assume_value() };
            // SAFETY: the owner is here, and the value of this slot was just taken.
            unsafe { buffer::write(slots, low, newer) };
            // SAFETY: as above.
            unsafe { buffer::write(slots, high, older) };
        }
    }
}

impl<T> Drop for Landing<'_, T> {
    fn drop(&mut self) {
        // ord[D32] Release: publishes the values, and the buffer they are in, as D7; pairs with D3.
        self.worker.inner.ends.back.store(self.back.wrapping_add(self.len), ord!(D32, Release));
    }
}
