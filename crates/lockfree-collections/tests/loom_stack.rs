//! Model tests of `LockFreeStack`: every retirement is followed by a reclamation.

#![cfg(loom)]

mod model;

use std::sync::atomic::Ordering::{self, AcqRel, Relaxed};

use lockfree_collections::LockFreeStack;
use loom::sync::Arc;
use loom::thread;
use model::Do::{Pop, PopAll, Push};
use model::{Model, RACE, Refuted, Subject, Twin, Value, Values, check_refuted, holds, refuted, survey, twin};
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

const PLAIN: Model =
    Model { name: "", before: &[], threads: &[], crowded: false, preemptions: None, quick: true, whole: Tier::Quick };

const MODELS: &[Model] = &[
    Model { name: "push_and_pop", threads: &[&[Push(1)], &[Pop]], ..PLAIN },
    Model { name: "pushes_and_pops", threads: &[&[Push(1), Push(2)], &[Pop, Pop]], ..PLAIN },
    Model {
        name: "push_pop_twice",
        threads: &[&[Push(1), Pop], &[Push(2), Pop]],
        preemptions: Some(3),
        whole: Tier::Full,
        ..PLAIN
    },
    Model { name: "pushes", threads: &[&[Push(1), Push(2)], &[Push(3), Push(4)]], ..PLAIN },
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
    Model {
        name: "crowded_push_and_pop",
        threads: &[&[Push(1)], &[Pop]],
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

macro_rules! models {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            MODELS.iter().find(|model| model.name == stringify!($name)).expect("the model exists").check::<Stack>();
        }
    )*};
}

models! {
    push_and_pop pushes_and_pops push_pop_twice pushes pops pops_longer pop_pop_push pop_all_and_pop crowded_push_and_pop crowded_pushes
}

#[test]
fn peek_and_pop() {
    holds(
        Stack::NAME,
        "peek sees the top and does not outlive the node",
        "[Push, Push] then [[Peek], [Pop, Pop]]",
        None,
        || {
            let stack = Arc::new(LockFreeStack::from([1_u64, 2]));
            let other = Arc::clone(&stack);
            let popper = thread::spawn(move || (other.pop(), other.pop()));
            let first = stack.peek();
            let second = stack.peek();
            assert_eq!(popper.join().unwrap(), (Some(2), Some(1)));
            let place =
                |seen| [Some(2), Some(1), None].iter().position(|&top| top == seen).expect("a value that was on top");
            assert!(place(first) <= place(second), "{first:?} then {second:?}");
        },
    );
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
    twin("H1", Relaxed),
    twin("H3", Relaxed),
    twin("H5", Relaxed),
    twin("H6", Relaxed),
    twin("H7", Relaxed),
    twin("H8", AcqRel),
    twin("H9", Relaxed),
    twin("H12", Relaxed),
    twin("H13", Relaxed),
    twin("H14", Relaxed),
    twin("H15", Relaxed),
    twin("S2", Relaxed),
    twin("S6", Relaxed),
];

const fn unrefuted(tag: &'static str, ordering: Ordering, reason: &'static str) -> (Twin, &'static str) {
    (twin(tag, ordering), reason)
}

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("H1", Relaxed, "crowded_push_and_pop", RACE),
    refuted("H3", Relaxed, "crowded_push_and_pop", RACE),
    refuted("H6", Relaxed, "crowded_push_and_pop", RACE),
    refuted("H7", Relaxed, "crowded_push_and_pop", RACE),
    refuted("H8", AcqRel, "pop_pop_push", "use after free"),
    refuted("H9", Relaxed, "crowded_push_and_pop", RACE),
    refuted("H12", Relaxed, "push_and_pop", RACE),
    refuted("H14", Relaxed, "push_and_pop", RACE),
    refuted("H15", Relaxed, "push_and_pop", RACE),
    refuted("S2", Relaxed, "push_and_pop", RACE),
    refuted("S6", Relaxed, "pop_all_and_pop", RACE),
];

/// Which sites no model refutes, and why not.
const UNREFUTED: &[(Twin, &str)] = &[
    unrefuted("H5", Relaxed, "relaxable: the fence H8 between this read and the first use acquires, too"),
    unrefuted("H13", Relaxed, "relaxable: as H5"),
];

#[test]
fn weakened_sites_are_refuted() {
    check_refuted::<Stack>(REFUTED);
}

#[test]
fn weakened_sites_are_accounted_for() {
    model::account_for(TWINS, REFUTED, UNREFUTED);
}

#[test]
fn weakened_sites_survey() {
    survey::<Stack>(MODELS, TWINS);
}

/// Started by the two tests above.
#[test]
fn weakened_twin() {
    model::weakened_twin::<Stack>(MODELS, TWINS);
}
