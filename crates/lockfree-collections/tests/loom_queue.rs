//! Model tests of `LockFreeQueue`: segments of two cells, every retirement followed by a reclamation, the segment that comes back used again.

#![cfg(loom)]

mod model;

use std::collections::VecDeque;
use std::sync::atomic::Ordering::{AcqRel, Relaxed, Release};

use lockfree_collections::LockFreeQueue;
use model::Do::{Pop, Push};
use model::scenario::weakened_sites;
use model::{Model, RACE, Refuted, Subject, Together, Twin, Value, models, refuted, together, twin};
use verify_harness::evidence::Tier;

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

const PLAIN: Model = Model::PLAIN;

// The last thread runs first, and loom does not come back to a thread that had only looked: so pushes stand last.
const MODELS: &[Model] = &[
    Model { name: "push_and_pop", threads: &[&[Pop], &[Push(1)]], ..PLAIN },
    Model { name: "pushes_and_pops", threads: &[&[Pop, Pop], &[Push(1), Push(2)]], ..PLAIN },
    Model { name: "first_pushes", threads: &[&[Push(1), Push(2)], &[Push(3), Pop]], ..PLAIN },
    Model { name: "push_pop_twice", threads: &[&[Push(1), Pop], &[Push(2), Pop]], ..PLAIN },
    Model { name: "overtaken_pop", before: &[Push(1)], threads: &[&[Push(2), Pop], &[Pop]], ..PLAIN },
    Model {
        name: "pop_push_twice",
        before: &[Push(1)],
        threads: &[&[Pop, Push(2)], &[Pop, Push(3)]],
        quick: false,
        ..PLAIN
    },
    Model { name: "pushes_link", before: &[Push(1)], threads: &[&[Push(2), Push(3)], &[Push(4), Push(5)]], ..PLAIN },
    Model { name: "pops_advance", before: &[Push(1), Push(2), Push(3)], threads: &[&[Pop, Pop], &[Pop, Pop]], ..PLAIN },
    Model {
        name: "push_links_pops_advance",
        before: &[Push(1), Push(2)],
        threads: &[&[Pop, Pop, Pop], &[Push(3), Push(4)]],
        ..PLAIN
    },
    Model {
        name: "pop_frees_where_push_is",
        before: &[Push(1), Push(2), Pop, Pop],
        threads: &[&[Push(3), Pop], &[Push(4), Pop]],
        preemptions: Some(3),
        whole: Tier::Default,
        ..PLAIN
    },
    // The second pop of the first thread finds its hazard in place and passes no fence.
    Model {
        name: "pop_push_pop",
        before: &[Push(1), Push(2)],
        threads: &[&[Pop, Push(3), Pop], &[Pop]],
        preemptions: Some(3),
        ..PLAIN
    },
    Model {
        name: "head_moves_before_pop",
        before: &[Push(1)],
        threads: &[&[Pop, Push(2), Push(3), Pop, Pop], &[Pop]],
        preemptions: Some(3),
        whole: Tier::Default,
        ..PLAIN
    },
    // A segment is taken back by one thread and used again by another one, while pops that found it before are late.
    Model {
        name: "spare_changes_hands",
        before: &[Push(1), Push(2), Push(3), Pop, Pop],
        threads: &[&[Push(4), Push(5)], &[Pop]],
        ..PLAIN
    },
    Model {
        name: "segment_comes_back_to_late_pop",
        before: &[Push(1), Push(2), Push(3), Pop, Pop],
        threads: &[&[Pop], &[Pop, Push(4), Push(5)]],
        preemptions: Some(3),
        ..PLAIN
    },
    Model { name: "three_first_pushes", threads: &[&[Push(1)], &[Push(2)], &[Push(3)]], preemptions: Some(2), ..PLAIN },
    Model {
        name: "three_pushes_link",
        before: &[Push(1), Push(2)],
        threads: &[&[Push(3)], &[Push(4)], &[Push(5)]],
        preemptions: Some(2),
        ..PLAIN
    },
    Model {
        name: "pop_helps_the_tail",
        before: &[Push(1), Push(2)],
        threads: &[&[Pop, Pop, Pop], &[Push(4)], &[Push(3)]],
        preemptions: Some(2),
        quick: false,
        ..PLAIN
    },
    // A pop finds by the head a segment that another pop has moved it to, and a third thread has linked.
    Model {
        name: "pops_follow_a_link",
        before: &[Push(1), Push(2), Pop, Pop],
        threads: &[&[Pop], &[Pop], &[Push(3)]],
        preemptions: Some(2),
        ..PLAIN
    },
    // Who loses the race claims by addition.
    Model {
        name: "three_pops_race",
        before: &[Push(1), Push(2)],
        threads: &[&[Pop], &[Pop], &[Push(3), Pop]],
        preemptions: Some(2),
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

models! {
    Queue:
    push_and_pop pushes_and_pops first_pushes push_pop_twice overtaken_pop pop_push_twice pushes_link pops_advance
    push_links_pops_advance pop_frees_where_push_is pop_push_pop head_moves_before_pop three_first_pushes
    three_pushes_link spare_changes_hands segment_comes_back_to_late_pop pop_helps_the_tail pops_follow_a_link three_pops_race crowded_push_and_pop crowded_pushes
}

/// Every site that is not relaxed, one step weaker; Q8, Q10, Q50, Q53 and those of other operations are in `tests/loom_queue_batch.rs`.
const TWINS: &[Twin] = &[
    twin("H1", Relaxed),
    twin("H3", Relaxed),
    twin("H5", Relaxed),
    twin("H6", Relaxed),
    twin("H7", Relaxed),
    twin("H8", AcqRel),
    twin("H9", Relaxed),
    twin("H12", Relaxed),
    twin("H14", Relaxed),
    twin("H15", Relaxed),
    twin("Q2", Relaxed),
    twin("Q4", Relaxed),
    twin("Q7", Relaxed),
    twin("Q9", Relaxed),
    twin("Q11", Relaxed),
    twin("Q12", Relaxed),
    twin("Q13", Relaxed),
    twin("Q14", Relaxed),
    twin("Q15", Relaxed),
    twin("Q16", Relaxed),
    twin("Q17", Relaxed),
    twin("Q19", Relaxed),
    twin("Q20", Relaxed),
    twin("Q48", Relaxed),
    twin("Q49", Relaxed),
    twin("Q67", Relaxed),
    twin("Q70", Relaxed),
    twin("Q72", AcqRel),
    twin("Q73", AcqRel),
    twin("Q74", Relaxed),
];

/// A pop has given a cell up, and the push does not know.
const LOST: &str = "every value is dropped once|leaked|not linearizable";

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("H1", Relaxed, "crowded_push_and_pop", RACE),
    refuted("H3", Relaxed, "crowded_pushes", RACE),
    refuted("H6", Relaxed, "crowded_push_and_pop", RACE),
    refuted("H7", Relaxed, "crowded_push_and_pop", RACE),
    // The late pop has no hazard on the segment that is used again meanwhile.
    refuted("H8", AcqRel, "segment_comes_back_to_late_pop", RACE),
    refuted("H9", Relaxed, "crowded_pushes", RACE),
    refuted("H12", Relaxed, "push_and_pop", RACE),
    refuted("H14", Relaxed, "push_and_pop", RACE),
    refuted("H15", Relaxed, "push_and_pop", RACE),
    refuted("Q2", Relaxed, "pushes_and_pops", RACE),
    refuted("Q4", Relaxed, "pushes_and_pops", RACE),
    refuted("Q7", Relaxed, "push_and_pop", RACE),
    refuted("Q9", Relaxed, "first_pushes", RACE),
    refuted("Q11", Relaxed, "pushes_link", RACE),
    refuted("Q12", Relaxed, "pop_push_twice", RACE),
    refuted("Q15", Relaxed, "pop_push_pop", "not linearizable"),
    refuted("Q48", Relaxed, "pushes_and_pops", RACE),
    refuted("Q49", Relaxed, "pop_push_pop", "not linearizable"),
    refuted("Q67", Relaxed, "spare_changes_hands", RACE),
    refuted("Q70", Relaxed, "spare_changes_hands", RACE),
    refuted("Q72", AcqRel, "pushes_and_pops", LOST),
    refuted("Q73", AcqRel, "pushes_and_pops", LOST),
    refuted("Q74", Relaxed, "pushes_and_pops", RACE),
];

/// Which sites make up for one another.
const REFUTED_TOGETHER: &[Together] = &[
    // A push finds the tail moved: what it finds there was acquired by the look itself, or else by the fence of the next round.
    together(&[twin("H5", Relaxed), twin("H8", Release)], "pushes_link", RACE),
];

/// What refutes others on a checker that looks at every execution and not only at those in which threads switch elsewhere: `loom` does not
/// switch threads at a fence, so it never runs another thread between such a site and the sequentially consistent fence that its thread
/// passes soon after, and that fence makes up for the site.
const REFUTED_BEYOND_LOOM: &[Refuted] = &[
    refuted("Q13", Relaxed, "pop_helps_the_tail", RACE),
    refuted("Q14", Relaxed, "pops_follow_a_link", RACE),
    refuted("Q16", Relaxed, "pop_helps_the_tail", RACE),
    refuted("Q17", Relaxed, "three_first_pushes", RACE),
    refuted("Q19", Relaxed, "three_pushes_link", RACE),
    refuted("Q20", Relaxed, "three_pushes_link", RACE),
];

weakened_sites!(Queue: MODELS, &[], TWINS, {
    refuted: REFUTED,
    refuted_by_all_executions: REFUTED_BEYOND_LOOM,
    refuted_together: REFUTED_TOGETHER,
    unrefuted: &[],
});
