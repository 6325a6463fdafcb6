//! What the stress tests of all primitives share: threads that start together, and how much they do.

#![allow(dead_code, reason = "each stress test uses its part")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::Random;

/// How many threads there are.
pub const THREADS: u64 = 4;

/// What holds in this tier, of three numbers: for the quick one, the default one, and the full one.
pub fn by_tier([quick, default, full]: [u64; 3]) -> u64 {
    match Tier::from_environment() {
        Tier::Quick => quick,
        Tier::Default => default,
        Tier::Full => full,
    }
}

/// A check by threads that make so many operations each, with random numbers from `seed`.
pub fn check(structure: &str, property: &str, operations: u64, seed: u64) -> Check {
    let bound = format!("{THREADS} threads x {operations} operations, seed {seed}");
    let check = Check::start(structure, property, "stress", Unit::Operations).bound(&bound);
    check.counter().add(THREADS * operations);
    check
}

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

/// Runs `body` with its number and a source of random numbers on each thread, all starting together.
pub fn together(seed: u64, body: impl Fn(u64, Random) + Sync) {
    start_together(|number| body(number, Random::new(seed ^ (number << 32))));
}

/// Runs `body` with its number on each thread, all starting together. The threads are joined one by one, which a race detector
/// understands.
pub fn start_together(body: impl Fn(u64) + Sync) {
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
