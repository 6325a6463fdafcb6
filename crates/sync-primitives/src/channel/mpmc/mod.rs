//! Channels for many values from many senders to many receivers, each value to one of them: bounded, with queues of senders that
//! wait for room and of receivers that wait for values, or unbounded.
//!
//! The senders are those of [`mpsc`](crate::mpsc); a [`Receiver`] is a handle that can be cloned. Sending and receiving wait as
//! tasks, block as threads, or try, all on the same channel and in the same queue.
//!
//! - Fairness: senders that wait for room are served first in, first out, and so are receivers that wait for values. A receiver
//!   that has been let go on is sure of a value, which nobody who comes later can take from it; not of a certain one, since values
//!   always leave in the order in which they were sent, whoever gives up. So `try_recv` may find nothing while values are there
//!   that are promised to others.
//! - Cost: a spinning lock around the state, held for moving a value in or out (up to 64 in the forms for many); nothing is
//!   allocated for waiting. The buffer grows as it is used, up to the capacity, and is kept.
//! - Cancellation: a `recv` that is dropped loses nothing, the value that was meant for it goes to the next. Senders as in
//!   [`mpsc`](crate::mpsc).
//! - Memory and panics: as in [`mpsc`](crate::mpsc).
//!
//! ```
//! use sync_primitives::mpmc;
//!
//! let (sender, receiver) = mpmc::channel(2);
//! std::thread::scope(|scope| {
//!     let workers: Vec<_> = (0..3)
//!         .map(|_| {
//!             let receiver = receiver.clone();
//!             scope.spawn(move || std::iter::from_fn(|| receiver.blocking_recv()).sum::<u32>())
//!         })
//!         .collect();
//!     (1..=100).for_each(|n| sender.blocking_send(n).unwrap());
//!     drop(sender);
//!     assert_eq!(workers.into_iter().map(|worker| worker.join().unwrap()).sum::<u32>(), 5050);
//! });
//! ```

// Checked by `tests/loom_channel_mpmc.rs` (sent, received, given up, closed and dropped against each other; capacities of one and
// two), by `tests/stress_channels`, whose histories are those of a bounded queue, and by `tests/it/mpmc.rs`.

mod receiver;

/// Why a value was not sent or not received.
pub mod error {
    pub use crate::channel::error::{RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
}

pub use receiver::{Receiver, Recv, RecvMany};

pub use super::permit::{OwnedPermit, Permit, PermitIterator};
use super::queue::Queue;
pub use super::send_until::SendUntil;
pub use super::sender::{Sender, WeakSender};
pub use super::sending::{Closed, Reserve, ReserveMany, ReserveOwned, Send};
pub use super::unbounded::{UnboundedSender, WeakUnboundedSender};

/// A channel with room for `capacity` values.
///
/// ```
/// let (sender, receiver) = sync_primitives::mpmc::channel(1);
/// sender.try_send(1).unwrap();
/// assert!(sender.try_send(2).is_err());
/// assert_eq!(receiver.clone().try_recv(), Ok(1));
/// ```
///
/// # Panics
///
/// If `capacity` is 0, or more than [`Semaphore::MAX_PERMITS`](crate::Semaphore::MAX_PERMITS).
#[doc(alias = "ProducerConsumer")]
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
/// let (sender, receiver) = sync_primitives::mpmc::unbounded_channel();
/// (1..=3).for_each(|n| sender.send(n).unwrap());
/// assert_eq!((receiver.try_recv(), receiver.clone().try_recv()), (Ok(1), Ok(2)));
/// ```
#[must_use]
#[cfg_attr(feature = "diagnostics", track_caller)]
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, Receiver<T>) {
    let shared = Queue::share(usize::MAX);
    (UnboundedSender::new(crate::primitive::os::Arc::clone(&shared)), Receiver::new(shared))
}
