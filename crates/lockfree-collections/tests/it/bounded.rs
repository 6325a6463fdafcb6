//! `BoundedQueue` and `Spsc`, one after the other and with native threads.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lockfree_collections::{BoundedQueue, Spsc};
use quickcheck::quickcheck;

use crate::batches::batches_arrive_in_order;
use crate::support::Census;

quickcheck! {
    fn bounded_queue_equals_the_sequential_one(capacity: u8, steps: Vec<(u8, u16)>) -> bool {
        let capacity = if capacity < 30 { usize::from(capacity) * 5 } else { usize::from(capacity % 9) } + 1;
        let mut queue = BoundedQueue::new(capacity);
        let mut model = VecDeque::new();
        let mut open = true;
        steps.into_iter().all(|(step, value)| {
            let room = open && model.len() < capacity;
            let right = match step % 32 {
                0..9 => queue.push(value).is_ok() == room && { if room { model.push_back(value) }; true },
                9..12 => queue.push_mut(value).is_ok() == room && { if room { model.push_back(value) }; true },
                12..15 => {
                    let expected = match (open, room) {
                        (false, _) => Some(value),
                        (true, true) => None,
                        (true, false) => model.pop_front(),
                    };
                    if open { model.push_back(value); }
                    queue.force_push(value) == expected
                }
                15..20 => queue.pop() == model.pop_front(),
                20..23 => {
                    let wanted = value % 90;
                    let count = if open { (capacity - model.len()).min(usize::from(wanted)) } else { 0 };
                    model.extend(0..count as u16);
                    queue.push_batch(0..wanted).eq(count as u16..wanted)
                }
                23..26 => {
                    let (mut found, wanted) = (Vec::new(), usize::from(value) % 90);
                    let count = queue.pop_batch(&mut found, wanted);
                    count == wanted.min(model.len()) && found.into_iter().eq(model.drain(..count))
                }
                26..30 => queue.pop_mut() == model.pop_front(),
                30 => queue.try_iter().eq(model.drain(..)),
                _ => {
                    let close = value % 8 == 0;
                    !close || queue.close() == std::mem::replace(&mut open, false)
                }
            };
            right
                && queue.len() == model.len()
                && queue.is_empty() == model.is_empty()
                && queue.is_full() == (model.len() == capacity)
                && queue.is_closed() != open
        }) && queue.into_iter().eq(model)
    }

    fn spsc_equals_the_sequential_one(capacity: u8, steps: Vec<(u8, u8)>) -> bool {
        let capacity = usize::from(capacity % 9) + 1;
        let (mut producer, mut consumer) = Spsc::new(capacity);
        let mut model = VecDeque::new();
        steps.into_iter().all(|(step, value)| {
            let room = capacity - model.len();
            let right = match step % 6 {
                0 | 1 => producer.push(value).is_ok() == (room > 0) && { if room > 0 { model.push_back(value) }; true },
                2 => {
                    let wanted = usize::from(value % 12);
                    model.extend((0..wanted.min(room)).map(|_| value));
                    producer.push_batch((0..wanted).map(|_| value)) == wanted.min(room)
                }
                3 => consumer.peek() == model.front() && consumer.pop() == model.pop_front(),
                4 => consumer.pop() == model.pop_front(),
                _ => {
                    let taken = usize::from(value) % (model.len() + 1);
                    let batch = consumer.pop_batch();
                    batch.len() == model.len() && batch.take(taken).eq(model.drain(..taken))
                }
            };
            right
                && producer.slots() == capacity - model.len()
                && producer.is_full() == (model.len() == capacity)
                && consumer.len() == model.len()
                && consumer.is_empty() == model.is_empty()
        })
    }
}

#[test]
fn bounded_queue_refuses_capacities_it_cannot_have() {
    for capacity in [0, usize::MAX, usize::MAX / 4, isize::MAX as usize / 16 + 1] {
        let error = BoundedQueue::<u64>::try_new(capacity).unwrap_err();
        assert_eq!(error.to_string(), format!("capacity must be non-zero and fit into memory, found {capacity}"));
        assert!(Spsc::<u128>::try_new(capacity).is_err());
    }
    assert!(catch_unwind(|| BoundedQueue::<u8>::new(0)).is_err());
    assert!(catch_unwind(|| Spsc::<u8>::new(0)).is_err());
}

#[test]
fn bounded_queue_drops_what_is_left_once() {
    let census = Census::default();
    let queue = BoundedQueue::new(10);
    for number in 0..25 {
        drop(queue.force_push(census.value(number)));
    }
    assert_eq!(census.alive(), 10);
    drop(queue.push(census.value(25)));
    assert_eq!(census.alive(), 10);
    assert_eq!(queue.pop().unwrap().number, 15);
    let mut iter = queue.into_iter();
    assert_eq!(iter.len(), 9);
    drop(iter.next());
    assert_eq!(census.alive(), 8);
    drop(iter);
    assert_eq!(census.alive(), 0);
}

#[test]
fn bounded_queue_goes_on_dropping_after_a_panic() {
    for bomb in [0, 3, 7] {
        let census = Census::default();
        let queue = BoundedQueue::new(8);
        for number in 0..8 {
            queue.push(if number == bomb { census.bomb(number) } else { census.value(number) }).unwrap();
        }
        assert!(catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err());
        assert_eq!(census.alive(), 0, "bomb {bomb}");
    }
}

#[test]
fn bounded_queue_holds_values_without_size_and_large_alignments() {
    let queue = BoundedQueue::new(3);
    assert_eq!([(); 4].map(|()| queue.push(()).is_ok()), [true, true, true, false]);
    assert_eq!(queue.into_iter().count(), 3);

    #[derive(Debug)]
    #[repr(align(256))]
    struct Aligned(u8);
    let queue = BoundedQueue::new(3);
    for number in 0..10 {
        queue.push(Aligned(number)).unwrap();
        assert_eq!(queue.pop().unwrap().0, number);
    }
}

#[test]
fn bounded_queue_keeps_the_order_of_each_producer_in_two_slots() {
    const EACH: usize = 5_000;
    let queue = BoundedQueue::new(2);
    let left = AtomicUsize::new(2 * EACH);
    thread::scope(|scope| {
        for producer in 0..2 {
            let queue = &queue;
            scope.spawn(move || {
                for number in 0..EACH {
                    let mut value = (producer, number);
                    while let Err(back) = queue.push(value) {
                        value = back;
                        thread::yield_now();
                    }
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let mut latest = [None; 2];
                while left.load(Ordering::Relaxed) > 0 {
                    let Some((producer, number)) = queue.pop() else {
                        thread::yield_now();
                        continue;
                    };
                    assert!(latest[producer] < Some(number), "{number} after {:?}", latest[producer]);
                    latest[producer] = Some(number);
                    left.fetch_sub(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert!(queue.is_empty());
}

#[test]
fn bounded_queue_loses_nothing_to_replacing_pushes() {
    const EACH: usize = 5_000;
    let queue = BoundedQueue::new(3);
    let taken = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    taken.fetch_add(usize::from(queue.force_push(1).is_some()), Ordering::Relaxed);
                    assert!(queue.len() <= 3);
                }
            });
            scope.spawn(|| {
                for _ in 0..EACH / 2 {
                    taken.fetch_add(queue.pop().map_or(0, |one: usize| one), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(taken.into_inner() + queue.into_iter().count(), 2 * EACH);
}

#[test]
fn bounded_queue_prints_its_length() {
    let queue = BoundedQueue::new(4);
    queue.push(1).unwrap();
    assert_eq!(format!("{queue:?}"), "BoundedQueue { len: 1, capacity: 4, .. }");
    assert_eq!(format!("{:?}", queue.try_iter()), "TryIter { queue: BoundedQueue { len: 1, capacity: 4, .. } }");
}

#[test]
fn spsc_drops_what_is_left_once_whoever_is_last() {
    for consumer_first in [false, true] {
        let census = Census::default();
        let (mut producer, mut consumer) = Spsc::new(4);
        for number in 0..4 {
            producer.push(census.value(number)).unwrap();
        }
        assert_eq!(consumer.pop().unwrap().number, 0);
        // Forgotten after one value: that one is gone, the others are still there.
        let mut batch = consumer.pop_batch();
        assert_eq!(batch.next().unwrap().number, 1);
        std::mem::forget(batch);
        assert_eq!(census.alive(), 2);
        if consumer_first {
            drop(consumer);
            drop(producer);
        } else {
            drop(producer);
            assert_eq!(consumer.pop().unwrap().number, 2);
            drop(consumer);
        }
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn spsc_publishes_what_an_iterator_gave_before_it_panicked() {
    let census = Census::default();
    let (mut producer, mut consumer) = Spsc::new(4);
    let values = (0..4).map(|number| {
        assert!(number < 2, "no more");
        census.value(number)
    });
    assert!(catch_unwind(AssertUnwindSafe(|| producer.push_batch(values))).is_err());
    assert_eq!(consumer.pop_batch().map(|value| value.number).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(census.alive(), 0);
}

#[test]
fn spsc_goes_on_dropping_after_a_panic() {
    let census = Census::default();
    let (mut producer, consumer) = Spsc::new(4);
    producer.push_batch([census.value(0), census.bomb(1), census.value(2)]);
    drop(producer);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(consumer))).is_err());
    assert_eq!(census.alive(), 0);
}

#[test]
fn spsc_hands_everything_over_in_order() {
    const ALL: u64 = 50_000;
    let (mut producer, mut consumer) = Spsc::new(7);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut next = 0;
            while next < ALL {
                let pushed = if next % 3 == 0 {
                    producer.push_batch(next..ALL.min(next + 5))
                } else {
                    usize::from(producer.push(next).is_ok())
                };
                next += pushed as u64;
                if pushed == 0 {
                    thread::yield_now();
                }
            }
        });
        let mut expected = 0;
        loop {
            let gone = consumer.is_abandoned();
            let before = expected;
            if expected % 2 == 0 {
                consumer.pop_batch().for_each(|value| {
                    assert_eq!(value, expected);
                    expected += 1;
                });
            } else if let Some(value) = consumer.pop() {
                assert_eq!(value, expected);
                expected += 1;
            }
            if before == expected {
                if gone {
                    break;
                }
                thread::yield_now();
            }
        }
        assert_eq!(expected, ALL);
    });
}

#[test]
fn bounded_queue_batches_between_threads_keep_their_order_until_the_end() {
    let queue = BoundedQueue::new(70);
    batches_arrive_in_order(
        2_000,
        |numbers| {
            let mut rest: Vec<_> = numbers.collect();
            while !rest.is_empty() {
                rest = queue.push_batch(rest).collect();
                thread::yield_now();
            }
        },
        |found, most| queue.pop_batch(found, most),
        || queue.is_closed(),
        || queue.close(),
    );
}

#[test]
fn bounded_queue_gives_back_what_a_batch_cannot_push() {
    let census = Census::default();
    let queue = BoundedQueue::new(3);
    let rest = queue.push_batch((0..50).map(|number| census.value(number)));
    assert!(rest.map(|value| value.number).eq(3..50));
    assert_eq!(census.alive(), 3);
    queue.close();
    assert_eq!(queue.push_batch([census.value(7)]).count(), 1);
    assert_eq!(census.alive(), 3);
    drop(queue);
    assert_eq!(census.alive(), 0);
}
