//! What deques tell about their memory.

use super::buffer::Buffer;
use super::worker::Inner;
use super::{Injector, Stealer, Worker};
use crate::reclaim::Telemetry;

impl<T> Inner<T> {
    fn telemetry(&self) -> Telemetry {
        let mut entry = self.hazards.enter();
        let buffer = entry.protect(0, &self.buffer);
        // SAFETY: protected, never null, and published with D5 or with the deque.
        let most = unsafe { &*buffer }.most();
        // To ask is no reason to hold anything back.
        entry.unprotect(buffer);
        drop(entry);
        let slots = self.hazards.slots();
        Telemetry {
            live: 1,
            retired: self.hazards.garbage(),
            // Each has one hazard; the owner's slot, of which it makes no use, stands for the buffer that is about to be freed.
            bound: slots,
            slots,
            object_bytes: Buffer::<T>::bytes(most),
        }
    }
}

impl<T> Worker<T> {
    /// How many buffers have been replaced and not freed, and how many these can be: one for each thread that has stolen, or asked this.
    /// `live` is 1. Lock-free.
    ///
    /// Buffers have different sizes: `object_bytes` are those of the largest one that the deque has had, so what is told in bytes is
    /// never too little.
    ///
    /// ```
    /// use lockfree_collections::deque::Worker;
    ///
    /// let worker = Worker::new_lifo();
    /// (0..10_000_u64).for_each(|number| worker.push(number));
    /// let memory = worker.telemetry();
    /// assert_eq!((memory.live, memory.retired), (1, 0));
    /// assert!(memory.object_bytes >= 10_000 * size_of::<u64>());
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.inner.telemetry()
    }
}

impl<T> Stealer<T> {
    /// As [`Worker::telemetry`].
    ///
    /// ```
    /// use lockfree_collections::deque::{Steal, Worker};
    ///
    /// let worker = Worker::new_fifo();
    /// let stealer = worker.stealer();
    /// worker.push(0);
    /// // The hazard of a thread stays on the buffer it has stolen from.
    /// assert_eq!(stealer.steal(), Steal::Success(0));
    /// (1..1_000).for_each(|number| worker.push(number));
    /// let memory = stealer.telemetry();
    /// assert!(memory.retired <= memory.bound && memory.bound <= memory.slots);
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.inner.telemetry()
    }
}

impl<T> Injector<T> {
    /// As [`LockFreeQueue::telemetry`](crate::LockFreeQueue::telemetry).
    ///
    /// ```
    /// let injector = lockfree_collections::deque::Injector::new();
    /// (0..10_000).for_each(|task| injector.push(task));
    /// while injector.steal().is_success() {}
    /// let memory = injector.telemetry();
    /// assert!(memory.live == 1 && memory.retired <= memory.bound);
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.queue.telemetry()
    }
}
