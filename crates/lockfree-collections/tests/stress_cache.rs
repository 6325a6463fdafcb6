//! `ConcurrentCache` with native threads: recorded histories, checked against a map that may forget; and broken ones that must be rejected.

#![cfg(not(loom))]

#[allow(dead_code, unused_imports, reason = "this file has subjects of its own kind")]
mod stress;

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use lockfree_collections::ConcurrentCache;
use stress::broken::Seeded;
use stress::{LogOf, Size, Subject, Turn, is_rejected, size};
use verify_harness::history::Specification;
use verify_harness::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Input {
    Get(u64),
    Insert(u64, u64),
    /// The value is what the loader makes.
    GetWith(u64, u64),
    Remove(u64),
}

/// What is found is the latest value, or nothing; nothing is always right.
#[derive(Clone, Copy, Debug, Default)]
struct Forgetful;

impl Specification for Forgetful {
    /// The value of the one key that a history is about.
    type State = Option<u64>;
    type Input = Input;
    type Output = Option<u64>;
    type Key = u64;

    fn initial(&self) -> Option<u64> {
        None
    }

    fn step(&self, state: &Option<u64>, input: &Input, output: Option<&Option<u64>>) -> Option<Option<u64>> {
        let found = output.copied().flatten();
        match *input {
            Input::Get(_) => (found.is_none() || found == *state).then_some(*state),
            Input::Insert(_, value) => Some(Some(value)),
            Input::GetWith(_, own) if found == Some(own) => Some(found),
            Input::GetWith(..) => (found.is_some() && found == *state).then_some(*state),
            Input::Remove(_) => (found.is_none() || found == *state).then_some(None),
        }
    }

    fn key(&self, input: &Input) -> Option<u64> {
        let (Input::Get(key) | Input::Insert(key, _) | Input::GetWith(key, _) | Input::Remove(key)) = input;
        Some(*key)
    }
}

trait Numbers: Sync {
    fn get(&self, key: u64) -> Option<u64>;
    fn insert(&self, key: u64, value: u64);
    fn get_with(&self, key: u64, value: u64) -> u64;
    fn remove(&self, key: u64) -> Option<u64>;
    /// Something that may make the cache forget anything.
    fn disturb(&self, number: u64);
}

impl<S: BuildHasher + Sync> Numbers for ConcurrentCache<u64, u64, S> {
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key)
    }
    fn insert(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
    fn get_with(&self, key: u64, value: u64) -> u64 {
        self.get_with(key, || value)
    }
    fn remove(&self, key: u64) -> Option<u64> {
        self.remove(&key)
    }
    fn disturb(&self, number: u64) {
        match number % 16 {
            0 => self.invalidate_all(),
            1 => _ = self.invalidate_entries_if(|key, _| key % 2 == 0),
            2 => assert!(self.iter().count() <= 64),
            _ => self.insert(1_000 + number % 100, number),
        }
    }
}

/// Few hashes: ways through the table are long, and entries move.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    /// A look-up finds what was there before.
    Stale,
    /// A removal leaves the key where it is.
    Keep,
    /// An insertion is of another key.
    Astray,
}

/// A sound cache, spoilt.
struct Broken {
    cache: ConcurrentCache<u64, u64>,
    before: AtomicU64,
    seeded: Seeded<Bug>,
}

impl Numbers for Broken {
    fn get(&self, key: u64) -> Option<u64> {
        if self.seeded.strikes(Bug::Stale) { Some(self.before.load(Ordering::Relaxed)) } else { self.cache.get(&key) }
    }
    fn insert(&self, key: u64, value: u64) {
        if let Some(old) = self.cache.get(&key) {
            self.before.store(old, Ordering::Relaxed);
        }
        self.cache.insert(if self.seeded.strikes(Bug::Astray) { (key + 1) % KEYS } else { key }, value);
    }
    fn get_with(&self, key: u64, value: u64) -> u64 {
        self.cache.get_with(key, || value)
    }
    fn remove(&self, key: u64) -> Option<u64> {
        if self.seeded.strikes(Bug::Keep) { self.cache.get(&key) } else { self.cache.remove(&key) }
    }
    fn disturb(&self, _: u64) {}
}

/// Keys that threads fight for.
const KEYS: u64 = 6;

/// A cache. What is there before a round belongs to no history, so it is removed.
struct Caches<C>(C);

impl<C: Numbers> Subject for Caches<C> {
    type Specification = Forgetful;

    fn specification(&self) -> Forgetful {
        Forgetful
    }

    fn work(&self, turn: Turn, random: &mut Random, log: &mut LogOf<Self>) {
        let cache = &self.0;
        for value in turn.numbers() {
            let key = random.below(KEYS);
            match random.below(10) {
                0..3 => {
                    log.call(Input::Insert(key, value), || {
                        cache.insert(key, value);
                        None
                    });
                }
                3 => drop(log.call(Input::GetWith(key, value), || Some(cache.get_with(key, value)))),
                4 => drop(log.call(Input::Remove(key), || cache.remove(key))),
                5..9 => drop(log.call(Input::Get(key), || cache.get(key))),
                _ => cache.disturb(random.below(1 << 32)),
            }
        }
    }

    fn end(&self, _log: &mut LogOf<Self>) {
        (0..KEYS).for_each(|key| _ = self.0.remove(key));
    }
}

fn holds<C: Numbers>(name: &str, cache: C, size: Size) {
    stress::holds(name, "recorded histories are those of a map that may forget", &Caches(cache), size);
}

fn bug_is_found(bug: Bug) {
    let name = match bug {
        Bug::Stale => "a broken ConcurrentCache: finds stale values",
        Bug::Keep => "a broken ConcurrentCache: keeps a key",
        Bug::Astray => "a broken ConcurrentCache: mistakes a key",
    };
    let broken = Broken { cache: ConcurrentCache::new(64), before: AtomicU64::new(0), seeded: Seeded::new(bug) };
    is_rejected(name, &Caches(broken), Size { threads: 2, each: 50, rounds: 200 });
}

#[test]
fn cache_is_a_map_that_may_forget_for_two_threads() {
    holds("ConcurrentCache", ConcurrentCache::<u64, u64>::new(64), size(2, 400));
}

#[test]
fn cache_is_a_map_that_may_forget_for_four_threads() {
    holds("ConcurrentCache", ConcurrentCache::<u64, u64>::new(64), size(4, 100));
}

#[test]
fn cache_is_a_map_that_may_forget_when_it_is_too_small() {
    let cache = ConcurrentCache::builder().max_capacity(4).shards(2).build();
    holds("ConcurrentCache, too small", cache, size(3, 200));
}

#[test]
fn cache_is_a_map_that_may_forget_when_hashes_collide() {
    let cache = ConcurrentCache::builder().max_capacity(64).build_with_hasher(BuildHasherDefault::<Few>::default());
    holds("ConcurrentCache, colliding hashes", cache, size(3, 200));
}

#[test]
fn cache_that_finds_stale_values_is_rejected() {
    bug_is_found(Bug::Stale);
}

#[test]
fn cache_that_keeps_a_key_is_rejected() {
    bug_is_found(Bug::Keep);
}

#[test]
fn cache_that_mistakes_a_key_is_rejected() {
    bug_is_found(Bug::Astray);
}
