// Written for crossbeam-queue's `SegQueue`; see `tests/peers.rs`.

use std::sync::Arc;
use std::thread;

#[test]
fn queue_gives_back_in_order() {
    static QUEUE: SegQueue<u32> = SegQueue::new();
    assert!(QUEUE.is_empty());
    for number in 0..2_000 {
        QUEUE.push(number);
        assert_eq!(QUEUE.len(), number as usize + 1);
    }
    for number in 0..2_000 {
        assert_eq!(QUEUE.pop(), Some(number));
    }
    assert_eq!(QUEUE.pop(), None);
    assert_eq!(QUEUE.len(), 0);
}

#[test]
fn queue_exclusive_borrow_and_shared_one_agree() {
    let mut queue = SegQueue::default();
    queue.push_mut(1);
    queue.push(2);
    queue.push_mut(3);
    assert_eq!((queue.pop(), queue.pop_mut(), queue.pop(), queue.pop_mut()), (Some(1), Some(2), Some(3), None));
}

#[test]
fn queue_into_iter_yields_what_is_left() {
    let queue = SegQueue::new();
    (0..100).for_each(|number| queue.push(number));
    assert_eq!(queue.pop(), Some(0));
    assert!(queue.into_iter().eq(1..100));
}

#[test]
fn queue_drops_what_is_left_once() {
    let value = Arc::new(());
    let queue = SegQueue::new();
    (0..100).for_each(|_| queue.push(Arc::clone(&value)));
    (0..40).for_each(|_| drop(queue.pop()));
    assert_eq!(Arc::strong_count(&value), 61);
    let mut rest = queue.into_iter();
    drop(rest.next());
    drop(rest);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn queue_values_may_borrow_and_threads_share() {
    let words = ["to", "be", "or", "not"].map(String::from);
    let queue = SegQueue::new();
    thread::scope(|scope| {
        for word in &words {
            let queue = &queue;
            scope.spawn(move || queue.push(word.as_str()));
        }
    });
    let mut found: Vec<&str> = queue.into_iter().collect();
    found.sort_unstable();
    assert_eq!(found, ["be", "not", "or", "to"]);
}

#[test]
fn queue_delivers_each_value_once() {
    const EACH: usize = 5_000;
    let queue = Arc::new(SegQueue::new());
    let producers: Vec<_> = (0..2)
        .map(|producer| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || (0..EACH).for_each(|number| queue.push((producer, number))))
        })
        .collect();
    let consumers: Vec<_> = (0..2)
        .map(|_| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
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
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    let mut all = Vec::new();
    for consumer in consumers {
        let found = consumer.join().unwrap();
        for producer in 0..2 {
            let numbers = found.iter().filter(|value| value.0 == producer).map(|value| value.1);
            assert!(numbers.is_sorted(), "each producer's values come in order");
        }
        all.extend(found);
    }
    all.sort_unstable();
    assert!(all.into_iter().eq((0..2).flat_map(|producer| (0..EACH).map(move |number| (producer, number)))));
}

#[test]
fn queue_is_send_sync_unwind_safe_and_debug() {
    fn demand<Q: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe + std::fmt::Debug>(queue: Q) {
        assert!(format!("{queue:?}").contains("Queue"));
    }
    demand(SegQueue::<u8>::new());
}
