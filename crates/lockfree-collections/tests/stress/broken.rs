//! Structures with a seeded bug, which the checker must reject.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Container, Size, is_rejected};

/// Every so many operations the bug strikes.
const PERIOD: u64 = 97;

const SMALL: Size = Size { threads: 2, each: 50, rounds: 256 };

/// A bug of a kind `B` that strikes now and then.
#[derive(Debug)]
pub struct Seeded<B> {
    bug: B,
    operations: AtomicU64,
}

impl<B: PartialEq> Seeded<B> {
    pub fn new(bug: B) -> Self {
        Self { bug, operations: AtomicU64::new(0) }
    }

    /// Whether the bug, if it is this one, strikes the operation that asks.
    pub fn strikes(&self, bug: B) -> bool {
        self.bug == bug && self.operations.fetch_add(1, Ordering::Relaxed) % PERIOD == PERIOD - 1
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A pop takes two values and gives the wrong one back.
    Swap,
    /// A push forgets its value.
    Lose,
    /// A push does it twice.
    Repeat,
    /// A pop says "empty" without a look.
    Empty,
}

/// A sound structure, spoilt.
struct Broken<C> {
    inner: C,
    seeded: Seeded<Bug>,
}

impl<C: Container> Container for Broken<C> {
    type Specification = C::Specification;
    const NAME: &'static str = C::NAME;

    fn push(&self, value: u64) {
        if !self.seeded.strikes(Bug::Lose) {
            self.inner.push(value);
        }
        if self.seeded.strikes(Bug::Repeat) {
            self.inner.push(value);
        }
    }

    fn pop(&self) -> Option<u64> {
        if self.seeded.strikes(Bug::Empty) {
            return None;
        }
        let first = self.inner.pop()?;
        if self.seeded.strikes(Bug::Swap)
            && let Some(second) = self.inner.pop()
        {
            self.inner.push(first);
            return Some(second);
        }
        Some(first)
    }
}

/// Demands that `inner` spoilt by `bug` is rejected.
pub fn bug_is_found<C: Container>(inner: C, bug: Bug) {
    let how = match bug {
        Bug::Swap => "swaps two values",
        Bug::Lose => "loses a value",
        Bug::Repeat => "repeats a value",
        Bug::Empty => "says empty too early",
    };
    is_rejected(&format!("a broken {}: {how}", C::NAME), &Broken { inner, seeded: Seeded::new(bug) }, SMALL);
}
