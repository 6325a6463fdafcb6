//! `mpsc`: what code that is written for tokio does not show; see `written_for_tokio/mpsc.rs` for the rest.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sync_primitives::mpsc::{self, error::RecvTimeoutError, error::SendTimeoutError, error::TryRecvError};

use crate::support::{Task, panics};

#[test]
fn mpsc_sender_waits_for_room() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(1).unwrap();
    let mut send = Task::new(sender.send(2));
    send.waits();
    send.waits();
    assert_eq!((send.wakes(), sender.capacity()), (0, 0));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(send.wakes(), 1);
    // The slot is its own, though it has not used it.
    assert!(sender.try_send(3).is_err());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    send.done().unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn mpsc_large_reservation_holds_up_the_rest() {
    let (sender, mut receiver) = mpsc::channel(3);
    (1..=2).for_each(|n| sender.try_send(n).unwrap());
    let mut many = Task::new(sender.reserve_many(2));
    many.waits();
    let mut one = Task::new(sender.send(9));
    // One slot is free, but not past the queue.
    one.waits();
    assert_eq!(sender.capacity(), 0);
    assert!(sender.try_send(9).is_err());
    drop(many);
    assert_eq!(one.wakes(), 1, "it had been held up by one who left");
    one.done().unwrap();
    assert_eq!([(); 3].map(|()| receiver.try_recv().unwrap()), [1, 2, 9]);
}

#[test]
fn mpsc_end_lets_everybody_go() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..=100).map(|n| Task::new(sender.send(n))).collect();
    sends.iter_mut().for_each(Task::waits);
    let mut closed = Task::new(sender.closed());
    closed.waits();
    receiver.close();
    for (n, send) in sends.iter_mut().enumerate() {
        assert_eq!(send.wakes(), 1);
        assert_eq!(send.done().unwrap_err().0, n + 1);
    }
    closed.done();
    assert_eq!(Task::new(receiver.recv()).done(), Some(0));
    assert_eq!(Task::new(receiver.recv()).done(), None);
}

/// One who was let go on before the channel was closed may send still; the receiver waits for it.
#[test]
fn mpsc_closing_after_room_was_given() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(1).unwrap();
    let mut send = Task::new(sender.send(2));
    send.waits();
    assert_eq!(receiver.try_recv(), Ok(1));
    receiver.close();
    let mut recv = Task::new(receiver.recv());
    recv.waits();
    send.done().unwrap();
    assert_eq!(recv.wakes(), 1);
    assert_eq!(recv.done(), Some(2));
}

#[test]
fn mpsc_receiver_changes_its_waker() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut first = Task::new(receiver.recv());
    first.waits();
    let first_wakes = first.counter();
    drop(first);
    let mut second = Task::new(receiver.recv());
    second.waits();
    sender.send(1).unwrap();
    assert_eq!((first_wakes.wakes(), second.wakes()), (0, 1));
    assert_eq!(second.done(), Some(1));
}

/// What is handed to a receiver that waits takes no slot; when that gives up, it does again.
#[test]
fn mpsc_receiver_that_waits_leaves_the_slot_to_the_next() {
    let (sender, mut receiver) = mpsc::channel(1);
    let mut recv = Task::new(receiver.recv());
    recv.waits();
    sender.try_send(1).unwrap();
    assert_eq!((recv.wakes(), sender.capacity()), (1, 1));
    sender.try_send(2).unwrap();
    assert!(sender.try_send(3).is_err());
    assert_eq!(recv.done(), Some(1));
    drop(recv);
    assert_eq!((sender.capacity(), receiver.try_recv(), sender.capacity()), (0, Ok(2), 1));
    // Given up before anything else is sent, and after.
    for others in [0, 1] {
        let mut recv = Task::new(receiver.recv());
        recv.waits();
        sender.try_send(3).unwrap();
        (0..others).for_each(|_| sender.try_send(4).unwrap());
        drop(recv);
        assert!(sender.try_send(5).is_err());
        assert_eq!((receiver.try_recv(), sender.capacity()), (Ok(3), 1 - others));
        assert_eq!(receiver.try_recv().is_ok(), others > 0);
    }
    assert_eq!(sender.capacity(), 1);
}

#[test]
fn mpsc_blocks_and_times_out() {
    let (sender, mut receiver) = mpsc::channel(1);
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    sender.send_timeout(1, Duration::ZERO).unwrap();
    assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)));
    assert_eq!(sender.capacity(), 0);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| sender.send_timeout(2, Duration::MAX));
        assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(1));
        assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(2));
        waiting.join().unwrap().unwrap();
    });
    let watching = {
        let sender = sender.clone();
        thread::spawn(move || sender.blocking_closed())
    };
    drop(receiver);
    watching.join().unwrap();
    assert_eq!(sender.send_timeout(3, Duration::MAX), Err(SendTimeoutError::Closed(3)));
    assert!(sender.blocking_send(3).is_err());
    assert!(sender.blocking_reserve().is_err());
}

#[test]
fn mpsc_drops_what_is_under_way() {
    let token = Arc::new(());
    let (sender, mut receiver) = mpsc::channel(4);
    (0..4).for_each(|_| sender.try_send(Arc::clone(&token)).unwrap());
    let mut send = Task::new(sender.send(Arc::clone(&token)));
    send.waits();
    drop(receiver.try_recv());
    assert_eq!(Arc::strong_count(&token), 5);
    drop(receiver);
    assert_eq!(Arc::strong_count(&token), 2, "the one that waits has its value still");
    // It had been given its slot before: what it sends is dropped.
    send.done().unwrap();
    assert_eq!(Arc::strong_count(&token), 1);
}

/// Values are dropped without the lock, so they may use the channel.
#[test]
fn mpsc_values_may_use_the_channel_when_dropped() {
    struct Nested(Option<mpsc::UnboundedSender<Nested>>);
    impl Drop for Nested {
        fn drop(&mut self) {
            if let Some(sender) = &self.0 {
                assert!(sender.send(Nested(None)).is_err());
                assert!(sender.is_closed());
            }
        }
    }
    let (sender, receiver) = mpsc::unbounded_channel();
    sender.send(Nested(Some(sender.clone()))).unwrap_or_else(|_| panic!("closed"));
    drop(receiver);
    assert_eq!(sender.strong_count(), 1);
}

#[test]
fn mpsc_moves_many_in_portions() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    (0..1_000).for_each(|n| sender.send(n).unwrap());
    let mut buffer = Vec::new();
    assert_eq!(Task::new(receiver.recv_many(&mut buffer, 999)).done(), 999);
    assert_eq!(receiver.blocking_recv_many(&mut buffer, usize::MAX), 1);
    assert_eq!(buffer, (0..1_000).collect::<Vec<_>>());
}

#[test]
fn mpsc_survives_panicking_wakers() {
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(0).unwrap();
    let mut first = Task::new(sender.reserve_many(1));
    assert!(first.poll_with_panicking_waker().is_pending());
    let mut second = Task::new(sender.send(2));
    second.waits();
    let mut closed = Task::new(sender.closed());
    assert!(closed.poll_with_panicking_waker().is_pending());
    // The one who receives meets the panic, after the slot has been handed over.
    assert!(panics(|| receiver.try_recv()));
    drop(first.done().unwrap());
    assert_eq!(second.wakes(), 1);
    assert!(panics(|| receiver.close()));
    second.done().unwrap();
    closed.done();
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
#[should_panic(expected = "polled after completion")]
fn mpsc_send_polled_after_completion_panics() {
    let (sender, _receiver) = mpsc::channel(1);
    let mut send = Task::new(sender.send(1));
    send.done().unwrap();
    let _ = send.poll();
}

#[test]
#[should_panic(expected = "Semaphore::MAX_PERMITS")]
fn mpsc_capacity_is_limited() {
    drop(mpsc::channel::<u8>(usize::MAX));
}
