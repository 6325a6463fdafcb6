//! `mpmc`: its receivers; its senders are those of `mpsc`.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::thread;
use std::time::Duration;

use sync_primitives::mpmc::{self, error::RecvTimeoutError, error::TryRecvError};

use crate::support::{Task, panics};

#[test]
fn mpmc_receivers_are_served_in_order() {
    let (sender, receiver) = mpmc::channel(4);
    let mut waiting: Vec<_> = (0..3).map(|_| Task::new(receiver.recv())).collect();
    waiting.iter_mut().for_each(Task::waits);
    sender.try_send(1).unwrap();
    assert_eq!(waiting.iter().map(Task::wakes).collect::<Vec<_>>(), [1, 0, 0]);
    // The value is the first one's, though it has not taken it.
    assert_eq!((receiver.try_recv(), receiver.len()), (Err(TryRecvError::Empty), 1));
    sender.try_send(2).unwrap();
    sender.try_send(3).unwrap();
    sender.try_send(4).unwrap();
    // One is left for one who comes now. Who takes takes the oldest.
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(waiting.iter_mut().map(Task::done).collect::<Vec<_>>(), [Some(2), Some(3), Some(4)]);
    assert_eq!(sender.capacity(), 4);
}

#[test]
fn mpmc_value_of_one_that_gives_up_goes_to_the_next() {
    let (sender, receiver) = mpmc::channel(4);
    let [mut first, mut second, mut third] = [(); 3].map(|()| Task::new(receiver.recv()));
    [&mut first, &mut second, &mut third].into_iter().for_each(Task::waits);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    sender.try_send(3).unwrap();
    drop(first);
    sender.try_send(4).unwrap();
    assert_eq!((second.done(), third.done()), (Some(1), Some(2)));
    assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(3), Ok(4)));

    let [mut first, mut second] = [(); 2].map(|()| Task::new(receiver.recv()));
    [&mut first, &mut second].into_iter().for_each(Task::waits);
    sender.try_send(5).unwrap();
    drop(first);
    assert_eq!(second.wakes(), 1);
    assert_eq!(second.done(), Some(5));
}

#[test]
fn mpmc_end_waits_for_values_that_are_promised() {
    let (sender, receiver) = mpmc::channel(2);
    let [mut first, mut second] = [(); 2].map(|()| Task::new(receiver.recv()));
    [&mut first, &mut second].into_iter().for_each(Task::waits);
    sender.try_send(1).unwrap();
    drop(sender);
    // The first may still give its value up.
    second.waits();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    drop(first);
    assert_eq!(second.done(), Some(1));
    assert_eq!(Task::new(receiver.recv()).done(), None);
}

#[test]
fn mpmc_last_receiver_closes() {
    let token = Arc::new(());
    let (sender, receiver) = mpmc::channel(2);
    let other = receiver.clone();
    assert!(receiver.same_channel(&other));
    assert_eq!((receiver.receiver_count(), receiver.sender_strong_count(), receiver.sender_weak_count()), (2, 1, 0));
    sender.try_send(Arc::clone(&token)).unwrap();
    drop(receiver);
    assert!(!sender.is_closed());
    assert_eq!(Arc::strong_count(&token), 2);
    drop(other);
    assert!(sender.is_closed());
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn mpmc_closes_for_all() {
    let (sender, receiver) = mpmc::channel(2);
    let other = receiver.clone();
    let mut waiting = Task::new(other.recv());
    waiting.waits();
    let permit = sender.try_reserve().unwrap();
    receiver.close();
    waiting.waits();
    permit.send(1);
    assert_eq!(waiting.done(), Some(1));
    assert!(receiver.is_closed());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(receiver.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn mpmc_receives_many() {
    let (sender, receiver) = mpmc::unbounded_channel();
    assert_eq!(receiver.max_capacity(), usize::MAX);
    let mut buffer = Vec::new();
    assert_eq!(Task::new(receiver.recv_many(&mut buffer, 0)).done(), 0);
    let mut many = Task::new(receiver.recv_many(&mut buffer, 150));
    many.waits();
    (0..200).for_each(|n| sender.send(n).unwrap());
    assert_eq!(many.done(), 150);
    drop(many);
    assert_eq!(receiver.blocking_recv_many(&mut buffer, 1000), 50);
    assert_eq!(buffer, (0..200).collect::<Vec<_>>());
    drop(sender);
    assert_eq!(receiver.blocking_recv_many(&mut buffer, 1000), 0);
}

#[test]
fn mpmc_wakes_more_than_a_batch() {
    let (sender, receiver) = mpmc::channel::<u8>(1);
    let mut waiting: Vec<_> = (0..100).map(|_| Task::new(receiver.recv())).collect();
    waiting.iter_mut().for_each(Task::waits);
    drop(sender);
    for task in &mut waiting {
        assert_eq!(task.wakes(), 1);
        assert_eq!(task.done(), None);
    }
}

#[test]
fn mpmc_threads_and_tasks_share_the_queue() {
    let (sender, receiver) = mpmc::channel(1);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|number| {
                let receiver = receiver.clone();
                scope.spawn(move || {
                    let mut sum = 0;
                    while let Some(n) =
                        if number == 0 { receiver.blocking_recv() } else { pollster::block_on(receiver.recv()) }
                    {
                        sum += n;
                    }
                    sum
                })
            })
            .collect();
        (1..=1000).for_each(|n| sender.blocking_send(n).unwrap());
        drop(sender);
        assert_eq!(workers.into_iter().map(|worker| worker.join().unwrap()).sum::<u64>(), 500_500);
    });
}

/// Where the leaked future can still be reached, so that a leak checker does not take it for lost.
static LEAKED: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// A future that is leaked keeps its promise for ever, and nothing worse comes of it.
#[test]
fn mpmc_survives_a_leaked_future() {
    let (sender, receiver) = mpmc::channel(2);
    let mut leaked = Task::new(receiver.recv());
    leaked.waits();
    sender.try_send(1).unwrap();
    std::hint::black_box(&LEAKED).store(Box::into_raw(Box::new(leaked)).cast(), Ordering::Relaxed);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    sender.try_send(2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    let mut closed = Task::new(sender.closed());
    closed.waits();
    drop(receiver);
    closed.done();
    assert_eq!(sender.try_send(3).unwrap_err().into_inner(), 3);
}

#[test]
fn mpmc_survives_panicking_wakers() {
    let (sender, receiver) = mpmc::channel(2);
    let mut first = Task::new(receiver.recv());
    assert!(first.poll_with_panicking_waker().is_pending());
    let mut second = Task::new(receiver.recv());
    second.waits();
    assert!(panics(|| sender.try_send(1)));
    assert_eq!(first.done(), Some(1));
    let mut third = Task::new(receiver.recv());
    assert!(third.poll_with_panicking_waker().is_pending());
    assert!(panics(|| drop(sender)));
    assert_eq!((second.done(), third.done()), (None, None));
}
