//! Model tests of `spsc`.
//!
//! What is done before sending stands in cells of the checker, and so do the slots of the ring, so that an access which the channel fails to
//! order is reported as a race; a lost wake-up leaves a thread parked for ever, which the checker reports too.

#![cfg(loom)]

mod model;

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use loom::sync::atomic::Ordering;
use loom::thread;
use model::values::{self, Kept, Value, all_are_dropped};
use model::{
    Body, block_on, fails_when_weakened, holds, holds_crowd, holds_large, is_missed, needs, poll_once, threads,
};
use sync_primitives::spsc::{self, Receiver, Sender, error::TryRecvError};

fn channel(capacity: usize) -> (Kept<Sender<Value>>, Kept<Receiver<Value>>) {
    values::start();
    let (sender, receiver) = spsc::channel(capacity);
    (Kept::new(sender), Kept::new(receiver))
}

/// The sender with one body, the receiver with another, on a thread each; no value is left.
fn ends(
    capacity: usize,
    send: impl FnOnce(Kept<Sender<Value>>) + 'static,
    receive: impl FnOnce(Kept<Receiver<Value>>) + 'static,
) {
    let (sender, receiver) = channel(capacity);
    all_are_dropped([Box::new(move || send(sender)) as Body, Box::new(move || receive(receiver))]);
}

fn send_as_task(mut sender: Kept<Sender<Value>>, count: u64) {
    for number in 0..count {
        assert!(block_on(sender.send(Value::new(number))).is_ok());
    }
}

fn receive_as_task(mut receiver: Kept<Receiver<Value>>, count: u64) {
    for number in 0..count {
        assert_eq!(block_on(receiver.recv()).map(|value| value.read()), Some(number));
    }
    assert!(block_on(receiver.recv()).is_none());
}

/// Only the receiver ever waits, for a value and for the end.
fn receiver_waits() {
    ends(1, |mut sender| assert!(sender.try_send(Value::new(0)).is_ok()), |receiver| receive_as_task(receiver, 1));
}

/// The same with more values, by which the bell has turned light when it is lain down at.
fn receiver_waits_for_more() {
    ends(
        2,
        |mut sender| (0..2).for_each(|number| assert!(sender.try_send(Value::new(number)).is_ok())),
        |receiver| receive_as_task(receiver, 2),
    );
}

/// As `receiver_waits`, with a thread that blocks.
fn blocked_receiver_waits() {
    ends(
        2,
        |mut sender| (0..2).for_each(|number| assert!(sender.try_send(Value::new(number)).is_ok())),
        |mut receiver| {
            for number in 0..2 {
                assert_eq!(receiver.blocking_recv().map(|value| value.read()), Some(number));
            }
        },
    );
}

/// Only the sender ever waits, for the slot of a value that is there already.
fn sender_waits_by(send: fn(&mut Sender<Value>)) {
    let (mut sender, mut receiver) = channel(1);
    assert!(sender.try_send(Value::new(0)).is_ok());
    // The receiver stays, so that the sender is not woken by its end.
    let kept = Rc::new(RefCell::new(None));
    let place = Rc::clone(&kept);
    threads([
        Box::new(move || send(&mut sender)) as Body,
        Box::new(move || {
            assert_eq!(receiver.try_recv().map(|value| value.read()), Ok(0));
            *place.borrow_mut() = Some(receiver);
        }),
    ]);
    let mut receiver = kept.take().expect("it was put there");
    assert_eq!(receiver.try_recv().map(|value| value.read()), Ok(1));
    drop(receiver);
    assert_eq!(values::live(), 0);
}

fn sender_waits() {
    sender_waits_by(|sender| assert!(block_on(sender.send(Value::new(1))).is_ok()));
}

fn blocked_sender_waits() {
    sender_waits_by(|sender| assert!(sender.blocking_send(Value::new(1)).is_ok()));
}

fn two_through_one_slot() {
    ends(
        1,
        |sender| send_as_task(sender, 2),
        |mut receiver| {
            for number in 0..2 {
                assert_eq!(receiver.blocking_recv().map(|value| value.read()), Some(number));
            }
        },
    );
}

fn only_tried() {
    let faults = Rc::new(Cell::new(0));
    let seen = Rc::clone(&faults);
    ends(
        1,
        |mut sender| {
            // Whether there is room does not matter.
            (0..2).for_each(|number| drop(sender.try_send(Value::new(number))));
        },
        move |mut receiver| {
            let mut next = 0;
            for _ in 0..3 {
                match receiver.try_recv() {
                    Ok(value) => {
                        seen.set(seen.get() + u32::from(value.read() < next));
                        next = value.read() + 1;
                    }
                    Err(TryRecvError::Empty) => {}
                    Err(TryRecvError::Disconnected) => seen.set(seen.get() + u32::from(next == 0)),
                }
            }
        },
    );
    assert_eq!(faults.get(), 0, "the end came before the first value, or values overtook each other");
}

/// The receiver goes while the sender waits: what is refused comes back, and what is accepted is dropped with the channel.
fn receiver_goes() {
    let (mut sender, receiver) = channel(1);
    assert!(sender.try_send(Value::new(0)).is_ok());
    all_are_dropped([
        Box::new(move || {
            if let Err(refused) = block_on(sender.send(Value::new(1))) {
                assert_eq!(refused.0.read(), 1);
                assert!(sender.is_closed());
            }
        }) as Body,
        Box::new(move || drop(receiver)),
    ]);
}

/// A receiver that gives up and comes again loses nothing.
fn gives_up_and_comes_again() {
    ends(
        1,
        |mut sender| assert!(sender.try_send(Value::new(0)).is_ok()),
        |mut receiver| {
            let mut received = 0;
            if let Poll::Ready(Some(value)) = poll_once(pin!(receiver.recv())) {
                assert_eq!(value.read(), 0);
                received += 1;
            }
            received += u32::from(block_on(receiver.recv()).is_some());
            assert_eq!(received, 1);
        },
    );
}

/// Both ends are on one thread until the bell is light there, and the receiver lies down; meanwhile the sender goes to another thread, and sends
/// from that.
fn sender_leaves_home() {
    let (mut sender, mut receiver) = channel(4);
    let elsewhere = Rc::new(Cell::new(None));
    let place = Rc::clone(&elsewhere);
    let home = thread::spawn(move || {
        for number in 0..2 {
            assert!(sender.try_send(Value::new(number)).is_ok());
            assert_eq!(receiver.try_recv().map(|value| value.read()), Ok(number));
        }
        // The sender stays, so that the receiver is not woken by its end.
        place.set(Some(thread::spawn(move || {
            assert!(sender.try_send(Value::new(2)).is_ok());
            sender
        })));
        assert_eq!(block_on(receiver.recv()).map(|value| value.read()), Some(2));
    });
    home.join().unwrap();
    drop(elsewhere.take().expect("it was put there").join().unwrap());
    assert_eq!(values::live(), 0);
}

const SPSC: &str = "spsc";

const IN_ORDER: &str = "values arrive in order, each once, and nobody sleeps for ever";

#[test]
fn spsc_wakes_its_receiver() {
    holds_large(SPSC, IN_ORDER, "1 value and the end, the receiver waits", Some(3), receiver_waits);
    holds_crowd(SPSC, IN_ORDER, "2 values, 2 slots, the receiver waits", receiver_waits_for_more);
    holds_large(SPSC, IN_ORDER, "2 values, 2 slots, the receiver blocks", Some(3), blocked_receiver_waits);
}

#[test]
fn spsc_wakes_its_sender() {
    holds_large(SPSC, IN_ORDER, "2 values, 1 slot, the sender waits", Some(3), sender_waits);
    holds_large(SPSC, IN_ORDER, "2 values, 1 slot, the sender blocks", Some(3), blocked_sender_waits);
}

#[test]
fn spsc_wakes_at_home_from_elsewhere() {
    holds_large(SPSC, IN_ORDER, "2 values on one thread, 1 from another", Some(3), sender_leaves_home);
    fails_when_weakened(SPSC, "B3", Ordering::Relaxed, &["deadlock", "lost wakeup"], sender_leaves_home);
}

#[test]
fn spsc_both_ends_wait() {
    holds_crowd(SPSC, IN_ORDER, "2 values, 1 slot, both wait", two_through_one_slot);
}

#[test]
fn spsc_tried_on_both_ends() {
    holds_large(SPSC, "who only tries sees values in order, and the end last", "2 sent, 3 tries", Some(3), only_tried);
}

#[test]
fn spsc_receiver_goes_while_sender_waits() {
    holds(SPSC, "a value that is refused comes back, and others are dropped", "1 slot, 1 that waits", receiver_goes);
}

#[test]
fn spsc_giving_up_loses_nothing() {
    holds_large(SPSC, "one who gives up and comes again loses nothing", "1 value", Some(3), gives_up_and_comes_again);
}

#[test]
fn spsc_orderings_are_needed() {
    needs(SPSC, &["T1", "T2"], receiver_waits);
    needs(SPSC, &["H1", "H2"], sender_waits);
    // Weakened, the end is seen before the value. (E1 is not among these: a full fence comes before it, as every fence of a bell is in a model.)
    is_missed(SPSC, &["E2"], "the end came before the first value", only_tried);
    for fence in ["B1", "B4"] {
        fails_when_weakened(SPSC, fence, Ordering::Relaxed, &["deadlock", "lost wakeup"], receiver_waits);
    }
}
