//! What `ScqQueue` promises, one thread after another, and with more threads than slots.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use lockfree_collections::ScqQueue;
use quickcheck::quickcheck;

use crate::support::Census;

quickcheck! {
    fn scq_queue_equals_the_sequential_one(capacity: u8, steps: Vec<(u8, u8)>) -> bool {
        let capacity = usize::from(capacity) % 40 + 1;
        let mut queue = ScqQueue::new(capacity);
        let mut model = VecDeque::new();
        steps.into_iter().all(|(step, times)| {
            (0..times % 16).all(|number| {
                let full = model.len() == capacity;
                let right = match step % 5 {
                    0 => queue.pop() == model.pop_front(),
                    1 => queue.pop_mut() == model.pop_front(),
                    2 => {
                        let oldest = if full { model.pop_front() } else { None };
                        model.push_back(number);
                        queue.force_push(number) == oldest
                    }
                    _ if full => queue.push(number) == Err(number) && queue.push_mut(number) == Err(number),
                    _ => {
                        model.push_back(number);
                        queue.push(number) == Ok(())
                    }
                };
                right && queue.len() == model.len() && queue.is_empty() == model.is_empty()
                    && queue.is_full() == (model.len() == capacity)
            })
        }) && queue.try_iter().eq(model)
    }
}

#[test]
fn scq_queue_refuses_capacities_it_cannot_have() {
    for capacity in [0, usize::MAX] {
        let error = ScqQueue::<u8>::try_new(capacity).unwrap_err();
        assert_eq!(error.to_string(), format!("capacity must be non-zero and fit into memory, found {capacity}"));
    }
    assert!(catch_unwind(|| ScqQueue::<u8>::new(0)).is_err());
}

#[test]
fn scq_queue_drops_what_is_left_once_and_goes_on_after_a_panic() {
    let census = Census::default();
    let queue = ScqQueue::new(4);
    for number in 0..3 {
        queue.push(census.value(number)).unwrap();
    }
    queue.push(census.bomb(3)).unwrap();
    assert!(queue.push(census.value(4)).is_err());
    assert_eq!(census.alive(), 4);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err());
    assert_eq!(census.alive(), 0);
}

#[test]
fn scq_queue_loses_nothing_between_more_threads_than_slots() {
    const EACH: u64 = 20_000;
    for capacity in [1, 2, 3] {
        let queue = ScqQueue::new(capacity);
        let sum: u64 = thread::scope(|scope| {
            let takers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let (mut taken, mut sum) = (0, 0);
                        while taken < EACH {
                            if let Some(value) = queue.pop() {
                                taken += 1;
                                sum += value;
                            } else {
                                thread::yield_now();
                            }
                        }
                        sum
                    })
                })
                .collect();
            for _ in 0..3 {
                scope.spawn(|| {
                    for value in 0..EACH {
                        while queue.push(value).is_err() {
                            thread::yield_now();
                        }
                    }
                });
            }
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        });
        assert_eq!(sum, 3 * (0..EACH).sum::<u64>());
        assert!(queue.is_empty() && queue.pop().is_none());
    }
}

#[test]
fn scq_queue_holds_any_value() {
    #[repr(align(256))]
    #[derive(Debug, PartialEq)]
    struct Wide(u8);

    let (units, wide) = (ScqQueue::new(3), ScqQueue::new(3));
    for number in 0..3 {
        units.push(()).unwrap();
        wide.push(Wide(number)).unwrap();
    }
    assert!(units.push(()).is_err() && units.into_iter().count() == 3);
    assert!(wide.into_iter().eq([0, 1, 2].map(Wide)));
}
