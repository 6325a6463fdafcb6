//! Model tests of `oneshot`.
//!
//! What is done before sending stands in a cell of the checker, so that an access which the channel fails to order is reported as a
//! race; a lost wake-up leaves a thread parked for ever, which the checker reports too. Values count themselves.

#![cfg(loom)]

mod model;

use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::task::Poll;

use model::values::{self, Value, all_are_dropped};
use model::{Body, block_on, hangs_with, holds, needs, poll_once};
use sync_primitives::oneshot::{self, Receiver, Sender};

/// The two ends on a thread each.
fn ends(send: impl FnOnce(Sender<Value>) + 'static, receive: impl FnOnce(Receiver<Value>) + 'static) {
    values::start();
    let (sender, receiver) = oneshot::channel();
    all_are_dropped([Box::new(move || send(sender)) as Body, Box::new(move || receive(receiver))]);
}

fn send(sender: Sender<Value>) {
    assert!(sender.send(Value::new(1)).is_ok());
}

fn task_receives() {
    ends(send, |receiver| assert_eq!(block_on(receiver).unwrap().read(), 1));
}

fn thread_receives() {
    ends(send, |receiver| assert_eq!(receiver.blocking_recv().unwrap().read(), 1));
}

fn tried() {
    ends(send, |mut receiver| {
        if let Ok(value) = receiver.try_recv() {
            assert_eq!(value.read(), 1);
        } else {
            assert_eq!(block_on(receiver).unwrap().read(), 1);
        }
    });
}

fn sender_gone() {
    ends(drop, |receiver| assert!(block_on(receiver).is_err()));
}

fn sender_gone_for_a_thread() {
    ends(drop, |receiver| assert!(receiver.blocking_recv().is_err()));
}

/// Whether it is sent before or after it is closed: the value is at one end.
fn sent_and_closed() {
    ends(
        |sender| drop(sender.send(Value::new(1))),
        |mut receiver| {
            receiver.close();
            drop(receiver.try_recv());
            assert!(receiver.try_recv().is_err());
        },
    );
}

/// The receiver goes with the value under way.
fn sent_and_dropped() {
    ends(|sender| drop(sender.send(Value::new(1))), drop);
}

fn receiver_gives_up() {
    ends(
        |sender| drop(sender.send(Value::new(1))),
        |mut receiver| {
            if poll_once(Pin::new(&mut receiver)).is_pending() {
                drop(receiver);
            }
        },
    );
}

/// The receiver polls with one waker and waits with another.
fn receiver_changes_its_waker() {
    ends(send, |mut receiver| {
        match poll_once(Pin::new(&mut receiver)) {
            Poll::Ready(value) => drop(value),
            Poll::Pending => assert_eq!(block_on(receiver).unwrap().read(), 1),
        };
    });
}

fn sender_watches() {
    ends(|mut sender| block_on(sender.closed()), drop);
}

fn sender_watches_as_a_thread() {
    ends(|mut sender| sender.blocking_closed(), |mut receiver| receiver.close());
}

/// The sender gives up watching and sends: what was closed stays closed.
fn sender_gives_up_watching() {
    ends(
        |mut sender| {
            let closed = poll_once(pin!(sender.closed())).is_ready();
            let sent = sender.send(Value::new(1)).is_ok();
            assert!(!(closed && sent), "sent into a closed channel");
        },
        drop,
    );
}

/// Both wait in the channel at once, and one of them closes it.
fn both_watch() {
    ends(
        |mut sender| block_on(sender.closed()),
        |mut receiver| {
            assert!(poll_once(Pin::new(&mut receiver)).is_pending());
            receiver.close();
            assert!(block_on(receiver).is_err());
        },
    );
}

/// As `task_receives`, but the receiver is not dropped: where the checker finds a fault and unwinds, that would look into the state,
/// and be a second fault.
fn task_receives_and_keeps_the_receiver() {
    ends(send, |receiver| {
        let mut receiver = ManuallyDrop::new(receiver);
        let receiver: &mut Receiver<Value> = &mut receiver;
        assert_eq!(block_on(receiver).unwrap().read(), 1);
    });
}

const ONESHOT: &str = "oneshot";

#[test]
fn oneshot_delivers() {
    let property = "a value arrives with what was done before, or is given back";
    holds(ONESHOT, property, "1 sending, 1 task", task_receives);
    holds(ONESHOT, property, "1 sending, 1 thread", thread_receives);
    holds(ONESHOT, property, "1 sending, 1 trying, then a task", tried);
    holds(ONESHOT, property, "1 sending, 1 with two wakers", receiver_changes_its_waker);
    holds(ONESHOT, property, "1 sending, 1 closing", sent_and_closed);
    holds(ONESHOT, property, "1 sending, 1 dropping the receiver", sent_and_dropped);
    holds(ONESHOT, property, "1 sending, 1 giving up", receiver_gives_up);
}

#[test]
fn oneshot_tells_its_end() {
    let property = "who waits learns that the other is gone";
    holds(ONESHOT, property, "1 dropping the sender, 1 task", sender_gone);
    holds(ONESHOT, property, "1 dropping the sender, 1 thread", sender_gone_for_a_thread);
    holds(ONESHOT, property, "1 task that watches, 1 dropping the receiver", sender_watches);
    holds(ONESHOT, property, "1 thread that watches, 1 closing", sender_watches_as_a_thread);
    holds(ONESHOT, property, "1 that gives up watching, 1 dropping the receiver", sender_gives_up_watching);
    holds(ONESHOT, property, "1 that watches, 1 polling and closing", both_watch);
}

#[test]
fn oneshot_serves_who_waits() {
    hangs_with(ONESHOT, "G2", task_receives_and_keeps_the_receiver);
    hangs_with(ONESHOT, "G4", task_receives_and_keeps_the_receiver);
}

/// Each goes without the other's seeing anything of it but that it is gone: the second one frees.
fn both_go() {
    ends(drop, drop);
}

/// Who frees the channel does it after all that the other did with it.
#[test]
fn oneshot_is_freed_by_the_last() {
    holds(ONESHOT, "the last of both frees the channel", "1 dropping the sender, 1 the receiver", both_go);
    needs(ONESHOT, &["A2"], both_go);
    needs(ONESHOT, &["A1", "A2"], task_receives_and_keeps_the_receiver);
}
