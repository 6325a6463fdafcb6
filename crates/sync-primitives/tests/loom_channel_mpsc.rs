//! Model tests of `mpsc`, in channels of one and two slots.
//!
//! What is done before sending stands in a cell of the checker, so that an access which the channel fails to order is reported as a
//! race; a lost wake-up leaves a thread parked for ever, which the checker reports too. Values count themselves.

#![cfg(loom)]

mod model;

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use model::values::{self, Kept, Value, all_are_dropped};
use model::{Body, block_on, hangs_with, holds, holds_crowd, needs, poll_once};
use sync_primitives::mpsc::{self, Receiver, Sender, error::TrySendError};

/// A channel of `capacity` slots, its sender with one body, its receiver with another, on a thread each.
fn ends(capacity: usize, send: impl FnOnce(Sender<Value>) + 'static, receive: impl FnOnce(Receiver<Value>) + 'static) {
    values::start();
    let (sender, receiver) = mpsc::channel(capacity);
    all_are_dropped([Box::new(move || send(sender)) as Body, Box::new(move || receive(receiver))]);
}

/// Receives all and requires that they are these.
fn receives(mut receiver: Receiver<Value>, numbers: &[u64]) {
    for &number in numbers {
        assert_eq!(block_on(receiver.recv()).unwrap().read(), number);
    }
    assert!(block_on(receiver.recv()).is_none());
}

fn receives_as_thread(mut receiver: Receiver<Value>, numbers: &[u64]) {
    for &number in numbers {
        assert_eq!(receiver.blocking_recv().unwrap().read(), number);
    }
    assert!(receiver.blocking_recv().is_none());
}

/// Three values through one slot; where the receiver waits for one, that leaves its slot to the next.
fn handed() {
    values::start();
    let (sender, receiver) = mpsc::channel(1);
    let (sender, mut receiver) = (ManuallyDrop::new(sender), ManuallyDrop::new(receiver));
    all_are_dropped([
        Box::new(move || {
            for n in 1..=3 {
                let mut send = Kept::new(Box::pin(sender.send(Value::new(n))));
                block_on(send.as_mut()).unwrap_or_else(std::mem::forget);
            }
        }) as Body,
        Box::new(move || {
            for n in 1..=3 {
                let mut recv = Kept::new(Box::pin(receiver.recv()));
                assert_eq!(block_on(recv.as_mut()).unwrap().read(), n);
            }
        }),
    ]);
}

fn send_one(sender: Sender<Value>) {
    assert!(sender.try_send(Value::new(1)).is_ok());
}

fn task_receives() {
    ends(1, send_one, |receiver| receives(receiver, &[1]));
}

fn thread_receives() {
    ends(1, send_one, |receiver| receives_as_thread(receiver, &[1]));
}

/// There is room for one, so the sender waits, or the receiver does.
fn tasks_take_turns() {
    ends(
        1,
        |sender| (1..=2).for_each(|n| block_on(sender.send(Value::new(n))).unwrap()),
        |receiver| receives(receiver, &[1, 2]),
    );
}

fn threads_take_turns() {
    ends(
        1,
        |sender| (1..=2).for_each(|n| sender.blocking_send(Value::new(n)).unwrap()),
        |receiver| receives_as_thread(receiver, &[1, 2]),
    );
}

fn unbounded() {
    values::start();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    all_are_dropped([
        Box::new(move || (1..=2).for_each(|n| sender.send(Value::new(n)).unwrap())) as Body,
        Box::new(move || {
            let mut all = Vec::new();
            while block_on(receiver.recv_many(&mut all, 2)) > 0 {}
            assert_eq!(all.iter().map(Value::read).collect::<Vec<_>>(), [1, 2]);
        }),
    ]);
}

fn two_send() {
    values::start();
    let (sender, mut receiver) = mpsc::channel(1);
    let other = sender.clone();
    all_are_dropped([
        Box::new(move || block_on(sender.send(Value::new(1))).unwrap()) as Body,
        Box::new(move || other.blocking_send(Value::new(2)).unwrap()),
        Box::new(move || {
            let mut sum = 0;
            while let Some(value) = block_on(receiver.recv()) {
                sum += value.read();
            }
            assert_eq!(sum, 3);
        }),
    ]);
}

/// Numbers, in the order in which they were noted, by all threads of a model: they share one thread.
type Noted = Rc<RefCell<Vec<u64>>>;

/// One sends, and notes what is accepted; the other closes the channel and receives what there is still. What was accepted, and nothing
/// else, is received, in that order; what is refused comes back.
fn closed_meanwhile(send: impl FnOnce(Sender<Value>, &Noted) + 'static) {
    let [accepted, received] = [Noted::default(), Noted::default()];
    let (sent, got) = (Rc::clone(&accepted), Rc::clone(&received));
    ends(
        1,
        move |sender| send(sender, &sent),
        move |mut receiver| {
            receiver.close();
            while let Some(value) = block_on(receiver.recv()) {
                got.borrow_mut().push(value.read());
            }
            assert!(receiver.try_recv().is_err(), "nothing can be sent after the end");
        },
    );
    assert_eq!(*accepted.borrow(), *received.borrow(), "accepted, and received");
}

fn note(accepted: &Noted, number: u64, outcome: Result<(), Value>) {
    match outcome {
        Ok(()) => accepted.borrow_mut().push(number),
        Err(refused) => assert_eq!(refused.read(), number),
    }
}

fn sent_and_closed() {
    closed_meanwhile(|sender, accepted| {
        note(accepted, 1, block_on(sender.send(Value::new(1))).map_err(|error| error.0));
    });
}

/// A sender waits for room while the channel is closed.
fn waiting_and_closed() {
    closed_meanwhile(|sender, accepted| {
        note(accepted, 1, sender.try_send(Value::new(1)).map_err(TrySendError::into_inner));
        note(accepted, 2, sender.blocking_send(Value::new(2)).map_err(|error| error.0));
    });
}

/// The receiver goes with values under way, and with a sender that waits.
fn waiting_and_dropped() {
    ends(
        1,
        |sender| {
            drop(sender.try_send(Value::new(1)));
            drop(block_on(sender.send(Value::new(2))));
        },
        drop,
    );
}

/// What is promised is received, though the channel is closed before it is sent.
fn promised_and_closed() {
    closed_meanwhile(|sender, accepted| {
        if let Ok(permit) = sender.try_reserve() {
            permit.send(Value::new(1));
            note(accepted, 1, Ok(()));
        }
    });
}

/// The promise is dropped: the receiver learns that nothing will come.
fn promise_dropped() {
    ends(
        1,
        |sender| drop(sender.try_reserve()),
        |mut receiver| {
            receiver.close();
            assert!(block_on(receiver.recv()).is_none());
        },
    );
}

/// A sender that waits gives up while a slot comes free, and another takes it.
fn sender_gives_up() {
    values::start();
    let (sender, mut receiver) = mpsc::channel(1);
    assert!(sender.try_send(Value::new(1)).is_ok());
    let other = sender.clone();
    all_are_dropped([
        Box::new(move || {
            let _ = poll_once(pin!(sender.reserve())).map(drop);
        }) as Body,
        Box::new(move || block_on(other.send(Value::new(2))).unwrap()),
        Box::new(move || {
            assert_eq!(block_on(receiver.recv()).unwrap().read(), 1);
            assert_eq!(block_on(receiver.recv()).unwrap().read(), 2);
        }),
    ]);
}

/// A receiver that waits gives up while a value comes, and comes again.
fn receiver_gives_up() {
    ends(1, send_one, |mut receiver| {
        let first = poll_once(pin!(receiver.recv()));
        let first = if let Poll::Ready(first) = first { first } else { block_on(receiver.recv()) };
        assert_eq!(first.unwrap().read(), 1);
    });
}

/// A receiver that waits is handed a value, which leaves its slot to the next at once; or it gives up, and the value takes its slot again. Either way
/// nothing is lost, overtaken, or sent where there is no room.
fn handed_and_given_up() {
    ends(
        1,
        |sender| {
            assert!(sender.try_send(Value::new(1)).is_ok());
            block_on(sender.send(Value::new(2))).unwrap();
            block_on(sender.send(Value::new(3))).unwrap();
        },
        |mut receiver| {
            let first = poll_once(pin!(receiver.recv()));
            assert!(receiver.len() <= 2, "a slot, and what was handed over");
            let first = if let Poll::Ready(first) = first { first } else { block_on(receiver.recv()) };
            assert_eq!(first.unwrap().read(), 1);
            receives(receiver, &[2, 3]);
        },
    );
}

/// A sender polled twice without being woken, while a slot comes free.
fn sender_polled_without_waking() {
    ends(
        1,
        |sender| {
            assert!(sender.try_send(Value::new(1)).is_ok());
            let mut send = pin!(sender.send(Value::new(2)));
            if poll_once(send.as_mut()).is_pending() {
                let _ = poll_once(send).is_ready();
            }
        },
        |mut receiver| {
            assert_eq!(block_on(receiver.recv()).unwrap().read(), 1);
            if let Some(value) = block_on(receiver.recv()) {
                assert_eq!(value.read(), 2);
            }
        },
    );
}

fn senders_count_themselves() {
    values::start();
    let (sender, receiver) = mpsc::channel::<Value>(1);
    let weak = sender.downgrade();
    all_are_dropped([
        Box::new(move || drop(sender)) as Body,
        Box::new(move || {
            if let Some(sender) = weak.upgrade() {
                assert!(sender.try_send(Value::new(1)).is_ok());
            }
        }),
        Box::new(move || {
            let mut receiver = receiver;
            while let Some(value) = block_on(receiver.recv()) {
                assert_eq!(value.read(), 1);
            }
        }),
    ]);
}

/// What is done before closing is seen by who finds it closed without being woken.
fn closed_is_seen() {
    let before = Arc::new(Value::new(0));
    let mine = Arc::clone(&before);
    values::start();
    let (sender, receiver) = mpsc::channel::<Value>(1);
    let mut receiver = ManuallyDrop::new(receiver);
    model::threads([
        Box::new(move || {
            let mut closed = pin!(sender.closed());
            for _ in 0..2 {
                if poll_once(closed.as_mut()).is_ready() {
                    assert_eq!(before.read(), 1);
                    break;
                }
            }
            std::mem::forget(before);
        }) as Body,
        Box::new(move || {
            mine.write(1);
            receiver.close();
            std::mem::forget(mine);
        }),
    ]);
}

/// Handles are not dropped: where the checker finds a fault and unwinds, that would look into the state, and be a second fault.
fn delivers_without_dropping_handles() {
    values::start();
    let (sender, receiver) = mpsc::channel(1);
    let (sender, mut receiver) = (ManuallyDrop::new(sender), ManuallyDrop::new(receiver));
    all_are_dropped([
        Box::new(move || {
            let _ = sender.try_send(Value::new(1)).map_err(std::mem::forget);
        }) as Body,
        Box::new(move || assert_eq!(block_on(receiver.recv()).unwrap().read(), 1)),
    ]);
}

const MPSC: &str = "mpsc";

#[test]
fn mpsc_delivers() {
    let property = "values arrive in order with what was done before, then the end";
    holds(MPSC, property, "1 sending, 1 task", task_receives);
    holds(MPSC, property, "1 sending, 1 thread", thread_receives);
    holds(MPSC, property, "1 slot, 1 task sending 2, 1 task", tasks_take_turns);
    holds(MPSC, property, "1 slot, 1 thread sending 2, 1 thread", threads_take_turns);
    holds(MPSC, property, "unbounded, 1 sending 2, 1 receiving many", unbounded);
    holds(MPSC, property, "1 slot, 1 task sending 3, 1 task", handed);
}

#[test]
fn mpsc_delivers_from_two() {
    let property = "values arrive in order with what was done before, then the end";
    holds_crowd(MPSC, property, "1 slot, 1 task and 1 thread sending, 1 task", two_send);
    holds_crowd(
        MPSC,
        "the last sender ends it",
        "1 dropping, 1 upgrading and sending, 1 task",
        senders_count_themselves,
    );
}

#[test]
fn mpsc_closes() {
    let property = "what was accepted arrives, what was refused comes back, nobody waits for ever";
    holds(MPSC, property, "1 sending, 1 closing and receiving", sent_and_closed);
    holds(MPSC, property, "1 waiting for room, 1 closing and receiving", waiting_and_closed);
    holds(MPSC, property, "1 waiting for room, 1 dropping the receiver", waiting_and_dropped);
    holds(MPSC, property, "1 with a permit, 1 closing and receiving", promised_and_closed);
    holds(MPSC, property, "1 dropping a permit, 1 closing and receiving", promise_dropped);
    holds(MPSC, "who finds it closed sees what was before", "1 polling twice, 1 closing", closed_is_seen);
}

/// It waits for room, or does not any more, and takes its value back: it was sent, or comes back, and never both; the slot is free again.
fn sender_takes_its_value_back() {
    ends(
        1,
        |sender| {
            assert!(sender.try_send(Value::new(1)).is_ok());
            let mut send = pin!(sender.send(Value::new(2)));
            match poll_once(send.as_mut()) {
                Poll::Ready(sent) => assert!(sent.is_ok()),
                Poll::Pending => assert_eq!(send.as_mut().cancel().expect("it was not sent").read(), 2),
            }
            assert!(send.cancel().is_none(), "it is given back once");
            block_on(sender.send(Value::new(3))).unwrap();
        },
        |mut receiver| {
            assert_eq!(block_on(receiver.recv()).unwrap().read(), 1);
            match block_on(receiver.recv()).unwrap().read() {
                2 => assert_eq!(block_on(receiver.recv()).unwrap().read(), 3),
                number => assert_eq!(number, 3),
            }
            assert!(block_on(receiver.recv()).is_none());
        },
    );
}

#[test]
fn mpsc_cancels() {
    let property = "nothing is lost by giving up";
    holds_crowd(MPSC, property, "1 that gives up, 1 waiting for room, 1 receiving", sender_gives_up);
    holds(MPSC, property, "1 sending, 1 that gives up and comes again", receiver_gives_up);
    holds(MPSC, property, "1 slot, 1 sending 3, 1 that gives up and comes again", handed_and_given_up);
    holds(MPSC, property, "1 polling twice, 1 receiving", sender_polled_without_waking);
    holds(
        MPSC,
        "a send that is given up gives its value back",
        "1 giving up and sending, 1 receiving",
        sender_takes_its_value_back,
    );
}

#[test]
fn mpsc_serves_who_waits_and_orders() {
    hangs_with(MPSC, "G2", delivers_without_dropping_handles);
    hangs_with(MPSC, "G4", delivers_without_dropping_handles);
    hangs_with(MPSC, "Q5", handed);
    needs(MPSC, &["W1", "W2"], closed_is_seen);
}
