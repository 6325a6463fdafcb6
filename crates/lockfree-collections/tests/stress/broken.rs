//! Structures with a seeded bug, which the checker must reject.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{InputOf, OutputOf, Size, Subject, is_rejected};

/// Every so many operations the bug strikes.
const PERIOD: u64 = 97;

const SMALL: Size = Size { threads: 2, each: 50, rounds: 256 };

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
struct Broken<S> {
    inner: S,
    bug: Bug,
    operations: AtomicU64,
}

impl<S> Broken<S> {
    fn strikes(&self, bug: Bug) -> bool {
        self.bug == bug && self.operations.fetch_add(1, Ordering::Relaxed) % PERIOD == PERIOD - 1
    }
}

impl<S: Subject> Subject for Broken<S> {
    type Specification = S::Specification;
    const NAME: &'static str = S::NAME;
    const POP: InputOf<S> = S::POP;

    fn pushed(value: u64) -> (InputOf<S>, OutputOf<S>) {
        S::pushed(value)
    }

    fn popped(found: Option<u64>) -> OutputOf<S> {
        S::popped(found)
    }

    fn push(&self, value: u64) {
        if !self.strikes(Bug::Lose) {
            self.inner.push(value);
        }
        if self.strikes(Bug::Repeat) {
            self.inner.push(value);
        }
    }

    fn pop(&self) -> Option<u64> {
        if self.strikes(Bug::Empty) {
            return None;
        }
        let first = self.inner.pop()?;
        if self.strikes(Bug::Swap)
            && let Some(second) = self.inner.pop()
        {
            self.inner.push(first);
            return Some(second);
        }
        Some(first)
    }
}

/// Demands that `inner` spoilt by `bug` is rejected.
pub fn bug_is_found<S>(inner: S, bug: Bug)
where
    S: Subject,
    InputOf<S>: Send + Clone + Debug,
    OutputOf<S>: Send + Clone + Debug,
{
    let how = match bug {
        Bug::Swap => "swaps two values",
        Bug::Lose => "loses a value",
        Bug::Repeat => "repeats a value",
        Bug::Empty => "says empty too early",
    };
    let name = format!("a broken {}: {how}", S::NAME);
    is_rejected(&name, &Broken { inner, bug, operations: AtomicU64::new(0) }, SMALL);
}
