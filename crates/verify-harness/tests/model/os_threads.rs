//! Explorations on OS threads against those on coroutines.

use std::cell::Cell;
use std::sync::{Arc as Real, Mutex as RealMutex};

use verify_harness::model::sync::Arc;
use verify_harness::model::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use verify_harness::model::{Builder, Model, hint, thread};

use crate::programs;
use crate::workers::essence;

use Ordering::{Acquire, Relaxed, Release};

fn builder(os_threads: bool) -> Builder {
    let mut builder = Builder::new();
    builder.os_threads = os_threads;
    builder
}

/// The essence of both reports, which is one.
#[track_caller]
fn same<F: Fn() + Send + Sync + 'static>(program: impl Fn() -> F) -> String {
    let [coroutines, os_threads] = [false, true].map(|kind| essence(&builder(kind).explore(program())));
    assert_eq!(os_threads, coroutines);
    coroutines.3
}

#[test]
fn os_threads_explore_the_same_executions() {
    let names = ["litmus/SB", "litmus/CoRR2", "synthetic/ainc N=4", "own/mcs N=2", "own/msq22", "own/seqlock2 N=1"];
    for name in names {
        for model in [Model::Rc11, Model::Sc] {
            let [coroutines, os_threads] = [false, true].map(|kind| {
                let mut builder = builder(kind);
                builder.model = model;
                essence(&programs::run(name, &builder).expect("a known program"))
            });
            assert_eq!(os_threads, coroutines, "{name} {model:?}");
        }
    }
}

#[test]
fn os_threads_report_the_same_failures() {
    let panic = same(|| {
        || {
            let x = Arc::new(AtomicU64::new(0));
            let y = Arc::clone(&x);
            let other = thread::spawn(move || y.store(1, Relaxed));
            assert_eq!(x.load(Relaxed), 0, "too late");
            other.join().unwrap();
        }
    });
    assert!(panic.contains("too late"), "{panic}");
    let endless = same(|| {
        || {
            let never = AtomicBool::new(false);
            while !never.load(Acquire) {
                hint::spin_loop();
            }
        }
    });
    assert!(endless.contains("non-termination"), "{endless}");
    let stuck = same(|| || thread::park());
    assert!(stuck.contains("deadlock") || stuck.contains("wakeup"), "{stuck}");
}

#[test]
fn os_threads_work_for_several_workers() {
    let mut several = builder(true);
    several.workers = 2;
    let alone = essence(&programs::run("own/trb22", &builder(false)).expect("a known program"));
    assert_eq!(essence(&programs::run("own/trb22", &several).expect("a known program")), alone);
}

#[test]
fn os_threads_drop_what_an_abandoned_execution_leaves() {
    let values = Real::new(());
    let kept = Real::clone(&values);
    let mut builder = builder(true);
    builder.liveness = false;
    let report = builder.explore(move || {
        let value = Real::clone(&kept);
        let set = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&set);
        let waits = thread::spawn(move || {
            let _value = value;
            while !flag.load(Acquire) {
                hint::spin_loop();
            }
        });
        set.store(true, Release);
        waits.join().unwrap();
    });
    assert!(report.verdict.holds(), "{:?}", report.verdict);
    assert!(report.blocked > 0, "the waiting thread is left behind in some execution");
    assert_eq!(Real::strong_count(&values), 1, "each execution drops its own");
}

#[test]
fn os_threads_have_thread_locals_of_their_own() {
    std::thread_local! {
        static MARK: Cell<u32> = const { Cell::new(0) };
    }
    let seen = |os_threads| {
        let marks = Real::new(RealMutex::new(Vec::with_capacity(1)));
        let noted = Real::clone(&marks);
        let report = builder(os_threads).explore(move || {
            MARK.set(1);
            let mark = thread::spawn(|| MARK.replace(2)).join().unwrap();
            noted.lock().unwrap().push((mark, MARK.get()));
        });
        assert!(report.verdict.holds());
        marks.lock().unwrap().clone()
    };
    assert_eq!(seen(false), [(1, 2)], "coroutines share those of the exploring thread");
    assert_eq!(seen(true), [(0, 1)]);
}
