//! Each type in a few hundred steps by three threads: what an interpreter that looks for undefined behaviour gets through in minutes.
//!
//! `cargo xtask miri` runs these; values are on the heap, so that one dropped twice, or never, is seen.

#![cfg(all(not(loom), feature = "std"))]
#![allow(clippy::result_large_err, reason = "values are large on purpose, and come back whole")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

use lockfree_collections::deque::{Injector, Steal, Worker};
use lockfree_collections::{
    AtomicBox, AtomicRc, AtomicRcOption, AtomicWeak, BoundedQueue, BoundedStack, LockFreeHashMap, LockFreeHashSet,
    LockFreeQueue, LockFreeSkipMap, LockFreeSkipSet, LockFreeStack, PriorityQueue, RelaxedPriorityQueue, ScqQueue,
    Spsc, cell,
};

/// How many steps each thread makes.
const STEPS: usize = if cfg!(miri) { 24 } else { 40 };
const THREADS: usize = 3;

/// A number on the heap, in a value so large that containers of several values hold few.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Large(Box<usize>, [u64; 64]);

fn large(number: usize) -> Large {
    Large(Box::new(number), [number as u64; 64])
}

/// Runs `work` in several threads, each with a number of its own.
fn threads(work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let work = &work;
                scope.spawn(move || work(thread))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// All put values in and take values out: what was put in comes out once.
fn exchange(put: impl Fn(Large) -> Result<(), Large> + Sync, take: impl Fn() -> Option<Large> + Sync) {
    let sum = AtomicUsize::new(0);
    let add = |value: Option<Large>| _ = sum.fetch_add(value.map_or(0, |value| *value.0), Ordering::Relaxed);
    threads(|thread| {
        for step in 0..STEPS {
            add(put(large(thread * STEPS + step)).err());
            if step % 4 != 0 {
                add(take());
            }
        }
    });
    while let Some(value) = take() {
        add(Some(value));
    }
    assert_eq!(sum.into_inner(), (0..THREADS * STEPS).sum::<usize>());
}

macro_rules! exchanges {
    ($($test:ident: $subject:expr, $put:expr, $take:expr;)*) => {$(
        #[test]
        fn $test() {
            let subject = $subject;
            exchange(|value| $put(&subject, value), || $take(&subject));
        }
    )*};
}

exchanges! {
    queue_exchanges: LockFreeQueue::new(), LockFreeQueue::try_push, LockFreeQueue::pop;
    stack_exchanges: LockFreeStack::new(), LockFreeStack::try_push, LockFreeStack::pop;
    bounded_queue_exchanges: BoundedQueue::new(5), BoundedQueue::push, BoundedQueue::pop;
    bounded_queue_exchanges_with_replacing_pushes: BoundedQueue::new(5),
        |queue: &BoundedQueue<Large>, value| queue.force_push(value).map_or(Ok(()), Err), BoundedQueue::pop;
    scq_queue_exchanges: ScqQueue::new(5), ScqQueue::push, ScqQueue::pop;
    bounded_stack_exchanges: BoundedStack::new(5), BoundedStack::push, BoundedStack::pop;
    priority_queue_exchanges: PriorityQueue::new(),
        |queue: &PriorityQueue<Large>, value| { queue.push(value); Ok(()) }, PriorityQueue::pop;
    relaxed_priority_queue_exchanges: RelaxedPriorityQueue::with_heaps(2),
        |queue: &RelaxedPriorityQueue<Large>, value| { queue.push(value); Ok(()) }, RelaxedPriorityQueue::pop;
    injector_exchanges: Injector::new(),
        |injector: &Injector<Large>, value| { injector.push(value); Ok(()) },
        |injector: &Injector<Large>| injector.steal().success();
}

/// Values stay behind, an exclusive borrow meets them, and an iterator that is dropped early drops them.
macro_rules! leftovers {
    ($($test:ident: $type:ident;)*) => {$(
        #[test]
        fn $test() {
            let mut subject = $type::new();
            threads(|thread| (0..STEPS).for_each(|step| subject.push(large(thread + step))));
            for number in 0..STEPS {
                subject.push_mut(large(number));
            }
            assert!((0..STEPS).all(|_| subject.pop_mut().is_some()));
            assert_eq!(subject.try_iter().take(STEPS).count(), STEPS);
            assert_eq!(subject.len(), (THREADS - 1) * STEPS);
            let mut rest = subject.into_iter();
            assert!(rest.next().is_some());
        }
    )*};
}

leftovers! {
    queue_is_left_with_values: LockFreeQueue;
    stack_is_left_with_values: LockFreeStack;
}

#[test]
fn queue_moves_batches_and_is_closed() {
    let queue = LockFreeQueue::new();
    let sum = AtomicUsize::new(0);
    threads(|thread| {
        queue.push_batch((0..STEPS).map(|step| large(thread * STEPS + step)));
        let mut found = Vec::new();
        queue.pop_batch(&mut found, STEPS / 2);
        sum.fetch_add(found.iter().map(|value| *value.0).sum(), Ordering::Relaxed);
    });
    assert!(queue.close());
    assert_eq!(queue.try_push(large(7)), Err(large(7)));
    let rest: usize = queue.try_iter().map(|value| *value.0).sum();
    assert_eq!(sum.into_inner() + rest, (0..THREADS * STEPS).sum::<usize>());
    queue.reclaim();
}

#[test]
fn bounded_queue_moves_batches() {
    let queue = BoundedQueue::new(16);
    threads(|thread| {
        let kept = queue.push_batch((0..STEPS).map(|step| large(thread + step))).count();
        let mut found = Vec::new();
        assert!(queue.pop_batch(&mut found, 10) <= 10 && kept <= STEPS);
    });
    assert!(queue.into_iter().count() <= 16);
}

#[test]
#[cfg_attr(
    miri,
    ignore = "what is peeked at may be written meanwhile; Miri runs no assembler, and takes volatile reads for races"
)]
fn stack_lets_readers_peek_and_takes_all() {
    let stack = LockFreeStack::new();
    threads(|thread| {
        for step in 0..STEPS {
            stack.push([thread, step, thread, step]);
            if let Some([first, second, third, fourth]) = stack.peek() {
                assert!(first == third && second == fourth);
            }
            if step % 8 == 0 {
                drop(stack.pop_all());
            }
        }
    });
}

#[test]
fn spsc_hands_over() {
    let (mut producer, mut consumer) = Spsc::new(7);
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..STEPS {
                let mut value = large(number);
                while let Err(back) = producer.push(value) {
                    value = back;
                    thread::yield_now();
                }
            }
            let mut rest = (0..STEPS).map(large).peekable();
            while rest.peek().is_some() {
                if producer.push_batch(&mut rest) == 0 {
                    thread::yield_now();
                }
            }
        });
        let mut found = 0;
        while found < 2 * STEPS {
            if let Some(value) = consumer.pop() {
                assert_eq!(*value.0, found % STEPS);
                found += 1;
            }
            for value in consumer.pop_batch().take(3) {
                assert_eq!(*value.0, found % STEPS);
                found += 1;
            }
            thread::yield_now();
        }
    });
}

#[test]
#[cfg_attr(miri, ignore = "as `stack_lets_readers_peek_and_takes_all`, of slots that are stolen")]
fn deque_grows_while_others_steal() {
    for worker in [Worker::new_lifo(), Worker::new_fifo()] {
        let sum = AtomicUsize::new(0);
        let add = |value: Large| _ = sum.fetch_add(*value.0, Ordering::Relaxed);
        thread::scope(|scope| {
            for thread in 0..2 {
                let stealer = worker.stealer();
                let add = &add;
                scope.spawn(move || {
                    let own = Worker::new_fifo();
                    for _ in 0..STEPS {
                        match if thread == 0 { stealer.steal() } else { stealer.steal_batch_and_pop(&own) } {
                            Steal::Success(value) => add(value),
                            Steal::Empty | Steal::Retry => thread::yield_now(),
                        }
                        while let Some(value) = own.pop() {
                            add(value);
                        }
                    }
                });
            }
            for number in 0..4 * STEPS {
                worker.push(large(number));
                if number % 5 == 0 {
                    worker.pop().into_iter().for_each(&add);
                }
            }
        });
        std::iter::from_fn(|| worker.pop()).for_each(&add);
        assert_eq!(sum.into_inner(), (0..4 * STEPS).sum::<usize>());
    }
}

/// Who steals waits until the owner does not push, and the other way round, so that no slot is read while it is written.
#[test]
fn deque_hands_over_in_turn() {
    let worker = Worker::new_fifo();
    let stealer = worker.stealer();
    let worker = std::sync::Mutex::new(worker);
    let own = Worker::new_lifo();
    let mut sum = 0;
    for round in 0..4 {
        thread::scope(|scope| {
            scope.spawn(|| (0..3 * STEPS).for_each(|number| worker.lock().unwrap().push(large(number + round))));
        });
        sum += (0..3 * STEPS).map(|number| number + round).sum::<usize>();
        for _ in 0..STEPS / 4 {
            let stolen = [stealer.steal(), stealer.steal_batch_and_pop(&own)].map(Steal::success);
            let rest = std::iter::from_fn(|| own.pop()).chain(worker.lock().unwrap().pop());
            sum -= stolen.into_iter().flatten().chain(rest).map(|value| *value.0).sum::<usize>();
        }
    }
    sum -= std::iter::from_fn(|| worker.lock().unwrap().pop()).map(|value| *value.0).sum::<usize>();
    assert_eq!(sum, 0);
}

#[test]
fn atomic_box_is_replaced_beside_readers() {
    let cell = AtomicBox::new(Box::new(0));
    threads(|thread| {
        let mut cache = cell::Cache::new(&cell);
        for step in 0..2 * STEPS {
            let guard = cell.load();
            match (thread + step) % 5 {
                0 => cell.store(Box::new(step)),
                1 => assert!(**cell.swap(Box::new(step)) < 2 * STEPS),
                2 => drop(cell.update(|value| Box::new(**value))),
                3 => _ = cell.compare_exchange(&guard, Box::new(step)),
                _ => assert!(**cache.load() < 2 * STEPS),
            }
            assert!(**guard < 2 * STEPS);
        }
    });
    cell.reclaim();
    assert!(*cell.into_inner() < 2 * STEPS);
}

#[test]
fn atomic_rc_is_replaced_beside_readers() {
    let cell = AtomicRc::from_pointee(large(0));
    let option = AtomicRcOption::empty();
    let weak = AtomicWeak::<Large>::new(Weak::new());
    threads(|thread| {
        let mut cache = cell::Cache::new(&cell);
        for step in 0..2 * STEPS {
            match (thread + step) % 6 {
                0 => cell.store(Arc::new(large(step))),
                1 => assert!(*cell.load_full().0 < 2 * STEPS),
                2 => assert!(*cell.swap(cell.load_full()).0 < 2 * STEPS),
                3 => drop(cell.rcu(|value| large(*value.0))),
                4 => {
                    let seen = cell.load();
                    drop(cell.compare_and_swap(&seen, Arc::new(large(step))));
                    option.store(Some(cell::Guard::into_inner(seen)));
                }
                _ => {
                    let kept = cache.load();
                    weak.store(Arc::downgrade(kept));
                    assert!(weak.load().upgrade().is_none_or(|value| *value.0 < 2 * STEPS));
                }
            }
            assert!(option.load().as_ref().is_none_or(|value| *value.0 < 2 * STEPS));
        }
    });
}

/// Changes of all kinds in a map that grows, and iteration beside them.
fn change_map<K: std::hash::Hash + Eq + Clone + Send + Sync, V: Clone + PartialEq + Send + Sync>(
    key: impl Fn(usize) -> K + Sync,
    value: impl Fn(usize) -> V + Sync,
) {
    let map = LockFreeHashMap::new();
    threads(|thread| {
        let mut last = None;
        for step in 0..2 * STEPS {
            let pinned = map.pin();
            let number = (7 * step + thread) % STEPS;
            match step % 8 {
                0..=2 => _ = pinned.insert(key(thread * STEPS + step), value(step)),
                3 => _ = pinned.remove(&key(number)),
                4 => _ = pinned.update_or_insert(key(number), Clone::clone, value(step)),
                5 => last = map.take(&key(number)).or(last),
                6 => _ = pinned.get_or_insert_with(key(number), || value(step)),
                _ => _ = pinned.remove_if(&key(number), |_, found| *found == value(0)),
            }
            if step % 20 == 0 {
                assert!(pinned.iter().count() <= THREADS * 2 * STEPS);
            }
            if let Some((found, _)) = pinned.get_key_value(&key(number)) {
                assert!(*found == key(number));
            }
        }
    });
    map.reclaim();
    map.pin().retain(|found, _| *found != key(1));
    assert_eq!(map.len(), map.pin().keys().count());
    assert_eq!(map.clone().into_iter().count(), map.len());
}

#[test]
fn map_changes_numbers() {
    change_map(|number| number as u64, |number| number as u64);
}

#[test]
fn map_changes_strings() {
    change_map(|number| number.to_string(), large);
}

#[test]
fn map_keeps_owned_guards_beside_changes() {
    let map = LockFreeHashMap::new();
    let pinned = map.pin_owned();
    threads(|thread| {
        for step in 0..STEPS {
            let own = map.pin_owned();
            own.insert(step, large(thread + step));
            pinned.insert(step + 1, large(step));
            assert!(pinned.get(&step).is_none_or(|value| *value.0 < STEPS + THREADS));
            own.remove(&(step / 2));
        }
    });
}

#[test]
fn set_changes() {
    let set = LockFreeHashSet::new();
    threads(|thread| {
        for step in 0..STEPS {
            let pinned = set.pin();
            pinned.insert((thread + step).to_string());
            pinned.remove(&(2 * step).to_string());
        }
    });
    assert_eq!(set.pin().iter().count(), set.len());
}

/// As [`change_map`], in order.
fn change_ordered<K: Ord + Clone + Send + Sync, V: Clone + Send + Sync>(
    key: impl Fn(usize) -> K + Sync,
    value: impl Fn(usize) -> V + Sync,
) {
    let map = LockFreeSkipMap::new();
    threads(|thread| {
        for step in 0..2 * STEPS {
            let number = (11 * step + thread) % (2 * STEPS);
            match step % 8 {
                0..=2 => drop(map.insert(key(thread * STEPS + step), value(step))),
                3 => drop(map.remove(&key(number))),
                4 => drop(map.replace(key(number), value(step))),
                5 => drop(map.take(&key(number))),
                6 => drop(map.get_or_insert_with(key(number), || value(step))),
                _ => drop((map.pop_front(), map.back())),
            }
            if step % 20 == 0 {
                assert!(map.iter().map(|entry| entry.key().clone()).is_sorted());
                assert!(map.range(key(3)..).rev().all(|entry| *entry.key() >= key(3)));
            }
            if let Some(entry) = map.get(&key(number)) {
                assert!(*entry.key() == key(number));
            }
        }
    });
    map.reclaim();
    let len = map.len();
    assert_eq!(map.into_iter().count(), len);
}

#[test]
fn ordered_map_changes_numbers() {
    change_ordered(|number| number as u64, |number| number as u64);
}

#[test]
fn ordered_map_changes_strings() {
    change_ordered(|number| format!("{number:04}"), large);
}

#[test]
fn ordered_map_changes_tuples() {
    change_ordered(|number| (number / 8, Box::new(number % 8)), large);
}

#[test]
fn ordered_set_changes() {
    let set = LockFreeSkipSet::new();
    threads(|thread| {
        for step in 0..STEPS {
            set.insert((thread + step).to_string());
            set.remove(&(2 * step).to_string());
        }
    });
    assert_eq!(set.iter().count(), set.len());
}

#[cfg(feature = "cache")]
#[test]
fn cache_evicts_beside_readers() {
    use lockfree_collections::ConcurrentCache;

    let gone = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&gone);
    let cache = ConcurrentCache::builder()
        .max_capacity(24)
        .shards(2)
        .eviction_listener(move |_: &String, _: &Arc<Large>, _| _ = seen.fetch_add(1, Ordering::Relaxed))
        .build();
    threads(|thread| {
        for step in 0..2 * STEPS {
            let key = ((7 * step + thread) % STEPS).to_string();
            match step % 6 {
                0 | 1 => cache.insert(key, Arc::new(large(step))),
                2 => drop(cache.get_with(key, || Arc::new(large(step)))),
                3 => drop(cache.remove(&key)),
                4 => drop(cache.entry(key).or_insert_with(|| Arc::new(large(step)))),
                _ => assert!(cache.read(&key, |value| *value.0).is_none_or(|number| number < 2 * STEPS)),
            }
            if step % 20 == 0 {
                assert!(cache.iter().count() <= 24 + THREADS);
            }
        }
    });
    cache.invalidate_entries_if(|_, value| *value.0 % 2 == 0);
    assert!(cache.entry_count() <= 24);
    assert!(gone.load(Ordering::Relaxed) > 0);
}

#[cfg(feature = "cache")]
#[test]
fn cache_copies_numbers_beside_changes() {
    let cache = lockfree_collections::ConcurrentCache::new(16);
    threads(|thread| {
        for step in 0..3 * STEPS {
            let key = (7 * step + thread) % STEPS;
            cache.insert(key, [key; 3]);
            assert!(cache.get(&(step % STEPS)).is_none_or(|value| value == [step % STEPS; 3]));
        }
    });
}

#[cfg(feature = "wait")]
#[test]
fn queues_hand_values_to_those_who_wait() {
    let queue = LockFreeQueue::new();
    let ring = BoundedQueue::new(4);
    let received = AtomicUsize::new(0);
    threads(|thread| {
        for step in 0..STEPS / 4 {
            match thread {
                0 => {
                    queue.push(large(step));
                    _ = ring.force_push(large(step));
                }
                1 => _ = received.fetch_add(*queue.recv_blocking().unwrap().0, Ordering::Relaxed),
                _ => drop(ring.recv_timeout(std::time::Duration::from_millis(1))),
            }
        }
    });
    assert_eq!(received.into_inner(), (0..STEPS / 4).sum::<usize>());
    assert!(queue.close());
    assert_eq!(pollster::block_on(queue.recv()), None);
}
