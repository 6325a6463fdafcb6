//! `LockFreeStack` and `BoundedStack` with native threads: recorded histories, checked for linearizability; and broken ones that must be rejected.

#![cfg(not(loom))]

mod stress;

use lockfree_collections::{BoundedStack, LockFreeStack};
use stress::container::holds;
use stress::{Bug, Container, bug_is_found, size};
use verify_harness::history::spec::Stack;

impl Container for LockFreeStack<u64> {
    type Specification = Stack<u64>;
    const NAME: &'static str = "LockFreeStack";

    fn push(&self, value: u64) {
        LockFreeStack::push(self, value);
    }

    fn pop(&self) -> Option<u64> {
        LockFreeStack::pop(self)
    }
}

impl Container for BoundedStack<u64> {
    type Specification = Stack<u64>;
    const NAME: &'static str = "BoundedStack";

    fn push(&self, value: u64) {
        BoundedStack::push(self, value).expect("there is room for all values of a round");
    }

    fn pop(&self) -> Option<u64> {
        BoundedStack::pop(self)
    }
}

#[test]
fn bounded_stack_is_linearizable_for_two_threads() {
    holds(&BoundedStack::new(48), size(2, 24));
}

#[test]
fn bounded_stack_is_linearizable_for_four_threads() {
    holds(&BoundedStack::new(48), size(4, 12));
}

// Rounds are short: the order of overlapping pushes stays open until they are popped, and the checker must try each.
#[test]
fn stack_is_linearizable_for_two_threads() {
    holds(&LockFreeStack::new(), size(2, 24));
}

#[test]
fn stack_is_linearizable_for_four_threads() {
    holds(&LockFreeStack::new(), size(4, 12));
}

#[test]
fn stack_that_swaps_values_is_rejected() {
    bug_is_found(LockFreeStack::new(), Bug::Swap);
}

#[test]
fn stack_that_loses_values_is_rejected() {
    bug_is_found(LockFreeStack::new(), Bug::Lose);
}

#[test]
fn stack_that_repeats_values_is_rejected() {
    bug_is_found(LockFreeStack::new(), Bug::Repeat);
}

#[test]
fn stack_that_claims_to_be_empty_is_rejected() {
    bug_is_found(LockFreeStack::new(), Bug::Empty);
}
