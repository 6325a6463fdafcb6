//! Waiting for values. What the queue itself does stands in [`super::ring`], what waiting is in [`crate::receive`].

use super::BoundedQueue;
#[cfg(not(loom))]
use crate::receive::{self, RecvTimeoutError};

impl<T> BoundedQueue<T> {
    /// Removes the value that was pushed first, and waits for one if there is none; none if the queue is closed and empty.
    ///
    /// Tasks and threads that wait are woken in the order in which they came, one for each value; a [`pop`](Self::pop), or a receiver that
    /// has not slept, may be faster than one that is woken, which then waits again. Nothing is allocated.
    ///
    /// A push does not wait for room, and a pop wakes nobody who would: that is what the channels of `sync-primitives` are for.
    ///
    /// *Cancellation*: the future may be dropped at any time. No value is lost, and if it had been woken for one, the next is.
    ///
    /// ```
    /// use lockfree_collections::BoundedQueue;
    ///
    /// let queue = BoundedQueue::new(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         queue.push(1).unwrap();
    ///         queue.close();
    ///     });
    ///     pollster::block_on(async {
    ///         assert_eq!(queue.recv().await, Some(1));
    ///         assert_eq!(queue.recv().await, None);
    ///     });
    /// });
    /// ```
    pub async fn recv(&self) -> Option<T> {
        self.receivers.receive(|| self.pop(), || self.is_closed()).await
    }

    /// As [`recv`](Self::recv); blocks the thread.
    ///
    /// ```
    /// use lockfree_collections::BoundedQueue;
    ///
    /// let queue = BoundedQueue::new(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| queue.push("value").unwrap());
    ///     assert_eq!(queue.recv_blocking(), Some("value"));
    /// });
    /// queue.close();
    /// assert_eq!(queue.recv_blocking(), None);
    /// ```
    #[doc(alias = "blocking_recv")]
    pub fn recv_blocking(&self) -> Option<T> {
        crate::primitive::block_on(self.recv())
    }

    /// As [`recv_blocking`](Self::recv_blocking), for no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// If no value came in time, or none will come.
    ///
    /// ```
    /// use std::time::Duration;
    /// use lockfree_collections::{BoundedQueue, bounded::RecvTimeoutError};
    ///
    /// let queue = BoundedQueue::new(1);
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.recv_timeout(Duration::ZERO), Ok(1));
    /// assert_eq!(queue.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    /// queue.close();
    /// assert_eq!(queue.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Closed));
    /// ```
    #[cfg(not(loom))]
    pub fn recv_timeout(&self, timeout: core::time::Duration) -> Result<T, RecvTimeoutError> {
        receive::block_on_for(self.recv(), timeout)
    }
}
