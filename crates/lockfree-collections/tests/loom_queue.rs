//! Model tests of `LockFreeQueue`: segments of two cells, every retirement followed by a reclamation.

#![cfg(loom)]

mod model;

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use lockfree_collections::{LockFreeQueue, weaken};
use loom::sync::Arc;
use loom::thread;
use model::{Did, Value, Values, explains, holds};

const STRUCTURE: &str = "LockFreeQueue";

/// One operation of a script.
#[derive(Clone, Copy, Debug)]
enum Do {
    Push(u64),
    Pop,
}

use Do::{Pop, Push};

fn run(queue: &LockFreeQueue<Value>, values: &Values, script: &[Do]) -> Vec<Did> {
    script
        .iter()
        .map(|step| match *step {
            Push(number) => {
                queue.push(values.make(number));
                Did::Push(number)
            }
            Pop => Did::Pop(queue.pop().map(|value| value.number())),
        })
        .collect()
}

/// Runs `before`, then the scripts of the threads at once (the last one in the calling thread), then drains.
fn compare(before: &'static [Do], threads: &'static [&'static [Do]]) -> impl Fn() + Send + Sync + 'static {
    move || {
        let values = Values::default();
        let queue = Arc::new(LockFreeQueue::new());
        let before = run(&queue, &values, before);
        let (own, others) = threads.split_last().expect("there are threads");
        let others: Vec<_> = others
            .iter()
            .map(|script| {
                let (queue, values) = (Arc::clone(&queue), values.clone());
                thread::spawn(move || run(&queue, &values, script))
            })
            .collect();
        let own = run(&queue, &values, own);
        let mut done: Vec<_> = others.into_iter().map(|thread| thread.join().unwrap()).collect();
        done.push(own);
        let mut after = Vec::new();
        loop {
            let found = queue.pop().map(|value| value.number());
            after.push(Did::Pop(found));
            if found.is_none() {
                break;
            }
        }
        let all = before.iter().chain(done.iter().flatten());
        let pushed = all.filter(|did| matches!(did, Did::Push(_))).count() as u64;
        drop(queue);
        assert_eq!(values.dropped(), pushed, "every value is dropped once");
        assert!(
            explains::<VecDeque<u64>>(&before, &done, &after),
            "not linearizable: {before:?} then {done:?} then {after:?}"
        );
    }
}

macro_rules! scripts {
    ($($name:ident: $property:literal, $before:expr, $threads:expr, $preemptions:expr;)*) => {$(
        #[test]
        fn $name() {
            holds(STRUCTURE, $property, concat!(stringify!($before), " then ", stringify!($threads)), $preemptions,
                compare(&$before, &$threads));
        }
    )*};
}

scripts! {
    push_push_and_pop_pop: "linearizable, no leak", [], [&[Push(1), Push(2)], &[Pop, Pop]], None;
    push_pop_twice: "linearizable, no leak", [], [&[Push(1), Pop], &[Push(2), Pop]], None;
    pop_push_twice: "linearizable, no leak", [Push(1)], [&[Pop, Push(2)], &[Pop, Push(3)]], None;
    pushes_over_a_segment: "linearizable, no leak", [Push(1)], [&[Push(2), Push(3)], &[Push(4), Push(5)]], None;
    pops_over_a_segment: "linearizable, no leak, freed in time", [Push(1), Push(2), Push(3)], [&[Pop, Pop], &[Pop, Pop]], None;
    push_and_pop_over_a_segment: "linearizable, no leak, freed in time",
        [Push(1), Push(2)], [&[Push(3), Push(4)], &[Pop, Pop]], None;
}
