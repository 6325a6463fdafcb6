//! [`Notify`]: the rule of one token and a count of broadcasts over the wait queue.
//!
//! Source: tokio's `Notify`, whose names and meaning it keeps; a token is the "permit" of `park` and `unpark`, a broadcast the
//! generation of an event count. Differs from tokio's in that the count of broadcasts is what lets waiters go, so that
//! `notify_waiters` needs no second list.
//!
//! Layout: the number of broadcasts, the bit `TOKEN`, and the bits of the queue (see the `wait` module).
//!
//! Invariants, beside I1..I5 of `wait`
//! - N1: `TOKEN` is set only while nobody waits who was not there at the last broadcast, or while the list is locked.
//! - N2: a waiter needs the number of broadcasts at its creation; it goes as soon as there are more.
//!
//! Linearization points: notifying, the queue's change of the word; taking the token, its W3 or W17.
//!
//! Progress, reclamation: those of the queue. `notify_one` and `notify_waiters` never wait; `notify_last` waits for the list lock.
//!
//! Checked by `tests/loom_events.rs` (notified before, while and after waiting, cancelled after it was notified, one, last and
//! all), and by `tests/it/cancellation.rs`.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::Fifo;
use crate::primitive::const_fn;
#[cfg(feature = "alloc")]
use crate::primitive::os::Arc;
use crate::wait::{Handle, Place, Rule, SHIFT, State, Verdict, WaitQueue};
use crate::watched::{Kind, diagnosed, named};

/// Somebody was notified who was not there yet.
const TOKEN: usize = 1 << SHIFT;
/// One broadcast.
const BROADCAST: usize = 1 << (SHIFT + 1);

/// The number of broadcasts, up to 2^32 of them; a waiter does not live through as many.
fn broadcasts(word: usize) -> u32 {
    (word / BROADCAST) as u32
}

/// A token lets one in, a broadcast lets all go.
pub(crate) struct Tokens;

impl Rule for Tokens {
    type Policy = Fifo;

    #[inline]
    fn admit(word: usize, need: u32) -> Verdict {
        if broadcasts(word) != need {
            Verdict::Leave
        } else if word & TOKEN != 0 {
            Verdict::Enter(word & !TOKEN)
        } else {
            Verdict::Stay
        }
    }

    #[inline]
    fn leave(word: usize, _need: u32) -> usize {
        word | TOKEN
    }
}

/// Tells one task or thread, or all of them, that something has happened, without a value.
///
/// [`notify_one`](Self::notify_one) wakes the first that waits; if nobody does, the next that waits goes on at once (one, however
/// often that was called). [`notify_waiters`](Self::notify_waiters) wakes all whose [`notified`](Self::notified) was *called*
/// before, polled or not, and leaves nothing behind.
///
/// - Fairness: first in, first out; `notify_last` wakes the one that came last.
/// - Cost: one compare-exchange to notify while nobody waits. A waiter is a node of 40 bytes in its future or on its thread's
///   stack; nothing is allocated.
/// - Size: 16 bytes.
/// - Progress: `notify_one` and `notify_waiters` never wait.
/// - Cancellation: a dropped [`Notified`](crate::futures::Notified) leaves the queue; if it had been notified by `notify_one` or
///   `notify_last`, the next is.
/// - Memory: what was done before notifying is seen by who is notified.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use sync_primitives::Notify;
///
/// static READY: AtomicBool = AtomicBool::new(false);
/// static CHANGED: Notify = Notify::new();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         READY.store(true, Ordering::Relaxed);
///         CHANGED.notify_one();
///     });
///     pollster::block_on(CHANGED.notified());
///     assert!(READY.load(Ordering::Relaxed));
/// });
/// ```
pub struct Notify {
    queue: WaitQueue<Tokens>,
}

impl Notify {
    const_fn! {
        /// A `Notify` without a token.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new() -> Self {
            Self { queue: WaitQueue::of(Kind::Notify, 0) }
        }
    }

    const_fn! {
        /// The same as [`new`](Self::new), which is `const` too; for code written for tokio.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn const_new() -> Self {
            Self::new()
        }
    }

    named! { queue, r#"static CHANGED: sync_primitives::Notify = sync_primitives::Notify::new().named("changed");"# }

    diagnosed! {
        /// What is known of it: counts, times, and who waits.
        queue
    }

    /// Waits to be notified. A broadcast counts from this call on, a token when the future is polled.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let notify = sync_primitives::Notify::new();
    /// let notified = notify.notified();
    /// notify.notify_waiters();
    /// notified.await; // though it was not polled before
    /// # });
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn notified(&self) -> Notified<'_> {
        Notified { place: Place::new(self, broadcasts(self.queue.peek())) }
    }

    /// Wakes the first that waits, or leaves a token for the next that will.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let notify = sync_primitives::Notify::new();
    /// notify.notify_one();
    /// notify.notified().await;
    /// # });
    /// ```
    pub fn notify_one(&self) {
        self.queue.change(|word| word | TOKEN);
    }

    /// Wakes the last that waits, or leaves a token for the next that will.
    pub fn notify_last(&self) {
        self.queue.release_last(|word| word | TOKEN);
    }

    /// Wakes all that wait, and lets go all whose `notified` was called before; leaves no token.
    pub fn notify_waiters(&self) {
        self.queue.change(|word| word.wrapping_add(BROADCAST));
    }

    /// Blocks the thread until it is notified. In the same queue as tasks.
    ///
    /// ```
    /// let notify = sync_primitives::Notify::new();
    /// notify.notify_one();
    /// notify.blocking_notified();
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_notified(&self) {
        // Let in by a token, or let go by a broadcast: both are it.
        self.queue.block(broadcasts(self.queue.peek()), None).unwrap_or(());
    }

    /// Blocks the thread until it is notified, but no longer than `timeout`; whether it was.
    ///
    /// ```
    /// let notify = sync_primitives::Notify::new();
    /// assert!(!notify.blocking_notified_for(std::time::Duration::ZERO));
    /// ```
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_notified_for(&self, timeout: core::time::Duration) -> bool {
        self.block_until(crate::wait::deadline_after(timeout))
    }

    /// Blocks the thread until it is notified, but not past `deadline`; whether it was.
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_notified_until(&self, deadline: std::time::Instant) -> bool {
        self.block_until(Some(deadline))
    }

    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block_until(&self, deadline: Option<crate::wait::Deadline>) -> bool {
        self.queue.block(broadcasts(self.queue.peek()), deadline) != Err(crate::wait::Blocked::TimedOut)
    }
}

#[cfg(feature = "alloc")]
impl Notify {
    /// Waits to be notified, as [`notified`](Self::notified), and keeps the `Notify` alive.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::Notify;
    ///
    /// # pollster::block_on(async {
    /// let notify = Arc::new(Notify::new());
    /// let notified = Arc::clone(&notify).notified_owned();
    /// notify.notify_waiters();
    /// notified.await;
    /// # });
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        let now = broadcasts(self.queue.peek());
        OwnedNotified { place: Place::new(self, now) }
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").field("token", &(self.queue.peek() & TOKEN != 0)).finish_non_exhaustive()
    }
}

macro_rules! handle {
    ($handle:ty) => {
        impl Handle for $handle {
            type Rule = Tokens;

            #[inline]
            fn queue(&self) -> &WaitQueue<Tokens> {
                &self.queue
            }

            /// The notification goes to another.
            fn give_back(&self, _need: u32, entered: State) {
                if entered == State::EnteredLast { self.notify_last() } else { self.notify_one() }
            }
        }
    };
}

handle!(&Notify);
#[cfg(feature = "alloc")]
handle!(Arc<Notify>);

/// What both futures do.
macro_rules! notified {
    ($name:ty) => {
        impl $name {
            /// Joins the queue without waiting to be polled, so that from now on this may be woken; whether it is notified
            /// already, by which it is done.
            ///
            /// ```
            /// # use std::pin::pin;
            /// # use sync_primitives::Notify;
            /// let notify = Notify::new();
            /// let mut notified = pin!(notify.notified());
            /// assert!(!notified.as_mut().enable());
            /// notify.notify_one();
            /// pollster::block_on(notified);
            /// ```
            pub fn enable(self: Pin<&mut Self>) -> bool {
                // One that waits already keeps its waker.
                !self.place.is_queued() && self.poll(&mut Context::from_waker(Waker::noop())).is_ready()
            }
        }

        impl Future for $name {
            type Output = ();

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
                let this = self.project();
                if this.place.is_done() {
                    return Poll::Ready(());
                }
                let need = this.place.need();
                this.place.poll_enter(need, context).map(|_| ())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

pin_project! {
    /// Waits to be notified; made by [`Notify::notified`].
    ///
    /// It joins the queue when it is first polled, or by [`enable`](Self::enable). Dropped, it leaves the queue; a token that it
    /// had been given goes to the next.
    #[must_use = "futures do nothing unless polled"]
    pub struct Notified<'a> {
        #[pin]
        place: Place<&'a Notify>,
    }
}

notified!(Notified<'_>);

#[cfg(feature = "alloc")]
pin_project! {
    /// Waits to be notified, and keeps the [`Notify`] alive; made by [`Notify::notified_owned`].
    ///
    /// It joins the queue when it is first polled, or by [`enable`](Self::enable). Dropped, it leaves the queue; a token that it
    /// had been given goes to the next.
    #[must_use = "futures do nothing unless polled"]
    pub struct OwnedNotified {
        #[pin]
        place: Place<Arc<Notify>>,
    }
}

#[cfg(feature = "alloc")]
notified!(OwnedNotified);
