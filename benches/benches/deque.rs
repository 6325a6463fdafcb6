//! Work-stealing deques of `u64`: the owner pushes and pops bursts of 64, alone and beside a thief.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use benches::start::Start;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const BURST: u64 = 64;

/// A deque, and what a thief may do to it.
trait Deque: Send {
    type Thief: FnMut() -> bool + Send;
    fn push(&self, value: u64);
    fn pop(&self) -> Option<u64>;
    /// Steals one value; tells whether there was one.
    fn thief(&self) -> Self::Thief;
}

macro_rules! deque {
    ($module:ident) => {
        impl Deque for $module::deque::Worker<u64> {
            type Thief = Box<dyn FnMut() -> bool + Send>;
            fn push(&self, value: u64) {
                self.push(value);
            }
            fn pop(&self) -> Option<u64> {
                self.pop()
            }
            fn thief(&self) -> Self::Thief {
                let stealer = self.stealer();
                Box::new(move || stealer.steal().is_success())
            }
        }
    };
}

mod ours {
    pub use lockfree_collections::deque;
}
mod crossbeam {
    pub use crossbeam_deque as deque;
}
deque!(ours);
deque!(crossbeam);

/// st3's deques have a fixed capacity, and steal into another one.
macro_rules! st3 {
    ($module:ident) => {
        impl Deque for st3::$module::Worker<u64> {
            type Thief = Box<dyn FnMut() -> bool + Send>;
            fn push(&self, mut value: u64) {
                // A thief that is under way keeps the slots behind it.
                while let Err(back) = self.push(value) {
                    value = back;
                    std::hint::spin_loop();
                }
            }
            fn pop(&self) -> Option<u64> {
                self.pop()
            }
            fn thief(&self) -> Self::Thief {
                let (stealer, own) = (self.stealer(), st3::$module::Worker::new(BURST as usize));
                Box::new(move || stealer.steal_and_pop(&own, |_| 1).is_ok())
            }
        }
    };
}
st3!(lifo);
st3!(fifo);

struct Locked(std::sync::Arc<parking_lot::Mutex<VecDeque<u64>>>);

impl Deque for Locked {
    type Thief = Box<dyn FnMut() -> bool + Send>;
    fn push(&self, value: u64) {
        self.0.lock().push_back(value);
    }
    fn pop(&self) -> Option<u64> {
        self.0.lock().pop_back()
    }
    fn thief(&self) -> Self::Thief {
        let deque = std::sync::Arc::clone(&self.0);
        Box::new(move || deque.lock().pop_front().is_some())
    }
}

/// What the owner's part cannot be cheaper than: one atomic read-modify-write for each value, in a line of its own.
struct Floor(AtomicU64);

impl Deque for Floor {
    type Thief = Box<dyn FnMut() -> bool + Send>;
    fn push(&self, value: u64) {
        self.0.store(value, Ordering::Release);
    }
    fn pop(&self) -> Option<u64> {
        Some(self.0.fetch_add(1, Ordering::AcqRel))
    }
    fn thief(&self) -> Self::Thief {
        Box::new(|| false)
    }
}

fn bursts<D: Deque>(deque: &D, each: u64) -> Duration {
    let begin = Instant::now();
    for burst in 0..each {
        (0..BURST).for_each(|value| deque.push(black_box(burst + value)));
        (0..BURST).for_each(|_| _ = black_box(deque.pop()));
    }
    begin.elapsed()
}

fn bench<D: Deque>(criterion: &mut Criterion, name: &str, make: impl Fn() -> D) {
    let mut group = criterion.benchmark_group("deque bursts");
    group.throughput(Throughput::Elements(2 * BURST));
    group.bench_function(format!("{name}/alone"), |bencher| bencher.iter_custom(|each| bursts(&make(), each)));
    group.bench_function(format!("{name}/1 thief"), |bencher| {
        bencher.iter_custom(|each| {
            let deque = make();
            let mut steal = deque.thief();
            let stop = AtomicBool::new(false);
            let start = Start::new(2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait(1);
                    while !stop.load(Ordering::Relaxed) {
                        if !steal() {
                            std::hint::spin_loop();
                        }
                    }
                });
                start.wait(0);
                let time = bursts(&deque, each);
                stop.store(true, Ordering::Relaxed);
                time
            })
        });
    });
    group.finish();
}

fn deques(criterion: &mut Criterion) {
    bench(criterion, "Worker LIFO", ours::deque::Worker::new_lifo);
    bench(criterion, "crossbeam LIFO", crossbeam::deque::Worker::new_lifo);
    bench(criterion, "Worker FIFO", ours::deque::Worker::new_fifo);
    bench(criterion, "crossbeam FIFO", crossbeam::deque::Worker::new_fifo);
    bench(criterion, "st3 LIFO", || st3::lifo::Worker::new(2 * BURST as usize));
    bench(criterion, "st3 FIFO", || st3::fifo::Worker::new(2 * BURST as usize));
    bench(criterion, "parking_lot Mutex<VecDeque>", || Locked(Default::default()));
    bench(criterion, "floor: fetch_add", || Floor(AtomicU64::new(0)));
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = deques
}
criterion_main!(benches);
