//! Loaders: one for a key at a time, whatever they do.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use lockfree_collections::ConcurrentCache;
use lockfree_collections::cache::{CompResult, Op};

const THREADS: usize = 8;

/// Runs `work` in many threads that begin together.
fn together<R: Send>(work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let barrier = Barrier::new(THREADS);
    let run = |number| {
        barrier.wait();
        work(number)
    };
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || run(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn cache_runs_one_loader_for_many_threads() {
    for round in 0..50 {
        let cache = ConcurrentCache::new(10);
        let runs = AtomicUsize::new(0);
        let found = together(|_| {
            cache.get_with(round, || {
                // The others have time to come and to wait.
                (0..10).for_each(|_| thread::yield_now());
                runs.fetch_add(1, SeqCst)
            })
        });
        assert_eq!((runs.into_inner(), found), (1, vec![0; THREADS]));
        assert_eq!(cache.stats().loads, 1);
    }
}

#[test]
fn cache_hands_on_what_it_cannot_keep() {
    let cache = ConcurrentCache::new(0);
    let runs = AtomicUsize::new(0);
    let found = together(|_| cache.get_with(1, || runs.fetch_add(1, SeqCst)));
    // Who comes later loads again; nobody waits for ever, and each value is of a loader.
    let runs = runs.into_inner();
    assert!((1..=THREADS).contains(&runs) && found.iter().all(|value| *value < runs));
}

#[test]
fn cache_goes_on_when_loaders_panic() {
    let cache = ConcurrentCache::new(10);
    let runs = AtomicUsize::new(0);
    let results = together(|_| {
        catch_unwind(AssertUnwindSafe(|| {
            cache.get_with(1, || {
                thread::yield_now();
                match runs.fetch_add(1, SeqCst) {
                    number if number < 3 => panic!("loader {number}"),
                    number => number,
                }
            })
        }))
    });
    let panicked = results.iter().filter(|result| result.is_err()).count();
    assert_eq!((panicked, runs.into_inner()), (3, 4));
    assert!(results.into_iter().flatten().all(|value| value == 3));
    assert_eq!(cache.get(&1), Some(3));
    assert_eq!(cache.stats().failed_loads, 3);
}

#[test]
fn cache_shares_errors() {
    let cache = ConcurrentCache::<u32, u32>::new(10);
    let runs = AtomicUsize::new(0);
    let results = together(|_| cache.try_get_with(1, || Err::<u32, _>(runs.fetch_add(1, SeqCst))));
    let runs = runs.into_inner();
    assert!(results.iter().all(|result| **result.as_ref().unwrap_err() < runs));
    assert_eq!(cache.get(&1), None);
    assert_eq!(cache.try_get_with(1, || Ok::<_, u8>(7)), Ok(7));
}

#[test]
fn cache_waits_for_loaders_with_other_errors() {
    let cache = ConcurrentCache::<u32, u32>::new(10);
    together(|number| match number % 4 {
        0 => assert!(matches!(cache.try_get_with(1, || Err::<u32, u8>(1)), Ok(5) | Err(_))),
        1 => assert!(matches!(cache.try_get_with(1, || Err::<u32, &str>("no")), Ok(5) | Err(_))),
        2 => assert!(matches!(cache.optionally_get_with(1, || None), Some(5) | None)),
        _ => assert_eq!(cache.get_with(1, || 5), 5),
    });
    assert_eq!(cache.get(&1), Some(5));
}

#[test]
fn cache_lets_a_loader_ask_for_its_own_key() {
    let cache = ConcurrentCache::new(10);
    let value = cache.get_with(1, || cache.get_with(1, || cache.get_with(1, || 3) + 1) + 1);
    assert_eq!(value, 5);
    let result = cache.entry(2).and_compute_with(|_| {
        cache.insert(2, 10);
        cache.entry(2).and_compute_with(|value| Op::Put(value.unwrap_or(0) + 1));
        Op::Put(cache.get_with(2, || unreachable!()) + 1)
    });
    assert_eq!((result, cache.get(&2)), (CompResult::Inserted(12), Some(12)));
}

#[test]
fn cache_lets_a_loader_use_other_keys() {
    let cache = ConcurrentCache::builder().max_capacity(100).shards(1).build();
    fn fibonacci(cache: &ConcurrentCache<u64, u64>, n: u64) -> u64 {
        cache.get_with(n, || if n < 2 { n } else { fibonacci(cache, n - 1) + fibonacci(cache, n - 2) })
    }
    assert_eq!(fibonacci(&cache, 60), 1_548_008_755_920);
    assert_eq!(cache.stats().loads, 61);
}

#[test]
fn cache_does_not_keep_what_was_overtaken() {
    let cache = ConcurrentCache::new(10);
    let value = cache.get_with(1, || {
        cache.invalidate(&1);
        'a'
    });
    assert_eq!((value, cache.get(&1)), ('a', None), "invalidated while it was made");
    let value = cache.get_with(1, || {
        cache.insert(1, 'b');
        'a'
    });
    assert_eq!((value, cache.get(&1)), ('a', Some('b')), "inserted while it was made");
    let value = cache.get_with(2, || {
        cache.invalidate_all();
        'c'
    });
    assert_eq!((value, cache.entry_count()), ('c', 0));
}

#[test]
fn cache_computes_without_losing_anything() {
    let cache = ConcurrentCache::new(10);
    together(|_| {
        for _ in 0..200 {
            cache.entry(1).and_compute_with(|value: Option<usize>| Op::Put(value.unwrap_or(0) + 1));
        }
    });
    assert_eq!(cache.get(&1), Some(THREADS * 200));
}

#[test]
fn cache_goes_on_when_a_computation_panics() {
    let cache = ConcurrentCache::new(10);
    cache.insert(1, 1);
    let result = catch_unwind(AssertUnwindSafe(|| cache.entry(1).and_compute_with(|_| panic!("computing"))));
    assert!(result.is_err());
    assert_eq!(cache.entry(1).and_compute_with(|_| Op::Nop), CompResult::Unchanged(1));
    assert_eq!(cache.entry(2).and_compute_with(|_| Op::Remove), CompResult::StillNone);
}

#[test]
fn cache_does_not_run_a_loader_for_what_is_there() {
    let cache = ConcurrentCache::new(10);
    cache.insert(1, 'a');
    let ran = Cell::new(false);
    let entry = cache.entry(1).or_insert_with(|| {
        ran.set(true);
        'b'
    });
    assert_eq!((entry.is_fresh(), *entry.value(), ran.get()), (false, 'a', false));
}

/// A computation that refuses changes nothing, and lets those that wait go on.
#[test]
fn cache_goes_on_when_a_computation_refuses() {
    let cache = ConcurrentCache::new(10);
    cache.insert(1, 0);
    let refused = AtomicUsize::new(0);
    together(|number| {
        for _ in 0..50 {
            let up = |old: Option<usize>| if number % 2 == 0 { Ok(Op::Put(old.unwrap_or(0) + 1)) } else { Err("no") };
            if cache.entry(1).and_try_compute_with(up) == Err("no") {
                refused.fetch_add(1, SeqCst);
            }
        }
    });
    assert_eq!((cache.get(&1), refused.into_inner()), (Some(THREADS / 2 * 50), THREADS / 2 * 50));
    assert_eq!((cache.stats().loads, cache.stats().failed_loads), (0, 0));
}

#[test]
fn cache_counts_by_upserts() {
    let cache = ConcurrentCache::new(10);
    let fresh: usize = together(|_| {
        (0..50)
            .filter(|_| !cache.entry(1).and_upsert_with(|old| old.map_or(1, |old| old + 1)).is_old_value_replaced())
            .count()
    })
    .into_iter()
    .sum();
    assert_eq!((fresh, cache.get(&1)), (1, Some(THREADS * 50)));
}

/// Of many threads that want another value than the one that is there, one replaces it.
#[test]
fn cache_replaces_what_is_not_wanted_once() {
    let cache = ConcurrentCache::new(10);
    cache.insert(1, 0);
    let runs = AtomicUsize::new(0);
    let found = together(|_| {
        let entry = cache.entry(1).or_insert_with_if(|| runs.fetch_add(1, SeqCst) + 1, |value| *value == 0);
        (entry.is_old_value_replaced(), entry.into_value())
    });
    assert_eq!((runs.into_inner(), cache.get(&1)), (1, Some(1)));
    assert_eq!(found.iter().filter(|(replaced, _)| *replaced).count(), 1);
    assert!(found.iter().all(|(_, value)| *value == 1));
}

/// A borrowed key is cloned for what is not there only.
#[test]
fn cache_clones_no_key_for_a_hit() {
    #[derive(PartialEq, Eq, Hash)]
    struct Name(u32);
    struct Clones<'a>(Name, &'a Cell<u32>);
    impl Clone for Clones<'_> {
        fn clone(&self) -> Self {
            self.1.set(self.1.get() + 1);
            Clones(Name(self.0.0), self.1)
        }
    }
    impl PartialEq for Clones<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Clones<'_> {}
    impl std::hash::Hash for Clones<'_> {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }
    let clones = Cell::new(0);
    let cache = ConcurrentCache::<Clones<'_>, u32>::new(10);
    let key = Clones(Name(1), &clones);
    for _ in 0..3 {
        assert_eq!(cache.get_with_by_ref(&key, || 7), 7);
        assert_eq!(cache.optionally_get_with_by_ref(&key, || None), Some(7));
        assert_eq!(cache.try_get_with_by_ref(&key, || Err::<u32, u8>(1)), Ok(7));
    }
    assert_eq!(clones.get(), 1);
}
