//! What every structure must bear, by structure and property: where it is tested.
//!
//! | | drops each value once | no size, large alignment | a drop that panics | other code of the user's that panics | what is forgotten | values that borrow | thousands of threads | capacity overflow |
//! |---|---|---|---|---|---|---|---|---|
//! | `LockFreeQueue` | `every` | `every` | `every` | `queue` (iterators, `Extend`) | gives nothing with a drop | `every` | `every` | has none |
//! | `LockFreeStack` | `every` | `every` | `every`, `stack` | runs none | here (`pop_all`) | `every` | `every` | `try_push` says so |
//! | `BoundedQueue` | `bounded` | `bounded` | `bounded` | here (iterators, `Extend`) | gives nothing with a drop | here | `crowds` | `bounded` |
//! | `ScqQueue` | `scq` | `scq` | `scq` | runs none | gives nothing with a drop | here | `crowds` | `scq` |
//! | `Spsc` | `bounded` | here | `bounded` | `bounded` (iterators) | here (`pop_batch`, both ends) | here | here | here |
//! | `BoundedStack` | `stack` | `stack` | `stack` | runs none | gives nothing with a drop | here | `crowds` | `stack` |
//! | `PriorityQueue` | `priority` | `priority` | `priority` | `priority` (`Ord`) | gives nothing with a drop | here | `crowds` | has none |
//! | `RelaxedPriorityQueue` | here | here | here | here (`Ord`) | gives nothing with a drop | here | `crowds` | here (heaps) |
//! | `Worker`, `Stealer` | `deque` | `deque` | `deque` | runs none | as a leaked `Arc` | here | here | has none |
//! | `Injector` | here | here | here | runs none | gives nothing with a drop | here | `crowds` | has none |
//! | `AtomicBox` | `cell` | `cell` | `reclaim` | here (`update`) | `crowds`, here (`Cache`) | `reclaim` | `crowds` | has none |
//! | `AtomicRc` | here | here | here | here (`rcu`) | `crowds`, `cell` | here | here | has none |
//! | `LockFreeHashMap` | `map` | `map` | `map` | `map` (keys, closures, `Clone`) | `map` | `map` | `map` | `map` |
//! | `LockFreeHashSet` | `set` | `set` | `set` | `set` | `set` | here | as the map | as the map |
//! | `LockFreeSkipMap`, `LockFreeSkipSet` | `ordered` | `ordered` | `ordered` | `ordered` (`Ord`), here (closures) | `crowds` | here | `crowds` | has none |
//! | `ConcurrentCache` | `cache` | `cache` | `cache` | `cache` (keys, loaders, listeners, `Clone`) | `crowds` | `cache` | `crowds` | `cache`, here |
//!
//! What has no capacity is as large as memory, and ends as `Vec::push` does when there is none. `Send` and `Sync` are in `auto_traits`; iterators beside
//! changes in `map`, `ordered`, `cache`, `crowds`.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lockfree_collections::deque::{Injector, Worker};
use lockfree_collections::{
    AtomicBox, AtomicRc, BoundedQueue, BoundedStack, LockFreeSkipMap, LockFreeStack, PriorityQueue,
    RelaxedPriorityQueue, ScqQueue, Spsc, cell,
};

use crate::forgotten::forget;
use crate::support::Census;

/// A value in an order that the number alone makes.
#[derive(Debug)]
struct Ranked<V>(usize, V);

impl<V> PartialEq for Ranked<V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<V> Eq for Ranked<V> {}
impl<V> PartialOrd for Ranked<V> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<V> Ord for Ranked<V> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

/// Values go in and come out.
trait Holder<V> {
    fn make() -> Self;
    fn put(&mut self, number: usize, value: V);
    fn get(&mut self) -> Option<V>;
}

macro_rules! holders {
    ($($holder:ty: $make:expr, |$subject:ident, $number:ident, $value:ident| $put:expr, $get:expr;)*) => {$(
        impl<V> Holder<V> for $holder {
            fn make() -> Self {
                $make
            }
            fn put(&mut self, $number: usize, $value: V) {
                let ($subject, _) = (self, $number);
                assert!($put, "there is room");
            }
            fn get(&mut self) -> Option<V> {
                let $subject = self;
                $get
            }
        }
    )*};
}

const ROOM: usize = 100;

holders! {
    BoundedQueue<V>: BoundedQueue::new(ROOM), |queue, number, value| queue.push(value).is_ok(), queue.pop();
    ScqQueue<V>: ScqQueue::new(ROOM), |queue, number, value| queue.push(value).is_ok(), queue.pop();
    BoundedStack<V>: BoundedStack::new(ROOM), |stack, number, value| stack.push(value).is_ok(), stack.pop();
    (lockfree_collections::spsc::Producer<V>, lockfree_collections::spsc::Consumer<V>):
        Spsc::new(ROOM), |ring, number, value| ring.0.push(value).is_ok(), ring.1.pop();
    PriorityQueue<Ranked<V>>: PriorityQueue::new(),
        |queue, number, value| { queue.push(Ranked(number, value)); true }, queue.pop().map(|value| value.1);
    RelaxedPriorityQueue<Ranked<V>>: RelaxedPriorityQueue::with_heaps(4),
        |queue, number, value| { queue.push(Ranked(number, value)); true }, queue.pop().map(|value| value.1);
    Worker<V>: Worker::new_lifo(), |worker, number, value| { worker.push(value); true }, worker.pop();
    Injector<V>: Injector::new(), |injector, number, value| { injector.push(value); true }, injector.steal().success();
    Vec<AtomicRc<V>>: Vec::new(),
        |cells, number, value| { cells.push(AtomicRc::from_pointee(value)); true },
        cells.pop().and_then(|cell| Arc::into_inner(cell.into_inner()));
}

fn drops_each_value_once<H: Holder<crate::support::Counted>>() {
    let census = Census::default();
    let mut holder = H::make();
    for number in 0..ROOM {
        holder.put(number, census.value(number));
    }
    for _ in 0..ROOM / 3 {
        assert!(holder.get().is_some());
    }
    assert_eq!(census.alive(), ROOM - ROOM / 3);
    drop(holder);
    assert_eq!(census.alive(), 0);
}

fn goes_on_dropping_after_a_panic<H: Holder<crate::support::Counted>>() {
    for bomb in [0, 1, ROOM / 2, ROOM - 1] {
        let census = Census::default();
        let mut holder = H::make();
        for number in 0..ROOM {
            holder.put(number, if number == bomb { census.bomb(number) } else { census.value(number) });
        }
        assert!(catch_unwind(AssertUnwindSafe(|| drop(holder))).is_err());
        assert_eq!(census.alive(), 0, "bomb {bomb}");
    }
}

fn holds_values_without_size<H: Holder<()>>() {
    let mut holder = H::make();
    (0..ROOM).for_each(|number| holder.put(number, ()));
    assert_eq!(std::iter::from_fn(|| holder.get()).count(), ROOM);
}

#[derive(Debug)]
#[repr(align(256))]
struct Aligned(usize);

fn aligns_values<H: Holder<Aligned>>() {
    let mut holder = H::make();
    (0..ROOM).for_each(|number| holder.put(number, Aligned(number)));
    let mut found: Vec<_> = std::iter::from_fn(|| holder.get())
        .map(|value| {
            assert!((&raw const value).addr() % 256 == 0);
            value.0
        })
        .collect();
    found.sort_unstable();
    assert!(found.into_iter().eq(0..ROOM));
}

fn lets_values_borrow<'text, H: Holder<&'text str>>(text: &'text str) {
    let mut holder = H::make();
    text.split(' ').enumerate().for_each(|(number, word)| holder.put(number, word));
    let mut words: Vec<_> = std::iter::from_fn(|| holder.get()).collect();
    words.sort_unstable();
    assert_eq!(words, ["be", "split", "to"]);
}

macro_rules! matrix {
    ($($name:ident: $holder:ident;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn drops_each_value_once() {
                super::drops_each_value_once::<$holder<_>>();
            }

            #[test]
            fn goes_on_dropping_after_a_panic() {
                super::goes_on_dropping_after_a_panic::<$holder<_>>();
            }

            #[test]
            fn holds_values_without_size() {
                super::holds_values_without_size::<$holder<_>>();
            }

            #[test]
            fn aligns_values() {
                super::aligns_values::<$holder<_>>();
            }

            #[test]
            fn lets_values_borrow() {
                let text = String::from("to be split");
                super::lets_values_borrow::<$holder<_>>(&text);
            }
        }
    )*};
}

type Ends<V> = (lockfree_collections::spsc::Producer<V>, lockfree_collections::spsc::Consumer<V>);
type Strict<V> = PriorityQueue<Ranked<V>>;
type Relaxed<V> = RelaxedPriorityQueue<Ranked<V>>;
type Cells<V> = Vec<AtomicRc<V>>;

matrix! {
    bounded_queue: BoundedQueue;
    scq_queue: ScqQueue;
    bounded_stack: BoundedStack;
    spsc: Ends;
    priority_queue: Strict;
    relaxed_priority_queue: Relaxed;
    worker: Worker;
    injector: Injector;
    atomic_rc: Cells;
}

#[test]
fn spsc_batch_may_be_forgotten_when_it_has_yielded_some() {
    let census = Census::default();
    let (mut producer, mut consumer) = Spsc::new(8);
    assert_eq!(producer.push_batch((0..8).map(|number| census.value(number))), 8);
    let mut batch = consumer.pop_batch();
    assert_eq!([batch.next().unwrap().number, batch.next().unwrap().number], [0, 1]);
    forget(batch);
    // What was yielded is gone, and its slots are given back with the next ones.
    assert_eq!(census.alive(), 6);
    assert_eq!(consumer.pop().unwrap().number, 2);
    assert_eq!(producer.push_batch((8..16).map(|number| census.value(number))), 3);
    drop((producer, consumer));
    assert_eq!(census.alive(), 0);
}

#[test]
fn spsc_outlives_a_forgotten_end() {
    let (mut producer, consumer) = Spsc::new(2);
    // The values are ones that need no drop: who forgets an end leaks the ring.
    static KEPT: std::sync::Mutex<Vec<lockfree_collections::spsc::Consumer<u8>>> = std::sync::Mutex::new(Vec::new());
    KEPT.lock().unwrap().push(consumer);
    assert_eq!((producer.push(1), producer.push(2), producer.push(3)), (Ok(()), Ok(()), Err(3)));
    assert!(!producer.is_abandoned());
}

#[test]
fn stack_outlives_forgotten_takings() {
    let stack = LockFreeStack::new();
    for round in 0..10 {
        (0..100).for_each(|number| stack.push(number));
        let mut all = stack.pop_all();
        assert_eq!(all.next(), Some(99));
        // Their nodes are lost until the stack is dropped.
        forget(all);
        assert_eq!(stack.pop(), None, "round {round}");
    }
    stack.push(7);
    assert_eq!(stack.pop(), Some(7));
}

#[test]
fn atomic_box_outlives_forgotten_caches() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    for number in 1..200 {
        if number % 20 == 0 {
            let mut cache = cell::Cache::new(&cell);
            assert_eq!(cache.load().number, number - 1);
            forget(cache);
        }
        cell.store(census.value(number));
    }
    let memory = cell.telemetry();
    assert!(memory.retired <= memory.bound, "{memory:?}");
    drop(cell);
    assert_eq!(census.alive(), 0);
}

/// Panics without a message.
fn fail() -> ! {
    resume_unwind(Box::new("expected"))
}

#[test]
fn cells_keep_their_value_when_a_closure_panics() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(1));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(cell.update(|_| fail())))).is_err());
    assert_eq!(cell.load().number, 1);
    let shared = AtomicRc::from_pointee(census.value(2));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(shared.rcu(|_| -> crate::support::Counted { fail() })))).is_err());
    assert_eq!(shared.load().number, 2);
    assert_eq!(census.alive(), 2);
}

#[test]
fn skip_map_keeps_what_it_had_when_a_closure_panics() {
    let map = LockFreeSkipMap::from([(1, 1)]);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(map.get_or_insert_with(2, || fail())))).is_err());
    assert_eq!((map.len(), map.contains_key(&2)), (1, false));
    drop(map.get_or_insert_with(2, || 2));
    assert_eq!(map.iter().count(), 2);
}

#[test]
fn skip_map_and_hash_set_hold_what_borrows() {
    let text = String::from("to be split");
    let map: LockFreeSkipMap<_, _> = text.split(' ').map(|word| (word, word.len())).collect();
    assert!(map.iter().map(|entry| *entry.key()).eq(["be", "split", "to"]));
    #[cfg(feature = "std")]
    {
        let set: lockfree_collections::LockFreeHashSet<_> = text.split(' ').collect();
        assert!(set.pin().contains("be") && set.len() == 3);
    }
}

#[test]
fn relaxed_priority_queue_survives_panics_of_ord() {
    struct Picky(usize);
    impl PartialEq for Picky {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Picky {}
    impl PartialOrd for Picky {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Picky {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            if self.0 == 13 || other.0 == 13 {
                fail();
            }
            self.0.cmp(&other.0)
        }
    }
    let queue = RelaxedPriorityQueue::with_heaps(1);
    (0..10).for_each(|number| queue.push(Picky(number)));
    _ = catch_unwind(AssertUnwindSafe(|| queue.push(Picky(13))));
    // The rest comes out, or is dropped; nothing waits for the heap that panicked.
    let mut found = 0;
    for _ in 0..100 {
        match catch_unwind(AssertUnwindSafe(|| queue.pop())) {
            Ok(Some(_)) => found += 1,
            Ok(None) => break,
            Err(_) => {}
        }
    }
    assert!(found <= 11);
    queue.clear();
    queue.push(Picky(1));
    assert_eq!(queue.pop().map(|value| value.0), Some(1));
}

#[test]
fn bounded_queue_survives_panicking_iterators_and_collections() {
    struct Refusing;
    impl<T> Extend<T> for Refusing {
        fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
            drop(values.into_iter().next());
            fail();
        }
    }
    let census = Census::default();
    let ring = BoundedQueue::new(64);
    let values = (0..50).map(|number| if number == 40 { fail() } else { census.value(number) });
    assert!(catch_unwind(AssertUnwindSafe(|| drop(ring.push_batch(values)))).is_err());
    assert_eq!(census.alive(), ring.len());
    assert!(catch_unwind(AssertUnwindSafe(|| ring.pop_batch(&mut Refusing, 10))).is_err());
    assert_eq!(census.alive(), ring.len());
    assert!(ring.push(census.value(50)).is_ok());
    assert_eq!(ring.into_iter().last().map(|value| value.number), Some(50));
}

#[test]
fn capacities_that_cannot_be_had_are_refused() {
    for capacity in [0, usize::MAX, usize::MAX / 2, isize::MAX as usize] {
        assert!(Spsc::<u64>::try_new(capacity).is_err(), "{capacity}");
        assert!(BoundedQueue::<u64>::try_new(capacity).is_err(), "{capacity}");
        assert!(ScqQueue::<u64>::try_new(capacity).is_err(), "{capacity}");
        assert!(BoundedStack::<u64>::try_new(capacity).is_err(), "{capacity}");
    }
    // Where a structure grows by itself, more than there can be is a wish.
    assert!(RelaxedPriorityQueue::<u8>::with_heaps(usize::MAX).heaps() < 100_000);
    #[cfg(feature = "cache")]
    {
        let cache = lockfree_collections::ConcurrentCache::<u8, u8>::builder();
        let cache = cache.max_capacity(u64::MAX).initial_capacity(usize::MAX).shards(usize::MAX).build();
        cache.insert(1, 1);
        assert_eq!(cache.get(&1), Some(1));
    }
}

#[test]
fn handles_serve_thousands_of_threads() {
    let census = Census::default();
    let cell = AtomicRc::from_pointee(census.value(0));
    let sum = AtomicUsize::new(0);
    for batch in 0..100 {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..20)
                .map(|number| {
                    let (cell, census, sum) = (&cell, &census, &sum);
                    scope.spawn(move || {
                        let (mut producer, mut consumer) = Spsc::new(4);
                        let worker = Worker::new_fifo();
                        producer.push(number).unwrap();
                        worker.push(consumer.pop().unwrap());
                        cell.store(Arc::new(census.value(number)));
                        let stolen = thread::scope(|scope| {
                            let stealer = worker.stealer();
                            scope.spawn(move || stealer.steal().success().unwrap()).join().unwrap()
                        });
                        sum.fetch_add(batch * 20 + stolen, Ordering::Relaxed);
                    })
                })
                .collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
    assert_eq!(sum.into_inner(), (0..2_000).sum::<usize>());
    let memory = cell.telemetry();
    assert!(memory.slots <= 40, "{memory:?}");
    drop(cell);
    assert_eq!(census.alive(), 0);
}
