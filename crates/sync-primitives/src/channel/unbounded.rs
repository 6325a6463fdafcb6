//! The sending end of an unbounded channel.

use core::fmt;

use super::error::{SendError, TrySendError};
use super::gate::Gate;
use super::queue::{Queue, Shared};
use super::sender::counted;
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

    /// Whether both send into the same channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// A reference to the channel that does not keep it from ending.
    #[must_use = "a weak sender does nothing by itself"]
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        self.gate().with(|state| state.weak_senders += 1);
        WeakUnboundedSender { shared: Arc::clone(&self.shared) }
    }

    /// How many senders the channel has.
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.gate().with(|state| state.senders)
    }

    /// How many weak senders the channel has.
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.gate().with(|state| state.weak_senders)
    }
}

counted!(UnboundedSender, WeakUnboundedSender);

/// Leads to an unbounded channel without keeping it from ending; made by [`UnboundedSender::downgrade`].
pub struct WeakUnboundedSender<T> {
    shared: Shared<T>,
}
