//! `LockFreeQueue` with native threads: recorded histories, checked for linearizability; and broken ones that must be rejected.

#![cfg(not(loom))]

mod stress;

use lockfree_collections::LockFreeQueue;
use stress::container::holds;
use stress::{Bug, Container, bug_is_found, size};
use verify_harness::history::spec::Queue;

impl Container for LockFreeQueue<u64> {
    type Specification = Queue<u64>;
    const NAME: &'static str = "LockFreeQueue";

    fn push(&self, value: u64) {
        LockFreeQueue::push(self, value);
    }

    fn pop(&self) -> Option<u64> {
        LockFreeQueue::pop(self)
    }
}

#[test]
fn queue_is_linearizable_for_two_threads() {
    holds(&LockFreeQueue::new(), size(2, 10_000));
}

#[test]
fn queue_is_linearizable_for_four_threads() {
    holds(&LockFreeQueue::new(), size(4, 5_000));
}

#[test]
fn queue_that_swaps_values_is_rejected() {
    bug_is_found(LockFreeQueue::new(), Bug::Swap);
}

#[test]
fn queue_that_loses_values_is_rejected() {
    bug_is_found(LockFreeQueue::new(), Bug::Lose);
}

#[test]
fn queue_that_repeats_values_is_rejected() {
    bug_is_found(LockFreeQueue::new(), Bug::Repeat);
}

#[test]
fn queue_that_claims_to_be_empty_is_rejected() {
    bug_is_found(LockFreeQueue::new(), Bug::Empty);
}
