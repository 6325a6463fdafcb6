//! `watch`: what code that is written for tokio does not show; see `written_for_tokio/watch.rs` for the rest.

use std::thread;
use std::time::Duration;

use sync_primitives::watch;

use crate::support::{Task, panics};

#[test]
fn watch_wakes_everybody_once() {
    let (sender, receiver) = watch::channel(0);
    let mut receivers: Vec<_> = (0..100).map(|_| receiver.clone()).collect();
    let mut waiting: Vec<_> = receivers.iter_mut().map(|receiver| Task::new(receiver.changed())).collect();
    waiting.iter_mut().for_each(Task::waits);
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    for task in &mut waiting {
        assert_eq!(task.wakes(), 1);
        task.done().unwrap();
    }
    drop(waiting);
    assert!(receivers.iter().all(|receiver| receiver.has_changed() == Ok(false)));
}

/// One who has seen the last value waits; one who has not goes on past it.
#[test]
fn watch_unseen_value_passes_those_who_wait() {
    let (sender, mut receiver) = watch::channel(0);
    let mut late = receiver.clone();
    sender.send(1).unwrap();
    receiver.mark_unchanged();
    let mut waiting = Task::new(receiver.changed());
    waiting.waits();
    Task::new(late.changed()).done().unwrap();
    let mut condition = Task::new(late.wait_for(|value| *value == 2));
    condition.waits();
    sender.send(2).unwrap();
    waiting.done().unwrap();
    assert_eq!(*condition.done().unwrap(), 2);
}

#[test]
fn watch_blocks_and_times_out() {
    let (sender, mut receiver) = watch::channel(0);
    assert_eq!(receiver.changed_timeout(Duration::ZERO), Ok(false));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            receiver.blocking_changed().unwrap();
            *receiver.borrow()
        });
        sender.send(1).unwrap();
        assert_eq!(waiting.join().unwrap(), 1);
    });
    drop(sender);
    assert!(receiver.blocking_changed().is_err());
    assert!(receiver.changed_timeout(Duration::MAX).is_err());
}

#[test]
fn watch_sender_blocks_until_nobody_receives() {
    let (sender, receiver) = watch::channel(0);
    thread::scope(|scope| {
        scope.spawn(|| sender.blocking_closed());
        drop(receiver);
    });
    assert!(sender.is_closed());
}

#[test]
fn watch_survives_panics() {
    let (sender, mut receiver) = watch::channel(0);
    let mut other = receiver.clone();
    let mut first = Task::new(receiver.changed());
    assert!(first.poll_with_panicking_waker().is_pending());
    let mut second = Task::new(other.changed());
    second.waits();
    assert!(panics(|| sender.send(1)));
    assert_eq!(second.wakes(), 1);
    first.done().unwrap();
    second.done().unwrap();
    drop(second);
    assert!(panics(|| Task::new(other.wait_for(|_| panic!("in the condition"))).poll().is_ready()));
    // The value is not held any more.
    sender.send(2).unwrap();
    assert_eq!(*other.borrow(), 2);
}

#[test]
fn watch_formats() {
    let (sender, receiver) = watch::channel(7);
    assert_eq!(format!("{sender:?}"), "Sender { closed: false, .. }");
    assert_eq!(format!("{receiver:?}"), "Receiver { changed: Ok(false), .. }");
    assert_eq!(format!("{:?}", receiver.borrow()), "Ref { value: 7, changed: false }");
}
