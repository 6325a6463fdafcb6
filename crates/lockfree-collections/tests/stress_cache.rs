//! `ConcurrentCache` with native threads: recorded histories, checked against a map that may forget; and broken ones that must be rejected.

#![cfg(not(loom))]

#[allow(dead_code, unused_imports, reason = "this file has subjects of its own kind")]
mod stress;

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use lockfree_collections::ConcurrentCache;
use stress::{Size, TOOL, seed, size};
use verify_harness::evidence::{Check, Unit};
use verify_harness::history::recorder::{Log, Recorder};
use verify_harness::history::{Checker, History, Specification, Verdict};
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

trait Subject: Sync {
    fn get(&self, key: u64) -> Option<u64>;
    fn insert(&self, key: u64, value: u64);
    fn get_with(&self, key: u64, value: u64) -> u64;
    fn remove(&self, key: u64) -> Option<u64>;
    /// Something that may make the cache forget anything.
    fn disturb(&self, number: u64);
}

impl<S: BuildHasher + Sync> Subject for ConcurrentCache<u64, u64, S> {
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
    bug: Bug,
    before: AtomicU64,
    operations: AtomicU64,
}

impl Broken {
    fn strikes(&self, bug: Bug) -> bool {
        self.bug == bug && self.operations.fetch_add(1, Ordering::Relaxed) % 97 == 96
    }
}

impl Subject for Broken {
    fn get(&self, key: u64) -> Option<u64> {
        if self.strikes(Bug::Stale) { Some(self.before.load(Ordering::Relaxed)) } else { self.cache.get(&key) }
    }
    fn insert(&self, key: u64, value: u64) {
        if let Some(old) = self.cache.get(&key) {
            self.before.store(old, Ordering::Relaxed);
        }
        self.cache.insert(if self.strikes(Bug::Astray) { (key + 1) % KEYS } else { key }, value);
    }
    fn get_with(&self, key: u64, value: u64) -> u64 {
        self.cache.get_with(key, || value)
    }
    fn remove(&self, key: u64) -> Option<u64> {
        if self.strikes(Bug::Keep) { self.cache.get(&key) } else { self.cache.remove(&key) }
    }
    fn disturb(&self, _: u64) {}
}

/// Keys that threads fight for.
const KEYS: u64 = 6;

/// One round: all threads at once. What is there before it belongs to no history, so it is removed.
fn round<S: Subject>(subject: &S, size: Size, seed: u64) -> History<Input, Option<u64>> {
    let recorder = Recorder::new();
    let gate = AtomicUsize::new(0);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..size.threads)
            .map(|thread| {
                let (recorder, gate) = (&recorder, &gate);
                scope.spawn(move || {
                    let mut random = Random::new(seed ^ ((thread as u64) << 56));
                    let mut log: Log<Input, Option<u64>> = recorder.log();
                    gate.fetch_add(1, Ordering::AcqRel);
                    while gate.load(Ordering::Acquire) < size.threads {
                        thread::yield_now();
                    }
                    for number in 0..size.each {
                        let value = (thread * size.each + number) as u64;
                        let key = random.below(KEYS);
                        match random.below(10) {
                            0..3 => {
                                log.call(Input::Insert(key, value), || {
                                    subject.insert(key, value);
                                    None
                                });
                            }
                            3 => drop(log.call(Input::GetWith(key, value), || Some(subject.get_with(key, value)))),
                            4 => drop(log.call(Input::Remove(key), || subject.remove(key))),
                            5..9 => drop(log.call(Input::Get(key), || subject.get(key))),
                            _ => subject.disturb(seed.wrapping_mul(31).wrapping_add(value)),
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    let history = recorder.into_history().expect("all logs are back");
    (0..KEYS).for_each(|key| _ = subject.remove(key));
    history
}

/// How many configurations the checker may visit for one round.
const LIMIT: u64 = 1_000_000;

/// Runs rounds until one is not linearizable; returns the verdict on that one.
fn first_bad<S: Subject>(subject: &S, size: Size, seed: u64, check: &Check) -> Option<String> {
    let checker = Checker::new(Forgetful).max_configurations(LIMIT);
    let counter = check.counter();
    (0..size.rounds).find_map(|number| {
        let history = round(subject, size, seed ^ ((number as u64) << 16));
        counter.add(history.len() as u64);
        match checker.check(&history) {
            verdict if verdict.is_linearizable() => None,
            Verdict::Unknown { .. } => panic!("a history was too hard to check"),
            verdict => Some(verdict.to_string()),
        }
    })
}

fn holds<S: Subject>(name: &str, subject: &S, size: Size) {
    let seed = seed();
    let bound = format!("{} threads x {} operations, {} rounds, seed {seed}", size.threads, size.each, size.rounds);
    let check = Check::start(name, "recorded histories are those of a map that may forget", TOOL, Unit::Operations)
        .bound(&bound);
    match first_bad(subject, size, seed, &check) {
        None => check.holds(),
        Some(verdict) => {
            check.fails("a history is not linearizable");
            panic!("{verdict}");
        }
    }
}

fn is_rejected(bug: Bug) {
    let seed = seed();
    let name = match bug {
        Bug::Stale => "a broken ConcurrentCache: finds stale values",
        Bug::Keep => "a broken ConcurrentCache: keeps a key",
        Bug::Astray => "a broken ConcurrentCache: mistakes a key",
    };
    let check = Check::start(name, "the seeded bug is found", TOOL, Unit::Operations).bound(&format!("seed {seed}"));
    let (before, operations) = (AtomicU64::new(0), AtomicU64::new(0));
    let broken = Broken { cache: ConcurrentCache::new(64), bug, before, operations };
    if first_bad(&broken, Size { threads: 2, each: 50, rounds: 200 }, seed, &check).is_some() {
        check.holds();
    } else {
        check.fails("every history was accepted");
        panic!("{name}: the seeded bug was not found");
    }
}

/// Rounds with threads of their own are dear: a fifth of the operations.
fn fewer(size: Size) -> Size {
    Size { rounds: size.rounds / 5, ..size }
}

#[test]
fn cache_is_a_map_that_may_forget_for_two_threads() {
    holds("ConcurrentCache", &ConcurrentCache::<u64, u64>::new(64), fewer(size(2, 400)));
}

#[test]
fn cache_is_a_map_that_may_forget_for_four_threads() {
    holds("ConcurrentCache", &ConcurrentCache::<u64, u64>::new(64), fewer(size(4, 100)));
}

#[test]
fn cache_is_a_map_that_may_forget_when_it_is_too_small() {
    let cache = ConcurrentCache::builder().max_capacity(4).shards(2).build();
    holds("ConcurrentCache, too small", &cache, fewer(size(3, 200)));
}

#[test]
fn cache_is_a_map_that_may_forget_when_hashes_collide() {
    let cache = ConcurrentCache::builder().max_capacity(64).build_with_hasher(BuildHasherDefault::<Few>::default());
    holds("ConcurrentCache, colliding hashes", &cache, fewer(size(3, 200)));
}

#[test]
fn cache_that_finds_stale_values_is_rejected() {
    is_rejected(Bug::Stale);
}

#[test]
fn cache_that_keeps_a_key_is_rejected() {
    is_rejected(Bug::Keep);
}

#[test]
fn cache_that_mistakes_a_key_is_rejected() {
    is_rejected(Bug::Astray);
}
