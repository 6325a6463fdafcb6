//! Many threads at one map.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lockfree_collections::LockFreeHashMap;
use lockfree_collections::map::{Compute, Operation};

use crate::support::Census;

#[test]
fn map_serves_thousands_of_threads() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    for round in 0..500 {
        thread::scope(|scope| {
            let (map, census) = (&map, &census);
            let threads = [0, 1, 2, 3].map(|number| {
                scope.spawn(move || {
                    map.pin().insert(number, census.value(round));
                    // The last thread may have removed what the first one has inserted.
                    assert!(map.pin().get(&number).is_some() || number == 0);
                    if number == 3 {
                        map.pin().remove(&0);
                    }
                })
            });
            // To the very end, at which they give their slots back.
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
    let memory = map.telemetry();
    assert!(memory.slots <= 64, "{memory:?}");
    assert!(memory.live <= 4 && memory.retired <= memory.bound, "{memory:?}");
    map.reclaim();
    assert_eq!(census.alive(), map.len());
}

#[test]
fn map_iteration_yields_what_stays_once() {
    let map = LockFreeHashMap::new();
    let stays = 2_000_u32;
    for key in 0..stays {
        map.pin().insert(key, 0);
    }
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..2 {
            let (map, done) = (&map, &done);
            scope.spawn(move || {
                for number in 0..20_000 {
                    let key = stays + thread * 20_000 + number;
                    map.pin().insert(key, 0);
                    map.pin().insert(key % stays, number);
                    if number % 2 == 0 {
                        map.pin().remove(&key);
                    }
                }
                done.fetch_add(1, Ordering::Release);
            });
        }
        let mut rounds = 0;
        while done.load(Ordering::Acquire) < 2 || rounds == 0 {
            let mut seen = vec![0_u8; stays as usize];
            for key in map.pin().keys().filter(|key| **key < stays) {
                seen[*key as usize] += 1;
            }
            assert!(seen.iter().all(|times| *times == 1), "round {rounds}");
            rounds += 1;
        }
    });
    assert_eq!(map.len(), 22_000);
}

#[test]
fn map_counts_every_step_of_all_threads() {
    let map = LockFreeHashMap::new();
    let gate = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                gate.wait();
                for number in 0..5_000 {
                    map.pin().update_or_insert(number % 7, |count| count + 1, 1_u32);
                    let pinned = map.pin();
                    let done: Compute<'_, _, _, ()> = pinned
                        .compute(100 + number % 7, |entry| Operation::Insert(entry.map_or(1, |(_, count)| count + 1)));
                    assert!(!matches!(done, Compute::Aborted(())));
                }
            });
        }
    });
    assert_eq!(map.pin().iter().filter(|(key, _)| **key < 7).map(|(_, count)| count).sum::<u32>(), 20_000);
    assert_eq!(map.pin().iter().filter(|(key, _)| **key >= 100).map(|(_, count)| count).sum::<u32>(), 20_000);
}
