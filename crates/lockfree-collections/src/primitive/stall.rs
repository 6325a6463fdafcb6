//! Stopped threads: a model test stops a thread before its n-th tagged access, or before those that it names, and expects the others to
//! go on, or tells a story that takes a thread that is late.
//!
//! What the reclamation engine does between two tagged accesses has no tags, so a thread cannot be stopped there.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;

use loom::thread::{self, Thread, ThreadId};

/// Where a thread stops.
enum Place {
    /// Before so many more tagged accesses, and one.
    Step(usize),
    /// Before the last of these accesses, which have these tags, and are made one after another, with others between them.
    Path(&'static [&'static str]),
}

struct Victim {
    thread: ThreadId,
    place: Place,
    /// What the thread does where it stops; none when it has.
    stop: Option<Box<dyn FnOnce()>>,
}

std::thread_local! {
    /// Of the execution that runs; the checker runs all threads of a model as coroutines of the thread that called it.
    static VICTIMS: RefCell<Vec<Victim>> = const { RefCell::new(Vec::new()) };
}

/// Stops the calling thread before its tagged access number `step` from now on, counted from zero, until it is unparked; unparks `waiter`
/// then, if there is one.
pub fn before(step: usize, waiter: Option<Thread>) {
    stop(Place::Step(step), || park(waiter));
}

fn park(waiter: Option<Thread>) {
    waiter.iter().for_each(Thread::unpark);
    thread::park();
}

/// Stops the calling thread, when it has made accesses of all tags of `path` but the last, before one of that tag, until it is unparked;
/// unparks `waiter` then, if there is one. Several such stops are made one after another.
pub fn at(path: &'static [&'static str], waiter: Option<Thread>) {
    then(path, || park(waiter));
}

/// As `at`, for who waits in another way than by being parked, which would order it behind whoever unparks it.
pub fn then(path: &'static [&'static str], wait: impl FnOnce() + 'static) {
    stop(Place::Path(path), wait);
}

fn stop(place: Place, wait: impl FnOnce() + 'static) {
    let victim = Victim { thread: thread::current().id(), place, stop: Some(Box::new(wait)) };
    VICTIMS.with_borrow_mut(|victims| victims.push(victim));
}

/// Forgets about the victims, and tells whether one has stopped.
pub fn end() -> bool {
    VICTIMS.with_borrow_mut(core::mem::take).iter().any(|victim| victim.stop.is_none())
}

/// A thread is about to make an access of that tag.
pub(super) fn step(tag: &'static str) {
    let stops = VICTIMS.with_borrow_mut(|victims| {
        if victims.is_empty() {
            return None;
        }
        let here = thread::current().id();
        let victim = victims.iter_mut().find(|victim| victim.stop.is_some() && victim.thread == here)?;
        match &mut victim.place {
            Place::Step(0) => {}
            Place::Step(left) => {
                *left -= 1;
                return None;
            }
            Place::Path(path) => {
                if path.first() == Some(&tag) {
                    *path = &path[1..];
                }
                if !path.is_empty() {
                    return None;
                }
            }
        }
        victim.stop.take()
    });
    if let Some(wait) = stops {
        wait();
    }
}
