//! `Timeout`: who wins, and when the timer is touched.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_effects::{Elapsed, ManualTimer, Timer, timeout, timeout_at};

const SECOND: Duration = Duration::from_secs(1);

fn touches(timer: &ManualTimer) -> (u64, u64) {
    (timer.sleeps(), timer.clock_reads())
}

/// Is pending for the given number of polls, waking itself each time.
async fn pending_for(polls: u32) {
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn timeout_of_a_ready_future_touches_no_timer() {
    for duration in [Duration::ZERO, SECOND, Duration::MAX] {
        let timer = ManualTimer::new();
        assert_eq!(timer.run(timeout(&timer, duration, ready(7))), Ok(Ok(7)));
        assert_eq!(touches(&timer), (0, 0));
    }
    let timer = ManualTimer::new();
    assert_eq!(timer.run(timeout_at(&timer, SECOND, ready(7))), Ok(Ok(7)));
    assert_eq!(touches(&timer), (0, 0));
}

#[test]
fn timeout_makes_one_timer_at_the_first_pending() {
    let timer = ManualTimer::new();
    let mut future = pin!(timeout(&timer, SECOND, pending_for(5)));
    assert_eq!(touches(&timer), (0, 0), "nothing before the first poll");
    assert!(timer.run(future.as_mut()).unwrap().is_ok());
    assert_eq!(touches(&timer), (1, 1));
    assert_eq!(timer.elapsed(), Duration::ZERO);
}

#[test]
fn timeout_at_reads_no_clock() {
    let timer = ManualTimer::new();
    assert!(timer.run(timeout_at(&timer, SECOND, pending::<()>())).unwrap().is_err());
    assert_eq!(touches(&timer), (1, 0));
    assert_eq!(timer.elapsed(), SECOND);
}

#[test]
fn timeout_begins_at_the_first_pending() {
    let timer = ManualTimer::new();
    let future = timeout(&timer, SECOND, pending::<()>());
    timer.advance(10 * SECOND);
    assert!(timer.run(future).unwrap().is_err());
    assert_eq!(timer.elapsed(), 11 * SECOND);
}

#[test]
fn timeout_elapses_at_its_time_and_not_before() {
    let timer = ManualTimer::new();
    let mut future = pin!(timeout(&timer, SECOND, pending::<()>()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    timer.advance(SECOND - Duration::from_nanos(1));
    assert!(future.as_mut().poll(&mut context).is_pending());
    timer.advance(Duration::from_nanos(1));
    assert!(matches!(future.as_mut().poll(&mut context), Poll::Ready(Err(_))));
}

#[test]
fn timeout_lets_the_future_win_when_both_are_ready() {
    let timer = ManualTimer::new();
    assert_eq!(timer.run(timeout(&timer, SECOND, timer.sleep(SECOND))), Ok(Ok(())));
    assert_eq!(timer.run(timeout_at(&timer, SECOND, timer.sleep_until(SECOND))), Ok(Ok(())));
}

#[test]
fn timeout_of_zero_is_one_poll() {
    let timer = ManualTimer::new();
    let polls = Cell::new(0);
    let never = poll_fn(|_| {
        polls.set(polls.get() + 1);
        Poll::<()>::Pending
    });
    assert!(timer.run(timeout(&timer, Duration::ZERO, never)).unwrap().is_err());
    assert_eq!((polls.get(), touches(&timer)), (1, (0, 0)));
}

#[test]
fn timeout_at_a_past_deadline_is_one_poll() {
    let timer = ManualTimer::new();
    timer.advance(10 * SECOND);
    assert!(timer.run(timeout_at(&timer, SECOND, pending::<()>())).unwrap().is_err());
    assert!(timer.run(timeout_at(&timer, 10 * SECOND, pending::<()>())).unwrap().is_err());
    assert_eq!(timer.elapsed(), 10 * SECOND);
}

#[test]
fn timeout_of_the_longest_duration_does_not_overflow() {
    let timer = ManualTimer::new();
    timer.advance(SECOND);
    let future = timeout(&timer, Duration::MAX, timer.sleep(SECOND));
    assert_eq!(timer.run(future), Ok(Ok(())));
}

#[test]
fn timeout_gives_the_future_back_after_it_elapsed() {
    let timer = ManualTimer::new();
    let mut future = timeout(&timer, SECOND, Box::pin(timer.sleep(5 * SECOND)));
    assert!(timer.run(&mut future).unwrap().is_err());
    assert_eq!(timer.pending(), 1, "the sleep inside still waits");
    assert_eq!(future.get_ref().deadline(), 5 * SECOND);
    timer.run(future.into_inner()).unwrap();
    assert_eq!(timer.elapsed(), 5 * SECOND);
}

#[test]
fn timeout_cancels_future_and_timer_when_dropped() {
    let timer = ManualTimer::new();
    let mut future = Box::pin(timeout(&timer, SECOND, timer.sleep(5 * SECOND)));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(timer.pending(), 2);
    drop(future);
    assert_eq!(timer.pending(), 0);
}

#[test]
fn timeouts_nest_and_the_shorter_elapses() {
    let timer = ManualTimer::new();
    let inner = timeout(&timer, 2 * SECOND, pending::<()>());
    assert!(timer.run(timeout(&timer, 3 * SECOND, inner)).unwrap().unwrap().is_err());
    let inner = timeout(&timer, 3 * SECOND, pending::<()>());
    assert!(timer.run(timeout(&timer, 2 * SECOND, inner)).unwrap().is_err());
}

#[test]
fn elapsed_is_an_error() {
    fn is_error<E: std::error::Error + Send + Sync + Copy + 'static>(error: E) -> String {
        error.to_string()
    }
    let timer = ManualTimer::new();
    let elapsed: Elapsed = timer.run(timeout(&timer, SECOND, pending::<()>())).unwrap().unwrap_err();
    assert_eq!(is_error(elapsed), "deadline has elapsed");
}

#[test]
fn timeout_tells_its_limit() {
    let timer = ManualTimer::new();
    assert!(format!("{:?}", timeout(&timer, SECOND, ready(1))).contains("After(1s)"));
    assert!(format!("{:?}", timeout_at(&timer, SECOND, ready(1))).contains("At(1s)"));
}

/// The whole of its state is the future, the limit, the timer and the sleep.
#[test]
fn timeout_is_no_larger_than_its_parts() {
    let timer = ManualTimer::new();
    let future = timeout(&timer, SECOND, ready(7u64));
    let parts = size_of_val(&ready(7u64)) + size_of::<&ManualTimer>() + size_of::<Option<async_effects::ManualSleep>>();
    let limit = 2 * size_of::<Duration>();
    assert!(size_of_val(&future) <= parts + limit, "{} bytes", size_of_val(&future));
}
