//! Model tests of the receivers of `mpmc`; its senders are those of `mpsc`.
//!
//! Values are cells of the checker that count themselves, so that a race, a loss and a second receipt are seen; a lost wake-up
//! leaves a thread parked for ever, which the checker reports.

#![cfg(loom)]

mod model;

use std::mem::ManuallyDrop;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use model::values::{self, Value, all_are_dropped};
use model::{Body, block_on, hangs_with, holds, holds_crowd, poll_once};
use sync_primitives::mpmc::{self, Receiver};

/// Receives to the end, and adds up.
fn sum(receiver: &Receiver<Value>, blocking: bool) -> u64 {
    let next = || if blocking { receiver.blocking_recv() } else { block_on(receiver.recv()) };
    std::iter::from_fn(next).map(|value| value.read()).sum()
}

/// One sends two values, two receive.
fn two_receive() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    let total = Arc::new(AtomicU64::new(0));
    let receivers = [false, true].map(|blocking| {
        let (receiver, total) = (receiver.clone(), Arc::clone(&total));
        Box::new(move || {
            total.fetch_add(sum(&receiver, blocking), Ordering::Relaxed);
        }) as Body
    });
    drop(receiver);
    let sending = Box::new(move || (1..=2).for_each(|n| block_on(sender.send(Value::new(n))).unwrap())) as Body;
    all_are_dropped(receivers.into_iter().chain([sending]));
    assert_eq!(total.load(Ordering::Relaxed), 3);
}

/// One value, one that waits and gives up, one that stays: it gets the value.
fn passes_by_one_that_gives_up() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    let staying = receiver.clone();
    let total = Arc::new(AtomicU64::new(0));
    let mine = Arc::clone(&total);
    let other = Arc::clone(&total);
    all_are_dropped([
        Box::new(move || {
            if let Poll::Ready(Some(value)) = poll_once(pin!(receiver.recv())) {
                mine.fetch_add(value.read(), Ordering::Relaxed);
            }
        }) as Body,
        Box::new(move || {
            other.fetch_add(sum(&staying, false), Ordering::Relaxed);
        }),
        Box::new(move || assert!(sender.try_send(Value::new(1)).is_ok())),
    ]);
    assert_eq!(total.load(Ordering::Relaxed), 1, "the value is received by one of them");
}

/// A value is promised to one that waits; it goes, and the other, which waits for the end, gets it.
fn promise_is_given_back() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    let staying = receiver.clone();
    let mut waiting = Box::pin(async move { receiver.recv().await });
    assert!(poll_once(waiting.as_mut()).is_pending());
    all_are_dropped([
        Box::new(move || {
            assert!(sender.try_send(Value::new(1)).is_ok());
            drop(waiting);
        }) as Body,
        Box::new(move || assert_eq!(sum(&staying, true), 1)),
    ]);
}

/// Polled twice without being woken, while a value comes; or it is left for another.
fn polled_without_waking() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    all_are_dropped([
        Box::new(move || {
            {
                let mut recv = pin!(receiver.recv());
                for _ in 0..2 {
                    if let Poll::Ready(value) = poll_once(recv.as_mut()) {
                        assert_eq!(value.unwrap().read(), 1);
                        return;
                    }
                }
            }
            assert_eq!(receiver.blocking_recv().unwrap().read(), 1);
        }) as Body,
        Box::new(move || assert!(sender.try_send(Value::new(1)).is_ok())),
    ]);
}

fn closed_while_receiving() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    let closing = receiver.clone();
    let [accepted, received] = [(); 2].map(|()| Arc::new(AtomicU64::new(0)));
    let (sent, got) = (Arc::clone(&accepted), Arc::clone(&received));
    all_are_dropped([
        Box::new(move || {
            sent.store(u64::from(sender.try_send(Value::new(1)).is_ok()), Ordering::Relaxed);
        }) as Body,
        Box::new(move || got.store(sum(&receiver, false), Ordering::Relaxed)),
        Box::new(move || closing.close()),
    ]);
    assert_eq!(accepted.load(Ordering::Relaxed), received.load(Ordering::Relaxed), "accepted, and received");
}

/// Sends `count` values, each waiting for room, into one slot, while the receiver closes the channel and receives to the end.
fn sends_and_closes(count: u64) {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    let [accepted, received] = [(); 2].map(|()| Arc::new(AtomicU64::new(0)));
    let (sent, got) = (Arc::clone(&accepted), Arc::clone(&received));
    all_are_dropped([
        Box::new(move || {
            let accepted = (1..=count).filter(|n| block_on(sender.send(Value::new(*n))).is_ok()).sum();
            sent.store(accepted, Ordering::Relaxed);
        }) as Body,
        Box::new(move || {
            receiver.close();
            got.store(sum(&receiver, true), Ordering::Relaxed);
        }),
    ]);
    assert_eq!(accepted.load(Ordering::Relaxed), received.load(Ordering::Relaxed), "accepted, and received");
}

fn sent_and_closed() {
    sends_and_closes(1);
}

fn waiting_and_closed() {
    sends_and_closes(2);
}

/// One waits for a value that never comes while another closes the channel.
fn receiver_is_told_of_closing() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    let closing = receiver.clone();
    all_are_dropped([
        Box::new(move || closing.close()) as Body,
        Box::new(move || assert_eq!(sum(&receiver, false), 0)),
    ]);
    assert!(sender.is_closed());
}

/// A sender waits for room while the receiver goes.
fn waiting_and_dropped() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    all_are_dropped([
        Box::new(move || {
            drop(sender.try_send(Value::new(1)));
            drop(block_on(sender.send(Value::new(2))));
        }) as Body,
        Box::new(move || drop(receiver)),
    ]);
}

/// The last receivers go while a value comes.
fn both_receivers_go() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    let other = receiver.clone();
    all_are_dropped([
        Box::new(move || drop(receiver)) as Body,
        Box::new(move || drop(other)),
        Box::new(move || {
            drop(sender.try_send(Value::new(1)));
            block_on(sender.closed());
        }),
    ]);
}

/// As in the model tests of `mpsc`.
fn delivers_without_dropping_handles() {
    values::start();
    let (sender, receiver) = mpmc::channel::<Value>(1);
    let (sender, receiver) = (ManuallyDrop::new(sender), ManuallyDrop::new(receiver));
    all_are_dropped([
        Box::new(move || {
            let _ = sender.try_send(Value::new(1)).map_err(std::mem::forget);
        }) as Body,
        Box::new(move || assert_eq!(block_on(receiver.recv()).unwrap().read(), 1)),
    ]);
}

const MPMC: &str = "mpmc";

#[test]
fn mpmc_delivers_once() {
    let property = "each value goes to one receiver, with what was done before";
    holds_crowd(MPMC, property, "1 slot, 1 sending 2, 1 task and 1 thread", two_receive);
    holds(MPMC, property, "1 polling twice, 1 sending", polled_without_waking);
}

#[test]
fn mpmc_cancels() {
    let property = "a value promised to one that gives up goes to the next";
    holds_crowd(MPMC, property, "1 that gives up, 1 that waits, 1 sending", passes_by_one_that_gives_up);
    holds(MPMC, property, "1 that waited and goes, 1 waiting for the end", promise_is_given_back);
}

#[test]
fn mpmc_closes() {
    let property = "nobody waits for ever, nothing is lost";
    holds(MPMC, property, "1 sending, 1 closing and receiving", sent_and_closed);
    holds(MPMC, property, "1 slot, 1 sending 2, 1 closing and receiving", waiting_and_closed);
    holds(MPMC, property, "1 receiving, 1 closing", receiver_is_told_of_closing);
    holds(MPMC, property, "1 waiting for room, 1 dropping the receiver", waiting_and_dropped);
    holds_crowd(MPMC, property, "1 sending, 1 receiving, 1 closing", closed_while_receiving);
    holds_crowd(MPMC, property, "2 dropping the receivers, 1 sending and watching", both_receivers_go);
}

#[test]
fn mpmc_serves_who_waits() {
    hangs_with(MPMC, "G2", delivers_without_dropping_handles);
    hangs_with(MPMC, "G4", delivers_without_dropping_handles);
}
