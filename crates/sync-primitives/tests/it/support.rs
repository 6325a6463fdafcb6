//! Tasks by hand: polling with a waker that counts.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A task whose wake-ups are counted.
#[derive(Default)]
pub struct Counted(AtomicUsize);

impl Counted {
    pub fn wakes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A pinned future with a waker of its own.
pub struct Task<F> {
    pub future: Pin<Box<F>>,
    counted: Arc<Counted>,
}

impl<F: Future> Task<F> {
    pub fn new(future: F) -> Self {
        Self { future: Box::pin(future), counted: Arc::default() }
    }

    /// Polls once.
    pub fn poll(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(&self.counted));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// Polls once and expects that the task waits.
    #[track_caller]
    pub fn waits(&mut self) {
        assert!(self.poll().is_pending(), "done, and should wait");
    }

    /// Polls once and expects the result.
    #[track_caller]
    pub fn done(&mut self) -> F::Output {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("waits, and should be done"),
        }
    }

    /// How often the task was woken.
    pub fn wakes(&self) -> usize {
        self.counted.wakes()
    }
}

/// A waker that panics when it is woken.
pub struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("the waker panics");
    }
}

impl<F: Future> Task<F> {
    /// Polls once with a waker that will panic.
    pub fn poll_with_panicking_waker(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(Arc::new(Panics));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

impl<F> Task<F> {
    /// What counts the wake-ups, which may outlive the task.
    pub fn counter(&self) -> Arc<Counted> {
        Arc::clone(&self.counted)
    }
}

/// Whether `f` panics.
pub fn panics<R>(f: impl FnOnce() -> R) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err()
}
