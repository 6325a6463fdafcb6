//! The word of [`Mutex`](super::Mutex): a test-and-test-and-set lock.
//!
//! Source: the lock of Rudolph and Segall (1984), with the bounded exponential back-off of Anderson (1990). Differs in
//! that a waiter which has spun for about a hundred pauses gives its processor to the operating system between looks.
//!
//! Layout: one flag, `true` while the lock is held.
//!
//! Invariants
//! - I1: at most one [`Held`] of a lock exists at a time, and `locked` is true while it exists.
//! - I2: `locked` goes from false to true only in `try_lock`, which then makes the `Held`, and from true to false only
//!   when that `Held` is dropped.
//!
//! Linearization points: `lock` and a successful `try_lock` at the successful compare-exchange M1; a failing `try_lock` at
//! the same access; unlocking at the store M4.
//!
//! Progress: blocking. A thread that stops while it holds the lock stops everyone who wants it. Not fair: whichever waiter
//! sees the lock free first takes it, and a waiter may be passed over any number of times.
//!
//! Reclamation: none; the lock owns no memory.
//!
//! Checked by `tests/loom_spin.rs`: mutual exclusion and visibility with 2 threads x 2 locks and 3 threads x 1 lock,
//! `try_lock` against `lock`; M1 and M4 weakened are found. `tests/stress_spin.rs` counts under the lock with native
//! threads.

use crate::primitive::{AtomicBool, Backoff, const_fn, ord};

#[derive(Debug)]
pub(super) struct RawMutex {
    locked: AtomicBool,
}

/// The right to what the lock protects (I1); dropping it unlocks.
#[derive(Debug)]
#[must_use = "dropping it unlocks at once"]
pub(super) struct Held<'a> {
    lock: &'a RawMutex,
}

impl RawMutex {
    const_fn! {
        pub(super) const fn new() -> Self {
            Self { locked: AtomicBool::new(false) }
        }
    }

    #[inline]
    pub(super) fn try_lock(&self) -> Option<Held<'_>> {
        // ord[M1] Acquire: the holder sees all that was done under the lock before; pairs with M4.
        // ord[M2] Relaxed: a failed attempt reads nothing that the lock protects; pairs with none.
        match self.locked.compare_exchange(false, true, ord!(M1, Acquire), ord!(M2, Relaxed)) {
            Ok(_) => Some(Held { lock: self }),
            Err(_) => None,
        }
    }

    #[inline]
    pub(super) fn lock(&self) -> Held<'_> {
        match self.try_lock() {
            Some(held) => held,
            None => self.lock_contended(),
        }
    }

    #[cold]
    fn lock_contended(&self) -> Held<'_> {
        let backoff = Backoff::new();
        loop {
            // Look before trying again: waiters then share the cache line until it changes.
            while self.is_locked() {
                backoff.snooze();
            }
            if let Some(held) = self.try_lock() {
                return held;
            }
        }
    }

    #[inline]
    pub(super) fn is_locked(&self) -> bool {
        // ord[M3] Relaxed: a hint, M1 decides; pairs with none.
        self.locked.load(ord!(M3, Relaxed))
    }
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        // ord[M4] Release: hands all that was done under the lock to its next holder; pairs with M1.
        self.lock.locked.store(false, ord!(M4, Release));
    }
}
