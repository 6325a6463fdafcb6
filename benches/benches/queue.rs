//! Unbounded queues of `u64`: pairs of push and pop by one and by two threads, transfers, and the time from one thread to another.

mod contenders;

use std::collections::VecDeque;
use std::time::Duration;

use concurrent_queue::ConcurrentQueue;
use contenders::{Contender, Floor, bench_latency, bench_pairs, bench_transfer};
use criterion::{Criterion, criterion_group, criterion_main};
use crossbeam_queue::SegQueue;
use lockfree_collections::LockFreeQueue;

impl Contender for LockFreeQueue<u64> {
    fn put(&self, value: u64) {
        self.push(value);
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

impl Contender for SegQueue<u64> {
    fn put(&self, value: u64) {
        self.push(value);
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

impl Contender for ConcurrentQueue<u64> {
    fn put(&self, value: u64) {
        self.push(value).expect("it is open");
    }
    fn take(&self) -> Option<u64> {
        self.pop().ok()
    }
}

/// Both ends of a channel of kanal's.
type Kanal = (kanal::Sender<u64>, kanal::Receiver<u64>);

impl Contender for Kanal {
    fn put(&self, value: u64) {
        self.0.send(value).expect("it is open");
    }
    fn take(&self) -> Option<u64> {
        self.1.try_recv().expect("it is open")
    }
}

impl Contender for std::sync::Mutex<VecDeque<u64>> {
    fn put(&self, value: u64) {
        self.lock().unwrap().push_back(value);
    }
    fn take(&self) -> Option<u64> {
        self.lock().unwrap().pop_front()
    }
}

impl Contender for parking_lot::Mutex<VecDeque<u64>> {
    fn put(&self, value: u64) {
        self.lock().push_back(value);
    }
    fn take(&self) -> Option<u64> {
        self.lock().pop_front()
    }
}

fn pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue pairs");
    bench_pairs(&mut group, "LockFreeQueue", LockFreeQueue::new);
    bench_pairs(&mut group, "crossbeam SegQueue", SegQueue::new);
    bench_pairs(&mut group, "concurrent-queue", ConcurrentQueue::unbounded);
    bench_pairs(&mut group, "kanal", kanal::unbounded);
    bench_pairs(&mut group, "parking_lot Mutex<VecDeque>", || parking_lot::Mutex::new(VecDeque::new()));
    bench_pairs(&mut group, "std Mutex<VecDeque>", || std::sync::Mutex::new(VecDeque::new()));
    bench_pairs(&mut group, "floor: fetch_add", Floor::new);
    group.finish();
}

fn transfers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue transfer");
    bench_transfer(&mut group, "LockFreeQueue", LockFreeQueue::new);
    bench_transfer(&mut group, "crossbeam SegQueue", SegQueue::new);
    bench_transfer(&mut group, "concurrent-queue", ConcurrentQueue::unbounded);
    bench_transfer(&mut group, "kanal", kanal::unbounded);
    bench_transfer(&mut group, "parking_lot Mutex<VecDeque>", || parking_lot::Mutex::new(VecDeque::new()));
    bench_transfer(&mut group, "std Mutex<VecDeque>", || std::sync::Mutex::new(VecDeque::new()));
    group.finish();
}

fn latencies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue one-way latency");
    bench_latency(&mut group, "LockFreeQueue", LockFreeQueue::new);
    bench_latency(&mut group, "crossbeam SegQueue", SegQueue::new);
    bench_latency(&mut group, "concurrent-queue", ConcurrentQueue::unbounded);
    bench_latency(&mut group, "kanal", kanal::unbounded);
    bench_latency(&mut group, "parking_lot Mutex<VecDeque>", || parking_lot::Mutex::new(VecDeque::new()));
    group.finish();
}

criterion_group! {
    name = queues;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = pairs, transfers, latencies
}
criterion_main!(queues);
