//! What the benchmarks of collections share: contenders that take and give `u64`, and the ways they are driven.
//!
//! Who finds nothing to take, or no room, waits equally long whoever the contender is: else a transfer measures how often the taker disturbs
//! the giver. Each thread has a processor of its own, where there are enough: two that share one do not meet, and look fast.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use benches::start::Start;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Throughput};

/// A collection of `u64` that threads share.
pub trait Contender: Sync {
    fn put(&self, value: u64);
    fn take(&self) -> Option<u64>;
}

/// Makes a type a contender: how it puts, and how it takes.
#[allow(unused_macros, reason = "each benchmark file uses its part")]
macro_rules! contender {
    ($type:ty, |$put:ident, $value:ident| $putting:expr, |$take:ident| $taking:expr) => {
        impl $crate::contenders::Contender for $type {
            fn put(&self, $value: u64) {
                let $put = self;
                $putting;
            }
            fn take(&self) -> Option<u64> {
                let $take = self;
                $taking
            }
        }
    };
}
#[allow(unused_imports, reason = "each benchmark file uses its part")]
pub(crate) use contender;

/// Both ends of a channel of crossbeam's.
#[allow(dead_code, reason = "each benchmark file uses its part")]
pub struct Crossbeam(pub (crossbeam_channel::Sender<u64>, crossbeam_channel::Receiver<u64>));

/// Both ends of a channel of crossfire's.
#[allow(dead_code, reason = "each benchmark file uses its part")]
pub struct Crossfire<F: crossfire::flavor::Flavor<Item = u64>>(pub (crossfire::MTx<F>, crossfire::MRx<F>));

/// Both ends of a channel of flume's.
#[allow(dead_code, reason = "each benchmark file uses its part")]
pub struct Flume(pub (flume::Sender<u64>, flume::Receiver<u64>));

/// Both ends of a channel of kanal's.
#[allow(dead_code, reason = "each benchmark file uses its part")]
pub struct Kanal(pub (kanal::Sender<u64>, kanal::Receiver<u64>));

/// What it costs that one line goes from one processor to the other, and back: no value can be under way for less time.
#[allow(dead_code, reason = "each benchmark file uses its part")]
pub struct Mailbox(AtomicU64);

#[allow(dead_code, reason = "each benchmark file uses its part")]
impl Mailbox {
    pub fn new() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl Contender for Mailbox {
    fn put(&self, value: u64) {
        while self.0.load(Ordering::Acquire) != 0 {
            std::hint::spin_loop();
        }
        self.0.store(value + 1, Ordering::Release);
    }
    fn take(&self) -> Option<u64> {
        let value = self.0.load(Ordering::Acquire).checked_sub(1)?;
        self.0.store(0, Ordering::Release);
        Some(value)
    }
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
    let start = &Start::new(threads);
    thread::scope(|scope| {
        let work = move |number| {
            start.wait(number);
            let begin = Instant::now();
            for value in 0..each {
                contender.put(black_box(value));
                black_box(contender.take());
            }
            begin.elapsed()
        };
        let others: Vec<_> = (1..threads).map(|number| scope.spawn(move || work(number))).collect();
        let own = work(0);
        others.into_iter().map(|thread| thread.join().unwrap()).fold(own, Duration::max)
    })
}

/// One thread puts, another takes, `each` values.
fn transfer<C: Contender>(contender: &C, each: u64) -> Duration {
    let start = &Start::new(2);
    thread::scope(|scope| {
        let taker = scope.spawn(move || {
            start.wait(1);
            let begin = Instant::now();
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
        start.wait(0);
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
    let start = &Start::new(2);
    let begin = Instant::now();
    let mut under_way = thread::scope(|scope| {
        let taker = scope.spawn(move || {
            let mut under_way = Vec::with_capacity(each as usize);
            start.wait(1);
            while under_way.len() < each as usize {
                if let Some(put) = contender.take() {
                    under_way.push((begin.elapsed().as_nanos() as u64).saturating_sub(put));
                }
            }
            under_way
        });
        start.wait(0);
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
