//! Hash maps: look-ups, two mixes of look-ups and replacements, and growth; beside peers, all with one hash function.
//!
//! Keys are numbers or strings. Look-ups go over 65,536 entries evenly; the mixes over a million entries, of which few are asked for
//! most of the time (Zipf, exponent 0.99), and replace in one of twenty operations or in one of two. What is replaced is allocated
//! anew where the map does that. `cargo run --release -p benches --example map_growth` shows single insertions and memory.

mod at_once;
mod one_and_two;

use std::hash::Hash;
use std::hint::black_box;
use std::time::Duration;

use at_once::at_once;
use benches::skew::{part, scattered_zipf};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use foldhash::fast::FixedState;
use lockfree_collections::LockFreeHashMap;
use one_and_two::on_one_and_two;
use verify_harness::random::Random;

type StdMap<K> = std::collections::HashMap<K, u64, FixedState>;

/// What keys are.
trait Key: Hash + Eq + Clone + Send + Sync + 'static {
    const NAME: &'static str;
    fn make(number: u64) -> Self;
}

impl Key for u64 {
    const NAME: &'static str = "u64";
    fn make(number: u64) -> Self {
        number
    }
}

impl Key for String {
    const NAME: &'static str = "String";
    fn make(number: u64) -> Self {
        format!("key number {number}")
    }
}

/// A map that threads share. One call is many operations, so that a guard can be for all of them.
trait Map<K: Key>: Sync {
    const NAME: &'static str;
    fn with_capacity(capacity: usize) -> Self;
    /// Looks the keys up, and replaces the value of every `nth` one instead.
    fn run(&self, keys: &[K], nth: usize) -> u64;
}

/// Looks the keys up, and replaces the value of every `nth` one instead; returns the sum of the values found.
#[inline(always)]
fn mixed<K: Key>(keys: &[K], nth: usize, replace: impl Fn(K, u64), get: impl Fn(&K) -> Option<u64>) -> u64 {
    let mut sum = 0_u64;
    for (index, key) in keys.iter().enumerate() {
        if index % nth == nth - 1 {
            replace(key.clone(), index as u64);
        } else {
            sum = sum.wrapping_add(get(key).unwrap_or(0));
        }
    }
    sum
}

/// Every operation makes a guard.
struct Pinned<M>(M);
/// One guard for all.
struct Guarded<M>(M);

impl<K: Key> Map<K> for Pinned<LockFreeHashMap<K, u64, FixedState>> {
    const NAME: &'static str = "LockFreeHashMap, pin each time";
    fn with_capacity(capacity: usize) -> Self {
        Self(LockFreeHashMap::with_capacity_and_hasher(capacity, FixedState::default()))
    }
    fn run(&self, keys: &[K], nth: usize) -> u64 {
        mixed(
            keys,
            nth,
            |key, value| {
                self.0.pin().insert(key, value);
            },
            |key| self.0.pin().get(key).copied(),
        )
    }
}

impl<K: Key> Map<K> for Guarded<LockFreeHashMap<K, u64, FixedState>> {
    const NAME: &'static str = "LockFreeHashMap, one guard";
    fn with_capacity(capacity: usize) -> Self {
        Self(LockFreeHashMap::with_capacity_and_hasher(capacity, FixedState::default()))
    }
    fn run(&self, keys: &[K], nth: usize) -> u64 {
        let map = self.0.pin();
        mixed(
            keys,
            nth,
            |key, value| {
                map.insert(key, value);
            },
            |key| map.get(key).copied(),
        )
    }
}

impl<K: Key> Map<K> for Pinned<papaya::HashMap<K, u64, FixedState>> {
    const NAME: &'static str = "papaya, pin each time";
    fn with_capacity(capacity: usize) -> Self {
        Self(papaya::HashMap::with_capacity_and_hasher(capacity, FixedState::default()))
    }
    fn run(&self, keys: &[K], nth: usize) -> u64 {
        mixed(
            keys,
            nth,
            |key, value| {
                self.0.pin().insert(key, value);
            },
            |key| self.0.pin().get(key).copied(),
        )
    }
}

impl<K: Key> Map<K> for Guarded<papaya::HashMap<K, u64, FixedState>> {
    const NAME: &'static str = "papaya, one guard";
    fn with_capacity(capacity: usize) -> Self {
        Self(papaya::HashMap::with_capacity_and_hasher(capacity, FixedState::default()))
    }
    fn run(&self, keys: &[K], nth: usize) -> u64 {
        let map = self.0.pin();
        mixed(
            keys,
            nth,
            |key, value| {
                map.insert(key, value);
            },
            |key| map.get(key).copied(),
        )
    }
}

impl<K: Key> Map<K> for dashmap::DashMap<K, u64, FixedState> {
    const NAME: &'static str = "dashmap";
    fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, FixedState::default())
    }
    fn run(&self, keys: &[K], nth: usize) -> u64 {
        mixed(
            keys,
            nth,
            |key, value| {
                self.insert(key, value);
            },
            |key| self.get(key).map(|value| *value),
        )
    }
}

impl<K: Key> Map<K> for scc::HashMap<K, u64, FixedState> {
    const NAME: &'static str = "scc::HashMap";
    fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, FixedState::default())
    }
    fn run(&self, keys: &[K], nth: usize) -> u64 {
        mixed(
            keys,
            nth,
            |key, value| {
                self.upsert_sync(key, value);
            },
            |key| self.read_sync(key, |_, value| *value),
        )
    }
}

impl<K: Key> Map<K> for parking_lot::RwLock<StdMap<K>> {
    const NAME: &'static str = "parking_lot::RwLock of std's";
    fn with_capacity(capacity: usize) -> Self {
        Self::new(StdMap::with_capacity_and_hasher(capacity, FixedState::default()))
    }
    fn run(&self, keys: &[K], nth: usize) -> u64 {
        mixed(
            keys,
            nth,
            |key, value| {
                self.write().insert(key, value);
            },
            |key| self.read().get(key).copied(),
        )
    }
}

const SMALL: u64 = 1 << 16;
const LARGE: u64 = 1_000_000;
/// Operations in one call.
const BATCH: usize = 1 << 10;
/// Keys that a thread goes through, round and round.
const LOOP: usize = 1 << 18;

fn even<K: Key>(seed: u64) -> Vec<K> {
    let mut random = Random::new(seed);
    (0..LOOP).map(|_| K::make(random.below(SMALL))).collect()
}

/// Numbers below `LARGE`, of which few come most of the time.
fn zipf<K: Key>(seed: u64) -> Vec<K> {
    let mut random = Random::new(seed);
    (0..LOOP).map(|_| K::make(scattered_zipf(part(random.next_u64()), LARGE, 0.99))).collect()
}

/// A mix over a map that is filled, on one thread and on two.
fn bench_mix<K: Key, M: Map<K>>(criterion: &mut Criterion, mix: &str, entries: u64, nth: usize, keys: [&[K]; 2]) {
    let map = M::with_capacity(0);
    map.run(&(0..entries).map(K::make).collect::<Vec<_>>(), 1);
    on_one_and_two(criterion, &format!("map/{}/{mix}", K::NAME), M::NAME, BATCH, |thread, each| {
        for batch in keys[thread].chunks_exact(BATCH).cycle().take(each) {
            black_box(map.run(batch, nth));
        }
    });
}

/// Two threads fill a map from nothing.
fn bench_growth<K: Key, M: Map<K>>(criterion: &mut Criterion) {
    let keys: Vec<K> = (0..LARGE / 4).map(K::make).collect();
    let mut group = criterion.benchmark_group(format!("map/{}/growth to 250,000", K::NAME));
    for threads in [1, 2] {
        group.throughput(Throughput::Elements(keys.len() as u64));
        group.bench_function(format!("{}/{threads}T", M::NAME), |bencher| {
            bencher.iter_custom(|each| {
                (0..each)
                    .map(|_| {
                        let map = M::with_capacity(0);
                        at_once(threads, |thread| {
                            let part = keys.len() / threads;
                            map.run(&keys[thread * part..(thread + 1) * part], 1);
                        })
                    })
                    .sum()
            });
        });
    }
    group.finish();
}

fn bench_contender<K: Key, M: Map<K>>(criterion: &mut Criterion, even: [&[K]; 2], zipf: [&[K]; 2]) {
    bench_mix::<K, M>(criterion, "get", SMALL, usize::MAX, even);
    bench_mix::<K, M>(criterion, "95 get, 5 insert", LARGE, 20, zipf);
    bench_mix::<K, M>(criterion, "50 get, 50 insert", LARGE, 2, zipf);
    bench_growth::<K, M>(criterion);
}

fn bench_key<K: Key>(criterion: &mut Criterion) {
    let (even_one, even_two, zipf_one, zipf_two) = (even(1), even(2), zipf(3), zipf(4));
    let (even, zipf): ([&[K]; 2], [&[K]; 2]) = ([&even_one, &even_two], [&zipf_one, &zipf_two]);
    bench_contender::<K, Pinned<LockFreeHashMap<K, u64, FixedState>>>(criterion, even, zipf);
    bench_contender::<K, Guarded<LockFreeHashMap<K, u64, FixedState>>>(criterion, even, zipf);
    bench_contender::<K, Pinned<papaya::HashMap<K, u64, FixedState>>>(criterion, even, zipf);
    bench_contender::<K, Guarded<papaya::HashMap<K, u64, FixedState>>>(criterion, even, zipf);
    bench_contender::<K, dashmap::DashMap<K, u64, FixedState>>(criterion, even, zipf);
    bench_contender::<K, scc::HashMap<K, u64, FixedState>>(criterion, even, zipf);
    bench_contender::<K, parking_lot::RwLock<StdMap<K>>>(criterion, even, zipf);
}

fn all(criterion: &mut Criterion) {
    bench_key::<u64>(criterion);
    bench_key::<String>(criterion);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(700));
    targets = all
}
criterion_main!(benches);
