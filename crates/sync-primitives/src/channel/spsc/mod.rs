//! A channel for many values from one sender to one receiver: the fastest there is, since neither side has to share its end.
//!
//! Both wait as tasks, block as threads, or try, on the same channel. Names are those of [`mpsc`](crate::mpsc); what needs many senders is
//! missing, and both ends are used by `&mut`.
//!
//! - Fairness: there is nobody to be fair to.
//! - Cost: a value is written once and read once. While values flow, each side stores its index, and looks at a flag that hardly ever
//!   changes; it looks at the other's index only when the values, or the slots, that it knows of are used up. Where both ends are on one
//!   thread, as tasks, that is so however often either finds the other asleep; else who often does passes one full fence for each
//!   value in addition, as on all systems without `membarrier` (see [`fence`](crate::fence)). Nothing is allocated after the channel was made.
//! - Waiting: where values flowed long without waiting, between threads, a task that finds none, or no room, first lets others run, once, before
//!   it lies down: it is polled once more than it would have to. The first that has to lie down all the same pays for the `membarrier`: up to
//!   about ten microseconds, after which it costs nothing of that kind for the next thousands of values; the first in a process that has
//!   more than one thread pays some milliseconds, which the system takes to prepare that. A thread lets others run for a while before it
//!   sleeps.
//! - Size: slots for a power of two of values, and three cache lines.
//! - Progress: sending and receiving are wait-free unless the other side sleeps; waking takes a lock that is held for moving one waker.
//! - Cancellation: a `recv` that is dropped loses nothing. A `send` that is dropped has not sent, and drops its value.
//! - Memory: what was done before sending is seen by who receives the value; what was done before receiving it is seen by who
//!   sends in the slot that it frees.
//! - Panics: a waker that panics does so in whoever woke it; a value that it was about to return is lost with the unwinding.
//!
//! ```
//! use sync_primitives::spsc;
//!
//! let (mut sender, mut receiver) = spsc::channel(8);
//! std::thread::spawn(move || (1..=100).for_each(|n| sender.blocking_send(n).unwrap()));
//! pollster::block_on(async {
//!     let mut sum = 0;
//!     while let Some(n) = receiver.recv().await {
//!         sum += n;
//!     }
//!     assert_eq!(sum, 5050);
//! });
//! ```

// Checked by `tests/loom_channel_spsc.rs` (sent, received, given up and dropped against each other; capacities of one and two), by
// `tests/stress_channels`, and by `tests/it/spsc.rs`.

mod bell;
mod end;
mod receiver;
mod ring;
mod sender;

/// Why a value was not sent or not received.
pub mod error {
    pub use crate::channel::error::{RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};
}

pub use receiver::{Receiver, Recv};
pub use sender::{Send, Sender};

/// A channel with room for `capacity` values.
///
/// ```
/// let (mut sender, mut receiver) = sync_primitives::spsc::channel(2);
/// sender.try_send("one").unwrap();
/// sender.try_send("two").unwrap();
/// assert!(sender.try_send("three").is_err());
/// assert_eq!(receiver.try_recv(), Ok("one"));
/// ```
///
/// # Panics
///
/// If the capacity is 0, or more than [`Semaphore::MAX_PERMITS`](crate::Semaphore::MAX_PERMITS); and if there is not as much memory.
#[must_use]
#[track_caller]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    super::assert_capacity(capacity);
    let (input, output) = ring::ends(capacity);
    (Sender::new(input), Receiver::new(output))
}
