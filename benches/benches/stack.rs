//! Stacks of `u64`: pairs of push and pop by one and by two threads, and transfers.

mod contenders;
mod treiber;

use std::time::Duration;

use contenders::{Contender, Floor, bench_pairs, bench_transfer};
use criterion::{Criterion, criterion_group, criterion_main};
use lockfree_collections::{BoundedStack, LockFreeStack};
use treiber::Treiber;
use treiber::hazards::HazardTreiber;

impl Contender for LockFreeStack<u64> {
    fn put(&self, value: u64) {
        self.push(value);
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

/// Values that a stack of the benchmark holds at most; a transfer waits when there are more.
const CAPACITY: usize = 1 << 16;

impl Contender for BoundedStack<u64> {
    fn put(&self, value: u64) {
        while self.push(value).is_err() {
            contenders::wait();
        }
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

impl Contender for Treiber<u64> {
    fn put(&self, value: u64) {
        self.push(value);
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

impl Contender for HazardTreiber<u64> {
    fn put(&self, value: u64) {
        self.push(value);
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

impl Contender for lockfree::stack::Stack<u64> {
    fn put(&self, value: u64) {
        self.push(value);
    }
    fn take(&self) -> Option<u64> {
        self.pop()
    }
}

impl Contender for sdd::Stack<u64> {
    fn put(&self, value: u64) {
        self.push(value);
    }
    fn take(&self) -> Option<u64> {
        self.pop().map(|entry| **entry)
    }
}

impl Contender for std::sync::Mutex<Vec<u64>> {
    fn put(&self, value: u64) {
        self.lock().unwrap().push(value);
    }
    fn take(&self) -> Option<u64> {
        self.lock().unwrap().pop()
    }
}

impl Contender for parking_lot::Mutex<Vec<u64>> {
    fn put(&self, value: u64) {
        self.lock().push(value);
    }
    fn take(&self) -> Option<u64> {
        self.lock().pop()
    }
}

fn pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stack pairs");
    bench_pairs(&mut group, "LockFreeStack", LockFreeStack::new);
    bench_pairs(&mut group, "BoundedStack", || BoundedStack::new(CAPACITY));
    bench_pairs(&mut group, "Treiber on crossbeam-epoch", Treiber::new);
    bench_pairs(&mut group, "Treiber on haphazard", HazardTreiber::new);
    bench_pairs(&mut group, "lockfree Stack", lockfree::stack::Stack::new);
    bench_pairs(&mut group, "sdd Stack", sdd::Stack::default);
    bench_pairs(&mut group, "parking_lot Mutex<Vec>", || parking_lot::Mutex::new(Vec::new()));
    bench_pairs(&mut group, "std Mutex<Vec>", || std::sync::Mutex::new(Vec::new()));
    bench_pairs(&mut group, "floor: fetch_add", Floor::new);
    group.finish();
}

fn transfers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stack transfer");
    bench_transfer(&mut group, "LockFreeStack", LockFreeStack::new);
    bench_transfer(&mut group, "BoundedStack", || BoundedStack::new(CAPACITY));
    bench_transfer(&mut group, "Treiber on crossbeam-epoch", Treiber::new);
    bench_transfer(&mut group, "Treiber on haphazard", HazardTreiber::new);
    bench_transfer(&mut group, "lockfree Stack", lockfree::stack::Stack::new);
    bench_transfer(&mut group, "sdd Stack", sdd::Stack::default);
    bench_transfer(&mut group, "parking_lot Mutex<Vec>", || parking_lot::Mutex::new(Vec::new()));
    bench_transfer(&mut group, "std Mutex<Vec>", || std::sync::Mutex::new(Vec::new()));
    group.finish();
}

criterion_group! {
    name = stacks;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = pairs, transfers
}
criterion_main!(stacks);
