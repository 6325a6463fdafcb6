//! Threads that are late: stopped in the middle of an operation.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use lockfree_collections::stall;
use loom::sync::Arc;
use loom::sync::atomic::AtomicBool;
use loom::thread::{self, JoinHandle};

/// A thread in the middle of what it does.
pub struct Late<R>(JoinHandle<R>);

impl<R: 'static> Late<R> {
    /// Does `body`, in a thread of its own, up to the first of the stops; each is told as [`stall::at`] wants it.
    pub fn at(stops: &'static [&'static [&'static str]], body: impl FnOnce() -> R + 'static) -> Self {
        let waiter = thread::current();
        let late = thread::spawn(move || {
            for path in stops {
                stall::at(path, Some(waiter.clone()));
            }
            body()
        });
        thread::park();
        Self(late)
    }

    /// Lets it go on; up to the next stop, if there is one.
    pub fn go_on(&self) {
        self.0.thread().unpark();
    }

    /// Lets it go on, and waits for the next stop.
    pub fn go_on_to_the_next(&self) {
        self.go_on();
        thread::park();
    }

    /// Lets it go on, and waits for what it returns.
    pub fn end(self) -> R {
        self.go_on();
        self.join()
    }

    /// The thread, which is as others are when it has gone on from all its stops.
    pub fn into_handle(self) -> JoinHandle<R> {
        self.0
    }

    /// Waits for what it returns.
    pub fn join(self) -> R {
        self.0.join().unwrap()
    }
}

/// What threads tell one another about how far they are: orders nothing, unless it is told and learnt.
pub struct Stage([AtomicBool; 7]);

impl Stage {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(std::array::from_fn(|_| AtomicBool::new(false))))
    }

    pub fn reach(&self, stage: usize) {
        self.0[stage].store(true, Relaxed);
    }

    pub fn wait_for(&self, stage: usize) {
        while !self.0[stage].load(Relaxed) {
            thread::yield_now();
        }
    }

    /// Reaches it, and tells who learns it all that was done before.
    pub fn tell(&self, stage: usize) {
        self.0[stage].store(true, Release);
    }

    pub fn learn(&self, stage: usize) {
        while !self.0[stage].load(Acquire) {
            thread::yield_now();
        }
    }
}
