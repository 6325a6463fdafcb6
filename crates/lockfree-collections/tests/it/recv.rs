//! Waiting for the values of a queue, by threads and by tasks.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use lockfree_collections::queue::RecvTimeoutError;
use lockfree_collections::{BoundedQueue, LockFreeQueue};

/// A queue for whose values one can wait.
trait Waited<T>: Sync {
    fn push(&self, value: T) -> Result<(), T>;
    fn push_batch(&self, values: impl IntoIterator<Item = T>);
    fn pop(&self) -> Option<T>;
    fn close(&self) -> bool;
    fn recv(&self) -> impl Future<Output = Option<T>>;
    fn recv_blocking(&self) -> Option<T>;
    fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError>;
}

macro_rules! waited {
    ($type:ident, $push:ident, |$rest:ident| $all:expr) => {
        impl<T: Send> Waited<T> for $type<T> {
            fn push(&self, value: T) -> Result<(), T> {
                self.$push(value)
            }
            fn push_batch(&self, values: impl IntoIterator<Item = T>) {
                let $rest = self.push_batch(values);
                $all
            }
            fn pop(&self) -> Option<T> {
                self.pop()
            }
            fn close(&self) -> bool {
                self.close()
            }
            fn recv(&self) -> impl Future<Output = Option<T>> {
                self.recv()
            }
            fn recv_blocking(&self) -> Option<T> {
                self.recv_blocking()
            }
            fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
                self.recv_timeout(timeout)
            }
        }
    };
}

waited!(LockFreeQueue, try_push, |count| assert!(count > 0));
waited!(BoundedQueue, push, |rest| assert_eq!(rest.count(), 0, "there was room"));

/// Counts how often it was woken.
#[derive(Default)]
struct Count(AtomicU64);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn takes_all_values_of_all_senders_and_ends_when_closed(queue: impl Waited<u64>) {
    const EACH: u64 = 10_000;
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
                            queue.push(value).unwrap();
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
    assert_eq!(queue.push(1), Err(1));
}

fn that_is_dropped_hands_its_wake_up_on(queue: impl Waited<u64>) {
    let wakes = [Arc::new(Count::default()), Arc::new(Count::default())];
    let wakers = wakes.each_ref().map(|count| Waker::from(count.clone()));
    let mut second = pin!(queue.recv());
    {
        let mut first = pin!(queue.recv());
        assert!(first.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending());
        assert!(second.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_pending());
        queue.push(1).unwrap();
        assert_eq!([0, 1].map(|index: usize| wakes[index].0.load(Ordering::Relaxed)), [1, 0]);
    }
    assert_eq!(wakes[1].0.load(Ordering::Relaxed), 1, "the next was woken");
    assert_eq!(second.as_mut().poll(&mut Context::from_waker(&wakers[1])), Poll::Ready(Some(1)));
    assert_eq!(queue.pop(), None);
}

fn wakes_one_for_each_value_of_a_batch_and_all_when_closed(queue: impl Waited<u64>) {
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

fn timeout_tells_late_from_closed(queue: impl Waited<u8>) {
    assert_eq!(queue.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    queue.push(1).unwrap();
    assert_eq!(queue.recv_timeout(Duration::ZERO), Ok(1));
    queue.close();
    assert_eq!(queue.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Closed));
    assert_eq!(RecvTimeoutError::Closed.to_string(), "the queue is empty and closed");
}

#[test]
fn queue_recv_takes_all_values_of_all_senders_and_ends_when_closed() {
    takes_all_values_of_all_senders_and_ends_when_closed(LockFreeQueue::new());
}

#[test]
fn bounded_queue_recv_takes_all_values_of_all_senders_and_ends_when_closed() {
    takes_all_values_of_all_senders_and_ends_when_closed(BoundedQueue::new(20_000));
}

#[test]
fn queue_recv_that_is_dropped_hands_its_wake_up_on() {
    that_is_dropped_hands_its_wake_up_on(LockFreeQueue::new());
}

#[test]
fn bounded_queue_recv_that_is_dropped_hands_its_wake_up_on() {
    that_is_dropped_hands_its_wake_up_on(BoundedQueue::new(2));
}

#[test]
fn queue_recv_wakes_one_for_each_value_of_a_batch_and_all_when_closed() {
    wakes_one_for_each_value_of_a_batch_and_all_when_closed(LockFreeQueue::new());
}

#[test]
fn bounded_queue_recv_wakes_one_for_each_value_of_a_batch_and_all_when_closed() {
    wakes_one_for_each_value_of_a_batch_and_all_when_closed(BoundedQueue::new(2));
}

#[test]
fn queue_recv_timeout_tells_late_from_closed() {
    timeout_tells_late_from_closed(LockFreeQueue::new());
}

#[test]
fn bounded_queue_recv_timeout_tells_late_from_closed() {
    timeout_tells_late_from_closed(BoundedQueue::new(2));
}
