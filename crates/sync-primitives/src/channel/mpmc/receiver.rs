//! The receiving end where there can be many receivers.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::error::TryRecvError;
use crate::channel::gate::{Gate, Single};
use crate::channel::queue::{Items, Next, Queue, Shared, pop_rest};
use crate::channel::seat::Seat;
use crate::primitive::os::Arc;

type Borrowed<'a, T> = &'a Gate<Queue<T>>;

const DONE: &str = "polled after completion";

/// Receives from a channel; made by [`channel`](super::channel) and [`unbounded_channel`](super::unbounded_channel). Clones receive
/// from the same channel. When the last is dropped, the channel is closed, and what is under way is dropped.
///
/// ```
/// use sync_primitives::mpmc;
///
/// # pollster::block_on(async {
/// let (sender, receiver) = mpmc::channel(2);
/// sender.send(1).await.unwrap();
/// assert_eq!(receiver.recv().await, Some(1));
/// drop(sender);
/// assert_eq!(receiver.recv().await, None);
/// # });
/// ```
pub struct Receiver<T> {
    shared: Shared<T>,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Shared<T>) -> Self {
        Self { shared }
    }

    /// Waits for a value; `None` once all senders are gone, or the channel is closed, and all values have been received. Receivers
    /// that wait do so first in, first out. Dropping the future leaves the queue and loses nothing.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn recv(&self) -> Recv<'_, T> {
        Recv { seat: Seat::new(&self.shared, 0) }
    }

    /// Waits for values and puts them at the end of `buffer`: as many as are there for it, at least one and at most `limit`. Returns
    /// how many; 0 at the end, and at once if `limit` is 0. Dropping the future leaves the queue and loses nothing.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let (sender, receiver) = sync_primitives::mpmc::channel(4);
    /// (1..=4).for_each(|n| sender.try_send(n).unwrap());
    /// let mut values = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut values, 3).await, 3);
    /// assert_eq!(values, [1, 2, 3]);
    /// # });
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn recv_many<'a>(&'a self, buffer: &'a mut Vec<T>, limit: usize) -> RecvMany<'a, T> {
        RecvMany { seat: Seat::new(&self.shared, 0), buffer, limit }
    }

    /// The oldest value, if one is there that is not promised to a receiver that waits, or waited and has not taken it yet.
    ///
    /// ```
    /// use sync_primitives::mpmc::{self, error::TryRecvError};
    ///
    /// let (sender, receiver) = mpmc::channel::<u8>(2);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    ///
    /// # Errors
    ///
    /// `Empty` if there is none for it now; `Disconnected` if there will be none any more.
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.shared.change(|state| state.try_pop())
    }

    /// Closes the channel for all: nothing can be sent any more, except in slots that are reserved. What has been sent can be
    /// received still.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::mpmc::channel(2);
    /// sender.try_send(1).unwrap();
    /// receiver.close();
    /// assert!(sender.try_send(2).is_err());
    /// assert_eq!((receiver.blocking_recv(), receiver.blocking_recv()), (Some(1), None));
    /// ```
    pub fn close(&self) {
        self.shared.change(|state| state.close());
    }

    /// Whether nothing can be sent any more: the channel was closed, or all senders are gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.with(|state| state.is_closed() || state.senders == 0)
    }

    /// Whether no value is there now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values are there now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.with(|state| state.len())
    }

    /// How many slots could be had at once: none while senders wait. Out of date as soon as it is returned.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shared.with(|state| state.capacity())
    }

    /// How many slots the channel has: `usize::MAX` if it is unbounded.
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.shared.with(|state| state.max_capacity())
    }

    /// Whether both receive from the same channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// How many receivers the channel has.
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.shared.with(|state| state.receivers)
    }

    /// How many senders the channel has.
    #[must_use]
    pub fn sender_strong_count(&self) -> usize {
        self.shared.with(|state| state.senders)
    }

    /// How many weak senders the channel has.
    #[must_use]
    pub fn sender_weak_count(&self) -> usize {
        self.shared.with(|state| state.weak_senders)
    }
}

/// Blocking forms. Those who block wait in the same queue as tasks.
#[cfg(any(feature = "std", loom))]
impl<T> Receiver<T> {
    /// Blocks the thread until there is a value for it, or the deadline comes.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block(&self, deadline: Option<crate::wait::Deadline>) -> Result<T, crate::wait::Blocked> {
        let at_once = crate::channel::gate::spin(|| self.shared.change(|state| Next.take(state)));
        if let Some(outcome) = at_once {
            return outcome.ok_or(crate::wait::Blocked::Closed);
        }
        crate::channel::seat::block_in_line::<_, Items>(&self.shared, 0, deadline)?;
        self.shared.change(|state| state.pop_promised()).ok_or(crate::wait::Blocked::Closed)
    }

    /// Blocks the thread until there is a value for it; `None` at the end, as of [`recv`](Self::recv).
    #[doc(alias = "recv_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_recv(&self) -> Option<T> {
        self.block(None).ok()
    }

    /// Blocks the thread until there are values for it, and does as [`recv_many`](Self::recv_many).
    #[doc(alias = "recv_many_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_recv_many(&self, buffer: &mut Vec<T>, limit: usize) -> usize {
        if limit == 0 {
            return 0;
        }
        let Ok(first) = self.block(None) else { return 0 };
        add_rest(&self.shared, first, buffer, limit)
    }

    /// Blocks the thread until there is a value for it, but no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_primitives::mpmc::{self, error::RecvTimeoutError};
    ///
    /// let (_sender, receiver) = mpmc::channel::<u8>(1);
    /// assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    /// ```
    ///
    /// # Errors
    ///
    /// `Timeout` if the time is over first; `Disconnected` if there will be none any more.
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn recv_timeout(&self, timeout: core::time::Duration) -> Result<T, super::error::RecvTimeoutError> {
        use super::error::RecvTimeoutError;
        use crate::wait::Blocked;

        self.block(crate::wait::deadline_after(timeout)).map_err(|why| match why {
            Blocked::Closed => RecvTimeoutError::Disconnected,
            Blocked::TimedOut => RecvTimeoutError::Timeout,
        })
    }
}

/// Puts `first`, and what else is there for anybody, at the end of `buffer`; returns how many these are.
fn add_rest<T>(gate: &Gate<Queue<T>>, first: T, buffer: &mut Vec<T>, limit: usize) -> usize {
    buffer.push(first);
    pop_rest(gate, buffer, limit, 1)
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.shared.with(|state| state.receivers += 1);
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let rest = self.shared.change(Queue::receiver_gone);
        drop(rest);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A value for the one in this seat; `None` at the end.
#[inline]
fn poll_seat<'a, T>(
    mut seat: Pin<&mut Seat<Borrowed<'a, T>, Items>>,
    context: &Context<'_>,
) -> Poll<(Borrowed<'a, T>, Option<T>)> {
    if seat.is_idle() {
        let gate = seat.keeper().expect(DONE);
        if let Some(outcome) = gate.change(|state| Next.take(state)) {
            let gate = seat.as_mut().take_keeper().expect(DONE);
            return Poll::Ready((gate, outcome));
        }
    }
    wait_in_seat(seat, context)
}

#[cold]
fn wait_in_seat<'a, T>(
    seat: Pin<&mut Seat<Borrowed<'a, T>, Items>>,
    context: &Context<'_>,
) -> Poll<(Borrowed<'a, T>, Option<T>)> {
    Poll::Ready(match ready!(seat.poll(context)) {
        Ok(gate) => (gate, gate.change(|state| state.pop_promised())),
        Err((gate, _)) => (gate, None),
    })
}

pin_project! {
    /// Waits for a value; made by [`Receiver::recv`].
    ///
    /// It joins the queue when it is first polled, if it has to. Dropped, it leaves the queue; the value that was meant for it
    /// goes to the next.
    #[must_use = "futures do nothing unless polled"]
    pub struct Recv<'a, T> {
        #[pin]
        seat: Seat<Borrowed<'a, T>, Items>,
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        poll_seat(self.project().seat, context).map(|(_, value)| value)
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits for some values; made by [`Receiver::recv_many`].
    ///
    /// It joins the queue when it is first polled, if it has to. Dropped, it leaves the queue; the value that was meant for it
    /// goes to the next.
    #[must_use = "futures do nothing unless polled"]
    pub struct RecvMany<'a, T> {
        #[pin]
        seat: Seat<Borrowed<'a, T>, Items>,
        buffer: &'a mut Vec<T>,
        limit: usize,
    }
}

impl<T> Future for RecvMany<'_, T> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<usize> {
        let this = self.project();
        if *this.limit == 0 {
            return Poll::Ready(0);
        }
        poll_seat(this.seat, context).map(|(gate, first)| match first {
            Some(first) => add_rest(gate, first, this.buffer, *this.limit),
            None => 0,
        })
    }
}

impl<T> fmt::Debug for RecvMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvMany").field("limit", &self.limit).finish_non_exhaustive()
    }
}
