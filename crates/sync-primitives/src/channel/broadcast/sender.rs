//! The sending end.

use alloc::collections::VecDeque;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::error::SendError;
use super::{Content, Kept, Receiver, Shared, State};
use crate::channel::changes::{Abandoned, Changes};
use crate::channel::counted::counted;
use crate::channel::gate::Gate;
use crate::channel::seat::Seat;
#[cfg(any(feature = "std", loom))]
use crate::channel::seat::block_in_line;
use crate::primitive::os::Arc;
use crate::primitive::{ValueArc, ValueMutex};
use crate::watched::{Kind, diagnosed};

/// Sends to all receivers; made by [`channel`](super::channel) and [`Sender::new`]. Clones send into the same channel, which ends
/// for the receivers when all are gone.
pub struct Sender<T> {
    shared: Shared<T>,
}

impl<T> Sender<T> {
    /// A channel without receivers, which keeps the last `capacity` values, or as many as the next power of two.
    ///
    /// ```
    /// let sender = sync_primitives::broadcast::Sender::new(4);
    /// assert!(sender.send(1).is_err());
    /// let mut receiver = sender.subscribe();
    /// assert_eq!(sender.send(2), Ok(1));
    /// assert_eq!(receiver.try_recv(), Ok(2));
    /// ```
    ///
    /// # Panics
    ///
    /// If `capacity` is 0, or more than `usize::MAX / 2`.
    #[must_use]
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a broadcast channel needs a capacity above 0");
        assert!(capacity <= usize::MAX / 2, "a capacity above `usize::MAX / 2`");
        let kept = Kept { slots: VecDeque::new(), capacity: capacity.next_power_of_two() };
        Self { shared: Arc::new(Changes::new(Kind::Broadcast, kept)) }
    }

    fn gate(&self) -> &Gate<State<T>> {
        &self.shared
    }

    /// Sends the value to all receivers that there are, and returns how many these are. Never waits: if the channel is full, the
    /// oldest value is dropped, and receivers that needed it are told that they have missed it.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::broadcast::channel(4);
    /// assert_eq!(sender.send(1), Ok(1));
    /// drop(receiver);
    /// assert_eq!(sender.send(2).unwrap_err().0, 2);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if nobody receives. Somebody may subscribe after that.
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        if self.receiver_count() == 0 {
            return Err(SendError(value));
        }
        // Allocated without the lock.
        let value = ValueArc::new(ValueMutex::new(Content { value: Some(value), came: 0 }));
        let (sent, dropped) = self.gate().change(|state| {
            if state.receivers == 0 {
                return (Err(value), None);
            }
            let dropped = state.push(value);
            (Ok(state.receivers), dropped)
        });
        drop(dropped);
        sent.map_err(|value| {
            let value = value.blocking_lock().value.take();
            SendError(value.expect("nobody has come for it"))
        })
    }

    /// A new receiver, which gets what is sent from now on.
    ///
    /// ```
    /// let (sender, _receiver) = sync_primitives::broadcast::channel(4);
    /// sender.send(1).unwrap();
    /// let mut late = sender.subscribe();
    /// sender.send(2).unwrap();
    /// assert_eq!(late.try_recv(), Ok(2));
    /// ```
    #[must_use]
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::new(Arc::clone(&self.shared))
    }

    /// How many values are kept that some receiver has before it.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::broadcast::channel(4);
    /// sender.send(1).unwrap();
    /// sender.send(2).unwrap();
    /// receiver.try_recv().unwrap();
    /// assert_eq!((sender.len(), receiver.len()), (1, 1));
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.gate().with(|state| state.needed())
    }

    /// Whether no value is kept that some receiver has before it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many receivers there are.
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.gate().with(|state| state.receivers)
    }

    /// Whether nobody receives.
    fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    diagnosed! {
        /// What is known of the channel: who waits for room, for a value, for a change or for the end, how many had to, and for how long.
        gate()
    }

    /// Waits until nobody receives. Somebody may subscribe after that.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::broadcast::channel::<u8>(4);
    /// drop(receiver);
    /// pollster::block_on(sender.closed());
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn closed(&self) -> Closed<'_, T> {
        Closed { seat: Seat::new(self.gate(), 0) }
    }

    /// Blocks the thread until nobody receives.
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_closed(&self) {
        // There is no other way out.
        block_in_line::<_, Abandoned>(self.gate(), 0, None).unwrap_or(());
    }
}

counted!(Sender, WeakSender, "broadcast::channel::<u8>(4)");

/// Leads to a channel without keeping it from ending; made by [`Sender::downgrade`].
pub struct WeakSender<T> {
    shared: Shared<T>,
}

pin_project! {
    /// Waits until nobody receives; made by [`Sender::closed`].
    ///
    /// It joins the line of those who wait for that when it is first polled. Dropped, it leaves the line, and nothing is lost.
    #[must_use = "futures do nothing unless polled"]
    pub struct Closed<'a, T> {
        #[pin]
        seat: Seat<&'a Gate<State<T>>, Abandoned>,
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.project().seat.poll(context).map(|_| ())
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").finish_non_exhaustive()
    }
}
