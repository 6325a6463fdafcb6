//! A number that a primitive is to order, and threads that share both.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};

/// A primitive, and a number in a cell of the checker: an access which the primitive fails to order is reported as a race.
pub struct Ordered<P> {
    pub by: P,
    pub value: UnsafeCell<u32>,
}

// SAFETY: the models order their accesses of `value` by the primitive; where they err, the checker says so.
unsafe impl<P: Send> Send for Ordered<P> {}
// SAFETY: as above.
unsafe impl<P: Sync> Sync for Ordered<P> {}

impl<P> Ordered<P> {
    pub fn new(by: P) -> Arc<Self> {
        Arc::new(Self { by, value: UnsafeCell::new(0) })
    }

    pub fn add(&self, n: u32) {
        self.value.with_mut(|value| {
            // SAFETY: ordered by the primitive; the checker watches.
            unsafe { *value += n }
        });
    }

    pub fn get(&self) -> u32 {
        self.value.with(|value| {
            // SAFETY: as in `add`.
            unsafe { *value }
        })
    }
}

/// A thread that uses `shared`.
pub fn spawn<T: 'static>(shared: &Arc<T>, body: impl FnOnce(&T) + 'static) -> JoinHandle<()> {
    let shared = Arc::clone(shared);
    thread::spawn(move || body(&shared))
}

/// Runs each body on a thread of its own. The first thread only joins: loom's `join` cannot stand an `unpark` that comes late.
pub fn together<T: 'static>(shared: &Arc<T>, bodies: &[fn(&T)]) {
    let threads: Vec<_> = bodies.iter().map(|&body| spawn(shared, body)).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
