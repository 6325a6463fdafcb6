//! Model tests of what `LockFreeQueue` offers beside pushing and popping: closing, batches, and asking whether it is empty. Segments of
//! two cells, batches of two values.

#![cfg(loom)]

mod model;

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use lockfree_collections::LockFreeQueue;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use model::late::Late;
use model::scenario::{Story, stories, weakened_sites};
use model::shared::{share, spawn};
use model::{RACE, Refuted, Together, Twin, Value, Values, refuted, together, twin};

const NAME: &str = "LockFreeQueue, closing and batches";

/// Runs `body` with a queue that holds the numbers up to `before`.
fn with_queue(before: u64, body: impl FnOnce(&Arc<LockFreeQueue<Value>>, &Values) -> u64) {
    let filled = |values: &Values| {
        let queue = LockFreeQueue::new();
        (1..=before).for_each(|number| queue.push(values.make(number)));
        queue
    };
    share(filled, |queue, values| before + body(queue, values));
}

fn number(value: Option<Value>) -> Option<u64> {
    value.map(|value| value.number())
}

fn batch(queue: &LockFreeQueue<Value>, most: usize) -> Vec<u64> {
    let mut found = Vec::new();
    queue.pop_batch(&mut found, most);
    found.iter().map(Value::number).collect()
}

fn rest(queue: &LockFreeQueue<Value>) -> impl Iterator<Item = u64> {
    queue.try_iter().map(|value| value.number())
}

/// A batch goes in while another one comes out: over the end of a segment, in order.
fn batch_in_and_out() {
    with_queue(0, |queue, values| {
        let pusher = spawn(queue, values, |queue, values| queue.push_batch((1..=3).map(|number| values.make(number))));
        let mut found = batch(queue, 2);
        assert_eq!(pusher.join().unwrap(), 3);
        found.extend(rest(queue));
        assert_eq!(found, [1, 2, 3]);
        3
    });
}

/// A batch beside a push: the batch keeps its order.
fn batch_and_push() {
    with_queue(1, |queue, values| {
        let pusher = spawn(queue, values, |queue, values| queue.push(values.make(4)));
        queue.push_batch((2..=3).map(|number| values.make(number)));
        pusher.join().unwrap();
        let found: Vec<_> = rest(queue).collect();
        assert!([[1, 2, 3, 4], [1, 2, 4, 3], [1, 4, 2, 3]].contains(&found[..].try_into().unwrap()), "{found:?}");
        3
    });
}

/// Two batches come out at once: each in order, none twice.
fn batches_out() {
    with_queue(2, |queue, values| {
        let other = spawn(queue, values, |queue, _| batch(queue, 2));
        let own = batch(queue, 2);
        let other = other.join().unwrap();
        assert!(
            matches!((&own[..], &other[..]), ([1, 2], []) | ([], [1, 2]) | ([1], [2]) | ([2], [1])),
            "{own:?} {other:?}"
        );
        0
    });
}

/// A queue that is never empty: a batch that moves the front hands on what its thread has seen.
fn overtaken_batch() {
    with_queue(1, |queue, values| {
        let pushed = Arc::new(AtomicUsize::new(0));
        let other = spawn(queue, values, {
            let pushed = Arc::clone(&pushed);
            move |queue, _| {
                // Leaves the hazard in place, so that the batch passes no fence.
                let _ = queue.is_empty();
                if pushed.load(Acquire) == 1 { batch(queue, 1) } else { Vec::new() }
            }
        });
        let popper = spawn(queue, values, |queue, _| number(queue.pop()));
        queue.push(values.make(2));
        pushed.store(1, Release);
        let (other, popped) = (other.join().unwrap(), popper.join().unwrap());
        assert!(matches!((popped, &other[..]), (Some(1), [] | [2]) | (Some(2), [1])), "{popped:?} {other:?}");
        1
    });
}

/// Three pops of a queue that is never empty: who loses a race claims by addition, and hands on what it has seen, too.
fn overtaken_loser() {
    with_queue(2, |queue, values| {
        let others = [(), ()].map(|()| spawn(queue, values, |queue, _| number(queue.pop())));
        // Leaves the hazard in place, so that the pop passes no fence.
        let _ = queue.is_empty();
        queue.push(values.make(3));
        let own = number(queue.pop());
        let mut all = others.map(|other| other.join().unwrap()).to_vec();
        all.push(own);
        all.sort_unstable();
        assert_eq!(all, [Some(1), Some(2), Some(3)]);
        1
    });
}

/// A queue that is never empty does not say that it is.
fn overtaken_question() {
    with_queue(1, |queue, values| {
        let other = spawn(queue, values, |queue, _| queue.is_empty());
        queue.push(values.make(2));
        assert_eq!(number(queue.pop()), Some(1));
        assert!(!other.join().unwrap(), "said to be empty");
        1
    });
}

/// Closing beside a push: what was pushed is there, and nothing comes after an empty closed queue.
fn close_and_push() {
    with_queue(0, |queue, values| {
        let pusher = spawn(queue, values, |queue, values| queue.try_push(values.make(1)).is_ok());
        assert!(queue.close());
        let popped = number(queue.pop());
        let pushed = pusher.join().unwrap();
        let left = number(queue.pop());
        assert_eq!(popped.or(left).is_some(), pushed);
        assert!(popped.is_some() || left.is_none(), "a value came after the end");
        assert!(queue.is_closed() && queue.try_push(values.make(2)).is_err());
        2
    });
}

/// Who closes behind a push finds its value.
fn close_behind_a_push() {
    with_queue(1, |queue, values| {
        assert_eq!(number(queue.pop()), Some(1));
        let closer = spawn(queue, values, |queue, _| {
            // Leaves the hazards in place, so that closing and popping pass no fence.
            let _ = (queue.is_closed(), queue.is_empty());
            queue.close();
            number(queue.pop())
        });
        let pushed = queue.try_push(values.make(2)).is_ok();
        let popped = closer.join().unwrap();
        assert!(popped.is_some() || !pushed, "a value before the end was missed");
        1
    });
}

/// The same where all cells are claimed: the end is a segment of its own.
fn close_full_and_push() {
    with_queue(2, |queue, values| {
        let pusher = spawn(queue, values, |queue, values| queue.try_push(values.make(3)).is_ok());
        assert!(queue.close());
        let pushed = pusher.join().unwrap();
        assert!(queue.is_closed() && queue.try_push(values.make(4)).is_err());
        assert!(rest(queue).eq(1..=if pushed { 3 } else { 2 }));
        2
    });
}

/// Two threads close: one of them did it.
fn closes(before: u64) {
    with_queue(before, |queue, values| {
        let other = spawn(queue, values, |queue, _| queue.close());
        let own = queue.close();
        assert_ne!(own, other.join().unwrap());
        assert!(queue.is_closed());
        assert!(rest(queue).eq(1..=before));
        0
    });
}

fn closes_new() {
    closes(0);
}

fn closes_begun() {
    closes(1);
}

fn closes_full() {
    closes(2);
}

/// Who has pushed finds the queue not empty, though the cell before is another's: it has seen that cell claimed.
fn push_behind_and_ask() {
    with_queue(1, |queue, values| {
        // Leaves the hazards in place, so that asking passes no fence.
        assert_eq!((number(queue.pop()), queue.is_empty()), (Some(1), true));
        let other = spawn(queue, values, |queue, values| queue.push(values.make(2)));
        queue.push(values.make(3));
        assert!(!queue.is_empty(), "said to be empty");
        other.join().unwrap();
        2
    });
}

/// A segment is retired by one thread, which is about to make it ready to be freed when another one asks what is.
fn ready_for_another() {
    with_queue(3, |queue, _| {
        assert_eq!([queue.pop(), queue.pop()].map(number), [Some(1), Some(2)]);
        // Takes this thread's hazards off the segment.
        assert_eq!(queue.reclaim(), 0);
        let pops = Arc::clone(queue);
        let late = Late::at(&[&["L1"]], move || number(pops.pop()));
        late.go_on();
        queue.reclaim();
        assert_eq!(late.join(), Some(3));
        0
    });
}

/// Who sees the end sees what the closer did before, and what was pushed.
fn close_tells() {
    with_queue(0, |queue, values| {
        let note = Arc::new(AtomicUsize::new(0));
        let closer = spawn(queue, values, {
            let note = Arc::clone(&note);
            move |queue, values| {
                assert!(queue.try_push(values.make(1)).is_ok());
                // Leaves the hazard in place, so that closing passes no fence.
                assert!(!queue.is_closed());
                note.store(1, Relaxed);
                assert!(queue.close());
            }
        });
        if queue.is_closed() {
            assert_eq!(note.load(Relaxed), 1, "the note is missing");
            assert_eq!(number(queue.pop()), Some(1));
        }
        closer.join().unwrap();
        1
    });
}

const STORIES: &[Story] = &[
    Story::new("batch_in_and_out", "[[PushBatch 3], [PopBatch 2]]", batch_in_and_out).preemptions(3),
    Story::new("batch_and_push", "1 value: [[PushBatch 2], [Push]]", batch_and_push).preemptions(3),
    Story::new("batches_out", "2 values: [[PopBatch 2], [PopBatch 2]]", batches_out).preemptions(3),
    Story::new("overtaken_batch", "1 value: [[Push], [IsEmpty, PopBatch 1], [Pop]]", overtaken_batch).preemptions(3),
    Story::new("overtaken_loser", "2 values: [[IsEmpty, Push, Pop], [Pop], [Pop]]", overtaken_loser).preemptions(3),
    Story::new("overtaken_question", "1 value: [[Push, Pop], [IsEmpty]]", overtaken_question),
    Story::new("close_and_push", "[[Close, Pop], [TryPush]]", close_and_push),
    Story::new("close_behind_a_push", "1 cell left: [[IsClosed, IsEmpty, Close, Pop], [TryPush]]", close_behind_a_push),
    Story::new("close_full_and_push", "2 values: [[Close], [TryPush]]", close_full_and_push),
    Story::new("closes_new", "[[Close], [Close]]", closes_new),
    Story::new("closes_begun", "1 value: [[Close], [Close]]", closes_begun),
    Story::new("closes_full", "2 values: [[Close], [Close]]", closes_full),
    Story::new("push_behind_and_ask", "1 cell left: [[Push], [Push, IsEmpty]]", push_behind_and_ask),
    Story::new("ready_for_another", "a segment to leave: [[Pop, the segment retired], [Reclaim]]", ready_for_another)
        .preemptions(2),
    Story::new("close_tells", "[[IsClosed, Pop], [TryPush, IsClosed, Close]]", close_tells),
];

stories! {
    batch_in_and_out batch_and_push batches_out overtaken_batch overtaken_loser overtaken_question close_and_push close_behind_a_push close_full_and_push
    closes_new closes_begun closes_full push_behind_and_ask ready_for_another close_tells
}

/// Every site that is not relaxed and not reached from `tests/loom_queue.rs`, one step weaker.
const TWINS: &[Twin] = &[
    twin("L2", Relaxed),
    twin("L4", Relaxed),
    twin("Q8", Relaxed),
    twin("Q10", Relaxed),
    twin("Q24", Relaxed),
    twin("Q50", Relaxed),
    twin("Q53", Relaxed),
    twin("Q54", Relaxed),
    twin("Q56", Relaxed),
    twin("Q57", Relaxed),
    twin("Q61", Relaxed),
];

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("L2", Relaxed, "ready_for_another", RACE),
    refuted("L4", Relaxed, "ready_for_another", RACE),
    refuted("Q10", Relaxed, "overtaken_loser", "assertion"),
    refuted("Q24", Relaxed, "batch_in_and_out", RACE),
    refuted("Q50", Relaxed, "overtaken_loser", "assertion"),
    refuted("Q56", Relaxed, "close_behind_a_push", "a value before the end was missed"),
    refuted("Q57", Relaxed, "close_tells", "the note is missing"),
    refuted("Q61", Relaxed, "overtaken_batch", "None"),
];

/// What refutes the others, on a checker that looks at every execution: loom's fences order more than they promise.
const REFUTED_BEYOND_LOOM: &[Refuted] = &[
    refuted("Q8", Relaxed, "push_behind_and_ask", "said to be empty"),
    refuted("Q54", Relaxed, "overtaken_question", "said to be empty"),
];

/// Which sites make up for one another.
const REFUTED_TOGETHER: &[Together] = &[
    // A push that knows no light fence passes one before it writes the hint.
    together(&[twin("Q53", Relaxed), twin("Q72", Acquire)], "push_behind_and_ask", "said to be empty"),
];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    refuted_by_all_executions: REFUTED_BEYOND_LOOM,
    refuted_together: REFUTED_TOGETHER,
    unrefuted: &[],
});
