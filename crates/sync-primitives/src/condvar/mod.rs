//! [`Condvar`]: the rule of signals and broadcasts over the wait queue.
//!
//! Source: the condition variable of Mesa (Lampson and Redell, 1980), with the names of `std`, for tasks and threads. Differs from
//! the usual in that nobody is woken without a notification, and in that a notification given to one who gives up goes to another.
//!
//! Layout, on 64 bits (on 32 bits the numbers have 16 and 13 bits):
//!
//! ```text
//! word:  | signals: 32 | broadcasts: 29 | CLOSED | HAS_WAITERS | - |
//! ```
//!
//! Invariants, beside I1..I5 of `wait`
//! - C1: there are signals only while the list is locked, or after those for whom they were have given up; who comes to an empty
//!   queue finds none.
//! - C2: a waiter needs the number of broadcasts at which it joined, and goes as soon as there are more.
//! - C3: a waiter joins the queue before it unlocks the mutex. So who changes what the mutex protects, and notifies after that,
//!   finds it there.
//!
//! Linearization points: waiting, the queue's joining; notifying, its change of the word, or the look at the word if nobody waits.
//!
//! Progress: waiting is blocking, by its nature; notifying never waits. Reclamation: that of the queue.
//!
//! Checked by `tests/loom_events.rs` (one and all, task and thread, one that gives up) and by `tests/it/cancellation.rs`.

#[cfg(all(feature = "std", not(loom)))]
mod timed;
mod wait;

use core::fmt;

#[cfg(all(feature = "std", not(loom)))]
pub use timed::WaitTimeoutResult;
pub use wait::CondvarWait;
#[cfg(feature = "alloc")]
pub use wait::CondvarWaitOwned;

use crate::mutex::MutexGuard;
#[cfg(feature = "alloc")]
use crate::mutex::OwnedMutexGuard;
use crate::policy::{Fifo, Policy};
use crate::primitive::const_fn;
#[cfg(feature = "alloc")]
use crate::primitive::os::Arc;
#[cfg(any(feature = "std", loom))]
use crate::wait::Waiter;
use crate::wait::{Entry, HAS_WAITERS, Rule, SHIFT, Verdict, WaitQueue};
use crate::watched::{Kind, diagnosed, named};
#[cfg(any(feature = "std", loom))]
use crate::watched::{Site, Stake, Watch as _};

const HALF: u32 = usize::BITS / 2;
/// One signal: a notification for one.
const SIGNAL: usize = 1 << HALF;
/// One notification for all.
const BROADCAST: usize = 1 << SHIFT;
const BROADCASTS: usize = SIGNAL - BROADCAST;

fn broadcasts(word: usize) -> u32 {
    ((word & BROADCASTS) / BROADCAST) as u32
}

/// A signal lets one in, a broadcast lets all go.
struct Signals;

impl Rule for Signals {
    type Policy = Fifo;

    fn admit(word: usize, need: u32) -> Verdict {
        if broadcasts(word) != need {
            Verdict::Leave
        } else if word >= SIGNAL {
            Verdict::Enter(word - SIGNAL)
        } else {
            Verdict::Stay
        }
    }

    /// The signal goes to another, if somebody waits.
    fn leave(word: usize, _need: u32) -> usize {
        if word & HAS_WAITERS == 0 { word } else { word.saturating_add(SIGNAL) }
    }
}

/// Whoever comes waits; signals that are left over from those who gave up are not for the first of a new queue.
fn arrive(word: usize) -> Entry {
    let signals = if word & HAS_WAITERS == 0 { word & !(usize::MAX << HALF) } else { word };
    Entry::Join { word: signals, need: broadcasts(word) }
}

/// Waits until something that a [`Mutex`](crate::Mutex) protects has changed; for tasks and threads, in one queue.
///
/// - Fairness: first in, first out; `notify_one` wakes the first that waits.
/// - Cost: one load to notify while nobody waits. A waiter is a node of 40 bytes in its future or on its thread's stack; nothing is
///   allocated.
/// - Size: 16 bytes.
/// - Spurious wake-ups: none. Still the condition must be looked at again, since others may take the mutex in between:
///   `wait_while` does.
/// - Cancellation: a dropped [`CondvarWait`](crate::futures::CondvarWait) leaves the queue; if it had been notified and does not
///   have the mutex yet, the next is notified instead.
///
/// ```
/// use sync_primitives::{Condvar, Mutex};
///
/// static READY: Mutex<bool> = Mutex::new(false);
/// static CHANGED: Condvar = Condvar::new();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         *READY.blocking_lock() = true;
///         CHANGED.notify_one();
///     });
///     pollster::block_on(async {
///         let ready = CHANGED.wait_while(READY.lock().await, |ready| !*ready).await;
///         assert!(*ready);
///     });
/// });
/// ```
#[doc(alias = "ConditionVariable")]
pub struct Condvar {
    queue: WaitQueue<Signals>,
}

impl Condvar {
    const_fn! {
        /// A condition variable for which nobody waits.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new() -> Self {
            Self { queue: WaitQueue::of(Kind::Condvar, 0) }
        }
    }

    named! { queue, r#"static CHANGED: sync_primitives::Condvar = sync_primitives::Condvar::new().named("changed");"# }

    diagnosed! {
        /// What is known of it: counts, times, who holds it and who waits.
        queue
    }

    /// Unlocks the mutex, waits to be notified, and locks the mutex again. The mutex is unlocked when the future is first polled,
    /// after it has joined the queue, so no notification of what happens after that is missed.
    ///
    /// ```
    /// # use std::{future::Future, pin::pin, task::{Context, Waker}};
    /// use sync_primitives::{Condvar, Mutex};
    ///
    /// let (mutex, condvar) = (Mutex::new(1), Condvar::new());
    /// let mut wait = pin!(condvar.wait(mutex.try_lock().unwrap()));
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert!(wait.as_mut().poll(&mut context).is_pending());
    /// *mutex.try_lock().unwrap() = 2;
    /// condvar.notify_one();
    /// assert_eq!(*pollster::block_on(wait), 2);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait<'c, 'm, T: ?Sized, P: Policy>(&'c self, guard: MutexGuard<'m, T, P>) -> CondvarWait<'c, 'm, T, P> {
        CondvarWait::new(self, MutexGuard::mutex(&guard).lock(), guard)
    }

    /// Waits as long as `condition` holds, and gives the mutex back locked, with the condition false.
    pub async fn wait_while<'m, T: ?Sized, P: Policy, F>(
        &self,
        mut guard: MutexGuard<'m, T, P>,
        mut condition: F,
    ) -> MutexGuard<'m, T, P>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut guard) {
            guard = self.wait(guard).await;
        }
        guard
    }

    /// As [`wait`](Self::wait), for a mutex in an `Arc`: the future keeps the mutex alive, as the guards do.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::{Condvar, Mutex};
    ///
    /// let (mutex, condvar) = (Arc::new(Mutex::new(false)), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         pollster::block_on(async {
    ///             let mut ready = Arc::clone(&mutex).lock_owned().await;
    ///             while !*ready {
    ///                 ready = condvar.wait_owned(ready).await;
    ///             }
    ///         });
    ///     });
    ///     *mutex.blocking_lock() = true;
    ///     condvar.notify_one();
    /// });
    /// ```
    #[cfg(feature = "alloc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_owned<T: ?Sized, P: Policy>(&self, guard: OwnedMutexGuard<T, P>) -> CondvarWaitOwned<'_, T, P> {
        let mutex = Arc::clone(OwnedMutexGuard::mutex(&guard));
        CondvarWaitOwned::new(self, mutex.lock_owned(), guard)
    }

    /// Wakes the first that waits. Does nothing if nobody does.
    pub fn notify_one(&self) {
        // Who must be notified has joined before it unlocked the mutex (C3), so this look cannot miss it.
        if self.queue.peek() & HAS_WAITERS != 0 {
            self.queue.leave(0);
        }
    }

    /// Wakes all that wait.
    pub fn notify_all(&self) {
        if self.queue.peek() & HAS_WAITERS != 0 {
            self.queue.change(|word| word & !BROADCASTS | word.wrapping_add(BROADCAST) & BROADCASTS);
        }
    }
}

/// Blocking forms. Not to be called by a task that others on its thread wait for: while the thread is blocked none of them is
/// polled.
#[cfg(any(feature = "std", loom))]
impl Condvar {
    /// Unlocks the mutex, blocks the thread until it is notified, and locks the mutex again. In the same queue as tasks.
    #[doc(alias = "wait_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait<'m, T: ?Sized, P: Policy>(&self, guard: MutexGuard<'m, T, P>) -> MutexGuard<'m, T, P> {
        let mutex = MutexGuard::mutex(&guard);
        self.block(guard);
        mutex.blocking_lock()
    }

    /// As [`blocking_wait`](Self::blocking_wait), for a mutex in an `Arc`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::{Condvar, Mutex};
    ///
    /// let (mutex, condvar) = (Arc::new(Mutex::new(false)), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     let mut guard = Arc::clone(&mutex).blocking_lock_owned();
    ///     scope.spawn(|| {
    ///         *mutex.blocking_lock() = true;
    ///         condvar.notify_one();
    ///     });
    ///     while !*guard {
    ///         guard = condvar.blocking_wait_owned(guard);
    ///     }
    /// });
    /// ```
    #[cfg(feature = "alloc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_owned<T: ?Sized, P: Policy>(&self, guard: OwnedMutexGuard<T, P>) -> OwnedMutexGuard<T, P> {
        let mutex = Arc::clone(OwnedMutexGuard::mutex(&guard));
        self.block(guard);
        mutex.blocking_lock_owned()
    }

    /// Joins the queue, drops the guard, and blocks the thread until it is notified.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block<G>(&self, guard: G) {
        let waiter = core::pin::pin!(Waiter::new(0));
        self.queue.watch().waits(&waiter, None, Site::caller(), Stake::NOTHING);
        self.queue.block_with(&waiter, None, arrive, || drop(guard));
        self.queue.watch().served(&waiter);
    }

    /// Blocks the thread as long as `condition` holds.
    ///
    /// ```
    /// use sync_primitives::{Condvar, Mutex};
    ///
    /// let (queue, changed) = (Mutex::new(Vec::new()), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     let taker = scope.spawn(|| changed.blocking_wait_while(queue.blocking_lock(), |queue| queue.is_empty()).pop());
    ///     queue.blocking_lock().push(7);
    ///     changed.notify_one();
    ///     assert_eq!(taker.join().unwrap(), Some(7));
    /// });
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_while<'m, T: ?Sized, P: Policy, F>(
        &self,
        mut guard: MutexGuard<'m, T, P>,
        mut condition: F,
    ) -> MutexGuard<'m, T, P>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut guard) {
            guard = self.blocking_wait(guard);
        }
        guard
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
