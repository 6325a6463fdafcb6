//! What the stress tests of all collections share: rounds of recorded operations, each checked for linearizability.
//!
//! In a round all threads run random operations at once; then one of them tidies up, as by taking out what is left, which belongs to the round's
//! history, too: a lost value shows. So histories are short, and each is checked by itself. The structure lives on from round to round: segments and
//! nodes are freed and hazards move across the borders.

pub mod broken;
pub mod container;

use std::fmt::Debug;
use std::hint;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::history::recorder::{Log, Recorder};
use verify_harness::history::{Checker, History, Specification, Verdict};
use verify_harness::random::Random;
pub use verify_harness::random::seed;

pub use broken::{Bug, bug_is_found};
pub use container::Container;

/// How evidence names the checker.
pub const TOOL: &str = "history checker, native threads";
/// What a check says of most structures.
pub const LINEARIZABLE: &str = "recorded histories are linearizable";

/// A structure under stress: what threads do with it in a round, and what it should be.
pub trait Subject: Sync {
    type Specification: Specification<Input: Send + Clone + Debug, Output: Send + Clone + Debug>;

    /// What the histories are checked against.
    fn specification(&self) -> Self::Specification;
    /// What comes first in a round, by one thread.
    fn begin(&self, _log: &mut LogOf<Self>) {}
    /// What one thread does, while the others do the same.
    fn work(&self, turn: Turn, random: &mut Random, log: &mut LogOf<Self>);
    /// What comes last in a round, by one thread.
    fn end(&self, log: &mut LogOf<Self>);
}

/// One thread's part in a round.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub round: u64,
    pub thread: usize,
    /// How many operations.
    pub each: usize,
}

impl Turn {
    /// Numbers that no other thread has in this round.
    pub fn numbers(self) -> impl Iterator<Item = u64> {
        (0..self.each).map(move |number| (self.thread * self.each + number) as u64)
    }
}

pub type InputOf<S> = <<S as Subject>::Specification as Specification>::Input;
pub type OutputOf<S> = <<S as Subject>::Specification as Specification>::Output;
pub type LogOf<S> = Log<InputOf<S>, OutputOf<S>>;
pub type HistoryOf<S> = History<InputOf<S>, OutputOf<S>>;

/// The size of a run.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub threads: usize,
    /// Operations of one thread in one round.
    pub each: usize,
    pub rounds: usize,
}

/// Runs rounds of random operations and hands each history to `check`, until that says stop.
pub fn rounds<S: Subject>(subject: &S, size: Size, seed: u64, mut check: impl FnMut(&HistoryOf<S>) -> bool) {
    for batch in 0..size.rounds.div_ceil(BATCH) {
        let recorders: Vec<_> = (0..BATCH).map(|_| Recorder::new()).collect();
        let gates: Vec<_> = (0..BATCH).map(|_| AtomicUsize::new(0)).collect();
        let end = Barrier::new(size.threads);
        thread::scope(|scope| {
            let threads: Vec<_> = (0..size.threads)
                .map(|thread| {
                    let (recorders, gates, end) = (&recorders, &gates, &end);
                    scope.spawn(move || {
                        for (round, (recorder, gate)) in recorders.iter().zip(gates).enumerate() {
                            let round = (batch * BATCH + round) as u64;
                            let mut random = Random::new(seed ^ (round << 16) ^ ((thread as u64) << 56));
                            let mut log = recorder.log();
                            if thread == 0 {
                                subject.begin(&mut log);
                            }
                            // Spinning, so that all begin at the same moment; waking up takes longer than a round.
                            gate.fetch_add(1, Ordering::AcqRel);
                            let mut spins = 0;
                            while gate.load(Ordering::Acquire) < size.threads {
                                spins += 1;
                                if spins < 10_000 { hint::spin_loop() } else { thread::yield_now() }
                            }
                            subject.work(Turn { round, thread, each: size.each }, &mut random, &mut log);
                            end.wait();
                            if thread == 0 {
                                subject.end(&mut log);
                            }
                        }
                    })
                })
                .collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        for recorder in recorders {
            let history = recorder.into_history().expect("all logs are back");
            if !check(&history) {
                return;
            }
        }
    }
}

/// How many configurations the checker may visit for one round, so that a hard one ends as "incomplete", not without memory.
const LIMIT: u64 = 1_000_000;

/// Rounds that the same threads run before their histories are checked and new threads take over.
const BATCH: usize = 16;

/// Sizes for the tier: tens of thousands of operations, millions, hundreds of millions.
pub fn size(threads: usize, each: usize) -> Size {
    let operations = match Tier::from_environment() {
        Tier::Quick => 40_000,
        Tier::Default => 3_000_000,
        Tier::Full => 200_000_000,
    };
    Size { threads, each, rounds: operations / (threads * each) }
}

/// Runs rounds as a check that every history is as `subject`'s specification says.
pub fn holds<S: Subject>(name: &str, property: &str, subject: &S, size: Size) {
    let seed = seed();
    let check = Check::start(name, property, TOOL, Unit::Operations)
        .bound(&format!("{} threads x {} operations, {} rounds, seed {seed}", size.threads, size.each, size.rounds));
    let checker = Checker::new(subject.specification()).max_configurations(LIMIT);
    let counter = check.counter();
    let mut bad = None;
    let mut overlapping = 0;
    rounds(subject, size, seed, |history| {
        counter.add(history.len() as u64);
        overlapping += overlaps::<S>(history);
        let verdict = checker.check(history);
        if !verdict.is_linearizable() {
            bad = Some(verdict);
        }
        bad.is_none()
    });
    println!("{name}: {overlapping} of {} operations began while another one was under way", counter.get());
    match bad {
        None => check.holds(),
        Some(Verdict::Unknown { .. }) => {
            check.incomplete("the checker's limit on configurations");
            panic!("a history was too hard to check");
        }
        Some(verdict) => {
            check.fails("a history is not linearizable");
            panic!("{verdict}");
        }
    }
}

/// How many operations began before one of another thread, begun earlier, had ended.
fn overlaps<S: Subject>(history: &HistoryOf<S>) -> usize {
    // Operations stand in the order of their calls: two latest returns, of different threads, tell all.
    let mut latest: [(u64, u64); 2] = [(u64::MAX, 0); 2];
    let mut count = 0;
    for operation in history.operations() {
        let other = if latest[0].0 == operation.process { latest[1] } else { latest[0] };
        count += usize::from(other.1 > operation.call);
        let mine = (operation.process, operation.ret.unwrap_or(u64::MAX));
        if latest[0].0 == mine.0 {
            latest[0].1 = latest[0].1.max(mine.1);
        } else if mine.1 > latest[0].1 {
            latest = [mine, latest[0]];
        } else if mine.1 > latest[1].1 || latest[1].0 == mine.0 {
            latest[1] = (mine.0, latest[1].1.max(mine.1));
        }
    }
    count
}

/// Demands that the checker rejects a history of the broken `subject` within `size`.
pub fn is_rejected<S: Subject>(name: &str, subject: &S, size: Size) {
    let seed = seed();
    let check = Check::start(name, "the seeded bug is found", TOOL, Unit::Operations).bound(&format!("seed {seed}"));
    let checker = Checker::new(subject.specification()).max_configurations(LIMIT);
    let counter = check.counter();
    let mut rejected = false;
    rounds(subject, size, seed, |history| {
        counter.add(history.len() as u64);
        rejected = checker.check(history).is_not_linearizable();
        !rejected
    });
    if rejected {
        check.holds();
    } else {
        check.fails("every history was accepted");
        panic!("{name}: the seeded bug was not found");
    }
}
