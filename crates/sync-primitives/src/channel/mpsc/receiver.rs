//! The receiving end where there is one receiver.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::error::TryRecvError;
use crate::channel::gate::Gate;
use crate::channel::queue::{Next, Queue, Several, Shared, make_room, pop_rest};

#[inline]
fn poll_recv<T>(gate: &Gate<Queue<T>>, context: &Context<'_>) -> Poll<Option<T>> {
    gate.poll_slot(&mut Next, context)
}

fn poll_recv_many<T>(gate: &Gate<Queue<T>>, context: &Context<'_>, buffer: &mut Vec<T>, limit: usize) -> Poll<usize> {
    if limit == 0 {
        return Poll::Ready(0);
    }
    make_room(buffer, limit);
    let first = gate.poll_slot(&mut Several { buffer, limit }, context);
    first.map(|count| pop_rest(gate, buffer, limit, count))
}

/// The one receiver, waiting: when this goes it does not wait any more, and what was handed to it takes a slot again.
struct Waiting<'a, T> {
    gate: &'a Gate<Queue<T>>,
    /// Whether it has been registered, and has not come back since.
    registered: bool,
}

impl<'a, T> Waiting<'a, T> {
    #[inline]
    fn new(gate: &'a Gate<Queue<T>>) -> Self {
        Self { gate, registered: false }
    }

    #[inline]
    fn note<R>(&mut self, outcome: Poll<R>) -> Poll<R> {
        self.registered = outcome.is_pending();
        outcome
    }
}

impl<T> Drop for Waiting<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.registered {
            self.gate.receiver_gives_up();
        }
    }
}

/// Waits for a value; made by `recv` of a receiver.
///
/// Dropped, it loses nothing.
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T> {
    waiting: Waiting<'a, T>,
}

impl<T> Future for Recv<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let outcome = poll_recv(self.waiting.gate, context);
        self.waiting.note(outcome)
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}

/// Waits for some values; made by `recv_many` of a receiver.
///
/// Dropped, it loses nothing: values go to the buffer at the moment in which it is done.
#[must_use = "futures do nothing unless polled"]
pub struct RecvMany<'a, T> {
    waiting: Waiting<'a, T>,
    buffer: &'a mut Vec<T>,
    limit: usize,
}

impl<T> Future for RecvMany<'_, T> {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<usize> {
        let this = &mut *self;
        let outcome = poll_recv_many(this.waiting.gate, context, this.buffer, this.limit);
        this.waiting.note(outcome)
    }
}

impl<T> fmt::Debug for RecvMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvMany").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// What both receivers do.
macro_rules! receiver {
    ($receiver:ident, $channel:literal) => {
        impl<T> $receiver<T> {
            pub(super) fn new(shared: Shared<T>) -> Self {
                Self { shared }
            }

            /// Waits for the next value; `None` once all senders are gone, or the channel is closed, and all values have been received.
            /// Dropping the future loses nothing.
            ///
            /// ```
            /// # pollster::block_on(async {
            #[doc = concat!("let (sender, mut receiver) = sync_primitives::mpsc::", $channel, ";")]
            /// drop(sender);
            /// assert_eq!(receiver.recv().await, None);
            /// # });
            /// ```
            #[inline]
            pub fn recv(&mut self) -> Recv<'_, T> {
                Recv { waiting: Waiting::new(&self.shared) }
            }

            /// Waits for values and puts them at the end of `buffer`: as many as are there, at least one and at most `limit`. Returns
            /// how many; 0 at the end, and at once if `limit` is 0. Dropping the future loses nothing.
            pub fn recv_many<'a>(&'a mut self, buffer: &'a mut Vec<T>, limit: usize) -> RecvMany<'a, T> {
                RecvMany { waiting: Waiting::new(&self.shared), buffer, limit }
            }

            /// The next value, if one is there.
            ///
            /// # Errors
            ///
            /// `Empty` if there is none now; `Disconnected` if there will be none any more.
            #[inline]
            pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
                self.shared.change(|state| state.try_pop())
            }

            /// Closes the channel: nothing can be sent any more, except in slots that are reserved. What has been sent can be
            /// received still.
            pub fn close(&mut self) {
                self.shared.change(|state| state.close());
            }

            /// Whether nothing can be sent any more: this was closed, or all senders are gone.
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

            /// The next value if one is there; if not, the task is woken when there may be. Only the task that asked last is.
            pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
                poll_recv(&self.shared, context)
            }

            /// As [`recv_many`](Self::recv_many); if no value is there, the task is woken when there may be. Only the task
            /// that asked last is.
            pub fn poll_recv_many(
                &mut self,
                context: &mut Context<'_>,
                buffer: &mut Vec<T>,
                limit: usize,
            ) -> Poll<usize> {
                poll_recv_many(&self.shared, context, buffer, limit)
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

        /// Blocking forms.
        #[cfg(any(feature = "std", loom))]
        impl<T> $receiver<T> {
            /// Blocks the thread until there is a value; `None` at the end, as of [`recv`](Self::recv).
            ///
            /// Unlike tokio's it does not panic inside a runtime: it blocks the runtime's thread.
            #[doc(alias = "recv_blocking")]
            pub fn blocking_recv(&mut self) -> Option<T> {
                // Without a deadline there is an outcome.
                crate::channel::gate::block_in_slot(&self.shared, &mut Next, None).flatten()
            }

            /// Blocks the thread until there are values, and does as [`recv_many`](Self::recv_many).
            #[doc(alias = "recv_many_blocking")]
            pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
                if limit == 0 {
                    return 0;
                }
                make_room(buffer, limit);
                let first = crate::channel::gate::block_in_slot(&self.shared, &mut Several { buffer, limit }, None);
                pop_rest(&self.shared, buffer, limit, first.unwrap_or(0))
            }

            /// Blocks the thread until there is a value, but no longer than `timeout`.
            ///
            /// # Errors
            ///
            /// `Timeout` if the time is over first; `Disconnected` if there will be none any more.
            #[cfg(all(feature = "std", not(loom)))]
            pub fn recv_timeout(&mut self, timeout: core::time::Duration) -> Result<T, super::error::RecvTimeoutError> {
                use super::error::RecvTimeoutError;

                let deadline = crate::wait::deadline_after(timeout);
                match crate::channel::gate::block_in_slot(&self.shared, &mut Next, deadline) {
                    Some(Some(value)) => Ok(value),
                    Some(None) => Err(RecvTimeoutError::Disconnected),
                    None => Err(RecvTimeoutError::Timeout),
                }
            }
        }

        impl<T> Drop for $receiver<T> {
            fn drop(&mut self) {
                let rest = self.shared.change(Queue::receiver_gone);
                drop(rest);
            }
        }

        impl<T> fmt::Debug for $receiver<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($receiver)).field("len", &self.len()).finish_non_exhaustive()
            }
        }
    };
}

receiver!(Receiver, "channel::<i32>(1)");
receiver!(UnboundedReceiver, "unbounded_channel::<i32>()");

/// Receives from a bounded channel; made by [`channel`](super::channel). Dropped, it closes the channel and drops what is under
/// way.
///
/// ```
/// use sync_primitives::mpsc::{self, error::TryRecvError};
///
/// # pollster::block_on(async {
/// let (sender, mut receiver) = mpsc::channel(100);
/// for n in 1..=100 {
///     sender.send(n).await.unwrap();
/// }
/// assert_eq!(receiver.recv().await, Some(1));
/// assert_eq!(receiver.try_recv(), Ok(2));
/// let mut rest = Vec::new();
/// assert_eq!(receiver.recv_many(&mut rest, 1000).await, 98);
/// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
/// receiver.close();
/// assert_eq!(receiver.recv().await, None);
/// # });
/// ```
pub struct Receiver<T> {
    shared: Shared<T>,
}

impl<T> Receiver<T> {
    /// How many slots could be had at once: none while senders wait. Out of date as soon as it is returned.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shared.with(|state| state.capacity())
    }

    /// How many slots the channel has.
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.shared.with(|state| state.max_capacity())
    }
}

/// Receives from an unbounded channel; made by [`unbounded_channel`](super::unbounded_channel). Dropped, it closes the channel and
/// drops what is under way.
///
/// ```
/// use std::time::Duration;
/// use sync_primitives::mpsc::{self, error::RecvTimeoutError};
///
/// let (sender, mut receiver) = mpsc::unbounded_channel();
/// assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
/// sender.send(1).unwrap();
/// assert_eq!((receiver.len(), receiver.blocking_recv()), (1, Some(1)));
/// ```
pub struct UnboundedReceiver<T> {
    shared: Shared<T>,
}
