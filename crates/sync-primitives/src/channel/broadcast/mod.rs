//! A channel of which every receiver gets every value that is sent while it is there.
//!
//! The channel keeps the last values, up to its capacity; a receiver that is slower than that is told how many it has missed.
//! Sending never waits. Names and behaviour are those of `tokio::sync::broadcast`.
//!
//! - Order: each receiver gets the values in the order in which they were sent, with gaps that it is told of.
//! - Cost: an allocation for each value, which receivers share until they clone it; a spinning lock around the state, held for
//!   putting a value in or finding it. The last of those who clone a value may get it without cloning.
//! - Cloning: `T::clone` runs under a lock of that value alone (a blocking one; without the feature `std` a spinning one), so that `T` need not be `Sync`; a clone that
//!   receives the same value again through another receiver waits for itself.
//! - Cancellation: a `recv` that is dropped loses nothing.
//! - Memory: what was done before sending is seen by who receives.
//! - Panics: a clone that panics does so in its receiver, which has missed the value then. A waker that panics does so in
//!   whoever woke it, once all others are served.
//!
//! ```
//! use sync_primitives::broadcast;
//!
//! let (sender, mut first) = broadcast::channel(8);
//! let mut second = sender.subscribe();
//! sender.send("news").unwrap();
//! assert_eq!(pollster::block_on(first.recv()), Ok("news"));
//! assert_eq!(second.blocking_recv(), Ok("news"));
//! ```

// Layout: the last values in a gate, oldest first, each with the number of receivers that have it before them. Invariants, beside C1
// of `changes`, whose number of changes is the number of values sent:
// - B1: the values kept are the last `slots.len()` of those sent. A receiver that has seen `next` of them is in need of the one with that
//   number, or has missed it.
// - B2: of each value kept, `left` is the number of receivers that were there when it was sent and have it before them still. Receivers
//   pass values in order, so those that nobody needs are the oldest; they are taken out by who
//   made them so.
// Checked by `tests/loom_channel_broadcast.rs` (sent, received, lagging, subscribed, given up and dropped against each other), by
// `tests/stress_channels` and by `tests/it/broadcast.rs`.

mod receiver;
mod sender;

use alloc::collections::VecDeque;

pub use receiver::{Receiver, Recv};
pub use sender::{Closed, Sender, WeakSender};

use super::changes::Changes;
use super::gate::Gate;
use crate::primitive::os::Arc;
use crate::primitive::{ValueArc, ValueMutex};

/// Why a value was not sent or not received.
pub mod error {
    use core::error::Error;
    use core::fmt;

    /// Nobody receives; the value comes back.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SendError<T>(pub T);

    impl<T> fmt::Display for SendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("channel closed")
        }
    }

    impl<T: fmt::Debug> Error for SendError<T> {}

    /// Why there is no value, after waiting.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum RecvError {
        /// All senders are gone, and all values have been received.
        Closed,
        /// As many values have been missed. The next is the oldest that is kept.
        Lagged(u64),
    }

    impl fmt::Display for RecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Closed => f.write_str("channel closed"),
                Self::Lagged(missed) => write!(f, "channel lagged by {missed}"),
            }
        }
    }

    impl Error for RecvError {}

    /// Why there is no value now.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum TryRecvError {
        /// None has been sent that was not received.
        Empty,
        /// All senders are gone, and all values have been received.
        Closed,
        /// As many values have been missed. The next is the oldest that is kept.
        Lagged(u64),
    }

    impl fmt::Display for TryRecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Empty => f.write_str("channel empty"),
                Self::Closed => f.write_str("channel closed"),
                Self::Lagged(missed) => write!(f, "channel lagged by {missed}"),
            }
        }
    }

    impl Error for TryRecvError {}

    /// Why a thread that blocked for a time has no value.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum RecvTimeoutError {
        /// The time is over.
        Timeout,
        /// All senders are gone, and all values have been received.
        Closed,
        /// As many values have been missed. The next is the oldest that is kept.
        Lagged(u64),
    }

    impl fmt::Display for RecvTimeoutError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Timeout => f.write_str("timed out waiting on receive operation"),
                Self::Closed => f.write_str("channel closed"),
                Self::Lagged(missed) => write!(f, "channel lagged by {missed}"),
            }
        }
    }

    impl Error for RecvTimeoutError {}
}

/// A value that receivers share, each of which clones it under its lock, except the last, which takes it.
type Value<T> = ValueArc<ValueMutex<Content<T>>>;

struct Content<T> {
    /// `None` once the last has taken it.
    value: Option<T>,
    /// How many receivers have come for it.
    came: usize,
}

struct Slot<T> {
    value: Value<T>,
    /// How many receivers have it before them.
    left: usize,
    /// How many were there when it was sent. If one of them has missed it, or goes, nobody is the last to come for it.
    all: usize,
}

/// The last values, oldest first.
struct Kept<T> {
    slots: VecDeque<Slot<T>>,
    capacity: usize,
}

type State<T> = Changes<Kept<T>>;
type Shared<T> = Arc<Gate<State<T>>>;

impl<T> State<T> {
    /// The number of the oldest value that is kept.
    fn oldest(&self) -> u64 {
        self.count - self.extra.slots.len() as u64
    }

    /// Puts a value in; gives the one back, to be dropped, for which there is no room any more.
    fn push(&mut self, value: Value<T>) -> Option<Slot<T>> {
        let full = self.extra.slots.len() == self.extra.capacity;
        let dropped = if full { self.extra.slots.pop_front() } else { None };
        self.extra.slots.push_back(Slot { value, left: self.receivers, all: self.receivers });
        self.count += 1;
        dropped
    }

    /// The value with the number `next`, for a receiver that goes on to the one after that; and how many can come for it.
    fn pass(&mut self, next: u64) -> Option<(Value<T>, usize)> {
        let index = usize::try_from(next.checked_sub(self.oldest())?).ok()?;
        let slot = self.extra.slots.get_mut(index)?;
        slot.left -= 1;
        // B2: if nobody needs it, nobody needs those before.
        if slot.left == 0 && index == 0 {
            self.extra.slots.pop_front().map(|slot| (slot.value, slot.all))
        } else {
            Some((ValueArc::clone(&slot.value), slot.all))
        }
    }

    /// How many values are kept that somebody needs.
    fn needed(&self) -> usize {
        // B2: those that nobody needs come first.
        self.extra.slots.len() - self.extra.slots.partition_point(|slot| slot.left == 0)
    }

    /// A receiver goes that has the values from `next` on before it. Those that nobody needs then are taken out one by one.
    fn receiver_gone(&mut self, next: u64) {
        self.receivers -= 1;
        let first = usize::try_from(next.saturating_sub(self.oldest())).unwrap_or(usize::MAX);
        self.extra.slots.iter_mut().skip(first).for_each(|slot| slot.left -= 1);
    }

    /// Takes out the oldest value if nobody needs it.
    fn pop_unneeded(&mut self) -> Option<Slot<T>> {
        if self.extra.slots.front()?.left > 0 { None } else { self.extra.slots.pop_front() }
    }
}

/// A channel that keeps the last `capacity` values, or as many as the next power of two; and its first receiver.
///
/// ```
/// use sync_primitives::broadcast::{self, error::TryRecvError};
///
/// let (sender, mut receiver) = broadcast::channel(2);
/// (1..=3).for_each(|n| assert_eq!(sender.send(n), Ok(1)));
/// assert_eq!(receiver.try_recv(), Err(TryRecvError::Lagged(1)));
/// assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(2), Ok(3)));
/// ```
///
/// # Panics
///
/// If `capacity` is 0, or more than `usize::MAX / 2`.
#[must_use]
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(capacity);
    let receiver = sender.subscribe();
    (sender, receiver)
}
