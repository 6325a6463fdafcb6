//! The receiving end.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::error::{RecvError, TryRecvError};
use super::{Shared, State, Value};
use crate::channel::changes::{Change, need};
use crate::channel::gate::Gate;
use crate::channel::seat::Seat;
#[cfg(any(feature = "std", loom))]
use crate::channel::seat::block_in_line;
use crate::primitive::ValueArc;
use crate::primitive::os::Arc;
#[cfg(any(feature = "std", loom))]
use crate::wait::{Blocked, Deadline};

/// Receives what is sent to all; made by [`channel`](super::channel), [`Sender::subscribe`](super::Sender::subscribe) and
/// [`Receiver::resubscribe`].
pub struct Receiver<T> {
    shared: Shared<T>,
    /// The number of the value that is the next.
    next: u64,
}

/// The next value, which is passed by that.
fn take<T>(gate: &Gate<State<T>>, next: &mut u64) -> Result<(Value<T>, usize), TryRecvError> {
    gate.with(|state| {
        let oldest = state.oldest();
        if *next < oldest {
            let missed = oldest - *next;
            *next = oldest;
            return Err(TryRecvError::Lagged(missed));
        }
        match state.pass(*next) {
            Some(value) => {
                *next += 1;
                Ok(value)
            }
            None if state.is_closed() => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    })
}

/// A value of one's own: by cloning, unless all others have come for it.
fn own<T: Clone>((mut value, all): (Value<T>, usize)) -> T {
    const COMES_ONCE: &str = "each comes once, and the last takes it";
    // It is in the channel no more, and nobody else is at it: it needs no lock.
    if ValueArc::strong_count(&value) == 1 {
        match ValueArc::try_unwrap(value) {
            Ok(content) => return content.into_inner().value.expect(COMES_ONCE),
            Err(shared) => value = shared,
        }
    }
    let mut content = value.blocking_lock();
    content.came += 1;
    let value = if content.came == all { content.value.take() } else { content.value.clone() };
    value.expect(COMES_ONCE)
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Shared<T>) -> Self {
        let next = shared.with(|state| {
            state.receivers += 1;
            state.count
        });
        Self { shared, next }
    }

    /// How many values have been sent that were not received, those that were missed too.
    #[must_use]
    pub fn len(&self) -> usize {
        let sent = self.shared.with(|state| state.count);
        usize::try_from(sent - self.next).unwrap_or(usize::MAX)
    }

    /// Whether all values that were sent have been received.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all senders are gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.with(|state| state.is_closed())
    }

    /// Whether both receive from the same channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// How many senders there are.
    #[must_use]
    pub fn sender_strong_count(&self) -> usize {
        self.shared.with(|state| state.senders)
    }

    /// How many weak senders there are.
    #[must_use]
    pub fn sender_weak_count(&self) -> usize {
        self.shared.with(|state| state.weak_senders)
    }
}

impl<T: Clone> Receiver<T> {
    /// Another receiver of the channel, which gets what is sent from now on, not what this one has before it.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::broadcast::channel(4);
    /// sender.send(1).unwrap();
    /// let mut fresh = receiver.resubscribe();
    /// sender.send(2).unwrap();
    /// assert_eq!((receiver.try_recv(), fresh.try_recv()), (Ok(1), Ok(2)));
    /// ```
    #[must_use]
    pub fn resubscribe(&self) -> Self {
        Self::new(Arc::clone(&self.shared))
    }

    /// Waits for the next value. Dropping the future leaves the line and loses nothing.
    ///
    /// ```
    /// use sync_primitives::broadcast::{self, error::RecvError};
    ///
    /// # pollster::block_on(async {
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// sender.send(1).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.recv().await, Ok(1));
    /// assert_eq!(receiver.recv().await, Err(RecvError::Closed));
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// `Lagged` if values have been missed since the last; `Closed` if all senders are gone and all values have been received.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn recv(&mut self) -> Recv<'_, T> {
        let Self { shared, next } = self;
        Recv { seat: Seat::new(shared, need(*next)), gate: shared, next }
    }

    /// The next value, if there is one.
    ///
    /// # Errors
    ///
    /// `Lagged` if values have been missed since the last; `Empty` if none has been sent since; `Closed` if all senders are gone
    /// besides.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        take(&self.shared, &mut self.next).map(own)
    }
}

/// Waiting on a blocked thread.
#[cfg(any(feature = "std", loom))]
impl<T: Clone> Receiver<T> {
    /// Blocks the thread until there is a value, or the deadline comes, which is `Empty`.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block(&mut self, deadline: Option<Deadline>) -> Result<T, TryRecvError> {
        loop {
            match take(&self.shared, &mut self.next) {
                Err(TryRecvError::Empty) => {
                    let waited = block_in_line::<_, Change>(&self.shared, need(self.next), deadline);
                    if waited == Err(Blocked::TimedOut) {
                        return Err(TryRecvError::Empty);
                    }
                }
                outcome => return outcome.map(own),
            }
        }
    }

    /// Blocks the thread until there is a value.
    ///
    /// Unlike tokio's it does not panic inside a runtime: it blocks the runtime's thread.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::broadcast::channel(4);
    /// std::thread::spawn(move || sender.send(1));
    /// assert_eq!(receiver.blocking_recv(), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`recv`](Self::recv).
    #[doc(alias = "recv_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        self.block(None).map_err(|error| match error {
            TryRecvError::Lagged(missed) => RecvError::Lagged(missed),
            // Without a deadline nothing but the end is left.
            TryRecvError::Closed | TryRecvError::Empty => RecvError::Closed,
        })
    }

    /// Blocks the thread until there is a value, but no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::broadcast::{self, error::RecvTimeoutError};
    ///
    /// let (_sender, mut receiver) = broadcast::channel::<u8>(4);
    /// assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`recv`](Self::recv), and `Timeout` if the time is over first.
    #[cfg(not(loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn recv_timeout(&mut self, timeout: core::time::Duration) -> Result<T, super::error::RecvTimeoutError> {
        use super::error::RecvTimeoutError;

        self.block(crate::wait::deadline_after(timeout)).map_err(|error| match error {
            TryRecvError::Empty => RecvTimeoutError::Timeout,
            TryRecvError::Closed => RecvTimeoutError::Closed,
            TryRecvError::Lagged(missed) => RecvTimeoutError::Lagged(missed),
        })
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.change(|state| state.receiver_gone(self.next));
        // Dropped without the lock.
        while let Some(unneeded) = self.shared.with(|state| state.pop_unneeded()) {
            drop(unneeded);
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("len", &self.len()).finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits for the next value; made by [`Receiver::recv`].
    ///
    /// It joins the line of those who wait for that when it is first polled, if it has to. Dropped, it leaves the line, and nothing
    /// is lost.
    #[must_use = "futures do nothing unless polled"]
    pub struct Recv<'a, T> {
        #[pin]
        seat: Seat<&'a Gate<State<T>>, Change>,
        gate: &'a Gate<State<T>>,
        next: &'a mut u64,
    }
}

impl<T: Clone> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            if this.seat.is_idle() {
                match take(this.gate, this.next) {
                    Ok(value) => return Poll::Ready(Ok(own(value))),
                    Err(TryRecvError::Lagged(missed)) => return Poll::Ready(Err(RecvError::Lagged(missed))),
                    Err(TryRecvError::Closed) => return Poll::Ready(Err(RecvError::Closed)),
                    Err(TryRecvError::Empty) => {}
                }
            }
            // Let go on by a value or by the end: then that is looked for again.
            let _ = ready!(this.seat.as_mut().poll(context));
            let site = this.seat.site();
            this.seat.set(Seat::at(site, *this.gate, need(**this.next)));
        }
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}
