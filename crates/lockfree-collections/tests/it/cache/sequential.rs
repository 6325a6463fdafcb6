//! One thread, compared with a map that forgets nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use lockfree_collections::ConcurrentCache;
use lockfree_collections::cache::{CompResult, Op, RemovalCause};
use quickcheck::{Arbitrary, Gen, quickcheck};

#[derive(Clone, Copy, Debug)]
enum Do {
    Get(u8),
    Insert(u8, u16),
    GetWith(u8, u16),
    Remove(u8),
    Invalidate(u8),
    InvalidateAll,
    InvalidateOdd,
    Compute(u8),
    Iterate,
}

impl Arbitrary for Do {
    fn arbitrary(g: &mut Gen) -> Self {
        let (key, value) = (u8::arbitrary(g) % 48, u16::arbitrary(g));
        match u8::arbitrary(g) % 32 {
            0..10 => Self::Get(key),
            10..20 => Self::Insert(key, value),
            20..23 => Self::GetWith(key, value),
            23..25 => Self::Remove(key),
            25..27 => Self::Invalidate(key),
            27..30 => Self::Compute(key),
            30 => Self::Iterate,
            _ if value % 2 == 0 => Self::InvalidateAll,
            _ => Self::InvalidateOdd,
        }
    }
}

/// Few hashes, so that ways through the table are long and entries move.
#[derive(Default)]
struct Few(DefaultHasher);

impl Hasher for Few {
    fn finish(&self) -> u64 {
        self.0.finish() % 5
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

/// What the listener was told, in order.
type Told = Arc<Mutex<Vec<(u8, u16, RemovalCause)>>>;

fn weight(key: u8) -> u32 {
    u32::from(key % 4)
}

/// Runs the operations, and compares: what is found is the latest value, what is gone was told of once, and the weight is kept.
fn agrees<S: std::hash::BuildHasher>(cache: &ConcurrentCache<u8, u16, S>, told: &Told, capacity: u64, all: &[Do]) {
    let mut model: HashMap<u8, u16> = HashMap::new();
    for (number, step) in all.iter().enumerate() {
        told.lock().unwrap().clear();
        let mut expected = Vec::new();
        match *step {
            Do::Get(key) => {
                assert_eq!(cache.contains_key(&key), model.contains_key(&key));
                assert_eq!(cache.get(&key), model.get(&key).copied());
            }
            Do::Insert(key, value) => {
                cache.insert(key, value);
                if let Some(old) = model.insert(key, value) {
                    expected.push((key, old, RemovalCause::Replaced));
                }
            }
            Do::GetWith(key, value) => {
                let entry = cache.entry(key).or_insert(value);
                assert_eq!(entry.is_fresh(), !model.contains_key(&key));
                assert_eq!(entry.into_value(), *model.entry(key).or_insert(value));
            }
            Do::Remove(key) => {
                let old = model.remove(&key);
                assert_eq!(cache.remove(&key), old);
                expected.extend(old.map(|old| (key, old, RemovalCause::Explicit)));
            }
            Do::Invalidate(key) => {
                cache.invalidate(&key);
                expected.extend(model.remove(&key).map(|old| (key, old, RemovalCause::Explicit)));
            }
            Do::InvalidateAll => {
                cache.invalidate_all();
                expected.extend(model.drain().map(|(key, old)| (key, old, RemovalCause::Explicit)));
            }
            Do::InvalidateOdd => {
                let (odd, even): (HashMap<_, _>, _) = model.drain().partition(|(_, value)| *value % 2 == 1);
                model = even;
                assert_eq!(cache.invalidate_entries_if(|_, value| value % 2 == 1), odd.len());
                expected.extend(odd.into_iter().map(|(key, old)| (key, old, RemovalCause::Explicit)));
            }
            Do::Compute(key) => {
                let up = |value: u16| value.wrapping_add(1);
                let result = cache.entry(key).and_compute_with(|value| match value {
                    None => Op::Put(number as u16),
                    Some(value) if value % 3 == 0 => Op::Remove,
                    Some(value) => Op::Put(up(value)),
                });
                match model.get(&key).copied() {
                    None => {
                        assert_eq!(result, CompResult::Inserted(number as u16));
                        model.insert(key, number as u16);
                    }
                    Some(old) if old % 3 == 0 => {
                        assert_eq!(result, CompResult::Removed(old));
                        model.remove(&key);
                        expected.push((key, old, RemovalCause::Explicit));
                    }
                    Some(old) => {
                        assert_eq!(result, CompResult::ReplacedWith(up(old)));
                        model.insert(key, up(old));
                        expected.push((key, old, RemovalCause::Replaced));
                    }
                }
            }
            Do::Iterate => {}
        }
        // What the cache has forgotten by itself, it has told of.
        let mut gone = std::mem::take(&mut *told.lock().unwrap());
        gone.retain(|(key, value, cause)| {
            let by_itself = *cause == RemovalCause::Size;
            if by_itself {
                assert_eq!(model.remove(key), Some(*value), "{key} was forgotten");
            }
            !by_itself
        });
        gone.sort_by_key(|gone| gone.0);
        expected.sort_by_key(|gone| gone.0);
        assert_eq!(gone, expected, "after {number}: {step:?}");
        let found: HashMap<u8, u16> = cache.iter().collect();
        assert_eq!(found, model, "after {number}: {step:?}");
        assert_eq!(cache.entry_count(), model.len() as u64);
        assert_eq!(cache.weighted_size(), model.keys().map(|key| u64::from(weight(*key))).sum::<u64>());
        assert!(cache.weighted_size() <= capacity);
    }
}

fn with_cache(capacity: u8, shards: u8, all: &[Do]) {
    let capacity = u64::from(capacity % 64);
    for few in [false, true] {
        let told = Told::default();
        let listener = Arc::clone(&told);
        let builder = ConcurrentCache::builder()
            .max_capacity(capacity)
            .shards(usize::from(shards % 4))
            .weigher(|key: &u8, _: &u16| weight(*key))
            .eviction_listener(move |key, value, cause| listener.lock().unwrap().push((*key, *value, cause)));
        if few {
            agrees(&builder.build_with_hasher(BuildHasherDefault::<Few>::default()), &told, capacity, all);
        } else {
            agrees(&builder.build_with_hasher(BuildHasherDefault::<DefaultHasher>::new()), &told, capacity, all);
        }
    }
}

quickcheck! {
    fn cache_is_a_map_that_forgets(capacity: u8, shards: u8, all: Vec<Do>) -> bool {
        with_cache(capacity, shards, &all);
        true
    }
}

#[test]
fn cache_keeps_what_fits() {
    let cache = ConcurrentCache::builder().max_capacity(1000).shards(1).build();
    (0..1000).for_each(|key| cache.insert(key, key));
    assert!((0..1000).all(|key| cache.get(&key) == Some(key)));
    cache.insert(1000, 1000);
    assert_eq!(cache.entry_count(), 1000);
}

#[test]
fn cache_is_exactly_full_in_many_shards() {
    let cache = ConcurrentCache::builder().max_capacity(1001).shards(8).build();
    (0..20_000).for_each(|key| {
        cache.insert(key, key);
        assert!(cache.entry_count() <= 1001);
    });
    assert_eq!(cache.entry_count(), 1001);
}

#[test]
fn cache_of_nothing_keeps_nothing() {
    let cache = ConcurrentCache::new(0);
    cache.insert(1, 'a');
    assert_eq!((cache.get(&1), cache.entry_count()), (None, 0));
    assert_eq!(cache.get_with(1, || 'b'), 'b');
}

#[test]
fn cache_without_weights_is_unbounded_by_them() {
    let cache = ConcurrentCache::builder().max_capacity(0).weigher(|_: &u32, _: &u32| 0).build();
    (0..100).for_each(|key| cache.insert(key, key));
    assert_eq!((cache.entry_count(), cache.weighted_size()), (100, 0));
}

#[test]
fn cache_replaces_a_heavier_value_by_a_lighter_one() {
    let cache = ConcurrentCache::builder().max_capacity(10).weigher(|_, weight: &u32| *weight).build();
    cache.insert('a', 4);
    cache.insert('b', 6);
    cache.insert('b', 1);
    assert_eq!((cache.get(&'a'), cache.weighted_size()), (Some(4), 5));
    cache.insert('b', 10);
    assert_eq!((cache.get(&'a'), cache.get(&'b')), (None, Some(10)));
    cache.insert('b', 11);
    assert_eq!((cache.get(&'b'), cache.weighted_size()), (None, 0));
}

#[test]
fn cache_hits_as_often_as_the_simulation() {
    let cache = ConcurrentCache::builder().max_capacity(400).shards(1).build();
    let mut simulation = lockfree_collections::cache::Simulation::new(400);
    let mut hits = [0, 0];
    for at in 0..60_000_u64 {
        let key = at % 600;
        hits[0] += usize::from(simulation.request(key));
        match cache.get(&key) {
            Some(()) => hits[1] += 1,
            None => cache.insert(key, ()),
        }
    }
    assert!(hits[0].abs_diff(hits[1]) < 3000, "{hits:?}");
}

#[test]
fn cache_works_with_values_that_are_not_send() {
    let cache = ConcurrentCache::new(2);
    let value = Rc::new(RefCell::new(0));
    (0..10).for_each(|key| cache.insert(key, Rc::clone(&value)));
    cache.read(&9, |value| *value.borrow_mut() += 1);
    drop(cache);
    assert_eq!((Rc::strong_count(&value), *value.borrow()), (1, 1));
}

#[test]
fn cache_of_nothings_counts_them() {
    let cache = ConcurrentCache::new(10);
    cache.insert((), ());
    assert_eq!((cache.get(&()), cache.entry_count(), cache.remove(&())), (Some(()), 1, Some(())));
}
