//! The end that watches the value.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::error::RecvError;
use super::{Ref, Shared};
use crate::channel::changes::{Change, Changes, need};
use crate::channel::gate::Gate;
use crate::channel::seat::Seat;
#[cfg(any(feature = "std", loom))]
use crate::channel::seat::block_in_line;
use crate::primitive::os::Arc;
#[cfg(any(feature = "std", loom))]
use crate::wait::{Blocked, Deadline};

type Borrowed<'a> = &'a Gate<Changes<()>>;

/// Watches the value; made by [`channel`](super::channel) and [`Sender::subscribe`](super::Sender::subscribe). A clone has seen what
/// the original has seen.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The number of changes of the value that was seen last.
    seen: u64,
}

/// Whether there is something unseen, which counts as seen then; `None` if that may still come.
fn take_change(gate: Borrowed<'_>, seen: &mut u64) -> Option<Result<(), RecvError>> {
    gate.with(|state| {
        if state.count != *seen {
            *seen = state.count;
            Some(Ok(()))
        } else if state.is_closed() {
            Some(Err(RecvError(())))
        } else {
            None
        }
    })
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, seen: u64) -> Self {
        Self { shared, seen }
    }

    /// Looks at the value, which does not count as seen; blocks the thread while somebody changes it.
    pub fn borrow(&self) -> Ref<'_, T> {
        Ref::new(&self.shared, |_| self.seen).0
    }

    /// Looks at the value, which counts as seen from now on; blocks the thread while somebody changes it.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::watch::channel(1);
    /// sender.send(2).unwrap();
    /// assert_eq!(*receiver.borrow_and_update(), 2);
    /// assert_eq!(receiver.has_changed(), Ok(false));
    /// ```
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let seen = self.seen;
        let (value, count) = Ref::new(&self.shared, |_| seen);
        self.seen = count;
        value
    }

    /// Whether there is a value that was not seen.
    ///
    /// # Errors
    ///
    /// If all senders are gone, whatever was seen.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        self.shared.gate.with(|state| if state.is_closed() { Err(RecvError(())) } else { Ok(state.count != self.seen) })
    }

    /// Whether all senders are gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.gate.with(|state| state.is_closed())
    }

    /// Makes the value count as not seen.
    ///
    /// ```
    /// let (_sender, mut receiver) = sync_primitives::watch::channel(1);
    /// receiver.mark_changed();
    /// pollster::block_on(receiver.changed()).unwrap();
    /// ```
    pub fn mark_changed(&mut self) {
        self.seen = self.shared.gate.with(|state| state.count).wrapping_sub(1);
    }

    /// Makes the value count as seen.
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.gate.with(|state| state.count);
    }

    /// Waits for a value that was not seen; it counts as seen then. Dropping the future leaves the line, and no change is lost.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let (sender, mut receiver) = sync_primitives::watch::channel(1);
    /// sender.send(2).unwrap();
    /// drop(sender);
    /// assert!(receiver.changed().await.is_ok());
    /// assert!(receiver.changed().await.is_err());
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// If all senders are gone and the last value was seen.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn changed(&mut self) -> Changed<'_> {
        let Self { shared, seen } = self;
        Changed { seat: Seat::new(&shared.gate, need(*seen)), gate: &shared.gate, seen }
    }

    /// Waits for a value of which `condition` is true; the one that is there is tested first, whether it was seen or not. What was
    /// tested counts as seen. Dropping the future leaves the line.
    ///
    /// The condition is called while the value is held, so it should be quick.
    ///
    /// # Errors
    ///
    /// If all senders are gone and the condition is not true of the last value.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_for<F: FnMut(&T) -> bool>(&mut self, condition: F) -> WaitFor<'_, T, F> {
        let Self { shared, seen } = self;
        WaitFor { seat: Seat::new(&shared.gate, need(*seen)), waiting: false, closed: false, shared, seen, condition }
    }

    /// Whether both watch the same value.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

/// Waiting on a blocked thread.
#[cfg(any(feature = "std", loom))]
impl<T> Receiver<T> {
    /// Blocks the thread until there is a value that was not seen, or the deadline comes.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block(&mut self, deadline: Option<Deadline>) -> Result<(), Blocked> {
        let gate = &self.shared.gate;
        loop {
            match take_change(gate, &mut self.seen) {
                Some(outcome) => return outcome.map_err(|_| Blocked::Closed),
                None => match block_in_line::<_, Change>(gate, need(self.seen), deadline) {
                    Err(Blocked::TimedOut) => return Err(Blocked::TimedOut),
                    // Whether there was a change before the end is looked at again.
                    Ok(()) | Err(Blocked::Closed) => {}
                },
            }
        }
    }

    /// Blocks the thread until there is a value that was not seen; it counts as seen then.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::watch::channel(1);
    /// std::thread::spawn(move || sender.send(2));
    /// receiver.blocking_changed().unwrap();
    /// assert_eq!(*receiver.borrow(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// If all senders are gone and the last value was seen.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_changed(&mut self) -> Result<(), RecvError> {
        self.block(None).map_err(|_| RecvError(()))
    }

    /// Blocks the thread until there is a value of which `condition` is true, and does as [`wait_for`](Self::wait_for).
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::watch::channel(1);
    /// std::thread::spawn(move || (2..=5).for_each(|n| sender.send(n).unwrap_or(())));
    /// assert!(*receiver.blocking_wait_for(|n| *n > 3).unwrap() > 3);
    /// drop(receiver.blocking_wait_for(|n| *n == 5));
    /// assert!(receiver.blocking_wait_for(|n| *n == 6).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If all senders are gone and the condition is not true of the last value.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_for(&mut self, mut condition: impl FnMut(&T) -> bool) -> Result<Ref<'_, T>, RecvError> {
        let Self { shared, seen } = self;
        let shared: &Shared<T> = shared;
        let mut closed = false;
        loop {
            let before = *seen;
            let (value, count) = Ref::new(shared, |_| before);
            *seen = count;
            if (!closed || value.has_changed()) && condition(&value) {
                return Ok(value);
            }
            drop(value);
            if closed {
                return Err(RecvError(()));
            }
            closed = block_in_line::<_, Change>(&shared.gate, need(count), None).is_err();
        }
    }

    /// Blocks the thread until there is a value that was not seen, but no longer than `timeout`; whether there is one, which counts
    /// as seen then.
    ///
    /// ```
    /// let (_sender, mut receiver) = sync_primitives::watch::channel(1);
    /// assert_eq!(receiver.changed_timeout(std::time::Duration::ZERO), Ok(false));
    /// ```
    ///
    /// # Errors
    ///
    /// If all senders are gone and the last value was seen.
    #[cfg(not(loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn changed_timeout(&mut self, timeout: core::time::Duration) -> Result<bool, RecvError> {
        match self.block(crate::wait::deadline_after(timeout)) {
            Ok(()) => Ok(true),
            Err(Blocked::TimedOut) => Ok(false),
            Err(Blocked::Closed) => Err(RecvError(())),
        }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.shared.gate.with(|state| state.receivers += 1);
        Self { shared: Arc::clone(&self.shared), seen: self.seen }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.gate.change(|state| state.receivers -= 1);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("changed", &self.has_changed()).finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits for a value that was not seen; made by [`Receiver::changed`].
    ///
    /// It joins the line of those who wait for that when it is first polled, if it has to. Dropped, it leaves the line, and no
    /// change is lost.
    #[must_use = "futures do nothing unless polled"]
    pub struct Changed<'a> {
        #[pin]
        seat: Seat<Borrowed<'a>, Change>,
        gate: Borrowed<'a>,
        seen: &'a mut u64,
    }
}

impl Future for Changed<'_> {
    type Output = Result<(), RecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            if this.seat.is_idle() {
                if let Some(outcome) = take_change(this.gate, this.seen) {
                    return Poll::Ready(outcome);
                }
            }
            // Let go on by a change or by the end: then that is looked for again.
            let _ = ready!(this.seat.as_mut().poll(context));
            let site = this.seat.site();
            this.seat.set(Seat::at(site, *this.gate, need(**this.seen)));
        }
    }
}

impl fmt::Debug for Changed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changed").finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits for a value of which a condition is true; made by [`Receiver::wait_for`].
    ///
    /// It joins the line of those who wait for a change when it is polled, if it has to. Dropped, it leaves the line.
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitFor<'a, T, F> {
        #[pin]
        seat: Seat<Borrowed<'a>, Change>,
        waiting: bool,
        closed: bool,
        shared: &'a Shared<T>,
        seen: &'a mut u64,
        condition: F,
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Future for WaitFor<'a, T, F> {
    type Output = Result<Ref<'a, T>, RecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let shared: &'a Shared<T> = this.shared;
        loop {
            if *this.waiting {
                *this.closed = ready!(this.seat.as_mut().poll(context)).is_err();
                *this.waiting = false;
            }
            let before = **this.seen;
            let (value, count) = Ref::new(shared, |_| before);
            **this.seen = count;
            if (!*this.closed || value.has_changed()) && (this.condition)(&value) {
                return Poll::Ready(Ok(value));
            }
            drop(value);
            if *this.closed {
                return Poll::Ready(Err(RecvError(())));
            }
            let site = this.seat.site();
            this.seat.set(Seat::at(site, &shared.gate, need(count)));
            *this.waiting = true;
        }
    }
}

impl<T, F> fmt::Debug for WaitFor<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor").finish_non_exhaustive()
    }
}
