//! Keys, values and closures that panic, use the cache, or are unusual.

use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock, Weak};

use lockfree_collections::ConcurrentCache;
use lockfree_collections::cache::{CompResult, Op, RemovalCause};

/// Counts what is made and dropped.
#[derive(Default)]
struct Census(AtomicUsize);

struct Counted(Arc<Census>);

impl Counted {
    fn new(census: &Arc<Census>) -> Self {
        census.0.fetch_add(1, SeqCst);
        Self(Arc::clone(census))
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, SeqCst);
    }
}

fn fails<R>(f: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
}

#[test]
fn cache_drops_everything_once() {
    let census = Arc::new(Census::default());
    let cache = ConcurrentCache::new(50);
    for round in 0..3 {
        for key in 0..200 {
            cache.insert(key, Counted::new(&census));
            drop(cache.get(&(key / 2)));
            drop(cache.get_with(key + 1000, || Counted::new(&census)));
            if key % 5 == round {
                cache.invalidate(&key);
            }
        }
    }
    cache.reclaim();
    assert_eq!(census.0.load(SeqCst) as u64, cache.entry_count());
    cache.invalidate_all();
    cache.reclaim();
    assert_eq!(census.0.load(SeqCst), 0);
    (0..10).for_each(|key| cache.insert(key, Counted::new(&census)));
    drop(cache);
    assert_eq!(census.0.load(SeqCst), 0);
}

#[test]
fn cache_keeps_little_that_was_removed() {
    let cache = ConcurrentCache::new(100);
    for key in 0..100_000 {
        cache.insert(key, key);
        let telemetry = cache.telemetry();
        assert!(telemetry.retired <= telemetry.bound, "{telemetry:?}");
    }
}

/// A key that may panic when it is hashed or compared.
#[derive(Debug, Clone)]
struct Bomb<'a>(u32, &'a AtomicBool);

impl PartialEq for Bomb<'_> {
    fn eq(&self, other: &Self) -> bool {
        assert!(!self.1.load(SeqCst), "compared");
        self.0 == other.0
    }
}

impl Eq for Bomb<'_> {}

impl Hash for Bomb<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        assert!(self.0 != 13, "hashed");
        hasher.write_u32(self.0);
    }
}

#[test]
fn cache_survives_keys_that_panic() {
    let armed = AtomicBool::new(false);
    let cache = ConcurrentCache::new(10);
    let key = |number| Bomb(number, &armed);
    cache.insert(key(1), 1);
    fails(|| cache.get(&key(13)));
    fails(|| cache.insert(key(13), 1));
    armed.store(true, SeqCst);
    fails(|| cache.get(&key(1)));
    fails(|| cache.insert(key(1), 2));
    fails(|| cache.invalidate(&key(1)));
    fails(|| cache.get_with(key(1), || 3));
    armed.store(false, SeqCst);
    assert_eq!((cache.get(&key(1)), cache.entry_count()), (Some(1), 1));
    assert_eq!(cache.get_with(key(2), || 2), 2);
}

#[test]
fn cache_survives_keys_that_panic_when_what_is_made_for_them_lands() {
    let armed = AtomicBool::new(false);
    let census = Arc::new(Census::default());
    let cache = ConcurrentCache::new(10);
    let key = || Bomb(1, &armed);
    cache.insert(key(), Counted::new(&census));
    for _ in 0..20 {
        fails(|| {
            cache.entry(key()).and_compute_with(|old| {
                assert!(old.is_some());
                armed.store(true, SeqCst);
                Op::Put(Counted::new(&census))
            })
        });
        armed.store(false, SeqCst);
        // Nobody leads any more, and what was there is.
        assert!(matches!(cache.entry(key()).and_compute_with(|_| Op::Nop), CompResult::Unchanged(_)));
        assert_eq!((cache.entry_count(), census.0.load(SeqCst)), (1, 1));
    }
}

#[test]
fn cache_survives_closures_that_panic() {
    let armed = Arc::new(AtomicBool::new(true));
    let (weigher, listener) = (Arc::clone(&armed), Arc::clone(&armed));
    let cache = ConcurrentCache::builder()
        .max_capacity(2)
        .weigher(move |key: &u32, _: &u32| {
            assert!(*key != 13 || !weigher.load(SeqCst), "weighed");
            1
        })
        .eviction_listener(move |key, _, _| assert!(*key != 1 || !listener.load(SeqCst), "told"))
        .build();
    fails(|| cache.insert(13, 1));
    fails(|| cache.get_with(13, || 1));
    assert_eq!(cache.entry_count(), 0);
    cache.insert(1, 1);
    fails(|| cache.insert(1, 2));
    assert_eq!(cache.get(&1), Some(2), "done, when the listener is told");
    fails(|| cache.invalidate(&1));
    fails(|| cache.invalidate_entries_if(|_, _| panic!("asked")) + cache.get_with(1, || panic!("made")) as usize);
    armed.store(false, SeqCst);
    cache.insert(13, 1);
    assert_eq!(cache.get_with(1, || 3), 3);
    assert_eq!(cache.entry_count(), 2);
    fails(|| cache.invalidate_entries_if(|_, _| panic!("asked")));
    assert_eq!(cache.invalidate_entries_if(|_, _| true), 2);
}

#[test]
fn cache_survives_drops_and_clones_that_panic() {
    struct Fragile(u32, Arc<Census>);
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            panic!("cloned");
        }
    }
    impl Drop for Fragile {
        fn drop(&mut self) {
            self.1.0.fetch_add(1, SeqCst);
            assert!(self.0 != 3, "dropped");
        }
    }
    let census = Arc::new(Census::default());
    let cache = ConcurrentCache::new(10);
    (0..10).for_each(|number| cache.insert(number, Fragile(number, Arc::clone(&census))));
    fails(|| cache.get(&1));
    fails(|| cache.remove(&1));
    assert_eq!(cache.entry_count(), 9);
    cache.invalidate(&3);
    fails(|| cache.reclaim());
    assert_eq!(cache.read(&4, |value| value.0), Some(4));
    cache.insert(3, Fragile(3, Arc::clone(&census)));
    fails(|| drop(cache));
    assert_eq!(census.0.load(SeqCst), 11, "each is dropped, also beside one that panics");
}

type Weakly = Weak<ConcurrentCache<u32, u32>>;

#[test]
fn cache_can_be_used_by_its_listener_and_its_weigher() {
    let cache = Arc::new_cyclic(|weak: &Weakly| {
        let (weigher, listener) = (weak.clone(), weak.clone());
        ConcurrentCache::builder()
            .max_capacity(4)
            .weigher(move |key, _| {
                weigher.upgrade().map(|cache| cache.get(key));
                1
            })
            .eviction_listener(move |key, value, cause| {
                let Some(cache) = listener.upgrade() else { return };
                assert_ne!(cause, RemovalCause::Expired);
                // Each that goes is followed by one of a finite chain.
                if *value < 6 {
                    cache.insert(*key + 1, *value + 1);
                    cache.invalidate(&(*key + 2));
                }
            })
            .build()
    });
    (0..20).for_each(|key| cache.insert(key, 0));
    assert!(cache.entry_count() <= 4);
    cache.invalidate_all();
    cache.invalidate_entries_if(|key, _| cache.contains_key(key));
}

/// A value that uses the cache when it is dropped.
struct Haunting(u32, Arc<OnceLock<Weak<ConcurrentCache<u32, Haunting>>>>);

impl Drop for Haunting {
    fn drop(&mut self) {
        if let Some(cache) = self.1.get().and_then(Weak::upgrade) {
            cache.read(&self.0, |_| ());
            if self.0 > 100 {
                cache.insert(self.0 - 100, Haunting(self.0 - 100, Arc::clone(&self.1)));
            }
        }
    }
}

#[test]
fn cache_can_be_used_by_values_that_are_dropped() {
    let place = Arc::new(OnceLock::new());
    let cache = Arc::new(ConcurrentCache::new(4));
    place.set(Arc::downgrade(&cache)).unwrap();
    for number in 0..2000 {
        cache.insert(number, Haunting(number, Arc::clone(&place)));
    }
    cache.reclaim();
    assert!(cache.entry_count() <= 4);
}

#[test]
fn cache_can_be_changed_while_it_is_read() {
    let cache = ConcurrentCache::builder().max_capacity(8).shards(1).build();
    (0..8).for_each(|key| cache.insert(key, key.to_string()));
    let length = cache.read(&3, |text| {
        cache.invalidate_all();
        (10..1000).for_each(|key| cache.insert(key, key.to_string()));
        cache.reclaim();
        text.len()
    });
    assert_eq!(length, Some(1));
    let mut seen = 0;
    for (key, text) in cache.iter() {
        cache.invalidate(&key);
        assert_eq!(text, key.to_string());
        seen += 1;
    }
    assert_eq!((seen, cache.entry_count()), (8, 0));
}

#[test]
fn cache_takes_values_with_large_alignment() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(align(256))]
    struct Wide(u8);
    let cache = ConcurrentCache::new(10);
    (0..100).for_each(|key| cache.insert(key, Wide(key)));
    assert!(cache.iter().all(|(key, value)| value == Wide(key)));
    cache.insert(1, Wide(7));
    assert!(cache.read(&1, |value| std::ptr::from_ref(value).addr() % 256) == Some(0));
}

#[test]
fn cache_takes_borrowed_keys_and_values() {
    let text = String::from("some words of which a few are few");
    let cache = ConcurrentCache::new(4);
    for word in text.split(' ') {
        cache.get_with(word, || word.len());
    }
    assert!(cache.entry_count() <= 4);
}
