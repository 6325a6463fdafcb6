//! The recorder's soundness rule, and a wrong recorder that breaks it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;

use verify_harness::history::recorder::{Clock, Recorder, RecorderError};
use verify_harness::history::spec::{Counter, CounterInput, CounterOutput};
use verify_harness::history::{Checker, History, Operation};

type CounterHistory = History<CounterInput, CounterOutput>;

/// What a recorder does around an operation.
trait Records {
    /// Records `operation` with stamps of `clock`; gives the recorded interval.
    fn record(clock: &Clock, operation: &mut dyn FnMut()) -> (u64, u64);
}

struct Real;

impl Records for Real {
    fn record(clock: &Clock, operation: &mut dyn FnMut()) -> (u64, u64) {
        let recorder = Recorder::with_clock(clock.clone());
        recorder.log().call((), operation);
        let history = recorder.into_history().unwrap();
        (history.operations()[0].call, history.operations()[0].ret.unwrap())
    }
}

/// Stamps the call when the operation is over.
struct LateCall;

impl Records for LateCall {
    fn record(clock: &Clock, operation: &mut dyn FnMut()) -> (u64, u64) {
        operation();
        (clock.stamp(), clock.stamp())
    }
}

/// Stamps the return when the operation begins.
struct EarlyReturn;

impl Records for EarlyReturn {
    fn record(clock: &Clock, operation: &mut dyn FnMut()) -> (u64, u64) {
        let interval = (clock.stamp(), clock.stamp());
        operation();
        interval
    }
}

/// Whether the recorded interval contains the one the operation itself measures by the same clock.
fn contains_the_true_interval<R: Records>(clock: &Clock) -> bool {
    let mut truth = (0, 0);
    let (call, ret) = R::record(clock, &mut || truth = (clock.stamp(), clock.stamp()));
    call <= truth.0 && truth.1 <= ret
}

#[test]
fn recorder_interval_contains_the_true_one() {
    for clock in [Some(Clock::counter()), Some(Clock::monotonic()), Clock::time_stamp_counter()].into_iter().flatten() {
        for _ in 0..100 {
            assert!(contains_the_true_interval::<Real>(&clock), "{clock:?}");
        }
    }
}

#[test]
fn recorder_rule_finds_wrong_recorders() {
    let clock = Clock::counter();
    assert!(!contains_the_true_interval::<LateCall>(&clock));
    assert!(!contains_the_true_interval::<EarlyReturn>(&clock));
}

/// Two threads add to a correct counter; the first is held up right after its operation until the second is done, so that a
/// recorder that stamps afterwards turns their order round.
fn held_up(
    record: impl Fn(&AtomicI64, &Clock, &mut dyn FnMut()) -> Operation<CounterInput, CounterOutput> + Sync,
) -> CounterHistory {
    let counter = AtomicI64::new(0);
    let clock = Clock::counter();
    let (first_done, wait_first) = mpsc::channel();
    let (second_done, wait_second) = mpsc::channel::<()>();
    let operations = std::thread::scope(|scope| {
        let (record, counter, clock) = (&record, &counter, &clock);
        let first = scope.spawn(move || {
            record(counter, clock, &mut || {
                first_done.send(()).unwrap();
                wait_second.recv().unwrap();
            })
        });
        wait_first.recv().unwrap();
        let mut second = record(counter, clock, &mut || {});
        second.process = 1;
        second_done.send(()).unwrap();
        vec![first.join().unwrap(), second]
    });
    History::new(operations).unwrap()
}

#[test]
fn recorder_of_a_correct_counter_is_accepted_and_a_wrong_recorder_is_not() {
    let checker = Checker::new(Counter);
    let right = held_up(|counter, clock, pause| {
        let recorder = Recorder::with_clock(clock.clone());
        recorder.log().call(CounterInput::FetchAdd(1), || {
            let before = counter.fetch_add(1, Ordering::SeqCst);
            pause();
            CounterOutput::Value(before)
        });
        recorder.into_history().unwrap().into_operations().remove(0)
    });
    assert!(checker.check(&right).is_linearizable());
    let wrong = held_up(|counter, clock, pause| {
        let before = counter.fetch_add(1, Ordering::SeqCst);
        pause();
        let call = clock.stamp();
        Operation::returned(0, call, clock.stamp(), CounterInput::FetchAdd(1), CounterOutput::Value(before))
    });
    assert!(checker.check(&wrong).is_not_linearizable());
}

#[test]
fn recorder_histories_of_a_correct_counter_are_linearizable() {
    const THREADS: u64 = 4;
    const EACH: usize = 1_500;
    for clock in [Some(Clock::counter()), Some(Clock::monotonic())].into_iter().flatten() {
        let counter = AtomicI64::new(0);
        let recorder = Recorder::with_clock(clock.clone());
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                let mut log = recorder.log();
                let counter = &counter;
                scope.spawn(move || {
                    for _ in 0..EACH {
                        log.call(CounterInput::FetchAdd(1), || {
                            CounterOutput::Value(counter.fetch_add(1, Ordering::Relaxed))
                        });
                    }
                    assert_eq!(log.len(), EACH);
                });
            }
        });
        let history = recorder.into_history().unwrap();
        assert_eq!(history.len(), THREADS as usize * EACH);
        let processes: std::collections::BTreeSet<u64> = history.operations().iter().map(|op| op.process).collect();
        assert_eq!(processes.len(), THREADS as usize);
        let verdict = Checker::new(Counter).check(&history);
        assert!(verdict.is_linearizable(), "{clock:?}: {verdict}");
    }
}

#[test]
fn recorder_leaves_a_panicking_operation_pending() {
    let recorder = Recorder::<u8, ()>::new();
    let mut log = recorder.log();
    let result = catch_unwind(AssertUnwindSafe(|| log.call(1, || std::panic::resume_unwind(Box::new("no")))));
    assert!(result.is_err());
    // What the thread does next is done by another process: one with an open operation calls no other.
    log.call(2, || ());
    drop(log);
    let history = recorder.into_history().unwrap();
    let [first, second] = history.operations() else { panic!("two operations") };
    assert!(first.is_pending() && !second.is_pending() && first.process != second.process);
}

#[test]
fn recorder_refuses_while_a_log_is_in_use() {
    let recorder = Recorder::<u8, u8>::new();
    let log = recorder.log();
    assert_eq!(recorder.into_history().unwrap_err(), RecorderError::LogsInUse { logs: 1 });
    drop(log);
}
