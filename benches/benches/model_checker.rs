//! The model checker: executions a second, and whole checks against loom.
//!
//! `cargo bench -p benches --bench model_checker -- throughput` takes half a minute. The group `loom` runs six checks in both
//! checkers, ten times each; loom needs several seconds for most of them. It is stopped when it first looks at the clock after a
//! minute, and a line below its time says so. The whole group takes about a quarter of an hour. The group `workers` explores with
//! one and with two OS threads; compare them on a machine that does nothing else.
//!
//! `cargo bench -p benches --bench model_checker -- ratios` runs no group. It prints the processor time of each of the six checks in
//! both checkers, and the ratio: loom runs each once, and stops when it first looks at the clock after a minute.

#[path = "../../crates/verify-harness/tests/model/programs/mod.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod programs;
#[path = "../../crates/verify-harness/tests/model/shape.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod shape;

use std::cell::Cell;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput, criterion_group};
use verify_harness::model::{Builder, Report};

fn explore(name: &str, workers: usize) -> Report {
    let mut builder = Builder::new();
    builder.workers = workers;
    let report = programs::run(name, &builder).expect("a known program");
    assert!(report.verdict.holds(), "{report:?}");
    report
}

fn throughput(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model throughput");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for name in ["synthetic/ainc N=8", "own/sb N=12", "own/seqlock2 N=3", "own/trb N=3", "own/msq22"] {
        group.throughput(Throughput::Elements(explore(name, 1).executions));
        group.bench_function(name, |bencher| bencher.iter(|| explore(name, 1)));
    }
    group.finish();
}

fn workers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model workers");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for name in ["own/trb N=3", "synthetic/ainc N=8"] {
        group.throughput(Throughput::Elements(explore(name, 1).executions));
        for workers in [1, 2] {
            group.bench_function(format!("{name}, {workers} workers"), |bencher| {
                bencher.iter(|| explore(name, workers))
            });
        }
    }
    group.finish();
}

/// The same programs for both checkers.
macro_rules! checks {
    ($checker:ident, $check:path, $api:path) => {
        mod $checker {
            use std::sync::Arc;

            use api::sync::atomic::{AtomicUsize, Ordering::*};
            use api::thread;
            use $api as api;

            fn run<const N: usize>(threads: &[fn(&[AtomicUsize; N])], initial: [usize; N]) {
                let shared = Arc::new(initial.map(AtomicUsize::new));
                let handles: Vec<_> = threads
                    .iter()
                    .map(|body| {
                        let (body, shared) = (*body, Arc::clone(&shared));
                        thread::spawn(move || body(&shared))
                    })
                    .collect();
                handles.into_iter().for_each(|handle| handle.join().unwrap());
            }

            pub fn store_buffering_4() {
                fn step<const I: usize>(x: &[AtomicUsize; 4]) {
                    x[I].store(1, Relaxed);
                    x[(I + 1) % 4].load(Relaxed);
                }
                $check(|| run(&[step::<0>, step::<1>, step::<2>, step::<3>], [0; 4]));
            }

            pub fn iriw() {
                fn write<const I: usize>(x: &[AtomicUsize; 2]) {
                    x[I].store(1, Release);
                }
                fn read<const I: usize>(x: &[AtomicUsize; 2]) {
                    x[I].load(Acquire);
                    x[1 - I].load(Acquire);
                }
                $check(|| run(&[write::<0>, write::<1>, read::<0>, read::<1>], [0; 2]));
            }

            pub fn readers_3() {
                fn write(x: &[AtomicUsize; 1]) {
                    x[0].store(1, Relaxed);
                }
                fn read(x: &[AtomicUsize; 1]) {
                    x[0].load(Relaxed);
                }
                $check(|| run(&[write, read, read, read], [0]));
            }

            pub fn fetch_add_4() {
                fn add(x: &[AtomicUsize; 1]) {
                    x[0].fetch_add(1, Relaxed);
                }
                $check(|| run(&[add, add, add, add], [0]));
            }

            /// Two slots, then how many items were put and taken.
            pub fn spsc_3() {
                fn put(x: &[AtomicUsize; 4]) {
                    for item in 0..3 {
                        while item - x[3].load(Acquire) == 2 {
                            thread::yield_now();
                        }
                        x[item % 2].store(item + 1, Relaxed);
                        x[2].store(item + 1, Release);
                    }
                }
                fn take(x: &[AtomicUsize; 4]) {
                    for item in 0..3 {
                        while x[2].load(Acquire) == item {
                            thread::yield_now();
                        }
                        assert_eq!(x[item % 2].load(Relaxed), item + 1);
                        x[3].store(item + 1, Release);
                    }
                }
                $check(|| run(&[put, take], [0; 4]));
            }

            /// Head, tail, then the successor of each node; node 1 is the sentinel.
            pub fn ms_queue_2_1() {
                fn enqueue<const NODE: usize>(x: &[AtomicUsize; 5]) {
                    loop {
                        let tail = x[1].load(Acquire);
                        let next = x[tail + 1].load(Acquire);
                        if next != 0 {
                            let _ = x[1].compare_exchange(tail, next, Release, Relaxed);
                        } else if x[tail + 1].compare_exchange(0, NODE, Release, Relaxed).is_ok() {
                            let _ = x[1].compare_exchange(tail, NODE, Release, Relaxed);
                            return;
                        }
                        thread::yield_now();
                    }
                }
                fn dequeue(x: &[AtomicUsize; 5]) {
                    loop {
                        let head = x[0].load(Acquire);
                        let tail = x[1].load(Acquire);
                        let next = x[head + 1].load(Acquire);
                        if next == 0 {
                            return;
                        }
                        if head == tail {
                            let _ = x[1].compare_exchange(tail, next, Release, Relaxed);
                        }
                        if x[0].compare_exchange(head, next, Release, Relaxed).is_ok() {
                            return;
                        }
                        thread::yield_now();
                    }
                }
                $check(|| run(&[enqueue::<2>, enqueue::<3>, dequeue], [1, 1, 0, 0, 0]));
            }
        }
    };
}

fn check_here<F: Fn() + Send + Sync + 'static>(program: F) {
    Builder::new().check(program);
}

checks!(here, super::check_here, verify_harness::model);
/// How long loom may take for a check.
const LIMIT: Duration = Duration::from_secs(60);

fn check_with_loom<F: Fn() + Send + Sync + 'static>(program: F) {
    let mut builder = loom::model::Builder::new();
    builder.max_duration = Some(LIMIT);
    builder.check(program);
}

checks!(with_loom, super::check_with_loom, loom);

/// A check: its name, here, and with loom.
type Pair = (&'static str, fn(), fn());

const PAIRS: [Pair; 6] = [
    ("store buffering 4", here::store_buffering_4, with_loom::store_buffering_4),
    ("IRIW", here::iriw, with_loom::iriw),
    ("readers 3", here::readers_3, with_loom::readers_3),
    ("fetch_add 4", here::fetch_add_4, with_loom::fetch_add_4),
    ("SPSC ring, 3 items", here::spsc_3, with_loom::spsc_3),
    ("Michael-Scott queue 2+1", here::ms_queue_2_1, with_loom::ms_queue_2_1),
];

fn against_loom(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model against loom");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_secs(1));
    for (name, here, with_loom) in PAIRS {
        group.bench_function(format!("verify-harness/{name}"), |bencher| bencher.iter(here));
        let cut = Cell::new(false);
        group.bench_function(format!("loom/{name}"), |bencher| {
            bencher.iter_custom(|rounds| {
                let times = (0..rounds).map(|_| {
                    let started = Instant::now();
                    with_loom();
                    started.elapsed()
                });
                times.inspect(|time| cut.set(cut.get() || *time >= LIMIT)).sum()
            });
        });
        if cut.get() {
            println!(
                "{name}, loom: stopped after {LIMIT:?} and not done; a whole check takes longer than the time above"
            );
        }
    }
    group.finish();
}

/// The processor time that this thread has used.
fn processor_time() -> Duration {
    // SAFETY: all zeros is a value of this structure of numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a structure of the right type, which lives through the call.
    let result = unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) };
    assert_eq!(result, 0, "getrusage fails");
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1_000);
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// The processor time of one call of `check`, the mean of so many that they take `least`.
fn time_of(check: fn(), least: Duration) -> Duration {
    let started = processor_time();
    let mut calls = 0;
    loop {
        check();
        calls += 1;
        let taken = processor_time() - started;
        if taken >= least {
            return taken / calls;
        }
    }
}

/// Prints by how much less processor time the checks take than with loom.
fn ratios() {
    println!("| check | verify-harness, ms | loom, ms | times less |\n|---|---:|---:|---:|");
    for (name, here, with_loom) in PAIRS {
        let own = time_of(here, Duration::from_millis(500));
        let started = Instant::now();
        let other = time_of(with_loom, Duration::ZERO);
        // What was stopped would have taken longer.
        let more = if started.elapsed() >= LIMIT { "> " } else { "" };
        let ratio = other.as_secs_f64() / own.as_secs_f64();
        let [own, other] = [own, other].map(|time| time.as_secs_f64() * 1e3);
        println!("| {name} | {own:.3} | {more}{other:.0} | {more}{ratio:.0} |");
    }
}

criterion_group!(benches, throughput, workers, against_loom);

fn main() {
    if std::env::args().any(|argument| argument == "ratios") {
        return ratios();
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
