//! Unbounded queues of `u64`: pairs of push and pop by one and by two threads, transfers, and the time from one thread to another.

mod contenders;

use std::collections::VecDeque;
use std::time::Duration;

use concurrent_queue::ConcurrentQueue;
use contenders::{
    Crossbeam, Crossfire, Floor, Flume, Kanal, Mailbox, bench_latency, bench_pairs, bench_transfer, contender,
};
use criterion::{Criterion, criterion_group, criterion_main};
use crossbeam_queue::SegQueue;
use lockfree_collections::LockFreeQueue;

contender!(LockFreeQueue<u64>, |queue, value| queue.push(value), |queue| queue.pop());
contender!(SegQueue<u64>, |queue, value| queue.push(value), |queue| queue.pop());
contender!(ConcurrentQueue<u64>, |queue, value| queue.push(value).expect("it is open"), |queue| queue.pop().ok());
contender!(lockfree::queue::Queue<u64>, |queue, value| queue.push(value), |queue| queue.pop());
contender!(lfqueue::UnboundedQueue<u64>, |queue, value| queue.enqueue(value), |queue| queue.dequeue());
contender!(Crossbeam, |ends, value| ends.0.0.send(value).expect("it is open"), |ends| ends.0.1.try_recv().ok());
contender!(Crossfire<crossfire::mpmc::List<u64>>, |ends, value| ends.0.0.send(value).expect("it is open"), |ends| ends
    .0
    .1
    .try_recv()
    .ok());
contender!(Flume, |ends, value| ends.0.0.send(value).expect("it is open"), |ends| ends.0.1.try_recv().ok());
contender!(Kanal, |ends, value| ends.0.0.send(value).expect("it is open"), |ends| ends
    .0
    .1
    .try_recv()
    .expect("it is open"));
contender!(std::sync::Mutex<VecDeque<u64>>, |queue, value| queue.lock().unwrap().push_back(value), |queue| queue
    .lock()
    .unwrap()
    .pop_front());
contender!(parking_lot::Mutex<VecDeque<u64>>, |queue, value| queue.lock().push_back(value), |queue| queue
    .lock()
    .pop_front());

/// Benches every contender by `$bench`.
macro_rules! each {
    ($group:expr, $bench:ident) => {
        $bench($group, "LockFreeQueue", LockFreeQueue::new);
        $bench($group, "crossbeam SegQueue", SegQueue::new);
        $bench($group, "concurrent-queue", ConcurrentQueue::unbounded);
        $bench($group, "kanal", || Kanal(kanal::unbounded()));
        $bench($group, "crossbeam-channel", || Crossbeam(crossbeam_channel::unbounded()));
        $bench($group, "crossfire", || Crossfire(crossfire::mpmc::unbounded_blocking()));
        $bench($group, "flume", || Flume(flume::unbounded()));
        $bench($group, "lockfree", lockfree::queue::Queue::new);
        $bench($group, "lfqueue", lfqueue::UnboundedQueue::new);
        $bench($group, "parking_lot Mutex<VecDeque>", || parking_lot::Mutex::new(VecDeque::new()));
        $bench($group, "std Mutex<VecDeque>", || std::sync::Mutex::new(VecDeque::new()));
    };
}

fn pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue pairs");
    each!(&mut group, bench_pairs);
    bench_pairs(&mut group, "floor: fetch_add", Floor::new);
    group.finish();
}

fn transfers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue transfer");
    each!(&mut group, bench_transfer);
    group.finish();
}

fn latencies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue one-way latency");
    each!(&mut group, bench_latency);
    bench_latency(&mut group, "floor: one line", Mailbox::new);
    group.finish();
}

criterion_group! {
    name = queues;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = pairs, transfers, latencies
}
criterion_main!(queues);
