//! `AtomicBox` and `AtomicRc` with native threads: recorded histories, checked for linearizability; and broken ones that must be
//! rejected.

#![cfg(not(loom))]

#[allow(dead_code, unused_imports, reason = "this file has subjects of its own kind")]
mod stress;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use lockfree_collections::cell::Cache;
use lockfree_collections::{AtomicBox, AtomicRc};
use stress::{Size, TOOL, seed, size};
use verify_harness::evidence::{Check, Unit};
use verify_harness::history::recorder::{Log, Recorder};
use verify_harness::history::spec::{Register, RegisterInput, RegisterOutput};
use verify_harness::history::{Checker, History, Verdict};
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

/// A cell that forgets every so many writes, or reads what was there before.
struct Broken {
    cell: AtomicBox<u64>,
    before: AtomicU64,
    operations: AtomicU64,
    stale: bool,
}

impl Broken {
    fn new(stale: bool) -> Self {
        Self { cell: AtomicBox::new(0), before: AtomicU64::new(0), operations: AtomicU64::new(0), stale }
    }

    fn strikes(&self) -> bool {
        self.operations.fetch_add(1, Ordering::Relaxed) % 97 == 96
    }
}

impl Cell for Broken {
    const NAME: &'static str = "a broken AtomicBox";

    fn read(&self) -> u64 {
        if self.stale && self.strikes() { self.before.load(Ordering::Relaxed) } else { self.cell.read() }
    }

    fn write(&self, value: u64) {
        if self.stale || !self.strikes() {
            self.before.store(*self.cell.swap(value), Ordering::Relaxed);
        }
    }

    fn exchange(&self, expected: u64, new: u64) -> bool {
        self.cell.exchange(expected, new)
    }
}

/// One round: all threads at once; the history, of which the first operation writes what the cell holds.
fn round<C: Cell>(cell: &C, size: Size, seed: u64) -> History<Input, Output> {
    let recorder = Recorder::new();
    {
        let mut log = recorder.log();
        write(cell, &mut log, 0);
    }
    let gate = AtomicUsize::new(0);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..size.threads)
            .map(|thread| {
                let (recorder, gate) = (&recorder, &gate);
                scope.spawn(move || {
                    let mut random = Random::new(seed ^ ((thread as u64) << 56));
                    let mut log = recorder.log();
                    let mut reader = cell.reader();
                    gate.fetch_add(1, Ordering::AcqRel);
                    while gate.load(Ordering::Acquire) < size.threads {
                        thread::yield_now();
                    }
                    for number in 0..size.each {
                        let value = (1 + thread * size.each + number) as u64;
                        match random.below(8) {
                            0..2 => write(cell, &mut log, value),
                            2..4 => exchange(cell, &mut log, value),
                            4 => drop(log.call_as(RegisterInput::Read, &mut reader, |found| Output::Value(*found))),
                            _ => drop(log.call_as(RegisterInput::Read, || cell.read(), |found| Output::Value(*found))),
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    recorder.into_history().expect("all logs are back")
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

/// How many configurations the checker may visit for one round.
const LIMIT: u64 = 1_000_000;

/// Runs rounds until one is not linearizable; returns the verdict on that one.
fn first_bad<C: Cell>(cell: &C, size: Size, seed: u64, check: &Check) -> Option<String> {
    let checker = Checker::new(Register::new(0)).max_configurations(LIMIT);
    let counter = check.counter();
    (0..size.rounds).find_map(|number| {
        let history = round(cell, size, seed ^ ((number as u64) << 16));
        counter.add(history.len() as u64);
        match checker.check(&history) {
            verdict if verdict.is_linearizable() => None,
            Verdict::Unknown { .. } => panic!("a history was too hard to check"),
            verdict => Some(verdict.to_string()),
        }
    })
}

fn holds<C: Cell>(cell: &C, size: Size) {
    let seed = seed();
    let bound = format!("{} threads x {} operations, {} rounds, seed {seed}", size.threads, size.each, size.rounds);
    let check = Check::start(C::NAME, "recorded histories are linearizable", TOOL, Unit::Operations).bound(&bound);
    match first_bad(cell, size, seed, &check) {
        None => check.holds(),
        Some(verdict) => {
            check.fails("a history is not linearizable");
            panic!("{verdict}");
        }
    }
}

fn is_rejected(stale: bool) {
    let seed = seed();
    let name = if stale { "a broken AtomicBox: reads stale values" } else { "a broken AtomicBox: forgets a store" };
    let check = Check::start(name, "the seeded bug is found", TOOL, Unit::Operations).bound(&format!("seed {seed}"));
    if first_bad(&Broken::new(stale), Size { threads: 2, each: 10, rounds: 500 }, seed, &check).is_some() {
        check.holds();
    } else {
        check.fails("every history was accepted");
        panic!("{name}: the seeded bug was not found");
    }
}

/// Rounds with threads of their own are dear: a tenth of the operations.
fn fewer(size: Size) -> Size {
    Size { rounds: size.rounds / 10, ..size }
}

#[test]
fn atomic_box_is_linearizable_for_two_threads() {
    holds(&AtomicBox::new(0), fewer(size(2, 200)));
}

#[test]
fn atomic_box_is_linearizable_for_four_threads() {
    holds(&AtomicBox::new(0), fewer(size(4, 40)));
}

#[test]
fn atomic_rc_is_linearizable_for_two_threads() {
    holds(&AtomicRc::from_pointee(0), fewer(size(2, 200)));
}

#[test]
fn atomic_box_that_forgets_a_store_is_rejected() {
    is_rejected(false);
}

#[test]
fn atomic_box_that_reads_stale_values_is_rejected() {
    is_rejected(true);
}
