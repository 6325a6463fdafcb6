//! How many executions each explorer tries until it finds a bug: `cargo run --release -p verify-harness --example explorers`.
//!
//! The median over seven seeds; the same table every time.

use std::fmt::Write as _;
use std::panic::resume_unwind;

use verify_harness::model::sync::atomic::AtomicU32;
use verify_harness::model::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};
use verify_harness::model::sync::{Arc, Condvar, Mutex};
use verify_harness::model::{Builder, Explorer, thread};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=7;
const MOST: u64 = 300;

const EXPLORERS: [Explorer; 7] = [
    Explorer::Exhaustive,
    Explorer::Random,
    Explorer::Pct { depth: 2 },
    Explorer::Pct { depth: 3 },
    Explorer::Pos,
    Explorer::Surw,
    Explorer::RandomWalk,
];

const PROGRAMS: [(&str, fn()); 7] = [
    ("lost update", lost_update),
    ("lost update, 20 accesses of others", lost_update_among_others),
    ("locks in opposite orders", opposite_locks),
    ("wait without a condition", lost_wakeup),
    ("three reads, three writes between", interleaved),
    ("missing release (weak memory)", missing_release),
    ("store buffering (weak memory)", store_buffering),
];

/// Fails the execution without the message that a panic prints.
fn bug() -> ! {
    resume_unwind(Box::new("found"))
}

fn cells() -> [Arc<[AtomicU32; 2]>; 3] {
    let cells = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
    [Arc::clone(&cells), Arc::clone(&cells), cells]
}

fn increment(cell: &AtomicU32) {
    cell.store(cell.load(SeqCst) + 1, SeqCst);
}

fn lost_update() {
    let [mine, other, _] = cells();
    let thread = thread::spawn(move || increment(&other[0]));
    increment(&mine[0]);
    thread.join().unwrap();
    if mine[0].load(Relaxed) != 2 {
        bug();
    }
}

fn lost_update_among_others() {
    let [mine, first, second] = cells();
    let busy = |cells: Arc<[AtomicU32; 2]>| {
        move || {
            (0..10).for_each(|value| cells[1].store(value, Relaxed));
            increment(&cells[0]);
        }
    };
    let first = thread::spawn(busy(first));
    let second = thread::spawn(busy(second));
    first.join().unwrap();
    second.join().unwrap();
    if mine[0].load(Relaxed) != 2 {
        bug();
    }
}

fn opposite_locks() {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    let other = Arc::clone(&locks);
    let thread = thread::spawn(move || {
        let _second = other.1.lock().unwrap();
        let _first = other.0.lock().unwrap();
    });
    let first = locks.0.lock().unwrap();
    let second = locks.1.lock().unwrap();
    drop((first, second));
    thread.join().unwrap();
}

fn lost_wakeup() {
    let pair = Arc::new((Mutex::new(()), Condvar::new()));
    let other = Arc::clone(&pair);
    let thread = thread::spawn(move || other.1.notify_one());
    drop(pair.1.wait(pair.0.lock().unwrap()).unwrap());
    thread.join().unwrap();
}

fn interleaved() {
    let [mine, other, _] = cells();
    let thread = thread::spawn(move || (1..=3).for_each(|value| other[0].store(value, SeqCst)));
    let seen = [0, 1, 2].map(|_| mine[0].load(SeqCst));
    thread.join().unwrap();
    if seen == [1, 2, 3] {
        bug();
    }
}

fn missing_release() {
    let [mine, other, _] = cells();
    let thread = thread::spawn(move || {
        other[0].store(1, Relaxed);
        other[1].store(1, Relaxed);
    });
    if mine[1].load(Acquire) == 1 && mine[0].load(Relaxed) == 0 {
        bug();
    }
    thread.join().unwrap();
}

fn store_buffering() {
    let [mine, other, _] = cells();
    let thread = thread::spawn(move || {
        other[0].store(1, Relaxed);
        other[1].load(Relaxed)
    });
    mine[1].store(1, Relaxed);
    let seen = mine[0].load(Relaxed);
    if thread.join().unwrap() + seen == 0 {
        bug();
    }
}

/// The number of executions until `explorer` finds the bug of `program`, if it does so within [`MOST`].
fn tried(explorer: Explorer, program: fn()) -> Option<u64> {
    let run = |seed: u64| {
        let mut builder = Builder::new();
        (builder.explorer, builder.seed, builder.samples) = (explorer, seed, MOST);
        let report = builder.explore(program);
        let explored = report.executions + report.blocked + 1;
        report.verdict.failure().map(|_| report.sampling.map_or(explored, |sampling| sampling.tried))
    };
    if explorer == Explorer::Exhaustive {
        return run(0);
    }
    let mut counts: Vec<u64> = SEEDS.map(|seed| run(seed).unwrap_or(u64::MAX)).collect();
    counts.sort_unstable();
    Some(counts[counts.len() / 2]).filter(|count| *count != u64::MAX)
}

/// The table.
pub fn table() -> String {
    let mut text = "| executions tried until the bug is found |".to_owned();
    for explorer in EXPLORERS {
        let _ = write!(text, " {explorer} |");
    }
    text.push_str("\n|---|");
    text.push_str(&"---:|".repeat(EXPLORERS.len()));
    for (name, program) in PROGRAMS {
        let _ = write!(text, "\n| {name} |");
        for explorer in EXPLORERS {
            let _ = match tried(explorer, program) {
                Some(count) => write!(text, " {count} |"),
                None => write!(text, " > {MOST} |"),
            };
        }
    }
    text.push('\n');
    text
}

#[allow(dead_code, reason = "the test that compares the table with the book's has a main function of its own")]
fn main() {
    print!("{}", table());
}
