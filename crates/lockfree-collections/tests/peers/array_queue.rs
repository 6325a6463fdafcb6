// Written for crossbeam-queue's `ArrayQueue`; see `tests/peers.rs`.

use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::{Census, implements};

#[test]
fn ring_is_full_and_empty_where_it_should_be() {
    for capacity in 1..20 {
        let queue = ArrayQueue::new(capacity);
        assert_eq!(queue.capacity(), capacity);
        for lap in 0..3 {
            assert!(queue.is_empty() && !queue.is_full());
            for number in 0..capacity {
                assert_eq!(queue.push(lap * 100 + number), Ok(()));
                assert_eq!(queue.len(), number + 1);
            }
            assert!(queue.is_full());
            assert_eq!(queue.push(7), Err(7));
            for number in 0..capacity {
                assert_eq!(queue.pop(), Some(lap * 100 + number));
            }
            assert_eq!(queue.pop(), None);
        }
    }
}

#[test]
#[should_panic(expected = "capacity must be non-zero")]
fn ring_of_no_slots_is_refused() {
    drop(ArrayQueue::<u8>::new(0));
}

#[test]
fn ring_force_push_displaces_the_oldest() {
    let queue = ArrayQueue::new(2);
    assert_eq!(queue.force_push(1), None);
    assert_eq!(queue.force_push(2), None);
    assert_eq!(queue.force_push(3), Some(1));
    assert_eq!(queue.into_iter().collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn ring_exclusive_borrow_and_shared_one_agree() {
    let mut queue = ArrayQueue::new(2);
    assert_eq!(queue.push_mut(1), Ok(()));
    assert_eq!(queue.push(2), Ok(()));
    assert_eq!(queue.push_mut(3), Err(3));
    assert_eq!((queue.pop(), queue.pop_mut(), queue.pop_mut()), (Some(1), Some(2), None));
}

#[test]
fn ring_drops_what_is_left_once() {
    let value = Arc::new(());
    let queue = ArrayQueue::new(10);
    (0..12).for_each(|_| drop(queue.push(Arc::clone(&value))));
    (0..4).for_each(|_| drop(queue.pop()));
    assert_eq!(Arc::strong_count(&value), 7);
    drop(queue);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn ring_delivers_each_value_once() {
    const EACH: usize = 5_000;
    let queue = ArrayQueue::new(3);
    thread::scope(|scope| {
        for producer in 0..2 {
            let queue = &queue;
            scope.spawn(move || {
                for number in 0..EACH {
                    while queue.push((producer, number)).is_err() {
                        thread::yield_now();
                    }
                }
            });
        }
        let consumers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut found = Vec::new();
                    while found.len() < EACH {
                        match queue.pop() {
                            Some(value) => found.push(value),
                            None => thread::yield_now(),
                        }
                    }
                    found
                })
            })
            .collect();
        let mut all: Vec<_> = consumers.into_iter().flat_map(|consumer| consumer.join().unwrap()).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq((0..2).flat_map(|producer| (0..EACH).map(move |number| (producer, number)))));
    });
}

#[test]
fn ring_len_is_right_wherever_its_ends_are() {
    for capacity in [1, 2, 3, 7, 16] {
        let queue = ArrayQueue::new(capacity);
        for filled in (0..=capacity).cycle().take(5 * capacity) {
            (0..filled).for_each(|number| assert_eq!(queue.push(number), Ok(())));
            assert_eq!((queue.len(), queue.is_empty(), queue.is_full()), (filled, filled == 0, filled == capacity));
            (0..filled).for_each(|number| assert_eq!(queue.pop(), Some(number)));
            assert_eq!(queue.len(), 0);
        }
    }
}

#[test]
fn ring_keeps_order_and_bounds_between_two_threads() {
    const VALUES: usize = 10_000;
    let queue = ArrayQueue::new(3);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..VALUES {
                while queue.push(number).is_err() {
                    thread::yield_now();
                }
                assert!(queue.len() <= 3);
            }
        });
        for expected in 0..VALUES {
            let found = loop {
                match queue.pop() {
                    Some(found) => break found,
                    None => thread::yield_now(),
                }
            };
            assert_eq!(found, expected);
            assert!(queue.len() <= 3);
        }
    });
    assert!(queue.pop().is_none());
}

/// Pushes by force from some threads, and pops from as many: each value comes back once, from the one or the other.
fn displaced_or_popped(threads: usize) {
    const EACH: usize = 4_000;
    let queue = ArrayQueue::new(3);
    let seen: Vec<_> = (0..threads * EACH).map(|_| AtomicUsize::new(0)).collect();
    let see = |value: usize| {
        seen[value].fetch_add(1, Ordering::Relaxed);
    };
    let pushing = AtomicUsize::new(threads);
    thread::scope(|scope| {
        for producer in 0..threads {
            let (queue, pushing) = (&queue, &pushing);
            scope.spawn(move || {
                (0..EACH).filter_map(|number| queue.force_push(producer * EACH + number)).for_each(see);
                pushing.fetch_sub(1, Ordering::Release);
            });
            scope.spawn(move || {
                while pushing.load(Ordering::Acquire) > 0 {
                    match queue.pop() {
                        Some(value) => see(value),
                        None => thread::yield_now(),
                    }
                }
            });
        }
    });
    queue.into_iter().for_each(see);
    assert!(seen.into_iter().all(|times| times.into_inner() == 1));
}

#[test]
fn ring_force_push_loses_nothing_between_two_threads() {
    displaced_or_popped(1);
}

#[test]
fn ring_force_push_loses_nothing_between_many_threads() {
    displaced_or_popped(3);
}

/// Who has pushed, and has not popped yet, finds a value: there are as many slots as threads.
#[test]
fn ring_pop_after_a_push_finds_a_value() {
    const EACH: usize = 5_000;
    let queue = ArrayQueue::new(4);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    while queue.push(0).is_err() {
                        thread::yield_now();
                    }
                    assert_eq!(queue.pop(), Some(0));
                }
            });
            scope.spawn(|| {
                for _ in 0..EACH {
                    if queue.force_push(0).is_none() {
                        assert_eq!(queue.pop(), Some(0));
                    }
                }
            });
        }
    });
    assert!(queue.is_empty());
}

#[test]
fn ring_drops_values_where_they_are_taken_displaced_refused_or_left() {
    let census = Census::default();
    let queue = ArrayQueue::new(50);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..2_000 {
                if number % 3 == 0 {
                    drop(queue.force_push(census.value(number)));
                } else {
                    drop(queue.push(census.value(number)));
                }
            }
        });
        (0..1_000).for_each(|_| drop(queue.pop()));
    });
    assert_eq!(queue.len(), census.alive());
    let mut values = queue.into_iter();
    let first = values.next();
    let left = census.alive();
    drop(first);
    drop(values);
    assert!(census.alive() == 0 && left <= 50);
}

/// What code that is generic in the queue's values may ask for.
#[test]
fn ring_and_iterator_are_what_generic_code_asks_for() {
    fn demand<Q: UnwindSafe + RefUnwindSafe + Debug>(_: &Q) {}
    fn of_any<T>() -> ArrayQueue<T> {
        let queue = ArrayQueue::<T>::new(1);
        demand(&queue);
        queue
    }
    /// Can neither be sent, nor shown, nor made.
    type Local = *const Cell<u8>;
    assert_eq!(of_any::<Local>().into_iter().count(), 0);
    demand(&of_any::<u8>().into_iter());
    assert!(implements!(ArrayQueue<Cell<u8>>: Send + Sync));
    assert!(implements!(<ArrayQueue<Cell<u8>> as IntoIterator>::IntoIter: Send + Sync));
    assert!(!implements!(ArrayQueue<Local>: Send) && !implements!(ArrayQueue<Local>: Sync));
    assert!(!implements!(<ArrayQueue<Local> as IntoIterator>::IntoIter: Send));
    assert!(!implements!(ArrayQueue<u8>: Clone));
}

#[test]
fn ring_is_send_sync_unwind_safe_and_debug() {
    fn demand<Q: Send + Sync + UnwindSafe + RefUnwindSafe + Debug>(queue: Q) {
        assert!(format!("{queue:?}").contains("Queue"));
    }
    demand(ArrayQueue::<u8>::new(1));
}
