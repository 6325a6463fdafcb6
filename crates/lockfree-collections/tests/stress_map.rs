//! `LockFreeHashMap` and `LockFreeSkipMap` with native threads: recorded histories, checked for linearizability; and broken ones that must be rejected.

#![cfg(not(loom))]

#[allow(dead_code, unused_imports, reason = "this file has subjects of its own kind")]
mod stress;

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use lockfree_collections::map::{Compute, Operation};
use lockfree_collections::{LockFreeHashMap, LockFreeSkipMap};
use stress::broken::Seeded;
use stress::{LINEARIZABLE, LogOf, Size, Subject, Turn, is_rejected, size};
use verify_harness::history::spec::{Map, MapInput};
use verify_harness::random::Random;

type Output = Option<u64>;

/// A map of numbers under stress. Each answers what was there before.
trait Numbers: Sync {
    fn get(&self, key: u64) -> Output;
    fn insert(&self, key: u64, value: u64, way: u64) -> Output;
    fn remove(&self, key: u64, way: u64) -> Output;
    /// Any operations besides, which change no key below 1,000.
    fn disturb(&self, number: u64);
}

/// A map whose hashes are few, so that entries are neighbours and share hashes.
type Crowded = LockFreeHashMap<u64, u64, BuildHasherDefault<Few>>;
type Plain = LockFreeHashMap<u64, u64>;

#[derive(Default)]
struct Few(DefaultHasher);

impl Hasher for Few {
    fn finish(&self) -> u64 {
        self.0.finish() % 3
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

/// What a number is to a hash map.
trait Key: Hash + Eq + std::fmt::Debug + Send + Sync {
    fn make(number: u64) -> Self;
    fn number(&self) -> u64;
}

impl Key for u64 {
    fn make(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

/// Keys that stay when their value is replaced.
impl Key for String {
    fn make(number: u64) -> Self {
        number.to_string()
    }

    fn number(&self) -> u64 {
        self.parse().expect("the text of a number")
    }
}

impl<K: Key, S: BuildHasher + Sync> Numbers for LockFreeHashMap<K, u64, S> {
    fn get(&self, key: u64) -> Output {
        let pinned = self.pin();
        let (found, value) = pinned.get_key_value(&K::make(key))?;
        assert_eq!(found.number(), key);
        Some(*value)
    }

    fn insert(&self, key: u64, value: u64, way: u64) -> Output {
        let pinned = self.pin();
        if way % 2 == 0 {
            return pinned.insert(K::make(key), value).copied();
        }
        let done: Compute<'_, _, _, ()> = pinned.compute(K::make(key), |_| Operation::Insert(value));
        match done {
            Compute::Updated { old: (one, old), new: (other, _) } => {
                assert_eq!((one.number(), other.number()), (key, key));
                Some(*old)
            }
            _ => None,
        }
    }

    fn remove(&self, key: u64, way: u64) -> Output {
        let key = K::make(key);
        match way % 3 {
            0 => self.take(&key),
            1 => self.pin().remove(&key).copied(),
            _ => self.pin().remove_if(&key, |_, _| true).unwrap().map(|(_, value)| *value),
        }
    }

    fn disturb(&self, number: u64) {
        let pinned = self.pin();
        pinned.insert(K::make(1_000 + number % 512), number);
        pinned.insert(K::make(1_000 + number % 256), number);
        pinned.remove(&K::make(1_000 + number * 7 % 512));
        if number % 16 == 0 {
            assert!(pinned.iter().all(|(key, _)| key.number() < 2_000));
        }
    }
}

impl Numbers for LockFreeSkipMap<u64, u64> {
    fn get(&self, key: u64) -> Output {
        LockFreeSkipMap::get(self, &key).map(|entry| *entry.value())
    }

    fn insert(&self, key: u64, value: u64, _: u64) -> Output {
        self.replace(key, value).map(|entry| *entry.value())
    }

    fn remove(&self, key: u64, _: u64) -> Output {
        LockFreeSkipMap::remove(self, &key).map(|entry| *entry.value())
    }

    fn disturb(&self, number: u64) {
        drop(LockFreeSkipMap::insert(self, 1_000 + number % 64, number));
        drop(LockFreeSkipMap::remove(self, &(1_000 + number * 7 % 64)));
        if number % 16 == 0 {
            let keys: Vec<_> = self.iter().map(|entry| *entry.key()).collect();
            assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    /// A get reads what was there before.
    Stale,
    /// An insertion forgets its value.
    Lose,
    /// A removal leaves the key where it is.
    Keep,
}

/// A sound map, spoilt.
struct Broken {
    map: Plain,
    before: AtomicU64,
    seeded: Seeded<Bug>,
}

impl Numbers for Broken {
    fn get(&self, key: u64) -> Output {
        if self.seeded.strikes(Bug::Stale) {
            Some(self.before.load(Ordering::Relaxed))
        } else {
            Numbers::get(&self.map, key)
        }
    }

    fn insert(&self, key: u64, value: u64, way: u64) -> Output {
        if self.seeded.strikes(Bug::Lose) {
            return Numbers::get(&self.map, key);
        }
        let old = Numbers::insert(&self.map, key, value, way);
        self.before.store(old.unwrap_or(0), Ordering::Relaxed);
        old
    }

    fn remove(&self, key: u64, way: u64) -> Output {
        if self.seeded.strikes(Bug::Keep) { Numbers::get(&self.map, key) } else { Numbers::remove(&self.map, key, way) }
    }

    fn disturb(&self, number: u64) {
        Numbers::disturb(&self.map, number);
    }
}

/// Keys that threads fight for.
const KEYS: u64 = 4;

/// A map, which one thread empties at the end of a round.
struct Maps<M>(M);

impl<M: Numbers> Subject for Maps<M> {
    type Specification = Map<u64, u64>;

    fn specification(&self) -> Map<u64, u64> {
        Map::new()
    }

    fn work(&self, turn: Turn, random: &mut Random, log: &mut LogOf<Self>) {
        let map = &self.0;
        for value in turn.numbers() {
            let (key, way) = (random.below(KEYS), random.below(6));
            match random.below(9) {
                0..3 => drop(log.call(MapInput::Insert(key, value), || map.insert(key, value, way))),
                3..5 => drop(log.call(MapInput::Remove(key), || map.remove(key, way))),
                5..8 => drop(log.call(MapInput::Get(key), || map.get(key))),
                _ => map.disturb(random.below(1 << 32)),
            }
        }
    }

    fn end(&self, log: &mut LogOf<Self>) {
        for key in 0..KEYS {
            log.call(MapInput::Remove(key), || self.0.remove(key, 1));
        }
    }
}

fn holds<M: Numbers>(name: &str, map: M, size: Size) {
    stress::holds(name, LINEARIZABLE, &Maps(map), size);
}

fn bug_is_found(bug: Bug) {
    let name = match bug {
        Bug::Stale => "a broken LockFreeHashMap: reads stale values",
        Bug::Lose => "a broken LockFreeHashMap: forgets a value",
        Bug::Keep => "a broken LockFreeHashMap: keeps a key",
    };
    let broken = Broken { map: Plain::new(), before: AtomicU64::new(0), seeded: Seeded::new(bug) };
    is_rejected(name, &Maps(broken), Size { threads: 2, each: 50, rounds: 200 });
}

#[test]
fn map_is_linearizable_for_two_threads() {
    holds("LockFreeHashMap", Plain::new(), size(2, 400));
}

#[test]
fn map_is_linearizable_for_four_threads() {
    holds("LockFreeHashMap", Plain::new(), size(4, 100));
}

#[test]
fn map_is_linearizable_when_hashes_collide() {
    holds("LockFreeHashMap, colliding hashes", Crowded::default(), size(3, 200));
}

#[test]
fn map_of_texts_is_linearizable_for_two_threads() {
    holds("LockFreeHashMap, texts", LockFreeHashMap::<String, u64>::new(), size(2, 400));
}

#[test]
fn map_of_texts_is_linearizable_for_four_threads() {
    holds("LockFreeHashMap, texts", LockFreeHashMap::<String, u64>::new(), size(4, 100));
}

#[test]
fn map_that_reads_stale_values_is_rejected() {
    bug_is_found(Bug::Stale);
}

#[test]
fn map_that_forgets_a_value_is_rejected() {
    bug_is_found(Bug::Lose);
}

#[test]
fn map_that_keeps_a_key_is_rejected() {
    bug_is_found(Bug::Keep);
}

#[test]
fn skip_map_is_linearizable_for_two_threads() {
    holds("LockFreeSkipMap", LockFreeSkipMap::new(), size(2, 400));
}

#[test]
fn skip_map_is_linearizable_for_four_threads() {
    holds("LockFreeSkipMap", LockFreeSkipMap::new(), size(4, 100));
}
