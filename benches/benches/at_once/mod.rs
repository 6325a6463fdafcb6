//! Threads that work at once, and are timed.

use std::thread;
use std::time::{Duration, Instant};

use benches::start::Start;

/// The time that the slowest of `threads` threads takes, each for `work(thread)`, from the moment all have begun. Each stays on a processor of its
/// own, where there are enough: two that take turns on one do not meet, and look fast, or wait for each other's turn, and look slow.
pub fn at_once(threads: usize, work: impl Fn(usize) + Sync) -> Duration {
    let start = Start::new(threads);
    let run = |thread: usize| {
        start.wait(thread);
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
