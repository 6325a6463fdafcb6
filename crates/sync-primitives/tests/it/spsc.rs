//! `spsc`: its two ends, by hand and between threads.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sync_primitives::spsc::{
    self,
    error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError},
};

use crate::support::{Task, panics};

#[test]
fn spsc_has_room_for_its_capacity_alone() {
    for capacity in 1..=5 {
        let (mut sender, mut receiver) = spsc::channel(capacity);
        // More than once around.
        for round in 0..4 {
            for n in 0..capacity {
                assert_eq!((sender.capacity(), receiver.len()), (capacity - n, n));
                sender.try_send(round * 10 + n).unwrap();
            }
            assert_eq!(sender.try_send(99), Err(TrySendError::Full(99)));
            for n in 0..capacity {
                assert_eq!(receiver.try_recv(), Ok(round * 10 + n));
            }
            assert_eq!((receiver.try_recv(), receiver.is_empty()), (Err(TryRecvError::Empty), true));
        }
        assert_eq!(sender.max_capacity(), capacity);
    }
    assert!(panics(|| spsc::channel::<u8>(0)) && panics(|| spsc::channel::<u8>(usize::MAX)));
}

#[test]
fn spsc_receiver_is_woken_by_value_and_end() {
    let (mut sender, mut receiver) = spsc::channel(2);
    let mut task = Task::new(receiver.recv());
    task.waits();
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!((task.wakes(), task.done()), (1, Some(1)));
    drop(task);
    assert_eq!(Task::new(receiver.recv()).done(), Some(2));
    let mut task = Task::new(receiver.recv());
    task.waits();
    task.waits();
    drop(sender);
    assert_eq!((task.wakes(), task.done()), (1, None));
    drop(task);
    assert!(receiver.is_closed());
}

#[test]
fn spsc_sender_is_woken_by_room_and_end() {
    let (mut sender, mut receiver) = spsc::channel(1);
    sender.try_send(1).unwrap();
    let mut task = Task::new(sender.send(2));
    task.waits();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!((task.wakes(), task.done()), (1, Ok(())));
    drop(task);
    let mut task = Task::new(sender.send(3));
    task.waits();
    drop(receiver);
    assert_eq!(task.wakes(), 1);
    assert_eq!(task.done().unwrap_err().0, 3);
    drop(task);
    assert_eq!((sender.is_closed(), sender.try_send(4)), (true, Err(TrySendError::Closed(4))));
}

#[test]
fn spsc_giving_up_loses_nothing() {
    let (mut sender, mut receiver) = spsc::channel(1);
    let mut task = Task::new(receiver.recv());
    task.waits();
    drop(task);
    sender.try_send(Arc::new(1)).unwrap();
    // A send that is dropped has not sent, and drops its value.
    let value = Arc::new(2);
    let mut task = Task::new(sender.send(Arc::clone(&value)));
    task.waits();
    drop(task);
    assert_eq!(Arc::strong_count(&value), 1);
    assert_eq!(receiver.try_recv().as_deref(), Ok(&1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn spsc_values_are_dropped_with_the_receiver() {
    let value = Arc::new(());
    let (mut sender, receiver) = spsc::channel(4);
    (0..3).for_each(|_| sender.try_send(Arc::clone(&value)).unwrap());
    drop(receiver);
    assert_eq!(Arc::strong_count(&value), 1);
    // And with the channel, if the receiver was leaked.
    let (mut sender, receiver) = spsc::channel(4);
    (0..3).for_each(|_| sender.try_send(Arc::clone(&value)).unwrap());
    drop(sender);
    assert_eq!(Arc::strong_count(&value), 4);
    drop(receiver);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn spsc_waits_for_a_time() {
    let (mut sender, mut receiver) = spsc::channel(1);
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    sender.send_timeout(1, Duration::ZERO).unwrap();
    assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)));
    assert_eq!(receiver.recv_timeout(Duration::from_secs(3600)), Ok(1));
    drop(sender);
    assert_eq!(receiver.recv_timeout(Duration::from_secs(3600)), Err(RecvTimeoutError::Disconnected));
    let (mut sender, receiver) = spsc::channel(1);
    drop(receiver);
    assert_eq!(sender.send_timeout(3, Duration::ZERO), Err(SendTimeoutError::Closed(3)));
}

/// Long enough for the bells to turn light, on one thread and between two: with tasks that wait and threads that block.
#[test]
fn spsc_passes_all_in_order_in_the_long_run() {
    const VALUES: u64 = 20_000;
    let (mut sender, mut receiver) = spsc::channel(3);
    for n in 0..VALUES {
        sender.try_send(n).unwrap();
        assert_eq!(receiver.try_recv(), Ok(n));
    }
    // Light by now, where that is cheaper. On the thread on which values are sent, a task lies down at once.
    let mut task = Task::new(receiver.recv());
    task.waits();
    assert_eq!(task.wakes(), 0);
    sender.try_send(VALUES).unwrap();
    assert_eq!((task.wakes(), task.done()), (1, Some(VALUES)));
    drop(task);
    // On another one it gives way once before.
    let once = usize::from(sync_primitives::fence::is_asymmetric());
    let mut task = Task::new(receiver.recv());
    thread::scope(|scope| scope.spawn(|| [(); 2].map(|()| task.waits())).join().unwrap());
    assert_eq!(task.wakes(), once);
    sender.try_send(VALUES).unwrap();
    assert_eq!((task.wakes(), task.done()), (once + 1, Some(VALUES)));
    drop(task);

    let sending = thread::spawn(move || {
        for n in 0..VALUES {
            if n % 3 == 0 {
                sender.blocking_send(n).unwrap();
            } else {
                pollster::block_on(sender.send(n)).unwrap();
            }
        }
    });
    for n in 0..VALUES {
        let value = if n % 2 == 0 { receiver.blocking_recv() } else { pollster::block_on(receiver.recv()) };
        assert_eq!(value, Some(n));
    }
    assert_eq!(receiver.blocking_recv(), None);
    sending.join().unwrap();
}
