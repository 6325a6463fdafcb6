//! Random straight-line programs against the enumerators of `memory-model`, which share no code with the checker: the same
//! outcomes, each from the same number of executions.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use memory_model::enumerate::{Enumerator, Outcome, Summary};
use memory_model::litmus::Litmus;
use memory_model::{Value, models};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::model::cell::UnsafeCell;
use verify_harness::model::sync::Arc;
use verify_harness::model::sync::atomic::{AtomicI64, Ordering, fence};
use verify_harness::model::{Builder, Explorer, FailureKind, Model, Report, Verdict, thread};
use verify_harness::random::Random;

const NAMES: [&str; 3] = ["x", "y", "z"];

#[derive(Clone, Copy, Debug)]
enum Op {
    Load(usize, Ordering),
    Store(usize, i64, Ordering),
    FetchAdd(usize, Ordering),
    Swap(usize, i64, Ordering),
    CompareExchange(usize, i64, i64, Ordering, Ordering),
    Fence(Ordering),
    /// Accesses of the plain cell, which is the location after the atomic ones.
    PlainLoad,
    PlainStore(i64),
}

type Program = Vec<Vec<Op>>;

fn random_program(random: &mut Random, threads: usize, accesses: usize, locations: usize, sc_heavy: bool) -> Program {
    use Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
    let (load, store, update, fences): (&[_], &[_], &[_], &[_]) = if sc_heavy {
        (&[Relaxed, SeqCst, SeqCst], &[Relaxed, SeqCst, SeqCst], &[Relaxed, SeqCst], &[AcqRel, SeqCst, SeqCst])
    } else {
        (
            &[Relaxed, Acquire, SeqCst],
            &[Relaxed, Release, SeqCst],
            &[Relaxed, Acquire, Release, AcqRel, SeqCst],
            &[Acquire, Release, AcqRel, SeqCst],
        )
    };
    let access = |random: &mut Random| {
        let at = random.index(locations);
        match random.index(12) {
            0..=3 => Op::Load(at, random.pick(load)),
            4..=7 => Op::Store(at, 1 + random.index(2) as i64, random.pick(store)),
            8 => Op::FetchAdd(at, random.pick(update)),
            9 => Op::Swap(at, 3, random.pick(update)),
            _ => Op::CompareExchange(at, random.index(3) as i64, 2, random.pick(update), random.pick(load)),
        }
    };
    (0..threads)
        .map(|_| {
            let mut ops = Vec::new();
            for number in 0..1 + random.index(accesses) {
                if number > 0 && random.index(4) == 0 {
                    ops.push(Op::Fence(random.pick(fences)));
                }
                ops.push(access(random));
            }
            ops
        })
        .collect()
}

fn litmus(program: &Program, locations: usize, plain: bool) -> Litmus {
    let order = |order: Ordering| match order {
        Ordering::Relaxed => memory_model::Ordering::Relaxed,
        Ordering::Acquire => memory_model::Ordering::Acquire,
        Ordering::Release => memory_model::Ordering::Release,
        Ordering::AcqRel => memory_model::Ordering::AcqRel,
        _ => memory_model::Ordering::SeqCst,
    };
    let mut litmus = Litmus::new("random");
    for name in &NAMES[..locations + usize::from(plain)] {
        litmus = litmus.init(name, 0);
    }
    for ops in program {
        litmus = litmus.thread(|t| {
            for op in ops {
                match *op {
                    Op::Load(at, o) => drop(t.load(NAMES[at], order(o))),
                    Op::Store(at, value, o) => t.store(NAMES[at], value, order(o)),
                    Op::FetchAdd(at, o) => drop(t.fetch_add(NAMES[at], 1, order(o))),
                    Op::Swap(at, value, o) => drop(t.exchange(NAMES[at], value, order(o))),
                    Op::CompareExchange(at, old, new, o, failure) => {
                        let _ = t.compare_exchange(NAMES[at], old, new, order(o), order(failure));
                    }
                    Op::Fence(o) => t.fence(order(o)),
                    Op::PlainLoad => drop(t.load(NAMES[locations], memory_model::Ordering::NonAtomic)),
                    Op::PlainStore(value) => t.store(NAMES[locations], value, memory_model::Ordering::NonAtomic),
                }
            }
        });
    }
    litmus
}

/// The outcomes that the checker finds, with the number of executions of each; `None` if it finds a data race.
fn explored(program: &Program, locations: usize, model: Model) -> Option<(u64, BTreeMap<Outcome, u64>)> {
    let mut builder = Builder::new();
    builder.model = model;
    // Each run is counted, so none may be repeated to see whether what it notes is a leak.
    builder.leaks = false;
    let (report, outcomes) = outcomes(&builder, program, locations);
    if let Some(failure) = report.verdict.failure() {
        assert_eq!(failure.kind, FailureKind::DataRace, "{failure}");
        return None;
    }
    assert!(report.verdict.holds(), "{:?}", report.verdict);
    Some((report.executions, outcomes))
}

/// What `builder` finds, and the outcomes with the number of executions of each.
fn outcomes(builder: &Builder, program: &Program, locations: usize) -> (Report, BTreeMap<Outcome, u64>) {
    let found = Arc::new(Mutex::new(BTreeMap::new()));
    let (program, outcomes) = (program.clone(), Arc::clone(&found));
    let has_plain = program.iter().flatten().any(|op| matches!(op, Op::PlainLoad | Op::PlainStore(_)));
    let report = builder.explore(move || {
        let memory: Vec<AtomicI64> = (0..locations).map(|_| AtomicI64::new(0)).collect();
        let shared = Arc::new((memory, Plain(UnsafeCell::new(0))));
        let handles: Vec<_> = program
            .iter()
            .map(|ops| {
                let (shared, ops) = (Arc::clone(&shared), ops.clone());
                thread::spawn(move || run(&shared.0, &shared.1, &ops))
            })
            .collect();
        let reads: Vec<Vec<Value>> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
        let mut memory: Vec<Value> = shared.0.iter().map(|cell| cell.load(Ordering::Relaxed)).collect();
        if has_plain {
            memory.extend(run(&[], &shared.1, &[Op::PlainLoad]));
        }
        let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        *outcomes.entry(Outcome { reads, memory }).or_insert(0) += 1;
    });
    let outcomes = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    (report, outcomes)
}

/// A cell without synchronization.
struct Plain(UnsafeCell<i64>);

// SAFETY: every access is checked for races before it happens.
unsafe impl Sync for Plain {}

fn run(memory: &[AtomicI64], plain: &Plain, ops: &[Op]) -> Vec<Value> {
    let mut reads = Vec::new();
    for op in ops {
        match *op {
            Op::Load(at, order) => reads.push(memory[at].load(order)),
            Op::Store(at, value, order) => memory[at].store(value, order),
            Op::FetchAdd(at, order) => reads.push(memory[at].fetch_add(1, order)),
            Op::Swap(at, value, order) => reads.push(memory[at].swap(value, order)),
            Op::CompareExchange(at, old, new, order, failure) => {
                reads.push(memory[at].compare_exchange(old, new, order, failure).unwrap_or_else(|value| value));
            }
            Op::Fence(order) => fence(order),
            // SAFETY: a race is reported before the closure runs.
            Op::PlainLoad => reads.push(plain.0.with(|cell| unsafe { *cell })),
            // SAFETY: a race is reported before the closure runs.
            Op::PlainStore(value) => plain.0.with_mut(|cell| unsafe { *cell = value }),
        }
    }
    reads
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Any,
    MostlySequentiallyConsistent,
    WithPlain,
}

fn compare(name: &str, seed: u64, programs: u64, shape: (usize, usize, usize), kind: Kind) {
    let naive = name.starts_with("naive");
    let sc_heavy = kind == Kind::MostlySequentiallyConsistent;
    let (threads, accesses, locations) = shape;
    let property = match kind {
        Kind::WithPlain => "finds a data race exactly if there is one",
        _ => "explores each execution once",
    };
    let models = if kind == Kind::WithPlain { "a plain cell, RC11" } else { "RC11 and SC" };
    let check = Check::start("model::Builder", property, name, Unit::Programs)
        .bound(&format!("{threads} threads x {accesses} accesses x {locations} locations, {models}"));
    let mut random = Random::new(seed);
    println!("seed {seed:#x}");
    let mut racy = 0;
    for number in 0..programs {
        let mut program = random_program(&mut random, threads, accesses, locations, sc_heavy);
        if kind == Kind::WithPlain {
            with_plain(&mut random, &mut program);
        }
        let litmus = litmus(&program, locations, kind == Kind::WithPlain);
        let models: [(Model, &dyn models::Model); 2] = [(Model::Rc11, &models::Rc11::new()), (Model::Sc, &models::Sc)];
        // Under SC the checker strengthens every access, so fewer programs have races; the enumerator does not.
        let models = if kind == Kind::WithPlain { &models[..1] } else { &models[..] };
        for &(own, theirs) in models {
            let enumerator = Enumerator::new(theirs);
            let enumerator = if naive { enumerator.naive() } else { enumerator };
            let expected: Summary = enumerator.summary(&litmus).expect("valid");
            let place = format!("program {number} under {own:?}: {program:?}");
            match explored(&program, locations, own) {
                None => {
                    assert!(!expected.races.is_empty(), "no race in {place}");
                    racy += 1;
                }
                Some((executions, outcomes)) => {
                    assert!(expected.races.is_empty(), "race in {place}");
                    assert_eq!(executions, expected.executions, "{place}");
                    assert_eq!(outcomes, expected.outcomes, "{place}");
                }
            }
        }
        check.counter().add(1);
    }
    if kind == Kind::WithPlain {
        assert!(racy > programs / 10 && racy < programs * 9 / 10, "{racy} of {programs} programs are racy");
    }
    check.holds();
}

/// Replaces some accesses by plain ones of a further location, and sets a flag more often than chance would.
fn with_plain(random: &mut Random, program: &mut Program) {
    let writer = random.index(program.len());
    for (thread, ops) in program.iter_mut().enumerate() {
        let at = random.index(ops.len() + 1);
        if thread == writer {
            ops.insert(at, Op::PlainStore(1));
        } else if random.index(2) == 0 {
            ops.insert(at, if random.index(3) == 0 { Op::PlainStore(2) } else { Op::PlainLoad });
        }
    }
}

fn size(quick: u64, default: u64, full: u64) -> u64 {
    match Tier::from_environment() {
        Tier::Quick => quick,
        Tier::Default => default,
        Tier::Full => full,
    }
}

#[test]
fn builder_agrees_with_the_naive_enumerator() {
    compare("naive enumerator", 0x5e1f_0001, size(50, 2_000, 20_000), (3, 2, 2), Kind::Any);
}

#[test]
fn builder_agrees_with_the_pruned_enumerator() {
    compare("pruned enumerator", 0x5e1f_0002, size(500, 5_000, 20_000), (3, 3, 2), Kind::Any);
}

#[test]
fn builder_agrees_on_sequentially_consistent_programs() {
    let kind = Kind::MostlySequentiallyConsistent;
    compare("pruned enumerator", 0x5e1f_0003, size(100, 5_000, 20_000), (3, 3, 3), kind);
}

#[test]
fn builder_agrees_on_one_location() {
    compare("pruned enumerator", 0x5e1f_0004, size(20, 1_000, 20_000), (4, 2, 1), Kind::Any);
}

#[test]
fn builder_finds_exactly_the_data_races() {
    compare("pruned enumerator", 0x5e1f_0005, size(100, 5_000, 20_000), (3, 3, 1), Kind::WithPlain);
}

#[test]
fn explorers_meet_only_what_the_memory_model_allows() {
    let seed = 0x5e1f_0006;
    let programs = size(60, 1_000, 10_000);
    let check = Check::start("model::Explorer", "no outcome that is forbidden", "pruned enumerator", Unit::Programs)
        .bound("3 threads x 3 accesses x 2 locations, RC11 and SC, 20 executions of each explorer");
    let mut random = Random::new(seed);
    println!("seed {seed:#x}");
    let explorers = [Explorer::Random, Explorer::Pct { depth: 3 }, Explorer::Pos, Explorer::Surw, Explorer::RandomWalk];
    for number in 0..programs {
        let program = random_program(&mut random, 3, 3, 2, number % 2 == 0);
        let litmus = litmus(&program, 2, false);
        let models: [(Model, &dyn models::Model); 2] = [(Model::Rc11, &models::Rc11::new()), (Model::Sc, &models::Sc)];
        for (own, theirs) in models {
            let allowed = Enumerator::new(theirs).summary(&litmus).expect("valid");
            for explorer in explorers {
                let mut builder = Builder::new();
                (builder.model, builder.explorer, builder.samples, builder.seed) = (own, explorer, 20, number);
                let (report, met) = outcomes(&builder, &program, 2);
                let place = format!("program {number}, {explorer} under {own:?}: {program:?}");
                assert!(matches!(report.verdict, Verdict::Incomplete(_)), "{:?} in {place}", report.verdict);
                assert!(report.sampling.is_some_and(|done| done.distinct <= allowed.executions), "{place}");
                let strange = met.keys().find(|outcome| !allowed.outcomes.contains_key(outcome));
                assert!(strange.is_none(), "{strange:?} in {place}");
            }
        }
        check.counter().add(1);
    }
    check.holds();
}

#[test]
fn random_walk_meets_all_that_the_memory_model_allows() {
    let seed = 0x5e1f_0007;
    let programs = size(12, 500, 5_000);
    let check = Check::start("model::Explorer", "the walk meets every execution", "pruned enumerator", Unit::Programs)
        .bound("2 threads x 3 accesses x 2 locations, RC11 and SC");
    let mut random = Random::new(seed);
    println!("seed {seed:#x}");
    for number in 0..programs {
        let program = random_program(&mut random, 2, 3, 2, number % 2 == 0);
        let litmus = litmus(&program, 2, false);
        let models: [(Model, &dyn models::Model); 2] = [(Model::Rc11, &models::Rc11::new()), (Model::Sc, &models::Sc)];
        for (own, theirs) in models {
            let allowed = Enumerator::new(theirs).summary(&litmus).expect("valid");
            let (mut sampling, mut met) = (None, BTreeMap::new());
            let mut builder = Builder::new();
            (builder.model, builder.explorer, builder.seed) = (own, Explorer::RandomWalk, number);
            let place = format!("program {number} under {own:?}: {program:?}");
            // Most programs need no more than a few walks for each execution; some have one that one walk in hundreds meets.
            for walks in [40, 400, 4_000] {
                builder.samples = walks * allowed.executions + 100;
                let (report, found) = outcomes(&builder, &program, 2);
                (sampling, met) = (report.sampling, found);
                if sampling.is_some_and(|done| done.distinct == allowed.executions) {
                    break;
                }
            }
            assert_eq!(sampling.map(|done| done.distinct), Some(allowed.executions), "{place}");
            assert!(met.keys().eq(allowed.outcomes.keys()), "{place}");
        }
        check.counter().add(1);
    }
    check.holds();
}
