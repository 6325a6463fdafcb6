//! Model tests of `watch`.
//!
//! What is done before sending stands in a cell of the checker, so that an access which the channel fails to order is reported as a
//! race; a lost wake-up leaves a thread parked for ever, which the checker reports too.

#![cfg(loom)]

mod model;

use std::mem::ManuallyDrop;
use std::pin::pin;
use std::sync::Arc;

use model::values::{self, Value};
use model::{Body, block_on, hangs_with, holds, holds_crowd, needs, poll_once, threads};
use sync_primitives::watch::{self, Receiver, Sender};

/// The sender with one body, the receiver with another, on a thread each; both have a cell that is written before sending.
fn ends(send: impl FnOnce(Sender<u32>, &Value) + 'static, receive: impl FnOnce(Receiver<u32>, &Value) + 'static) {
    values::start();
    let before = Arc::new(Value::new(0));
    let mine = Arc::clone(&before);
    let (sender, receiver) = watch::channel(0);
    threads([Box::new(move || send(sender, &mine)) as Body, Box::new(move || receive(receiver, &before))]);
}

fn send_one(sender: Sender<u32>, before: &Value) {
    before.write(1);
    // Nobody may be there any more.
    let _ = sender.send(1);
}

fn task_sees() {
    ends(send_one, |mut receiver, before| {
        block_on(receiver.changed()).unwrap();
        assert_eq!((*receiver.borrow(), before.read()), (1, 1));
        assert!(block_on(receiver.changed()).is_err());
    });
}

fn thread_sees() {
    ends(send_one, |mut receiver, before| {
        receiver.blocking_changed().unwrap();
        assert_eq!((*receiver.borrow(), before.read()), (1, 1));
    });
}

fn looked_at() {
    ends(send_one, |receiver, before| {
        let value = receiver.borrow();
        assert_eq!(value.has_changed(), *value == 1);
        if *value == 1 {
            assert_eq!(before.read(), 1);
        }
    });
}

fn condition_comes_true() {
    ends(
        |sender, before| {
            before.write(1);
            sender.send_modify(|value| *value += 1);
            sender.send_modify(|value| *value += 1);
        },
        |mut receiver, before| {
            assert_eq!(*block_on(receiver.wait_for(|value| *value == 2)).unwrap(), 2);
            assert_eq!(before.read(), 1);
        },
    );
}

fn condition_never_comes_true() {
    ends(send_one, |mut receiver, _| assert!(block_on(receiver.wait_for(|value| *value == 2)).is_err()));
}

fn gives_up_and_comes_again() {
    ends(send_one, |mut receiver, before| {
        if poll_once(pin!(receiver.changed())).is_pending() {
            block_on(receiver.changed()).unwrap();
        }
        assert_eq!((*receiver.borrow(), before.read()), (1, 1));
    });
}

fn receiver_goes() {
    ends(
        |sender, _| {
            let _ = sender.send(1);
            block_on(sender.closed());
        },
        |receiver, _| drop(receiver),
    );
}

/// Two wait, as a task and as a thread: both are told.
fn two_see() {
    values::start();
    let (sender, mut first) = watch::channel(0);
    let mut second = first.clone();
    threads([
        Box::new(move || sender.send(1).unwrap_or(())) as Body,
        Box::new(move || {
            block_on(first.changed()).unwrap();
            assert_eq!(*first.borrow_and_update(), 1);
        }),
        Box::new(move || {
            second.blocking_changed().unwrap();
            assert_eq!(*second.borrow_and_update(), 1);
        }),
    ]);
}

/// Two send: the last value is seen, and never the older one after it.
fn two_send() {
    let (sender, mut receiver) = watch::channel(0);
    let other = sender.clone();
    threads([
        Box::new(move || sender.send_modify(|value| *value += 1)) as Body,
        Box::new(move || other.send_modify(|value| *value += 1)),
        Box::new(move || {
            let mut last = 0;
            while block_on(receiver.changed()).is_ok() {
                let now = *receiver.borrow_and_update();
                assert!(now > last);
                last = now;
            }
            assert_eq!(last, 2);
        }),
    ]);
}

/// What is done before the last receiver goes is seen by who finds that without being woken.
fn end_is_seen() {
    ends(
        |sender, before| {
            let sender = ManuallyDrop::new(sender);
            let mut closed = pin!(sender.closed());
            for _ in 0..2 {
                if poll_once(closed.as_mut()).is_ready() {
                    assert_eq!(before.read(), 1);
                    break;
                }
            }
        },
        |receiver, before| {
            before.write(1);
            drop(receiver);
        },
    );
}

/// Handles are not dropped: where the checker finds a fault and unwinds, that would look into the state, and be a second fault.
fn told_without_dropping_handles() {
    let (sender, receiver) = watch::channel(0);
    let (sender, mut receiver) = (ManuallyDrop::new(sender), ManuallyDrop::new(receiver));
    threads([
        Box::new(move || sender.send(1).unwrap_or(())) as Body,
        Box::new(move || receiver.blocking_changed().unwrap()),
    ]);
}

const WATCH: &str = "watch";

#[test]
fn watch_tells() {
    let property = "who waits sees the last value, with what was done before";
    holds(WATCH, property, "1 sending, 1 task", task_sees);
    holds(WATCH, property, "1 sending, 1 thread", thread_sees);
    holds(WATCH, property, "1 sending, 1 looking", looked_at);
    holds(WATCH, property, "1 sending, 1 that gives up and comes again", gives_up_and_comes_again);
    holds_crowd(WATCH, property, "1 sending, 1 task and 1 thread", two_see);
    holds_crowd(WATCH, property, "2 sending, 1 task", two_send);
}

#[test]
fn watch_waits_for_conditions() {
    let property = "a condition is tested on the last value";
    holds(WATCH, property, "1 modifying twice, 1 task", condition_comes_true);
    holds(WATCH, property, "1 sending and leaving, 1 task", condition_never_comes_true);
}

#[test]
fn watch_tells_its_end() {
    let property = "who waits learns that nobody receives, with what was done before";
    holds(WATCH, property, "1 sending and watching, 1 leaving", receiver_goes);
    holds(WATCH, property, "1 polling twice, 1 leaving", end_is_seen);
}

#[test]
fn watch_serves_who_waits_and_orders() {
    hangs_with(WATCH, "G2", told_without_dropping_handles);
    hangs_with(WATCH, "G4", told_without_dropping_handles);
    needs(WATCH, &["W1", "W2"], end_is_seen);
}
