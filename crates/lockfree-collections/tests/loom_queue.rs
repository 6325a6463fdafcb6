//! Model tests of `LockFreeQueue`: segments of two cells, every retirement followed by a reclamation.

#![cfg(loom)]

mod model;

use std::collections::VecDeque;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};

use lockfree_collections::LockFreeQueue;
use model::Do::{Pop, Push};
use model::{Model, Refuted, Subject, Twin, Value, check_refuted, survey};

impl Subject for LockFreeQueue<Value> {
    type Sequential = VecDeque<u64>;
    const NAME: &'static str = "LockFreeQueue";

    fn new() -> Self {
        LockFreeQueue::new()
    }
    fn push(&self, value: Value) {
        LockFreeQueue::push(self, value);
    }
    fn pop(&self) -> Option<Value> {
        LockFreeQueue::pop(self)
    }
}

type Queue = LockFreeQueue<Value>;

const PLAIN: Model = Model { name: "", before: &[], threads: &[], crowded: false, preemptions: None, quick: true };

const MODELS: &[Model] = &[
    Model { name: "push_and_pop", threads: &[&[Push(1)], &[Pop]], ..PLAIN },
    Model { name: "pushes_and_pops", threads: &[&[Push(1), Push(2)], &[Pop, Pop]], ..PLAIN },
    Model { name: "first_pushes", threads: &[&[Push(1), Push(2)], &[Push(3), Pop]], ..PLAIN },
    Model { name: "push_pop_twice", threads: &[&[Push(1), Pop], &[Push(2), Pop]], ..PLAIN },
    Model { name: "overtaken_pop", before: &[Push(1)], threads: &[&[Push(2), Pop], &[Pop]], ..PLAIN },
    Model { name: "pop_push_twice", before: &[Push(1)], threads: &[&[Pop, Push(2)], &[Pop, Push(3)]], ..PLAIN },
    Model { name: "pushes_link", before: &[Push(1)], threads: &[&[Push(2), Push(3)], &[Push(4), Push(5)]], ..PLAIN },
    Model { name: "pops_advance", before: &[Push(1), Push(2), Push(3)], threads: &[&[Pop, Pop], &[Pop, Pop]], ..PLAIN },
    Model {
        name: "push_links_pops_advance",
        before: &[Push(1), Push(2)],
        threads: &[&[Push(3), Push(4)], &[Pop, Pop, Pop]],
        ..PLAIN
    },
    Model {
        name: "pop_frees_where_push_is",
        before: &[Push(1), Push(2), Pop, Pop],
        threads: &[&[Push(3), Pop], &[Push(4), Pop]],
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
            MODELS.iter().find(|model| model.name == stringify!($name)).expect("the model exists").check::<Queue>();
        }
    )*};
}

models! {
    push_and_pop pushes_and_pops first_pushes push_pop_twice overtaken_pop pop_push_twice pushes_link pops_advance
    push_links_pops_advance pop_frees_where_push_is crowded_push_and_pop crowded_pushes
}

const fn twin(tag: &'static str, ordering: Ordering) -> Twin {
    Twin { tag, ordering }
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
    twin("Q2", Relaxed),
    twin("Q4", Relaxed),
    twin("Q5", Relaxed),
    twin("Q7", Relaxed),
    twin("Q9", Relaxed),
    twin("Q10", Acquire),
    twin("Q10", Release),
    twin("Q11", Relaxed),
    twin("Q12", Relaxed),
    twin("Q13", Relaxed),
    twin("Q14", Relaxed),
    twin("Q15", Relaxed),
    twin("Q16", Relaxed),
    twin("Q17", Relaxed),
    twin("Q19", Relaxed),
    twin("Q20", Relaxed),
    twin("Q21", Relaxed),
    twin("Q23", Relaxed),
    twin("Q25", Relaxed),
];

#[test]
fn weakened_sites_survey() {
    survey::<Queue>(MODELS, TWINS);
}

const REFUTED: &[Refuted] = &[];

#[test]
fn weakened_sites_are_refuted() {
    for refuted in REFUTED {
        check_refuted::<Queue>(MODELS, refuted);
    }
}
