//! Model tests of waiting for the values of a `LockFreeQueue`, and of a `BoundedQueue`.
//!
//! A lost wake-up leaves a thread parked for ever, which the checkers report.

#![cfg(all(loom, feature = "wait"))]

mod model;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc as StdArc;
use std::sync::atomic::Ordering::AcqRel;
use std::task::{Context, Poll, Wake, Waker};

use lockfree_collections::{BoundedQueue, LockFreeQueue, weaken};
use loom::sync::Arc;
use model::scenario::{Story, stories, weakened_sites};
use model::shared::{share, spawn};
use model::{Refuted, Twin, Value, Values, refuted, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "LockFreeQueue and BoundedQueue, waiting";

type Queue = LockFreeQueue<Value>;
type Ring = BoundedQueue<Value>;

/// A queue for whose values one can wait.
trait Waited: Send + Sync + 'static {
    fn new() -> Self;
    fn push(&self, value: Value) -> Result<(), Value>;
    fn close(&self) -> bool;
    fn recv(&self) -> impl Future<Output = Option<Value>>;
    fn recv_blocking(&self) -> Option<Value>;
}

macro_rules! waited {
    ($type:ty, $new:expr, $push:ident) => {
        impl Waited for $type {
            fn new() -> Self {
                $new
            }
            fn push(&self, value: Value) -> Result<(), Value> {
                self.$push(value)
            }
            fn close(&self) -> bool {
                self.close()
            }
            fn recv(&self) -> impl Future<Output = Option<Value>> {
                self.recv()
            }
            fn recv_blocking(&self) -> Option<Value> {
                self.recv_blocking()
            }
        }
    };
}

waited!(Queue, LockFreeQueue::new(), try_push);
waited!(Ring, BoundedQueue::new(2), push);

/// Runs `body` with a queue that wakes receivers. The first thread only joins: loom's `join` cannot stand an `unpark` that comes late.
fn with_queue<Q: Waited>(body: impl FnOnce(&Arc<Q>, &Values) -> u64) {
    weaken::wait();
    share(|_| Q::new(), body);
}

fn receive<Q: Waited>(queue: &Q) -> Option<u64> {
    queue.recv_blocking().map(|value| value.number())
}

/// A value comes before, while or after its receiver goes to sleep.
fn push_and_receive<Q: Waited>() {
    with_queue::<Q>(|queue, values| {
        let receiver = spawn(queue, values, |queue, _| receive(queue));
        let sender = spawn(queue, values, |queue, values| queue.push(values.make(1)).unwrap());
        sender.join().unwrap();
        assert_eq!(receiver.join().unwrap(), Some(1));
        1
    });
}

/// Two values, one receiver.
fn pushes_and_receive<Q: Waited>() {
    with_queue::<Q>(|queue, values| {
        let receiver = spawn(queue, values, |queue, _| (receive(queue), receive(queue)));
        let sender = spawn(queue, values, |queue, values| {
            queue.push(values.make(1)).unwrap();
            queue.push(values.make(2)).unwrap();
        });
        sender.join().unwrap();
        assert_eq!(receiver.join().unwrap(), (Some(1), Some(2)));
        2
    });
}

/// Two receivers, a value for each.
fn two_receivers<Q: Waited>() {
    with_queue::<Q>(|queue, values| {
        let receivers = [(); 2].map(|()| spawn(queue, values, |queue, _| receive(queue)));
        queue.push(values.make(1)).unwrap();
        queue.push(values.make(2)).unwrap();
        let mut found = receivers.map(|receiver| receiver.join().unwrap());
        found.sort_unstable();
        assert_eq!(found, [Some(1), Some(2)]);
        2
    });
}

/// Closing wakes who waits.
fn close_and_receive<Q: Waited>() {
    with_queue::<Q>(|queue, values| {
        let receiver = spawn(queue, values, |queue, _| receive(queue));
        let closer = spawn(queue, values, |queue, _| queue.close());
        assert!(closer.join().unwrap());
        assert_eq!(receiver.join().unwrap(), None);
        0
    });
}

/// What was pushed before the end is received.
fn push_close_and_receive<Q: Waited>() {
    with_queue::<Q>(|queue, values| {
        let receiver = spawn(queue, values, |queue, _| (receive(queue), receive(queue)));
        let sender = spawn(queue, values, |queue, values| {
            queue.push(values.make(1)).unwrap();
            queue.close();
            assert!(queue.push(values.make(2)).is_err());
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
fn gives_up<Q: Waited>() {
    with_queue::<Q>(|queue, values| {
        let fickle = spawn(queue, values, |queue, _| {
            let waker = Waker::from(StdArc::new(Nobody));
            let mut future = pin!(queue.recv());
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => value.map(|value| value.number()),
                Poll::Pending => None,
            }
        });
        let sender = spawn(queue, values, |queue, values| queue.push(values.make(1)).unwrap());
        let given_up = fickle.join().unwrap();
        sender.join().unwrap();
        if given_up.is_none() {
            assert_eq!(receive(&**queue), Some(1), "the value is there");
        }
        1
    });
}

const STORIES: &[Story] = &[
    Story::new("push_and_receive", "[[Receive], [Push]]", push_and_receive::<Queue>).preemptions(2),
    Story::new("pushes_and_receive", "[[Receive, Receive], [Push, Push]]", pushes_and_receive::<Queue>)
        .preemptions(2)
        .from(Tier::Default)
        .whole(Tier::Full),
    Story::new("two_receivers", "[[Receive], [Receive], [Push, Push]]", two_receivers::<Queue>)
        .preemptions(1)
        .from(Tier::Full),
    Story::new("close_and_receive", "[[Receive], [Close]]", close_and_receive::<Queue>)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("push_close_and_receive", "[[Receive, Receive], [Push, Close, Push]]", push_close_and_receive::<Queue>)
        .preemptions(2)
        .from(Tier::Default)
        .whole(Tier::Full),
    Story::new("gives_up", "[[Receive for a moment], [Push]]", gives_up::<Queue>).preemptions(2),
    Story::new("ring_push_and_receive", "2 slots: [[Receive], [Push]]", push_and_receive::<Ring>).preemptions(2),
    Story::new("ring_pushes_and_receive", "2 slots: [[Receive, Receive], [Push, Push]]", pushes_and_receive::<Ring>)
        .preemptions(2)
        .from(Tier::Default)
        .whole(Tier::Full),
    Story::new("ring_close_and_receive", "2 slots: [[Receive], [Close]]", close_and_receive::<Ring>).preemptions(2),
    Story::new("ring_gives_up", "2 slots: [[Receive for a moment], [Push]]", gives_up::<Ring>).preemptions(2),
];

stories! {
    push_and_receive pushes_and_receive two_receivers close_and_receive push_close_and_receive gives_up
    ring_push_and_receive ring_pushes_and_receive ring_close_and_receive ring_gives_up
}

/// The two fences, which order nothing between a write and a look at another place when they are weaker.
const TWINS: &[Twin] = &[twin("W1", AcqRel), twin("W4", AcqRel)];

/// What each checker says of a thread that sleeps for ever.
const ASLEEP: &str = "deadlock|lost wakeup";

/// What refutes which site.
const REFUTED: &[Refuted] = &[refuted("W1", AcqRel, "push_and_receive", ASLEEP)];

/// Which sites no story refutes, and why not.
const UNREFUTED: &[(Twin, &str)] = &[(
    twin("W4", AcqRel),
    "implied: who joins the sleepers passes a fence when it gives their list back, which is as strong here; kept, since that one is theirs",
)];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    unrefuted: UNREFUTED,
});
