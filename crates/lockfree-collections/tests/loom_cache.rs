//! Model tests of `ConcurrentCache`: one shard, a table of four places, and every removed entry is reclaimed at once.
//!
//! A loader that panics is left to `tests/it/cache/loaders.rs`: ours is no checker of destructors that wait while their thread panics.
//! Two loaders, or computations, that begin at any time are left to higher tiers; those that begin while another runs are not.

#![cfg(loom)]

mod model;

use std::cell::Cell;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::Ordering::Relaxed;

use lockfree_collections::ConcurrentCache;
use lockfree_collections::cache::{CompResult, Op, RemovalCause};
use loom::sync::Arc;
use loom::thread;
use model::scenario::{Story, stories, weakened_sites};
use model::{RACE, Refuted, Twin, Value, Values, refuted, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "ConcurrentCache";

/// The same place for all keys, so that entries are neighbours and move up.
#[derive(Clone, Default)]
struct OnePlace;

struct PlaceOf;

impl BuildHasher for OnePlace {
    type Hasher = PlaceOf;

    fn build_hasher(&self) -> PlaceOf {
        PlaceOf
    }
}

impl Hasher for PlaceOf {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, _: &[u8]) {}
}

/// Values are shared: the cache clones them.
type Shared = std::sync::Arc<Value>;
type Cache = ConcurrentCache<u64, Shared, OnePlace>;

/// Runs `body` with a cache of `keys`, each with ten times its number; then all values that were made must be dropped once.
fn with_cache(capacity: u64, keys: &[u64], body: impl FnOnce(&Arc<Cache>, &Values) -> u64) {
    let values = Values::default();
    let cache = Arc::new(ConcurrentCache::builder().max_capacity(capacity).build_with_hasher(OnePlace));
    for key in keys {
        insert(&cache, &values, *key, 10 * key);
    }
    let made = keys.len() as u64 + body(&cache, &values);
    assert!(cache.entry_count() <= capacity);
    drop(cache);
    assert_eq!(values.dropped(), made, "every value is dropped once");
}

fn spawn<R: 'static>(
    cache: &Arc<Cache>,
    values: &Values,
    body: impl FnOnce(&Cache, &Values) -> R + 'static,
) -> thread::JoinHandle<R> {
    let (cache, values) = (Arc::clone(cache), values.clone());
    thread::spawn(move || body(&cache, &values))
}

fn insert(cache: &Cache, values: &Values, key: u64, number: u64) {
    cache.insert(key, Shared::new(values.make(number)));
}

fn get(cache: &Cache, key: u64) -> Option<u64> {
    cache.read(&key, |value| value.number())
}

/// What is inserted is found whole, or not yet. (The other entry has brought the memory for both.)
fn get_and_insert() {
    with_cache(2, &[2], |cache, values| {
        let other = spawn(cache, values, |cache, _| get(cache, 1));
        insert(cache, values, 1, 11);
        assert!(matches!(other.join().unwrap(), None | Some(11)));
        assert_eq!(get(cache, 1), Some(11));
        1
    });
}

/// A value is replaced in one step: one or the other is found, the older not after the newer.
fn gets_and_replace() {
    with_cache(2, &[1], |cache, values| {
        let other = spawn(cache, values, |cache, _| [get(cache, 1), get(cache, 1)]);
        insert(cache, values, 1, 11);
        let found = other.join().unwrap();
        assert!(matches!(found, [Some(10 | 11), Some(11)] | [Some(10), Some(10)]), "{found:?}");
        1
    });
}

/// One key goes while another is looked for that moves up for it.
fn get_and_invalidate_before() {
    with_cache(3, &[1, 2], |cache, values| {
        let other = spawn(cache, values, |cache, _| get(cache, 2));
        cache.invalidate(&1);
        assert_eq!(other.join().unwrap(), Some(20));
        assert_eq!([get(cache, 1), get(cache, 2)], [None, Some(20)]);
        0
    });
}

/// What is looked for has come, and moves up at once.
fn get_and_insert_and_invalidate_before() {
    with_cache(3, &[1], |cache, values| {
        let other = spawn(cache, values, |cache, _| get(cache, 2));
        insert(cache, values, 2, 20);
        cache.invalidate(&1);
        assert!(matches!(other.join().unwrap(), None | Some(20)));
        assert_eq!([get(cache, 1), get(cache, 2)], [None, Some(20)]);
        1
    });
}

/// A key goes while it is looked for: it stays in memory until then.
fn gets_and_invalidate() {
    with_cache(2, &[1], |cache, values| {
        let other = spawn(cache, values, |cache, _| [get(cache, 1), get(cache, 1)]);
        cache.invalidate(&1);
        let found = other.join().unwrap();
        assert!(matches!(found, [Some(10), _] | [None, None]), "{found:?}");
        0
    });
}

/// A key that is looked for is evicted for another.
fn get_and_evict() {
    with_cache(1, &[1], |cache, values| {
        let other = spawn(cache, values, |cache, _| (get(cache, 1), get(cache, 2)));
        insert(cache, values, 2, 20);
        assert!(cache.entry_count() <= 1);
        let found = other.join().unwrap();
        assert!(matches!(found, (Some(10) | None, Some(20) | None)), "{found:?}");
        1
    });
}

/// The table is replaced by a larger one while a key is looked for that is in both.
fn get_and_grow() {
    with_cache(9, &[1, 2], |cache, values| {
        let other = spawn(cache, values, |cache, _| get(cache, 1));
        insert(cache, values, 3, 30);
        assert_eq!(other.join().unwrap(), Some(10));
        assert_eq!(get(cache, 3), Some(30));
        1
    });
}

/// All goes while a key is looked for.
fn get_and_invalidate_all() {
    with_cache(2, &[1], |cache, values| {
        let other = spawn(cache, values, |cache, _| get(cache, 1));
        cache.invalidate_all();
        assert!(matches!(other.join().unwrap(), None | Some(10)));
        assert_eq!(get(cache, 1), None);
        0
    });
}

/// Two threads insert the same key: one value stays, and the room is kept.
fn inserts_of_one_key() {
    with_cache(1, &[], |cache, values| {
        let other = spawn(cache, values, |cache, values| insert(cache, values, 1, 11));
        insert(cache, values, 1, 12);
        other.join().unwrap();
        assert!(matches!(get(cache, 1), Some(11 | 12)));
        assert_eq!(cache.entry_count(), 1);
        2
    });
}

/// Two threads want a value that is not there: one makes it, both get it.
fn loaders() {
    with_cache(2, &[], |cache, values| {
        let load = |cache: &Cache, values: &Values, number| {
            let mut ran = false;
            let value = cache.get_with(1, || {
                ran = true;
                Shared::new(values.make(number))
            });
            (value.number(), ran)
        };
        let other = spawn(cache, values, move |cache, values| load(cache, values, 11));
        let own = load(cache, values, 12);
        let other = other.join().unwrap();
        assert_eq!(own.0, other.0, "one value for both");
        assert!(own.1 != other.1, "one of them made it");
        assert_eq!(get(cache, 1), Some(own.0));
        1
    });
}

/// A loader fails while another thread waits: either both are told, or the other one loads.
fn loader_that_fails() {
    with_cache(2, &[], |cache, values| {
        let other = spawn(cache, values, |cache, values| {
            cache.try_get_with(1, || Ok::<_, u8>(Shared::new(values.make(11)))).map(|value| value.number())
        });
        let own = cache.try_get_with(1, || Err::<Shared, u8>(7)).map(|value| value.number());
        match other.join().unwrap() {
            Ok(number) => {
                assert_eq!(number, 11);
                assert!(own == Ok(11) || own.is_err());
                1
            }
            Err(error) => {
                assert_eq!((*error, own.is_err()), (7, true));
                0
            }
        }
    });
}

/// Runs `lead` with a function that starts `follow` in another thread, to be called while a loader or a computation runs; returns what
/// both have got.
fn while_it_runs<A, B: 'static>(
    cache: &Arc<Cache>,
    values: &Values,
    follow: impl FnOnce(&Cache, &Values) -> B + 'static,
    lead: impl FnOnce(&dyn Fn()) -> A,
) -> (A, B) {
    let (follow, other) = (Cell::new(Some(follow)), Cell::new(None));
    let start = || {
        if let Some(follow) = follow.take() {
            other.set(Some(spawn(cache, values, follow)));
        }
    };
    let own = lead(&start);
    (own, other.take().expect("the loader has run").join().unwrap())
}

/// A value is wanted while another thread makes it: that one is handed on or found, and no other is made.
fn loader_and_follower() {
    with_cache(1, &[], |cache, values| {
        let (own, other) = while_it_runs(
            cache,
            values,
            |cache, _| cache.get_with(1, || unreachable!("another makes it")).number(),
            |start| {
                let load = || {
                    start();
                    Shared::new(values.make(11))
                };
                cache.get_with(1, load).number()
            },
        );
        assert_eq!((own, other, get(cache, 1)), (11, 11, Some(11)));
        1
    });
}

/// A loader fails while another thread waits, or has not come yet: that one is told, or makes the value.
fn failing_loader_and_follower() {
    with_cache(1, &[], |cache, values| {
        let (own, other) = while_it_runs(
            cache,
            values,
            |cache, values| {
                let load = || Ok::<_, u8>(Shared::new(values.make(11)));
                cache.try_get_with(1, load).map(|value| value.number())
            },
            |start| {
                let fail = || {
                    start();
                    Err::<Shared, u8>(7)
                };
                cache.try_get_with(1, fail).map(|value| value.number())
            },
        );
        assert_eq!(own.map_err(|error| *error), Err(7));
        match other {
            Ok(number) => {
                assert_eq!((number, get(cache, 1)), (11, Some(11)));
                1
            }
            Err(error) => {
                assert_eq!((*error, get(cache, 1)), (7, None));
                0
            }
        }
    });
}

/// A computation begins while another runs: it sees what that has made.
fn computation_and_follower() {
    with_cache(1, &[], |cache, values| {
        let next = |old: Option<Shared>| old.map_or(1, |old| old.number() + 1);
        while_it_runs(
            cache,
            values,
            move |cache, values| {
                cache.entry(1).and_compute_with(|old| Op::Put(Shared::new(values.make(next(old)))));
            },
            |start| {
                cache.entry(1).and_compute_with(|old| {
                    start();
                    Op::Put(Shared::new(values.make(next(old))))
                });
            },
        );
        assert_eq!(get(cache, 1), Some(2));
        2
    });
}

/// A key is invalidated while its value is made: whoever looks afterwards does not find what is older.
fn loader_and_invalidate() {
    with_cache(2, &[], |cache, values| {
        let began = Arc::new(loom::sync::atomic::AtomicBool::new(false));
        let begin = Arc::clone(&began);
        let other = spawn(cache, values, move |cache, values| {
            let load = || {
                begin.store(true, std::sync::atomic::Ordering::SeqCst);
                Shared::new(values.make(11))
            };
            cache.get_with(1, load).number()
        });
        let during = began.load(std::sync::atomic::Ordering::SeqCst);
        cache.invalidate(&1);
        let found = get(cache, 1);
        assert_eq!(other.join().unwrap(), 11);
        if during {
            assert_eq!((found, get(cache, 1)), (None, None), "made before the invalidation");
        }
        1
    });
}

/// Two threads count up: neither is lost.
fn computations() {
    with_cache(2, &[], |cache, values| {
        let up = |cache: &Cache, values: &Values| {
            let next = |old: Option<Shared>| old.map_or(1, |old| old.number() + 1);
            cache.entry(1).and_compute_with(|old| Op::Put(Shared::new(values.make(next(old)))));
        };
        let other = spawn(cache, values, move |cache, values| up(cache, values));
        up(cache, values);
        other.join().unwrap();
        assert_eq!(get(cache, 1), Some(2));
        2
    });
}

/// Two threads invalidate one key: it is told of once.
fn invalidations_of_one_key() {
    let values = Values::default();
    let told = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let listener = std::sync::Arc::clone(&told);
    let builder = ConcurrentCache::builder().max_capacity(2).eviction_listener(
        move |_: &u64, value: &Shared, cause: RemovalCause| {
            assert_eq!((value.number(), cause), (10, RemovalCause::Explicit));
            listener.fetch_add(1, Relaxed);
        },
    );
    let cache = Arc::new(builder.build_with_hasher(OnePlace));
    insert(&cache, &values, 1, 10);
    let other = spawn(&cache, &values, |cache, _| cache.invalidate(&1));
    cache.invalidate(&1);
    other.join().unwrap();
    assert_eq!(told.load(Relaxed), 1);
    drop(cache);
    assert_eq!(values.dropped(), 1);
}

const STORIES: &[Story] = &[
    Story::new("get_and_insert", "1 other entry: [[get], [insert]]", get_and_insert),
    Story::new("gets_and_replace", "1 entry: [[get, get], [insert]]", gets_and_replace).preemptions(3),
    Story::new("gets_and_invalidate", "1 entry: [[get, get], [invalidate]]", gets_and_invalidate).preemptions(3),
    Story::new("get_and_invalidate_before", "2 entries, one moves: [[get], [invalidate]]", get_and_invalidate_before)
        .preemptions(3),
    Story::new(
        "get_and_insert_and_invalidate_before",
        "1 entry, the other moves: [[get], [insert, invalidate]]",
        get_and_insert_and_invalidate_before,
    )
    .preemptions(3),
    Story::new("get_and_evict", "1 entry, room for 1: [[get, get], [insert]]", get_and_evict).preemptions(3),
    Story::new("get_and_grow", "2 entries, 4 places that become 8: [[get], [insert]]", get_and_grow).preemptions(3),
    Story::new("get_and_invalidate_all", "1 entry: [[get], [invalidate_all]]", get_and_invalidate_all).preemptions(3),
    Story::new("inserts_of_one_key", "room for 1: [[insert], [insert]]", inserts_of_one_key).preemptions(2),
    Story::new("invalidations_of_one_key", "1 entry: [[invalidate], [invalidate]]", invalidations_of_one_key)
        .preemptions(2),
    Story::new("loaders", "[[get_with], [get_with]]", loaders).preemptions(2).whole(Tier::Full),
    Story::new("loader_that_fails", "[[try_get_with], [try_get_with that fails]]", loader_that_fails)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new(
        "loader_and_follower",
        "room for 1: [[get_with], [get_with, begun while the other loads]]",
        loader_and_follower,
    )
    .preemptions(2),
    Story::new(
        "failing_loader_and_follower",
        "room for 1: [[try_get_with that fails], [try_get_with, begun while the other loads]]",
        failing_loader_and_follower,
    )
    .preemptions(2),
    Story::new(
        "computation_and_follower",
        "room for 1: [[compute], [compute, begun while the other does]]",
        computation_and_follower,
    )
    .preemptions(2),
    Story::new("loader_and_invalidate", "[[get_with], [invalidate, get]]", loader_and_invalidate).preemptions(2),
    Story::new("computations", "[[compute], [compute]]", computations).preemptions(2).whole(Tier::Full),
];

/// One thread: a cache that knows no bound evicts when there are no places left.
#[test]
fn cache_without_bounds_keeps_no_more_than_there_are_places_for() {
    /// Seven eighths of those that there are here.
    const MOST: u64 = 28;
    const ALL: u64 = MOST + 4;
    model::holds(NAME, "more entries than places are no panic", "one thread, 38 places", None, || {
        with_cache(u64::MAX, &[], |cache, values| {
            for key in 0..ALL {
                insert(cache, values, key, key);
                assert_eq!(cache.entry_count(), MOST.min(key + 1));
            }
            assert_eq!(cache.peek(&(ALL - 1)).map(|value| value.number()), Some(ALL - 1));
            ALL
        });
    });
}

/// Calls `body` when readers keep all places there are: each reads an entry, and keeps those that are put in and go while it does.
fn when_readers_keep_all(cache: &Cache, values: &Values, made: &Cell<u64>, body: &mut dyn FnMut()) {
    for key in 0..6 {
        made.set(made.get() + 1);
        insert(cache, values, key, key);
        if cache.stats().refusals > 0 {
            return body();
        }
    }
    cache.read(&5, |_| when_readers_keep_all(cache, values, made, body)).expect("it has been put in");
}

/// One thread: while readers keep all places nothing is put in, which is as if it were evicted at once.
#[test]
fn cache_without_places_refuses_entries() {
    model::holds(
        NAME,
        "entries without places are no panic",
        "one thread, 38 places, all kept by readers",
        None,
        || {
            let (values, made) = (Values::default(), Cell::new(0));
            let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
            let log = std::sync::Arc::clone(&told);
            let cache = ConcurrentCache::builder()
                .max_capacity(4)
                .eviction_listener(move |key: &u64, value: &Shared, cause| {
                    log.lock().expect("no panic").push((*key, value.number(), cause));
                })
                .build_with_hasher(OnePlace);
            let make = |number| {
                made.set(made.get() + 1);
                Shared::new(values.make(number))
            };
            let mut bodies = 0;
            when_readers_keep_all(&cache, &values, &made, &mut || {
                bodies += 1;
                let refusals = cache.stats().refusals;
                // The value that was there is gone, too.
                let (key, old) = cache.iter().next().expect("some are there");
                told.lock().expect("no panic").clear();
                cache.insert(key, make(70));
                assert_eq!((cache.get(&key).is_none(), cache.stats().refusals), (true, refusals + 1));
                let expected = [(key, old.number(), RemovalCause::Replaced), (key, 70, RemovalCause::Size)];
                assert_eq!(*told.lock().expect("no panic"), expected);
                // Who loads gets what is loaded, each time anew, also when the loader asks for its own key.
                for number in 71..73 {
                    assert_eq!(cache.get_with(100, || make(number)).number(), number);
                }
                assert_eq!(cache.get_with(100, || cache.get_with(100, || make(73))).number(), 73);
                assert_eq!(cache.try_get_with(100, || Err::<Shared, _>(5)).map_err(|error| *error).err(), Some(5));
                let computed =
                    cache.entry(100).and_compute_with(|old| if old.is_none() { Op::Put(make(74)) } else { Op::Nop });
                assert!(matches!(computed, CompResult::Inserted(value) if value.number() == 74));
                assert!(!cache.contains_key(&100));
                // What is there is found, and can be removed.
                let (key, _) = cache.iter().next().expect("some are there");
                assert!(cache.get(&key).is_some() && cache.remove(&key).is_some());
            });
            assert_eq!(bodies, 1);
            cache.reclaim();
            cache.insert(200, make(75));
            assert_eq!(cache.get(&200).map(|value| value.number()), Some(75));
            drop(cache);
            assert_eq!(values.dropped(), made.get(), "every value is dropped once");
        },
    );
}

stories! {
    get_and_insert gets_and_replace gets_and_invalidate get_and_invalidate_before
    get_and_insert_and_invalidate_before get_and_evict get_and_grow
    get_and_invalidate_all inserts_of_one_key invalidations_of_one_key loaders loader_that_fails
    loader_and_follower failing_loader_and_follower
    computation_and_follower loader_and_invalidate computations
}

/// Every site that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[
    twin("CT1", Relaxed),
    twin("CT2", Relaxed),
    twin("CT3", Relaxed),
    twin("CT4", Relaxed),
    twin("CT5", Relaxed),
    twin("CT6", Relaxed),
    twin("CT7", Relaxed),
    twin("CT8", Relaxed),
    twin("CT9", Relaxed),
];

/// An entry that was there all along was not found.
const MISSED: &str = "assertion `left == right` failed";

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("CT1", Relaxed, "get_and_grow", RACE),
    refuted("CT2", Relaxed, "get_and_grow", RACE),
    refuted("CT3", Relaxed, "get_and_invalidate_before", MISSED),
    refuted("CT4", Relaxed, "get_and_invalidate_before", MISSED),
    refuted("CT5", Relaxed, "get_and_insert", RACE),
    refuted("CT6", Relaxed, "get_and_insert", RACE),
    refuted("CT7", Relaxed, "gets_and_replace", RACE),
    refuted("CT8", Relaxed, "get_and_insert_and_invalidate_before", RACE),
    refuted("CT9", Relaxed, "get_and_invalidate_before", MISSED),
];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    unrefuted: &[],
});
