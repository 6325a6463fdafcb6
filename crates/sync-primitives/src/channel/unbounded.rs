//! The sending end of an unbounded channel.

use core::fmt;

use super::counted::counted;
use super::error::{SendError, TrySendError};
use super::gate::Gate;
use super::queue::{Queue, Shared};
use super::sending::Closed;
use crate::primitive::os::Arc;
use crate::watched::diagnosed;

/// Sends into an unbounded channel, without ever waiting; made by [`mpsc::unbounded_channel`](crate::mpsc::unbounded_channel) and
/// [`mpmc::unbounded_channel`](crate::mpmc::unbounded_channel). Clones send into the same channel, which ends for the receivers
/// when all are gone.
pub struct UnboundedSender<T> {
    shared: Shared<T>,
}

impl<T> UnboundedSender<T> {
    pub(super) fn new(shared: Shared<T>) -> Self {
        Self { shared }
    }

    fn gate(&self) -> &Gate<Queue<T>> {
        &self.shared
    }

    /// Sends the value.
    ///
    /// ```
    /// use sync_primitives::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// (1..=1000).for_each(|n| sender.send(n).unwrap());
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// drop(receiver);
    /// assert_eq!(sender.send(5).unwrap_err().0, 5);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed.
    #[inline]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.gate().change(|state| state.try_push(value)).map_err(|error| match error {
            TrySendError::Full(value) | TrySendError::Closed(value) => SendError(value),
        })
    }

    /// Waits until nothing can be sent any more: the receivers are gone, or one has closed the channel.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(self.gate())
    }

    /// Whether nothing can be sent any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.gate().with(|state| state.is_closed())
    }

    diagnosed! {
        /// What is known of the channel: who waits for room, for a value, for a change or for the end, how many had to, and for how long.
        gate()
    }
}

counted!(UnboundedSender, WeakUnboundedSender, "mpsc::unbounded_channel::<u8>()");

/// Leads to an unbounded channel without keeping it from ending; made by [`UnboundedSender::downgrade`].
pub struct WeakUnboundedSender<T> {
    shared: Shared<T>,
}
