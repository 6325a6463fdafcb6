//! `LockFreeHashMap` and `LockFreeSkipMap` with native threads: recorded histories, checked for linearizability; and broken ones that must be rejected.

#![cfg(not(loom))]

#[allow(dead_code, unused_imports, reason = "this file has subjects of its own kind")]
mod stress;

use std::hash::BuildHasherDefault;
use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use lockfree_collections::map::{Compute, Operation};
use lockfree_collections::{LockFreeHashMap, LockFreeSkipMap};
use stress::{Size, TOOL, seed, size};
use verify_harness::evidence::{Check, Unit};
use verify_harness::history::recorder::{Log, Recorder};
use verify_harness::history::spec::{Map, MapInput};
use verify_harness::history::{Checker, History, Verdict};
use verify_harness::random::Random;

type Input = MapInput<u64, u64>;
type Output = Option<u64>;

/// A map of numbers under stress. Each answers what was there before.
trait Subject: Sync {
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

impl<S: std::hash::BuildHasher + Sync> Subject for LockFreeHashMap<u64, u64, S> {
    fn get(&self, key: u64) -> Output {
        self.pin().get(&key).copied()
    }

    fn insert(&self, key: u64, value: u64, way: u64) -> Output {
        let pinned = self.pin();
        if way % 2 == 0 {
            return pinned.insert(key, value).copied();
        }
        let done: Compute<'_, _, _, ()> = pinned.compute(key, |_| Operation::Insert(value));
        match done {
            Compute::Updated { old: (_, old), .. } => Some(*old),
            _ => None,
        }
    }

    fn remove(&self, key: u64, way: u64) -> Output {
        match way % 3 {
            0 => self.take(&key),
            1 => self.pin().remove(&key).copied(),
            _ => self.pin().remove_if(&key, |_, _| true).unwrap().map(|(_, value)| *value),
        }
    }

    fn disturb(&self, number: u64) {
        let pinned = self.pin();
        pinned.insert(1_000 + number % 512, number);
        pinned.remove(&(1_000 + number * 7 % 512));
        if number % 16 == 0 {
            assert!(pinned.iter().all(|(key, _)| *key < 2_000));
        }
    }
}

impl Subject for LockFreeSkipMap<u64, u64> {
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
    fn get(&self, key: u64) -> Output {
        if self.strikes(Bug::Stale) { Some(self.before.load(Ordering::Relaxed)) } else { Subject::get(&self.map, key) }
    }

    fn insert(&self, key: u64, value: u64, way: u64) -> Output {
        if self.strikes(Bug::Lose) {
            return Subject::get(&self.map, key);
        }
        let old = Subject::insert(&self.map, key, value, way);
        self.before.store(old.unwrap_or(0), Ordering::Relaxed);
        old
    }

    fn remove(&self, key: u64, way: u64) -> Output {
        if self.strikes(Bug::Keep) { Subject::get(&self.map, key) } else { Subject::remove(&self.map, key, way) }
    }

    fn disturb(&self, number: u64) {
        Subject::disturb(&self.map, number);
    }
}

/// Keys that threads fight for.
const KEYS: u64 = 4;

/// One round: all threads at once; afterwards one removes what is left, which belongs to the history.
fn round<S: Subject>(subject: &S, size: Size, seed: u64) -> History<Input, Output> {
    let recorder = Recorder::new();
    let gate = AtomicUsize::new(0);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..size.threads)
            .map(|thread| {
                let (recorder, gate) = (&recorder, &gate);
                scope.spawn(move || {
                    let mut random = Random::new(seed ^ ((thread as u64) << 56));
                    let mut log: Log<Input, Output> = recorder.log();
                    gate.fetch_add(1, Ordering::AcqRel);
                    while gate.load(Ordering::Acquire) < size.threads {
                        thread::yield_now();
                    }
                    for number in 0..size.each {
                        let value = (thread * size.each + number) as u64;
                        let (key, way) = (random.below(KEYS), random.below(6));
                        match random.below(9) {
                            0..3 => drop(log.call(MapInput::Insert(key, value), || subject.insert(key, value, way))),
                            3..5 => drop(log.call(MapInput::Remove(key), || subject.remove(key, way))),
                            5..8 => drop(log.call(MapInput::Get(key), || subject.get(key))),
                            _ => subject.disturb(seed.wrapping_add(value)),
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    {
        let mut log = recorder.log();
        for key in 0..KEYS {
            log.call(MapInput::Remove(key), || subject.remove(key, 1));
        }
    }
    recorder.into_history().expect("all logs are back")
}

/// How many configurations the checker may visit for one round.
const LIMIT: u64 = 1_000_000;

/// Runs rounds until one is not linearizable; returns the verdict on that one.
fn first_bad<S: Subject>(subject: &S, size: Size, seed: u64, check: &Check) -> Option<String> {
    let checker = Checker::new(Map::new()).max_configurations(LIMIT);
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
    let check = Check::start(name, "recorded histories are linearizable", TOOL, Unit::Operations).bound(&bound);
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
        Bug::Stale => "a broken LockFreeHashMap: reads stale values",
        Bug::Lose => "a broken LockFreeHashMap: forgets a value",
        Bug::Keep => "a broken LockFreeHashMap: keeps a key",
    };
    let check = Check::start(name, "the seeded bug is found", TOOL, Unit::Operations).bound(&format!("seed {seed}"));
    let broken = Broken { map: Plain::new(), bug, before: AtomicU64::new(0), operations: AtomicU64::new(0) };
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
fn map_is_linearizable_for_two_threads() {
    holds("LockFreeHashMap", &Plain::new(), fewer(size(2, 400)));
}

#[test]
fn map_is_linearizable_for_four_threads() {
    holds("LockFreeHashMap", &Plain::new(), fewer(size(4, 100)));
}

#[test]
fn map_is_linearizable_when_hashes_collide() {
    holds("LockFreeHashMap, colliding hashes", &Crowded::default(), fewer(size(3, 200)));
}

#[test]
fn map_that_reads_stale_values_is_rejected() {
    is_rejected(Bug::Stale);
}

#[test]
fn map_that_forgets_a_value_is_rejected() {
    is_rejected(Bug::Lose);
}

#[test]
fn map_that_keeps_a_key_is_rejected() {
    is_rejected(Bug::Keep);
}

#[test]
fn skip_map_is_linearizable_for_two_threads() {
    holds("LockFreeSkipMap", &LockFreeSkipMap::new(), fewer(size(2, 400)));
}

#[test]
fn skip_map_is_linearizable_for_four_threads() {
    holds("LockFreeSkipMap", &LockFreeSkipMap::new(), fewer(size(4, 100)));
}
