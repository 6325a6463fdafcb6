//! A line of waiters that stands in a state behind a lock of its own.

use super::list::{End, List, State, Waiter};
use super::wake::Wake;

/// The list of waiters where no word says who may enter, but a state that a lock guards: the line is a part of that state, and
/// I1 and I2 hold with that lock for the list lock. Whoever has the line by `&mut` holds the lock.
#[derive(Debug)]
pub(crate) struct Line {
    list: List,
}

// SAFETY: the nodes belong to others, who are `Send`; they are reached through the line by one thread at a time.
unsafe impl Send for Line {}

impl Line {
    pub(crate) const fn new() -> Self {
        Self { list: List::new() }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What the first in line needs.
    pub(crate) fn first_need(&mut self) -> Option<u32> {
        // SAFETY: `&mut self` means that the lock is held.
        unsafe { self.list.first() }.map(Waiter::need)
    }

    /// Takes the first out, tells it that it stands at `state`, and returns whom to wake, once the lock is given back.
    pub(crate) fn dismiss_first(&mut self, state: State) -> Option<Wake> {
        // SAFETY: `&mut self` means that the lock is held.
        let first = unsafe { self.list.first() }?;
        // SAFETY: the lock is held, and the waiter is the first in the list.
        Some(unsafe { self.list.dismiss(first, state) })
    }

    /// Puts `waiter` at the end.
    ///
    /// # Safety
    ///
    /// The waiter is the caller's, is in no line, and stays where it is; before its memory is used for anything else, the caller
    /// has seen by its state that it is out, or has called [`leave`](Self::leave) (I2).
    pub(crate) unsafe fn join(&mut self, waiter: &Waiter, wake: Wake) {
        // SAFETY: the lock is held; the rest is the caller's promise.
        unsafe { self.list.insert(waiter, End::Back, wake, 0, |_| None) };
    }

    /// Takes `waiter` out and returns whom to wake no more, to be dropped once the lock is given back.
    ///
    /// # Safety
    ///
    /// The waiter stands in this line.
    pub(crate) unsafe fn leave(&mut self, waiter: &Waiter) -> Wake {
        // SAFETY: the lock is held; the rest is the caller's promise.
        unsafe { self.list.remove(waiter) }
    }

    /// Whether waking `waiter` would wake the task of `waker`.
    ///
    /// # Safety
    ///
    /// The waiter stands in this line.
    pub(crate) unsafe fn will_wake(&mut self, waiter: &Waiter, waker: &core::task::Waker) -> bool {
        // SAFETY: the lock is held; the rest is the caller's promise.
        unsafe { waiter.will_wake(waker) }
    }

    /// Changes who is woken, and returns who was to be, to be dropped once the lock is given back.
    ///
    /// # Safety
    ///
    /// The waiter stands in this line.
    pub(crate) unsafe fn replace_wake(&mut self, waiter: &Waiter, wake: Wake) -> Wake {
        // SAFETY: the lock is held; the rest is the caller's promise.
        unsafe { waiter.replace_wake(wake) }
    }
}
