//! `BoundedQueue` with native threads: recorded histories, checked for linearizability; and broken ones that must be rejected.
//!
//! The ring has a slot for every value of a round, so that a push never fails, which the specification of a queue does not know;
//! it goes round every other round. `tests/it/bounded.rs` runs rings that are too small.

#![cfg(not(loom))]

mod stress;

use lockfree_collections::{BoundedQueue, ScqQueue};
use stress::container::holds;
use stress::{Bug, Container, bug_is_found, size};
use verify_harness::history::spec::Queue;

impl Container for BoundedQueue<u64> {
    type Specification = Queue<u64>;
    const NAME: &'static str = "BoundedQueue";

    fn push(&self, value: u64) {
        BoundedQueue::push(self, value).expect("there is a slot for every value");
    }

    fn pop(&self) -> Option<u64> {
        BoundedQueue::pop(self)
    }
}

impl Container for ScqQueue<u64> {
    type Specification = Queue<u64>;
    const NAME: &'static str = "ScqQueue";

    fn push(&self, value: u64) {
        ScqQueue::push(self, value).expect("there is a slot for every value");
    }

    fn pop(&self) -> Option<u64> {
        ScqQueue::pop(self)
    }
}

#[test]
fn scq_queue_is_linearizable_for_two_threads() {
    holds(&ScqQueue::new(20_000), size(2, 10_000));
}

#[test]
fn scq_queue_is_linearizable_for_four_threads() {
    holds(&ScqQueue::new(2_000), size(4, 500));
}

#[test]
fn scq_queue_that_repeats_values_is_rejected() {
    bug_is_found(ScqQueue::new(200), Bug::Repeat);
}

#[test]
fn scq_queue_that_claims_to_be_empty_is_rejected() {
    bug_is_found(ScqQueue::new(200), Bug::Empty);
}

#[test]
fn bounded_queue_is_linearizable_for_two_threads() {
    holds(&BoundedQueue::new(20_000), size(2, 10_000));
}

#[test]
fn bounded_queue_is_linearizable_for_four_threads() {
    holds(&BoundedQueue::new(2_000), size(4, 500));
}

#[test]
fn bounded_queue_that_swaps_values_is_rejected() {
    bug_is_found(BoundedQueue::new(200), Bug::Swap);
}

#[test]
fn bounded_queue_that_loses_values_is_rejected() {
    bug_is_found(BoundedQueue::new(200), Bug::Lose);
}

#[test]
fn bounded_queue_that_repeats_values_is_rejected() {
    bug_is_found(BoundedQueue::new(200), Bug::Repeat);
}

#[test]
fn bounded_queue_that_claims_to_be_empty_is_rejected() {
    bug_is_found(BoundedQueue::new(200), Bug::Empty);
}
