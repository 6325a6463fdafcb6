//! `AtomicBox` and `AtomicRc` with native threads: recorded histories, checked for linearizability; and broken ones that must be
//! rejected.

#![cfg(not(loom))]

#[allow(dead_code, unused_imports, reason = "this file has subjects of its own kind")]
mod stress;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockfree_collections::cell::Cache;
use lockfree_collections::{AtomicBox, AtomicRc};
use stress::broken::Seeded;
use stress::{LINEARIZABLE, LogOf, Size, Subject, Turn, is_rejected, size};
use verify_harness::history::recorder::Log;
use verify_harness::history::spec::{Register, RegisterInput, RegisterOutput};
use verify_harness::random::Random;

type Output = RegisterOutput<u64>;
type Input = RegisterInput<u64>;

/// A cell of numbers under stress.
trait Cell: Sync {
    const NAME: &'static str;
    fn read(&self) -> u64;
    fn write(&self, value: u64);
    /// Replaces `expected` by `new`, and tells whether it was there. No number is written twice, so if the value that was read is
    /// replaced meanwhile, the answer is no.
    fn exchange(&self, expected: u64, new: u64) -> bool;
    /// What a handle reads, for those that have one.
    fn reader(&self) -> Box<dyn FnMut() -> u64 + '_> {
        Box::new(|| self.read())
    }
}

impl Cell for AtomicBox<u64> {
    const NAME: &'static str = "AtomicBox";

    fn read(&self) -> u64 {
        *self.load()
    }

    fn write(&self, value: u64) {
        self.store(value);
    }

    fn exchange(&self, expected: u64, new: u64) -> bool {
        let current = self.load();
        *current == expected && self.compare_exchange(&current, new).is_ok()
    }

    fn reader(&self) -> Box<dyn FnMut() -> u64 + '_> {
        let mut handle = Cache::new(self);
        Box::new(move || *handle.load())
    }
}

impl Cell for AtomicRc<u64> {
    const NAME: &'static str = "AtomicRc";

    fn read(&self) -> u64 {
        **self.load()
    }

    fn write(&self, value: u64) {
        self.store(Arc::new(value));
    }

    fn exchange(&self, expected: u64, new: u64) -> bool {
        let current = self.load_full();
        *current == expected && Arc::ptr_eq(&current, &self.compare_and_swap(&current, Arc::new(new)))
    }
}

/// What is wrong with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    /// A store is forgotten.
    Forget,
    /// A load finds what was there before.
    Stale,
}

/// A sound cell, spoilt.
struct Broken {
    cell: AtomicBox<u64>,
    before: AtomicU64,
    seeded: Seeded<Bug>,
}

impl Cell for Broken {
    const NAME: &'static str = "a broken AtomicBox";

    fn read(&self) -> u64 {
        if self.seeded.strikes(Bug::Stale) { self.before.load(Ordering::Relaxed) } else { self.cell.read() }
    }

    fn write(&self, value: u64) {
        if !self.seeded.strikes(Bug::Forget) {
            self.before.store(*self.cell.swap(value), Ordering::Relaxed);
        }
    }

    fn exchange(&self, expected: u64, new: u64) -> bool {
        self.cell.exchange(expected, new)
    }
}

/// A cell, whose histories begin with a write.
struct Cells<C>(C);

impl<C: Cell> Subject for Cells<C> {
    type Specification = Register<u64>;

    fn specification(&self) -> Register<u64> {
        Register::new(0)
    }

    fn begin(&self, log: &mut LogOf<Self>) {
        write(&self.0, log, 0);
    }

    fn work(&self, turn: Turn, random: &mut Random, log: &mut LogOf<Self>) {
        let cell = &self.0;
        let mut reader = cell.reader();
        for number in turn.numbers() {
            match random.below(8) {
                0..2 => write(cell, log, 1 + number),
                2..4 => exchange(cell, log, 1 + number),
                4 => drop(log.call_as(RegisterInput::Read, &mut reader, |found| Output::Value(*found))),
                _ => drop(log.call_as(RegisterInput::Read, || cell.read(), |found| Output::Value(*found))),
            }
        }
    }

    fn end(&self, log: &mut LogOf<Self>) {
        log.call_as(RegisterInput::Read, || self.0.read(), |found| Output::Value(*found));
    }
}

fn write<C: Cell>(cell: &C, log: &mut Log<Input, Output>, value: u64) {
    log.call(RegisterInput::Write(value), || {
        cell.write(value);
        Output::Written
    });
}

/// A read, and an attempt to replace what it found.
fn exchange<C: Cell>(cell: &C, log: &mut Log<Input, Output>, new: u64) {
    let expected = log.call_as(RegisterInput::Read, || cell.read(), |found| Output::Value(*found));
    log.call_as(
        RegisterInput::CompareAndSwap { expected, new },
        || cell.exchange(expected, new),
        |swapped| Output::Swapped(*swapped),
    );
}

fn holds<C: Cell>(cell: C, size: Size) {
    stress::holds(C::NAME, LINEARIZABLE, &Cells(cell), size);
}

fn bug_is_found(name: &str, bug: Bug) {
    let broken = Broken { cell: AtomicBox::new(0), before: AtomicU64::new(0), seeded: Seeded::new(bug) };
    is_rejected(name, &Cells(broken), Size { threads: 2, each: 10, rounds: 500 });
}

#[test]
fn atomic_box_is_linearizable_for_two_threads() {
    holds(AtomicBox::new(0), size(2, 200));
}

#[test]
fn atomic_box_is_linearizable_for_four_threads() {
    holds(AtomicBox::new(0), size(4, 40));
}

#[test]
fn atomic_rc_is_linearizable_for_two_threads() {
    holds(AtomicRc::from_pointee(0), size(2, 200));
}

#[test]
fn atomic_box_that_forgets_a_store_is_rejected() {
    bug_is_found("a broken AtomicBox: forgets a store", Bug::Forget);
}

#[test]
fn atomic_box_that_reads_stale_values_is_rejected() {
    bug_is_found("a broken AtomicBox: reads stale values", Bug::Stale);
}
