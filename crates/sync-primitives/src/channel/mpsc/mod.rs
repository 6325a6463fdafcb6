//! Channels for many values from many senders to one receiver: bounded, with a queue of senders that wait for room, or unbounded.
//!
//! Sending and receiving wait as tasks, block as threads, or try, all on the same channel and in the same queue. Names and
//! behaviour are those of `tokio::sync::mpsc`.
//!
//! - Fairness: senders that wait for room are served first in, first out; one that reserves many slots holds up those behind
//!   it. Values arrive in the order in which they are sent.
//! - Cost: a spinning lock around the state, held for moving a value in or out (up to 64 in the forms for many); nothing is
//!   allocated for waiting. The buffer grows as it is used, up to the capacity, and is kept.
//! - Room: a value that comes while the receiver waits is handed to it, and takes no slot, so that the sender can go on. Should the receiver give up
//!   then, the value takes a slot again: there can be one value more than there are slots, until the receiver takes one.
//! - Cancellation: a `recv` that is dropped loses nothing. A `send` that is dropped has not sent, and drops its value; a
//!   `reserve` that is dropped frees its slot.
//! - Memory: what was done before sending is seen by who receives the value; what was done before receiving it is seen by who
//!   sends in the slot that it frees.
//! - Panics: a waker that panics does so in whoever woke it, once all others are served. If that is one who receives, its value
//!   is lost with the unwinding.
//!
//! ```
//! use sync_primitives::mpsc;
//!
//! let (sender, mut receiver) = mpsc::channel(8);
//! for n in 1..=3 {
//!     let sender = sender.clone();
//!     std::thread::spawn(move || sender.blocking_send(n).unwrap());
//! }
//! drop(sender);
//! pollster::block_on(async {
//!     let mut sum = 0;
//!     while let Some(n) = receiver.recv().await {
//!         sum += n;
//!     }
//!     assert_eq!(sum, 6);
//! });
//! ```
//!
//! Differs from tokio's on purpose: blocking forms do not panic inside a runtime, they block its thread;
//! [`Sender::send_timeout`] and [`Receiver::recv_timeout`] are for threads; [`Sender::capacity`] is 0 while senders wait, and is not
//! lessened by what is handed to a receiver that waits; there is no budget after which a task that never waits is made to yield.

// Checked by `tests/loom_channel_mpsc.rs` (sent, received, reserved, given up, closed and dropped against each other; capacities of one
// and two), by `tests/stress_channels`, and by `tests/it/mpsc.rs`.

mod receiver;

/// Why a value was not sent or not received.
pub mod error {
    pub use crate::channel::error::{RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
}

pub use receiver::{Receiver, Recv, RecvMany, UnboundedReceiver};

pub use super::permit::{OwnedPermit, Permit, PermitIterator};
use super::queue::Queue;
pub use super::send_until::SendUntil;
pub use super::sender::{Sender, WeakSender};
pub use super::sending::{Closed, Reserve, ReserveMany, ReserveOwned, Send};
pub use super::unbounded::{UnboundedSender, WeakUnboundedSender};

/// A channel with room for `capacity` values.
///
/// ```
/// let (sender, mut receiver) = sync_primitives::mpsc::channel(2);
/// sender.try_send(1).unwrap();
/// sender.try_send(2).unwrap();
/// assert!(sender.try_send(3).is_err());
/// assert_eq!(receiver.try_recv(), Ok(1));
/// ```
///
/// # Panics
///
/// If `capacity` is 0, or more than [`Semaphore::MAX_PERMITS`](crate::Semaphore::MAX_PERMITS).
#[must_use]
#[track_caller]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    super::assert_capacity(capacity);
    let shared = Queue::share(capacity);
    (Sender::new(crate::primitive::os::Arc::clone(&shared)), Receiver::new(shared))
}

/// A channel with room for as many values as there is memory.
///
/// ```
/// let (sender, mut receiver) = sync_primitives::mpsc::unbounded_channel();
/// sender.send(1).unwrap();
/// drop(sender);
/// assert_eq!(receiver.blocking_recv(), Some(1));
/// assert_eq!(receiver.blocking_recv(), None);
/// ```
#[must_use]
#[cfg_attr(feature = "diagnostics", track_caller)]
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let shared = Queue::share(usize::MAX);
    (UnboundedSender::new(crate::primitive::os::Arc::clone(&shared)), UnboundedReceiver::new(shared))
}
