//! Caches of numbers: get or insert, of which few keys are asked for most of the time (Zipf, exponent 0.99); look-ups that all hit; and
//! insertions of ever new keys. All have room for 2^16 entries, and one hash function.
//!
//! `cargo run --release -p benches --example hit_ratio` shows how often they hit.

mod at_once;
mod one_and_two;

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use benches::skew::{part, scattered_zipf};
use criterion::{Criterion, criterion_group, criterion_main};
use foldhash::fast::FixedState;
use lockfree_collections::ConcurrentCache;
use one_and_two::on_one_and_two;
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

impl Contender for mini_moka::sync::Cache<u64, u64, FixedState> {
    const NAME: &'static str = "mini-moka";
    fn with_capacity(capacity: usize) -> Self {
        mini_moka::sync::Cache::builder().max_capacity(capacity as u64).build_with_hasher(FixedState::default())
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key)
    }
    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

impl Contender for foyer_memory::Cache<u64, u64, FixedState> {
    const NAME: &'static str = "foyer-memory, S3-FIFO";
    fn with_capacity(capacity: usize) -> Self {
        foyer_memory::CacheBuilder::new(capacity)
            .with_eviction_config(foyer_memory::S3FifoConfig::default())
            .with_hash_builder(FixedState::default())
            .build()
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key).map(|entry| *entry.value())
    }
    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
}

/// Has room for a power of two of entries.
impl Contender for scc::HashCache<u64, u64, FixedState> {
    const NAME: &'static str = "scc::HashCache";
    fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, capacity, FixedState::default())
    }
    fn get(&self, key: u64) -> Option<u64> {
        self.read_sync(&key, |_, value| *value)
    }
    fn insert(&self, key: u64, value: u64) {
        _ = self.put_sync(key, value);
    }
}

const CAPACITY: usize = 1 << 16;
const KEYS: u64 = 1_000_000;
/// Operations in one call.
const BATCH: usize = 1 << 10;
/// Keys that a thread goes through, round and round.
const LOOP: usize = 1 << 20;

/// Numbers below `KEYS`, of which few come most of the time.
fn zipf(seed: u64) -> Vec<u64> {
    let mut random = Random::new(seed);
    (0..LOOP).map(|_| scattered_zipf(part(random.next_u64()), KEYS, 0.99)).collect()
}

/// One call is a batch of operations, `work(thread, number of the batch)`, on one thread and on two.
fn bench(criterion: &mut Criterion, mix: &str, name: &str, work: impl Fn(usize, usize) + Sync) {
    on_one_and_two(criterion, &format!("cache/{mix}"), name, BATCH, |thread, each| {
        (0..each).for_each(|number| work(thread, number));
    });
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
    bench_contender::<scc::HashCache<u64, u64, FixedState>>(criterion, &keys);
    bench_contender::<foyer_memory::Cache<u64, u64, FixedState>>(criterion, &keys);
    bench_contender::<mini_moka::sync::Cache<u64, u64, FixedState>>(criterion, &keys);
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
