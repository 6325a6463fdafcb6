//! What no collection may mind: thousands of threads that come and go, and guards and handles that are forgotten.

use std::sync::Arc;
use std::thread;

use lockfree_collections::deque::Injector;
use lockfree_collections::{
    AtomicBox, AtomicRc, BoundedQueue, BoundedStack, LockFreeSkipMap, PriorityQueue, RelaxedPriorityQueue, ScqQueue,
};

use crate::forgotten::forget;
use crate::support::Census;
#[cfg(feature = "cache")]
use crate::support::Counted;

const BATCHES: usize = 100;
const BATCH: usize = 20;
const THREADS: usize = BATCHES * BATCH;

/// Runs `work` in two thousand threads, twenty at a time, each with a number of its own.
fn crowd(work: impl Fn(usize) + Sync) {
    for batch in 0..BATCHES {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..BATCH)
                .map(|number| {
                    let work = &work;
                    scope.spawn(move || work(batch * BATCH + number))
                })
                .collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
}

/// Each thread puts three values in and takes two out, as long as that succeeds: every value that was put in comes out once.
macro_rules! crowds {
    ($($test:ident: $subject:expr, $push:expr, $pop:expr;)*) => {$(
        #[test]
        fn $test() {
            let sum = std::sync::atomic::AtomicUsize::new(0);
            let add = |value: Option<usize>| _ = sum.fetch_add(value.unwrap_or(0), std::sync::atomic::Ordering::Relaxed);
            let subject = $subject;
            crowd(|number| {
                for value in [3 * number, 3 * number + 1, 3 * number + 2] {
                    // What does not fit comes back.
                    add($push(&subject, value).err());
                    if value % 3 != 0 {
                        add($pop(&subject));
                    }
                }
            });
            while let Some(value) = $pop(&subject) {
                add(Some(value));
            }
            assert_eq!(sum.into_inner(), (0..3 * THREADS).sum::<usize>());
        }
    )*};
}

crowds! {
    bounded_queue_serves_thousands_of_threads: BoundedQueue::new(16), BoundedQueue::push, BoundedQueue::pop;
    scq_queue_serves_thousands_of_threads: ScqQueue::new(16), ScqQueue::push, ScqQueue::pop;
    bounded_stack_serves_thousands_of_threads: BoundedStack::new(16), BoundedStack::push, BoundedStack::pop;
    priority_queue_serves_thousands_of_threads: PriorityQueue::new(),
        |queue: &PriorityQueue<usize>, value| { queue.push(value); Ok::<_, usize>(()) }, PriorityQueue::pop;
    relaxed_priority_queue_serves_thousands_of_threads: RelaxedPriorityQueue::new(),
        |queue: &RelaxedPriorityQueue<usize>, value| { queue.handle().push(value); Ok::<_, usize>(()) },
        RelaxedPriorityQueue::pop;
    injector_serves_thousands_of_threads: Injector::new(),
        |injector: &Injector<usize>, value| { injector.push(value); Ok::<_, usize>(()) },
        |injector: &Injector<usize>| injector.steal().success();
}

#[test]
fn atomic_box_serves_thousands_of_threads() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    crowd(|number| {
        cell.store(census.value(number));
        assert!(cell.load().number < THREADS);
    });
    let memory = cell.telemetry();
    assert!(memory.slots <= 2 * BATCH && memory.retired <= memory.bound, "{memory:?}");
    assert_eq!(census.alive(), memory.live + memory.retired);
    drop(cell);
    assert_eq!(census.alive(), 0);
}

#[test]
fn skip_map_serves_thousands_of_threads() {
    let census = Census::default();
    let map = LockFreeSkipMap::new();
    crowd(|number| {
        drop(map.insert(number, census.value(number)));
        if number % 4 != 0 {
            assert_eq!(map.remove(&number).map(|entry| entry.value().number), Some(number));
        }
    });
    assert_eq!(map.len(), THREADS / 4);
    // Entries of threads that were stopped while they held them may have kept more than the bound; nobody holds one now.
    map.reclaim();
    let memory = map.telemetry();
    assert!(memory.slots <= 3 * BATCH && memory.retired == 0, "{memory:?}");
    assert_eq!(census.alive(), THREADS / 4);
    drop(map);
    assert_eq!(census.alive(), 0);
}

#[cfg(feature = "cache")]
#[test]
fn cache_serves_thousands_of_threads() {
    let census = Census::default();
    let cache = lockfree_collections::ConcurrentCache::<usize, Arc<Counted>>::new(64);
    crowd(|number| {
        cache.insert(number, Arc::new(census.value(number)));
        assert!(cache.get(&number).is_none_or(|value| value.number == number));
        assert!(cache.get(&(number / 2)).is_none_or(|value| value.number == number / 2));
    });
    // As with the map: readers that were stopped may have kept more than the bound.
    cache.reclaim();
    let memory = cache.telemetry();
    assert!(memory.live <= 64 && memory.retired == 0, "{memory:?}");
    drop(cache);
    assert_eq!(census.alive(), 0);
}

#[test]
fn atomic_box_survives_forgotten_guards() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    for number in 1..=1_000 {
        if number % 100 == 0 {
            forget(cell.load());
        }
        cell.store(census.value(number));
    }
    assert_eq!(cell.load().number, 1_000);
    // Each of the ten occupies a slot for ever, and keeps one value.
    let memory = cell.telemetry();
    assert!(memory.slots <= 12 && memory.retired <= memory.bound, "{memory:?}");
    drop(cell);
    assert_eq!(census.alive(), 0);
}

#[test]
fn atomic_rc_survives_forgotten_guards() {
    let census = Census::default();
    let cell = AtomicRc::from_pointee(census.value(0));
    for number in 1..=1_000 {
        if number % 100 == 0 {
            forget(cell.load());
        }
        cell.store(Arc::new(census.value(number)));
    }
    assert_eq!(cell.load().number, 1_000);
    drop(cell);
    assert_eq!(census.alive(), 0);
}

#[test]
fn skip_map_survives_forgotten_entries_and_iterators() {
    let census = Census::default();
    let map = LockFreeSkipMap::new();
    for number in 0..1_000 {
        drop(map.insert(number % 50, census.value(number)));
        if number % 250 == 249 {
            forget(map.get(&(number % 50)));
            let mut iter = map.iter();
            assert!(iter.next().is_some());
            forget(iter);
        }
    }
    assert_eq!(map.iter().count(), 50);
    assert!((0..50).all(|key| map.remove(&key).is_some()));
    drop(map);
    assert_eq!(census.alive(), 0);
}

#[cfg(feature = "cache")]
#[test]
fn cache_survives_forgotten_iterators() {
    let census = Census::default();
    let cache = lockfree_collections::ConcurrentCache::<usize, Arc<Counted>>::new(32);
    for number in 0..1_000 {
        cache.insert(number, Arc::new(census.value(number)));
        if number % 100 == 99 {
            let mut iter = cache.iter();
            drop(iter.next());
            forget(iter);
        }
    }
    assert!(cache.entry_count() <= 32);
    assert_eq!(cache.iter().count() as u64, cache.entry_count());
    drop(cache);
    assert_eq!(census.alive(), 0);
}
