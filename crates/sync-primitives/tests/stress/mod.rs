//! What the stress tests of all primitives share: threads that start together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How many threads there are.
pub const THREADS: u64 = 4;

/// Threads come to it, and go on when all have come; again and again. An atomic, which a race detector understands.
#[derive(Default)]
pub struct Gate(AtomicU64);

impl Gate {
    /// Waits until all threads have come here `times` times.
    pub fn pass(&self, times: u64) {
        self.0.fetch_add(1, Ordering::AcqRel);
        while self.0.load(Ordering::Acquire) < THREADS * times {
            thread::yield_now();
        }
    }
}

/// Runs `body` with its number on each thread, all starting together. The threads are joined one by one, which a race detector
/// understands.
pub fn together(body: impl Fn(u64) + Sync) {
    let gate = Gate::default();
    thread::scope(|scope| {
        let start = |number| {
            let (gate, body) = (&gate, &body);
            scope.spawn(move || {
                gate.pass(1);
                body(number);
            })
        };
        let threads: Vec<_> = (0..THREADS).map(start).collect();
        for thread in threads {
            thread.join().expect("the thread does not panic");
        }
    });
}
