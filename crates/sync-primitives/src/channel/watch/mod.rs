//! A value that senders change and receivers watch: each sees the latest, and waits for the next.
//!
//! Receivers wait as tasks or block as threads. Names and behaviour are those of `tokio::sync::watch`.
//!
//! - Order: a receiver may miss values, never the last one; it sees no older value after a newer one.
//! - Cost: a [`RwLock`](crate::RwLock) around the value, a spinning lock around the number of changes and the line of those
//!   who wait; a change lets all of them go. Nothing is allocated but the channel.
//! - Locking: [`Receiver::borrow`] holds the value's lock, which holds up senders, and through them other receivers; one who holds
//!   a borrow and borrows again may wait for ever. Do not hold it across an `.await`.
//!   Without the feature `std` that lock spins, since no thread can sleep.
//! - Cancellation: a `changed` or `wait_for` that is dropped has lost nothing; a change that it was told of counts as unseen,
//!   unless `wait_for` had tested it.
//! - Memory: what was done before sending is seen by who sees the value.
//! - Panics: a closure that panics leaves the value as it left it, without telling anybody; there is no poison. A waker that
//!   panics does so in whoever woke it, once all others are served.
//!
//! ```
//! use sync_primitives::watch;
//!
//! let (sender, mut receiver) = watch::channel("starting");
//! let waiting = std::thread::spawn(move || {
//!     pollster::block_on(async { *receiver.wait_for(|state| *state == "done").await.unwrap() })
//! });
//! sender.send("working").unwrap();
//! sender.send("done").unwrap();
//! assert_eq!(waiting.join().unwrap(), "done");
//! ```

// Layout: the value in a `RwLock`, the number of changes in a gate, shared by an `Arc`. Invariants, beside C1 of `changes`:
// - V1: the number grows under the write lock of the value, so who holds a read lock sees number and value together. Those who wait
//   are let go once the write lock is given back.
// Checked by `tests/loom_channel_watch.rs` (sent, waited for, looked at, given up and dropped against each other), by
// `tests/stress_channels` and by `tests/it/watch.rs`.

mod borrow;
mod receiver;
mod sender;

pub use borrow::Ref;
pub use receiver::{Changed, Receiver, WaitFor};
pub use sender::{Closed, Sender};

use super::changes::Changes;
use super::gate::Gate;
use crate::primitive::ValueRwLock;

/// Why a value was not sent, or why nothing will change any more.
pub mod error {
    use core::error::Error;
    use core::fmt;

    /// Nobody receives; the value comes back.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub struct SendError<T>(pub T);

    impl<T> fmt::Debug for SendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("SendError").finish_non_exhaustive()
        }
    }

    impl<T> fmt::Display for SendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("channel closed")
        }
    }

    impl<T> Error for SendError<T> {}

    /// All senders are gone.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RecvError(pub(super) ());

    impl fmt::Display for RecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("channel closed")
        }
    }

    impl Error for RecvError {}
}

/// What all handles share.
struct Shared<T> {
    value: ValueRwLock<T>,
    gate: Gate<Changes<()>>,
}

/// A channel with a first value, which the receiver has seen.
///
/// ```
/// let (sender, receiver) = sync_primitives::watch::channel(1);
/// assert_eq!((*sender.borrow(), *receiver.borrow(), receiver.has_changed()), (1, 1, Ok(false)));
/// ```
#[must_use]
#[cfg_attr(feature = "diagnostics", track_caller)]
pub fn channel<T>(first: T) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(first);
    let receiver = sender.subscribe();
    (sender, receiver)
}
