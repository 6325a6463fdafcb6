//! A channel for one value: from one sender to one receiver, once.
//!
//! The [`Receiver`] is a future, blocks as a thread, or tries; the [`Sender`] never waits, and may watch whether anybody still
//! wants the value. Names and behaviour are those of `tokio::sync::oneshot`.
//!
//! - Cost: one allocation for the channel, none for waiting. A spinning lock around the state, held for moving the value; who receives after
//!   the sender is gone takes none.
//! - Cancellation: a [`Receiver`] that is polled by reference (`&mut receiver`) and dropped loses nothing, the value waits in the
//!   channel; dropping the `Receiver` itself drops the value. A dropped [`Closed`] leaves nothing behind.
//! - Memory: what was done before sending is seen by who receives.
//! - Panics: a waker that panics does so in whoever woke it, after the value is in place.
//!
//! ```
//! use sync_primitives::oneshot;
//!
//! let (sender, receiver) = oneshot::channel();
//! std::thread::spawn(move || sender.send(6 * 7).unwrap());
//! assert_eq!(pollster::block_on(receiver), Ok(42));
//! ```
//!
//! Differs from tokio's on purpose: [`Receiver::blocking_recv`] does not panic inside a runtime, it blocks its thread;
//! [`Receiver::recv_timeout`] is new.

// Layout: the state `Shot` in a gate, shared by a pair of handles. Invariants, beside G1..G3 of `channel`:
// - O1: a value is in the channel only while the receiver lives.
// - O2: `sending` is true as long as the sender may still send; a value is put in at the moment it becomes false.
// - O3: who has the only handle has the channel alone: a receiver, once the sender is gone. Then nothing changes any more.
// Checked by `tests/loom_channel_oneshot.rs` (sent, dropped, closed, given up and looked at against each other), by
// `tests/stress_channels`, and by `tests/it/oneshot.rs`.

pub mod error;

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use self::error::{RecvError, TryRecvError};
use super::gate::{Gate, Served, Single};
use super::pair::{Half, pair};
use crate::wait::Wake;

#[derive(Debug)]
struct Shot<T> {
    value: Option<T>,
    sending: bool,
    closed: bool,
    /// The receiver, waiting for a value.
    receiver: Option<Wake>,
    /// The sender, waiting for the channel to be closed.
    sender: Option<Wake>,
}

impl<T> Served for Shot<T> {
    #[inline]
    fn nobody_waits(&self) -> bool {
        self.receiver.is_none() && self.sender.is_none()
    }

    fn serve(&mut self) -> Option<Wake> {
        let receiver = if self.is_settled() { self.receiver.take() } else { None };
        receiver.or_else(|| if self.closed { self.sender.take() } else { None })
    }

    #[cfg(not(loom))]
    #[inline]
    fn outlook(&self) -> u32 {
        u32::from(self.is_settled()) * SETTLED + u32::from(self.closed) * CLOSED
    }
}

impl<T> Shot<T> {
    /// Whether nothing changes any more for the receiver.
    #[inline]
    fn is_settled(&self) -> bool {
        !self.sending || self.closed
    }
}

/// Bits of the outlook.
const SETTLED: u32 = 1;
const CLOSED: u32 = 2;

/// The receiver's condition: how it ends.
struct Received;

impl<T> Single<Shot<T>> for Received {
    type Output = Result<T, RecvError>;

    #[cfg(any(feature = "std", loom))]
    const OUTLOOK: u32 = SETTLED;

    fn slot(state: &mut Shot<T>) -> &mut Option<Wake> {
        &mut state.receiver
    }

    fn take(&mut self, state: &mut Shot<T>) -> Option<Self::Output> {
        match state.value.take() {
            Some(value) => Some(Ok(value)),
            None if state.sending && !state.closed => None,
            None => Some(Err(RecvError(()))),
        }
    }
}

/// The sender's condition.
struct NobodyReceives;

impl<T> Single<Shot<T>> for NobodyReceives {
    type Output = ();

    #[cfg(any(feature = "std", loom))]
    const OUTLOOK: u32 = CLOSED;

    fn slot(state: &mut Shot<T>) -> &mut Option<Wake> {
        &mut state.sender
    }

    fn take(&mut self, state: &mut Shot<T>) -> Option<()> {
        state.closed.then_some(())
    }
}

/// A channel for one value.
///
/// ```
/// use sync_primitives::oneshot;
///
/// let (sender, receiver) = oneshot::channel::<u8>();
/// drop(sender);
/// assert!(pollster::block_on(receiver).is_err());
/// ```
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let gate = Gate::new(Shot { value: None, sending: true, closed: false, receiver: None, sender: None });
    let (sender, receiver) = pair(gate);
    (Sender { gate: Some(sender) }, Receiver { gate: Some(receiver) })
}

/// Sends one value; made by [`channel`]. Dropped without having sent, it lets the receiver know.
pub struct Sender<T> {
    /// `None` once it has sent, when it is about to be dropped.
    gate: Option<Half<Gate<Shot<T>>>>,
}

impl<T> Sender<T> {
    /// Sends the value. Never waits; that it succeeds does not mean that the value is received.
    ///
    /// ```
    /// use sync_primitives::oneshot;
    ///
    /// let (sender, receiver) = oneshot::channel();
    /// drop(receiver);
    /// assert_eq!(sender.send("back"), Err("back"));
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the receiver is gone or has closed the channel.
    pub fn send(mut self, value: T) -> Result<(), T> {
        let Some(gate) = self.gate.take() else { return Err(value) };
        gate.change(|state| {
            state.sending = false;
            if state.closed {
                return Err(value);
            }
            state.value = Some(value);
            Ok(())
        })
    }

    /// Whether the receiver is gone or has closed the channel.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::oneshot::channel::<u8>();
    /// assert!(!sender.is_closed());
    /// drop(receiver);
    /// assert!(sender.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.gate.as_ref().is_none_or(|gate| gate.with(|state| state.closed))
    }

    /// Waits until the receiver is gone or has closed the channel, to stop working for nobody.
    ///
    /// ```
    /// let (mut sender, receiver) = sync_primitives::oneshot::channel::<u8>();
    /// drop(receiver);
    /// pollster::block_on(sender.closed());
    /// ```
    pub fn closed(&mut self) -> Closed<'_, T> {
        Closed { sender: self }
    }

    /// Whether the receiver is gone or has closed the channel; if not, the task is woken when that happens. Only the task that
    /// asked last is.
    pub fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match &self.gate {
            Some(gate) => gate.poll_slot(&mut NobodyReceives, context),
            None => Poll::Ready(()),
        }
    }

    /// Blocks the thread until the receiver is gone or has closed the channel.
    ///
    /// ```
    /// let (mut sender, mut receiver) = sync_primitives::oneshot::channel::<u8>();
    /// std::thread::spawn(move || receiver.close());
    /// sender.blocking_closed();
    /// ```
    #[cfg(any(feature = "std", loom))]
    pub fn blocking_closed(&mut self) {
        if let Some(gate) = &self.gate {
            // Without a deadline there is no other way out.
            super::gate::block_in_slot(gate, &mut NobodyReceives, None).unwrap_or(());
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(gate) = &self.gate {
            let stale = gate.change(|state| {
                state.sending = false;
                state.sender.take()
            });
            drop(stale);
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

/// Waits until nobody receives any more; made by [`Sender::closed`].
///
/// Dropped, it loses nothing.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Closed<'a, T> {
    sender: &'a mut Sender<T>,
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.sender.poll_closed(context)
    }
}

/// Receives one value: a future that may be polled by reference; made by [`channel`].
///
/// Dropped, it closes the channel; polled by reference, it keeps the value when the reference is dropped. Polled after it is done it panics, as most futures do.
pub struct Receiver<T> {
    /// `None` once the value or its absence has been received.
    gate: Option<Half<Gate<Shot<T>>>>,
}

impl<T> Receiver<T> {
    /// How it ends, if the sender is gone already: then the channel is this one's alone, and needs no lock.
    #[inline]
    fn take_apart(&mut self) -> Option<Result<T, RecvError>> {
        if !self.gate.as_ref()?.is_alone() {
            return None;
        }
        match self.gate.take()?.into_inner() {
            Ok(gate) => Received.take(&mut gate.into_state()),
            Err(gate) => {
                self.gate = Some(gate);
                None
            }
        }
    }

    /// Closes the channel: nothing can be sent from now on. What has been sent can be received still.
    ///
    /// ```
    /// use sync_primitives::oneshot;
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// receiver.close();
    /// assert_eq!(sender.send(1), Err(1));
    /// assert!(receiver.try_recv().is_err());
    /// ```
    pub fn close(&mut self) {
        if let Some(gate) = &self.gate {
            gate.change(|state| state.closed = true);
        }
    }

    /// Whether the value, or that there is none, has been received, so that this must not be polled again.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.gate.is_none()
    }

    /// Whether there is no value in the channel now.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::oneshot::channel();
    /// assert!(receiver.is_empty());
    /// sender.send(1).unwrap();
    /// assert!(!receiver.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gate.as_ref().is_none_or(|gate| gate.with(|state| state.value.is_none()))
    }

    /// The value, if it is there now.
    ///
    /// ```
    /// use sync_primitives::oneshot::{self, error::TryRecvError};
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    ///
    /// # Errors
    ///
    /// `Empty` if none has been sent yet; `Closed` if none will be, or it has been received.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        if let Some(outcome) = self.take_apart() {
            return outcome.map_err(|_| TryRecvError::Closed);
        }
        let Some(gate) = &self.gate else { return Err(TryRecvError::Closed) };
        match gate.change(|state| Received.take(state)) {
            Some(outcome) => {
                self.gate = None;
                outcome.map_err(|_| TryRecvError::Closed)
            }
            None => Err(TryRecvError::Empty),
        }
    }

    /// Blocks the thread until the value is there, or the sender is gone.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::oneshot::channel();
    /// std::thread::spawn(move || sender.send(1));
    /// assert_eq!(receiver.blocking_recv(), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// If no value will be sent any more.
    #[cfg(any(feature = "std", loom))]
    #[doc(alias = "recv_blocking")]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        let Some(gate) = &self.gate else { return Err(RecvError(())) };
        super::gate::block_in_slot(gate, &mut Received, None).unwrap_or(Err(RecvError(())))
    }

    /// Blocks the thread until the value is there, or the sender is gone, but no longer than `timeout`. The receiver can be used
    /// on after that.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::oneshot::{self, error::RecvTimeoutError};
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// `Timeout` if the time is over first; `Closed` if no value will be sent any more.
    #[cfg(all(feature = "std", not(loom)))]
    pub fn recv_timeout(&mut self, timeout: core::time::Duration) -> Result<T, error::RecvTimeoutError> {
        let Some(gate) = &self.gate else { return Err(error::RecvTimeoutError::Closed) };
        match super::gate::block_in_slot(gate, &mut Received, crate::wait::deadline_after(timeout)) {
            Some(outcome) => {
                self.gate = None;
                outcome.map_err(|_| error::RecvTimeoutError::Closed)
            }
            None => Err(error::RecvTimeoutError::Timeout),
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(outcome) = self.take_apart() {
            return Poll::Ready(outcome);
        }
        let gate = self.gate.as_ref().expect("polled after completion");
        let outcome = gate.poll_slot(&mut Received, context);
        if outcome.is_ready() {
            self.gate = None;
        }
        outcome
    }
}

// The value is moved through the channel, and never pinned.
impl<T> Unpin for Receiver<T> {}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if let Some(gate) = &self.gate {
            let rest = gate.change(|state| {
                state.closed = true;
                (state.value.take(), state.receiver.take())
            });
            drop(rest);
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("empty", &self.is_empty()).finish_non_exhaustive()
    }
}
