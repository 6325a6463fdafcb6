//! [`Condvar`]: the rule of signals and broadcasts over the wait queue.
//!
//! Source: the condition variable of Mesa (Lampson and Redell, 1980), with the names of `std`, for tasks and threads. Differs from
//! the usual in that nobody is woken without a notification, and in that a notification given to one who gives up goes to another.
//!
//! Layout, on 64 bits (on 32 bits the numbers have 16 and 13 bits):
//!
//! ```text
//! word:  | signals: 32 | broadcasts: 29 | CLOSED | HAS_WAITERS | LIST_LOCK |
//! ```
//!
//! Invariants, beside I1..I5 of `wait`
//! - C1: there are signals only while the list is locked, or after those for whom they were have given up; who comes to an empty
//!   queue finds none.
//! - C2: a waiter needs the number of broadcasts at which it joined, and goes as soon as there are more.
//! - C3: a waiter joins the queue before it unlocks the mutex. So who changes what the mutex protects, and notifies after that,
//!   finds it there.
//!
//! Linearization points: waiting, the queue's W20; notifying, W8 or W11, or the look at the word if nobody waits.
//!
//! Progress: waiting is blocking, by its nature; notifying never waits. Reclamation: that of the queue.
//!
//! Checked by `tests/loom_events.rs` (one and all, task and thread, one that gives up) and by `tests/it/cancellation.rs`.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::mutex::{Lock, MutexGuard};
use crate::policy::{Fifo, Policy};
use crate::primitive::const_fn;
use crate::wait::{Entry, HAS_WAITERS, Rule, SHIFT, State, Verdict, WaitQueue, Waiter, Wake};
use crate::watched::{Kind, Site, Stake, Watch as _};

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

    const_fn! {
        /// Gives it a name, by which [diagnostics](crate#features) call it. Without that feature it is not kept.
        ///
        /// ```
        /// static CHANGED: sync_primitives::Condvar = sync_primitives::Condvar::new().named("changed");
        /// ```
        #[must_use]
        pub const fn named(mut self, name: &'static str) -> Self {
            self.queue.name(name);
            self
        }
    }

    /// What is known of it: counts, times, who holds it and who waits.
    #[cfg(all(feature = "diagnostics", not(loom)))]
    #[must_use]
    pub fn diagnostics(&self) -> crate::diagnostics::Info {
        self.queue.watch().info()
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
        CondvarWait {
            lock: MutexGuard::mutex(&guard).lock(),
            guard: Some(guard),
            finished: false,
            condvar: self,
            waiter: Waiter::new(0),
            site: Site::caller(),
        }
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

    /// Takes a waiter out of the queue; if it had been notified, another is.
    fn give_up(&self, waiter: &Waiter) {
        self.queue.watch().gave_up(waiter);
        // SAFETY: the waiter joined this queue, or is idle.
        if unsafe { self.queue.cancel(waiter, |word| word) } == State::Entered {
            self.notify_one();
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
        let waiter = core::pin::pin!(Waiter::new(0));
        self.queue.watch().waits(&waiter, None, Site::caller(), Stake::NOTHING);
        self.queue.block_with(&waiter, None, arrive, || drop(guard));
        self.queue.watch().served(&waiter);
        mutex.blocking_lock()
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

#[cfg(all(feature = "std", not(loom)))]
mod timed {
    use core::time::Duration;

    use super::{Condvar, MutexGuard, Policy, State, Waiter, arrive};
    use crate::wait::{Deadline, deadline_after};
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
}
#[cfg(all(feature = "std", not(loom)))]
pub use timed::WaitTimeoutResult;

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

pin_project! {
    /// Waits to be notified and then for the mutex; made by [`Condvar::wait`].
    ///
    /// Dropped, it leaves the queue; if it had been notified and does not have the mutex, the next is notified instead.
    #[must_use = "futures do nothing unless polled"]
    pub struct CondvarWait<'c, 'm, T, P: Policy = Fifo>
    where
        T: ?Sized,
    {
        #[pin]
        lock: Lock<'m, T, P>,
        // Until the first poll.
        guard: Option<MutexGuard<'m, T, P>>,
        // Whether the mutex was given out: until then a signal could be used by another.
        finished: bool,
        condvar: &'c Condvar,
        #[pin]
        waiter: Waiter,
        site: Site,
    }

    impl<T: ?Sized, P: Policy> PinnedDrop for CondvarWait<'_, '_, T, P> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !*this.finished {
                this.condvar.give_up(&this.waiter);
            }
        }
    }
}

impl<'m, T: ?Sized, P: Policy> Future for CondvarWait<'_, 'm, T, P> {
    type Output = MutexGuard<'m, T, P>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let waiter: &Waiter = &this.waiter;
        let queue = &this.condvar.queue;
        if let Some(guard) = this.guard.take() {
            let wake = || Wake::Task(context.waker().clone());
            queue.watch().waits(waiter, Some(context.waker()), *this.site, Stake::NOTHING);
            // SAFETY: the waiter is idle, its future is pinned, and dropping the future cancels.
            unsafe { queue.join(waiter, wake, arrive) };
            drop(guard);
        }
        // SAFETY: there is no guard any more, so the waiter joined this queue.
        ready!(unsafe { queue.look_again(waiter, context) });
        queue.watch().served(waiter);
        let guard = ready!(this.lock.poll(context));
        *this.finished = true;
        Poll::Ready(guard)
    }
}

impl<T: ?Sized, P: Policy> fmt::Debug for CondvarWait<'_, '_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CondvarWait").finish_non_exhaustive()
    }
}
