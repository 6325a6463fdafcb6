//! Model tests of the work-stealing deque: buffers of two slots, which grow and shrink within the bound; old ones are freed at once.

#![cfg(loom)]

mod model;

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

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

/// What the owner does: with the deque, and what makes the next value; what it took.
type Own = fn(&Worker<Value>, &mut dyn FnMut() -> Value) -> Vec<u64>;

/// Runs `own` beside a thief that steals `times` times, as `beside_thieves`.
fn beside_a_thief(lifo: bool, before: u64, times: usize, own: Own) {
    beside_thieves(lifo, before, &[times], own);
}

/// Runs `own` beside thieves that steal so many times each; then what is left, and what the thieves have, must be all that was pushed,
/// each once; a thief has them in their order.
fn beside_thieves(lifo: bool, before: u64, thieves: &[usize], own: Own) {
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
    let start = |times: &usize| {
        let (stealer, times) = (worker.stealer(), *times);
        thread::spawn(move || steal(&stealer, times))
    };
    let thieves: Vec<_> = thieves.iter().map(start).collect();
    let mut taken = own(&worker, &mut make);
    let stolen: Vec<_> = thieves.into_iter().map(|thief| thief.join().unwrap()).collect();
    assert!(stolen.iter().all(|stolen| stolen.is_sorted()), "{stolen:?}");
    taken.extend(stolen.iter().flatten());
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
    beside_thieves(true, 2, &[1, 1], |worker, _| number(worker.pop()).into_iter().collect());
}

/// Two thieves and the owner are after the last value.
fn last_value_of_three() {
    beside_thieves(true, 1, &[1, 1], |worker, _| number(worker.pop()).into_iter().collect());
}

/// Two thieves are after two values, of which the owner takes one, and writes its slot anew: who saw the other thief's claim must not
/// take what was popped.
fn popped_and_pushed_beside_two() {
    beside_thieves(true, 2, &[1, 1], |worker, make| {
        let first = number(worker.pop());
        worker.push(make());
        first.into_iter().collect()
    });
}

/// As `two_thieves`, of a deque in which all take from the same end, where the owner writes a slot anew.
fn two_thieves_fifo() {
    beside_thieves(false, 2, &[1, 1], |worker, make| {
        let first = number(worker.pop());
        worker.push(make());
        first.into_iter().collect()
    });
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

/// There is a value before, and another one before the owner takes that: who looks meanwhile does not find the deque empty.
fn never_empty(look: impl FnOnce(&Stealer<Value>) -> Option<u64> + 'static) {
    let values = Values::default();
    let worker = Worker::new_fifo();
    worker.push(values.make(1));
    let stealer = worker.stealer();
    let thief = thread::spawn(move || look(&stealer));
    worker.push(values.make(2));
    let own = number(worker.pop());
    let stolen = thief.join().unwrap();
    let all = own.into_iter().chain(stolen).chain(pop_all(&worker));
    assert_eq!(all.sum::<u64>(), 3, "{own:?} {stolen:?}");
    drop(worker);
    assert_eq!(values.dropped(), 2);
}

fn never_empty_for_who_asks() {
    never_empty(|stealer| {
        assert!(!stealer.is_empty(), "{FOUND_EMPTY}");
        None
    });
}

fn never_empty_for_a_thief() {
    never_empty(|stealer| {
        let stolen = stealer.steal();
        assert!(!stolen.is_empty(), "{FOUND_EMPTY}");
        number(stolen.success())
    });
}

/// Each thread pushes to its own deque, and then looks at the other's: one of them sees the other's push.
fn two_deques() {
    let (one, other) = (Worker::new_lifo(), Worker::new_lifo());
    let (of_one, of_other) = (one.stealer(), other.stealer());
    let thread = thread::spawn(move || {
        other.push(2);
        (of_one.is_empty(), other)
    });
    one.push(1);
    let own = of_other.is_empty();
    let (others, other) = thread.join().unwrap();
    assert!(!own || !others, "{FOUND_EMPTY}");
    assert_eq!((one.pop(), other.pop()), (Some(1), Some(2)));
}

const STORIES: &[Story] = &[
    Story::new("never_empty_for_who_asks", "FIFO, 1 value: [[Push, Pop], [IsEmpty]]", never_empty_for_who_asks),
    Story::new("never_empty_for_a_thief", "FIFO, 1 value: [[Push, Pop], [Steal]]", never_empty_for_a_thief)
        .preemptions(3),
    Story::new("two_deques", "2 deques: [[Push, IsEmpty of the other], [Push, IsEmpty of the other]]", two_deques),
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
    Story::new("last_value_of_three", "LIFO, 1 value: [[Pop], [Steal], [Steal]]", last_value_of_three)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new(
        "popped_and_pushed_beside_two",
        "LIFO, 2 values: [[Pop, Push], [Steal], [Steal]]",
        popped_and_pushed_beside_two,
    )
    .preemptions(2)
    .whole(Tier::Default),
    Story::new("two_thieves_fifo", "FIFO, 2 values: [[Pop, Push], [Steal], [Steal]]", two_thieves_fifo)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("batches", "FIFO, 2 values: [[Pop], [StealBatchAndPop]]", batches).preemptions(2).whole(Tier::Default),
    Story::new("arrival", "3 values: [[StealBatch], [Steal from where it comes to]]", arrival).preemptions(2),
    Story::new("injector", "1 value: [[StealBatch], [Push]]", injector).preemptions(2).whole(Tier::Default),
    Story::new("dropped_by_the_last", "LIFO, 2 values: [[drop], [Steal, drop]]", dropped_by_the_last),
];

stories! {
    last_value last_value_fifo two_values push_after_pop push_round growing growing_and_shrinking cached_growing two_thieves
    batches arrival injector dropped_by_the_last never_empty_for_who_asks never_empty_for_a_thief two_deques
    last_value_of_three popped_and_pushed_beside_two two_thieves_fifo
}

/// Every site that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[
    twin("D2", AcqRel),
    twin("D2", Release),
    twin("D3", Relaxed),
    twin("D4", Relaxed),
    twin("D5", Relaxed),
    twin("D7", Relaxed),
    twin("D11", Relaxed),
    twin("D13", Relaxed),
    twin("D14", AcqRel),
    twin("D18", Acquire),
    twin("D18", Release),
    twin("D30", AcqRel),
    twin("D30", Release),
    twin("D32", Relaxed),
    twin("H8", AcqRel),
];

/// What a thief takes that has not seen the push: one checker finds the slot empty, the other one the race on what it leads to.
const UNSEEN: &str = "a value that was never written|data race|access to unallocated memory";

/// What a story says of a deque that was found to be empty when it was not.
const FOUND_EMPTY: &str = "there was a value, and it was not found";

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("D2", AcqRel, "two_values", "a value taken twice"),
    refuted("D2", Release, "never_empty_for_a_thief", FOUND_EMPTY),
    refuted("D3", Relaxed, "push_after_pop", UNSEEN),
    refuted("D5", Relaxed, "growing", RACE),
    refuted("D7", Relaxed, "push_after_pop", UNSEEN),
    refuted("D13", Relaxed, "push_after_pop", UNSEEN),
    refuted("D14", AcqRel, "two_values", "a value taken twice"),
    // The thief sees the owner's move, and not the push before it.
    refuted("D18", Acquire, "never_empty_for_who_asks", FOUND_EMPTY),
    refuted("D30", AcqRel, "two_deques", FOUND_EMPTY),
    refuted("D30", Release, "never_empty_for_who_asks", FOUND_EMPTY),
    // The thief finds what was in the slot before the batch was turned round.
    refuted("D32", Relaxed, "arrival", "a value taken twice"),
    refuted("H8", AcqRel, "growing", "use after free|Causality violation"),
];

/// A thief reads a slot before its claim (D4), which the owner sees (D11, or D18 of a pop that found nothing) before it writes the slot anew:
/// without this chain, the thief could read what is written later, and keep it. That is a cycle of program order and reads-from, from
/// the write to the read, to the claim, to where it is seen, and to the write. RC11, which both checkers implement, forbids it whatever the
/// orderings are, hence with all of them weaker at once, too; C11 as it was published, and processors, do not. There it is refuted: by
/// `memory-model`'s test `claims_of_slots_are_released_and_acquired_where_load_buffering_is_allowed`.
const LOAD_BUFFERING: &str = "needs load buffering, which RC11 forbids; refuted by memory-model, under C11";

/// Which sites no story refutes, and why not.
const UNREFUTED: &[(Twin, &str)] = &[
    (twin("D4", Relaxed), LOAD_BUFFERING),
    (twin("D11", Relaxed), LOAD_BUFFERING),
    (twin("D18", Release), LOAD_BUFFERING),
];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    unrefuted: UNREFUTED,
});
