//! Where the logs of all processes are handed in, under a lock that no recorded operation ever runs under.
//!
//! It is a file of its own so that race detectors that do not see inside the standard library's mutex can be told to overlook
//! exactly this much.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Collects what logs hold; clones share the collection.
pub(super) struct Delivery<R>(Arc<Mutex<Delivered<R>>>);

struct Delivered<R> {
    /// How many processes have been given a number.
    registered: u64,
    /// How many of them have handed in what they hold.
    finished: u64,
    chunks: Vec<(u64, Vec<R>)>,
}

impl<R> Delivery<R> {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Delivered { registered: 0, finished: 0, chunks: Vec::new() })))
    }

    /// The number of one more process.
    pub(super) fn register(&self) -> u64 {
        let mut delivered = self.lock();
        delivered.registered += 1;
        delivered.registered - 1
    }

    /// Takes in all that `process` has recorded.
    pub(super) fn hand_in(&self, process: u64, chunks: impl Iterator<Item = Vec<R>>) {
        let mut delivered = self.lock();
        delivered.chunks.extend(chunks.map(|chunk| (process, chunk)));
        delivered.finished += 1;
    }

    /// Everything, once all processes have handed in; otherwise how many have not.
    pub(super) fn take(&self) -> Result<Vec<(u64, Vec<R>)>, u64> {
        let mut delivered = self.lock();
        match delivered.registered - delivered.finished {
            0 => Ok(std::mem::take(&mut delivered.chunks)),
            missing => Err(missing),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Delivered<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> Clone for Delivery<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
