//! Who holds a lock, for noticing that it is freed by somebody else.
//!
//! Kept in real memory and not as events: a run executes the operations of one lock in their order, so the memory says at each
//! moment what the events say.

use std::sync::{Mutex, PoisonError};

use super::super::super::heap::Tracked;
use super::super::super::interface::Site;
use super::super::super::report::FailureKind;
use super::super::super::runtime;
use super::super::{here, name_site};

/// A thread that holds a lock.
#[derive(Clone, Copy, Debug)]
struct Holder {
    run: u64,
    thread: usize,
    site: Site,
}

/// The threads that hold a lock.
#[derive(Debug)]
pub(super) struct Holders(Mutex<Vec<Holder>>);

impl Holders {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The calling thread holds the lock.
    #[track_caller]
    pub(super) fn enter(&self) {
        let Some(runtime) = runtime::running().filter(|runtime| runtime.is_in_progress()) else { return };
        let _checker = Tracked::checker();
        let holder = Holder { run: runtime.run_number(), thread: runtime.current.get(), site: here() };
        let mut holders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is left of an earlier run is of a lock in a static.
        holders.retain(|other| other.run == holder.run);
        holders.push(holder);
    }

    /// The calling thread holds the lock no more; the run fails if it did not.
    #[track_caller]
    pub(super) fn leave(&self, what: &str) {
        let Some(runtime) = runtime::running().filter(|runtime| runtime.is_in_progress()) else { return };
        let _checker = Tracked::checker();
        let (run, thread) = (runtime.run_number(), runtime.current.get());
        let mut holders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holders.retain(|other| other.run == run);
        if let Some(place) = holders.iter().rposition(|other| other.thread == thread) {
            holders.swap_remove(place);
            return;
        }
        let held = match holders.first() {
            Some(other) => format!("T{} has held since {}", other.thread, name_site(other.site)),
            None => "nobody holds".to_owned(),
        };
        drop(holders);
        let message = format!("invalid unlock: T{thread} frees the {what} at {}, which {held}", name_site(here()));
        runtime.fail(FailureKind::InvalidUnlock, message);
    }
}
