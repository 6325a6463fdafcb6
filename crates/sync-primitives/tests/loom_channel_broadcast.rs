//! Model tests of `broadcast`.
//!
//! Values are cells of the checker that count themselves, so that a race, a loss and a second drop are seen; a lost wake-up
//! leaves a thread parked for ever, which the checker reports.

#![cfg(loom)]

mod model;

use std::mem::ManuallyDrop;
use std::pin::pin;

use model::values::{self, Value, all_are_dropped};
use model::{Body, block_on, hangs_with, holds, holds_crowd, poll_once};
use sync_primitives::broadcast::{self, Receiver, Sender, error::RecvError, error::TryRecvError};

fn ends(capacity: usize, send: impl FnOnce(Sender<Value>) + 'static, receive: impl FnOnce(Receiver<Value>) + 'static) {
    values::start();
    let (sender, receiver) = broadcast::channel(capacity);
    all_are_dropped([Box::new(move || send(sender)) as Body, Box::new(move || receive(receiver))]);
}

fn send(sender: Sender<Value>, values: u64) {
    (1..=values).for_each(|n| drop(sender.send(Value::new(n))));
}

/// Receives to the end; the values that came and how many were missed.
fn receive(receiver: &mut Receiver<Value>, blocking: bool) -> (Vec<u64>, u64) {
    let (mut received, mut missed) = (Vec::new(), 0);
    loop {
        match if blocking { receiver.blocking_recv() } else { block_on(receiver.recv()) } {
            Ok(value) => received.push(value.read()),
            Err(RecvError::Lagged(count)) => missed += count,
            Err(RecvError::Closed) => return (received, missed),
        }
    }
}

fn task_receives() {
    ends(2, |sender| send(sender, 2), |mut receiver| assert_eq!(receive(&mut receiver, false), (vec![1, 2], 0)));
}

fn thread_receives() {
    ends(1, |sender| send(sender, 1), |mut receiver| assert_eq!(receive(&mut receiver, true), (vec![1], 0)));
}

/// There is room for one value: what does not come is told.
fn receiver_lags() {
    ends(
        1,
        |sender| send(sender, 2),
        |mut receiver| {
            let (received, missed) = receive(&mut receiver, false);
            assert_eq!(received.len() as u64 + missed, 2);
            assert_eq!(received.last(), Some(&2));
        },
    );
}

fn receiver_goes() {
    ends(
        1,
        |sender| {
            drop(sender.send(Value::new(1)));
            block_on(sender.closed());
            assert!(sender.is_empty());
        },
        drop,
    );
}

fn gives_up_and_comes_again() {
    ends(
        1,
        |sender| send(sender, 1),
        |mut receiver| {
            if poll_once(pin!(receiver.recv())).is_pending() {
                assert_eq!(block_on(receiver.recv()).unwrap().read(), 1);
            }
        },
    );
}

/// Two receive the same value: one by cloning, or both.
fn two_receive() {
    values::start();
    let (sender, mut first) = broadcast::channel(1);
    let mut second = sender.subscribe();
    all_are_dropped([
        Box::new(move || send(sender, 1)) as Body,
        Box::new(move || assert_eq!(block_on(first.recv()).unwrap().read(), 1)),
        Box::new(move || assert_eq!(second.blocking_recv().unwrap().read(), 1)),
    ]);
}

/// One passes values while the other goes with them before it.
fn one_receives_and_one_goes() {
    values::start();
    let (sender, mut first) = broadcast::channel(2);
    let second = sender.subscribe();
    (1..=2).for_each(|n| drop(sender.send(Value::new(n))));
    all_are_dropped([
        Box::new(move || {
            assert_eq!(first.try_recv().unwrap().read(), 1);
            assert_eq!(first.try_recv().unwrap().read(), 2);
            assert!(matches!(first.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)));
        }) as Body,
        Box::new(move || drop(second)),
        Box::new(move || drop(sender)),
    ]);
}

/// One subscribes while a value is sent: it gets it, or knows nothing of it.
fn one_subscribes() {
    values::start();
    let (sender, first) = broadcast::channel(1);
    let other = sender.clone();
    all_are_dropped([
        Box::new(move || send(sender, 1)) as Body,
        Box::new(move || {
            let mut late = other.subscribe();
            drop(other);
            let (received, missed) = receive(&mut late, false);
            assert!(received.len() <= 1 && missed == 0);
        }),
        Box::new(move || drop(first)),
    ]);
}

fn delivers_without_dropping_handles() {
    values::start();
    let (sender, receiver) = broadcast::channel(1);
    let (sender, mut receiver) = (ManuallyDrop::new(sender), ManuallyDrop::new(receiver));
    all_are_dropped([
        Box::new(move || drop(sender.send(Value::new(1)))) as Body,
        Box::new(move || assert_eq!(block_on(receiver.recv()).unwrap().read(), 1)),
    ]);
}

const BROADCAST: &str = "broadcast";

#[test]
fn broadcast_delivers_to_all() {
    let property = "each receiver gets every value in order, with what was done before, or is told what it missed";
    holds(BROADCAST, property, "1 sending 2, 1 task", task_receives);
    holds(BROADCAST, property, "1 sending, 1 thread", thread_receives);
    holds(BROADCAST, property, "1 sending 2 where there is room for 1, 1 task", receiver_lags);
    holds(BROADCAST, property, "1 sending, 1 that gives up and comes again", gives_up_and_comes_again);
    holds_crowd(BROADCAST, property, "1 sending, 1 task and 1 thread", two_receive);
}

#[test]
fn broadcast_comes_and_goes() {
    let property = "values are dropped once nobody needs them, nobody waits for ever";
    holds(BROADCAST, property, "1 sending and watching, 1 leaving", receiver_goes);
    holds_crowd(BROADCAST, property, "1 receiving, 1 leaving, 1 dropping the sender", one_receives_and_one_goes);
    holds_crowd(BROADCAST, property, "1 sending, 1 subscribing, 1 leaving", one_subscribes);
}

#[test]
fn broadcast_serves_who_waits() {
    hangs_with(BROADCAST, "G2", delivers_without_dropping_handles);
    hangs_with(BROADCAST, "G4", delivers_without_dropping_handles);
}
