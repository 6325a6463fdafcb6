//! One thread waits for another's notification.

use core::fmt;
use core::sync::atomic::Ordering;

use super::super::super::interface::Waits;
use super::super::word::Word;

const CLEAR: u32 = 0;
const SET: u32 = 1;

/// A notification that one thread waits for at a time; as loom's `Notify`, but never woken spuriously.
///
/// A notification is kept until it is waited for; further ones before that are one with it. What notifiers did before is
/// ordered before what the waiter does after.
///
/// ```
/// use verify_harness::model::{Builder, sync::{Arc, Notify}, thread};
///
/// Builder::new().check(|| {
///     let notify = Arc::new(Notify::new());
///     let other = Arc::clone(&notify);
///     let handle = thread::spawn(move || other.notify());
///     notify.wait();
///     handle.join().unwrap();
/// });
/// ```
pub struct Notify {
    state: Word<u32>,
    waiting: Word<u32>,
}

impl Notify {
    /// A notification that has not come.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: Word::new(CLEAR), waiting: Word::new(CLEAR) }
    }

    /// Notifies the thread that waits, or else the next that does.
    #[track_caller]
    pub fn notify(&self) {
        // An update and not a store: what earlier notifiers released stays released.
        self.state.update(|_, set, _| Some(set), SET, Ordering::AcqRel);
    }

    /// Waits for a notification.
    ///
    /// # Panics
    ///
    /// If another thread waits at the same time.
    #[track_caller]
    pub fn wait(&self) {
        let alone = self.waiting.compare_exchange(CLEAR, SET, Ordering::Relaxed, Ordering::Relaxed);
        assert!(alone.is_ok(), "only one thread may wait on a `Notify` at a time");
        let take = |state, _, _| if state == u64::from(SET) { Some(u64::from(CLEAR)) } else { None };
        self.state.wait(take, CLEAR, Ordering::Acquire, Waits::Notification);
        self.waiting.compare_exchange(SET, CLEAR, Ordering::Relaxed, Ordering::Relaxed).ok();
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").finish_non_exhaustive()
    }
}
