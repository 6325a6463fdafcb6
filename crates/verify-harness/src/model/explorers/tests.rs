//! The executions that random explorers meet, against those that exist.

use std::sync::Arc;
use std::time::Instant;

use super::super::builder::Builder;
use super::super::execution::End;
use super::super::fingerprint::Seen;
use super::super::runtime::Runtime;
use super::super::sync::Mutex;
use super::super::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use super::super::sync::atomic::{AtomicU32, fence};
use super::super::{Model, hint, thread};
use super::Explorer;

const ALL: [Explorer; 5] =
    [Explorer::Random, Explorer::Pct { depth: 3 }, Explorer::Pos, Explorer::Surw, Explorer::RandomWalk];

type Program = fn();

/// All complete executions of `program`.
fn all(builder: &Builder, program: Program) -> Seen {
    let runtime = Runtime::new(builder.execution(None), builder.stacks(), Default::default());
    let mut seen = Seen::default();
    loop {
        runtime.run(&(Arc::new(program) as super::super::runtime::Program));
        let mut execution = runtime.execution.borrow_mut();
        match execution.end.take() {
            Some(End::Complete) => assert!(seen.insert(execution.graph())),
            Some(End::Again) => continue,
            Some(End::Failed(_, message)) => panic!("{message}"),
            _ => {}
        }
        if !execution.search.advance() {
            return seen;
        }
    }
}

fn sampled(builder: &Builder, program: Program) -> Seen {
    let mut seen = Seen::default();
    let report = builder.sample_into(
        builder.execution(None),
        Default::default(),
        &(Arc::new(program) as super::super::runtime::Program),
        Instant::now(),
        &mut seen,
    );
    let report = report.expect("nothing else to model");
    assert!(report.verdict.failure().is_none(), "{report:?}");
    assert_eq!(report.blocked, 0, "{report:?}");
    seen
}

fn run<const N: usize>(threads: [fn(&[AtomicU32; 3]); N]) {
    let cells = Arc::new([AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0)]);
    let handles = threads.map(|body| {
        let cells = Arc::clone(&cells);
        thread::spawn(move || body(&cells))
    });
    handles.into_iter().for_each(|handle| handle.join().unwrap());
}

fn store_buffering() {
    run([
        |m| {
            m[0].store(1, Relaxed);
            m[1].load(Relaxed);
        },
        |m| {
            m[1].store(1, Relaxed);
            m[0].load(Relaxed);
        },
    ]);
}

fn sequentially_consistent() {
    const SC: Ordering = SeqCst;
    run([
        |m| {
            m[0].store(1, SC);
            m[1].load(SC);
        },
        |m| {
            m[1].store(1, SC);
            fence(SC);
            m[0].load(Relaxed);
            m[0].fetch_add(2, SC);
        },
        |m| {
            m[0].store(7, SC);
            m[1].load(SC);
        },
    ]);
}

fn updates() {
    run([
        |m| {
            let _ = m[0].compare_exchange(0, 1, AcqRel, Acquire);
        },
        |m| {
            let _ = m[0].compare_exchange(0, 2, AcqRel, Relaxed);
        },
        |m| {
            let _ = m[0].fetch_add(1, Relaxed);
        },
        |m| m[0].store(5, Release),
    ]);
}

fn patient() {
    // The number of rounds makes it no waiting loop.
    run([
        |m| {
            m[0].store(1, Relaxed);
            m[1].store(1, Release);
        },
        |m| {
            for _ in 0..2 {
                if m[1].load(Acquire) == 1 {
                    assert_eq!(m[0].load(Relaxed), 1);
                    return m[2].store(1, Release);
                }
                hint::spin_loop();
            }
        },
        |m| {
            let _ = m[2].load(Acquire);
        },
    ]);
}

fn locked() {
    let count = Arc::new(Mutex::new(0));
    let handles = [1, 2, 3].map(|number| {
        let count = Arc::clone(&count);
        thread::spawn(move || *count.lock().unwrap() += number)
    });
    handles.into_iter().for_each(|handle| handle.join().unwrap());
    assert_eq!(*count.lock().unwrap(), 6);
}

const PROGRAMS: [(&str, Program); 5] = [
    ("store buffering", store_buffering),
    ("sequentially consistent", sequentially_consistent),
    ("updates", updates),
    ("patient", patient),
    ("locked", locked),
];

/// Explores `program` and samples it with `explorer`: what was met must exist, and where `whole`, what exists must be met.
fn compare(model: Model, explorer: Explorer, name: &str, program: Program, whole: bool) {
    let mut builder = Builder::new();
    builder.model = model;
    let all = all(&builder, program);
    builder.explorer = explorer;
    builder.samples = if whole { 40 * all.len() + 800 } else { 200 };
    let met = sampled(&builder, program);
    assert!(met.is_subset(&all), "{name}: {explorer} meets an execution that {model:?} forbids");
    assert!(met.len() > 1, "{name}: {explorer} meets one execution only");
    if whole {
        assert_eq!(met.len(), all.len(), "{name}: {explorer} under {model:?} misses executions");
    }
}

#[test]
fn explorers_meet_only_executions_that_exist() {
    for (name, program) in PROGRAMS {
        for explorer in ALL {
            compare(Model::Rc11, explorer, name, program, false);
        }
    }
}

#[test]
fn random_walk_meets_every_execution() {
    for (name, program) in PROGRAMS {
        for model in [Model::Rc11, Model::Sc] {
            compare(model, Explorer::RandomWalk, name, program, true);
        }
    }
}

#[test]
fn random_schedules_meet_every_interleaving() {
    for (name, program) in PROGRAMS {
        for explorer in [Explorer::Random, Explorer::Pos, Explorer::Pct { depth: 5 }] {
            // With priorities, a loop that gives up lets all others go first.
            let whole = !(name == "patient" && matches!(explorer, Explorer::Pct { .. }));
            compare(Model::Sc, explorer, name, program, whole);
        }
    }
}
