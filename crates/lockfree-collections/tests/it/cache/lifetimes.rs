//! Entries whose time is over.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lockfree_collections::ConcurrentCache;
use lockfree_collections::cache::{Builder, Expiry, ManualClock, RemovalCause};

const SECOND: Duration = Duration::from_secs(1);

fn builder(clock: &ManualClock) -> Builder<u32, u32> {
    ConcurrentCache::builder().max_capacity(100).shards(1).clock(clock.clone())
}

#[test]
fn cache_forgets_after_time_to_live() {
    let clock = ManualClock::new();
    let cache = builder(&clock).time_to_live(3 * SECOND).build();
    cache.insert(1, 1);
    clock.advance(2 * SECOND);
    cache.insert(2, 2);
    assert_eq!((cache.get(&1), cache.get(&2)), (Some(1), Some(2)));
    clock.advance(SECOND);
    assert_eq!((cache.get(&1), cache.get(&2)), (None, Some(2)));
    assert!(!cache.contains_key(&1));
    assert_eq!(cache.remove(&1), None);
    assert_eq!(cache.iter().collect::<Vec<_>>(), [(2, 2)]);
    cache.insert(2, 3);
    clock.advance(2 * SECOND);
    assert_eq!(cache.get(&2), Some(3), "a new value, a new life");
}

#[test]
fn cache_forgets_after_time_to_idle() {
    let clock = ManualClock::new();
    let cache = builder(&clock).time_to_idle(2 * SECOND).time_to_live(5 * SECOND).build();
    cache.insert(1, 1);
    cache.insert(2, 2);
    for _ in 0..4 {
        clock.advance(SECOND);
        assert_eq!(cache.get(&1), Some(1));
    }
    assert_eq!(cache.get(&2), None);
    clock.advance(SECOND);
    assert_eq!(cache.get(&1), None, "it has been used, and yet its time to live is over");
}

/// Lives as many seconds as its value says; each reading gives one more, each new value doubles.
struct Odd;

impl Expiry<u32, u32> for Odd {
    fn expire_after_create(&self, _: &u32, value: &u32) -> Option<Duration> {
        (*value != 0).then(|| *value * SECOND)
    }
    fn expire_after_read(&self, key: &u32, _: &u32, left: Option<Duration>) -> Option<Duration> {
        if *key == 7 { left.map(|left| left + SECOND) } else { left }
    }
    fn expire_after_update(&self, _: &u32, _: &u32, left: Option<Duration>) -> Option<Duration> {
        left.map(|left| 2 * left)
    }
}

#[test]
fn cache_forgets_each_entry_in_its_time() {
    let clock = ManualClock::new();
    let cache = builder(&clock).expire_after(Odd).build();
    for (key, value) in [(1, 1), (2, 2), (3, 0), (7, 2)] {
        cache.insert(key, value);
    }
    clock.advance(SECOND);
    assert_eq!([1, 2, 3, 7].map(|key| cache.get(&key)), [None, Some(2), Some(0), Some(2)]);
    // One second was left to 2, so it is two now; two to 7.
    cache.insert(2, 5);
    clock.advance(SECOND);
    assert_eq!([2, 3, 7].map(|key| cache.get(&key)), [Some(5), Some(0), Some(2)]);
    clock.advance(SECOND);
    assert_eq!([2, 3, 7].map(|key| cache.get(&key)), [None, Some(0), Some(2)]);
}

#[test]
fn cache_removes_what_is_over() {
    let clock = ManualClock::new();
    let gone = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&gone);
    let cache = builder(&clock)
        .time_to_live(SECOND)
        .eviction_listener(move |key, _, cause| told.lock().unwrap().push((*key, cause)))
        .build();
    (0..50).for_each(|key| cache.insert(key, key));
    clock.advance(SECOND);
    cache.insert(0, 7);
    assert!(gone.lock().unwrap().contains(&(0, RemovalCause::Expired)), "replaced, when it was over");
    cache.run_pending_tasks();
    assert_eq!(cache.entry_count(), 1);
    let gone = std::mem::take(&mut *gone.lock().unwrap());
    assert_eq!(gone.len(), 50);
    assert!(gone.iter().all(|(_, cause)| *cause == RemovalCause::Expired));
    assert_eq!(cache.stats().expirations, 50);
}

#[test]
fn cache_removes_what_is_over_while_others_come() {
    let clock = ManualClock::new();
    let cache = builder(&clock).time_to_live(10 * SECOND).build();
    (0..60).for_each(|key| cache.insert(key, key));
    clock.advance(10 * SECOND);
    // Each looks at four places of a table of 256 at most.
    (1000..1064).for_each(|key| cache.insert(key, key));
    assert_eq!(cache.entry_count(), 64);
    assert!((1000..1064).all(|key| cache.get(&key) == Some(key)));
}

#[test]
fn cache_loads_anew_what_is_over() {
    let clock = ManualClock::new();
    let cache = builder(&clock).time_to_live(SECOND).build();
    assert_eq!(cache.get_with(1, || 1), 1);
    clock.advance(SECOND);
    assert_eq!(cache.get_with(1, || 2), 2);
    assert_eq!(cache.get_with(1, || unreachable!()), 2);
    assert_eq!(cache.entry_count(), 1);
}

#[test]
fn cache_lives_at_least_as_long_as_it_says() {
    let clock = ManualClock::new();
    let cache = builder(&clock).time_to_live(Duration::from_nanos(1)).build();
    cache.insert(1, 1);
    assert_eq!(cache.get(&1), Some(1));
    clock.advance(Duration::from_millis(1));
    assert_eq!(cache.get(&1), None);
    let cache = builder(&clock).time_to_live(Duration::MAX).time_to_idle(Duration::MAX).build();
    cache.insert(1, 1);
    clock.advance(Duration::from_secs(1 << 40));
    assert_eq!(cache.get(&1), Some(1));
}
