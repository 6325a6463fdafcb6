//! `Retry`: how often it runs, in which order it asks, and when the timer is touched.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, pending, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_effects::{Backoff, Jitter, ManualTimer, Retryable, Stalled, Timer, timeout};

use crate::property::properties;

const SECOND: Duration = Duration::from_secs(1);

fn touches(timer: &ManualTimer) -> (u64, u64) {
    (timer.sleeps(), timer.clock_reads())
}

/// An operation that fails with the number of its run, and succeeds with it at run `success`.
struct Runs {
    count: Cell<u32>,
    success: u32,
}

impl Runs {
    fn succeeding_at(success: u32) -> Self {
        Self { count: Cell::new(0), success }
    }

    fn failing() -> Self {
        Self::succeeding_at(u32::MAX)
    }

    fn run(&self) -> std::future::Ready<Result<u32, u32>> {
        let run = self.count.get() + 1;
        self.count.set(run);
        ready(if run == self.success { Ok(run) } else { Err(run) })
    }
}

properties! {
    fn retry_runs_exactly_as_often_as_the_attempts(attempts: u8) -> bool {
        let timer = ManualTimer::new();
        let runs = Runs::failing();
        let backoff = Backoff::constant(SECOND).with_max_attempts(attempts.into());
        let outcome = timer.run((|| runs.run()).retry(backoff).timer(&timer));
        let expected = u32::from(attempts.max(1));
        outcome == Ok(Err(expected)) && runs.count.get() == expected && timer.elapsed() == (expected - 1) * SECOND
    }

    fn retry_runs_once_more_than_max_times(retries: u8) -> bool {
        let timer = ManualTimer::new();
        let runs = Runs::failing();
        let backoff = Backoff::linear(SECOND).with_max_times(retries.into());
        let outcome = timer.run((|| runs.run()).retry(backoff).timer(&timer));
        outcome == Ok(Err(u32::from(retries) + 1)) && timer.sleeps() == u64::from(retries)
    }

    fn retry_stops_at_success(success: u8) -> bool {
        let timer = ManualTimer::new();
        let runs = Runs::succeeding_at(u32::from(success) + 1);
        let backoff = Backoff::constant(SECOND).without_max_times();
        let outcome = timer.run((|| runs.run()).retry(backoff).timer(&timer));
        outcome == Ok(Ok(u32::from(success) + 1)) && timer.sleeps() == u64::from(success)
    }

    fn retry_waits_as_the_strategy_says(delays: Vec<u32>) -> bool {
        let timer = ManualTimer::new();
        let runs = Runs::failing();
        let delays: Vec<_> = delays.into_iter().map(|millis| Duration::from_millis(millis.into())).collect();
        let outcome = timer.run((|| runs.run()).retry(delays.clone()).timer(&timer));
        let waits = delays.iter().filter(|delay| !delay.is_zero()).count() as u64;
        outcome == Ok(Err(delays.len() as u32 + 1))
            && timer.elapsed() == delays.iter().sum()
            && touches(&timer) == (waits, waits)
    }
}

#[test]
fn retry_that_succeeds_at_once_touches_no_timer() {
    let timer = ManualTimer::new();
    let runs = Runs::succeeding_at(1);
    assert_eq!(timer.run((|| runs.run()).retry(Backoff::constant(SECOND)).timer(&timer)), Ok(Ok(1)));
    assert_eq!((runs.count.get(), touches(&timer)), (1, (0, 0)));
}

#[test]
fn retry_after_no_delay_touches_no_timer_and_yields() {
    let timer = ManualTimer::new();
    let runs = Runs::succeeding_at(4);
    let mut future = pin!((|| runs.run()).retry([Duration::ZERO; 3]).timer(&timer).into_future());
    let mut context = Context::from_waker(Waker::noop());
    for run in 1..4 {
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert_eq!(runs.count.get(), run, "one run a poll, so that other tasks get their turn");
    }
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(Ok(4)));
    assert_eq!(touches(&timer), (0, 0));
}

#[test]
fn retry_after_no_delay_wakes_its_task() {
    let timer = ManualTimer::new();
    let runs = Runs::succeeding_at(1_000);
    let backoff = Backoff::constant(Duration::ZERO).without_max_times();
    assert_eq!(timer.run((|| runs.run()).retry(backoff).timer(&timer)), Ok(Ok(1_000)));
    assert_eq!(touches(&timer), (0, 0));
}

#[test]
fn retry_does_nothing_before_it_is_polled() {
    let timer = ManualTimer::new();
    let runs = Runs::failing();
    let future = (|| runs.run()).retry([SECOND]).timer(&timer).into_future();
    assert_eq!(runs.count.get(), 0);
    drop(future);
    assert_eq!(runs.count.get(), 0);
}

#[test]
fn retry_gives_up_on_errors_that_are_not_worth_it() {
    let timer = ManualTimer::new();
    let runs = Runs::failing();
    let outcome = timer.run((|| runs.run()).retry([SECOND; 9]).when(|error| *error < 3).timer(&timer));
    assert_eq!(outcome, Ok(Err(3)));
    assert_eq!(timer.elapsed(), 2 * SECOND);
}

#[test]
fn retry_asks_when_then_adjust_then_notify() {
    let timer = ManualTimer::new();
    let runs = Runs::failing();
    let log = RefCell::new(Vec::new());
    let outcome = timer.run(
        (|| runs.run())
            .retry([SECOND, 2 * SECOND])
            .notify(|error, delay| log.borrow_mut().push(format!("notify {error} {delay:?}")))
            .adjust(|error, delay| {
                log.borrow_mut().push(format!("adjust {error} {delay:?}"));
                delay.map(|delay| 10 * delay)
            })
            .when(|error| {
                log.borrow_mut().push(format!("when {error}"));
                true
            })
            .timer(&timer),
    );
    assert_eq!(outcome, Ok(Err(3)));
    assert_eq!(timer.elapsed(), 30 * SECOND);
    let expected = [
        "when 1",
        "adjust 1 Some(1s)",
        "notify 1 10s",
        "when 2",
        "adjust 2 Some(2s)",
        "notify 2 20s",
        "when 3",
        "adjust 3 None",
    ];
    assert_eq!(*log.borrow(), expected);
}

#[test]
fn retry_takes_no_delay_for_an_error_that_is_not_worth_it() {
    let timer = ManualTimer::new();
    let taken = Cell::new(0);
    let delays = std::iter::repeat_with(|| {
        taken.set(taken.get() + 1);
        SECOND
    });
    let runs = Runs::failing();
    let outcome = timer.run((|| runs.run()).retry(delays).when(|error| *error == 1).timer(&timer));
    assert_eq!((outcome, taken.get()), (Ok(Err(2)), 1));
}

#[test]
fn retry_may_be_adjusted_to_give_up_or_to_go_on() {
    let timer = ManualTimer::new();
    let runs = Runs::failing();
    let outcome = timer.run((|| runs.run()).retry([SECOND; 9]).adjust(|_, _| None).timer(&timer));
    assert_eq!((outcome, touches(&timer)), (Ok(Err(1)), (0, 0)));

    let runs = Runs::failing();
    let go_on = |error: &u32, delay: Option<Duration>| delay.or((*error < 5).then_some(Duration::ZERO));
    assert_eq!(timer.run((|| runs.run()).retry([SECOND]).adjust(go_on).timer(&timer)), Ok(Err(5)));
    assert_eq!(timer.elapsed(), SECOND);
}

#[test]
fn retry_drops_the_failed_run_before_the_delay() {
    let timer = ManualTimer::new();
    let alive = Rc::new(());
    let operation = || {
        let alive = Rc::clone(&alive);
        async move {
            let result: Result<(), ()> = Err(());
            let _alive = alive;
            result
        }
    };
    let mut future = pin!(operation.retry([SECOND]).timer(&timer).into_future());
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(timer.pending(), 1);
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn retry_cancels_the_run_that_is_under_way() {
    let timer = ManualTimer::new();
    let runs = Cell::new(0);
    let operation = || {
        runs.set(runs.get() + 1);
        let sleep = timer.sleep(5 * SECOND);
        async move {
            sleep.await;
            Err::<(), ()>(())
        }
    };
    assert!(timer.run(timeout(&timer, 3 * SECOND, operation.retry([SECOND; 9]).timer(&timer))).unwrap().is_err());
    timer.advance(100 * SECOND);
    assert_eq!((runs.get(), timer.pending()), (1, 0));
}

#[test]
fn retry_cancels_the_delay_that_is_under_way() {
    let timer = ManualTimer::new();
    let runs = Runs::failing();
    let retry = (|| runs.run()).retry([SECOND, 100 * SECOND]).timer(&timer);
    assert!(timer.run(timeout(&timer, 5 * SECOND, retry)).unwrap().is_err());
    timer.advance(1_000 * SECOND);
    assert_eq!((runs.count.get(), timer.pending()), (2, 0));
}

#[test]
fn retry_waits_while_its_run_waits() {
    let timer = ManualTimer::new();
    let never = || pending::<Result<(), ()>>();
    assert_eq!(timer.run(never.retry([SECOND]).timer(&timer)), Err(Stalled));
    assert_eq!(touches(&timer), (0, 0));
}

#[test]
fn retry_survives_the_longest_delay() {
    let timer = ManualTimer::new();
    timer.advance(SECOND);
    let runs = Runs::succeeding_at(3);
    let outcome = timer.run((|| runs.run()).retry([Duration::MAX; 2]).timer(&timer));
    assert_eq!((outcome, timer.elapsed()), (Ok(Ok(3)), Duration::MAX));
}

#[test]
fn retry_is_the_same_for_the_same_seed() {
    let elapsed = |seed| {
        let timer = ManualTimer::new();
        let runs = Runs::failing();
        let backoff = Backoff::exponential(SECOND).with_max_times(9).with_jitter(Jitter::Decorrelated, seed);
        assert_eq!(timer.run((|| runs.run()).retry(backoff).timer(&timer)), Ok(Err(10)));
        timer.elapsed()
    };
    assert_eq!(elapsed(1), elapsed(1));
    assert_ne!(elapsed(1), elapsed(2));
}

#[test]
fn retry_unwinds_through_an_operation_that_panics() {
    let timer = ManualTimer::new();
    let operation = || async { if true { panic!("in the run") } else { Ok::<(), ()>(()) } };
    let run = std::panic::AssertUnwindSafe(|| timer.run(operation.retry([SECOND]).timer(&timer)));
    assert!(std::panic::catch_unwind(run).is_err());
    assert_eq!(timer.pending(), 0);
}

#[test]
#[should_panic(expected = "polled after it has completed")]
fn retry_refuses_to_be_polled_after_it_has_completed() {
    let timer = ManualTimer::new();
    let runs = Runs::succeeding_at(1);
    let mut future = pin!((|| runs.run()).retry([SECOND]).timer(&timer).into_future());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_ready());
    let _ = future.as_mut().poll(&mut context);
}

#[test]
fn retry_takes_operations_that_change_their_state() {
    let timer = ManualTimer::new();
    let mut left = 3;
    let operation = || {
        left -= 1;
        ready(if left == 0 { Ok("done") } else { Err(left) })
    };
    assert_eq!(timer.run(operation.retry([SECOND; 5]).timer(&timer)), Ok(Ok("done")));
}

#[test]
fn retry_future_is_send_when_its_parts_are() {
    fn is_send<T: Send>(_: &T) {}
    let operation = || async { Ok::<(), ()>(()) };
    is_send(&operation.retry([SECOND]).timer(ManualTimer::new()).into_future());
}

#[test]
fn retry_tells_its_state() {
    let timer = ManualTimer::new();
    let runs = Runs::failing();
    let mut future = pin!((|| runs.run()).retry([SECOND]).timer(&timer).into_future());
    assert!(format!("{future:?}").contains("idle"));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(format!("{future:?}").contains("waiting"));
}
