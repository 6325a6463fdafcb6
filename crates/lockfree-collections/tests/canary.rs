//! Seeded bugs, one for each sanitizer: `cargo xtask sanitize` requires every one of them to be reported, so that a
//! sanitizer that sees nothing cannot pass for a clean run.
#![cfg(selvedge_canary)]

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lockfree_collections::LockFreeQueue;

#[test]
#[ignore = "a seeded bug: AddressSanitizer must stop it"]
fn canary_use_after_free() {
    let value = Box::into_raw(Box::new([7_u64; 8]));
    // SAFETY: `value` came from `Box::into_raw` just above and is freed once.
    drop(unsafe { Box::from_raw(black_box(value)) });
    // SAFETY: none: this is the seeded bug, a read of freed memory.
    let read = unsafe { black_box(value).cast::<u64>().read_volatile() };
    black_box(read);
}

#[test]
#[ignore = "a seeded bug: LeakSanitizer must report it"]
fn canary_leak() {
    // A thread of its own, so that no stale stack slot still points to the blocks when the process ends.
    let leaker = thread::spawn(|| {
        for value in 0..64_u64 {
            black_box(Box::into_raw(Box::new([value; 16])));
        }
    });
    leaker.join().expect("the leaking thread ends");
}

/// A number that threads write without synchronisation.
struct Shared(*mut u64);
// SAFETY: none: sharing this pointer without synchronisation is the seeded bug.
unsafe impl Send for Shared {}
// SAFETY: none: the same.
unsafe impl Sync for Shared {}

impl Shared {
    fn add(&self, step: u64) {
        for _ in 0..1_000 {
            let place = black_box(self.0);
            // SAFETY: none: this read races with the other thread's write.
            let old = unsafe { place.read() };
            // SAFETY: none: this write races with the other thread's accesses.
            unsafe { place.write(old + step) };
        }
    }
}

#[test]
#[ignore = "a seeded bug: ThreadSanitizer must report it"]
fn canary_data_race() {
    let mut value = 0_u64;
    let shared = Shared(&raw mut value);
    let started = AtomicUsize::new(0);
    thread::scope(|scope| {
        let threads = [1, 2].map(|step| {
            let (shared, started) = (&shared, &started);
            scope.spawn(move || {
                // Relaxed: the gate must not order the accesses below.
                started.fetch_add(1, Ordering::Relaxed);
                while started.load(Ordering::Relaxed) < 2 {
                    thread::yield_now();
                }
                shared.add(step);
            })
        });
        for thread in threads {
            thread.join().expect("the racing thread ends");
        }
    });
    black_box(value);
}

/// The queue orders what came before the push, and nothing after it.
#[test]
#[ignore = "a seeded bug: ThreadSanitizer must report it"]
fn canary_data_race_after_handing_over() {
    let mut value = 0_u64;
    let place = &raw mut value;
    let queue = LockFreeQueue::new();
    let giver = Shared(place);
    thread::scope(|scope| {
        let queue = &queue;
        let giver = scope.spawn(move || {
            giver.add(1);
            queue.push(Shared(giver.0));
            giver.add(1);
        });
        let taker = scope.spawn(move || {
            loop {
                match queue.pop() {
                    Some(taken) => break taken.add(2),
                    None => thread::yield_now(),
                }
            }
        });
        giver.join().expect("the giving thread ends");
        taker.join().expect("the taking thread ends");
    });
    black_box(value);
}
