use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use sync_primitives::Event;

use crate::support::{Task, panics};

#[test]
fn event_is_told_to_those_who_listen_alone() {
    let event = Event::new();
    event.notify(1);
    let mut late = Task::new(event.listen());
    late.waits();
    event.notify(1);
    assert_eq!(late.wakes(), 1);
    late.done();
}

#[test]
fn event_counts_those_who_have_not_looked() {
    let event = Event::new();
    let mut tasks: Vec<_> = (0..5).map(|_| Task::new(event.listen())).collect();
    tasks.iter_mut().for_each(Task::waits);
    let woken = |tasks: &[Task<_>]| tasks.iter().map(Task::wakes).collect::<Vec<_>>();
    event.notify(2);
    assert_eq!(woken(&tasks), [1, 1, 0, 0, 0]);
    event.notify(2);
    assert_eq!(woken(&tasks), [1, 1, 0, 0, 0]);
    tasks[0].done();
    event.notify(2); // one has looked, so one more is told
    assert_eq!(woken(&tasks), [1, 1, 1, 0, 0]);
    event.notify_additional(1);
    assert_eq!(woken(&tasks), [1, 1, 1, 1, 0]);
    event.notify(0);
    assert_eq!(woken(&tasks), [1, 1, 1, 1, 0]);
    event.notify(usize::MAX);
    assert_eq!(woken(&tasks), [1, 1, 1, 1, 1]);
}

#[test]
fn event_surplus_is_not_kept() {
    let event = Event::new();
    let mut first = Task::new(event.listen());
    first.waits();
    event.notify_additional(7);
    first.done();
    let mut second = Task::new(event.listen());
    second.waits();
}

#[test]
fn event_cancelled_passes_the_notification_on() {
    let event = Event::new();
    let mut first = Task::new(event.listener());
    let mut second = Task::new(event.listener());
    first.waits();
    second.waits();
    event.notify(1);
    drop(first);
    assert_eq!(second.wakes(), 1);
    drop(second);
    // Nobody is left to be told, and none is owed.
    let mut third = Task::new(event.listener());
    third.waits();
    event.notify(1);
    third.done();
}

#[test]
fn event_listener_joins_when_it_is_enabled() {
    let event = Event::new();
    let mut listener = pin!(event.listener());
    event.notify(1);
    assert!(!listener.as_mut().enable());
    assert!(!listener.as_mut().enable());
    event.notify(1);
    assert!(listener.as_mut().enable());
    pollster::block_on(listener);
}

#[test]
fn event_wakes_more_than_a_batch() {
    let event = Event::new();
    let mut tasks: Vec<_> = (0..100).map(|_| Task::new(event.listener())).collect();
    tasks.iter_mut().for_each(Task::waits);
    event.notify(99);
    assert_eq!(tasks.iter().map(Task::wakes).sum::<usize>(), 99);
    assert_eq!(tasks[99].wakes(), 0, "the last came last");
}

#[test]
fn event_waits_for_conditions() {
    let (count, event) = (AtomicU32::new(0), Event::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| event.blocking_wait_until(|| count.load(Ordering::Relaxed) == 100));
            scope.spawn(|| pollster::block_on(event.wait_until(|| count.load(Ordering::Relaxed) == 100)));
        }
        scope.spawn(|| {
            for _ in 0..100 {
                count.fetch_add(1, Ordering::Relaxed);
                event.notify(usize::MAX);
            }
        });
    });
    assert!(event.blocking_wait_until_for(|| true, Duration::ZERO));
    assert!(!event.blocking_wait_until_for(|| false, Duration::from_micros(50)));
}

/// Its waiter leaves, with what it may have been told.
#[test]
fn event_survives_a_condition_that_panics() {
    let event = Event::new();
    let first = AtomicBool::new(true);
    assert!(panics(|| event.blocking_wait_until(|| !first.swap(false, Ordering::Relaxed) && panic!("the condition"))));
    let mut task = Task::new(event.listener());
    task.waits();
    event.notify(1);
    assert_eq!(task.wakes(), 1);
}

#[test]
fn event_panicking_wakers_lose_nobody() {
    let event = Event::new();
    let mut first = Task::new(event.listener());
    let mut second = Task::new(event.listener());
    assert!(first.poll_with_panicking_waker().is_pending());
    second.waits();
    assert!(panics(|| event.notify(2)));
    assert_eq!(second.wakes(), 1);
    first.done();
    second.done();
}
