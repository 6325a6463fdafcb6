//! Model tests of `PriorityQueue` and `RelaxedPriorityQueue`: few values, so that pushes meet the holder of the heap.

#![cfg(loom)]

mod model;

use std::cmp::Ordering as Order;
use std::collections::BinaryHeap;
use std::sync::atomic::Ordering::Relaxed;

use lockfree_collections::priority::TryPopError;
use lockfree_collections::{PriorityQueue, RelaxedPriorityQueue};
use loom::sync::Arc;
use loom::thread;
use model::Do::{Pop, Push};
use model::scenario::{Story, stories, weakened_sites};
use model::{Do, Model, RACE, Refuted, Sequential, Subject, Twin, Value, Values, refuted, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "PriorityQueue";

/// A value, as great as its number.
#[derive(Debug)]
struct Ranked(Value);

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.0.number() == other.0.number()
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Order {
        self.0.number().cmp(&other.0.number())
    }
}

impl Sequential for BinaryHeap<u64> {
    fn push(&mut self, value: u64) {
        BinaryHeap::push(self, value);
    }
    fn pop(&mut self) -> Option<u64> {
        BinaryHeap::pop(self)
    }
}

impl Subject for PriorityQueue<Ranked> {
    type Sequential = BinaryHeap<u64>;
    const NAME: &'static str = NAME;

    fn new() -> Self {
        PriorityQueue::new()
    }
    fn push(&self, value: Value) {
        PriorityQueue::push(self, Ranked(value));
    }
    fn pop(&self) -> Option<Value> {
        PriorityQueue::pop(self).map(|value| value.0)
    }
}

/// Threads that push and pop, compared with every order of what they did.
fn scripts(before: &'static [Do], threads: &'static [&'static [Do]]) {
    let model = Model { name: "", before, threads, crowded: false, preemptions: None, quick: true, whole: Tier::Quick };
    model.body::<PriorityQueue<Ranked>>()();
}

fn push_and_pop() {
    scripts(&[], &[&[Pop], &[Push(1)]]);
}

fn pushes() {
    scripts(&[], &[&[Push(1)], &[Push(2)]]);
}

fn pops() {
    scripts(&[Push(1), Push(2)], &[&[Pop], &[Pop]]);
}

/// A value that is put off is greater than what the holder finds in the heap.
fn overtaken() {
    scripts(&[Push(1)], &[&[Push(2), Pop], &[Push(3), Pop]]);
}

fn three() {
    scripts(&[Push(2)], &[&[Push(1)], &[Push(3)], &[Pop]]);
}

/// Two values are put off, one behind the other.
fn list_of_two() {
    scripts(&[], &[&[Push(2)], &[Push(3)], &[Push(1)]]);
}

/// A value that has been pushed counts, wherever the other thread has moved it.
fn counts() {
    let values = Values::default();
    let queue = Arc::new(PriorityQueue::new());
    let other = thread::spawn({
        let (queue, values) = (Arc::clone(&queue), values.clone());
        move || queue.push(Ranked(values.make(1)))
    });
    queue.push(Ranked(values.make(2)));
    // One that is being moved may count twice.
    let len = queue.len();
    assert!((1..=3).contains(&len), "a value that was pushed does not count: {len}");
    other.join().unwrap();
    assert_eq!(queue.len(), 2);
    assert!(queue.try_iter().map(|value| value.0.number()).eq([2, 1]));
    drop(queue);
    assert_eq!(values.dropped(), 2);
}

/// Pops that do not wait say "busy" only beside another operation, and "empty" only of an empty queue.
fn tries() {
    let values = Values::default();
    let queue = Arc::new(PriorityQueue::from([Ranked(values.make(1))]));
    let other = thread::spawn({
        let (queue, values) = (Arc::clone(&queue), values.clone());
        move || queue.push(Ranked(values.make(2)))
    });
    let own = queue.try_pop().map(|value| value.0.number());
    assert!(matches!(own, Ok(1 | 2) | Err(TryPopError::Busy)), "{own:?}");
    other.join().unwrap();
    let rest: Vec<_> = std::iter::from_fn(|| queue.try_pop().ok()).map(|value| value.0.number()).collect();
    match own {
        Ok(1) => assert_eq!(rest, [2]),
        Ok(_) => assert_eq!(rest, [1]),
        Err(_) => assert_eq!(rest, [2, 1]),
    }
    assert!(matches!(queue.try_pop(), Err(TryPopError::Empty)));
}

/// Everything is taken at once, and what is pushed meanwhile is in or out.
fn drains() {
    let values = Values::default();
    let queue = Arc::new(PriorityQueue::from([Ranked(values.make(1))]));
    let other = thread::spawn({
        let (queue, values) = (Arc::clone(&queue), values.clone());
        move || queue.push(Ranked(values.make(2)))
    });
    let mut found: Vec<_> = queue.drain().map(|value| value.0.number()).collect();
    other.join().unwrap();
    found.extend(queue.try_iter().map(|value| value.0.number()));
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
    drop(queue);
    assert_eq!(values.dropped(), 2);
}

/// Two heaps, and pairs of push and pop: each value comes out once, nobody finds the queue empty while its own value is in, and when
/// all is over the greatest comes first.
fn two_heaps() {
    let values = Values::default();
    let queue = Arc::new(RelaxedPriorityQueue::with_heaps(2));
    let pair = |queue: &RelaxedPriorityQueue<Ranked>, value: Value| {
        queue.push(Ranked(value));
        queue.pop().map(|value| value.0.number())
    };
    let other = thread::spawn({
        let (queue, values) = (Arc::clone(&queue), values.clone());
        move || pair(&queue, values.make(1))
    });
    let own = pair(&queue, values.make(2));
    let other = other.join().unwrap();
    assert!(own.is_some() || other == Some(2), "{own:?} {other:?}");
    assert!(other.is_some() || own == Some(1), "{own:?} {other:?}");
    let mut found: Vec<_> = [own, other].into_iter().flatten().collect();
    found.extend(queue.try_iter().map(|value| value.0.number()));
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
    drop(queue);
    assert_eq!(values.dropped(), 2);
}

/// Two heaps with a value each, and two pops at once: neither finds nothing.
fn two_heaps_pops() {
    let values = Values::default();
    let queue = Arc::new(RelaxedPriorityQueue::with_heaps(2));
    queue.extend_shared((1..=3).map(|number| Ranked(values.make(number))));
    let other = thread::spawn({
        let queue = Arc::clone(&queue);
        move || queue.pop().map(|value| value.0.number())
    });
    let own = queue.pop().map(|value| value.0.number());
    let mut found = vec![own.expect("there is one"), other.join().unwrap().expect("there is one")];
    found.extend(queue.try_iter().map(|value| value.0.number()));
    found.sort_unstable();
    assert_eq!(found, [1, 2, 3]);
    assert_eq!(values.dropped(), 3);
}

const STORIES: &[Story] = &[
    Story::new("push_and_pop", "[[Pop], [Push]]", push_and_pop),
    Story::new("pushes", "[[Push], [Push]]", pushes),
    Story::new("pops", "2 values: [[Pop], [Pop]]", pops),
    Story::new("overtaken", "1 value: [[Push, Pop], [Push, Pop]]", overtaken).preemptions(2).whole(Tier::Default),
    Story::new("three", "1 value: [[Push], [Push], [Pop]]", three).preemptions(2).whole(Tier::Default),
    Story::new("list_of_two", "[[Push], [Push], [Push]]", list_of_two).preemptions(2).whole(Tier::Default),
    Story::new("counts", "[[Push, len], [Push]]", counts),
    Story::new("tries", "1 value: [[try_pop], [Push]]", tries),
    Story::new("drains", "1 value: [[drain], [Push]]", drains),
    Story::new("two_heaps", "relaxed, 2 heaps: [[Push, Pop], [Push, Pop]]", two_heaps)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("two_heaps_pops", "relaxed, 2 heaps, 3 values: [[Pop], [Pop]]", two_heaps_pops).preemptions(3),
];

stories! {
    push_and_pop pushes pops overtaken three list_of_two counts tries drains two_heaps two_heaps_pops
}

/// Every site that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[
    twin("P1", Relaxed),
    twin("P3", Relaxed),
    twin("P4", Relaxed),
    twin("P7", Relaxed),
    twin("P8", Relaxed),
    twin("P9", Relaxed),
];

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("P1", Relaxed, "pushes", RACE),
    refuted("P3", Relaxed, "pushes", RACE),
    refuted("P4", Relaxed, "overtaken", RACE),
    refuted("P7", Relaxed, "overtaken", RACE),
];

/// What a checker that explores everything refutes, and loom has not, on these stories.
const REFUTED_BY_ALL_EXECUTIONS: &[Refuted] =
    &[refuted("P8", Relaxed, "counts", "does not count"), refuted("P9", Relaxed, "counts", "does not count")];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    refuted_by_all_executions: REFUTED_BY_ALL_EXECUTIONS,
    unrefuted: &[],
});
