//! Stopped threads: a model test stops one thread before its n-th tagged access, and expects the others to go on.
//!
//! What the reclamation engine does between two tagged accesses has no tags, so a thread cannot be stopped there.

use core::cell::RefCell;

use loom::thread::{self, ThreadId};

struct Victim {
    thread: ThreadId,
    /// Tagged accesses that the thread makes before it stops.
    left: usize,
    stopped: bool,
}

std::thread_local! {
    /// Of the execution that runs; the checker runs all threads of a model as coroutines of the thread that called it.
    static VICTIM: RefCell<Option<Victim>> = const { RefCell::new(None) };
}

/// Stops the calling thread before its tagged access number `step` from now on, counted from zero, until it is unparked.
pub fn before(step: usize) {
    let thread = thread::current().id();
    VICTIM.with_borrow_mut(|victim| *victim = Some(Victim { thread, left: step, stopped: false }));
}

/// Forgets about the victim, and tells whether it has stopped.
pub fn end() -> bool {
    VICTIM.with_borrow_mut(Option::take).is_some_and(|victim| victim.stopped)
}

/// A thread is about to make a tagged access.
pub(super) fn step() {
    let stop = VICTIM.with_borrow_mut(|victim| {
        let Some(victim) = victim else { return false };
        if victim.stopped || victim.thread != thread::current().id() {
            return false;
        }
        victim.stopped = victim.left == 0;
        victim.left = victim.left.saturating_sub(1);
        victim.stopped
    });
    if stop {
        thread::park();
    }
}
