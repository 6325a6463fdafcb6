//! Weakened twins: a model test arms a tagged site, or several, with a weaker ordering and expects the checker to object.
//!
//! The checker runs all threads of a model as coroutines of the thread that called it, so a thread-local reaches them all
//! and tests that run side by side do not disturb one another.

use core::cell::Cell;
use core::sync::atomic::Ordering;

/// A site, by its tag, and a weaker ordering for it.
pub type Weaker = (&'static str, Ordering);

std::thread_local! {
    static ARMED: Cell<&'static [Weaker]> = const { Cell::new(&[]) };
    static HITS: Cell<u64> = const { Cell::new(0) };
    static CROWDED: Cell<bool> = const { Cell::new(false) };
    static CACHED: Cell<bool> = const { Cell::new(false) };
    static PATIENT: Cell<bool> = const { Cell::new(false) };
    static WAITS: Cell<bool> = const { Cell::new(false) };
    static SEQUENCED: Cell<bool> = const { Cell::new(false) };
}

/// The ordering the site `tag` uses: what the code says, or what a test armed it with.
pub fn ordering(tag: &'static str, written: Ordering) -> Ordering {
    super::stall::step(tag);
    match ARMED.get().iter().find(|armed| armed.0 == tag) {
        Some((_, weaker)) => {
            HITS.set(HITS.get() + 1);
            *weaker
        }
        None => written,
    }
}

/// Arms `sites` until the guard is dropped.
///
/// # Panics
///
/// If sites are armed already.
#[must_use = "the sites are disarmed when the guard is dropped"]
pub fn sites(sites: &'static [Weaker]) -> Guard {
    assert!(ARMED.get().is_empty(), "one twin at a time");
    HITS.set(0);
    ARMED.set(sites);
    Guard(())
}

/// Keeps sites armed.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// How often the armed sites were reached: a twin that is never reached proves nothing.
    #[must_use]
    pub fn hits(&self) -> u64 {
        HITS.get()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        ARMED.set(&[]);
    }
}

/// Sends all threads to the same list of hazard slots until the guard is dropped, and makes no slots beforehand, so that
/// models meet the code that shares and makes slots.
#[must_use = "the crowd is dispersed when the guard is dropped"]
pub fn crowd() -> Crowd {
    CROWDED.set(true);
    Crowd(())
}

/// Keeps the threads crowded.
#[derive(Debug)]
pub struct Crowd(());

impl Drop for Crowd {
    fn drop(&mut self) {
        CROWDED.set(false);
    }
}

pub(crate) fn is_crowded() -> bool {
    CROWDED.get()
}

/// Lets threads keep their hazard slot from operation to operation, as they do in a normal build, until the guard is dropped.
///
/// Without it they take and give back a slot each time, which is what a normal build does when a thread holds several.
#[must_use = "slots are given back again when the guard is dropped"]
pub fn cached() -> Cached {
    CACHED.set(true);
    Cached(())
}

/// Keeps the threads' slots cached.
#[derive(Debug)]
pub struct Cached(());

impl Drop for Cached {
    fn drop(&mut self) {
        CACHED.set(false);
    }
}

pub(crate) fn is_cached() -> bool {
    CACHED.get()
}

/// Lets threads keep what they have unlinked in the ordered map for longer than models last, until the guard is dropped, so that the era
/// stays. Without it they look after each object whether it can be freed.
#[must_use = "objects are freed soon again when the guard is dropped"]
pub fn patient() -> Patient {
    PATIENT.set(true);
    Patient(())
}

/// Keeps the threads patient.
#[derive(Debug)]
pub struct Patient(());

impl Drop for Patient {
    fn drop(&mut self) {
        PATIENT.set(false);
    }
}

pub(crate) fn is_patient() -> bool {
    PATIENT.get()
}

/// Passes a fence between accesses that are sequentially consistent, from now on: for a checker that takes them for acquire and release.
pub fn sequence() {
    SEQUENCED.set(true);
}

pub(crate) fn is_sequenced() -> bool {
    SEQUENCED.get()
}

/// Lets queues wake receivers, from now on. Other models do without: the fence that it takes would hide what they look for.
pub fn wait() {
    WAITS.set(true);
}

#[cfg(feature = "wait")]
pub(crate) fn is_waited() -> bool {
    WAITS.get()
}
