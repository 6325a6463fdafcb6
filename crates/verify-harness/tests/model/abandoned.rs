//! Executions in which a thread waits for what comes in others only: their threads come to an end all the same, and what they
//! own is dropped.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicIsize;
use verify_harness::model::sync::Arc;
use verify_harness::model::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use verify_harness::model::{Builder, Report, hint, thread};

use Ordering::{Acquire, Relaxed, Release};

/// Counts values of a test that are not dropped.
struct Live(std::sync::Arc<AtomicIsize>);

impl Live {
    fn new(count: &std::sync::Arc<AtomicIsize>) -> Self {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self(std::sync::Arc::clone(count))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Explores two threads: one sets a flag, the other waits for it in a loop and then does `afterwards`. Both own a value.
fn wait_then(afterwards: impl Fn() + Send + Sync + 'static) -> Report {
    let live = std::sync::Arc::new(AtomicIsize::new(0));
    let count = std::sync::Arc::clone(&live);
    let afterwards = std::sync::Arc::new(afterwards);
    let report = Builder::new().explore(move || {
        let flag = Arc::new(AtomicBool::new(false));
        let (waiter, owned) = (Arc::clone(&flag), Live::new(&count));
        let (mine, afterwards) = (Live::new(&count), std::sync::Arc::clone(&afterwards));
        let handle = thread::spawn(move || {
            let _owned = owned;
            while !waiter.load(Acquire) {
                hint::spin_loop();
            }
            afterwards();
        });
        flag.store(true, Release);
        handle.join().unwrap();
        drop(mine);
    });
    assert!(report.verdict.holds(), "{:?}", report.verdict);
    assert_eq!(live.load(std::sync::atomic::Ordering::Relaxed), 0, "values were not dropped");
    report
}

#[test]
fn abandoned_threads_drop_their_values_when_they_are_led_to_their_ends() {
    let report = wait_then(|| ());
    assert_eq!((report.executions, report.blocked), (2, 1));
}

#[test]
fn abandoned_threads_are_unwound_where_they_would_start_others() {
    let report = wait_then(|| thread::spawn(|| ()).join().unwrap());
    assert_eq!((report.executions, report.blocked), (2, 1));
}

#[test]
fn abandoned_threads_are_unwound_where_they_have_much_to_do() {
    let many = Mutex::new(BTreeSet::new());
    let report = wait_then(move || {
        let x = AtomicU32::new(0);
        for round in 0..3_000 {
            x.store(round, Relaxed);
        }
        many.lock().unwrap().insert(x.load(Relaxed));
    });
    assert_eq!((report.executions, report.blocked), (2, 1));
}

#[test]
fn abandoned_threads_see_what_an_execution_can_see() {
    let outcomes = std::sync::Arc::new(Mutex::new(BTreeSet::new()));
    let noted = std::sync::Arc::clone(&outcomes);
    let report = Builder::new().explore(move || {
        let shared = Arc::new((AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0)));
        let handles: Vec<_> = (1..=2)
            .map(|number| {
                let shared = Arc::clone(&shared);
                // A spin lock around a counter that is not atomic but in name.
                thread::spawn(move || {
                    while shared.0.compare_exchange(false, true, Acquire, Relaxed).is_err() {
                        hint::spin_loop();
                    }
                    let before = shared.1.load(Relaxed);
                    shared.1.store(before + number, Relaxed);
                    shared.2.store(before, Relaxed);
                    shared.0.store(false, Release);
                })
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join().unwrap());
        let outcome = (shared.1.load(Relaxed), shared.2.load(Relaxed));
        noted.lock().unwrap().insert(outcome);
        assert_eq!(outcome.0, 3);
    });
    assert!(report.verdict.holds() && report.blocked > 0, "{report:?}");
    assert_eq!(*outcomes.lock().unwrap(), BTreeSet::from([(3, 1), (3, 2)]));
}

/// Explores a scope whose two threads wait for a flag and then do `afterwards`.
fn scoped_wait_then(afterwards: fn()) {
    let report = Builder::new().explore(move || {
        let (flag, done) = (AtomicBool::new(false), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !flag.load(Acquire) {
                        hint::spin_loop();
                    }
                    afterwards();
                    done.fetch_add(1, Relaxed);
                });
            }
            flag.store(true, Release);
        });
        assert_eq!(done.load(Relaxed), 2);
    });
    assert!(report.verdict.holds() && report.blocked > 0, "{report:?}");
}

#[test]
fn abandoned_scopes_end_their_threads_before_what_these_borrow() {
    scoped_wait_then(|| ());
    scoped_wait_then(|| thread::spawn(|| ()).join().unwrap());
}

#[test]
fn join_handle_gives_no_result_in_another_exploration() {
    let kept = std::sync::Arc::new(Mutex::new(None));
    let place = std::sync::Arc::clone(&kept);
    let report = Builder::new().explore(move || {
        *place.lock().unwrap() = Some(thread::spawn(|| 1));
    });
    assert!(report.verdict.holds(), "{report:?}");
    let handle = std::sync::Arc::clone(&kept);
    let report = Builder::new().explore(move || {
        let own = thread::spawn(|| 2);
        if let Some(other) = handle.lock().unwrap().take() {
            // The threads have the same number.
            assert_eq!(other.thread().id(), own.thread().id());
            assert!(other.join().is_err(), "a result from another execution");
        }
        assert_eq!(own.join().unwrap(), 2);
    });
    assert!(report.verdict.holds(), "{report:?}");
    assert!(kept.lock().unwrap().is_none());
}
