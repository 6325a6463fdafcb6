//! Threads that wait for a future.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

#[cfg(loom)]
use loom::thread::{self, Thread};
#[cfg(not(loom))]
use std::thread::{self, Thread};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end; between polls `park` blocks the thread, or says that it has waited long enough.
fn run<F: Future>(future: F, park: impl Fn() -> bool) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        if !park() {
            return None;
        }
    }
}

/// Runs a future to its end, and blocks the thread meanwhile.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let output = run(future, || {
        thread::park();
        true
    });
    output.expect("it waits as long as it takes")
}

/// As `block_on`, for no longer than `timeout`.
#[cfg(not(loom))]
pub(crate) fn block_on_for<F: Future>(future: F, timeout: core::time::Duration) -> Option<F::Output> {
    // A time that no clock reaches is no limit.
    let Some(deadline) = std::time::Instant::now().checked_add(timeout) else { return Some(block_on(future)) };
    run(future, || {
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        thread::park_timeout(left);
        !left.is_zero()
    })
}

/// Whether queues have receivers to wake: a model says so.
#[inline(always)]
pub(crate) fn waits() -> bool {
    #[cfg(loom)]
    return super::weaken::is_waited();
    #[cfg(not(loom))]
    true
}
