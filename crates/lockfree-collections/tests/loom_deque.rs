//! Model tests of the work-stealing deque: buffers of two slots, which grow and shrink within the bound; old ones are freed at once.

#![cfg(loom)]

mod model;

use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use lockfree_collections::deque::{Injector, Steal, Stealer, Worker};
use loom::thread;
use model::scenario::{Setting, Story, stories, weakened_sites};
use model::{RACE, Refuted, Twin, Value, Values, refuted, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "WorkStealingDeque";

/// Steals `times` times; what was taken, in its order.
fn steal(stealer: &Stealer<Value>, times: usize) -> Vec<u64> {
    (0..times).filter_map(|_| stealer.steal().success()).map(|value| value.number()).collect()
}

fn pop_all(worker: &Worker<Value>) -> Vec<u64> {
    std::iter::from_fn(|| worker.pop()).map(|value| value.number()).collect()
}

/// Runs `own` beside a thief that steals `times` times; then what is left, and what the thief has, must be all that was pushed, each
/// once; the thief has them in their order.
fn beside_a_thief(
    lifo: bool,
    before: u64,
    times: usize,
    own: impl FnOnce(&Worker<Value>, &mut dyn FnMut() -> Value) -> Vec<u64>,
) {
    let values = Values::default();
    let mut pushed = 0;
    let worker = if lifo { Worker::new_lifo() } else { Worker::new_fifo() };
    let mut make = || {
        pushed += 1;
        values.make(pushed)
    };
    for _ in 0..before {
        worker.push(make());
    }
    let stealer = worker.stealer();
    let thief = thread::spawn(move || steal(&stealer, times));
    let mut taken = own(&worker, &mut make);
    let stolen = thief.join().unwrap();
    assert!(stolen.is_sorted(), "{stolen:?}");
    taken.extend(&stolen);
    taken.extend(pop_all(&worker));
    taken.sort_unstable();
    assert!(taken.iter().copied().eq(1..=pushed), "{taken:?} of {pushed}, {stolen:?} stolen");
    drop(worker);
    assert_eq!(values.dropped(), pushed);
}

fn number(value: Option<Value>) -> Option<u64> {
    value.map(|value| value.number())
}

/// The last value goes to the owner or to the thief.
fn last_value() {
    beside_a_thief(true, 1, 1, |worker, _| number(worker.pop()).into_iter().collect());
}

/// As `last_value`, of a deque in which both take from the same end.
fn last_value_fifo() {
    beside_a_thief(false, 1, 1, |worker, _| number(worker.pop()).into_iter().collect());
}

/// Two values, the owner takes both, the thief tries for both.
fn two_values() {
    beside_a_thief(true, 2, 2, |worker, _| [worker.pop(), worker.pop()].into_iter().filter_map(number).collect());
}

/// A slot is written anew while a thief may be reading it.
fn push_after_pop() {
    beside_a_thief(true, 1, 2, |worker, make| {
        let first = number(worker.pop());
        worker.push(make());
        worker.push(make());
        first.into_iter().chain(number(worker.pop())).collect()
    });
}

/// The slot of a stolen value is written anew.
fn push_round() {
    beside_a_thief(false, 2, 1, |worker, make| {
        let first = number(worker.pop());
        worker.push(make());
        first.into_iter().collect()
    });
}

/// The buffer grows beside a thief.
fn growing() {
    beside_a_thief(true, 2, 1, |worker, make| {
        worker.push(make());
        number(worker.pop()).into_iter().collect()
    });
}

/// The buffer grows and shrinks beside a thief.
fn growing_and_shrinking() {
    beside_a_thief(false, 2, 2, |worker, make| {
        worker.push(make());
        [worker.pop(), worker.pop()].into_iter().filter_map(number).collect()
    });
}

/// Two thieves are after two values.
fn two_thieves() {
    let values = Values::default();
    let worker = Worker::new_lifo();
    worker.push(values.make(1));
    worker.push(values.make(2));
    let thieves = [(); 2].map(|()| {
        let stealer = worker.stealer();
        thread::spawn(move || steal(&stealer, 1))
    });
    let own = number(worker.pop());
    let mut taken: Vec<_> = thieves.into_iter().flat_map(|thief| thief.join().unwrap()).chain(own).collect();
    taken.extend(pop_all(&worker));
    taken.sort_unstable();
    assert_eq!(taken, [1, 2]);
}

/// A batch beside the owner.
fn batches() {
    let values = Values::default();
    let worker = Worker::new_fifo();
    (1..=2).for_each(|number| worker.push(values.make(number)));
    let stealer = worker.stealer();
    let thief = thread::spawn(move || {
        let own = Worker::new_fifo();
        let first = match stealer.steal_batch_and_pop(&own) {
            Steal::Success(value) => Some(value.number()),
            Steal::Empty | Steal::Retry => None,
        };
        first.into_iter().chain(pop_all(&own)).collect::<Vec<_>>()
    });
    let own = number(worker.pop());
    let mut taken: Vec<_> = thief.join().unwrap().into_iter().chain(own).chain(pop_all(&worker)).collect();
    taken.sort_unstable();
    assert_eq!(taken, [1, 2]);
    drop(worker);
    assert_eq!(values.dropped(), 2);
}

/// A batch arrives, and is turned round on the way, beside a thief of the deque that it comes into.
fn arrival() {
    let values = Values::default();
    let (from, to) = (Worker::new_fifo(), Worker::new_lifo());
    (1..=3).for_each(|number| from.push(values.make(number)));
    let stealer = to.stealer();
    let thief = thread::spawn(move || steal(&stealer, 1));
    assert!(from.stealer().steal_batch(&to).is_success());
    let stolen = thief.join().unwrap();
    assert!(stolen.iter().all(|number| *number == 2), "{stolen:?}");
    let taken: Vec<_> = pop_all(&to).into_iter().chain(stolen).chain(pop_all(&from)).collect();
    assert_eq!(taken, [1, 2, 3]);
    drop(to);
    assert_eq!(values.dropped(), 3);
}

/// The injector: a push beside a batch.
fn injector() {
    let values = Values::default();
    let injector = loom::sync::Arc::new(Injector::new());
    injector.push(values.make(1));
    let (other, made) = (loom::sync::Arc::clone(&injector), values.clone());
    let pusher = thread::spawn(move || other.push(made.make(2)));
    let worker = Worker::new_fifo();
    assert!(injector.steal_batch(&worker).is_success());
    pusher.join().unwrap();
    let mut taken = pop_all(&worker);
    taken.extend(injector.steal().success().map(|value| value.number()));
    assert_eq!(taken, [1, 2]);
}

/// What is left is dropped by whoever is last.
fn dropped_by_the_last() {
    let values = Values::default();
    let worker = Worker::new_lifo();
    worker.push(values.make(1));
    worker.push(values.make(2));
    let stealer = worker.stealer();
    let thief = thread::spawn(move || drop(stealer.steal()));
    drop(worker);
    thief.join().unwrap();
    assert_eq!(values.dropped(), 2);
}

const STORIES: &[Story] = &[
    Story::new("last_value", "LIFO, 1 value: [[Pop], [Steal]]", last_value),
    Story::new("last_value_fifo", "FIFO, 1 value: [[Pop], [Steal]]", last_value_fifo),
    Story::new("two_values", "LIFO, 2 values: [[Pop, Pop], [Steal, Steal]]", two_values).preemptions(3),
    Story::new("push_after_pop", "LIFO, 1 value: [[Pop, Push, Push, Pop], [Steal, Steal]]", push_after_pop)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("push_round", "FIFO, 2 values: [[Pop, Push], [Steal]]", push_round).preemptions(3),
    Story::new("growing", "LIFO, 2 values in 2 slots: [[Push, Pop], [Steal]]", growing).preemptions(3),
    Story::new(
        "growing_and_shrinking",
        "FIFO, 2 values in 2 slots: [[Push, Pop, Pop], [Steal, Steal]]",
        growing_and_shrinking,
    )
    .preemptions(2)
    .whole(Tier::Default),
    Story::new("cached_growing", "LIFO, 2 values in 2 slots: [[Push, Pop], [Steal]], slots kept", growing)
        .setting(Setting::Cached)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("two_thieves", "LIFO, 2 values: [[Pop], [Steal], [Steal]]", two_thieves)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("batches", "FIFO, 2 values: [[Pop], [StealBatchAndPop]]", batches).preemptions(2).whole(Tier::Default),
    Story::new("arrival", "3 values: [[StealBatch], [Steal from where it comes to]]", arrival).preemptions(2),
    Story::new("injector", "1 value: [[StealBatch], [Push]]", injector).preemptions(2).whole(Tier::Default),
    Story::new("dropped_by_the_last", "LIFO, 2 values: [[drop], [Steal, drop]]", dropped_by_the_last),
];

stories! {
    last_value last_value_fifo two_values push_after_pop push_round growing growing_and_shrinking cached_growing two_thieves
    batches arrival injector dropped_by_the_last
}

/// Every site that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[
    twin("D1", Relaxed),
    twin("D2", AcqRel),
    twin("D3", Relaxed),
    twin("D4", AcqRel),
    twin("D5", Relaxed),
    twin("D6", Relaxed),
    twin("D7", Relaxed),
    twin("D11", Relaxed),
    twin("D13", Relaxed),
    twin("D14", AcqRel),
    twin("D16", AcqRel),
    twin("D18", AcqRel),
    twin("D27", Relaxed),
    twin("D30", AcqRel),
    twin("D32", Relaxed),
    twin("H8", AcqRel),
];

/// What a thief takes that has not seen the push: one checker finds the slot empty, the other one the race on what it leads to.
const UNSEEN: &str = "a value that was never written|data race|access to unallocated memory";

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("D2", AcqRel, "two_values", "a value taken twice"),
    refuted("D3", Relaxed, "push_after_pop", UNSEEN),
    refuted("D5", Relaxed, "growing", RACE),
    refuted("D7", Relaxed, "push_after_pop", UNSEEN),
    refuted("D13", Relaxed, "push_after_pop", UNSEEN),
    refuted("D14", AcqRel, "two_values", "a value taken twice"),
    // The thief finds what was in the slot before the batch was turned round.
    refuted("D32", Relaxed, "arrival", "a value taken twice"),
    refuted("H8", AcqRel, "growing", "use after free|Causality violation"),
];

/// A slot is read before the claim and written after the claim was seen: without the ordering, the read would see a later write.
/// That takes a cycle of program order and reads-from, which the model that both checkers implement forbids, and hardware has.
const LOAD_BUFFERING: &str = "needs load buffering, which RC11 forbids";

/// As the paper has it; between the two fences the order of the claims is one by coherence in all stories told.
const CLAIM: &str = "not within the bounds tried: coherence of `front` and the fences D2, D14 order the claims";

/// Which sites no story refutes, and why not.
const UNREFUTED: &[(Twin, &str)] = &[
    (
        twin("D1", Relaxed),
        "relaxable: the fence D2, which follows, acquires, too; kept for detectors that know no fences",
    ),
    (twin("D4", AcqRel), CLAIM),
    (twin("D6", Relaxed), "the length is a hint"),
    (twin("D11", Relaxed), LOAD_BUFFERING),
    (twin("D16", AcqRel), CLAIM),
    (twin("D18", AcqRel), CLAIM),
    (twin("D27", Relaxed), LOAD_BUFFERING),
    (twin("D30", AcqRel), "the length is a hint"),
];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    unrefuted: UNREFUTED,
});
