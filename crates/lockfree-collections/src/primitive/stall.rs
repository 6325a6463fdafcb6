//! Stopped threads: a model test stops a thread before its n-th tagged access, or before its first one of a tag, and expects the others to
//! go on, or tells a story that takes a thread that is late.
//!
//! What the reclamation engine does between two tagged accesses has no tags, so a thread cannot be stopped there.

use alloc::vec::Vec;
use core::cell::RefCell;

use loom::thread::{self, Thread, ThreadId};

/// Where a thread stops.
enum Place {
    /// Before so many more tagged accesses, and one.
    Step(usize),
    /// Before an access of this tag; the thread that waits for that is told.
    Tag(&'static str, Thread),
}

struct Victim {
    thread: ThreadId,
    place: Place,
    stopped: bool,
}

std::thread_local! {
    /// Of the execution that runs; the checker runs all threads of a model as coroutines of the thread that called it.
    static VICTIMS: RefCell<Vec<Victim>> = const { RefCell::new(Vec::new()) };
}

/// Stops the calling thread before its tagged access number `step` from now on, counted from zero, until it is unparked.
pub fn before(step: usize) {
    stop(Place::Step(step));
}

/// Stops the calling thread before its first access tagged `tag` from now on, until it is unparked, and unparks `waiter` then.
pub fn at(tag: &'static str, waiter: Thread) {
    stop(Place::Tag(tag, waiter));
}

fn stop(place: Place) {
    let thread = thread::current().id();
    VICTIMS.with_borrow_mut(|victims| {
        victims.retain(|victim| victim.thread != thread);
        victims.push(Victim { thread, place, stopped: false });
    });
}

/// Forgets about the victims, and tells whether one has stopped.
pub fn end() -> bool {
    VICTIMS.with_borrow_mut(core::mem::take).iter().any(|victim| victim.stopped)
}

/// A thread is about to make an access of that tag.
pub(super) fn step(tag: &'static str) {
    let stops = VICTIMS.with_borrow_mut(|victims| {
        if victims.is_empty() {
            return None;
        }
        let here = thread::current().id();
        let victim = victims.iter_mut().find(|victim| !victim.stopped && victim.thread == here)?;
        let waiter = match &mut victim.place {
            Place::Step(0) => None,
            Place::Step(left) => {
                *left -= 1;
                return None;
            }
            Place::Tag(awaited, waiter) if *awaited == tag => Some(waiter.clone()),
            Place::Tag(..) => return None,
        };
        victim.stopped = true;
        Some(waiter)
    });
    if let Some(waiter) = stops {
        waiter.iter().for_each(Thread::unpark);
        thread::park();
    }
}
