//! Model tests of `BoundedQueue` and `Spsc`: rings of one, two and three slots, so that laps wrap, and two rings.

#![cfg(loom)]

mod model;

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use lockfree_collections::{BoundedQueue, Spsc};
use loom::sync::Arc;
use loom::thread;
use model::scenario::{Story, stories, weakened_sites};
use model::shared::{share, spawn};
use model::{RACE, Refuted, Twin, Value, Values, refuted, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "BoundedQueue and Spsc";

/// Runs `body` with a ring of `capacity` slots.
fn with_queue(capacity: usize, body: impl FnOnce(&Arc<BoundedQueue<Value>>, &Values) -> u64) {
    share(|_| BoundedQueue::new(capacity), body);
}

fn number(value: Option<Value>) -> Option<u64> {
    value.map(|value| value.number())
}

/// A push finds room, or the queue full only if nothing was popped before.
fn push_and_pop() {
    with_queue(1, |queue, values| {
        let pusher = spawn(queue, values, |queue, values| {
            let first = queue.push(values.make(1)).is_ok();
            (first, queue.push(values.make(2)).is_ok())
        });
        let popped = [number(queue.pop()), number(queue.pop())];
        let pushed = pusher.join().unwrap();
        let left = number(queue.pop());
        assert!(pushed.0, "the first push finds room");
        let all: Vec<_> = popped.into_iter().chain([left]).flatten().collect();
        let expected: &[u64] = if pushed.1 { &[1, 2] } else { &[1] };
        assert_eq!(all, expected);
        2
    });
}

/// Two pushes into one slot: one of them finds it full.
fn pushes() {
    with_queue(1, |queue, values| {
        let other = spawn(queue, values, |queue, values| queue.push(values.make(1)).is_ok());
        let own = queue.push(values.make(2)).is_ok();
        let other = other.join().unwrap();
        assert_ne!(own, other);
        assert_eq!(number(queue.pop()), Some(if own { 2 } else { 1 }));
        assert!(queue.pop().is_none());
        2
    });
}

/// Two pops of one value: one of them finds nothing.
fn pops() {
    with_queue(2, |queue, values| {
        queue.push(values.make(1)).unwrap();
        let other = spawn(queue, values, |queue, _| number(queue.pop()));
        let own = number(queue.pop());
        let other = other.join().unwrap();
        assert!(matches!((own, other), (Some(1), None) | (None, Some(1))), "{own:?} {other:?}");
        1
    });
}

/// Pairs on both sides go round the ring.
fn pairs() {
    with_queue(1, |queue, values| {
        let pair = |value: u64| {
            move |queue: &BoundedQueue<Value>, values: &Values| {
                let pushed = queue.push(values.make(value)).is_ok();
                (pushed, number(queue.pop()))
            }
        };
        let other = spawn(queue, values, pair(1));
        let own = pair(2)(queue, values);
        let other = other.join().unwrap();
        let left = number(queue.pop());
        let pushed = usize::from(own.0) + usize::from(other.0);
        let mut found: Vec<_> = [own.1, other.1, left].into_iter().flatten().collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), pushed, "{own:?} {other:?} {left:?}");
        assert!(pushed > 0 && left.is_none());
        2
    });
}

/// As `pairs`, with values that a broken queue may copy without harm to the process.
fn pairs_of_numbers() {
    let queue = Arc::new(BoundedQueue::new(1));
    let pair = |queue: &BoundedQueue<u64>, value: u64| (queue.push(value).is_ok(), queue.pop());
    let other = Arc::clone(&queue);
    let other = thread::spawn(move || pair(&other, 1));
    let own = pair(&queue, 2);
    let other = other.join().unwrap();
    let found: u64 = own.1.into_iter().chain(other.1).chain(queue.pop()).sum();
    assert_eq!(found, u64::from(own.0) * 2 + u64::from(other.0), "{own:?} {other:?}");
}

/// A replacing push beside a pop: the oldest goes to one of the two.
fn force_push_and_pop() {
    with_queue(1, |queue, values| {
        queue.push(values.make(1)).unwrap();
        let other = spawn(queue, values, |queue, _| number(queue.pop()));
        let replaced = number(queue.force_push(values.make(2)));
        let popped = other.join().unwrap();
        let left = number(queue.pop());
        assert!(
            matches!((replaced, popped, left), (Some(1), Some(2), None) | (None, Some(1), Some(2))),
            "{replaced:?} {popped:?} {left:?}"
        );
        2
    });
}

/// Two replacing pushes: none is lost.
fn force_pushes() {
    with_queue(1, |queue, values| {
        queue.push(values.make(1)).unwrap();
        let other = spawn(queue, values, |queue, values| number(queue.force_push(values.make(2))));
        let own = number(queue.force_push(values.make(3)));
        let other = other.join().unwrap();
        let left = number(queue.pop());
        assert!(
            matches!((own, other, left), (Some(1), Some(3), Some(2)) | (Some(2), Some(1), Some(3))),
            "{own:?} {other:?} {left:?}"
        );
        3
    });
}

/// Closing beside a push: what was pushed is there, and nothing comes after an empty closed queue.
fn close_and_push() {
    with_queue(2, |queue, values| {
        let pusher = spawn(queue, values, |queue, values| queue.push(values.make(1)).is_ok());
        assert!(queue.close());
        let popped = number(queue.pop());
        let pushed = pusher.join().unwrap();
        let left = number(queue.pop());
        assert_eq!(popped.or(left).is_some(), pushed);
        assert!(popped.is_some() || left.is_none(), "a value came after the end");
        assert!(queue.is_closed());
        1
    });
}

/// A producer, a producer, and a consumer.
fn three_threads() {
    with_queue(2, |queue, values| {
        let others =
            [1, 2].map(|value| spawn(queue, values, move |queue, values| queue.push(values.make(value)).is_ok()));
        let popped = number(queue.pop());
        assert!(others.into_iter().all(|other| other.join().unwrap()));
        let mut all = vec![popped, number(queue.pop()), number(queue.pop())];
        all.sort_unstable();
        assert_eq!(all, [None, Some(1), Some(2)]);
        2
    });
}

/// Two queues of one slot, full or empty: each thread changes one and then asks the other one; one of them sees what the other has done.
fn across(full: bool, change: fn(&BoundedQueue<u64>), sees: fn(&BoundedQueue<u64>) -> bool) {
    let make = || {
        let queue = BoundedQueue::new(1);
        if full {
            queue.push(1).unwrap();
        }
        queue
    };
    let queues = Arc::new([make(), make()]);
    let others = Arc::clone(&queues);
    let other = thread::spawn(move || {
        change(&others[0]);
        sees(&others[1])
    });
    change(&queues[1]);
    let own = sees(&queues[0]);
    let other = other.join().unwrap();
    assert!(own || other, "neither saw what the other did");
}

fn push(queue: &BoundedQueue<u64>) {
    queue.push(2).unwrap();
}

fn pop(queue: &BoundedQueue<u64>) {
    assert_eq!(queue.pop(), Some(1));
}

fn push_batch(queue: &BoundedQueue<u64>) {
    assert!(queue.push_batch([2]).next().is_none());
}

fn pop_batch(queue: &BoundedQueue<u64>) {
    assert_eq!(queue.pop_batch(&mut Vec::new(), 1), 1);
}

fn replace(queue: &BoundedQueue<u64>) {
    assert_eq!(queue.force_push(2), Some(1));
}

fn close(queue: &BoundedQueue<u64>) {
    assert!(queue.close());
}

fn push_across_pop() {
    across(false, push, |queue| queue.pop().is_some());
}

fn pop_across_push() {
    across(true, pop, |queue| queue.push(2).is_ok());
}

fn push_across_is_empty() {
    across(false, push, |queue| !queue.is_empty());
}

fn pop_across_is_empty() {
    across(true, pop, BoundedQueue::is_empty);
}

fn push_across_is_full() {
    across(false, push, BoundedQueue::is_full);
}

fn pop_across_is_full() {
    across(true, pop, |queue| !queue.is_full());
}

fn push_across_len() {
    across(false, push, |queue| queue.len() == 1);
}

fn pop_across_len() {
    across(true, pop, |queue| queue.len() != 1);
}

fn push_batch_across_is_empty() {
    across(false, push_batch, |queue| !queue.is_empty());
}

fn pop_batch_across_is_empty() {
    across(true, pop_batch, BoundedQueue::is_empty);
}

/// A queue is empty in the middle of a replacement only.
fn force_push_across_is_empty() {
    across(true, replace, |queue| !queue.is_empty());
}

/// A queue has room in the middle of a replacement only.
fn force_push_across_is_full() {
    across(true, replace, BoundedQueue::is_full);
}

fn close_across_is_closed() {
    across(false, close, BoundedQueue::is_closed);
}

/// The length of a full queue beside a pop and a push of one thread.
fn len_beside_pop_and_push() {
    let queue = Arc::new(BoundedQueue::new(3));
    assert!(queue.push_batch(1..=3).next().is_none());
    let others = Arc::clone(&queue);
    let other = thread::spawn(move || {
        assert_eq!(others.pop(), Some(1));
        others.push(4).unwrap();
    });
    let len = queue.len();
    other.join().unwrap();
    assert!((2..=3).contains(&len), "an impossible length: {len}");
}

/// The length of a queue beside a push and a replacement of one thread.
fn len_beside_force_push() {
    let queue = Arc::new(BoundedQueue::new(2));
    queue.push(1).unwrap();
    let others = Arc::clone(&queue);
    let other = thread::spawn(move || {
        others.push(2).unwrap();
        assert_eq!(others.force_push(3), Some(1));
    });
    let len = queue.len();
    other.join().unwrap();
    assert!((1..=2).contains(&len), "an impossible length: {len}");
}

/// A batch goes in while another one comes out, round the ring.
fn batch_in_and_out() {
    with_queue(2, |queue, values| {
        let popper = spawn(queue, values, |queue, _| {
            let mut found = Vec::new();
            queue.pop_batch(&mut found, 2);
            found.iter().map(Value::number).collect::<Vec<_>>()
        });
        let rest: Vec<_> = queue.push_batch((1..=3).map(|number| values.make(number))).collect();
        let mut found = popper.join().unwrap();
        found.extend(queue.try_iter().map(|value| value.number()));
        found.extend(rest.iter().map(Value::number));
        assert_eq!(found, [1, 2, 3]);
        drop(rest);
        3
    });
}

/// Two batches go in at once: each in order, and what finds no room comes back.
fn batches_in() {
    with_queue(2, |queue, values| {
        let other = spawn(queue, values, |queue, values| {
            queue.push_batch((1..=2).map(|number| values.make(number))).map(|value| value.number()).collect::<Vec<_>>()
        });
        let own: Vec<_> =
            queue.push_batch((3..=4).map(|number| values.make(number))).map(|value| value.number()).collect();
        let other = other.join().unwrap();
        let found: Vec<_> = queue.try_iter().map(|value| value.number()).collect();
        assert!(
            matches!(
                (&found[..], &other[..], &own[..]),
                ([1, 2], [], [3, 4]) | ([3, 4], [1, 2], []) | ([1, 3] | [3, 1], [2], [4])
            ),
            "{found:?} {other:?} {own:?}"
        );
        4
    });
}

/// Pairs of batches go round a ring of one slot.
fn batch_pairs() {
    let queue = Arc::new(BoundedQueue::new(1));
    let pair = |queue: &BoundedQueue<u64>, value: u64| {
        let pushed = queue.push_batch([value]).next().is_none();
        let mut found = Vec::new();
        queue.pop_batch(&mut found, 1);
        (pushed, found.into_iter().sum::<u64>())
    };
    let other = Arc::clone(&queue);
    let other = thread::spawn(move || pair(&other, 1));
    let own = pair(&queue, 2);
    let other = other.join().unwrap();
    let found = own.1 + other.1 + queue.pop().unwrap_or(0);
    assert_eq!(found, u64::from(own.0) * 2 + u64::from(other.0), "{own:?} {other:?}");
}

/// Both ends of a ring of one slot.
fn spsc_push_and_pop() {
    let values = Values::default();
    let (mut producer, mut consumer) = Spsc::new(1);
    let made = values.clone();
    let other = thread::spawn(move || {
        let first = producer.push(made.make(1)).is_ok();
        (first, producer.push(made.make(2)).is_ok())
    });
    let popped = [number(consumer.pop()), number(consumer.pop())];
    let pushed = other.join().unwrap();
    let left = number(consumer.pop());
    let all: Vec<_> = popped.into_iter().chain([left]).flatten().collect();
    assert!(pushed.0);
    assert_eq!(all, if pushed.1 { vec![1, 2] } else { vec![1] });
    drop(consumer);
    assert_eq!(values.dropped(), 2);
}

/// Batches over a ring of two slots; what is left is dropped by whoever is last.
fn spsc_batches() {
    let values = Values::default();
    let (mut producer, mut consumer) = Spsc::new(2);
    let made = values.clone();
    let other = thread::spawn(move || {
        let mut numbers = 1..=3;
        // The adapter makes a value only when there is room for it.
        let mut pushed = producer.push_batch(std::iter::from_fn(|| numbers.next().map(|number| made.make(number))));
        pushed += producer.push_batch(std::iter::from_fn(|| numbers.next().map(|number| made.make(number))));
        pushed
    });
    let mut popped: Vec<_> = consumer.pop_batch().map(|value| value.number()).collect();
    let gone = consumer.is_abandoned();
    let rest: Vec<_> = consumer.pop_batch().map(|value| value.number()).collect();
    popped.extend(rest);
    assert!(popped.iter().copied().eq(1..=popped.len() as u64), "{popped:?}");
    drop(consumer);
    let pushed = other.join().unwrap();
    assert!(popped.len() <= pushed && (!gone || popped.len() == pushed), "{popped:?} of {pushed}, {gone}");
    assert_eq!(values.dropped(), pushed as u64);
}

/// The consumer makes room and goes: who sees that it is gone finds the room.
fn spsc_abandoned() {
    let (mut producer, mut consumer) = Spsc::new(1);
    producer.push(1).unwrap();
    let other = thread::spawn(move || consumer.pop());
    let gone = producer.is_abandoned();
    let room = producer.push(2).is_ok();
    assert!(room || !gone, "gone, and the room it made is not seen");
    assert_eq!(other.join().unwrap(), Some(1));
}

const STORIES: &[Story] = &[
    Story::new("push_and_pop", "1 slot: [[Pop, Pop], [Push, Push]]", push_and_pop),
    Story::new("pushes", "1 slot: [[Push], [Push]]", pushes),
    Story::new("pops", "2 slots, 1 full: [[Pop], [Pop]]", pops),
    Story::new("pairs", "1 slot: [[Push, Pop], [Push, Pop]]", pairs).preemptions(3),
    Story::new("pairs_of_numbers", "1 slot: [[Push, Pop], [Push, Pop]]", pairs_of_numbers).preemptions(3),
    Story::new("force_push_and_pop", "1 slot, full: [[ForcePush], [Pop]]", force_push_and_pop),
    Story::new("force_pushes", "1 slot, full: [[ForcePush], [ForcePush]]", force_pushes).preemptions(3),
    Story::new("close_and_push", "2 slots: [[Close, Pop], [Push]]", close_and_push),
    Story::new("three_threads", "2 slots: [[Pop], [Push], [Push]]", three_threads).preemptions(2).whole(Tier::Default),
    Story::new("push_across_pop", "two rings of 1 slot: [[Push A, Pop B], [Push B, Pop A]]", push_across_pop),
    Story::new("pop_across_push", "two full rings of 1 slot: [[Pop A, Push B], [Pop B, Push A]]", pop_across_push),
    Story::new(
        "push_across_is_empty",
        "two rings of 1 slot: [[Push A, IsEmpty B], [Push B, IsEmpty A]]",
        push_across_is_empty,
    )
    .unbounded(),
    Story::new(
        "pop_across_is_empty",
        "two full rings of 1 slot: [[Pop A, IsEmpty B], [Pop B, IsEmpty A]]",
        pop_across_is_empty,
    )
    .unbounded(),
    Story::new(
        "push_across_is_full",
        "two rings of 1 slot: [[Push A, IsFull B], [Push B, IsFull A]]",
        push_across_is_full,
    )
    .unbounded(),
    Story::new(
        "pop_across_is_full",
        "two full rings of 1 slot: [[Pop A, IsFull B], [Pop B, IsFull A]]",
        pop_across_is_full,
    )
    .unbounded(),
    Story::new("push_across_len", "two rings of 1 slot: [[Push A, Len B], [Push B, Len A]]", push_across_len)
        .unbounded(),
    Story::new("pop_across_len", "two full rings of 1 slot: [[Pop A, Len B], [Pop B, Len A]]", pop_across_len)
        .unbounded(),
    Story::new(
        "push_batch_across_is_empty",
        "two rings of 1 slot: [[PushBatch A, IsEmpty B], [PushBatch B, IsEmpty A]]",
        push_batch_across_is_empty,
    )
    .unbounded(),
    Story::new(
        "pop_batch_across_is_empty",
        "two full rings of 1 slot: [[PopBatch A, IsEmpty B], [PopBatch B, IsEmpty A]]",
        pop_batch_across_is_empty,
    )
    .unbounded(),
    Story::new(
        "force_push_across_is_empty",
        "two full rings of 1 slot: [[ForcePush A, IsEmpty B], [ForcePush B, IsEmpty A]]",
        force_push_across_is_empty,
    )
    .unbounded(),
    Story::new(
        "force_push_across_is_full",
        "two full rings of 1 slot: [[ForcePush A, IsFull B], [ForcePush B, IsFull A]]",
        force_push_across_is_full,
    )
    .unbounded(),
    Story::new(
        "close_across_is_closed",
        "two rings of 1 slot: [[Close A, IsClosed B], [Close B, IsClosed A]]",
        close_across_is_closed,
    )
    .unbounded(),
    Story::new("len_beside_pop_and_push", "3 slots, full: [[Len], [Pop, Push]]", len_beside_pop_and_push),
    Story::new("len_beside_force_push", "2 slots, 1 full: [[Len], [Push, ForcePush]]", len_beside_force_push),
    Story::new("batch_in_and_out", "2 slots: [[PushBatch 3], [PopBatch 2]]", batch_in_and_out).preemptions(3),
    Story::new("batches_in", "2 slots: [[PushBatch 2], [PushBatch 2]]", batches_in).preemptions(3),
    Story::new("batch_pairs", "1 slot: [[PushBatch 1, PopBatch 1], [PushBatch 1, PopBatch 1]]", batch_pairs)
        .preemptions(3),
    Story::new("spsc_push_and_pop", "1 slot: [[Pop, Pop], [Push, Push]]", spsc_push_and_pop),
    Story::new("spsc_batches", "2 slots: [[PopBatch, PopBatch, drop], [PushBatch, PushBatch, drop]]", spsc_batches),
    Story::new("spsc_abandoned", "1 slot, full: [[Pop, drop], [IsAbandoned, Push]]", spsc_abandoned),
];

stories! {
    push_and_pop pushes pops pairs pairs_of_numbers force_push_and_pop force_pushes close_and_push three_threads push_across_pop
    pop_across_push push_across_is_empty pop_across_is_empty push_across_is_full pop_across_is_full push_across_len pop_across_len
    push_batch_across_is_empty pop_batch_across_is_empty force_push_across_is_empty force_push_across_is_full close_across_is_closed
    len_beside_pop_and_push len_beside_force_push
    batch_in_and_out batches_in batch_pairs
    spsc_push_and_pop spsc_batches spsc_abandoned
}

/// Every site that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[
    twin("B3", AcqRel),
    twin("B4", Relaxed),
    twin("B5", Relaxed),
    twin("B6", AcqRel),
    twin("B6", Acquire),
    twin("B8", AcqRel),
    twin("B9", Relaxed),
    twin("B10", AcqRel),
    twin("B11", Relaxed),
    twin("B12", Relaxed),
    twin("B13", AcqRel),
    twin("B22", AcqRel),
    twin("B23", Acquire),
    twin("B24", Relaxed),
    twin("B25", Acquire),
    twin("B26", Acquire),
    twin("B27", Acquire),
    twin("B28", Acquire),
    twin("B29", Acquire),
    twin("B30", Acquire),
    twin("B40", Relaxed),
    twin("B41", AcqRel),
    twin("B43", Relaxed),
    twin("B45", Relaxed),
    twin("B46", AcqRel),
    twin("B48", Relaxed),
    twin("R1", Relaxed),
    twin("R2", Relaxed),
    twin("R3", Relaxed),
    twin("R4", Relaxed),
    twin("R5", Relaxed),
    twin("R6", Relaxed),
    twin("R7", Relaxed),
    twin("R8", Relaxed),
    twin("R11", Relaxed),
    twin("R12", Relaxed),
    twin("R14", Relaxed),
];

/// What two threads say of which neither has seen what the other one has done, as if both were first.
const MISSED: &str = "neither saw";

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("B4", Relaxed, "force_push_and_pop", RACE),
    refuted("B5", Relaxed, "pairs_of_numbers", RACE),
    refuted("B9", Relaxed, "pairs", RACE),
    refuted("B11", Relaxed, "force_push_and_pop", RACE),
    refuted("B12", Relaxed, "pairs_of_numbers", RACE),
    refuted("B6", AcqRel, "pop_across_push", MISSED),
    refuted("B13", AcqRel, "push_across_pop", MISSED),
    refuted("B40", Relaxed, "batch_pairs", RACE),
    refuted("B43", Relaxed, "batch_in_and_out", RACE),
    refuted("B45", Relaxed, "batch_in_and_out", RACE),
    refuted("B48", Relaxed, "batch_pairs", RACE),
    refuted("R1", Relaxed, "spsc_push_and_pop", RACE),
    refuted("R2", Relaxed, "spsc_batches", RACE),
    refuted("R3", Relaxed, "spsc_push_and_pop", RACE),
    refuted("R4", Relaxed, "spsc_push_and_pop", RACE),
    refuted("R5", Relaxed, "spsc_push_and_pop", RACE),
    refuted("R6", Relaxed, "spsc_batches", RACE),
    refuted("R7", Relaxed, "spsc_abandoned", "the room it made"),
    refuted("R8", Relaxed, "spsc_batches", " of "),
    refuted("R11", Relaxed, "spsc_abandoned", "the room it made"),
    refuted("R12", Relaxed, "spsc_batches", " of "),
    refuted("R14", Relaxed, "spsc_batches", RACE),
];

/// What refutes others on a checker that knows sequentially consistent accesses: loom takes them for acquire and release.
const REFUTED_BEYOND_LOOM: &[Refuted] = &[
    refuted("B3", AcqRel, "force_push_across_is_empty", MISSED),
    refuted("B6", Acquire, "len_beside_force_push", "an impossible length"),
    refuted("B8", AcqRel, "push_across_is_empty", MISSED),
    refuted("B10", AcqRel, "pop_across_is_empty", MISSED),
    refuted("B22", AcqRel, "close_across_is_closed", MISSED),
    refuted("B23", Acquire, "close_across_is_closed", MISSED),
    refuted("B24", Relaxed, "len_beside_pop_and_push", "an impossible length"),
    refuted("B25", Acquire, "pop_across_len", MISSED),
    refuted("B26", Acquire, "push_across_len", MISSED),
    refuted("B27", Acquire, "pop_across_is_empty", MISSED),
    refuted("B28", Acquire, "push_across_is_empty", MISSED),
    refuted("B29", Acquire, "push_across_is_full", MISSED),
    refuted("B30", Acquire, "pop_across_is_full", MISSED),
    refuted("B41", AcqRel, "push_batch_across_is_empty", MISSED),
    refuted("B46", AcqRel, "pop_batch_across_is_empty", MISSED),
];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    refuted_by_all_executions: REFUTED_BEYOND_LOOM,
    unrefuted: &[],
});
