//! Model tests of `ScqQueue`: few slots, so that cycles wrap and positions are spoilt.

#![cfg(loom)]

mod model;

use std::collections::VecDeque;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use lockfree_collections::{ScqQueue, stall};
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};
use model::Do::{Pop, Push};
use model::late::{Late, Stage};
use model::scenario::{Story, stories, weakened_sites};
use model::{Model, RACE, Refuted, Subject, Together, Twin, Value, Values, models, refuted, together, twin};
use verify_harness::evidence::Tier;

impl Subject for ScqQueue<Value> {
    type Sequential = VecDeque<u64>;
    const NAME: &'static str = "ScqQueue";

    fn new() -> Self {
        ScqQueue::new(2)
    }
    fn push(&self, value: Value) {
        ScqQueue::push(self, value).expect("there is room");
    }
    fn pop(&self) -> Option<Value> {
        ScqQueue::pop(self)
    }
}

type Queue = ScqQueue<Value>;

const NAME: &str = Queue::NAME;

const PLAIN: Model = Model { preemptions: Some(2), ..Model::PLAIN };

const MODELS: &[Model] = &[
    Model { name: "push_and_pop", threads: &[&[Pop], &[Push(1)]], ..PLAIN },
    Model { name: "pushes", threads: &[&[Push(1)], &[Push(2)]], ..PLAIN },
    Model { name: "pops", before: &[Push(1), Push(2)], threads: &[&[Pop], &[Pop]], ..PLAIN },
    Model { name: "pushes_and_pops", threads: &[&[Pop, Pop], &[Push(1), Push(2)]], ..PLAIN },
    Model { name: "pop_and_pair", before: &[Push(1)], threads: &[&[Pop], &[Push(2), Pop]], ..PLAIN },
];

models! {
    Queue:
    push_and_pop pushes pops pushes_and_pops pop_and_pair
}

/// Two threads and one slot: what was pushed comes out, and a push that fails has found the slot taken.
fn one_slot() {
    let values = Values::default();
    let queue = Arc::new(ScqQueue::new(1));
    let pair = |queue: &Queue, value: Value| (queue.push(value).is_ok(), queue.pop().map(|value| value.number()));
    let other = thread::spawn({
        let (queue, values) = (Arc::clone(&queue), values.clone());
        move || pair(&queue, values.make(1))
    });
    let own = pair(&queue, values.make(2));
    let other = other.join().unwrap();
    let left = queue.pop().map(|value| value.number());
    assert!(own.0 || other.0, "both found the slot taken");
    let mut found: Vec<_> = [own.1, other.1, left].into_iter().flatten().collect();
    found.sort_unstable();
    let pushed: Vec<u64> = [(other.0, 1), (own.0, 2)].iter().filter(|push| push.0).map(|push| push.1).collect();
    assert_eq!(found, pushed, "{own:?} {other:?} {left:?}");
    drop(queue);
    assert_eq!(values.dropped(), 2);
}

/// Two queues: each thread pushes to one and then looks into the other; one of them sees what the other one pushed.
fn two_queues() {
    let queues = Arc::new([ScqQueue::new(1), ScqQueue::new(1)]);
    let others = Arc::clone(&queues);
    let other = thread::spawn(move || {
        others[0].push(1).unwrap();
        others[1].pop()
    });
    queues[1].push(2).unwrap();
    let own = queues[0].pop();
    let other = other.join().unwrap();
    assert!(own.is_some() || other.is_some(), "both found the other's queue empty");
}

/// A pop spoils the position of a push that is under way, which goes on to another one.
fn spoilt() {
    let queue = Arc::new(ScqQueue::new(1));
    let others = Arc::clone(&queue);
    let other = thread::spawn(move || (others.pop(), others.pop()));
    queue.push(1).unwrap();
    let found = other.join().unwrap();
    let left = queue.pop();
    assert!(
        matches!((found, left), ((Some(1), None) | (None, Some(1)), None) | ((None, None), Some(1))),
        "{found:?} {left:?}"
    );
}

/// A replacing push beside a pop: the oldest goes to one of the two.
fn force_push_and_pop() {
    let queue = Arc::new(ScqQueue::new(1));
    queue.push(1).unwrap();
    let others = Arc::clone(&queue);
    let other = thread::spawn(move || others.pop());
    let replaced = queue.force_push(2);
    let popped = other.join().unwrap();
    let left = queue.pop();
    // The pop has the only slot in hand when the new value comes back.
    let fair = matches!(
        (replaced, popped, left),
        (Some(1), None, Some(2)) | (Some(1), Some(2), None) | (None, Some(1), Some(2)) | (Some(2), Some(1), None)
    );
    assert!(fair, "{replaced:?} {popped:?} {left:?}");
    assert_eq!([replaced, popped, left].into_iter().flatten().sum::<i32>(), 3);
}

/// Pops go round the ring past an entry that another pop has claimed and not emptied: it becomes unsafe, and is used again.
fn passed() {
    let queue = Arc::new(ScqQueue::new(1));
    queue.push(1).unwrap();
    let others = Arc::clone(&queue);
    let other = thread::spawn(move || {
        let found = others.pop();
        (found, others.push(2).is_ok())
    });
    let own = [queue.pop(), queue.pop()];
    let (found, pushed) = other.join().unwrap();
    let mut all: Vec<_> = own.into_iter().chain([found]).flatten().collect();
    for value in 3..6 {
        all.extend(queue.pop());
        queue.push(value).expect("the slot is free");
        all.extend(queue.pop());
        assert_eq!(queue.pop(), None);
    }
    let expected: &[i32] = if pushed { &[1, 2, 3, 4, 5] } else { &[1, 3, 4, 5] };
    all.sort_unstable();
    assert_eq!(all, expected);
}

/// As `two_queues`, when it is not the threshold that says that nothing is there.
fn two_used_queues() {
    let queues = Arc::new([ScqQueue::new(1), ScqQueue::new(1)]);
    for queue in &*queues {
        queue.push(0).unwrap();
        assert_eq!(queue.pop(), Some(0));
    }
    let others = Arc::clone(&queues);
    let other = thread::spawn(move || {
        others[0].push(1).unwrap();
        others[1].pop()
    });
    queues[1].push(2).unwrap();
    let own = queues[0].pop();
    let other = other.join().unwrap();
    assert!(own.is_some() || other.is_some(), "both found the other's queue empty");
}

fn late<R: 'static>(
    stops: &'static [&'static [&'static str]],
    queue: &Arc<ScqQueue<i32>>,
    operation: fn(&ScqQueue<i32>) -> R,
) -> Late<R> {
    let queue = Arc::clone(queue);
    Late::at(stops, move || operation(&queue))
}

/// A queue of two slots, so that it is not the threshold that says that nothing is there.
fn used() -> Arc<ScqQueue<i32>> {
    let queue = Arc::new(ScqQueue::new(2));
    queue.push(0).unwrap();
    assert_eq!(queue.pop(), Some(0));
    queue
}

/// A used queue, with a push that has claimed its position, and not filled it.
fn beside_a_claim() -> (Arc<ScqQueue<i32>>, Late<Result<(), i32>>) {
    let queue = used();
    let slow = late(&[&["N2"]], &queue, |queue| queue.push(9));
    (queue, slow)
}

/// As `two_used_queues`, where a pop passes the position of a stopped push, and must see the tail beyond it.
fn two_queues_beside_claims() {
    let (first, late) = beside_a_claim();
    let (second, later) = beside_a_claim();
    let other = thread::spawn({
        let (first, second) = (Arc::clone(&first), Arc::clone(&second));
        move || {
            first.push(1).unwrap();
            second.pop()
        }
    });
    second.push(2).unwrap();
    let own = first.pop();
    let other = other.join().unwrap();
    assert!(own.is_some() || other.is_some(), "both found the other's queue empty");
    assert_eq!((late.end(), later.end()), (Ok(()), Ok(())));
}

/// A pop passes an entry whose index another pop has in hand, and a push has claimed the same position: it must not fill that.
fn passed_before_a_push() {
    let queue = Arc::new(ScqQueue::new(2));
    queue.push(1).unwrap();
    let slow = late(&[&["N17"]], &queue, ScqQueue::pop);
    for _ in 0..3 {
        assert_eq!(queue.pop(), None);
    }
    taken_beside_a_push(&queue, pusher(&queue), slow);
}

/// As `passed_before_a_push`, where the entry was free when the push first looked, since a push to the position a lap before was late.
fn passed_during_a_push() {
    let queue = used();
    let before = late(&[&["N4"]], &queue, |queue| queue.push(1));
    let slow = late(&[&["N6"]], &queue, ScqQueue::pop);
    for _ in 0..3 {
        assert_eq!(queue.pop(), None);
    }
    let pusher = pusher(&queue);
    assert_eq!(before.end(), Ok(()));
    taken_beside_a_push(&queue, pusher, slow);
}

/// As `passed_during_a_push`, where the push has looked once and goes on when all the others are over, of which it is not told.
fn passed_during_a_late_push() {
    let queue = used();
    let before = late(&[&["N4"]], &queue, |queue| queue.push(1));
    let slow = late(&[&["N6"]], &queue, ScqQueue::pop);
    for _ in 0..3 {
        assert_eq!(queue.pop(), None);
    }
    let stage = Stage::new();
    let pusher = thread::spawn({
        let (queue, stage) = (Arc::clone(&queue), Arc::clone(&stage));
        move || {
            stall::then(&["N4"], move || {
                stage.reach(1);
                stage.wait_for(2);
            });
            queue.push(2).unwrap();
        }
    });
    stage.wait_for(1);
    assert_eq!(before.end(), Ok(()));
    let own = queue.pop();
    let first = slow.end();
    stage.reach(2);
    pusher.join().unwrap();
    both_come_out(&queue, [own, first]);
}

fn pusher(queue: &Arc<ScqQueue<i32>>) -> JoinHandle<()> {
    let queue = Arc::clone(queue);
    thread::spawn(move || queue.push(2).unwrap())
}

/// A pop beside a push of 2, before a late pop goes on: both values come out.
fn taken_beside_a_push(queue: &ScqQueue<i32>, pusher: JoinHandle<()>, late: Late<Option<i32>>) {
    let own = queue.pop();
    let first = late.end();
    pusher.join().unwrap();
    both_come_out(queue, [own, first]);
}

fn both_come_out(queue: &ScqQueue<i32>, popped: [Option<i32>; 2]) {
    let mut all: Vec<_> = queue.try_iter().chain(popped.into_iter().flatten()).collect();
    all.sort_unstable();
    assert!(all == [1, 2], "lost one: {all:?}");
}

/// More pops fail than the threshold allows for, and then there is a push, which must see so: by the tail that they have looked at; or
/// by the entry that it fills, since a late pop has looked at that, and had claimed its position when most had failed.
fn failures_before_a_push() {
    let queue = used();
    let stage = Stage::new();
    let pusher = thread::spawn({
        let (queue, stage) = (Arc::clone(&queue), Arc::clone(&stage));
        move || {
            stage.wait_for(2);
            queue.push(1).unwrap();
        }
    });
    let slow = {
        let (queue, stage, main) = (Arc::clone(&queue), Arc::clone(&stage), thread::current());
        thread::spawn(move || {
            stage.wait_for(1);
            stall::at(&["N8"], Some(main));
            queue.pop()
        })
    };
    // As many places as the ring has, and all but one of them once more: one more than the threshold says.
    assert!((0..4).all(|_| queue.pop().is_none()));
    stage.reach(1);
    thread::park();
    assert!((0..3).all(|_| queue.pop().is_none()));
    stage.reach(2);
    pusher.join().unwrap();
    slow.thread().unpark();
    let found = slow.join().unwrap().or_else(|| queue.pop());
    assert_eq!(found, Some(1), "what was pushed is not found");
}

const STORIES: &[Story] = &[
    Story::new(
        "failures_before_a_push",
        "2 slots, used before: [[Pop, 7 times, with the others in between], [Push], [Pop, late]]",
        failures_before_a_push,
    )
    .unbounded(),
    Story::new("one_slot", "1 slot: [[Push, Pop], [Push, Pop]]", one_slot).preemptions(2),
    Story::new("two_queues", "2 queues of 1 slot: [[Push, Pop], [Push, Pop]]", two_queues).preemptions(2),
    Story::new("two_used_queues", "2 queues of 1 slot, used before: [[Push, Pop], [Push, Pop]]", two_used_queues)
        .preemptions(2),
    Story::new("passed", "1 slot, full: [[Pop, Push], [Pop, Pop]]", passed).preemptions(2).whole(Tier::Full),
    Story::new("spoilt", "1 slot: [[Pop, Pop], [Push]]", spoilt).preemptions(2),
    Story::new(
        "two_queues_beside_claims",
        "2 queues of 2 slots, used before, with a stopped push each: [[Push, Pop], [Push, Pop]]",
        two_queues_beside_claims,
    )
    .preemptions(2),
    Story::new("passed_before_a_push", "2 slots, a stopped pop: [[Push], [Pop, go on]]", passed_before_a_push)
        .preemptions(2),
    Story::new(
        "passed_during_a_push",
        "2 slots, a stopped push, a stopped pop: [[Push], [go on, Pop, go on]]",
        passed_during_a_push,
    )
    .preemptions(2)
    .whole(Tier::Default),
    Story::new(
        "passed_during_a_late_push",
        "2 slots, a stopped push, a stopped pop: [[Push, late], [go on, Pop, go on]]",
        passed_during_a_late_push,
    )
    .unbounded(),
    Story::new("force_push_and_pop", "1 slot, full: [[Pop], [ForcePush]]", force_push_and_pop).preemptions(2),
];

stories! {
    one_slot two_queues two_used_queues passed spoilt two_queues_beside_claims passed_before_a_push passed_during_a_push passed_during_a_late_push
    force_push_and_pop failures_before_a_push
}

/// Every site that is not relaxed, weaker.
const TWINS: &[Twin] = &[
    twin("N1", AcqRel),
    twin("N2", Relaxed),
    twin("N4", AcqRel),
    twin("N4", Relaxed),
    twin("N5", Relaxed),
    twin("N6", Acquire),
    twin("N6", Relaxed),
    twin("N7", Relaxed),
    twin("N8", Relaxed),
    twin("N9", Acquire),
    twin("N10", AcqRel),
    twin("N13", Relaxed),
    twin("N14", Acquire),
    twin("N15", Release),
    twin("N16", Acquire),
];

/// What a story says when a queue that has a value says that there is none.
const UNFOUND: &str = "what was pushed is not found";

/// What refutes which site.
const REFUTED: &[Refuted] = &[refuted("N6", Relaxed, "one_slot", RACE), refuted("N7", Relaxed, "one_slot", RACE)];

/// Which sites make up for one another: two ways lead from a failure to the push that must see it, see the header of `scq/ring.rs`.
const REFUTED_TOGETHER: &[Together] = &[
    together(&[twin("N5", Relaxed), twin("N1", AcqRel)], "failures_before_a_push", UNFOUND),
    together(&[twin("N6", Acquire), twin("N1", AcqRel)], "failures_before_a_push", UNFOUND),
    together(&[twin("N4", AcqRel), twin("N1", AcqRel)], "failures_before_a_push", UNFOUND),
];

/// What refutes others on a checker that knows sequentially consistent accesses: loom gets a fence where the others have one, and that makes up
/// for a weaker access.
const REFUTED_BEYOND_LOOM: &[Refuted] = &[
    refuted("N10", AcqRel, "failures_before_a_push", UNFOUND),
    refuted("N14", Acquire, "failures_before_a_push", UNFOUND),
    refuted("N1", AcqRel, "two_queues_beside_claims", "both found the other's queue empty"),
    refuted("N2", Relaxed, "passed_before_a_push", "lost one"),
    refuted("N8", Relaxed, "passed_before_a_push", "lost one"),
    refuted("N9", Acquire, "two_queues_beside_claims", "both found the other's queue empty"),
    refuted("N13", Relaxed, "passed_during_a_late_push", "lost one"),
    refuted("N4", Relaxed, "one_slot", RACE),
    refuted("N15", Release, "two_queues", "both found the other's queue empty"),
    refuted("N16", Acquire, "two_queues", "both found the other's queue empty"),
];

weakened_sites!(Queue: MODELS, STORIES, TWINS, {
    refuted: REFUTED,
    refuted_by_all_executions: REFUTED_BEYOND_LOOM,
    refuted_together: REFUTED_TOGETHER,
    unrefuted: &[],
});
