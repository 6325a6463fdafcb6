//! The sending end.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

#[cfg(all(feature = "std", not(loom)))]
use super::error::SendTimeoutError;
use super::error::{SendError, TrySendError};
use super::{end, ring};

/// Sends values to the one receiver; made by [`channel`](super::channel). Dropped, it ends the channel: what has been sent can be received
/// still.
///
/// ```
/// use sync_primitives::spsc;
///
/// # pollster::block_on(async {
/// let (mut sender, mut receiver) = spsc::channel(1);
/// sender.send(1).await.unwrap();
/// drop(sender);
/// assert_eq!(receiver.recv().await, Some(1));
/// assert_eq!(receiver.recv().await, None);
/// # });
/// ```
pub struct Sender<T> {
    input: ring::Input<T>,
}

/// Puts the value that stands in `unsent` into the channel: whether it is through, with the value again if nobody receives it.
#[inline]
fn attempt<T>(input: &mut ring::Input<T>, unsent: &mut Option<T>) -> Option<Result<(), SendError<T>>> {
    match input.try_push(unsent.take()?) {
        Ok(()) => Some(Ok(())),
        Err(TrySendError::Closed(value)) => Some(Err(SendError(value))),
        Err(TrySendError::Full(value)) => {
            *unsent = Some(value);
            None
        }
    }
}

impl<T> Sender<T> {
    pub(super) fn new(input: ring::Input<T>) -> Self {
        Self { input }
    }

    /// Waits for a free slot and sends the value.
    ///
    /// Dropping the future drops the value, which has not been sent then.
    ///
    /// ```
    /// use sync_primitives::spsc;
    ///
    /// # pollster::block_on(async {
    /// let (mut sender, receiver) = spsc::channel(1);
    /// sender.send(1).await.unwrap();
    /// drop(receiver);
    /// assert_eq!(sender.send(2).await.unwrap_err().0, 2);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the receiver is gone, or goes while this waits.
    #[inline]
    pub fn send(&mut self, value: T) -> Send<'_, T> {
        Send { sender: self, unsent: Some(value) }
    }

    /// Sends the value if there is a free slot.
    ///
    /// ```
    /// use sync_primitives::spsc::{self, error::TrySendError};
    ///
    /// let (mut sender, receiver) = spsc::channel(1);
    /// sender.try_send(1).unwrap();
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Closed(2)));
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if there is no slot for it now, or the receiver is gone.
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        self.input.try_push(value)
    }

    /// Whether the receiver is gone.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::spsc::channel::<u8>(1);
    /// assert!(!sender.is_closed());
    /// drop(receiver);
    /// assert!(sender.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.input.is_closed()
    }

    /// How many slots are free. Out of date as soon as it is returned, but there are no fewer for this sender.
    ///
    /// ```
    /// let (mut sender, _receiver) = sync_primitives::spsc::channel(3);
    /// sender.try_send(1).unwrap();
    /// assert_eq!((sender.capacity(), sender.max_capacity()), (2, 3));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.input.capacity() - self.input.len()
    }

    /// How many slots the channel has.
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.input.capacity()
    }
}

/// Blocking forms.
#[cfg(any(feature = "std", loom))]
impl<T> Sender<T> {
    /// Blocks the thread until a slot is free, and sends the value.
    ///
    /// ```
    /// let (mut sender, mut receiver) = sync_primitives::spsc::channel(1);
    /// std::thread::spawn(move || (1..=3).for_each(|n| sender.blocking_send(n).unwrap()));
    /// assert_eq!(std::iter::from_fn(|| receiver.blocking_recv()).collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the receiver is gone, or goes while this waits.
    #[doc(alias = "send_blocking")]
    pub fn blocking_send(&mut self, value: T) -> Result<(), SendError<T>> {
        let mut unsent = Some(value);
        // Without a deadline there is an outcome.
        end::block(&mut self.input, None, |input| attempt(input, &mut unsent)).unwrap_or(Ok(()))
    }

    /// Blocks the thread until a slot is free, but no longer than `timeout`, and sends the value.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::spsc::{self, error::SendTimeoutError};
    ///
    /// let (mut sender, _receiver) = spsc::channel(1);
    /// sender.send_timeout(1, Duration::ZERO).unwrap();
    /// assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)));
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the time is over or the receiver is gone first.
    #[cfg(all(feature = "std", not(loom)))]
    pub fn send_timeout(&mut self, value: T, timeout: core::time::Duration) -> Result<(), SendTimeoutError<T>> {
        let deadline = crate::wait::deadline_after(timeout);
        let mut unsent = Some(value);
        let outcome = end::block(&mut self.input, deadline, |input| attempt(input, &mut unsent));
        match (outcome, unsent) {
            (Some(Err(SendError(value))), _) => Err(SendTimeoutError::Closed(value)),
            (None, Some(value)) => Err(SendTimeoutError::Timeout(value)),
            (Some(Ok(())) | None, _) => Ok(()),
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

/// Sends a value once there is a slot for it; made by [`Sender::send`].
///
/// Dropped before it is done it has not sent, and drops its value.
#[must_use = "futures do nothing unless polled"]
pub struct Send<'a, T> {
    sender: &'a mut Sender<T>,
    /// `None` once the future is done.
    unsent: Option<T>,
}

// The value is moved through, and never pinned.
impl<T> Unpin for Send<'_, T> {}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        assert!(this.unsent.is_some(), "polled after completion");
        let unsent = &mut this.unsent;
        end::poll(&mut this.sender.input, context, |input| attempt(input, unsent))
    }
}

impl<T> fmt::Debug for Send<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send").finish_non_exhaustive()
    }
}
