//! What guards keep, whose they are, and what is reclaimed without them.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use lockfree_collections::LockFreeHashMap;
use lockfree_collections::map::Guard;

use crate::support::Census;

#[test]
fn map_refuses_the_guard_of_another_map() {
    let (one, two) = (LockFreeHashMap::from([(1, 'a')]), LockFreeHashMap::from([(1, 'b')]));
    let guard = two.guard();
    let attempts: [&dyn Fn(); 4] =
        [&|| _ = one.get(&1, &guard), &|| _ = one.insert(1, 'c', &guard), &|| one.clear(&guard), &|| {
            _ = one.iter(&guard).next()
        }];
    for attempt in attempts {
        assert!(catch_unwind(AssertUnwindSafe(attempt)).is_err());
    }
    assert_eq!(one.pin().get(&1), Some(&'a'));
}

#[test]
fn map_guard_keeps_what_it_has_returned() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    map.pin().insert(0, census.value(0));
    let pinned = map.pin();
    let mut kept = Vec::new();
    for number in 1..=1_000 {
        kept.push(pinned.insert(0, census.value(number)).unwrap());
        map.reclaim();
    }
    assert!(kept.iter().map(|value| value.number).eq(0..1_000));
    assert_eq!(census.alive(), 1_001);
    drop(pinned);
    map.reclaim();
    assert_eq!(census.alive(), 1);
}

#[test]
fn map_guard_that_is_refreshed_keeps_nothing() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    let mut guard = map.guard();
    for number in 0..10_000 {
        map.insert(0, census.value(number), &guard);
        guard.refresh();
    }
    assert!(census.alive() < 1_000, "{}", census.alive());
}

#[test]
fn map_stalled_guard_keeps_what_was_there() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    for number in 0..100 {
        map.pin().insert(number, census.value(number));
    }
    let stalled = map.pin_owned();
    assert!(stalled.contains_key(&0));
    for round in 0..100 {
        for number in 0..100 {
            map.pin().insert(number, census.value(round));
        }
    }
    let memory = map.telemetry();
    // What was in the map when the guard looked, one batch that was born then, and the slots' batches.
    assert!(census.alive() <= 200 + memory.bound + memory.bound / memory.slots, "{} of {memory:?}", census.alive());
    assert_eq!(stalled.get(&0).unwrap().number, 99);
    drop(stalled);
    map.reclaim();
    assert_eq!(census.alive(), 100);
}

#[test]
fn map_survives_forgotten_guards() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    for number in 0..10 {
        map.pin().insert(number, census.value(number));
        mem::forget(map.pin());
        mem::forget(map.owned_guard());
    }
    for number in 0..5_000 {
        map.pin().insert(number % 10, census.value(number));
    }
    let memory = map.telemetry();
    assert!(census.alive() <= 20 + memory.bound, "{} of {memory:?}", census.alive());
    drop(map);
    assert_eq!(census.alive(), 0);
}

#[test]
fn map_owned_guard_serves_several_threads() {
    let map = LockFreeHashMap::from([(0, 0_u32)]);
    let guard = map.owned_guard();
    thread::scope(|scope| {
        for thread in 0..3 {
            let (map, guard) = (&map, &guard);
            scope.spawn(move || {
                let first = map.get(&0, guard).unwrap();
                let seen = *first;
                for number in 0..2_000 {
                    map.insert(0, number, guard);
                    map.insert(1 + thread, number, guard);
                    map.remove(&(1 + thread), guard);
                }
                assert_eq!(*first, seen);
            });
        }
    });
    assert_eq!(map.len(), 1);
}

#[test]
fn map_reclaim_gathers_what_other_guards_left_and_keeps_what_one_reads() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    (0..4).for_each(|key| _ = map.pin().insert(key, census.value(key)));
    let reader = map.guard();
    let read: Vec<_> = (0..4).map(|key| map.get(&key, &reader).unwrap()).collect();
    // Each removes under a guard of its own, and leaves what it removed in that guard's slot.
    let guards: Vec<_> = (0..4).map(|_| map.guard()).collect();
    guards.iter().enumerate().for_each(|(key, guard)| assert!(map.remove(&key, guard).is_some()));
    drop(guards);
    assert_eq!((map.reclaim(), census.alive()), (0, 4));
    assert!(read.iter().map(|value| value.number).eq(0..4));
    drop(reader);
    assert_eq!((map.reclaim(), census.alive()), (4, 0));
}
