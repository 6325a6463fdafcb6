//! What the stress tests of all collections share: rounds of recorded operations, each checked for linearizability.
//!
//! In a round all threads run random operations at once; then one of them takes out what is left, which belongs to the round's
//! history, too: a lost value shows. So the structure is empty between rounds, histories are short, and each is checked by
//! itself. The structure lives on from round to round: segments and nodes are freed and hazards move across the borders.

use std::fmt::Debug;
use std::hint;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::history::recorder::{Log, Recorder};
use verify_harness::history::{Checker, History, Specification, Verdict};

/// How evidence names the checker.
pub const TOOL: &str = "history checker, native threads";

/// A small generator (splitmix64), so that a printed seed gives the same script again.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// The seed of this run: `SELVEDGE_SEED`, or the clock.
pub fn seed() -> u64 {
    let given = std::env::var("SELVEDGE_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |elapsed| elapsed.as_nanos() as u64));
    println!("SELVEDGE_SEED={seed}");
    seed
}

/// A structure under stress.
pub trait Subject: Sync {
    type Specification: Specification + Default;

    /// Puts `value` in, and records it.
    fn push(&self, log: &mut LogOf<Self>, value: u64);
    /// Takes a value out, and records it.
    fn pop(&self, log: &mut LogOf<Self>) -> Option<u64>;
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
pub fn rounds<S>(subject: &S, size: Size, seed: u64, mut check: impl FnMut(&HistoryOf<S>) -> bool)
where
    S: Subject,
    InputOf<S>: Send + Clone + Debug,
    OutputOf<S>: Send + Clone + Debug,
{
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
                            // More pushes than pops in one round, fewer in the next: long and short.
                            let pushes = 3 + round % 4;
                            // Spinning, so that all begin at the same moment; waking up takes longer than a round.
                            gate.fetch_add(1, Ordering::AcqRel);
                            let mut spins = 0;
                            while gate.load(Ordering::Acquire) < size.threads {
                                spins += 1;
                                if spins < 10_000 { hint::spin_loop() } else { thread::yield_now() }
                            }
                            for number in 0..size.each {
                                if random.below(9) < pushes {
                                    subject.push(&mut log, (thread * size.each + number) as u64);
                                } else {
                                    subject.pop(&mut log);
                                }
                            }
                            end.wait();
                            if thread == 0 {
                                while subject.pop(&mut log).is_some() {}
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

/// Runs rounds as a check that every history is linearizable.
pub fn holds<S>(name: &str, subject: &S, size: Size)
where
    S: Subject,
    InputOf<S>: Send + Clone + Debug,
    OutputOf<S>: Send + Clone + Debug,
{
    let seed = seed();
    let check = Check::start(name, "recorded histories are linearizable", TOOL, Unit::Operations)
        .bound(&format!("{} threads x {} operations, {} rounds, seed {seed}", size.threads, size.each, size.rounds));
    let checker = Checker::new(S::Specification::default()).max_configurations(LIMIT);
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
pub fn is_rejected<S>(name: &str, subject: &S, size: Size)
where
    S: Subject,
    InputOf<S>: Send + Clone + Debug,
    OutputOf<S>: Send + Clone + Debug,
{
    let seed = seed();
    let check = Check::start(name, "the seeded bug is found", TOOL, Unit::Operations).bound(&format!("seed {seed}"));
    let checker = Checker::new(S::Specification::default()).max_configurations(LIMIT);
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
