//! `spsc`: pairs of threads, and tasks that change threads.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use sync_primitives::{spin, spsc};
use verify_harness::random::{Random, seed};

use crate::live::Live;
use crate::stress::{THREADS, together};
use crate::{check, operations};

/// Two pairs of threads; each pair goes through phases in which values flow and in which one side is slow, so that bells turn light and back.
#[test]
fn spsc_loses_nothing_and_keeps_the_order() {
    let seed = seed();
    let check = check("spsc", "each value arrives once, in order", seed);
    let live = Live::default();
    {
        let channels: Vec<_> = (0..THREADS / 2)
            .map(|_| {
                let (sender, receiver) = spsc::channel(5);
                Mutex::new((Some(sender), Some(receiver)))
            })
            .collect();
        together(seed, |number, mut random| {
            let channel = &channels[(number / 2) as usize];
            // How seldom one is slow, by phases of some thousand values.
            let slow = |count: u64, random: &mut Random| {
                if random.below(if count >> 12 & 1 == 0 { 8 } else { 4_096 }) == 0 {
                    std::thread::yield_now();
                }
            };
            if number % 2 == 0 {
                let mut sender = channel.lock().unwrap().0.take().expect("one takes it");
                for count in 0..operations() {
                    slow(count, &mut random);
                    let value = live.value(count);
                    let refused = match random.below(4) {
                        0 => sender.blocking_send(value).err().map(|refused| refused.0),
                        1 => pollster::block_on(sender.send(value)).err().map(|refused| refused.0),
                        2 => sender.try_send(value).err().map(spsc::error::TrySendError::into_inner),
                        _ => {
                            let late = sender.send_timeout(value, Duration::from_micros(random.below(20)));
                            late.err().map(spsc::error::SendTimeoutError::into_inner)
                        }
                    };
                    if let Some(value) = refused {
                        assert!(sender.blocking_send(value).is_ok(), "the receiver is there until the end");
                    }
                }
                return;
            }
            let mut receiver = channel.lock().unwrap().1.take().expect("one takes it");
            let mut next = 0;
            loop {
                slow(next, &mut random);
                let value = match random.below(4) {
                    0 => receiver.try_recv().ok(),
                    1 => receiver.recv_timeout(Duration::from_micros(random.below(20))).ok(),
                    2 => match Pin::new(&mut receiver.recv()).poll(&mut Context::from_waker(Waker::noop())) {
                        Poll::Ready(value) => value,
                        Poll::Pending => None,
                    },
                    _ => None,
                };
                let Some(value) = value.or_else(|| pollster::block_on(receiver.recv())) else { break };
                assert_eq!(value.0, next, "values overtake each other, or are lost");
                next += 1;
            }
            assert_eq!(next, operations());
        });
    }
    live.all_gone();
    check.holds();
}

/// A task that is run by whichever thread comes next.
struct Job {
    body: spin::Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    ready: Arc<spin::Mutex<VecDeque<Arc<Job>>>>,
}

impl Wake for Job {
    fn wake(self: Arc<Self>) {
        let ready = Arc::clone(&self.ready);
        ready.lock().push_back(self);
    }
}

impl Job {
    fn run(self: Arc<Self>) {
        // Held while it runs: who is woken meanwhile waits for that.
        let mut body = self.body.lock();
        if let Some(future) = body.as_mut() {
            if future.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&self)))).is_ready() {
                *body = None;
            }
        }
    }
}

/// Tasks change threads all the time, with phases in which one thread runs both ends: bells turn light at one home, and are left for another.
#[test]
fn spsc_wakes_tasks_that_change_threads() {
    let seed = seed();
    let check = check("spsc", "nobody sleeps for ever where tasks change threads", seed);
    let ready = Arc::new(spin::Mutex::new(VecDeque::new()));
    let left = Arc::new(AtomicU64::new(THREADS / 2 * 2));
    let mut bodies = Vec::<Pin<Box<dyn Future<Output = ()> + Send>>>::new();
    for _ in 0..THREADS / 2 {
        let (mut sender, mut receiver) = spsc::channel(3);
        let [sent, received] = [(); 2].map(|()| Arc::clone(&left));
        bodies.push(Box::pin(async move {
            for number in 0..operations() {
                sender.send(number).await.unwrap();
            }
            sent.fetch_sub(1, Ordering::Relaxed);
        }));
        bodies.push(Box::pin(async move {
            for number in 0..operations() {
                assert_eq!(receiver.recv().await, Some(number), "values overtake each other, or are lost");
            }
            assert_eq!(receiver.recv().await, None);
            received.fetch_sub(1, Ordering::Relaxed);
        }));
    }
    for body in bodies {
        Wake::wake(Arc::new(Job { body: spin::Mutex::new(Some(body)), ready: Arc::clone(&ready) }));
    }
    together(seed, |_, mut random| {
        let mut looked = 0u64;
        while left.load(Ordering::Relaxed) > 0 {
            let next = ready.lock().pop_front();
            match next {
                // Now and then only: then the other threads run what there is for a while.
                Some(job) if random.below(64) == 0 => {
                    ready.lock().push_back(job);
                    std::thread::yield_now();
                }
                Some(job) => {
                    looked = 0;
                    job.run();
                }
                None => {
                    looked += 1;
                    assert!(looked < 1 << 26, "everybody sleeps");
                    std::thread::yield_now();
                }
            }
        }
    });
    check.holds();
}
