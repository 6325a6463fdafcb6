//! Where a thread leaves its result for the one that joins it.
//!
//! Not a lock: of what a check does for each thread it starts, locking and unlocking twice was a tenth.

use core::cell::UnsafeCell;
use core::panic::RefUnwindSafe;

use super::super::super::calls;

/// A place for the result of a thread.
///
/// Invariant S1: while it is shared, the result is accessed by model threads of run number `run` only. They run one at a time,
/// and what one did happened before what the next does, also where they are OS threads; no two runs have the same number.
pub(super) struct Slot<T> {
    run: u64,
    result: UnsafeCell<Option<T>>,
}

// SAFETY: by S1 the result is never accessed from two OS threads at once; it may go from one to another, which `T: Send` allows.
unsafe impl<T: Send> Sync for Slot<T> {}

/// As of the lock that it is instead of: a result is there as a whole or not at all.
impl<T> RefUnwindSafe for Slot<T> {}

impl<T> Slot<T> {
    /// An empty one for a thread of the run in progress.
    pub(super) fn new() -> Self {
        Self { run: calls::current().run_number(), result: UnsafeCell::new(None) }
    }

    /// Leaves `result`; called by the thread, once.
    pub(super) fn leave(&self, result: T) {
        if self.is_of_this_run() {
            // SAFETY: S1, and nothing that is called meanwhile gets here.
            let place = unsafe { &mut *self.result.get() };
            debug_assert!(place.is_none(), "a thread has one result");
            *place = Some(result);
        }
    }

    /// Takes the result, if it is there.
    pub(super) fn take(&self) -> Option<T> {
        if !self.is_of_this_run() {
            return None;
        }
        // SAFETY: S1, and nothing that is called meanwhile gets here.
        let place = unsafe { &mut *self.result.get() };
        place.take()
    }

    fn is_of_this_run(&self) -> bool {
        calls::running().is_some_and(|runtime| runtime.run_number() == self.run)
    }
}

impl<T> core::fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slot").field("run", &self.run).finish_non_exhaustive()
    }
}
