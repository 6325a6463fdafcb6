//! Many threads at once.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

use lockfree_collections::ConcurrentCache;
use lockfree_collections::cache::RemovalCause;
use verify_harness::random::Random;

#[test]
fn cache_is_never_above_its_capacity() {
    for shards in [1, 8] {
        let cache = ConcurrentCache::builder()
            .max_capacity(500)
            .shards(shards)
            .weigher(|key: &u64, _: &u64| (*key % 5) as u32)
            .build();
        let running = AtomicUsize::new(4);
        thread::scope(|scope| {
            for thread in 0..4 {
                let (cache, running) = (&cache, &running);
                scope.spawn(move || {
                    let mut random = Random::new(thread);
                    for _ in 0..10_000 {
                        let key = random.below(2000);
                        match random.below(8) {
                            0..5 => cache.insert(key, key),
                            5 => assert_eq!(cache.get_with(key, || key), key),
                            6 => cache.invalidate(&key),
                            _ => assert!(cache.get(&key).is_none_or(|value| value == key)),
                        }
                    }
                    running.fetch_sub(1, SeqCst);
                });
            }
            let mut looks = 0;
            while running.load(SeqCst) > 0 || looks == 0 {
                assert!(cache.weighted_size() <= 500);
                looks += 1;
            }
        });
        let weight: u64 = cache.iter().map(|(key, _)| key % 5).sum();
        assert_eq!((weight, cache.iter().count() as u64), (cache.weighted_size(), cache.entry_count()));
        assert!(weight <= 500);
    }
}

/// Each entry that goes is told of once, and what is not told of is there.
#[test]
fn cache_tells_of_each_removal_once() {
    let balance = Arc::new(AtomicU64::new(0));
    let causes = Arc::new(Mutex::new([0_u64; 3]));
    let (down, told) = (Arc::clone(&balance), Arc::clone(&causes));
    let cache = ConcurrentCache::builder()
        .max_capacity(100)
        .shards(2)
        .eviction_listener(move |_: &u64, number: &u64, cause| {
            down.fetch_sub(*number, SeqCst);
            let index = match cause {
                RemovalCause::Explicit => 0,
                RemovalCause::Replaced => 1,
                _ => 2,
            };
            told.lock().unwrap()[index] += 1;
        })
        .build();
    thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (cache, balance) = (&cache, &balance);
            scope.spawn(move || {
                let mut random = Random::new(thread);
                for number in 0..5_000 {
                    let number = (number << 2) + thread;
                    balance.fetch_add(number, SeqCst);
                    cache.insert(random.below(300), number);
                    if random.below(4) == 0 {
                        cache.invalidate(&random.below(300));
                    }
                    if random.below(1000) == 0 {
                        cache.invalidate_all();
                    }
                }
            });
        }
    });
    let left: u64 = cache.iter().map(|(_, number)| number).sum();
    assert_eq!(balance.load(SeqCst), left);
    let stats = cache.stats();
    let counted = [stats.invalidations, stats.replacements, stats.evictions].map(|count| count as u64);
    assert_eq!(*causes.lock().unwrap(), counted);
    assert_eq!(counted.iter().sum::<u64>() + cache.entry_count(), 20_000);
}

/// A reader that never lets go of what it looks at stops nobody.
#[test]
fn cache_goes_on_beside_a_reader_that_stays() {
    let cache = ConcurrentCache::new(100);
    cache.insert(0, String::from("kept"));
    let (looking, done) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            cache.read(&0, |text| {
                looking.store(true, SeqCst);
                while !done.load(SeqCst) {
                    thread::yield_now();
                }
                text.clone()
            })
        });
        while !looking.load(SeqCst) {
            thread::yield_now();
        }
        cache.invalidate(&0);
        (1..20_000).for_each(|key| cache.insert(key, key.to_string()));
        cache.reclaim();
        assert!(cache.telemetry().retired < 1000, "{:?}", cache.telemetry());
        done.store(true, SeqCst);
        assert_eq!(reader.join().unwrap().as_deref(), Some("kept"));
    });
}

#[test]
fn cache_is_used_by_threads_that_come_and_go() {
    let cache = Arc::new(ConcurrentCache::new(50));
    for round in 0..500 {
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let cache = Arc::clone(&cache);
                thread::spawn(move || (0..20).for_each(|key| cache.insert(round * thread + key, key)))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
    assert!(cache.telemetry().slots <= 64, "{:?}", cache.telemetry());
    assert!(cache.entry_count() <= 50);
}
