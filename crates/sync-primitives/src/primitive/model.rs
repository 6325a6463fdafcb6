//! The primitives under a model checker: loom's, and a back-off that lets the checker run another thread.

pub(crate) use loom::cell::{ConstPtr, MutPtr, UnsafeCell};
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};

/// The lock of channels under a checker is the checker's own: that the spinning lock excludes and orders is checked by itself, and with
/// what it does while it spins left out, a channel has few enough executions to explore them all.
#[cfg(feature = "alloc")]
#[derive(Debug)]
pub(crate) struct Lock<T>(loom::sync::Mutex<T>);

#[cfg(feature = "alloc")]
pub(crate) use loom::sync::MutexGuard as LockGuard;

#[cfg(feature = "alloc")]
impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> LockGuard<'_, T> {
        // Not poisoned where it is the spinning lock.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

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
