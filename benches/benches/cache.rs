//! Caches of numbers: get or insert, of which few keys are asked for most of the time (Zipf, exponent 0.99); look-ups that all hit; and
//! insertions of ever new keys. All have room for 2^16 entries, and one hash function.
//!
//! `cargo run --release -p benches --example hit_ratio` shows how often they hit.

mod at_once;

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use at_once::at_once;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use foldhash::fast::FixedState;
use lockfree_collections::ConcurrentCache;
use verify_harness::random::Random;

/// A cache that threads share.
trait Contender: Sync {
    const NAME: &'static str;
    fn with_capacity(capacity: usize) -> Self;
    fn get(&self, key: u64) -> Option<u64>;
    fn insert(&self, key: u64, value: u64);
}

impl Contender for ConcurrentCache<u64, u64, FixedState> {
    const NAME: &'static str = "ConcurrentCache";
    fn with_capacity(capacity: usize) -> Self {
        ConcurrentCache::builder().max_capacity(capacity as u64).build_with_hasher(FixedState::default())
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key)
    }
    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

type Quick = quick_cache::sync::Cache<u64, u64, quick_cache::UnitWeighter, FixedState>;

impl Contender for Quick {
    const NAME: &'static str = "quick_cache";
    fn with_capacity(capacity: usize) -> Self {
        let lifecycle = quick_cache::sync::DefaultLifecycle::default();
        Self::with(capacity, capacity as u64, quick_cache::UnitWeighter, FixedState::default(), lifecycle)
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key)
    }
    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

impl Contender for moka::sync::Cache<u64, u64, FixedState> {
    const NAME: &'static str = "moka";
    fn with_capacity(capacity: usize) -> Self {
        moka::sync::Cache::builder().max_capacity(capacity as u64).build_with_hasher(FixedState::default())
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key)
    }
    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

impl Contender for parking_lot::Mutex<lru::LruCache<u64, u64, FixedState>> {
    const NAME: &'static str = "parking_lot::Mutex of lru";
    fn with_capacity(capacity: usize) -> Self {
        let capacity = NonZeroUsize::new(capacity).expect("room for some");
        Self::new(lru::LruCache::with_hasher(capacity, FixedState::default()))
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.lock().get(&key).copied()
    }
    fn insert(&self, key: u64, value: u64) {
        self.lock().put(key, value);
    }
}

const CAPACITY: usize = 1 << 16;
const KEYS: u64 = 1_000_000;
/// Operations in one call.
const BATCH: usize = 1 << 10;
/// Keys that a thread goes through, round and round.
const LOOP: usize = 1 << 20;

/// Numbers below `KEYS`, the first ones most often: by inverting the integral of the density.
fn zipf(seed: u64) -> Vec<u64> {
    const EXPONENT: f64 = 0.99;
    let mut random = Random::new(seed);
    let power = 1.0 - EXPONENT;
    let whole = ((KEYS + 1) as f64).powf(power) - 1.0;
    let draw = |_| {
        let part = random.below(1 << 53) as f64 / (1_u64 << 53) as f64;
        let rank = (part * whole + 1.0).powf(power.recip()) as u64 - 1;
        // Neighbours in rank are no neighbours in number.
        rank.min(KEYS - 1).wrapping_mul(0x9E37_79B1) % KEYS
    };
    (0..LOOP).map(draw).collect()
}

/// One call is a batch of operations, `work(thread, number of the batch)`, on one thread and on two.
fn bench(criterion: &mut Criterion, mix: &str, name: &str, work: impl Fn(usize, usize) + Sync) {
    let mut group = criterion.benchmark_group(format!("cache/{mix}"));
    for threads in [1, 2] {
        group.throughput(Throughput::Elements((BATCH * threads) as u64));
        group.bench_function(format!("{name}/{threads}T"), |bencher| {
            bencher.iter_custom(|each| {
                at_once(threads, |thread| (0..each as usize).for_each(|number| work(thread, number)))
            });
        });
    }
    group.finish();
}

fn bench_contender<C: Contender>(criterion: &mut Criterion, zipf: &[Vec<u64>; 2]) {
    let batch = |thread: usize, number: usize| zipf[thread].chunks_exact(BATCH).nth(number % (LOOP / BATCH));

    let cache = C::with_capacity(CAPACITY);
    let get_or_insert = |thread, number| {
        for key in batch(thread, number).expect("a batch") {
            if black_box(cache.get(*key)).is_none() {
                cache.insert(*key, *key);
            }
        }
    };
    // Full, and used to the keys.
    (0..LOOP / BATCH).for_each(|number| get_or_insert(0, number));
    bench(criterion, "get or insert", C::NAME, get_or_insert);

    // Caches that are made of parts need more room than there are entries.
    let cache = C::with_capacity(2 * CAPACITY);
    (0..CAPACITY as u64).for_each(|key| cache.insert(key, key));
    bench(criterion, "hits", C::NAME, |thread, number| {
        for key in batch(thread, number).expect("a batch") {
            black_box(cache.get(*key % CAPACITY as u64)).expect("there is room for all");
        }
    });

    let cache = C::with_capacity(CAPACITY);
    let next = AtomicU64::new(0);
    bench(criterion, "insert", C::NAME, |_, _| {
        let first = next.fetch_add(BATCH as u64, Ordering::Relaxed);
        (first..first + BATCH as u64).for_each(|key| cache.insert(key, key));
    });
}

fn all(criterion: &mut Criterion) {
    let keys = [zipf(1), zipf(2)];
    bench_contender::<ConcurrentCache<u64, u64, FixedState>>(criterion, &keys);
    bench_contender::<Quick>(criterion, &keys);
    bench_contender::<moka::sync::Cache<u64, u64, FixedState>>(criterion, &keys);
    bench_contender::<parking_lot::Mutex<lru::LruCache<u64, u64, FixedState>>>(criterion, &keys);
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
