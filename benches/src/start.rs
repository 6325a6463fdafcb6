//! Threads that begin at one moment, each on a processor of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::processors::stay;

/// Lets threads begin at once, each on its processor.
#[derive(Debug)]
pub struct Start {
    threads: usize,
    ready: AtomicUsize,
}

impl Start {
    /// For `threads` threads, numbered from zero.
    pub fn new(threads: usize) -> Self {
        Self { threads, ready: AtomicUsize::new(0) }
    }

    /// Thread `number` is ready; waits for the others.
    pub fn wait(&self, number: usize) {
        stay(number);
        self.ready.fetch_add(1, Ordering::AcqRel);
        while self.ready.load(Ordering::Acquire) < self.threads {
            std::hint::spin_loop();
        }
    }
}
