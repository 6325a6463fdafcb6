//! Deques that take from each other, one by one and in batches, beside those of `std`.

use std::collections::VecDeque;

use lockfree_collections::deque::{Injector, Worker};

use super::Decisions;

/// Of so many values a batch takes half, and as many as its limit says at most.
fn share(len: usize, limit: usize) -> usize {
    len.div_ceil(2).min(limit)
}

/// What `taken` leaves in a deque, whose owner then pops it in this order; returns the first one if it is popped.
fn receive(taken: Vec<u16>, lifo: bool, pops: bool, into: &mut VecDeque<u16>) -> Option<u16> {
    let mut taken: VecDeque<u16> = taken.into();
    let first = if pops { taken.pop_front() } else { None };
    if lifo {
        into.extend(taken.into_iter().rev());
    } else {
        into.extend(taken);
    }
    first
}

/// Two workers, of the orders that `choice` says, and an injector.
pub fn choose(choice: u8, decisions: &mut Decisions<'_>) {
    let lifo = [choice % 2 == 0, choice / 2 % 2 == 0];
    let workers = lifo.map(|lifo| if lifo { Worker::new_lifo() } else { Worker::new_fifo() });
    let injector = Injector::new();
    let (mut models, mut queue) = ([VecDeque::new(), VecDeque::new()], VecDeque::new());
    while decisions.go_on() {
        let byte = decisions.byte();
        let (own, other) = (usize::from(byte >> 7), usize::from(byte >> 7 ^ 1));
        match byte % 10 {
            0..3 => (0..byte >> 4 & 7).for_each(|_| {
                let value = decisions.word();
                workers[own].push(value);
                models[own].push_back(value);
            }),
            3 => (0..byte >> 4 & 7).for_each(|_| {
                let value = decisions.word();
                injector.push(value);
                queue.push_back(value);
            }),
            4 => {
                let expected = if lifo[own] { models[own].pop_back() } else { models[own].pop_front() };
                assert_eq!(workers[own].pop(), expected);
            }
            5 => assert_eq!(workers[own].stealer().steal().success(), models[own].pop_front()),
            6 => assert_eq!(injector.steal().success(), queue.pop_front()),
            step @ 7..9 => {
                let limit = usize::from(decisions.byte() % 40) + 1;
                let mut taken: Vec<u16> = models[other].drain(..share(models[other].len(), limit)).collect();
                // Popped as their owner would have popped them.
                if lifo[other] {
                    taken.reverse();
                }
                let some = !taken.is_empty();
                let first = receive(taken, lifo[own], step == 8, &mut models[own]);
                let stealer = workers[other].stealer();
                if step == 8 {
                    assert_eq!(stealer.steal_batch_with_limit_and_pop(&workers[own], limit).success(), first);
                } else {
                    assert_eq!(stealer.steal_batch_with_limit(&workers[own], limit).is_success(), some);
                }
            }
            _ => {
                let limit = usize::from(decisions.byte() % 40) + 1;
                let taken = queue.drain(..share(queue.len(), limit)).collect();
                let first = receive(taken, lifo[own], true, &mut models[own]);
                assert_eq!(injector.steal_batch_with_limit_and_pop(&workers[own], limit).success(), first);
            }
        }
        for (worker, model) in workers.iter().zip(&models) {
            assert_eq!((worker.len(), worker.is_empty()), (model.len(), model.is_empty()));
            assert!(worker.telemetry().retired <= worker.telemetry().bound);
        }
        assert_eq!(injector.len(), queue.len());
    }
    for ((worker, mut model), lifo) in workers.into_iter().zip(models).zip(lifo) {
        while let Some(value) = if lifo { model.pop_back() } else { model.pop_front() } {
            assert_eq!(worker.pop(), Some(value));
        }
        assert_eq!(worker.pop(), None);
    }
}
