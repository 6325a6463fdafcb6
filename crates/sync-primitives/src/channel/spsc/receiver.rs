//! The receiving end.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

#[cfg(all(feature = "std", not(loom)))]
use super::error::RecvTimeoutError;
use super::error::TryRecvError;
use super::{end, ring};

/// Receives the values of the one sender; made by [`channel`](super::channel). Dropped, it closes the channel and drops what is under way.
///
/// ```
/// use sync_primitives::spsc::{self, error::TryRecvError};
///
/// # pollster::block_on(async {
/// let (mut sender, mut receiver) = spsc::channel(100);
/// for n in 1..=100 {
///     sender.send(n).await.unwrap();
/// }
/// assert_eq!(receiver.recv().await, Some(1));
/// assert_eq!((receiver.try_recv(), receiver.len()), (Ok(2), 98));
/// # });
/// ```
pub struct Receiver<T> {
    output: ring::Output<T>,
}

/// The next value, or that there will be none.
#[inline]
fn attempt<T>(output: &mut ring::Output<T>) -> Option<Option<T>> {
    match output.try_pop() {
        Ok(value) => Some(Some(value)),
        Err(TryRecvError::Disconnected) => Some(None),
        Err(TryRecvError::Empty) => None,
    }
}

impl<T> Receiver<T> {
    pub(super) fn new(output: ring::Output<T>) -> Self {
        Self { output }
    }

    /// Waits for the next value; `None` once the sender is gone and all values have been received. Dropping the future loses nothing.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let (sender, mut receiver) = sync_primitives::spsc::channel::<u8>(1);
    /// drop(sender);
    /// assert_eq!(receiver.recv().await, None);
    /// # });
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Recv<'_, T> {
        Recv { receiver: self }
    }

    /// The next value, if one is there.
    ///
    /// ```
    /// use sync_primitives::spsc::{self, error::TryRecvError};
    ///
    /// let (sender, mut receiver) = spsc::channel::<u8>(1);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    ///
    /// # Errors
    ///
    /// `Empty` if there is none now; `Disconnected` if there will be none any more.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.output.try_pop()
    }

    /// The next value if one is there; if not, the task is woken when there may be. Only the task that asked last is.
    #[inline]
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        end::poll(&mut self.output, context, attempt)
    }

    /// Whether the sender is gone, so that no more comes than is there.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.output.is_closed()
    }

    /// Whether no value is there now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values are there now. Out of date as soon as it is returned, but there are no fewer for this receiver.
    #[must_use]
    pub fn len(&self) -> usize {
        self.output.len()
    }
}

/// Blocking forms.
#[cfg(any(feature = "std", loom))]
impl<T> Receiver<T> {
    /// Blocks the thread until there is a value; `None` at the end, as of [`recv`](Self::recv).
    #[doc(alias = "recv_blocking")]
    pub fn blocking_recv(&mut self) -> Option<T> {
        // Without a deadline there is an outcome.
        end::block(&mut self.output, None, attempt).flatten()
    }

    /// Blocks the thread until there is a value, but no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::spsc::{self, error::RecvTimeoutError};
    ///
    /// let (mut sender, mut receiver) = spsc::channel(1);
    /// assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    /// sender.try_send(1).unwrap();
    /// assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// `Timeout` if the time is over first; `Disconnected` if there will be none any more.
    #[cfg(all(feature = "std", not(loom)))]
    pub fn recv_timeout(&mut self, timeout: core::time::Duration) -> Result<T, RecvTimeoutError> {
        match end::block(&mut self.output, crate::wait::deadline_after(timeout), attempt) {
            Some(Some(value)) => Ok(value),
            Some(None) => Err(RecvTimeoutError::Disconnected),
            None => Err(RecvTimeoutError::Timeout),
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Waits for a value; made by [`Receiver::recv`].
///
/// Dropped, it loses nothing.
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T> {
    receiver: &'a mut Receiver<T>,
}

impl<T> Future for Recv<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.receiver.poll_recv(context)
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}
