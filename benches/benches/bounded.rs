//! Bounded queues of `u64`, 1024 slots: pairs of push and pop by one and by two threads, and transfers, also between one and one.

mod contenders;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use concurrent_queue::ConcurrentQueue;
use contenders::{Contender, Floor, bench_pairs, bench_transfer};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crossbeam_queue::ArrayQueue;
use lockfree_collections::{BoundedQueue, ScqQueue, Spsc};

const CAPACITY: usize = 1024;

/// Pushes again until there is room.
macro_rules! contender {
    ($type:ty, $push:ident, $pop:ident) => {
        impl Contender for $type {
            fn put(&self, value: u64) {
                while self.$push(value).is_err() {
                    contenders::wait();
                }
            }
            fn take(&self) -> Option<u64> {
                self.$pop().into_iter().next()
            }
        }
    };
}

contender!(BoundedQueue<u64>, push, pop);
contender!(ScqQueue<u64>, push, pop);
contender!(ArrayQueue<u64>, push, pop);
contender!(ConcurrentQueue<u64>, push, pop);

impl Contender for parking_lot::Mutex<VecDeque<u64>> {
    fn put(&self, value: u64) {
        loop {
            let mut queue = self.lock();
            if queue.len() < CAPACITY {
                return queue.push_back(value);
            }
            drop(queue);
            contenders::wait();
        }
    }
    fn take(&self) -> Option<u64> {
        self.lock().pop_front()
    }
}

fn pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bounded pairs");
    bench_pairs(&mut group, "BoundedQueue", || BoundedQueue::new(CAPACITY));
    bench_pairs(&mut group, "ScqQueue", || ScqQueue::new(CAPACITY));
    bench_pairs(&mut group, "crossbeam ArrayQueue", || ArrayQueue::new(CAPACITY));
    bench_pairs(&mut group, "concurrent-queue bounded", || ConcurrentQueue::bounded(CAPACITY));
    bench_pairs(&mut group, "parking_lot Mutex<VecDeque>", || {
        parking_lot::Mutex::new(VecDeque::with_capacity(CAPACITY))
    });
    bench_pairs(&mut group, "floor: fetch_add", Floor::new);
    group.finish();
}

fn transfers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bounded transfer");
    bench_transfer(&mut group, "BoundedQueue", || BoundedQueue::new(CAPACITY));
    bench_transfer(&mut group, "ScqQueue", || ScqQueue::new(CAPACITY));
    bench_transfer(&mut group, "crossbeam ArrayQueue", || ArrayQueue::new(CAPACITY));
    bench_transfer(&mut group, "concurrent-queue bounded", || ConcurrentQueue::bounded(CAPACITY));
    bench_transfer(&mut group, "parking_lot Mutex<VecDeque>", || {
        parking_lot::Mutex::new(VecDeque::with_capacity(CAPACITY))
    });
    group.finish();
}

/// The two ends of a ring, each of which is used by one thread only; the lock is taken once for all of a thread's calls.
trait Ends: Sync {
    fn put_all(&self, each: u64);
    fn take_all(&self, each: u64);
}

macro_rules! ends {
    ($name:ident, $producer:ty, $consumer:ty, $pop:ident) => {
        struct $name(Mutex<$producer>, Mutex<$consumer>);

        impl Ends for $name {
            fn put_all(&self, each: u64) {
                let mut producer = self.0.lock().unwrap();
                for value in 0..each {
                    while producer.push(std::hint::black_box(value)).is_err() {
                        std::hint::spin_loop();
                    }
                }
            }
            fn take_all(&self, each: u64) {
                let mut consumer = self.1.lock().unwrap();
                let mut taken = 0;
                while taken < each {
                    match consumer.$pop().into_iter().next() {
                        Some(value) => taken += u64::from(std::hint::black_box(value) < u64::MAX),
                        None => std::hint::spin_loop(),
                    }
                }
            }
        }
    };
}

ends!(Ours, lockfree_collections::spsc::Producer<u64>, lockfree_collections::spsc::Consumer<u64>, pop);
ends!(Rtrb, rtrb::Producer<u64>, rtrb::Consumer<u64>, pop);

fn spsc(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("spsc transfer");
    group.throughput(Throughput::Elements(1));
    let mut bench = |name: &str, make: &dyn Fn() -> Box<dyn Ends>| {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|each| {
                let ends = make();
                let ends = &*ends;
                let begin = std::time::Instant::now();
                std::thread::scope(|scope| {
                    scope.spawn(move || ends.put_all(each));
                    ends.take_all(each);
                });
                begin.elapsed()
            });
        });
    };
    bench("Spsc", &|| {
        let (producer, consumer) = Spsc::new(CAPACITY);
        Box::new(Ours(Mutex::new(producer), Mutex::new(consumer)))
    });
    bench("rtrb", &|| {
        let (producer, consumer) = rtrb::RingBuffer::new(CAPACITY);
        Box::new(Rtrb(Mutex::new(producer), Mutex::new(consumer)))
    });
    group.finish();
}

criterion_group! {
    name = bounded;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = pairs, transfers, spsc
}
criterion_main!(bounded);
