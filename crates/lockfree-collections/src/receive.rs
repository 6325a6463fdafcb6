//! Waiting for the values of a queue, by tasks and by threads.
//!
//! **Source.** The event count of Vyukov (1024cores.net, 2008): who waits announces that first, looks once more, and sleeps then; who has pushed looks
//! whether somebody has announced it. The sleepers stand in the queue of `sync-primitives`' `Notify`, first in, first out.
//!
//! ```text
//! receiver: asleep += 1; join the sleepers; heavy fence; closed? pop; sleep      (W3, W4)
//! sender:   push; light fence; if asleep > 0, wake one sleeper for each value    (W1, W2)
//! ```
//!
//! **Invariants.**
//! - W-1: a receiver that sleeps has joined the sleepers before it looked for the last time and found nothing.
//! - W-2: of a push and a last look one is seen by the other: of the two fences one comes first, and what stands before that is seen behind
//!   the other. So a value that the last look has missed wakes a sleeper, and since each value wakes one, and a sleeper that leaves with
//!   what it was woken for unused wakes the next, no value lies there while all sleep.
//!
//! **Progress.** Pushing stays lock-free as far as `Notify` is, which is not asked while nobody sleeps.
//!
//! **Cost.** A push pays for receivers that may come by a look at one word. The fence before that is none where the system has
//! `membarrier`, which the receivers then call before they sleep; elsewhere a push passes a sequentially consistent one.
//!
//! **What is checked.** `tests/loom_recv.rs`: receivers that come before, while and after a value is pushed or the queue closed, and that give up; on
//! both checkers, with fences on both sides, for each kind of queue. A weakened W1 is refuted; W4 is implied there by a fence of
//! the list of sleepers.

use core::fmt;
use core::future::Future;
use core::pin::pin;

use sync_primitives::Notify;

use crate::primitive::{AtomicUsize, CachePadded, barrier, fence, ord, waits};

/// Who waits for the values of a queue.
pub(crate) struct Receivers {
    asleep: CachePadded<AtomicUsize>,
    notify: Notify,
}

impl Receivers {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { asleep: CachePadded::new(AtomicUsize::new(0)), notify: Notify::new() }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { asleep: CachePadded::new(AtomicUsize::new(0)), notify: Notify::new() }
    }

    /// How many may be asleep, after something has changed that they wait for.
    #[inline]
    fn asleep(&self) -> usize {
        if !waits() {
            return 0;
        }
        if barrier::register() {
            barrier::light();
        } else {
            // ord[W1] SeqCst: the change is seen by who goes to sleep, or that one is seen below; pairs with W4.
            fence(ord!(W1, SeqCst));
        }
        // ord[W2] Relaxed: after W1, nothing is read through it; pairs with none.
        self.asleep.load(ord!(W2, Relaxed))
    }

    /// Wakes receivers of as many values as were pushed.
    #[inline]
    pub(crate) fn wake(&self, values: usize) {
        let asleep = self.asleep();
        if asleep > 0 {
            self.wake_some(asleep.min(values));
        }
    }

    #[cold]
    fn wake_some(&self, receivers: usize) {
        (0..receivers).for_each(|_| self.notify.notify_one());
    }

    /// Wakes all: nothing more will come.
    pub(crate) fn wake_all(&self) {
        if self.asleep() > 0 {
            self.notify.notify_waiters();
        }
    }

    /// Waits until `pop` finds a value, or `is_closed` says that there will be none.
    pub(crate) async fn receive<T>(&self, pop: impl Fn() -> Option<T>, is_closed: impl Fn() -> bool) -> Option<T> {
        if let Some(value) = pop() {
            return Some(value);
        }
        let _asleep = Asleep::new(self);
        loop {
            let mut notified = pin!(self.notify.notified());
            let woken = notified.as_mut().enable();
            let settled = Self::settle();
            // In this order: what was pushed before the end is not missed.
            let closed = is_closed();
            if let Some(value) = pop() {
                return Some(value);
            }
            if closed {
                return None;
            }
            if !settled {
                again().await;
            } else if !woken {
                notified.await;
            }
        }
    }

    /// Orders the last look behind the announcement of sleep; false if the system has refused, and nobody may sleep.
    fn settle() -> bool {
        if barrier::register() {
            return barrier::heavy();
        }
        // ord[W4] SeqCst: the announcement is seen by who pushes, or the value is seen behind this; pairs with W1.
        fence(ord!(W4, SeqCst));
        true
    }
}

/// Announces sleep as long as it lives.
struct Asleep<'a>(&'a AtomicUsize);

impl<'a> Asleep<'a> {
    fn new(receivers: &'a Receivers) -> Self {
        // ord[W3] Relaxed: W4 follows; pairs with none.
        receivers.asleep.fetch_add(1, ord!(W3, Relaxed));
        Self(&receivers.asleep)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        // ord[W5] Relaxed: a sender that does not see it wakes in vain; pairs with none.
        self.0.fetch_sub(1, ord!(W5, Relaxed));
    }
}

/// The operations of a queue that wait, which has `pop`, `is_closed` and `receivers`; with what its examples say: how one is made, and
/// what follows a push.
macro_rules! receives {
    ($queue:ident, $module:literal, $new:literal, $pushed:literal) => {
        impl<T> $queue<T> {
            /// Removes the value that was pushed first, and waits for one if there is none; none if the queue is closed and empty.
            ///
            /// Tasks and threads that wait are woken in the order in which they came, one for each value; a [`pop`](Self::pop), or a
            /// receiver that has not slept, may be faster than one that is woken, which then waits again. Nothing is allocated. A push does
            /// not wait for room, where there is a bound, and a pop wakes nobody who would: that is what the channels of
            /// `sync-primitives` are for.
            ///
            /// *Cancellation*: the future may be dropped at any time. No value is lost, and if it had been woken for one, the next is.
            ///
            /// ```
            #[doc = concat!("let queue = lockfree_collections::", stringify!($queue), "::", $new, ";")]
            /// std::thread::scope(|scope| {
            ///     scope.spawn(|| {
            #[doc = concat!("        queue.push(1)", $pushed, ";")]
            ///         queue.close();
            ///     });
            ///     pollster::block_on(async {
            ///         assert_eq!(queue.recv().await, Some(1));
            ///         assert_eq!(queue.recv().await, None);
            ///     });
            /// });
            /// ```
            pub async fn recv(&self) -> Option<T> {
                self.receivers.receive(|| self.pop(), || self.is_closed()).await
            }

            /// As [`recv`](Self::recv); blocks the thread.
            ///
            /// ```
            #[doc = concat!("let queue = lockfree_collections::", stringify!($queue), "::", $new, ";")]
            /// std::thread::scope(|scope| {
            #[doc = concat!("    scope.spawn(|| queue.push(\"value\")", $pushed, ");")]
            ///     assert_eq!(queue.recv_blocking(), Some("value"));
            /// });
            /// queue.close();
            /// assert_eq!(queue.recv_blocking(), None);
            /// ```
            #[doc(alias = "blocking_recv")]
            pub fn recv_blocking(&self) -> Option<T> {
                $crate::primitive::block_on(self.recv())
            }

            /// As [`recv_blocking`](Self::recv_blocking), for no longer than `timeout`.
            ///
            /// # Errors
            ///
            /// If no value came in time, or none will come.
            ///
            /// ```
            /// use std::time::Duration;
            #[doc = concat!("use lockfree_collections::", $module, "::RecvTimeoutError;")]
            ///
            #[doc = concat!("let queue = lockfree_collections::", stringify!($queue), "::", $new, ";")]
            #[doc = concat!("queue.push(1)", $pushed, ";")]
            /// assert_eq!(queue.recv_timeout(Duration::ZERO), Ok(1));
            /// assert_eq!(queue.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
            /// queue.close();
            /// assert_eq!(queue.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Closed));
            /// ```
            #[cfg(not(loom))]
            pub fn recv_timeout(&self, timeout: core::time::Duration) -> Result<T, $crate::receive::RecvTimeoutError> {
                $crate::receive::block_on_for(self.recv(), timeout)
            }
        }
    };
}
pub(crate) use receives;

/// Why `recv_timeout` has no value.
///
/// ```
/// use lockfree_collections::queue::RecvTimeoutError;
///
/// let queue = lockfree_collections::LockFreeQueue::<u8>::new();
/// queue.close();
/// let closed = queue.recv_timeout(std::time::Duration::ZERO);
/// assert_eq!(closed, Err(RecvTimeoutError::Closed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecvTimeoutError {
    /// None came in time.
    Timeout,
    /// The queue is empty and closed: none will come.
    Closed,
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "no value came in time",
            Self::Closed => "the queue is empty and closed",
        })
    }
}

impl core::error::Error for RecvTimeoutError {}

/// Blocks the thread on `recv` for no longer than `timeout`.
#[cfg(not(loom))]
pub(crate) fn block_on_for<T>(
    recv: impl Future<Output = Option<T>>,
    timeout: core::time::Duration,
) -> Result<T, RecvTimeoutError> {
    match crate::primitive::block_on_for(recv, timeout) {
        None => Err(RecvTimeoutError::Timeout),
        Some(None) => Err(RecvTimeoutError::Closed),
        Some(Some(value)) => Ok(value),
    }
}

/// Lets the executor come back at once.
fn again() -> impl Future<Output = ()> {
    let mut done = false;
    core::future::poll_fn(move |context| {
        if core::mem::replace(&mut done, true) {
            return core::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        core::task::Poll::Pending
    })
}
