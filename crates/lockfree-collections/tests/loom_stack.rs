//! Model tests of `LockFreeStack`: batches of one node, so that nodes go round and slabs are made.

#![cfg(loom)]

mod model;

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use lockfree_collections::LockFreeStack;
use loom::sync::Arc;
use loom::thread;
use model::Do::{Pop, PopAll, Push};
use model::scenario::{Story, stories, weakened_sites};
use model::{Model, RACE, Refuted, Subject, Twin, Value, Values, holds, models, refuted, twin};
use verify_harness::evidence::Tier;

impl Subject for LockFreeStack<Value> {
    type Sequential = Vec<u64>;
    const NAME: &'static str = "LockFreeStack";

    fn new() -> Self {
        LockFreeStack::new()
    }
    fn push(&self, value: Value) {
        LockFreeStack::push(self, value);
    }
    fn pop(&self) -> Option<Value> {
        LockFreeStack::pop(self)
    }
    fn pop_all(&self) -> Vec<Value> {
        LockFreeStack::pop_all(self).collect()
    }
}

type Stack = LockFreeStack<Value>;

const PLAIN: Model = Model::PLAIN;

const MODELS: &[Model] = &[
    Model { name: "push_and_pop", threads: &[&[Pop], &[Push(1)]], ..PLAIN },
    Model { name: "pushes_and_pops", threads: &[&[Pop, Pop], &[Push(1), Push(2)]], ..PLAIN },
    Model {
        name: "push_pop_twice",
        threads: &[&[Push(1), Pop], &[Push(2), Pop]],
        preemptions: Some(3),
        whole: Tier::Full,
        ..PLAIN
    },
    Model { name: "pushes", threads: &[&[Push(1), Push(2)], &[Push(3), Push(4)]], preemptions: Some(3), ..PLAIN },
    Model {
        name: "pops",
        before: &[Push(1), Push(2), Push(3)],
        threads: &[&[Pop, Pop], &[Pop, Pop]],
        preemptions: Some(2),
        whole: Tier::Full,
        ..PLAIN
    },
    Model {
        name: "pops_longer",
        before: &[Push(1), Push(2), Push(3)],
        threads: &[&[Pop, Pop], &[Pop, Pop]],
        preemptions: Some(3),
        quick: false,
        whole: Tier::Full,
        ..PLAIN
    },
    // The classical ABA: one pop reads the node below the first, while the other thread pops both and pushes anew.
    Model {
        name: "pop_pop_push",
        before: &[Push(1), Push(2)],
        threads: &[&[Pop, Pop, Push(3)], &[Pop]],
        preemptions: Some(3),
        whole: Tier::Full,
        ..PLAIN
    },
    Model {
        name: "pop_all_and_pop",
        before: &[Push(1), Push(2)],
        threads: &[&[PopAll], &[Pop, Push(3)]],
        preemptions: Some(3),
        ..PLAIN
    },
    // Nodes go from the thread that pops to the one that pushes.
    Model {
        name: "nodes_go_round",
        before: &[Push(1), Push(2), Push(3)],
        threads: &[&[Pop, Pop, Pop], &[Push(4), Push(5)]],
        preemptions: Some(2),
        whole: Tier::Full,
        ..PLAIN
    },
    // A push and a pop both lose the race against a third operation.
    Model {
        name: "push_and_pop_meet",
        before: &[Push(1), Push(2)],
        threads: &[&[Push(3)], &[Pop], &[Pop]],
        preemptions: Some(3),
        whole: Tier::Default,
        ..PLAIN
    },
    Model {
        name: "crowded_push_and_pop",
        threads: &[&[Pop], &[Push(1)]],
        crowded: true,
        preemptions: Some(2),
        ..PLAIN
    },
    Model {
        name: "crowded_pushes",
        threads: &[&[Push(1), Pop], &[Push(2)]],
        crowded: true,
        preemptions: Some(2),
        ..PLAIN
    },
];

models! {
    Stack:
    push_and_pop pushes_and_pops push_pop_twice pushes pops pops_longer pop_pop_push pop_all_and_pop nodes_go_round
    push_and_pop_meet crowded_push_and_pop crowded_pushes
}

/// Two peeks beside two pops.
fn peek_and_pop() {
    let stack = Arc::new(LockFreeStack::from([1_u64, 2]));
    let other = Arc::clone(&stack);
    let peeker = thread::spawn(move || (other.peek(), other.peek()));
    assert_eq!((stack.pop(), stack.pop()), (Some(2), Some(1)));
    let (first, second) = peeker.join().unwrap();
    let place = |seen| [Some(2), Some(1), None].iter().position(|&top| top == seen).expect("a value that was on top");
    assert!(place(first) <= place(second), "{first:?} then {second:?}");
}

/// A peek beside a pop and a push that uses the node again.
fn peek_and_reuse() {
    let stack = Arc::new(LockFreeStack::from([1_u64]));
    let other = Arc::clone(&stack);
    let peeker = thread::spawn(move || (other.peek(), other.pop()));
    let found = stack.pop();
    stack.push(2);
    let (seen, own) = peeker.join().unwrap();
    assert!([None, Some(1), Some(2)].contains(&seen), "{seen:?}");
    assert!(seen != Some(2) || own == Some(2), "{seen:?} before it was pushed: then {own:?}, the other {found:?}");
}

/// A pop and a peek of one that was just pushed.
fn push_and_peek() {
    let stack = Arc::new(LockFreeStack::new());
    let other = Arc::clone(&stack);
    let peeker = thread::spawn(move || other.peek());
    stack.push(1_u64);
    assert!([None, Some(1)].contains(&peeker.join().unwrap()));
    assert_eq!(stack.peek(), Some(1));
}

const STORIES: &[Story] = &[
    Story::new("peek_and_pop", "[Push, Push] then [[Peek, Peek], [Pop, Pop]]", peek_and_pop),
    Story::new("peek_and_reuse", "[Push] then [[Peek, Pop], [Pop, Push]]", peek_and_reuse),
    Story::new("push_and_peek", "[[Push], [Peek]]", push_and_peek),
];

const NAME: &str = Stack::NAME;

stories! {
    peek_and_pop peek_and_reuse push_and_peek
}

#[test]
fn dropped_pop_all_drops_its_values() {
    holds(
        Stack::NAME,
        "values of a dropped pop_all are dropped once",
        "[Push, Push] then [[PopAll, drop], [Pop]]",
        Some(3),
        || {
            let values = Values::default();
            let stack = Arc::new(LockFreeStack::new());
            stack.push(values.make(1));
            stack.push(values.make(2));
            let other = Arc::clone(&stack);
            let popper = thread::spawn(move || drop(other.pop()));
            let mut all = stack.pop_all();
            drop(all.next());
            drop(all);
            popper.join().unwrap();
            drop(stack);
            assert_eq!(values.dropped(), 2);
        },
    );
}

/// Every site that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[
    twin("A1", Relaxed),
    twin("A3", Relaxed),
    twin("A7", Relaxed),
    twin("A9", Relaxed),
    twin("A10", Relaxed),
    twin("H1", Relaxed),
    twin("H3", Relaxed),
    twin("H6", Relaxed),
    twin("H7", Relaxed),
    twin("H9", Relaxed),
    twin("H12", Relaxed),
    twin("H14", Relaxed),
    twin("H15", Relaxed),
    twin("J2", Relaxed),
    twin("J6", Relaxed),
    twin("K5", Relaxed),
    twin("K6", Relaxed),
    twin("K7", Relaxed),
    // Fences that order the other way.
    twin("S1", Acquire),
    twin("S2", Release),
];

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("A1", Relaxed, "push_and_pop", RACE),
    refuted("A3", Relaxed, "pushes_and_pops", RACE),
    refuted("A7", Relaxed, "push_and_pop", RACE),
    refuted("A9", Relaxed, "push_and_peek", RACE),
    refuted("A10", Relaxed, "pop_all_and_pop", RACE),
    refuted("H1", Relaxed, "crowded_pushes", RACE),
    refuted("H3", Relaxed, "crowded_pushes", RACE),
    refuted("H6", Relaxed, "crowded_pushes", RACE),
    refuted("H7", Relaxed, "crowded_pushes", RACE),
    refuted("H9", Relaxed, "crowded_pushes", RACE),
    refuted("H12", Relaxed, "push_pop_twice", RACE),
    refuted("H14", Relaxed, "push_pop_twice", RACE),
    refuted("H15", Relaxed, "push_pop_twice", RACE),
    refuted("J2", Relaxed, "push_and_pop_meet", RACE),
    refuted("J6", Relaxed, "push_and_pop_meet", RACE),
    refuted("K5", Relaxed, "push_pop_twice", RACE),
    refuted("K6", Relaxed, "push_pop_twice", RACE),
    refuted("K7", Relaxed, "push_pop_twice", RACE),
    refuted("S1", Acquire, "peek_and_reuse", "before it was pushed"),
    refuted("S2", Release, "peek_and_reuse", "before it was pushed"),
];

weakened_sites!(Stack: MODELS, STORIES, TWINS, {
    refuted: REFUTED,
    unrefuted: &[],
});
