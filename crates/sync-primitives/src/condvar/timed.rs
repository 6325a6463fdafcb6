//! Waiting for a time.

use core::time::Duration;

use super::{Condvar, arrive};
use crate::mutex::MutexGuard;
use crate::policy::Policy;
use crate::wait::{Deadline, State, Waiter, deadline_after};
use crate::watched::{Site, Stake, Watch as _};

/// Whether a wait ended because its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether the time was over before a notification came.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// Blocking for a time.
impl Condvar {
    /// As [`blocking_wait`](Self::blocking_wait), but waits no longer than `timeout` to be notified.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::{Condvar, Mutex};
    ///
    /// let (mutex, condvar) = (Mutex::new(1), Condvar::new());
    /// let (guard, result) = condvar.wait_timeout(mutex.blocking_lock(), Duration::ZERO);
    /// assert!(result.timed_out());
    /// assert_eq!(*guard, 1);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_timeout<'m, T: ?Sized, P: Policy>(
        &self,
        guard: MutexGuard<'m, T, P>,
        timeout: Duration,
    ) -> (MutexGuard<'m, T, P>, WaitTimeoutResult) {
        self.wait_with_deadline(guard, deadline_after(timeout))
    }

    /// As [`wait_timeout`](Self::wait_timeout), but not past `deadline`.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_until<'m, T: ?Sized, P: Policy>(
        &self,
        guard: MutexGuard<'m, T, P>,
        deadline: std::time::Instant,
    ) -> (MutexGuard<'m, T, P>, WaitTimeoutResult) {
        self.wait_with_deadline(guard, Some(deadline))
    }

    /// As [`blocking_wait_while`](Self::blocking_wait_while), but waits no longer than `timeout` in all.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_timeout_while<'m, T: ?Sized, P: Policy, F>(
        &self,
        mut guard: MutexGuard<'m, T, P>,
        timeout: Duration,
        mut condition: F,
    ) -> (MutexGuard<'m, T, P>, WaitTimeoutResult)
    where
        F: FnMut(&mut T) -> bool,
    {
        let deadline = deadline_after(timeout);
        while condition(&mut guard) {
            let (again, result) = self.wait_with_deadline(guard, deadline);
            guard = again;
            if result.timed_out() {
                let late = condition(&mut guard);
                return (guard, WaitTimeoutResult(late));
            }
        }
        (guard, WaitTimeoutResult(false))
    }

    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn wait_with_deadline<'m, T: ?Sized, P: Policy>(
        &self,
        guard: MutexGuard<'m, T, P>,
        deadline: Option<Deadline>,
    ) -> (MutexGuard<'m, T, P>, WaitTimeoutResult) {
        let mutex = MutexGuard::mutex(&guard);
        let waiter = core::pin::pin!(Waiter::new(0));
        self.queue.watch().waits(&waiter, None, Site::caller(), Stake::NOTHING);
        let mut state = self.queue.block_with(&waiter, deadline, arrive, || drop(guard));
        if state == State::Queued {
            // SAFETY: the waiter joined this queue.
            state = unsafe { self.queue.cancel(&waiter, |word| word) };
        }
        if state == State::Queued {
            self.queue.watch().gave_up(&waiter);
        } else {
            self.queue.watch().served(&waiter);
        }
        (mutex.blocking_lock(), WaitTimeoutResult(state == State::Queued))
    }
}
