//! Keys of `LockFreeHashMap` when their value is replaced: which stay, which do not, and that each is dropped once.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::thread;

use lockfree_collections::LockFreeHashMap;
use lockfree_collections::map::{Compute, Operation};
use verify_harness::random::Random;

#[test]
fn map_keeps_the_text_that_is_there() {
    let map = LockFreeHashMap::new();
    let first = String::from("a");
    let address = first.as_ptr();
    let pinned = map.pin();
    pinned.insert(first, 0);
    for value in 1..200 {
        assert_eq!(pinned.insert(String::from("a"), value), Some(&(value - 1)));
    }
    let (key, value) = pinned.get_key_value("a").unwrap();
    assert_eq!((key.as_str(), key.as_ptr(), *value), ("a", address, 199));
}

/// A key that knows more about itself than what makes it equal.
#[derive(Debug)]
struct Named {
    name: u32,
    of: u32,
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Named {}

#[test]
fn map_replaces_a_key_that_is_more_than_it_shows() {
    let map = LockFreeHashMap::new();
    let pinned = map.pin();
    for of in 0..3 {
        pinned.insert(Named { name: 1, of }, of);
        let (key, value) = pinned.get_key_value(&Named { name: 1, of: 9 }).unwrap();
        assert_eq!((key.of, *value), (of, of));
    }
}

/// Keys that count how many of them there are.
fn key(name: &str, all: &mut Vec<Arc<str>>) -> Arc<str> {
    let key = Arc::<str>::from(name);
    all.push(Arc::clone(&key));
    key
}

#[test]
fn map_drops_a_key_that_stays_once() {
    let mut all = Vec::new();
    let map = LockFreeHashMap::new();
    for round in 0..600 {
        for name in ["a", "b", "c", "d"] {
            map.pin().insert(key(name, &mut all), round);
            map.pin().update(key(name, &mut all), |value| value + 1);
            map.pin().update_or_insert(key(name, &mut all), |value| value + 1, 0);
            let pinned = map.pin();
            let step: Compute<'_, _, _, ()> = pinned.compute(key(name, &mut all), |_| Operation::Insert(round));
            assert!(matches!(step, Compute::Updated { .. }));
        }
        match round % 3 {
            0 => assert_eq!(map.pin().remove("a"), Some(&round)),
            1 => assert_eq!(map.take("a"), Some(round)),
            _ => assert_eq!(map.pin().remove_entry("b").map(|(_, value)| *value), Some(round)),
        }
        if round == 300 {
            // The table grows.
            for number in 0..100 {
                map.pin().insert(key(&number.to_string(), &mut all), 0);
            }
        }
    }
    assert!(all.iter().all(|key| Arc::strong_count(key) <= 2), "in the map at most once");
    let left: Vec<_> = map.into_iter().collect();
    assert!(all.iter().filter(|key| Arc::strong_count(key) == 2).count() == left.len());
    drop(left);
    assert!(all.iter().all(|key| Arc::strong_count(key) == 1), "dropped once");
}

#[test]
fn map_texts_stay_readable_under_guards() {
    let map = LockFreeHashMap::new();
    thread::scope(|scope| {
        for thread in 0..3_u64 {
            let map = &map;
            scope.spawn(move || {
                let mut random = Random::new(thread);
                for round in 0..300 {
                    let pinned = map.pin();
                    let mut seen = Vec::new();
                    for _ in 0..40 {
                        let number = random.below(24);
                        let name = format!("the number {number}");
                        match random.below(4) {
                            0 => seen.extend(pinned.get_key_value(&name).map(|(key, _)| (number, key))),
                            1 => seen.extend(pinned.remove_entry(&name).map(|(key, _)| (number, key))),
                            2 => drop(pinned.insert(name, round)),
                            _ => match pinned.compute(name, |_| Operation::<_, ()>::Insert(round)) {
                                Compute::Updated { old, new } => seen.extend([(number, old.0), (number, new.0)]),
                                Compute::Inserted(key, _) => seen.push((number, key)),
                                _ => unreachable!("it inserts"),
                            },
                        }
                    }
                    // Memory of the map's that is younger than the guard comes into play.
                    let own = format!("{thread} {round}");
                    pinned.insert(own.clone(), round);
                    for (number, key) in seen {
                        assert_eq!(*key, format!("the number {number}"));
                    }
                    if round % 2 == 0 {
                        pinned.remove(&own);
                    }
                }
            });
        }
    });
}
