//! Futures in model threads.

mod atomic_waker;

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;
use std::task::Wake;

pub use atomic_waker::AtomicWaker;

use super::sync::Notify;

/// Polls `future` until it is ready; between polls, waits until its waker is called. A future that is never woken is
/// reported as a lost wakeup.
///
/// ```
/// use verify_harness::model::{Builder, future::block_on};
///
/// Builder::new().check(|| assert_eq!(block_on(async { 1 + 1 }), 2));
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Wakes(Notify);

    impl Wake for Wakes {
        #[track_caller]
        fn wake(self: Arc<Self>) {
            self.0.notify();
        }

        #[track_caller]
        fn wake_by_ref(self: &Arc<Self>) {
            self.0.notify();
        }
    }

    let mut future = pin!(future);
    let wakes = Arc::new(Wakes(Notify::new()));
    let waker = Waker::from(Arc::clone(&wakes));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        wakes.0.wait();
    }
}
