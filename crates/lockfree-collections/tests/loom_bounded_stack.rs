//! Model tests of `BoundedStack`: few slots, so that they go round.

#![cfg(loom)]

mod model;

use std::sync::atomic::Ordering::Relaxed;

use lockfree_collections::BoundedStack;
use loom::sync::Arc;
use loom::thread;
use model::Do::{Pop, Push};
use model::scenario::{Story, stories, weakened_sites};
use model::{Model, RACE, Refuted, Subject, Twin, Value, Values, models, refuted, twin};
use verify_harness::evidence::Tier;

impl Subject for BoundedStack<Value> {
    type Sequential = Vec<u64>;
    const NAME: &'static str = "BoundedStack";

    fn new() -> Self {
        BoundedStack::new(4)
    }
    fn push(&self, value: Value) {
        BoundedStack::push(self, value).expect("there is room");
    }
    fn pop(&self) -> Option<Value> {
        BoundedStack::pop(self)
    }
}

type Stack = BoundedStack<Value>;

const NAME: &str = Stack::NAME;

const PLAIN: Model = Model::PLAIN;

const MODELS: &[Model] = &[
    Model { name: "push_and_pop", threads: &[&[Pop], &[Push(1)]], ..PLAIN },
    Model { name: "pushes", threads: &[&[Push(1)], &[Push(2)]], ..PLAIN },
    Model { name: "pops", before: &[Push(1), Push(2)], threads: &[&[Pop], &[Pop]], ..PLAIN },
    Model {
        name: "pairs",
        before: &[Push(1)],
        threads: &[&[Push(2), Pop], &[Push(3), Pop]],
        preemptions: Some(2),
        whole: Tier::Default,
        ..PLAIN
    },
    // The first slot is taken, given back and put on again, over another one, while a pop looks at it.
    Model {
        name: "slot_comes_back",
        before: &[Push(1), Push(2)],
        threads: &[&[Pop], &[Pop], &[Pop, Push(3)]],
        preemptions: Some(2),
        whole: Tier::Default,
        ..PLAIN
    },
];

models! {
    Stack:
    push_and_pop pushes pops pairs slot_comes_back
}

/// Two threads and one slot: what was pushed comes out, and a push that fails has found the slot taken.
fn one_slot() {
    let values = Values::default();
    let stack = Arc::new(BoundedStack::new(1));
    let pair = |stack: &Stack, value: Value| (stack.push(value).is_ok(), stack.pop().map(|value| value.number()));
    let other = thread::spawn({
        let (stack, values) = (Arc::clone(&stack), values.clone());
        move || pair(&stack, values.make(1))
    });
    let own = pair(&stack, values.make(2));
    let other = other.join().unwrap();
    let left = stack.pop().map(|value| value.number());
    assert!(own.0 || other.0, "both found the slot taken");
    let mut found: Vec<_> = [own.1, other.1, left].into_iter().flatten().collect();
    found.sort_unstable();
    let pushed: Vec<u64> = [(other.0, 1), (own.0, 2)].iter().filter(|push| push.0).map(|push| push.1).collect();
    assert_eq!(found, pushed, "{own:?} {other:?} {left:?}");
    drop(stack);
    assert_eq!(values.dropped(), 2);
}

/// A value is pushed to one stack, and then to another one: who finds the other one not empty finds the first so, too.
fn two_stacks() {
    let stacks = Arc::new([BoundedStack::new(1), BoundedStack::new(1)]);
    let others = Arc::clone(&stacks);
    let looker = thread::spawn(move || !others[1].is_empty() && others[0].is_empty());
    stacks.iter().for_each(|stack| stack.push(1).unwrap());
    assert!(!looker.join().unwrap(), "{MISSED}");
}

const STORIES: &[Story] = &[
    Story::new("one_slot", "1 slot: [[Push, Pop], [Push, Pop]]", one_slot).preemptions(3),
    Story::new(
        "two_stacks",
        "2 stacks: [[Push to one, Push to the other], [IsEmpty of the other, IsEmpty of the one]]",
        two_stacks,
    ),
];

stories! {
    one_slot two_stacks
}

/// Every site that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[twin("A1", Relaxed), twin("A3", Relaxed), twin("A7", Relaxed), twin("A9", Relaxed)];

/// What a story says when a push is missed that came before one that is seen.
const MISSED: &str = "an earlier push is missed";

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("A1", Relaxed, "push_and_pop", RACE),
    refuted("A3", Relaxed, "pairs", RACE),
    refuted("A7", Relaxed, "push_and_pop", RACE),
    refuted("A9", Relaxed, "two_stacks", MISSED),
];

weakened_sites!(Stack: MODELS, STORIES, TWINS, {
    refuted: REFUTED,
    unrefuted: &[],
});
