//! `broadcast`: what code that is written for tokio does not show; see `written_for_tokio/broadcast.rs` for the rest.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use sync_primitives::broadcast::{self, error::RecvError, error::RecvTimeoutError, error::TryRecvError};

use crate::support::{Task, panics};

#[test]
fn broadcast_wakes_everybody_once() {
    let (sender, receiver) = broadcast::channel(4);
    let mut receivers: Vec<_> = (0..100).map(|_| receiver.resubscribe()).collect();
    let mut waiting: Vec<_> = receivers.iter_mut().map(|receiver| Task::new(receiver.recv())).collect();
    waiting.iter_mut().for_each(Task::waits);
    assert_eq!(sender.send(1), Ok(101));
    for task in &mut waiting {
        assert_eq!(task.wakes(), 1);
        assert_eq!(task.done(), Ok(1));
    }
}

#[test]
fn broadcast_lag_while_waiting_is_told() {
    let (sender, mut receiver) = broadcast::channel(1);
    let mut waiting = Task::new(receiver.recv());
    waiting.waits();
    (1..=3).for_each(|n| assert_eq!(sender.send(n), Ok(1)));
    assert_eq!(waiting.done(), Err(RecvError::Lagged(2)));
    drop(waiting);
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(3));
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
}

/// A value that counts how often it was cloned, and may panic at it. It is not `Sync`.
struct Cloned(Arc<AtomicUsize>, Cell<bool>);

impl Clone for Cloned {
    fn clone(&self) -> Self {
        assert!(!self.1.get(), "the clone panics");
        self.0.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0), Cell::new(false))
    }
}

#[test]
fn broadcast_clones_for_all_but_the_last() {
    let clones = Arc::new(AtomicUsize::new(0));
    let (sender, mut first) = broadcast::channel(4);
    let mut second = sender.subscribe();
    sender.send(Cloned(Arc::clone(&clones), Cell::new(false))).unwrap_or_else(|_| panic!("closed"));
    drop(first.try_recv());
    assert_eq!(clones.load(Ordering::Relaxed), 1);
    drop(second.try_recv());
    assert_eq!((clones.load(Ordering::Relaxed), Arc::strong_count(&clones)), (1, 1));
}

#[test]
fn broadcast_survives_panics() {
    let clones = Arc::new(AtomicUsize::new(0));
    let (sender, mut first) = broadcast::channel(4);
    let mut second = sender.subscribe();
    let mut waiting = Task::new(second.recv());
    assert!(waiting.poll_with_panicking_waker().is_pending());
    assert!(panics(|| sender.send(Cloned(Arc::clone(&clones), Cell::new(true)))));
    // It has missed the value, of which the last gets the original.
    assert!(panics(|| first.try_recv()));
    assert!(matches!(first.try_recv(), Err(TryRecvError::Empty)));
    assert!(waiting.done().is_ok());
    assert_eq!(sender.len(), 0);
}

#[test]
fn broadcast_receiver_that_goes_leaves_nothing() {
    let (sender, mut first) = broadcast::channel(4);
    let lagging = sender.subscribe();
    (1..=6).for_each(|n| assert_eq!(sender.send(n), Ok(2)));
    assert_eq!(first.try_recv(), Err(TryRecvError::Lagged(2)));
    assert_eq!((first.try_recv(), first.try_recv()), (Ok(3), Ok(4)));
    assert_eq!(sender.len(), 4);
    drop(lagging);
    assert_eq!(sender.len(), 2);
    let late = sender.subscribe();
    assert_eq!((first.try_recv(), sender.len()), (Ok(5), 1));
    drop(late);
    assert_eq!((first.try_recv(), sender.len()), (Ok(6), 0));
}

#[test]
fn broadcast_threads_get_everything() {
    let (sender, first) = broadcast::channel(1024);
    let receivers = [first.resubscribe(), first.resubscribe(), first];
    thread::scope(|scope| {
        let workers = receivers.map(|mut receiver| {
            scope.spawn(move || std::iter::from_fn(|| receiver.blocking_recv().ok()).collect::<Vec<_>>())
        });
        (0..1000).for_each(|n| assert_eq!(sender.send(n), Ok(3)));
        drop(sender);
        for worker in workers {
            assert_eq!(worker.join().unwrap(), (0..1000).collect::<Vec<_>>());
        }
    });
}

#[test]
fn broadcast_sender_blocks_until_nobody_receives() {
    let (sender, receiver) = broadcast::channel::<u8>(1);
    thread::scope(|scope| {
        scope.spawn(|| sender.blocking_closed());
        drop(receiver);
    });
}
