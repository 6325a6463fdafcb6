//! Ordered collections of `u64`.
//!
//! Priority queues: pairs of a push and a pop over a queue of a thousand values, in random order, by one and by two threads; and
//! pairs over an almost empty queue; and transfers.
//!
//! Maps of 64 Ki keys, by one and by two threads: look-ups; nine look-ups to a replacement, an insertion and a removal in turn; walks
//! over 100 entries from a random key.

mod at_once;
mod contenders;

use std::collections::{BTreeMap, BinaryHeap};
use std::hint::black_box;
use std::time::Duration;

use at_once::at_once;
use contenders::{Contender, Floor, bench_pairs, bench_transfer};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crossbeam_skiplist::SkipMap;
use lockfree_collections::{LockFreeSkipMap, PriorityQueue, RelaxedPriorityQueue};
use scc::{Guard, TreeIndex};

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

/// An ordered map of numbers.
trait Map: Sync {
    fn get(&self, key: u64) -> Option<u64>;
    fn put(&self, key: u64, value: u64);
    fn remove(&self, key: u64);
    /// The sum of the values of so many entries.
    fn walk(&self, from: u64, entries: usize) -> u64;
}

impl Map for LockFreeSkipMap<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        LockFreeSkipMap::get(self, &key).map(|entry| *entry.value())
    }
    fn put(&self, key: u64, value: u64) {
        drop(self.insert(key, value));
    }
    fn remove(&self, key: u64) {
        drop(LockFreeSkipMap::remove(self, &key));
    }
    fn walk(&self, from: u64, entries: usize) -> u64 {
        self.range(from..).take(entries).map(|entry| *entry.value()).sum()
    }
}

impl Map for SkipMap<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        SkipMap::get(self, &key).map(|entry| *entry.value())
    }
    fn put(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
    fn remove(&self, key: u64) {
        SkipMap::remove(self, &key);
    }
    fn walk(&self, from: u64, entries: usize) -> u64 {
        self.range(from..).take(entries).map(|entry| *entry.value()).sum()
    }
}

impl Map for TreeIndex<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        self.peek_with(&key, |_, value| *value)
    }
    fn put(&self, key: u64, value: u64) {
        self.upsert_sync(key, value);
    }
    fn remove(&self, key: u64) {
        self.remove_sync(&key);
    }
    fn walk(&self, from: u64, entries: usize) -> u64 {
        let guard = Guard::new();
        self.range(from.., &guard).take(entries).map(|(_, value)| *value).sum()
    }
}

impl Map for parking_lot::Mutex<BTreeMap<u64, u64>> {
    fn get(&self, key: u64) -> Option<u64> {
        self.lock().get(&key).copied()
    }
    fn put(&self, key: u64, value: u64) {
        self.lock().insert(key, value);
    }
    fn remove(&self, key: u64) {
        self.lock().remove(&key);
    }
    fn walk(&self, from: u64, entries: usize) -> u64 {
        self.lock().range(from..).take(entries).map(|(_, value)| *value).sum()
    }
}

impl Map for parking_lot::RwLock<BTreeMap<u64, u64>> {
    fn get(&self, key: u64) -> Option<u64> {
        self.read().get(&key).copied()
    }
    fn put(&self, key: u64, value: u64) {
        self.write().insert(key, value);
    }
    fn remove(&self, key: u64) {
        self.write().remove(&key);
    }
    fn walk(&self, from: u64, entries: usize) -> u64 {
        self.read().range(from..).take(entries).map(|(_, value)| *value).sum()
    }
}

const KEYS: u64 = 1 << 16;

/// One of all keys, some of which a map does not have.
fn key(number: u64) -> u64 {
    shuffled(number) >> 47
}

fn maps(criterion: &mut Criterion) {
    let skip = LockFreeSkipMap::new();
    let peer = SkipMap::new();
    let tree = TreeIndex::new();
    let mutex = parking_lot::Mutex::new(BTreeMap::new());
    let lock = parking_lot::RwLock::new(BTreeMap::new());
    let all: [(&str, &dyn Map); 5] = [
        ("LockFreeSkipMap", &skip),
        ("crossbeam SkipMap", &peer),
        ("scc TreeIndex", &tree),
        ("parking_lot Mutex<BTreeMap>", &mutex),
        ("parking_lot RwLock<BTreeMap>", &lock),
    ];
    for (_, map) in all {
        (0..KEYS).for_each(|number| map.put(2 * (shuffled(number) >> 48), number));
    }
    type Work = fn(&dyn Map, u64);
    let look_up: Work = |map, number| _ = black_box(map.get(key(number)));
    let mixed: Work = |map, number| match number % 12 {
        0 => map.put(key(number / 12) | 1, number),
        1 => map.remove(key(number / 12) | 1),
        2 => map.put(key(number) & !1, number),
        _ => _ = black_box(map.get(key(number))),
    };
    let walk: Work = |map, number| _ = black_box(map.walk(key(number), 100));
    for (what, work) in [("look-ups", look_up), ("9 look-ups to 3 changes", mixed), ("walks over 100", walk)] {
        let mut group = criterion.benchmark_group(format!("ordered map, {what}"));
        for threads in [1, 2] {
            group.throughput(Throughput::Elements(threads as u64));
            for (name, map) in all {
                group.bench_function(format!("{name}/{threads}T"), |bencher| {
                    bencher.iter_custom(|each| {
                        at_once(threads, |thread| {
                            let first = thread as u64 * 0x5DEE_CE66;
                            (first..first + each).for_each(|number| work(map, number));
                        })
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group! {
    name = ordered;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = priority, maps
}
criterion_main!(ordered);
