//! What a cache is made with and tells, and keys that are borrowed.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lockfree_collections::ConcurrentCache;
use lockfree_collections::cache::{Builder, CompResult, ManualClock, Op};

#[test]
fn cache_tells_what_it_was_made_with() {
    let (live, idle) = (Duration::from_secs(9), Duration::from_millis(7));
    let builder =
        Builder::<u8, u8>::new().name("names").max_capacity(77).shards(8).time_to_live(live).time_to_idle(idle);
    assert!(format!("{builder:?}").contains("names"));
    let cache = builder.build();
    assert_eq!(cache.name(), Some("names"));
    assert!(format!("{cache:?}").contains("names"));
    let policy = cache.policy();
    assert_eq!((policy.max_capacity, policy.shards), (77, 8));
    assert_eq!((policy.time_to_live, policy.time_to_idle), (Some(live), Some(idle)));

    let plain = ConcurrentCache::<u8, u8>::new(5);
    assert_eq!((plain.name(), plain.policy().max_capacity, plain.policy().shards), (None, 5, 1));
    assert_eq!((plain.policy().time_to_live, plain.policy().time_to_idle), (None, None));
}

#[test]
fn cache_takes_any_initial_capacity_as_a_wish() {
    for initial in [0, 1, 1_000, 4_096, 100_000, usize::MAX] {
        for shards in [1, 8] {
            let cache = Builder::new().max_capacity(4_096).shards(shards).initial_capacity(initial).build();
            (0..10_000).for_each(|key| cache.insert(key, key));
            assert_eq!(cache.entry_count(), 4_096);
            assert!(cache.iter().all(|(key, value)| key == value && cache.get(&key) == Some(value)));
        }
    }
    // Nobody has so much memory.
    let unbounded = Builder::new().initial_capacity(usize::MAX).build();
    unbounded.insert(1, 'a');
    assert_eq!(unbounded.get(&1), Some('a'));
}

#[test]
fn cache_is_shared_by_clones_of_an_arc() {
    let cache = Arc::new(ConcurrentCache::new(1_000));
    let threads: Vec<_> = (0..4_u64)
        .map(|number| {
            let cache = cache.clone();
            thread::spawn(move || (0..50).for_each(|key| cache.insert(50 * number + key, number)))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(cache.entry_count(), 200);
    assert_eq!(Arc::into_inner(cache).unwrap().iter().map(|(_, value)| value).sum::<u64>(), 300);
}

#[test]
fn cache_peeks_without_using() {
    let clock = ManualClock::new();
    let cache = Builder::new()
        .max_capacity(10)
        .record_stats()
        .time_to_idle(Duration::from_secs(2))
        .clock(clock.clone())
        .build();
    cache.insert(String::from("a"), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!((cache.peek("a"), cache.peek("b"), cache.contains_key("a")), (Some(1), None, true));
    // It was put in two seconds ago: to be looked at was no use.
    clock.advance(Duration::from_secs(1));
    assert_eq!((cache.peek("a"), cache.contains_key("a")), (None, false));
    assert_eq!((cache.stats().hits, cache.stats().misses), (0, 0));
}

#[test]
fn cache_retains_what_it_is_told_to() {
    let gone = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&gone);
    let cache =
        Builder::new().max_capacity(100).eviction_listener(move |key, _, _| told.lock().unwrap().push(*key)).build();
    (0..50).for_each(|key| cache.insert(key, 2 * key));
    cache.retain(|key, value| *key % 3 == 0 && *value < 60);
    let mut kept: Vec<u32> = (&cache).into_iter().map(|(key, _)| key).collect();
    kept.sort_unstable();
    assert_eq!(kept, [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
    assert_eq!(gone.lock().unwrap().len(), 40);
}

thread_local! {
    static CLONES: Cell<usize> = const { Cell::new(0) };
}

/// A key whose clones are counted.
#[derive(Debug, PartialEq, Eq)]
struct Key(u32);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get() + 1);
        Self(self.0)
    }
}

/// How often keys are cloned meanwhile.
fn clones(f: impl FnOnce()) -> usize {
    let before = CLONES.get();
    f();
    CLONES.get() - before
}

#[test]
fn cache_clones_a_borrowed_key_only_to_put_it_in() {
    let cache = Builder::<Key, u32>::new().max_capacity(100).record_stats().build();
    let key = Key(1);
    assert_eq!(clones(|| assert_eq!(cache.entry_by_ref(&key).or_insert_with(|| 1).into_value(), 1)), 1);
    let hits = clones(|| {
        assert!(!cache.entry_by_ref(&key).or_insert(2).is_fresh());
        assert_eq!(cache.entry_by_ref(&key).or_default().into_value(), 1);
        assert_eq!(
            cache.entry_by_ref(&key).or_optionally_insert_with(|| None).map(|entry| entry.into_value()),
            Some(1)
        );
        assert_eq!(cache.entry_by_ref(&key).or_try_insert_with(|| Err("no")).unwrap().into_value(), 1);
        assert_eq!(cache.entry_by_ref(&key).or_insert_with_if(|| 3, |_| false).into_value(), 1);
        assert_eq!(cache.get_with_by_ref(&key, || 4), 1);
        assert_eq!(cache.optionally_get_with_by_ref(&key, || Some(4)), Some(1));
        assert_eq!(cache.try_get_with_by_ref(&key, || Ok::<_, ()>(4)), Ok(1));
    });
    assert_eq!(hits, 0);
    // The first look-up of a key finds nothing, and is counted once.
    assert_eq!((cache.stats().hits, cache.stats().misses), (8, 1));
    assert_eq!(clones(|| assert_eq!(cache.get_with_by_ref(&Key(2), || 5), 5)), 1);
    assert_eq!((cache.stats().hits, cache.stats().misses), (8, 2));
}

#[test]
fn cache_computes_for_borrowed_keys() {
    let cache = ConcurrentCache::<String, u32>::new(10);
    let count = |value: Option<u32>| value.map_or(1, |value| value + 1);
    assert_eq!(cache.entry_by_ref("a").and_compute_with(|old| Op::Put(count(old))), CompResult::Inserted(1));
    assert_eq!(cache.entry_by_ref("a").and_upsert_with(count).into_value(), 2);
    assert_eq!(cache.entry_by_ref("a").and_try_compute_with(|_| Err(())), Err(()));
    assert_eq!(cache.entry_by_ref("a").or_insert_with_if(|| 7, |value| *value == 2).into_value(), 7);
    assert_eq!(format!("{:?}", cache.entry_by_ref("a")), r#"EntrySelector { key: Lent("a"), .. }"#);
    assert_eq!(cache.entry_by_ref("a").and_compute_with(|_| Op::Remove), CompResult::Removed(7));
    assert_eq!(cache.entry_by_ref("a").and_compute_with(|_| Op::Remove), CompResult::StillNone);
    assert_eq!(cache.entry_count(), 0);
}
