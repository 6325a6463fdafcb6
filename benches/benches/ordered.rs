//! Ordered collections of `u64`.
//!
//! Priority queues: pairs of a push and a pop over a queue of a thousand values, in random order, by one and by two threads; and
//! pairs over an almost empty queue; and transfers.

mod contenders;

use std::collections::BinaryHeap;
use std::time::Duration;

use contenders::{Contender, Floor, bench_pairs, bench_transfer};
use criterion::{Criterion, criterion_group, criterion_main};
use lockfree_collections::{PriorityQueue, RelaxedPriorityQueue};

/// A permutation, so that values are not pushed in the order of their size.
fn shuffled(value: u64) -> u64 {
    value.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Contender for PriorityQueue<u64> {
    fn put(&self, value: u64) {
        self.push(shuffled(value));
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

impl Contender for RelaxedPriorityQueue<u64> {
    fn put(&self, value: u64) {
        self.push(shuffled(value));
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

impl Contender for parking_lot::Mutex<BinaryHeap<u64>> {
    fn put(&self, value: u64) {
        self.lock().push(shuffled(value));
    }
    fn take(&self) -> Option<u64> {
        self.lock().pop()
    }
}

impl Contender for std::sync::Mutex<BinaryHeap<u64>> {
    fn put(&self, value: u64) {
        self.lock().unwrap().push(shuffled(value));
    }
    fn take(&self) -> Option<u64> {
        self.lock().unwrap().pop()
    }
}

/// What a queue has before the threads begin.
fn filled<C: Contender>(contender: C, values: u64) -> C {
    (0..values).for_each(|value| contender.put(value << 32));
    contender
}

fn priority(criterion: &mut Criterion) {
    for values in [0, 1_000] {
        let mut group = criterion.benchmark_group(format!("priority queue of {values}, pairs"));
        bench_pairs(&mut group, "PriorityQueue", || filled(PriorityQueue::new(), values));
        bench_pairs(&mut group, "RelaxedPriorityQueue", || filled(RelaxedPriorityQueue::new(), values));
        bench_pairs(&mut group, "parking_lot Mutex<BinaryHeap>", || {
            filled(parking_lot::Mutex::new(BinaryHeap::new()), values)
        });
        bench_pairs(&mut group, "std Mutex<BinaryHeap>", || filled(std::sync::Mutex::new(BinaryHeap::new()), values));
        bench_pairs(&mut group, "floor: fetch_add", Floor::new);
        group.finish();
    }
    let mut group = criterion.benchmark_group("priority queue transfer");
    bench_transfer(&mut group, "PriorityQueue", PriorityQueue::new);
    bench_transfer(&mut group, "RelaxedPriorityQueue", RelaxedPriorityQueue::new);
    bench_transfer(&mut group, "parking_lot Mutex<BinaryHeap>", || parking_lot::Mutex::new(BinaryHeap::new()));
    group.finish();
}

criterion_group! {
    name = ordered;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = priority
}
criterion_main!(ordered);
