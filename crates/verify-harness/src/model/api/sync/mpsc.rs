//! Channels with many senders and one receiver.
//!
//! The order of sends and receives is that of one word, whose accesses order nothing else; each message has a word of its
//! own, through which its sender synchronizes with its receiver: receiving one message says nothing of what the senders of
//! others did.

use core::fmt;
use core::sync::atomic::Ordering;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError};

use super::super::super::calls;
use super::super::super::interface::{UpdateFn, Waits};
use super::super::word::Word;

/// The state's low half counts the messages, the high half the senders; the top bit says that the receiver is gone.
const SENDER: u64 = 1 << 32;
const MESSAGES: u64 = SENDER - 1;
const NO_RECEIVER: u64 = 1 << 63;

const SEND: UpdateFn = |state, _, _| if state & NO_RECEIVER == 0 { Some(state + 1) } else { None };
/// Takes a message, or finds that no more will come.
const RECEIVE: UpdateFn = |state, _, _| match (state & MESSAGES, state / SENDER) {
    (0, 0) => Some(state),
    (0, _) => None,
    _ => Some(state - 1),
};

/// A channel without bound.
///
/// ```
/// use verify_harness::model::sync::mpsc::channel;
/// use verify_harness::model::{Builder, thread};
///
/// let report = Builder::new().explore(|| {
///     let (first, receiver) = channel();
///     let second = first.clone();
///     thread::spawn(move || first.send(1).unwrap());
///     thread::spawn(move || second.send(2).unwrap());
///     let sum = receiver.recv().unwrap() + receiver.recv().unwrap();
///     assert_eq!(sum, 3);
///     assert!(receiver.recv().is_err(), "nobody can send any more");
/// });
/// assert!(report.verdict.holds());
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(Channel { state: Word::new(SENDER), queue: Mutex::new(VecDeque::new()) });
    (Sender(Arc::clone(&channel)), Receiver(channel))
}

struct Channel<T> {
    state: Word<u64>,
    /// The messages, each with the word that says that it is there.
    queue: Mutex<VecDeque<(Arc<Word<u32>>, T)>>,
}

impl<T> Channel<T> {
    fn queue(&self) -> MutexGuard<'_, VecDeque<(Arc<Word<u32>>, T)>> {
        // Never contended: model threads run on one OS thread and do not give it up while they hold the queue.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first message, whose count was taken off the state.
    #[track_caller]
    fn take(&self) -> Option<T> {
        let (ready, message) = self.queue().pop_front()?;
        let sent = |ready, _, _| if ready == 1 { Some(2) } else { None };
        // Acquire: what the sender did before sending is seen; pairs with the store in `send`.
        ready.wait(sent, 0, Ordering::Acquire, Waits::Notification);
        Some(message)
    }
}

/// The sending side of a [`channel`].
pub struct Sender<T>(Arc<Channel<T>>);

impl<T> Sender<T> {
    /// Sends `message`.
    ///
    /// # Errors
    ///
    /// The message, if the receiver is gone.
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let ready = Arc::new(Word::new(0));
        // Release: what this thread did before is seen by who receives the message; pairs with `take`.
        ready.store(1, super::super::super::interface::Strength::Release);
        if self.0.state.try_update(SEND, 0, Ordering::Relaxed).is_err() {
            return Err(SendError(message));
        }
        self.0.queue().push_back((ready, message));
        Ok(())
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        self.0.state.update(|state, _, _| Some(state + SENDER), 0, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    #[track_caller]
    fn drop(&mut self) {
        if calls::is_running() {
            self.0.state.update(|state, _, _| Some(state - SENDER), 0, Ordering::Relaxed);
        }
    }
}

/// The receiving side of a [`channel`].
pub struct Receiver<T>(Arc<Channel<T>>);

impl<T> Receiver<T> {
    /// Waits for a message.
    ///
    /// # Errors
    ///
    /// If there is none and all senders are gone.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.0.state.wait(RECEIVE, 0, Ordering::Relaxed, Waits::Notification);
        self.0.take().ok_or(RecvError)
    }

    /// Waits for a message or for the time to be over. Time does not pass in a model: where there is no message, the time
    /// is over, and the executions in which the message comes first are explored too.
    ///
    /// # Errors
    ///
    /// If there is none.
    #[track_caller]
    pub fn recv_timeout(&self, _timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.try_recv().map_err(|error| match error {
            TryRecvError::Empty => RecvTimeoutError::Timeout,
            TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
        })
    }

    /// Takes a message if there is one.
    ///
    /// # Errors
    ///
    /// If there is none.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.0.state.try_update(RECEIVE, 0, Ordering::Relaxed) {
            Ok(_) => self.0.take().ok_or(TryRecvError::Disconnected),
            Err(_) => Err(TryRecvError::Empty),
        }
    }
}

impl<T> Drop for Receiver<T> {
    #[track_caller]
    fn drop(&mut self) {
        if calls::is_running() {
            self.0.state.update(|state, _, _| Some((state | NO_RECEIVER) & !MESSAGES), 0, Ordering::Relaxed);
        }
        let messages = std::mem::take(&mut *self.0.queue());
        drop(messages);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
