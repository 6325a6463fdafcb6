//! `ManualTimer`: its own rules.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_effects::{ManualTimer, Stalled, Timer};

use crate::property::properties;

const SECOND: Duration = Duration::from_secs(1);

/// Counts its wake-ups.
#[derive(Default)]
struct Count(AtomicU32);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// All of `futures`, polled in their order each time.
async fn all(mut futures: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    poll_fn(|context| {
        futures.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if futures.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

properties! {
    fn manual_timer_ends_sleeps_in_the_order_of_their_deadlines(millis: Vec<u16>) -> bool {
        let timer = ManualTimer::new();
        let ended = RefCell::new(Vec::new());
        let sleeps: Vec<_> = millis
            .iter()
            .map(|millis| {
                let (timer, ended) = (&timer, &ended);
                Box::pin(async move {
                    timer.sleep(Duration::from_millis((*millis).into())).await;
                    assert_eq!(timer.elapsed(), Duration::from_millis((*millis).into()));
                    ended.borrow_mut().push(*millis);
                }) as Pin<Box<dyn Future<Output = ()> + '_>>
            })
            .collect();
        timer.run(all(sleeps)).unwrap();
        let mut sorted = millis;
        sorted.sort_unstable();
        ended.into_inner() == sorted && timer.pending() == 0
    }
}

#[test]
fn manual_timer_wakes_what_is_due_and_only_that() {
    let timer = ManualTimer::new();
    let (early, late) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let (early_waker, late_waker) = (Waker::from(Arc::clone(&early)), Waker::from(Arc::clone(&late)));
    let mut first = pin!(timer.sleep(SECOND));
    let mut second = pin!(timer.sleep(2 * SECOND));
    assert!(first.as_mut().poll(&mut Context::from_waker(&early_waker)).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&late_waker)).is_pending());
    let woken = || (early.0.load(Ordering::Relaxed), late.0.load(Ordering::Relaxed));
    timer.advance(SECOND - Duration::from_nanos(1));
    assert_eq!(woken(), (0, 0));
    timer.advance(Duration::from_nanos(1));
    assert_eq!(woken(), (1, 0));
    assert_eq!(timer.advance_to_next(), Some(SECOND));
    assert_eq!(woken(), (1, 1));
    assert_eq!(timer.advance_to_next(), None);
}

#[test]
fn manual_sleep_wakes_the_last_waker_it_was_polled_with() {
    let timer = ManualTimer::new();
    let (old, new) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let mut sleep = pin!(timer.sleep(SECOND));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&old)))).is_pending());
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&new)))).is_pending());
    assert_eq!(timer.pending(), 1);
    timer.advance(SECOND);
    assert_eq!((old.0.load(Ordering::Relaxed), new.0.load(Ordering::Relaxed)), (0, 1));
}

#[test]
fn manual_sleep_of_zero_or_in_the_past_is_ready_at_once() {
    let timer = ManualTimer::new();
    timer.advance(5 * SECOND);
    timer.run(timer.sleep(Duration::ZERO)).unwrap();
    timer.run(timer.sleep_until(SECOND)).unwrap();
    assert_eq!(timer.elapsed(), 5 * SECOND);
}

#[test]
fn manual_sleep_leaves_the_timer_when_dropped() {
    let timer = ManualTimer::new();
    let mut sleep = Box::pin(timer.sleep(SECOND));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(timer.pending(), 1);
    drop(sleep);
    assert_eq!((timer.pending(), timer.advance_to_next()), (0, None));
}

#[test]
fn manual_timer_saturates() {
    let timer = ManualTimer::new();
    timer.advance(Duration::MAX);
    timer.advance(Duration::MAX);
    timer.run(timer.sleep(Duration::MAX)).unwrap();
    assert_eq!(timer.elapsed(), Duration::MAX);
}

/// A waker may use the timer that wakes it.
#[test]
fn manual_timer_is_not_locked_while_it_wakes() {
    struct Meddler(ManualTimer);
    impl Wake for Meddler {
        fn wake(self: Arc<Self>) {
            self.0.advance(SECOND);
        }
    }
    let timer = ManualTimer::new();
    let mut sleep = pin!(timer.sleep(SECOND));
    let waker = Waker::from(Arc::new(Meddler(timer.clone())));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    timer.advance(SECOND);
    assert_eq!(timer.elapsed(), 2 * SECOND);
}

#[test]
fn manual_timer_tells_a_future_that_would_wait_for_ever() {
    let timer = ManualTimer::new();
    assert_eq!(timer.run(std::future::pending::<()>()), Err(Stalled));
    assert!(Stalled.to_string().contains("not woken"));
}
