//! A seeded bug: `cargo xtask sanitize tsan` requires it to be reported, so that a sanitizer that is blind to races around these locks cannot
//! pass for a clean run.
#![cfg(selvedge_canary)]

use std::hint::black_box;
use std::thread;

use sync_primitives::Mutex;

/// Each thread holds a lock while it writes, but not the same one.
#[test]
#[ignore = "a seeded bug: ThreadSanitizer must report it"]
fn canary_data_race_under_two_locks() {
    struct Shared(*mut u64);
    // SAFETY: none: sharing this pointer without synchronisation is the seeded bug.
    unsafe impl Sync for Shared {}

    let mut value = 0_u64;
    let shared = Shared(&raw mut value);
    let locks = [Mutex::new(1), Mutex::new(2)];
    thread::scope(|scope| {
        let threads = [0, 1].map(|thread| {
            let (shared, lock) = (&shared, &locks[thread]);
            scope.spawn(move || {
                for _ in 0..1_000 {
                    let step = lock.blocking_lock();
                    let place = black_box(shared.0);
                    // SAFETY: none: this read races with the other thread's write.
                    let old = unsafe { place.read() };
                    // SAFETY: none: this write races with the other thread's accesses.
                    unsafe { place.write(old + *step) };
                }
            })
        });
        for thread in threads {
            thread.join().expect("the racing thread ends");
        }
    });
    black_box(value);
}
