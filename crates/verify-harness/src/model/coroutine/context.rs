//! What the checker keeps in thread-locals, as a value that goes along when control passes to another OS thread.

use super::super::calls::InProgress;
use super::super::heap::Follow;
use super::super::panics;

/// The state of an OS thread that runs a part of an exploration.
pub(super) struct Context {
    run: InProgress,
    heap: Follow,
    quiet: bool,
}

// SAFETY: it points to the runtime and the heap of an exploration, which are used by whichever OS thread has control, and
// by C1 that is one at a time.
unsafe impl Send for Context {}

impl Context {
    /// Takes the state from the calling OS thread, which is left without.
    pub(super) fn take() -> Self {
        Self { run: InProgress::take(), heap: Follow::take(), quiet: panics::set_quiet(false) }
    }

    /// Gives the state to the calling OS thread.
    pub(super) fn install(self) {
        self.run.install();
        self.heap.install();
        panics::set_quiet(self.quiet);
    }
}
