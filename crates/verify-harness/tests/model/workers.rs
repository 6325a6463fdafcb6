//! Explorations by several workers against those by one.

use std::collections::HashSet;
use std::sync::{Arc as Real, Mutex as RealMutex};

use verify_harness::model::sync::Arc;
use verify_harness::model::sync::atomic::{AtomicBool, AtomicU64};
use verify_harness::model::{Bound, Builder, Failure, Model, Report, Verdict, hint, thread};

use crate::programs;
use crate::shape::*;

fn builder(workers: usize) -> Builder {
    let mut builder = Builder::new();
    builder.workers = workers;
    builder
}

/// What a report says, but for the time.
pub(crate) fn essence(report: &Report) -> (u64, u64, usize, String) {
    let verdict = match &report.verdict {
        Verdict::Fails(Failure { kind, message, trace, replay, .. }) => format!("{kind} {message} {trace} {replay}"),
        other => format!("{other:?}"),
    };
    (report.executions, report.blocked, report.max_depth, verdict)
}

/// The report of several workers, which is that of one.
#[track_caller]
fn same<F: Fn() + Send + Sync + 'static>(program: impl Fn() -> F) -> Report {
    let alone = builder(1).explore(program());
    for workers in [2, 3] {
        assert_eq!(essence(&builder(workers).explore(program())), essence(&alone), "{workers} workers");
    }
    alone
}

#[test]
fn workers_explore_each_execution_once() {
    let names = [
        "synthetic/ainc N=5",
        "synthetic/readers N=7",
        "own/sb_sc N=4",
        "own/mcs N=3",
        "own/msq22",
        "own/trb22",
        "own/seqlock2 N=2",
        "synthetic/lastzero N=4",
        "litmus/IRIWish",
    ];
    for name in names {
        for model in [Model::Rc11, Model::Sc] {
            let reports = [1, 2, 4].map(|workers| {
                let mut builder = builder(workers);
                builder.model = model;
                essence(&programs::run(name, &builder).expect("a known program"))
            });
            assert_eq!(reports[0], reports[1], "{name} {model:?}, 2 workers");
            assert_eq!(reports[0], reports[2], "{name} {model:?}, 4 workers");
        }
    }
}

#[test]
fn workers_share_the_work() {
    let seen = Real::new(RealMutex::new(HashSet::new()));
    let record = Real::clone(&seen);
    let mut builder = builder(2);
    // What the test notes of its executions would be looked at as a leak, by one worker alone.
    builder.leaks = false;
    let report = builder.explore(move || {
        let explorers = {
            let mut seen = record.lock().unwrap();
            seen.insert(std::thread::current().id());
            seen.len()
        };
        if explorers == 1 {
            // Let the other come, also where it has no core of its own.
            (0..100).for_each(|_| std::thread::yield_now());
        }
        let x = Arc::new(AtomicU64::new(0));
        let adders: Vec<_> = (0..6)
            .map(|_| {
                let x = Arc::clone(&x);
                thread::spawn(move || x.fetch_add(1, X))
            })
            .collect();
        adders.into_iter().for_each(|adder| drop(adder.join()));
    });
    assert!(report.verdict.holds());
    assert_eq!(report.executions, 720);
    assert_eq!(seen.lock().unwrap().len(), 2, "both explored");
}

#[test]
fn workers_report_the_failure_that_one_finds_first() {
    let report = same(|| {
        || {
            let x = Arc::new(AtomicU64::new(0));
            let writers: Vec<_> = (1..=3)
                .map(|n| {
                    let x = Arc::clone(&x);
                    thread::spawn(move || x.store(n, X))
                })
                .collect();
            let sum = x.load(X) + 10 * x.load(X) + 100 * x.load(X);
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            assert!(![123, 321, 12].contains(&sum), "seen {sum}");
        }
    });
    assert!(report.verdict.failure().is_some(), "{report:?}");
}

#[test]
fn workers_leave_statics_to_one() {
    static COUNT: AtomicU64 = AtomicU64::new(5);
    let report = same(|| {
        || {
            let others: Vec<_> = (0..3).map(|_| thread::spawn(|| COUNT.fetch_add(1, X))).collect();
            others.into_iter().for_each(|other| drop(other.join()));
            assert_eq!(COUNT.load(X), 8);
        }
    });
    assert!(report.verdict.holds(), "{report:?}");
    assert_eq!(report.executions, 6);
    let outside = Real::new(AtomicU64::new(0));
    let report = same(|| {
        let x = Real::clone(&outside);
        move || {
            let y = Real::clone(&x);
            let other = thread::spawn(move || y.fetch_add(1, X));
            x.fetch_add(1, X);
            other.join().unwrap();
            assert_eq!(x.load(X), 2);
        }
    });
    assert_eq!(report.executions, 2, "{report:?}");
}

#[test]
fn workers_leave_loops_that_give_up_and_late_threads_to_one() {
    let report = same(|| {
        || {
            let flag = Arc::new(AtomicBool::new(false));
            let other = Arc::clone(&flag);
            let setter = thread::spawn(move || other.store(true, L));
            for _ in 0..3 {
                if flag.load(A) {
                    break;
                }
                hint::spin_loop();
            }
            setter.join().unwrap();
        }
    });
    assert!(report.verdict.holds() && report.executions == 4, "{report:?}");
    let report = same(|| {
        || {
            let flag = Arc::new(AtomicBool::new(false));
            let (set, seen) = (Arc::clone(&flag), Arc::clone(&flag));
            let setter = thread::spawn(move || set.store(true, X));
            let starter = thread::spawn(move || {
                if seen.load(X) {
                    thread::spawn(|| ()).join().unwrap();
                }
            });
            setter.join().unwrap();
            starter.join().unwrap();
        }
    });
    assert!(report.verdict.holds() && report.executions == 2, "{report:?}");
}

#[test]
fn workers_stop_at_bounds_of_the_whole() {
    for workers in [1, 2] {
        let mut builder = builder(workers);
        builder.max_executions = Some(100);
        let report = programs::run("synthetic/ainc N=5", &builder).expect("a known program");
        assert!(matches!(report.verdict, Verdict::Incomplete(Bound::Executions(100))), "{report:?}");
        assert!((100..100 + workers as u64).contains(&report.executions), "{report:?}");
        builder.max_executions = Some(120);
        let report = programs::run("synthetic/ainc N=5", &builder).expect("a known program");
        assert!(report.verdict.holds() && report.executions == 120, "{report:?}");
    }
}
