//! The effects on tokio's clock, paused.

use std::future::{pending, poll_fn, ready};
use std::task::Poll;
use std::time::Duration;

use async_effects::tokio::{TokioTimer, timeout, timeout_at};
use async_effects::{Backoff, Retryable, Timer};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn tokio_timer_sleeps_on_paused_time() {
    let start = Instant::now();
    TokioTimer.sleep(3 * SECOND).await;
    TokioTimer.sleep_until(start + 5 * SECOND).await;
    assert_eq!(start.elapsed(), 5 * SECOND);
    assert_eq!(TokioTimer.now(), Instant::now());
}

#[tokio::test(start_paused = true)]
async fn tokio_timeout_elapses_at_its_time() {
    let start = Instant::now();
    assert!(timeout(2 * SECOND, pending::<()>()).await.is_err());
    assert_eq!(start.elapsed(), 2 * SECOND);
    assert!(timeout_at(start + 5 * SECOND, pending::<()>()).await.is_err());
    assert_eq!(start.elapsed(), 5 * SECOND);
    assert!(timeout_at(start, pending::<()>()).await.is_err());
    assert_eq!(timeout_at(start, ready(7)).await, Ok(7));
    assert!(timeout(Duration::ZERO, pending::<()>()).await.is_err());
    assert_eq!(timeout(Duration::MAX, tokio::task::yield_now()).await, Ok(()));
    assert_eq!(start.elapsed(), 5 * SECOND);
}

/// Without a runtime a timer cannot even be made: so these touch none.
#[test]
fn tokio_timer_is_not_touched_without_need() {
    let manual = async_effects::ManualTimer::new();
    assert_eq!(manual.run(timeout(SECOND, ready(7))), Ok(Ok(7)));
    assert!(manual.run(timeout(Duration::ZERO, pending::<()>())).unwrap().is_err());
    let mut left = 4;
    let operation = || {
        left -= 1;
        ready(if left == 0 { Ok(()) } else { Err(()) })
    };
    assert_eq!(manual.run(operation.retry([Duration::ZERO; 3]).timer(TokioTimer)), Ok(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn tokio_retry_waits_on_paused_time() {
    let start = Instant::now();
    let mut runs = 0;
    let operation = || {
        runs += 1;
        ready(Err::<(), _>("no"))
    };
    let backoff = Backoff::exponential(SECOND).with_max_times(4);
    assert_eq!(operation.retry(backoff).timer(TokioTimer).await, Err("no"));
    assert_eq!(start.elapsed(), (1 + 2 + 4 + 8) * SECOND);
    assert_eq!(runs, 5);
}

/// An operation that fails without end and without delay still lets other tasks run.
#[tokio::test(start_paused = true)]
async fn tokio_retry_after_no_delay_leaves_room_for_others() {
    let stop = std::rc::Rc::new(std::cell::Cell::new(false));
    let local = tokio::task::LocalSet::new();
    let other = std::rc::Rc::clone(&stop);
    local.spawn_local(async move { other.set(true) });
    let operation = || ready(if stop.get() { Ok(()) } else { Err(()) });
    let backoff = Backoff::constant(Duration::ZERO).without_max_times();
    local.run_until(operation.retry(backoff).timer(TokioTimer).into_future()).await.unwrap();
}

/// A future that uses up the budget for co-operation at each poll is still stopped, at the first poll after the deadline.
#[tokio::test(start_paused = true)]
async fn tokio_timeout_elapses_though_the_budget_is_used_up() {
    let mut polls = 0;
    let greedy = poll_fn(|context| {
        polls += 1;
        assert!(polls < 100, "the timeout does not elapse");
        // Until tokio refuses: the budget is used up.
        while let Poll::Ready(progress) = tokio::task::coop::poll_proceed(context) {
            progress.made_progress();
        }
        Poll::<()>::Pending
    });
    assert!(timeout_at(Instant::now(), greedy).await.is_err());
    assert_eq!(polls, 1);
}
