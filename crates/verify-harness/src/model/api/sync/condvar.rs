//! Waiting for a condition.

use core::fmt;
use core::sync::atomic::Ordering;
use std::sync::LockResult;
use std::time::Duration;

use super::super::super::calls;
use super::super::super::interface::{Op, Strength, UpdateFn, Waits};
use super::super::here;
use super::super::word::Word;
use super::mutex::MutexGuard;

/// Threads that can wait, by number. The low half of the state says who waits, the high half who was woken.
const THREADS: usize = 32;

const ENROLL: UpdateFn = |state, bit, _| Some(state | bit);
const LEAVE: UpdateFn =
    |state, bit, _| if state & (bit << THREADS) != 0 { Some(state & !(bit | bit << THREADS)) } else { None };
const WAKE: UpdateFn =
    |state, bit, _| if (state & !(state >> THREADS)) & bit != 0 { Some(state | bit << THREADS) } else { None };
const WAKE_ALL: UpdateFn = |state, _, _| {
    let woken = state | state << THREADS;
    if woken == state { None } else { Some(woken) }
};

/// A `std::sync::Condvar` without spurious wakeups and timeouts.
///
/// A notification wakes a thread that waits at that moment; every choice of that thread is explored. A thread that
/// waits for ever is a lost wakeup.
///
/// ```
/// use verify_harness::model::{Builder, sync::{Arc, Condvar, Mutex}, thread};
///
/// Builder::new().check(|| {
///     let pair = Arc::new((Mutex::new(false), Condvar::new()));
///     let other = Arc::clone(&pair);
///     let handle = thread::spawn(move || {
///         *other.0.lock().unwrap() = true;
///         other.1.notify_one();
///     });
///     let mut ready = pair.0.lock().unwrap();
///     while !*ready {
///         ready = pair.1.wait(ready).unwrap();
///     }
///     drop(ready);
///     handle.join().unwrap();
/// });
/// ```
pub struct Condvar {
    state: Word<u64>,
}

impl Condvar {
    /// A condition variable that nobody waits on.
    pub const fn new() -> Self {
        Self { state: Word::new(0) }
    }

    /// Frees the mutex and waits for a notification, then takes the mutex again.
    ///
    /// # Errors
    ///
    /// Never.
    ///
    /// # Panics
    ///
    /// In the 33rd thread of an execution and later ones.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let thread = calls::current_thread();
        assert!(thread < THREADS, "only the first {THREADS} threads of an execution can wait on a `Condvar`");
        let bit = 1 << thread;
        // Relaxed, as everything here: the order that threads may rely on is that of the mutex.
        self.state.update(ENROLL, bit, Ordering::Relaxed);
        let mutex = guard.into_mutex();
        mutex.release();
        self.state.wait(LEAVE, bit, Ordering::Relaxed, Waits::Notification);
        mutex.acquire();
        Ok(MutexGuard::of_held(mutex))
    }

    /// Waits as long as `condition` holds.
    ///
    /// # Errors
    ///
    /// Never.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// Frees the mutex, waits for a notification or for the time to be over, and takes the mutex again.
    ///
    /// Time does not pass in a model: whether the notification or the end of the time comes first is a choice, and both
    /// are explored wherever both are possible.
    ///
    /// # Errors
    ///
    /// Never.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _duration: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let thread = calls::current_thread();
        assert!(thread < THREADS, "only the first {THREADS} threads of an execution can wait on a `Condvar`");
        let bit = 1 << thread;
        self.state.update(ENROLL, bit, Ordering::Relaxed);
        let mutex = guard.into_mutex();
        mutex.release();
        // One step, wherever it comes in the order of this word: woken before it, or the time is over.
        let before = self.state.update(|state, bit, _| Some(state & !(bit | bit << THREADS)), bit, Ordering::Relaxed);
        mutex.acquire();
        Ok((MutexGuard::of_held(mutex), WaitTimeoutResult(before & bit << THREADS == 0)))
    }

    /// Waits as long as `condition` holds or until the time is over; see [`wait_timeout`](Self::wait_timeout).
    ///
    /// # Errors
    ///
    /// Never.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        duration: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            let result;
            (guard, result) = self.wait_timeout(guard, duration)?;
            if result.timed_out() {
                let late = condition(&mut *guard);
                return Ok((guard, WaitTimeoutResult(late)));
            }
        }
    }

    /// Wakes one of the threads that wait, if any.
    #[track_caller]
    pub fn notify_one(&self) {
        loop {
            let state = self.state.load(Strength::Relaxed);
            let asleep = state & !(state >> THREADS) & u64::from(u32::MAX);
            let count = asleep.count_ones();
            if count == 0 {
                return;
            }
            let chosen = if count > 1 { calls::perform(Op::Choose { count }, here()).value } else { 0 };
            let mut rest = asleep;
            for _ in 0..chosen {
                rest &= rest - 1;
            }
            let bit = rest & rest.wrapping_neg();
            if self.state.try_update(WAKE, bit, Ordering::Relaxed).is_ok() {
                return;
            }
        }
    }

    /// Wakes all threads that wait.
    #[track_caller]
    pub fn notify_all(&self) {
        let _ = self.state.try_update(WAKE_ALL, 0, Ordering::Relaxed);
    }
}

/// Whether a wait ended because the time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether it did.
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
