//! Waiting for the values of a queue, by threads and by tasks.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use lockfree_collections::LockFreeQueue;
use lockfree_collections::queue::RecvTimeoutError;

/// Counts how often it was woken.
#[derive(Default)]
struct Count(AtomicU64);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn queue_recv_takes_all_values_of_all_senders_and_ends_when_closed() {
    const EACH: u64 = 10_000;
    let queue = LockFreeQueue::new();
    let (sum, count) = thread::scope(|scope| {
        let receivers: Vec<_> = (0..3)
            .map(|number| {
                let queue = &queue;
                scope.spawn(move || {
                    let receive = || if number == 0 { pollster::block_on(queue.recv()) } else { queue.recv_blocking() };
                    std::iter::from_fn(receive).fold((0, 0), |(sum, count), value: u64| (sum + value, count + 1))
                })
            })
            .collect();
        let senders: Vec<_> = (0..2)
            .map(|number| {
                let queue = &queue;
                scope.spawn(move || {
                    for value in 0..EACH {
                        if number == 0 {
                            queue.push(value);
                        } else if value % 10 == 0 {
                            queue.push_batch(value..value + 10);
                        }
                    }
                })
            })
            .collect();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        assert!(queue.close());
        let found = receivers.into_iter().map(|receiver| receiver.join().unwrap());
        found.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    });
    assert_eq!((sum, count), (2 * (0..EACH).sum::<u64>(), 2 * EACH));
    assert_eq!(queue.try_push(1), Err(1));
}

#[test]
fn queue_recv_that_is_dropped_hands_its_wake_up_on() {
    let queue = LockFreeQueue::new();
    let wakes = [Arc::new(Count::default()), Arc::new(Count::default())];
    let wakers = wakes.each_ref().map(|count| Waker::from(count.clone()));
    let mut second = pin!(queue.recv());
    {
        let mut first = pin!(queue.recv());
        assert!(first.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending());
        assert!(second.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_pending());
        queue.push(1);
        assert_eq!([0, 1].map(|index: usize| wakes[index].0.load(Ordering::Relaxed)), [1, 0]);
    }
    assert_eq!(wakes[1].0.load(Ordering::Relaxed), 1, "the next was woken");
    assert_eq!(second.as_mut().poll(&mut Context::from_waker(&wakers[1])), Poll::Ready(Some(1)));
    assert_eq!(queue.pop(), None);
}

#[test]
fn queue_recv_wakes_one_for_each_value_of_a_batch_and_all_when_closed() {
    let queue = LockFreeQueue::new();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut context = Context::from_waker(&waker);
    let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(queue.recv())).collect();
    assert!(waiting.iter_mut().all(|future| future.as_mut().poll(&mut context).is_pending()));
    queue.push_batch([1, 2]);
    assert_eq!(count.0.load(Ordering::Relaxed), 2);
    let ready: Vec<_> = waiting.iter_mut().map(|future| future.as_mut().poll(&mut context)).collect();
    assert_eq!(ready[..2], [Poll::Ready(Some(1)), Poll::Ready(Some(2))]);
    assert!(ready[2..].iter().all(Poll::is_pending));
    queue.close();
    assert_eq!(count.0.load(Ordering::Relaxed), 5);
    assert!(waiting[2..].iter_mut().all(|future| future.as_mut().poll(&mut context) == Poll::Ready(None)));
}

#[test]
fn queue_recv_timeout_tells_late_from_closed() {
    let queue = LockFreeQueue::<u8>::new();
    assert_eq!(queue.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    queue.push(1);
    assert_eq!(queue.recv_timeout(Duration::ZERO), Ok(1));
    queue.close();
    assert_eq!(queue.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Closed));
    assert_eq!(RecvTimeoutError::Closed.to_string(), "the queue is empty and closed");
}
