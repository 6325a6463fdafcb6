//! Model tests of waiting for the values of a `LockFreeQueue`.
//!
//! A lost wake-up leaves a thread parked for ever, which the checkers report.

#![cfg(all(loom, feature = "wait"))]

mod model;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc as StdArc;
use std::sync::atomic::Ordering::AcqRel;
use std::task::{Context, Poll, Wake, Waker};

use lockfree_collections::{LockFreeQueue, weaken};
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};
use model::scenario::{self, Story, stories};
use model::{Refuted, Twin, Value, Values, refuted, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "LockFreeQueue, waiting";

type Queue = LockFreeQueue<Value>;

/// Runs `body` with a queue that wakes receivers, and demands that all values are dropped once. The first thread only joins: loom's
/// `join` cannot stand an `unpark` that comes late.
fn with_queue(body: impl FnOnce(&Arc<Queue>, &Values) -> u64) {
    weaken::wait();
    let values = Values::default();
    let queue = Arc::new(LockFreeQueue::new());
    let made = body(&queue, &values);
    drop(queue);
    assert_eq!(values.dropped(), made, "every value is dropped once");
}

fn spawn<R: 'static>(
    queue: &Arc<Queue>,
    values: &Values,
    body: impl FnOnce(&Queue, &Values) -> R + 'static,
) -> JoinHandle<R> {
    let (queue, values) = (Arc::clone(queue), values.clone());
    thread::spawn(move || body(&queue, &values))
}

fn receive(queue: &Queue) -> Option<u64> {
    queue.recv_blocking().map(|value| value.number())
}

/// A value comes before, while or after its receiver goes to sleep.
fn push_and_receive() {
    with_queue(|queue, values| {
        let receiver = spawn(queue, values, |queue, _| receive(queue));
        let sender = spawn(queue, values, |queue, values| queue.push(values.make(1)));
        sender.join().unwrap();
        assert_eq!(receiver.join().unwrap(), Some(1));
        1
    });
}

/// Two values, one receiver.
fn pushes_and_receive() {
    with_queue(|queue, values| {
        let receiver = spawn(queue, values, |queue, _| (receive(queue), receive(queue)));
        let sender = spawn(queue, values, |queue, values| {
            queue.push(values.make(1));
            queue.push(values.make(2));
        });
        sender.join().unwrap();
        assert_eq!(receiver.join().unwrap(), (Some(1), Some(2)));
        2
    });
}

/// Two receivers, a value for each.
fn two_receivers() {
    with_queue(|queue, values| {
        let receivers = [(); 2].map(|()| spawn(queue, values, |queue, _| receive(queue)));
        queue.push(values.make(1));
        queue.push(values.make(2));
        let mut found = receivers.map(|receiver| receiver.join().unwrap());
        found.sort_unstable();
        assert_eq!(found, [Some(1), Some(2)]);
        2
    });
}

/// Closing wakes who waits.
fn close_and_receive() {
    with_queue(|queue, values| {
        let receiver = spawn(queue, values, |queue, _| receive(queue));
        let closer = spawn(queue, values, |queue, _| queue.close());
        assert!(closer.join().unwrap());
        assert_eq!(receiver.join().unwrap(), None);
        0
    });
}

/// What was pushed before the end is received.
fn push_close_and_receive() {
    with_queue(|queue, values| {
        let receiver = spawn(queue, values, |queue, _| (receive(queue), receive(queue)));
        let sender = spawn(queue, values, |queue, values| {
            queue.push(values.make(1));
            queue.close();
            assert!(queue.try_push(values.make(2)).is_err());
        });
        sender.join().unwrap();
        assert_eq!(receiver.join().unwrap(), (Some(1), None));
        2
    });
}

struct Nobody;

impl Wake for Nobody {
    fn wake(self: StdArc<Self>) {}
}

/// A receiver gives up after it has joined the sleepers; the other one gets the value.
fn gives_up() {
    with_queue(|queue, values| {
        let fickle = spawn(queue, values, |queue, _| {
            let waker = Waker::from(StdArc::new(Nobody));
            let mut future = pin!(queue.recv());
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => value.map(|value| value.number()),
                Poll::Pending => None,
            }
        });
        let sender = spawn(queue, values, |queue, values| queue.push(values.make(1)));
        let given_up = fickle.join().unwrap();
        sender.join().unwrap();
        if given_up.is_none() {
            assert_eq!(receive(queue), Some(1), "the value is there");
        }
        1
    });
}

const STORIES: &[Story] = &[
    Story::new("push_and_receive", "[[Receive], [Push]]", push_and_receive).preemptions(2),
    Story::new("pushes_and_receive", "[[Receive, Receive], [Push, Push]]", pushes_and_receive)
        .preemptions(2)
        .from(Tier::Default)
        .whole(Tier::Full),
    Story::new("two_receivers", "[[Receive], [Receive], [Push, Push]]", two_receivers).preemptions(1).from(Tier::Full),
    Story::new("close_and_receive", "[[Receive], [Close]]", close_and_receive).preemptions(2),
    Story::new("push_close_and_receive", "[[Receive, Receive], [Push, Close, Push]]", push_close_and_receive)
        .preemptions(2)
        .from(Tier::Default)
        .whole(Tier::Full),
    Story::new("gives_up", "[[Receive for a moment], [Push]]", gives_up).preemptions(2),
];

stories! {
    push_and_receive pushes_and_receive two_receivers close_and_receive push_close_and_receive gives_up
}

/// The two fences, which order nothing between a write and a look at another place when they are weaker.
const TWINS: &[Twin] = &[twin("W1", AcqRel), twin("W4", AcqRel)];

/// What each checker says of a thread that sleeps for ever.
const ASLEEP: &str = "deadlock|lost wakeup";

const REFUTED: &[Refuted] =
    &[refuted("W1", AcqRel, "push_and_receive", ASLEEP), refuted("W4", AcqRel, "push_and_receive", ASLEEP)];

#[test]
fn weakened_sites_are_refuted() {
    scenario::refute(NAME, REFUTED);
}

#[test]
fn weakened_sites_are_accounted_for() {
    model::account_for(TWINS, REFUTED, &[]);
}

/// Started by the test above.
#[test]
fn weakened_twin() {
    scenario::twin(STORIES, TWINS);
}
