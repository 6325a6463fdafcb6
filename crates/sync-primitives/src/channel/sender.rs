//! The sending end of a bounded channel.

use core::fmt;

use super::counted::counted;
#[cfg(any(feature = "std", loom))]
use super::error::SendError;
use super::error::TrySendError;
use super::gate::Gate;
use super::permit::{OwnedPermit, Permit, PermitIterator};
use super::queue::{Queue, Shared};
use super::seat::Keeper;
use super::sending::{Closed, Reserve, ReserveMany, ReserveOwned, Send};
use crate::primitive::os::Arc;
use crate::watched::diagnosed;

/// Sends into a bounded channel; made by [`mpsc::channel`](crate::mpsc::channel) and
/// [`mpmc::channel`](crate::mpmc::channel). Clones send into the same channel, which ends for the receivers when all are gone.
pub struct Sender<T> {
    pub(super) shared: Shared<T>,
}

impl<T> Sender<T> {
    pub(super) fn new(shared: Shared<T>) -> Self {
        Self { shared }
    }

    pub(super) fn gate(&self) -> &Gate<Queue<T>> {
        &self.shared
    }

    /// Waits for a free slot and sends the value. Senders that wait do so first in, first out.
    ///
    /// Dropping the future leaves the queue and drops the value, which has not been sent then; to keep it, use
    /// [`reserve`](Self::reserve).
    ///
    /// ```
    /// use sync_primitives::mpsc;
    ///
    /// # pollster::block_on(async {
    /// let (sender, mut receiver) = mpsc::channel(1);
    /// sender.send(1).await.unwrap();
    /// assert_eq!(receiver.recv().await, Some(1));
    /// drop(receiver);
    /// assert_eq!(sender.send(2).await.unwrap_err().0, 2);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed, or is closed while this waits.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn send(&self, value: T) -> Send<'_, T> {
        Send::new(self.gate(), value)
    }

    /// Sends the value if there is a free slot and nobody waits for one.
    ///
    /// ```
    /// use sync_primitives::mpsc::{self, error::TrySendError};
    ///
    /// let (sender, receiver) = mpsc::channel(1);
    /// sender.try_send(1).unwrap();
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Closed(2)));
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if there is no slot for it now, or the channel is closed.
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.gate().change(|state| state.try_push(value))
    }

    /// Waits until nothing can be sent any more: the receivers are gone, or one has closed the channel.
    ///
    /// ```
    /// use sync_primitives::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::channel::<u8>(1);
    /// receiver.close();
    /// pollster::block_on(sender.closed());
    /// assert!(sender.is_closed());
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(self.gate())
    }

    /// Whether nothing can be sent any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.gate().with(|state| state.is_closed())
    }

    /// Waits for a free slot and reserves it, so that a value can be sent without waiting. Dropping the future leaves the
    /// queue.
    ///
    /// ```
    /// use sync_primitives::mpsc;
    ///
    /// # pollster::block_on(async {
    /// let (sender, mut receiver) = mpsc::channel(1);
    /// let permit = sender.reserve().await.unwrap();
    /// assert!(sender.try_send(1).is_err());
    /// permit.send(2);
    /// assert_eq!(receiver.recv().await, Some(2));
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// If the channel is closed, or is closed while this waits.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn reserve(&self) -> Reserve<'_, T> {
        Reserve::new(self.gate())
    }

    /// Waits for `n` free slots together and reserves them.
    ///
    /// ```
    /// use sync_primitives::mpsc;
    ///
    /// # pollster::block_on(async {
    /// let (sender, mut receiver) = mpsc::channel(2);
    /// for (permit, value) in sender.reserve_many(2).await.unwrap().zip(["one", "two"]) {
    ///     permit.send(value);
    /// }
    /// assert_eq!((receiver.recv().await, receiver.recv().await), (Some("one"), Some("two")));
    /// assert!(sender.reserve_many(3).await.is_err());
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// If the channel is closed, is closed while this waits, or has fewer than `n` slots altogether. Not more than
    /// `u32::MAX` can be reserved at once.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn reserve_many(&self, n: usize) -> ReserveMany<'_, T> {
        ReserveMany::new(self.gate(), n)
    }

    /// Waits for a free slot and reserves it for a permit that owns this sender.
    ///
    /// ```
    /// use sync_primitives::mpsc;
    ///
    /// # pollster::block_on(async {
    /// let (sender, mut receiver) = mpsc::channel(1);
    /// let permit = sender.reserve_owned().await.unwrap();
    /// let sender = permit.send(1);
    /// assert_eq!(receiver.recv().await, Some(1));
    /// # drop(sender);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// If the channel is closed, or is closed while this waits. The sender is dropped then.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn reserve_owned(self) -> ReserveOwned<T> {
        ReserveOwned::new(self)
    }

    /// Reserves a slot if one is free and nobody waits for one.
    ///
    /// ```
    /// use sync_primitives::mpsc::{self, error::TrySendError};
    ///
    /// let (sender, _receiver) = mpsc::channel::<u8>(1);
    /// let permit = sender.try_reserve().unwrap();
    /// assert_eq!(sender.try_reserve().unwrap_err(), TrySendError::Full(()));
    /// drop(permit);
    /// assert!(sender.try_reserve().is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// If there is none now, or the channel is closed.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.gate().with(|state| state.try_reserve(1))?;
        Ok(Permit::new(self.gate()))
    }

    /// Reserves `n` slots if they are free and nobody waits for any.
    ///
    /// # Errors
    ///
    /// If there are not as many now, or the channel is closed.
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        self.gate().with(|state| state.try_reserve(n))?;
        Ok(PermitIterator::new(self.gate(), n))
    }

    /// Reserves a slot for a permit that owns this sender, if one is free and nobody waits for one.
    ///
    /// # Errors
    ///
    /// Gives the sender back if there is none now, or the channel is closed.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.gate().with(|state| state.try_reserve(1)) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(self)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(self)),
        }
    }

    diagnosed! {
        /// What is known of the channel: who waits for room, for a value, for a change or for the end, how many had to, and for how long.
        gate()
    }

    /// How many slots could be had at once: none while somebody waits. Out of date as soon as it is returned.
    ///
    /// ```
    /// let (sender, _receiver) = sync_primitives::mpsc::channel(3);
    /// sender.try_send(1).unwrap();
    /// assert_eq!((sender.capacity(), sender.max_capacity()), (2, 3));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.gate().with(|state| state.capacity())
    }

    /// How many slots the channel has.
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.gate().with(|state| state.max_capacity())
    }
}

/// Blocking forms. Those who block wait in the same queue as tasks.
#[cfg(any(feature = "std", loom))]
impl<T> Sender<T> {
    /// Blocks the thread until a slot is free, and sends the value.
    ///
    /// Unlike tokio's it does not panic inside a runtime: it blocks the runtime's thread.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::mpsc::channel(1);
    /// std::thread::spawn(move || (1..=3).for_each(|n| sender.blocking_send(n).unwrap()));
    /// assert_eq!(std::iter::from_fn(|| receiver.blocking_recv()).collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is closed, or is closed while this waits.
    #[doc(alias = "send_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        super::sending::block(self.gate(), value, None).map_err(|(value, _)| SendError(value))
    }

    /// Blocks the thread until a slot is free, and reserves it.
    ///
    /// # Errors
    ///
    /// If the channel is closed, or is closed while this waits.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        super::sending::block_for_slots(self.gate(), 1).map_err(|_| SendError(()))?;
        Ok(Permit::new(self.gate()))
    }

    /// Blocks the thread until `n` slots are free together, and reserves them; see [`reserve_many`](Self::reserve_many).
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::mpsc::channel(2);
    /// sender.blocking_reserve_many(2).unwrap().zip([1, 2]).for_each(|(permit, n)| permit.send(n));
    /// assert_eq!((receiver.blocking_recv(), receiver.blocking_recv()), (Some(1), Some(2)));
    /// assert!(sender.blocking_reserve_many(3).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If the channel is closed, is closed while this waits, or has fewer than `n` slots altogether. Not more than
    /// `u32::MAX` can be reserved at once.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, SendError<()>> {
        super::sending::block_for_slots(self.gate(), n).map_err(|_| SendError(()))?;
        Ok(PermitIterator::new(self.gate(), n))
    }

    /// Blocks the thread until nothing can be sent any more.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_closed(&self) {
        super::sending::block_until_closed(self.gate());
    }

    /// Blocks the thread until a slot is free, but no longer than `timeout`, and sends the value.
    ///
    /// tokio's method of this name is asynchronous and needs its timer; here time is kept for threads only. A task can wait for
    /// [`reserve`](Self::reserve) within any timer's time-out, and keeps its value.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::mpsc::{self, error::SendTimeoutError};
    ///
    /// let (sender, _receiver) = mpsc::channel(1);
    /// sender.send_timeout(1, Duration::ZERO).unwrap();
    /// assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)));
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if the time is over or the channel is closed first.
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn send_timeout(
        &self,
        value: T,
        timeout: core::time::Duration,
    ) -> Result<(), super::error::SendTimeoutError<T>> {
        use super::error::SendTimeoutError;
        use crate::wait::Blocked;

        let deadline = crate::wait::deadline_after(timeout);
        super::sending::block(self.gate(), value, deadline).map_err(|(value, why)| match why {
            Blocked::Closed => SendTimeoutError::Closed(value),
            Blocked::TimedOut => SendTimeoutError::Timeout(value),
        })
    }
}

impl<T> Keeper for Sender<T> {
    type State = Queue<T>;

    fn gate(&self) -> &Gate<Queue<T>> {
        &self.shared
    }
}

counted!(Sender, WeakSender, "mpsc::channel::<u8>(1)");

/// Leads to a bounded channel without keeping it from ending; made by [`Sender::downgrade`].
pub struct WeakSender<T> {
    shared: Shared<T>,
}
