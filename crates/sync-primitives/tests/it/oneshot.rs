//! `oneshot`: what it does on one thread and between threads.

use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sync_primitives::oneshot::{self, error::RecvTimeoutError, error::TryRecvError};

use crate::support::{Task, panics};

#[test]
fn oneshot_delivers_before_and_after_waiting() {
    let (sender, receiver) = oneshot::channel();
    sender.send(1).unwrap();
    assert_eq!(Task::new(receiver).done(), Ok(1));

    let (sender, receiver) = oneshot::channel();
    let mut task = Task::new(receiver);
    task.waits();
    assert_eq!(task.wakes(), 0);
    sender.send(2).unwrap();
    assert_eq!(task.wakes(), 1);
    assert_eq!(task.done(), Ok(2));
}

#[test]
fn oneshot_tells_that_the_sender_is_gone() {
    let (sender, receiver) = oneshot::channel::<u8>();
    let mut task = Task::new(receiver);
    task.waits();
    drop(sender);
    assert_eq!(task.wakes(), 1);
    assert!(task.done().is_err());
}

#[test]
fn oneshot_gives_the_value_back() {
    let (sender, receiver) = oneshot::channel();
    drop(receiver);
    assert_eq!(sender.send(Box::new(1)), Err(Box::new(1)));

    let (sender, mut receiver) = oneshot::channel();
    receiver.close();
    assert_eq!(sender.send(1), Err(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn oneshot_value_outlives_closing() {
    let (sender, mut receiver) = oneshot::channel();
    sender.send(1).unwrap();
    receiver.close();
    receiver.close();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(receiver.is_terminated());
    assert!(receiver.is_empty());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn oneshot_sender_watches() {
    let (mut sender, mut receiver) = oneshot::channel::<u8>();
    {
        let mut closed = Task::new(sender.closed());
        closed.waits();
        receiver.close();
        assert_eq!(closed.wakes(), 1);
        closed.done();
    }
    assert!(sender.is_closed());
    sender.blocking_closed();
    assert!(Task::new(receiver).done().is_err());
}

/// Closing wakes the receiver that waits in another task, by the reference of which it was polled.
#[test]
fn oneshot_closed_while_polled_by_reference() {
    let (_sender, mut receiver) = oneshot::channel::<u8>();
    let mut task = Task::new(&mut receiver);
    task.waits();
    drop(task);
    receiver.close();
    assert!(Task::new(&mut receiver).done().is_err());
}

#[test]
fn oneshot_wakes_the_last_waker_only() {
    let (sender, receiver) = oneshot::channel();
    let mut receiver = pin!(receiver);
    let mut first = Task::new(receiver.as_mut());
    first.waits();
    first.waits();
    let first_wakes = first.counter();
    drop(first);
    let mut second = Task::new(receiver.as_mut());
    second.waits();
    sender.send(1).unwrap();
    assert_eq!((first_wakes.wakes(), second.wakes()), (0, 1));
    assert_eq!(second.done(), Ok(1));
}

#[test]
fn oneshot_drops_what_is_under_way() {
    let token = Arc::new(());
    let (sender, receiver) = oneshot::channel();
    sender.send(Arc::clone(&token)).unwrap();
    assert_eq!(Arc::strong_count(&token), 2);
    drop(receiver);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn oneshot_blocks_and_times_out() {
    let (sender, mut receiver) = oneshot::channel();
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    thread::scope(|scope| {
        let waiting = scope.spawn(move || receiver.recv_timeout(Duration::MAX));
        sender.send(7).unwrap();
        assert_eq!(waiting.join().unwrap(), Ok(7));
    });
    let (sender, mut receiver) = oneshot::channel::<u8>();
    drop(sender);
    assert_eq!(receiver.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Closed));
    assert!(receiver.blocking_recv().is_err());
}

/// The token by which a thread that waits for something else is woken is not swallowed.
#[test]
fn oneshot_gives_stray_tokens_back() {
    let (_sender, mut receiver) = oneshot::channel::<u8>();
    thread::current().unpark();
    // It parks, meets the token at once, and parks again until it is too late.
    assert_eq!(receiver.recv_timeout(Duration::from_millis(1)), Err(RecvTimeoutError::Timeout));
    // Returns at once, or the test never ends.
    thread::park();
}

#[test]
fn oneshot_survives_a_panicking_waker() {
    let (sender, receiver) = oneshot::channel();
    let mut task = Task::new(receiver);
    assert!(task.poll_with_panicking_waker().is_pending());
    assert!(panics(|| sender.send(1)));
    assert_eq!(task.done(), Ok(1));

    let (sender, receiver) = oneshot::channel::<u8>();
    let mut task = Task::new(receiver);
    assert!(task.poll_with_panicking_waker().is_pending());
    assert!(panics(|| drop(sender)));
    assert!(task.done().is_err());
}

#[test]
#[should_panic(expected = "polled after completion")]
fn oneshot_polled_after_completion_panics() {
    let (sender, receiver) = oneshot::channel();
    sender.send(1).unwrap();
    let mut task = Task::new(receiver);
    task.done().unwrap();
    let _ = task.poll();
}

#[test]
fn oneshot_formats() {
    let (sender, receiver) = oneshot::channel::<u8>();
    assert_eq!(format!("{sender:?} {receiver:?}"), "Sender { closed: false, .. } Receiver { empty: true, .. }");
    assert_eq!(TryRecvError::Empty.to_string(), "channel empty");
    assert_eq!(RecvTimeoutError::Timeout.to_string(), "timed out waiting for a value");
}
