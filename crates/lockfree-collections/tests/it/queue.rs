//! What only the unbounded queue can do: closing, and batches.

use std::collections::VecDeque;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lockfree_collections::LockFreeQueue;
use quickcheck::quickcheck;

use crate::batches::batches_arrive_in_order;
use crate::support::Census;

quickcheck! {
    fn queue_with_batches_and_an_end_equals_the_sequential_one(steps: Vec<(u8, u16)>) -> bool {
        let mut queue = LockFreeQueue::new();
        let mut model = VecDeque::new();
        let mut open = true;
        steps.into_iter().all(|(step, size)| {
            let size = usize::from(size) % 3_000;
            let right = match step % 16 {
                0 | 1 if open => {
                    model.extend(0..size);
                    queue.push_batch(0..size) == size
                }
                2 if open => {
                    model.push_back(size);
                    queue.push_mut(size);
                    true
                }
                3..8 => {
                    let pushed = queue.try_push(size);
                    if open {
                        model.push_back(size);
                    }
                    pushed == if open { Ok(()) } else { Err(size) }
                }
                8..10 => queue.pop() == model.pop_front(),
                10 => queue.pop_mut() == model.pop_front(),
                11 => queue.close() == std::mem::replace(&mut open, false),
                _ => {
                    let mut found = VecDeque::new();
                    let count = queue.pop_batch(&mut found, size);
                    count == found.len() && count == size.min(model.len()) && found.into_iter().eq(model.drain(..count))
                }
            };
            right && queue.len() == model.len() && queue.is_empty() == model.is_empty() && queue.is_closed() != open
        }) && queue.into_iter().eq(model)
    }
}

#[test]
fn queue_that_is_closed_refuses_in_every_state() {
    // Before the first push, with cells left, with all cells claimed, and behind several segments.
    for before in [0, 1, 1_023, 1_024, 1_025, 5_000] {
        let mut queue = LockFreeQueue::from_iter(0..before);
        assert!(queue.close() && !queue.close() && queue.is_closed());
        assert_eq!(queue.len(), before);
        assert_eq!(queue.try_push(7), Err(7));
        assert!(catch_unwind(AssertUnwindSafe(|| queue.push(7))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| queue.push_mut(7))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| queue.push_batch([7]))).is_err());
        assert!(queue.try_iter().eq(0..before));
        assert!(queue.is_empty() && queue.pop().is_none() && queue.pop_mut().is_none() && queue.is_closed());
    }
}

#[test]
fn queue_that_is_closed_drops_what_it_refuses() {
    let census = Census::default();
    let queue = LockFreeQueue::from([census.value(0)]);
    queue.close();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.push(census.value(1)))).is_err());
    let batch: Vec<_> = (0..100).map(|number| census.value(number)).collect();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.push_batch(batch))).is_err());
    assert_eq!(census.alive(), 1);
    drop(queue);
    assert_eq!(census.alive(), 0);
}

#[test]
fn queue_survives_panicking_iterators_and_collections() {
    /// Panics when it is given the value 40.
    #[derive(Default)]
    struct Picky(Vec<usize>);

    impl Extend<crate::support::Counted> for Picky {
        fn extend<I: IntoIterator<Item = crate::support::Counted>>(&mut self, values: I) {
            for value in values {
                assert!(value.number != 40, "picky");
                self.0.push(value.number);
            }
        }
    }

    let census = Census::default();
    let queue = LockFreeQueue::new();
    let mut numbers = 0..100;
    let panicking = iter::from_fn(|| {
        let number = numbers.next()?;
        assert!(number != 70, "no more");
        Some(census.value(number))
    });
    assert!(catch_unwind(AssertUnwindSafe(|| queue.push_batch(panicking))).is_err());
    let pushed = queue.len();
    assert!(pushed <= 70 && pushed > 70 - 32, "{pushed}");
    assert_eq!(census.alive(), pushed, "what was not pushed is dropped");
    let mut picky = Picky::default();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.pop_batch(&mut picky, 100))).is_err());
    assert!(picky.0.into_iter().eq(0..40));
    assert_eq!(census.alive(), queue.len());
    queue.push_batch([census.value(1_000)]);
    assert_eq!(queue.try_iter().last().map(|value| value.number), Some(1_000));
    assert_eq!(census.alive(), 0);
}

#[test]
fn queue_batches_between_threads_keep_their_order_until_the_end() {
    let queue = LockFreeQueue::new();
    batches_arrive_in_order(
        20_000,
        |mut numbers| {
            for size in (1..100).cycle() {
                if queue.push_batch(numbers.by_ref().take(size)) < size {
                    return;
                }
            }
        },
        |found, most| queue.pop_batch(found, most),
        || queue.is_closed(),
        || queue.close(),
    );
}

#[test]
fn queue_keeps_two_spare_segments_until_it_is_asked_for_them() {
    let queue = LockFreeQueue::new();
    queue.push_batch(0..10_000);
    assert_eq!(queue.garbage(), 0);
    assert_eq!(queue.try_iter().count(), 10_000);
    assert_eq!(queue.garbage(), 2, "the others are freed");
    assert_eq!(queue.reclaim(), 2);
    assert_eq!((queue.garbage(), queue.reclaim()), (0, 0));
}

#[test]
fn queue_fills_used_segments_again_in_order_and_drops_each_value_once() {
    let census = Census::default();
    let queue = LockFreeQueue::new();
    let mut popped = 0;
    for number in 0..20_000 {
        queue.push(census.value(number));
        // Up to three segments long, and at times empty.
        while queue.len() > 3_000 || (number % 5_000 == 0 && !queue.is_empty()) {
            assert_eq!(queue.pop().map(|value| value.number), Some(popped));
            popped += 1;
        }
        assert_eq!(census.alive(), queue.len());
    }
    drop(queue);
    assert_eq!(census.alive(), 0);
}
