// Written for crossbeam-queue's `SegQueue`; see `tests/peers.rs`.

use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::thread;

use crate::support::{Census, Counted, implements};

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
fn queue_len_follows_pushes_and_pops() {
    let queue = SegQueue::new();
    let mut len = 0;
    for round in 1..80 {
        (0..round).for_each(|number| queue.push(number));
        (0..round / 2).for_each(|_| assert!(queue.pop().is_some()));
        len += round - round / 2;
        assert_eq!((queue.len(), queue.is_empty()), (len, false));
    }
    while queue.pop().is_some() {
        len -= 1;
        assert_eq!(queue.len(), len);
    }
    assert!(queue.is_empty() && len == 0);
}

#[test]
fn queue_keeps_the_order_between_two_threads() {
    const VALUES: usize = 20_000;
    let queue = SegQueue::new();
    thread::scope(|scope| {
        scope.spawn(|| (0..VALUES).for_each(|number| queue.push(number)));
        for expected in 0..VALUES {
            let found = loop {
                match queue.pop() {
                    Some(found) => break found,
                    None => thread::yield_now(),
                }
            };
            assert_eq!(found, expected);
        }
    });
    assert!(queue.pop().is_none());
}

#[test]
fn queue_drops_values_where_they_are_taken_or_left() {
    let census = Census::default();
    let queue = SegQueue::new();
    thread::scope(|scope| {
        scope.spawn(|| (0..3_000).for_each(|number| queue.push(census.value(number))));
        for _ in 0..2_000 {
            while queue.pop().is_none() {
                thread::yield_now();
            }
        }
    });
    assert_eq!((queue.len(), census.alive()), (1_000, 1_000));
    drop(queue);
    assert_eq!(census.alive(), 0);
}

#[test]
fn queue_iterator_drops_what_it_has_not_given() {
    let census = Census::default();
    let queue = SegQueue::new();
    (0..200).for_each(|number| queue.push(census.value(number)));
    let mut values = queue.into_iter();
    assert!(values.by_ref().take(70).map(|value: Counted| value.number).eq(0..70));
    assert_eq!(census.alive(), 130);
    drop(values);
    assert_eq!(census.alive(), 0);
}

#[test]
fn queue_holds_values_larger_than_stacks() {
    let mut queue = SegQueue::new();
    queue.push([1_u8; 1 << 15]);
    queue.push_mut([2_u8; 1 << 15]);
    assert_eq!(queue.into_iter().map(|value| value[0]).sum::<u8>(), 3);
}

/// What code that is generic in the queue's values may ask for.
#[test]
fn queue_and_iterator_are_what_generic_code_asks_for() {
    fn demand<Q: UnwindSafe + RefUnwindSafe + Debug>(_: &Q) {}
    fn of_any<T>() -> SegQueue<T> {
        let queue = SegQueue::<T>::default();
        demand(&queue);
        queue
    }
    /// Can neither be sent, nor shown, nor made.
    type Local = *const Cell<u8>;
    let values = of_any::<Local>().into_iter();
    assert_eq!(values.count(), 0);
    demand(&of_any::<u8>().into_iter());
    assert!(implements!(SegQueue<Cell<u8>>: Send + Sync));
    assert!(implements!(<SegQueue<Cell<u8>> as IntoIterator>::IntoIter: Send + Sync));
    assert!(!implements!(SegQueue<Local>: Send) && !implements!(SegQueue<Local>: Sync));
    assert!(!implements!(<SegQueue<Local> as IntoIterator>::IntoIter: Send));
    assert!(!implements!(SegQueue<u8>: Clone));
}

#[test]
fn queue_is_send_sync_unwind_safe_and_debug() {
    fn demand<Q: Send + Sync + UnwindSafe + RefUnwindSafe + Debug>(queue: Q) {
        assert!(format!("{queue:?}").contains("Queue"));
    }
    demand(SegQueue::<u8>::new());
}
