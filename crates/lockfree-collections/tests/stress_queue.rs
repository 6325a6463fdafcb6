//! `LockFreeQueue` with native threads: recorded histories, checked for linearizability; and broken ones that must be rejected.

#![cfg(not(loom))]

mod stress;

use std::sync::atomic::{AtomicU64, Ordering};

use lockfree_collections::LockFreeQueue;
use stress::{LogOf, Size, Subject, holds, is_rejected, size};
use verify_harness::history::spec::{Queue, QueueInput, QueueOutput};

impl Subject for LockFreeQueue<u64> {
    type Specification = Queue<u64>;

    fn push(&self, log: &mut LogOf<Self>, value: u64) {
        log.call(QueueInput::Enqueue(value), || {
            LockFreeQueue::push(self, value);
            QueueOutput::Enqueued
        });
    }

    fn pop(&self, log: &mut LogOf<Self>) -> Option<u64> {
        log.call_as(QueueInput::Dequeue, || LockFreeQueue::pop(self), |found| QueueOutput::Dequeued(*found))
    }
}

#[test]
fn queue_is_linearizable_for_two_threads() {
    holds("LockFreeQueue", &LockFreeQueue::new(), size(2, 10_000));
}

#[test]
fn queue_is_linearizable_for_four_threads() {
    holds("LockFreeQueue", &LockFreeQueue::new(), size(4, 5_000));
}

/// A seeded bug that strikes every `period` operations.
struct Broken {
    inner: LockFreeQueue<u64>,
    bug: Bug,
    period: u64,
    operations: AtomicU64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A pop takes two values and gives the wrong one back.
    Swap,
    /// A push forgets its value.
    Lose,
    /// A push does it twice.
    Repeat,
    /// A pop says "empty" without a look.
    Empty,
}

impl Broken {
    fn new(bug: Bug) -> Self {
        Self { inner: LockFreeQueue::new(), bug, period: 97, operations: AtomicU64::new(0) }
    }

    fn strikes(&self, bug: Bug) -> bool {
        self.bug == bug && self.operations.fetch_add(1, Ordering::Relaxed) % self.period == self.period - 1
    }
}

impl Subject for Broken {
    type Specification = Queue<u64>;

    fn push(&self, log: &mut LogOf<Self>, value: u64) {
        log.call(QueueInput::Enqueue(value), || {
            if !self.strikes(Bug::Lose) {
                self.inner.push(value);
            }
            if self.strikes(Bug::Repeat) {
                self.inner.push(value);
            }
            QueueOutput::Enqueued
        });
    }

    fn pop(&self, log: &mut LogOf<Self>) -> Option<u64> {
        let pop = || {
            if self.strikes(Bug::Empty) {
                return None;
            }
            let first = self.inner.pop();
            if first.is_some() && self.strikes(Bug::Swap) {
                if let Some(second) = self.inner.pop() {
                    first.into_iter().for_each(|first| self.inner.push(first));
                    return Some(second);
                }
            }
            first
        };
        log.call_as(QueueInput::Dequeue, pop, |found| QueueOutput::Dequeued(*found))
    }
}

const SMALL: Size = Size { threads: 2, each: 50, rounds: 256 };

#[test]
fn queue_that_swaps_values_is_rejected() {
    is_rejected("a broken LockFreeQueue: swaps two values", &Broken::new(Bug::Swap), SMALL);
}

#[test]
fn queue_that_loses_values_is_rejected() {
    is_rejected("a broken LockFreeQueue: loses a value", &Broken::new(Bug::Lose), SMALL);
}

#[test]
fn queue_that_repeats_values_is_rejected() {
    is_rejected("a broken LockFreeQueue: repeats a value", &Broken::new(Bug::Repeat), SMALL);
}

#[test]
fn queue_that_claims_to_be_empty_is_rejected() {
    is_rejected("a broken LockFreeQueue: says empty too early", &Broken::new(Bug::Empty), SMALL);
}
