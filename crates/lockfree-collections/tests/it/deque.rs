//! `Worker`, `Stealer` and `Injector`, one after the other and with native threads.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use lockfree_collections::deque::{Injector, Steal, Worker};
use quickcheck::quickcheck;

use crate::support::Census;

quickcheck! {
    fn worker_equals_the_sequential_one(lifo: bool, steps: Vec<(u8, u8)>) -> bool {
        let (worker, thief) = if lifo { (Worker::new_lifo(), Worker::new_fifo()) } else { (Worker::new_fifo(), Worker::new_lifo()) };
        let stealer = worker.stealer();
        let mut model = VecDeque::new();
        let mut next = 0_u32;
        steps.into_iter().all(|(step, times)| (0..=times / 2).all(|_| {
            let right = match step % 8 {
                0..4 => {
                    worker.push(next);
                    model.push_back(next);
                    next += 1;
                    true
                }
                4 | 5 => worker.pop() == if lifo { model.pop_back() } else { model.pop_front() },
                6 => stealer.steal().success() == model.pop_front(),
                _ => {
                    let limit = usize::from(times) % 40 + 1;
                    let mut taken: Vec<_> = model.drain(..model.len().div_ceil(2).min(limit)).collect();
                    // Popped as their owner would have popped them, whatever the order of the thief's deque.
                    if lifo {
                        taken.reverse();
                    }
                    let first = stealer.steal_batch_with_limit_and_pop(&thief, limit).success();
                    first.into_iter().chain(std::iter::from_fn(|| thief.pop())).eq(taken)
                }
            };
            right && worker.len() == model.len() && stealer.len() == model.len() && worker.is_empty() == model.is_empty()
        })) && std::iter::from_fn(|| worker.pop()).eq(std::iter::from_fn(|| if lifo { model.pop_back() } else { model.pop_front() }))
    }
}

#[test]
fn worker_drops_what_is_left_once_with_the_last_handle() {
    for lifo in [false, true] {
        let census = Census::default();
        let worker = if lifo { Worker::new_lifo() } else { Worker::new_fifo() };
        for number in 0..1_000 {
            worker.push(census.value(number));
        }
        (0..300).for_each(|_| drop(worker.pop()));
        let stealer = worker.stealer();
        drop(worker);
        assert_eq!(census.alive(), 700);
        assert!(stealer.steal().is_success());
        drop(stealer);
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn worker_goes_on_dropping_after_a_panic() {
    for bomb in [0, 100, 199] {
        let census = Census::default();
        let worker = Worker::new_fifo();
        for number in 0..200 {
            worker.push(if number == bomb { census.bomb(number) } else { census.value(number) });
        }
        assert!(catch_unwind(AssertUnwindSafe(|| drop(worker))).is_err());
        assert_eq!(census.alive(), 0, "bomb {bomb}");
    }
}

#[test]
fn worker_holds_values_without_size_and_large_alignments() {
    let worker = Worker::new_lifo();
    (0..200).for_each(|_| worker.push(()));
    assert_eq!(std::iter::from_fn(|| worker.pop()).count(), 200);

    #[derive(Debug, PartialEq)]
    #[repr(align(256))]
    struct Aligned(u8);
    let worker = Worker::new_fifo();
    (0..100).for_each(|number| worker.push(Aligned(number)));
    assert!((0..100).all(|number| worker.stealer().steal() == Steal::Success(Aligned(number))));
}

#[test]
fn worker_steals_from_itself_by_doing_nothing() {
    let worker = Worker::new_fifo();
    let stealer = worker.stealer();
    assert_eq!(stealer.steal_batch(&worker), Steal::Empty);
    assert_eq!(stealer.steal_batch_and_pop(&worker), Steal::Empty);
    worker.push(1);
    worker.push(2);
    assert_eq!(stealer.steal_batch(&worker), Steal::Success(()));
    assert_eq!(stealer.steal_batch_and_pop(&worker), Steal::Success(1));
    assert_eq!(worker.len(), 1);
}

#[test]
fn worker_may_move_to_another_thread() {
    let worker = Worker::new_lifo();
    (0..100).for_each(|number| worker.push(number));
    let worker = thread::spawn(move || {
        assert_eq!(worker.pop(), Some(99));
        (0..100).for_each(|number| worker.push(number));
        worker
    })
    .join()
    .unwrap();
    assert_eq!(worker.len(), 199);
}

#[test]
fn injector_hands_out_batches_in_order() {
    let (injector, worker) = (Injector::new(), Worker::new_lifo());
    (0..200).for_each(|number| injector.push(number));
    let mut taken = Vec::new();
    while injector.steal_batch(&worker).is_success() {
        assert!(worker.len() <= 32);
        taken.extend(std::iter::from_fn(|| worker.pop()));
    }
    assert!(taken.into_iter().eq(0..200));
    assert!(injector.is_empty());
    assert_eq!(format!("{injector:?} {worker:?}"), "Injector { len: 0, .. } Worker { order: Lifo, len: 0, .. }");
    assert_eq!(format!("{:?}", worker.stealer()), "Stealer { len: 0, .. }");
}

#[test]
fn steal_with_a_limit_of_zero_is_refused() {
    let (worker, injector) = (Worker::<u8>::new_fifo(), Injector::new());
    let stealer = worker.stealer();
    let other = Worker::new_fifo();
    assert!(catch_unwind(AssertUnwindSafe(|| stealer.steal_batch_with_limit(&other, 0).is_empty())).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| injector.steal_batch_with_limit(&other, 0).is_empty())).is_err());
}

/// Without `std` a thread keeps no slot from one operation to the next, so that its hazard is gone with the next that takes the slot.
#[cfg(feature = "std")]
#[test]
fn worker_keeps_one_buffer_for_each_stalled_stealer_at_most() {
    use std::sync::Barrier;

    const STEALERS: usize = 4;
    let worker = Worker::new_fifo();
    let (stolen, over) = (Barrier::new(2), Barrier::new(STEALERS + 1));
    let told = thread::scope(|scope| {
        let mut told = Vec::new();
        for number in 0..STEALERS {
            let stealer = worker.stealer();
            let (stolen, over) = (&stolen, &over);
            worker.push(0_u32);
            scope.spawn(move || {
                let steal = stealer.steal();
                stolen.wait();
                over.wait();
                assert!(steal.is_success());
            });
            // Its hazard is on this buffer, and the next one is another.
            stolen.wait();
            (0..=64 << number).for_each(|_| worker.push(0));
            told.push((worker.telemetry(), worker.stealer().telemetry(), worker.len()));
        }
        over.wait();
        told
    });
    // Judged when nobody waits any more, who would wait for ever if this thread panicked.
    for (number, (memory, by_stealer, len)) in told.into_iter().enumerate() {
        assert_eq!((memory.live, memory.retired), (1, number + 1), "{memory:?}");
        assert!(memory.retired <= memory.bound && memory.bound <= STEALERS + 1, "{memory:?}");
        assert!(memory.object_bytes >= len * size_of::<u32>(), "{memory:?}");
        assert_eq!(memory, by_stealer);
    }
}

#[test]
fn worker_tells_the_size_of_its_largest_buffer() {
    let worker = Worker::new_lifo();
    let small = worker.telemetry().object_bytes;
    (0..1_000_u64).for_each(|number| worker.push(number));
    let large = worker.telemetry().object_bytes;
    assert!(large >= small + 900 * size_of::<u64>());
    while worker.pop().is_some() {}
    assert_eq!(worker.telemetry().object_bytes, large);
    assert_eq!(worker.telemetry().retired, 0);
}

#[test]
fn injector_tells_what_its_queue_tells() {
    let injector = Injector::new();
    (0..10_000_u64).for_each(|number| injector.push(number));
    let memory = injector.telemetry();
    assert!(memory.live * memory.object_bytes >= 10_000 * size_of::<u64>(), "{memory:?}");
    while injector.steal().is_success() {}
    let memory = injector.telemetry();
    assert!(memory.live == 1 && memory.retired <= memory.bound, "{memory:?}");
    assert!(memory.retired_bytes() <= memory.bound_bytes(), "{memory:?}");
}
