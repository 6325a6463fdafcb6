// Written for crossbeam-queue's `ArrayQueue`; see `tests/peers.rs`.

use std::sync::Arc;
use std::thread;

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
fn ring_is_send_sync_unwind_safe_and_debug() {
    fn demand<Q: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe + std::fmt::Debug>(queue: Q) {
        assert!(format!("{queue:?}").contains("Queue"));
    }
    demand(ArrayQueue::<u8>::new(1));
}
