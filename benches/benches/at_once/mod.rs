//! Threads that work at once, and are timed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The time that the slowest of `threads` threads takes, each for `work(thread)`, from the moment all have begun.
pub fn at_once(threads: usize, work: impl Fn(usize) + Sync) -> Duration {
    let ready = AtomicUsize::new(0);
    let run = |thread: usize| {
        ready.fetch_add(1, Ordering::AcqRel);
        while ready.load(Ordering::Acquire) < threads {
            std::hint::spin_loop();
        }
        let begin = Instant::now();
        work(thread);
        begin.elapsed()
    };
    thread::scope(|scope| {
        let run = &run;
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        let own = run(0);
        others.into_iter().map(|thread| thread.join().unwrap()).fold(own, Duration::max)
    })
}
