//! The waker of one task, for others to call.

use core::fmt;
use core::task::Waker;
use std::sync::PoisonError;

use super::super::sync::Mutex;

/// Keeps the waker of one task for other tasks to call.
///
/// ```
/// use std::task::Waker;
/// use verify_harness::model::{Builder, future::AtomicWaker};
///
/// Builder::new().check(|| {
///     let waker = AtomicWaker::new();
///     waker.register_by_ref(Waker::noop());
///     assert!(waker.take_waker().is_some());
///     assert!(waker.take_waker().is_none());
/// });
/// ```
pub struct AtomicWaker {
    waker: Mutex<Option<Waker>>,
}

impl AtomicWaker {
    /// No waker yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { waker: Mutex::new(None) }
    }

    /// Keeps `waker` instead of the one before.
    #[track_caller]
    pub fn register(&self, waker: Waker) {
        let before = self.exchange(Some(waker));
        drop(before);
    }

    /// As [`register`](Self::register), with a clone.
    #[track_caller]
    pub fn register_by_ref(&self, waker: &Waker) {
        self.register(waker.clone());
    }

    /// Takes the waker and calls it.
    #[track_caller]
    pub fn wake(&self) {
        if let Some(waker) = self.take_waker() {
            waker.wake();
        }
    }

    /// Takes the waker.
    #[track_caller]
    pub fn take_waker(&self) -> Option<Waker> {
        self.exchange(None)
    }

    #[track_caller]
    fn exchange(&self, waker: Option<Waker>) -> Option<Waker> {
        let mut slot = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        core::mem::replace(&mut *slot, waker)
    }
}

impl Default for AtomicWaker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AtomicWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtomicWaker").finish_non_exhaustive()
    }
}
