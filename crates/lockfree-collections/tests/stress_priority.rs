//! `PriorityQueue` and `RelaxedPriorityQueue` with native threads: recorded histories, checked for linearizability, or for what is
//! promised instead; and broken ones that must be rejected.

#![cfg(not(loom))]

mod stress;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use lockfree_collections::{PriorityQueue, RelaxedPriorityQueue};
use stress::container::holds;
use stress::{Bug, Container, HistoryOf, Size, TOOL, bug_is_found, is_rejected, rounds, seed, size};
use verify_harness::evidence::{Check, Unit};
use verify_harness::history::spec::{self, PriorityQueueInput, PriorityQueueOutput};

macro_rules! subject {
    ($queue:ident) => {
        impl Container for $queue<u64> {
            type Specification = spec::PriorityQueue<u64>;
            const NAME: &'static str = stringify!($queue);

            fn push(&self, value: u64) {
                $queue::push(self, value);
            }

            fn pop(&self) -> Option<u64> {
                $queue::pop(self)
            }
        }
    };
}

subject!(PriorityQueue);
subject!(RelaxedPriorityQueue);

#[test]
fn priority_queue_is_linearizable_for_two_threads() {
    holds(&PriorityQueue::new(), size(2, 10_000));
}

#[test]
fn priority_queue_is_linearizable_for_four_threads() {
    holds(&PriorityQueue::new(), size(4, 5_000));
}

/// The order of a queue that pops some other value now and then.
struct Unordered(PriorityQueue<u64>, AtomicU64);

impl Container for Unordered {
    type Specification = spec::PriorityQueue<u64>;
    const NAME: &'static str = "PriorityQueue";

    fn push(&self, value: u64) {
        self.0.push(value);
    }

    fn pop(&self) -> Option<u64> {
        let first = self.0.pop()?;
        if self.1.fetch_add(1, Ordering::Relaxed) % 97 != 96 {
            return Some(first);
        }
        let second = self.0.pop();
        self.0.push(first);
        second
    }
}

#[test]
fn priority_queue_that_pops_out_of_order_is_rejected() {
    let broken = Unordered(PriorityQueue::new(), AtomicU64::new(0));
    is_rejected("a broken PriorityQueue: pops out of order", &broken, Size { threads: 2, each: 50, rounds: 256 });
}

#[test]
fn priority_queue_that_loses_values_is_rejected() {
    bug_is_found(PriorityQueue::new(), Bug::Lose);
}

#[test]
fn priority_queue_that_repeats_values_is_rejected() {
    bug_is_found(PriorityQueue::new(), Bug::Repeat);
}

#[test]
fn priority_queue_that_claims_to_be_empty_is_rejected() {
    bug_is_found(PriorityQueue::new(), Bug::Empty);
}

/// What is promised of a relaxed queue: each value is popped once, after its push began; and no pop says "empty" while some value is
/// there all the time. The history ends with the pops that find nothing more.
fn keeps_its_promise(history: &HistoryOf<RelaxedPriorityQueue<u64>>) -> Result<(), String> {
    let mut pushes = HashMap::new();
    let mut pops = HashMap::new();
    let mut empty = Vec::new();
    for operation in history.operations() {
        let end = operation.ret.expect("every operation has returned");
        match (&operation.input, operation.output.as_ref().expect("with an answer")) {
            (PriorityQueueInput::Push(value), _) => {
                if pushes.insert(*value, (operation.call, end)).is_some() {
                    return Err(format!("{value} was pushed twice"));
                }
            }
            (_, PriorityQueueOutput::Popped(Some(value))) => {
                if pops.insert(*value, (operation.call, end)).is_some() {
                    return Err(format!("{value} was popped twice"));
                }
            }
            _ => empty.push((operation.call, end)),
        }
    }
    for (value, (call, pushed)) in &pushes {
        let Some((popping, popped)) = pops.remove(value) else { return Err(format!("{value} was lost")) };
        if popped < *call {
            return Err(format!("{value} was popped before it was pushed"));
        }
        if empty.iter().any(|(begin, end)| pushed < begin && *end < popping) {
            return Err(format!("a pop found nothing while {value} was there"));
        }
    }
    pops.into_keys().next().map_or(Ok(()), |value| Err(format!("{value} was popped and never pushed")))
}

fn promise_is_kept(queue: &RelaxedPriorityQueue<u64>, size: Size) {
    let seed = seed();
    let property = "each value is popped once, and nothing is found only where nothing stays";
    let check = Check::start("RelaxedPriorityQueue", property, TOOL, Unit::Operations).bound(&format!(
        "{} heaps, {} threads x {} operations, {} rounds, seed {seed}",
        queue.heaps(),
        size.threads,
        size.each,
        size.rounds
    ));
    let counter = check.counter();
    let mut result = Ok(());
    rounds(queue, size, seed, |history| {
        counter.add(history.len() as u64);
        result = keeps_its_promise(history);
        result.is_ok()
    });
    match result {
        Ok(()) => check.holds(),
        Err(wrong) => {
            check.fails(&wrong);
            panic!("{wrong}");
        }
    }
}

#[test]
fn relaxed_priority_queue_keeps_its_promise_for_two_threads() {
    promise_is_kept(&RelaxedPriorityQueue::with_heaps(3), size(2, 200));
}

#[test]
fn relaxed_priority_queue_keeps_its_promise_for_four_threads() {
    promise_is_kept(&RelaxedPriorityQueue::with_heaps(8), size(4, 100));
}

/// One that is not linearizable: the checker of the strict order must object, or the shuffled values above show nothing.
#[test]
fn relaxed_priority_queue_is_not_a_strict_one() {
    let queue = RelaxedPriorityQueue::with_heaps(8);
    is_rejected("RelaxedPriorityQueue, taken for a strict one", &queue, Size { threads: 2, each: 50, rounds: 256 });
}

/// Histories that break the promise, one in each way.
#[test]
fn broken_promises_are_found() {
    use verify_harness::history::{History, Operation};

    let push = |process, call, value| {
        Operation::returned(process, call, call + 1, PriorityQueueInput::Push(value), PriorityQueueOutput::Pushed)
    };
    let pop = |process, call, found| {
        Operation::returned(process, call, call + 1, PriorityQueueInput::Pop, PriorityQueueOutput::Popped(found))
    };
    let verdict = |operations: Vec<_>| keeps_its_promise(&History::new(operations).expect("well-formed"));
    assert_eq!(verdict(vec![push(0, 0, 7), pop(0, 2, Some(7)), pop(0, 4, None)]), Ok(()));
    assert!(verdict(vec![push(0, 0, 7)]).unwrap_err().contains("lost"));
    assert!(verdict(vec![pop(0, 0, Some(7)), push(0, 2, 7)]).unwrap_err().contains("before"));
    assert!(verdict(vec![pop(0, 0, Some(7))]).unwrap_err().contains("never"));
    assert!(verdict(vec![push(0, 0, 7), pop(0, 2, None), pop(0, 4, Some(7))]).unwrap_err().contains("found nothing"));
    assert!(verdict(vec![push(0, 0, 7), pop(0, 2, Some(7)), pop(0, 4, Some(7))]).unwrap_err().contains("twice"));
}
