//! What the benchmarks of collections share: contenders that take and give `u64`, and the ways they are driven.
//!
//! Who finds nothing to take, or no room, waits equally long whoever the contender is: else a transfer measures how often the taker disturbs
//! the giver. Threads are not pinned: a new thread inherits the processor of the one that waits for it, and starts late.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Throughput};

/// A collection of `u64` that threads share.
pub trait Contender: Sync {
    fn put(&self, value: u64);
    fn take(&self) -> Option<u64>;
}

/// What one contended atomic addition for each operation costs: no collection of this kind can be faster.
pub struct Floor(AtomicU64);

impl Floor {
    pub fn new() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl Contender for Floor {
    fn put(&self, value: u64) {
        self.0.fetch_add(value, Ordering::AcqRel);
    }
    fn take(&self) -> Option<u64> {
        Some(self.0.fetch_add(1, Ordering::AcqRel))
    }
}

/// What a thread does that has found nothing, or no room.
pub fn wait() {
    for _ in 0..16 {
        std::hint::spin_loop();
    }
}

/// `threads` threads that each put a value and take one, `each` times; the time from the moment all have begun.
fn pairs<C: Contender>(contender: &C, threads: usize, each: u64) -> Duration {
    let ready = AtomicUsize::new(0);
    thread::scope(|scope| {
        let ready = &ready;
        let work = move || {
            ready.fetch_add(1, Ordering::AcqRel);
            while ready.load(Ordering::Acquire) < threads {
                std::hint::spin_loop();
            }
            let begin = Instant::now();
            for value in 0..each {
                contender.put(black_box(value));
                black_box(contender.take());
            }
            begin.elapsed()
        };
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().map(|thread| thread.join().unwrap()).fold(own, Duration::max)
    })
}

/// One thread puts, another takes, `each` values.
fn transfer<C: Contender>(contender: &C, each: u64) -> Duration {
    let ready = AtomicUsize::new(0);
    thread::scope(|scope| {
        let ready = &ready;
        let start = move || {
            ready.fetch_add(1, Ordering::AcqRel);
            while ready.load(Ordering::Acquire) < 2 {
                std::hint::spin_loop();
            }
            Instant::now()
        };
        let taker = scope.spawn(move || {
            let begin = start();
            let mut taken = 0;
            while taken < each {
                if black_box(contender.take()).is_some() {
                    taken += 1;
                } else {
                    wait();
                }
            }
            begin.elapsed()
        });
        start();
        for value in 0..each {
            contender.put(black_box(value));
        }
        taker.join().unwrap()
    })
}

/// Pairs by one thread and by two.
pub fn bench_pairs<C: Contender>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, make: impl Fn() -> C) {
    for threads in [1, 2] {
        group.throughput(Throughput::Elements(2 * threads as u64));
        group.bench_function(format!("{name}/{threads}T"), |bencher| {
            bencher.iter_custom(|each| pairs(&make(), threads, each));
        });
    }
}

/// Transfers from one thread to another.
pub fn bench_transfer<C: Contender>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, make: impl Fn() -> C) {
    group.throughput(Throughput::Elements(1));
    group.bench_function(format!("{name}/1 to 1"), |bencher| {
        bencher.iter_custom(|each| transfer(&make(), each));
    });
}

/// The time that a value is under way, from the call that puts it to the one that has taken it: one thread puts a value each microsecond, the
/// other asks for it all the time. The median of what `each` values took, times their number.
fn latency<C: Contender>(contender: &C, each: u64) -> Duration {
    const PACE: Duration = Duration::from_micros(1);
    let ready = AtomicUsize::new(0);
    let begin = Instant::now();
    let mut under_way = thread::scope(|scope| {
        let ready = &ready;
        let start = move || {
            ready.fetch_add(1, Ordering::AcqRel);
            while ready.load(Ordering::Acquire) < 2 {
                std::hint::spin_loop();
            }
        };
        let taker = scope.spawn(move || {
            let mut under_way = Vec::with_capacity(each as usize);
            start();
            while under_way.len() < each as usize {
                if let Some(put) = contender.take() {
                    under_way.push((begin.elapsed().as_nanos() as u64).saturating_sub(put));
                }
            }
            under_way
        });
        start();
        for _ in 0..each {
            let put = begin.elapsed();
            contender.put(put.as_nanos() as u64);
            while begin.elapsed() < put + PACE {
                std::hint::spin_loop();
            }
        }
        taker.join().unwrap()
    });
    under_way.sort_unstable();
    Duration::from_nanos(under_way[under_way.len() / 2]) * each as u32
}

/// Values under way from one thread to another.
#[allow(dead_code, reason = "of unbounded queues only")]
pub fn bench_latency<C: Contender>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, make: impl Fn() -> C) {
    group.bench_function(format!("{name}/p50"), |bencher| {
        bencher.iter_custom(|each| latency(&make(), each));
    });
}
