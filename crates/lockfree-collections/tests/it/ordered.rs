//! The ordered map and set: against `std`'s by random operations, values that count, and native threads.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::thread;

use lockfree_collections::ordered::Entry;
use lockfree_collections::{LockFreeSkipMap, LockFreeSkipSet};
use quickcheck::{Arbitrary, Gen, quickcheck};
use verify_harness::random::Random;

use crate::support::{Census, Counted};

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert(u8, u16),
    Replace(u8, u16),
    GetOrInsert(u8, u16),
    Get(u8),
    Remove(u8),
    PopFront,
    PopBack,
    Bounds(u8, u8),
    Neighbours(u8),
    Iterate,
    Range(u8, u8, u8),
    Clear,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let (key, value, other) = (u8::arbitrary(g) % 48, u16::arbitrary(g), u8::arbitrary(g) % 48);
        match u8::arbitrary(g) % 64 {
            0..14 => Self::Insert(key, value),
            14..24 => Self::Replace(key, value),
            24..30 => Self::GetOrInsert(key, value),
            30..36 => Self::Get(key),
            36..46 => Self::Remove(key),
            46..48 => Self::PopFront,
            48..50 => Self::PopBack,
            50..54 => Self::Bounds(key, other),
            54..57 => Self::Neighbours(key),
            57..59 => Self::Iterate,
            59..63 => Self::Range(key, other, u8::arbitrary(g)),
            _ => Self::Clear,
        }
    }
}

type Map = LockFreeSkipMap<u8, u16>;

fn pair(entry: Entry<'_, u8, u16>) -> (u8, u16) {
    (*entry.key(), *entry.value())
}

fn bounds(kind: u8, from: u8, to: u8) -> (Bound<u8>, Bound<u8>) {
    let bound = |kind, key| match kind % 3 {
        0 => Included(key),
        1 => Excluded(key),
        _ => Unbounded,
    };
    (bound(kind, from), bound(kind / 3, to))
}

/// What `std`'s map has in a range; it panics where ours is empty.
fn range(model: &BTreeMap<u8, u16>, range: (Bound<u8>, Bound<u8>)) -> Vec<(u8, u16)> {
    use std::ops::RangeBounds;
    model.iter().filter(|(key, _)| range.contains(key)).map(|(key, value)| (*key, *value)).collect()
}

fn step(map: &Map, model: &mut BTreeMap<u8, u16>, step: Step) -> bool {
    match step {
        Step::Insert(key, value) => {
            model.insert(key, value);
            pair(map.insert(key, value)) == (key, value)
        }
        Step::Replace(key, value) => {
            map.replace(key, value).map(pair) == model.insert(key, value).map(|old| (key, old))
        }
        Step::GetOrInsert(key, value) => *map.get_or_insert(key, value).value() == *model.entry(key).or_insert(value),
        Step::Get(key) => {
            map.contains_key(&key) == model.contains_key(&key)
                && map.get(&key).map(|entry| *entry.value()) == model.get(&key).copied()
        }
        Step::Remove(key) => map.remove(&key).map(|entry| *entry.value()) == model.remove(&key),
        Step::PopFront => map.pop_front().map(pair) == model.pop_first(),
        Step::PopBack => map.pop_back().map(pair) == model.pop_last(),
        Step::Bounds(key, kind) => {
            let (low, _) = bounds(kind, key, key);
            map.lower_bound(low.as_ref()).map(pair) == range(model, (low, Unbounded)).first().copied()
                && map.upper_bound(low.as_ref()).map(pair) == range(model, (Unbounded, low)).last().copied()
        }
        Step::Neighbours(key) => {
            let entry = map.get(&key);
            let next = entry.as_ref().and_then(|entry| entry.next()).map(pair);
            let prev = entry.as_ref().and_then(|entry| entry.prev()).map(pair);
            entry.is_none()
                || next == range(model, (Excluded(key), Unbounded)).first().copied()
                    && prev == range(model, (Unbounded, Excluded(key))).last().copied()
        }
        Step::Iterate => {
            map.iter().map(pair).eq(model.iter().map(|(key, value)| (*key, *value)))
                && map.iter().rev().map(pair).eq(model.iter().rev().map(|(key, value)| (*key, *value)))
        }
        Step::Range(from, to, kind) => {
            let wanted = range(model, bounds(kind, from, to));
            let mut both = map.range(bounds(kind, from, to));
            let (mut front, mut back) = (Vec::new(), Vec::new());
            // From both ends, in turn, until they meet.
            while let Some(entry) = both.next() {
                front.push(pair(entry));
                back.extend(both.next_back().map(pair));
            }
            front.extend(back.into_iter().rev());
            both.next_back().is_none()
                && front == wanted
                && map.range(bounds(kind, from, to)).rev().map(pair).eq(wanted.into_iter().rev())
        }
        Step::Clear => {
            map.clear();
            model.clear();
            true
        }
    }
}

/// Inserts and removes what the steps say, of keys of any type, and compares with `std`'s map.
fn is_in_order<T, K: Ord + Clone>(steps: Vec<(bool, T)>, key: impl Fn(T) -> K) -> bool {
    let (map, mut model) = (LockFreeSkipMap::new(), BTreeMap::new());
    let mut keys = Vec::new();
    for (number, (insert, step)) in steps.into_iter().enumerate() {
        let key = key(step);
        keys.push(key.clone());
        if insert || number % 3 == 0 {
            let old = map.replace(key.clone(), number).map(|entry| *entry.value());
            if old != model.insert(key, number) {
                return false;
            }
        } else if map.take(&key) != model.remove(&key) {
            return false;
        }
    }
    keys.iter().all(|key| map.get(key).map(|entry| *entry.value()) == model.get(key).copied())
        && keys.iter().all(|key| {
            map.range(key.clone()..).map(|entry| *entry.value()).eq(model.range(key..).map(|(_, value)| *value))
        })
        && map.iter().map(|entry| *entry.value()).eq(model.values().copied())
        && map.iter().rev().map(|entry| *entry.value()).eq(model.values().rev().copied())
}

/// Numbers in any order, many enough for several levels, are found by what they can be borrowed as.
#[test]
fn skip_map_finds_by_borrowed_keys() {
    let map: LockFreeSkipMap<String, usize> =
        (0..3_000).map(|number| (format!("key {}", number * 7 % 3_000), number)).collect();
    assert_eq!(map.len(), 3_000);
    assert!((0..3_000).all(|number| map.get(format!("key {number}").as_str()).is_some()));
    assert!(map.get("key 3000").is_none() && map.get("").is_none());
    assert!(map.remove("key 5").is_some() && map.take("key 5").is_none());
    let numbers = [3_u64, 1, 2];
    let borrowed: LockFreeSkipMap<&u64, ()> = numbers.iter().map(|number| (number, ())).collect();
    assert!(borrowed.get(&2).is_some() && borrowed.iter().map(|entry| **entry.key()).eq([1, 2, 3]));
}

/// The value itself is taken if nobody can be on it, else a clone: which counts.
#[test]
fn skip_map_takes_the_value_or_a_clone() {
    let map = LockFreeSkipMap::from([(1, Arc::new(1)), (2, Arc::new(2)), (3, Arc::new(3))]);
    let watch = Arc::downgrade(map.get(&1).unwrap().value());
    let taken = map.take(&1).unwrap();
    assert_eq!((*taken, watch.strong_count()), (1, 1));
    let held = map.get(&2).unwrap();
    let clone = map.take(&2).unwrap();
    assert_eq!((*clone, Arc::strong_count(&clone)), (2, 2));
    assert!(held.is_removed());
    drop(held);
    map.reclaim();
    assert_eq!(Arc::strong_count(&clone), 1);
    drop(taken);
    assert!(watch.upgrade().is_none());
    assert_eq!((map.len(), map.telemetry().retired), (1, 0));
}

quickcheck! {
    fn skip_map_equals_the_sequential_one(steps: Vec<Step>) -> bool {
        let (map, mut model) = (Map::new(), BTreeMap::new());
        steps.into_iter().all(|each| {
            step(&map, &mut model, each) && map.len() == model.len() && map.is_empty() == model.is_empty()
        }) && format!("{map:?}") == format!("{model:?}") && map.into_iter().eq(model)
    }

    fn skip_map_of_signed_numbers_is_in_order(steps: Vec<(bool, i64)>) -> bool {
        is_in_order(steps, |key| key % 40)
    }

    fn skip_map_of_long_numbers_is_in_order(steps: Vec<(bool, i128)>) -> bool {
        is_in_order(steps, |key| ((key % 5) << 64) | (key & 7))
    }

    fn skip_map_of_characters_is_in_order(steps: Vec<(bool, char)>) -> bool {
        is_in_order(steps, |key| key)
    }

    fn skip_map_of_strings_is_in_order(steps: Vec<(bool, u16)>) -> bool {
        // Some are beginnings of others, and many have the same first eight bytes.
        let word = |key: u16| ["", "\0", "a", "abcdefg", "abcdefgh", "\u{ff}"][key as usize % 6].repeat(key as usize % 3) + ["", "\0", "x"][key as usize / 6 % 3];
        is_in_order(steps.iter().map(|(insert, key)| (*insert, *key)).collect(), word)
    }

    fn skip_map_of_bytes_is_in_order(steps: Vec<(bool, Vec<u8>)>) -> bool {
        is_in_order(steps, |key| key.into_iter().map(|byte| byte % 3).take(10).collect::<Vec<_>>())
    }

    fn skip_map_of_pairs_is_in_order(steps: Vec<(bool, (u8, u8))>) -> bool {
        is_in_order(steps, |(first, second)| (first % 5, second % 9))
    }

    fn skip_set_equals_the_sequential_one(steps: Vec<(bool, u8)>) -> bool {
        let set = LockFreeSkipSet::new();
        let mut model = std::collections::BTreeSet::new();
        steps.into_iter().all(|(insert, element)| {
            let element = element % 32;
            if insert { set.insert(element) == model.insert(element) } else { set.remove(&element) == model.remove(&element) }
        }) && set.iter().map(|entry| *entry.key()).eq(model.iter().copied())
            && set.front().map(|entry| *entry.key()) == model.first().copied()
            && set.back().map(|entry| *entry.key()) == model.last().copied()
            && set.range(5..20).map(|entry| *entry.key()).eq(model.range(5..20).copied())
            && (0..32).all(|element| set.contains(&element) == model.contains(&element))
            && set.len() == model.len()
            && format!("{set:?}") == format!("{model:?}")
    }
}

#[test]
fn skip_map_drops_each_value_once() {
    let census = Census::default();
    let map = LockFreeSkipMap::new();
    for round in 0..3 {
        for number in 0..500 {
            drop(map.insert(number * 7 % 500, census.value(round)));
        }
    }
    for number in 0..250 {
        assert!(map.remove(&(2 * number)).is_some());
    }
    assert_eq!(map.len(), 250);
    let held = map.get(&1).unwrap();
    assert!(held.remove());
    assert_eq!(held.value().number, 2);
    drop(held);
    map.reclaim();
    assert_eq!((census.alive(), map.telemetry().live, map.telemetry().retired), (249, 249, 0));
    let mut left = map.into_iter();
    assert_eq!(left.by_ref().take(9).count(), 9);
    drop(left);
    assert_eq!(census.alive(), 0);
}

#[test]
fn skip_map_goes_on_when_a_drop_panics() {
    let census = Census::default();
    let map = LockFreeSkipMap::new();
    for number in 0..20 {
        drop(map.insert(number, if number == 7 { census.bomb(number) } else { census.value(number) }));
    }
    drop(map.remove(&7));
    assert!(catch_unwind(AssertUnwindSafe(|| map.reclaim())).is_err());
    assert_eq!((census.alive(), map.len()), (19, 19));
    drop(map.insert(7, census.bomb(7)));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(map))).is_err());
    assert_eq!(census.alive(), 0);
}

/// A key whose comparison panics while it is armed.
struct Touchy<'a>(usize, &'a AtomicBool, #[allow(dead_code, reason = "it is there to be dropped")] Counted);

impl PartialEq for Touchy<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Touchy<'_> {}

impl PartialOrd for Touchy<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Touchy<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.1.load(SeqCst) {
            resume_unwind(Box::new("compared"));
        }
        self.0.cmp(&other.0)
    }
}

#[test]
fn skip_map_survives_panics_of_ord() {
    let (census, armed) = (Census::default(), AtomicBool::new(false));
    let map = LockFreeSkipMap::new();
    let key = |number| Touchy(number, &armed, census.value(number));
    (0..50).for_each(|number| drop(map.insert(key(number), number)));
    let wanted = key(25);
    armed.store(true, SeqCst);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(map.insert(key(7), 70)))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(map.remove(&wanted)))).is_err());
    let entry = map.front().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| entry.remove())).is_err());
    armed.store(false, SeqCst);
    assert!(!entry.is_removed(), "panicked, and not done");
    assert!(entry.remove());
    drop(entry);
    assert!(map.iter().map(|entry| *entry.value()).eq(1..50));
    drop(wanted);
    map.reclaim();
    assert_eq!(census.alive(), 49);
    drop(map);
    assert_eq!(census.alive(), 0);
}

#[test]
fn skip_map_holds_any_value() {
    #[repr(align(256))]
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Wide(u8);

    let units = LockFreeSkipMap::from([((), ()), ((), ())]);
    assert_eq!(units.len(), 1);
    let wide: LockFreeSkipMap<_, _> = (0..9).map(|number| (Wide(number), Wide(9 - number))).collect();
    assert!(wide.iter().all(|entry| (&raw const *entry.key()).addr() % 256 == 0));
    let words = [String::from("a"), String::from("b")];
    let borrowed: LockFreeSkipMap<&str, &String> = words.iter().map(|word| (word.as_str(), word)).collect();
    assert_eq!(borrowed.get("b").map(|entry| entry.value().len()), Some(1));
    let cells = LockFreeSkipMap::from([(1, Cell::new(1))]);
    cells.get(&1).unwrap().value().set(2);
    assert_eq!(cells.into_iter().next(), Some((1, Cell::new(2))));
}

/// Dropping a value uses the map it was in.
#[test]
fn skip_map_may_be_used_by_what_it_drops() {
    struct Nosy(Weak<LockFreeSkipMap<u32, Nosy>>);

    impl Drop for Nosy {
        fn drop(&mut self) {
            if let Some(map) = self.0.upgrade() {
                assert!(map.get(&u32::MAX).is_none());
                drop(map.remove(&u32::MAX));
            }
        }
    }

    let map = Arc::new(LockFreeSkipMap::new());
    for number in 0..1_000 {
        drop(map.insert(number % 10, Nosy(Arc::downgrade(&map))));
    }
    map.clear();
    assert!(map.reclaim() > 0);
    assert!(map.is_empty());
    assert_eq!(map.telemetry().retired, 0);
}

/// What one stalled entry keeps does not grow with what others do.
#[test]
fn skip_map_bounds_its_garbage() {
    let map = LockFreeSkipMap::from([(0, [0_u64; 8])]);
    let stalled = map.front().unwrap();
    for round in 0..5 {
        for number in 0..20_000 {
            drop(map.insert(number % 100, [number; 8]));
        }
        // A batch for each slot, and what came in the era of the entry: the map as it was, and another batch at most.
        let memory = map.telemetry();
        assert!(memory.retired <= 2 * memory.bound + 100, "round {round}: {memory:?}");
    }
    assert_eq!(stalled.value(), &[0; 8]);
    drop(stalled);
    map.reclaim();
    assert_eq!(map.telemetry().retired, 0);
}

/// Threads change odd keys while others iterate: even keys, which stay, are yielded once, in order, both ways.
#[test]
fn skip_map_iterators_yield_what_stays() {
    const KEYS: u64 = 200;
    let map: LockFreeSkipMap<u64, u64> = (0..KEYS).map(|key| (key, key)).collect();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let changing: Vec<_> = (0..2)
            .map(|seed| {
                let (map, done) = (&map, &done);
                scope.spawn(move || {
                    let mut random = Random::new(seed);
                    while !done.load(SeqCst) {
                        let key = random.below(KEYS);
                        match random.below(3) {
                            0 => drop(map.insert(key, key)),
                            1 => drop(map.remove(&(key | 1))),
                            _ => drop(map.get_or_insert(key, key)),
                        }
                    }
                })
            })
            .collect();
        for _ in 0..300 {
            let forwards: Vec<_> = map.iter().map(|entry| *entry.key()).collect();
            let backwards: Vec<_> = map.iter().rev().map(|entry| *entry.key()).collect();
            assert!(forwards.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(backwards.windows(2).all(|pair| pair[0] > pair[1]));
            for found in [forwards, backwards] {
                assert_eq!(found.iter().filter(|key| **key % 2 == 0).count() as u64, KEYS / 2);
            }
        }
        done.store(true, SeqCst);
        changing.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert_eq!(map.iter().count(), map.len());
}

/// Threads that put in and take out what is theirs, and then all: nothing is lost, and the levels are sound.
#[test]
fn skip_map_serves_many_threads() {
    const THREADS: u64 = 8;
    const EACH: u64 = 400;
    let census = Census::default();
    let map = LockFreeSkipMap::new();
    thread::scope(|scope| {
        let threads = (0..THREADS).map(|part| {
            let (map, census) = (&map, &census);
            scope.spawn(move || {
                let mut random = Random::new(part);
                for _ in 0..3 {
                    for number in 0..EACH {
                        drop(map.insert(number * THREADS + part, census.value(number as usize)));
                        drop(map.replace(random.below(EACH) * THREADS + part, census.value(0)));
                    }
                    (0..EACH).for_each(|number| assert!(map.remove(&(number * THREADS + part)).is_some()));
                }
                (0..EACH).for_each(|number| drop(map.insert(number * THREADS + part, census.value(0))));
            })
        });
        // Joined one by one: a thread has given its slot back when it has ended, which the end of a scope does not wait for.
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert!(map.iter().map(|entry| *entry.key()).eq(0..THREADS * EACH));
    map.reclaim();
    assert_eq!(census.alive() as u64, THREADS * EACH);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|part| {
                let map = &map;
                scope.spawn(move || {
                    let pop = || if part % 2 == 0 { map.pop_front() } else { map.pop_back() };
                    std::iter::from_fn(pop).count() as u64
                })
            })
            .collect();
        assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>(), THREADS * EACH);
    });
    drop(map);
    assert_eq!(census.alive(), 0);
}
