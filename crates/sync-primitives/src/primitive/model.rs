//! The primitives under a model checker: loom's, and a back-off that lets the checker run another thread.

pub(crate) use loom::cell::{ConstPtr, MutPtr, UnsafeCell};
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};

/// Threads that wait: parking, and the handle by which another thread ends it.
pub(crate) mod thread {
    pub(crate) use loom::thread::{Thread, current, park};
}

/// The back-off of model tests: every pause gives way to another thread, since time does not pass in a model.
#[derive(Debug, Default)]
pub struct Backoff(());

impl Backoff {
    /// A new back-off.
    #[must_use]
    pub fn new() -> Self {
        Self(())
    }

    /// Does nothing: there is no step to go back to.
    pub fn reset(&self) {}

    /// Gives way to another thread.
    pub fn spin(&self) {
        loom::thread::yield_now();
    }

    /// Gives way to another thread.
    pub fn snooze(&self) {
        loom::thread::yield_now();
    }

    /// Always true: a thread that can block should do so at once.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        true
    }
}
