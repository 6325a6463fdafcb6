//! [`Event`]: the rule of signals, and of those that were signalled and have not looked, over the wait queue.
//!
//! Source: the eventcounts of Reed and Kanodia (1979), with the names of `event-listener`. Differs from the latter in that who listens is a
//! node in its future, or in a box where one wants to move it, and that a notification that finds nobody is one compare-exchange.
//!
//! Layout, on 64 bits (on 32 bits the numbers have 14 and 15 bits):
//!
//! ```text
//! word:  | signals: 30 | signalled: 31 | CLOSED | HAS_WAITERS | - |
//! ```
//!
//! Invariants, beside I1..I5 of `wait`
//! - E1: there are signals only while the list is locked, after those for whom they were have given up, or while `signalled` is full; who comes to an empty queue
//!   finds none.
//! - E2: `signalled` is the number of those that were let in by a signal and were neither polled nor dropped since. `notify` counts them,
//!   `notify_additional` does not.
//! - E3: every notification changes the word or writes it anew where nobody listens, and else takes the list or leaves it to its holder, so
//!   who joins the queue after one sees what was done before it. So nobody is lost who listens before it looks at its condition.
//!
//! Linearization points: listening, the queue's joining; notifying, its change of the word.
//!
//! Progress: waiting is blocking, by its nature; notifying never waits. Reclamation: that of the queue.
//!
//! Checked by `tests/loom_events.rs` (a condition that comes true, tasks and threads, one that gives up, `notify` and `notify_additional`)
//! and by `tests/it/event.rs`.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};

use pin_project_lite::pin_project;

use crate::Fifo;
#[cfg(feature = "alloc")]
use crate::futures::{Ticket, Wait as _};
#[cfg(any(feature = "std", loom))]
use crate::primitive::thread;
use crate::primitive::{const_fn, seeded};
#[cfg(any(feature = "std", loom))]
use crate::wait::park_while_queued;
use crate::wait::{Entry, HAS_WAITERS, Rule, SHIFT, State, Verdict, WaitQueue, Waiter, Wake};
use crate::watched::{Kind, Site, Stake, Watch as _, diagnosed, named};

/// One that was signalled.
const SIGNALLED: usize = 1 << SHIFT;
const HALF: u32 = SHIFT + (usize::BITS - SHIFT).div_ceil(2);
/// One signal.
const SIGNAL: usize = 1 << HALF;
/// The most that can be signalled and not have looked.
const MOST_SIGNALLED: usize = SIGNAL / SIGNALLED - 1;
/// The most signals at a time.
const MOST: usize = usize::MAX / SIGNAL;

fn signals(word: usize) -> usize {
    word / SIGNAL
}

fn signalled(word: usize) -> usize {
    (word % SIGNAL) / SIGNALLED
}

/// The word with as many signals.
fn with_signals(word: usize, signals: usize) -> usize {
    word % SIGNAL + signals.min(MOST) * SIGNAL
}

/// A signal lets one in.
struct Signals;

impl Rule for Signals {
    type Policy = Fifo;

    #[inline]
    fn admit(word: usize, _need: u32) -> Verdict {
        // Where as many were signalled as can be counted, the next is once one of them has looked.
        if word >= SIGNAL && signalled(word) < MOST_SIGNALLED {
            Verdict::Enter(word - SIGNAL + SIGNALLED)
        } else {
            Verdict::Stay
        }
    }

    /// One that was signalled has looked.
    #[inline]
    fn leave(word: usize, _need: u32) -> usize {
        word - SIGNALLED
    }
}

/// Whoever comes waits; signals that are left over are not for the first of a new queue (E1).
fn arrive(word: usize) -> Entry {
    Entry::Join { word: if word & HAS_WAITERS == 0 { with_signals(word, 0) } else { word }, need: 0 }
}

/// Tells tasks and threads that something has happened that they look at themselves: the part of waiting that a lock-free structure lacks.
///
/// Who waits listens first, looks at its condition then, and waits if it must:
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use sync_primitives::Event;
///
/// static READY: AtomicBool = AtomicBool::new(false);
/// static CHANGED: Event = Event::new();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         READY.store(true, Ordering::Relaxed);
///         CHANGED.notify(1);
///     });
///     pollster::block_on(async {
///         loop {
///             let listener = CHANGED.listen(); // from here on a notification is not missed
///             if READY.load(Ordering::Relaxed) {
///                 break;
///             }
///             listener.await;
///         }
///     });
/// });
/// ```
///
/// [`wait_until`](Self::wait_until) and [`blocking_wait_until`](Self::blocking_wait_until) are that loop. Unlike
/// [`Notify`](crate::Notify), it keeps no token: what is told while nobody listens is told to nobody.
///
/// - Fairness: first in, first out.
/// - Cost: one compare-exchange to notify while nobody listens. Who listens is a node of 40 bytes: in its future, on its thread's stack, or
///   in a box (of [`listen`](Self::listen) alone).
/// - Size: 16 bytes.
/// - Progress: notifying never waits for another thread.
/// - Cancellation: one that is dropped leaves the queue; if it had been notified and was not polled since, the next is.
/// - Memory: what was done before notifying is seen by who is notified, and by who listens after that.
pub struct Event {
    queue: WaitQueue<Signals>,
}

impl Event {
    const_fn! {
        /// An event to which nobody listens.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new() -> Self {
            Self { queue: WaitQueue::of(Kind::Event, 0) }
        }
    }

    named! { queue, r#"static CHANGED: sync_primitives::Event = sync_primitives::Event::new().named("changed");"# }

    diagnosed! {
        /// What is known of it: counts, times, and who waits.
        queue
    }

    /// Listens from now on: every notification counts, whether this is polled or not.
    ///
    /// Allocates its node of the queue, so that it may be moved; [`listener`](Self::listener) and the forms that wait for a condition do not.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let event = sync_primitives::Event::new();
    /// let listener = event.listen();
    /// event.notify(1);
    /// listener.await;
    /// # });
    /// ```
    #[cfg(feature = "alloc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn listen(&self) -> EventListener<'_> {
        self.listener().ticket()
    }

    /// A listener that listens from when it is pinned and polled, or [`enable`](Listener::enable)d; allocates nothing.
    ///
    /// ```
    /// # use std::pin::pin;
    /// # pollster::block_on(async {
    /// let event = sync_primitives::Event::new();
    /// let mut listener = pin!(event.listener());
    /// listener.as_mut().enable();
    /// event.notify(1);
    /// listener.await;
    /// # });
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn listener(&self) -> Listener<'_> {
        Listener { event: self, waiter: Waiter::new(0), done: false, site: Site::caller() }
    }

    /// Makes sure that `n` of those that listen are notified: as many more as there are too few that were notified and have not looked since.
    /// `usize::MAX` is all, up to 2^30 - 1 of them (on machines of 32 bits 2^14 - 1).
    ///
    /// ```
    /// let event = sync_primitives::Event::new();
    /// let (mut first, mut second) = (event.listen(), event.listen());
    /// event.notify(1);
    /// event.notify(1); // one is notified already
    /// assert!(first.is_ready() && !second.is_ready());
    /// event.notify(usize::MAX);
    /// assert!(second.is_ready());
    /// ```
    pub fn notify(&self, n: usize) {
        self.signal(|word| n.saturating_sub(signalled(word)).max(signals(word)));
    }

    /// Notifies `n` more of those that listen, however many were notified before.
    ///
    /// ```
    /// let event = sync_primitives::Event::new();
    /// let (mut first, mut second) = (event.listen(), event.listen());
    /// event.notify_additional(1);
    /// event.notify_additional(1);
    /// assert!(first.is_ready() && second.is_ready());
    /// ```
    pub fn notify_additional(&self, n: usize) {
        self.signal(|word| signals(word).saturating_add(n));
    }

    /// Signals if anybody listens; if not, writes the word as it is (E3). `wanted` says of a word how many signals there should be.
    fn signal(&self, wanted: impl Fn(usize) -> usize) {
        if seeded!(E3) && self.queue.peek() & HAS_WAITERS == 0 {
            return;
        }
        self.queue.change(|word| if word & HAS_WAITERS == 0 { word } else { with_signals(word, wanted(word)) });
    }

    /// Waits until `condition` is true, which is looked at at once, and again after each notification. Allocates nothing.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use sync_primitives::Event;
    ///
    /// let (count, event) = (AtomicU32::new(0), Event::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         for _ in 0..3 {
    ///             count.fetch_add(1, Ordering::Relaxed);
    ///             event.notify(usize::MAX);
    ///         }
    ///     });
    ///     pollster::block_on(event.wait_until(|| count.load(Ordering::Relaxed) == 3));
    /// });
    /// ```
    pub async fn wait_until(&self, mut condition: impl FnMut() -> bool) {
        while !condition() {
            let mut listener = core::pin::pin!(self.listener());
            listener.as_mut().enable();
            if condition() {
                return;
            }
            listener.await;
        }
    }

    /// Blocks the thread until `condition` is true, which is looked at at once, and again after each notification. In the same queue as tasks.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use sync_primitives::Event;
    ///
    /// static READY: AtomicBool = AtomicBool::new(false);
    /// static CHANGED: Event = Event::new();
    ///
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         READY.store(true, Ordering::Relaxed);
    ///         CHANGED.notify(1);
    ///     });
    ///     CHANGED.blocking_wait_until(|| READY.load(Ordering::Relaxed));
    /// });
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_until(&self, condition: impl FnMut() -> bool) {
        self.block(condition, None);
    }

    /// As [`blocking_wait_until`](Self::blocking_wait_until), but no longer than `timeout`; whether the condition is true.
    ///
    /// ```
    /// let event = sync_primitives::Event::new();
    /// assert!(!event.blocking_wait_until_for(|| false, std::time::Duration::ZERO));
    /// ```
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_until_for(&self, condition: impl FnMut() -> bool, timeout: core::time::Duration) -> bool {
        self.block(condition, crate::wait::deadline_after(timeout))
    }

    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block(&self, mut condition: impl FnMut() -> bool, deadline: Option<crate::wait::Deadline>) -> bool {
        loop {
            if condition() {
                return true;
            }
            let waiter = core::pin::pin!(Waiter::new(0));
            // However this is left, also by a panic of the condition, the waiter is out of the queue.
            let listening = Listening(self, &waiter);
            self.queue.watch().waits(&waiter, None, Site::caller(), Stake::NOTHING);
            // SAFETY: the waiter is on this stack frame, and `listening` takes it out.
            let state = unsafe { self.queue.join(&waiter, || Wake::Thread(thread::current()), arrive) };
            if condition() {
                return true;
            }
            if park_while_queued(&waiter, state, deadline) == State::Queued {
                drop(listening);
                return condition();
            }
            core::mem::forget(listening);
            self.queue.watch().served(&waiter);
            self.queue.leave(0);
        }
    }

    /// One that listens does so no more; if it had been notified, the next is.
    fn leave(&self, waiter: &Waiter) {
        self.queue.watch().gave_up(waiter);
        // SAFETY: the waiter joined this queue, or is idle.
        if unsafe { self.queue.cancel(waiter, |word| word) } == State::Entered {
            self.queue.change(|word| {
                let word = word - SIGNALLED;
                if word & HAS_WAITERS == 0 { word } else { with_signals(word, signals(word).saturating_add(1)) }
            });
        }
    }
}

/// A thread listens; dropped, it does so no more.
#[cfg(any(feature = "std", loom))]
struct Listening<'a>(&'a Event, &'a Waiter);

#[cfg(any(feature = "std", loom))]
impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("signalled", &signalled(self.queue.peek())).finish_non_exhaustive()
    }
}

/// Listens to an [`Event`], and may be moved; made by [`Event::listen`].
#[cfg(feature = "alloc")]
pub type EventListener<'a> = Ticket<Listener<'a>>;

pin_project! {
    /// Listens to an [`Event`]; made by [`Event::listener`].
    ///
    /// It joins the queue when it is first polled, or by [`enable`](Self::enable). Dropped, it leaves the queue; if it had been notified and
    /// was not polled since, the next is.
    #[must_use = "futures do nothing unless polled"]
    pub struct Listener<'a> {
        event: &'a Event,
        #[pin]
        waiter: Waiter,
        done: bool,
        site: Site,
    }

    impl PinnedDrop for Listener<'_> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !*this.done {
                this.event.leave(&this.waiter);
            }
        }
    }
}

impl Listener<'_> {
    /// Listens from now on, without waiting to be polled; whether it is notified already, by which it is done.
    ///
    /// ```
    /// # use std::pin::pin;
    /// let event = sync_primitives::Event::new();
    /// let mut listener = pin!(event.listener());
    /// assert!(!listener.as_mut().enable());
    /// event.notify(1);
    /// pollster::block_on(listener);
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        // One that waits already keeps its waker.
        self.waiter.state() != State::Queued && self.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}

impl Future for Listener<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if *this.done {
            return Poll::Ready(());
        }
        let waiter: &Waiter = &this.waiter;
        let queue = &this.event.queue;
        if waiter.state() == State::Idle {
            let wake = || Wake::Task(context.waker().clone());
            queue.watch().waits(waiter, Some(context.waker()), *this.site, Stake::NOTHING);
            // SAFETY: the waiter is idle, its future is pinned, and dropping the future cancels.
            if unsafe { queue.join(waiter, wake, arrive) } == State::Queued {
                return Poll::Pending;
            }
        }
        // SAFETY: not idle, so the waiter joined this queue.
        ready!(unsafe { queue.look_again(waiter, context) });
        *this.done = true;
        queue.watch().served(waiter);
        queue.leave(0);
        Poll::Ready(())
    }
}

impl fmt::Debug for Listener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}
