//! A monitor for unbounded FIFO queues whose values are enqueued once each, in O(n log n).
//!
//! # Source
//!
//! The order constraints are those of T. A. Henzinger, A. Sezgin, V. Vafeiadis: "Aspect-oriented linearizability proofs" (2013)
//! and of Z. H. Lee, U. Mathur: "Efficient decision procedures for linearizability" (2025). What differs: an acceptance comes
//! with a linearization, a rejection with the operations of the values that conflict.
//!
//! # How it decides
//!
//! *Preparation.* A value's enqueue ends no later than its dequeue does, its dequeue starts no earlier than its enqueue does. A
//! value that is never dequeued is dequeued at infinity. An enqueue that is pending and whose value is never dequeued is left
//! out. Pending dequeues are given to the values that must have left, in the order in which those must have; a rejection after
//! that would not be certain, so the monitor declines instead.
//!
//! *Values.* Value `a` goes before `b` if `a`'s enqueue precedes `b`'s in real time, or `a`'s dequeue precedes `b`'s. The history
//! restricted to these operations is linearizable exactly if that relation has no cycle; then it has no cycle of two either, and
//! if it has a cycle, it has one of two: some `a` is enqueued before `b`, and `b` dequeued before `a`.
//!
//! *Empty answers.* A value is in the queue at least from the end of its enqueue to the start of its dequeue. A dequeue that finds
//! the queue empty needs an instant at which no value is.
//!
//! *The witness.* Values are ordered topologically, the one whose dequeue starts first being preferred. Let `t` be an instant at
//! which no value must be in the queue. Values whose dequeue starts after `t` have no successor among the others, because a
//! successor's enqueue would start, or its dequeue end, after theirs; so all values whose dequeue starts before `t` come before
//! all whose dequeue starts after `t`, and the queue can be empty at `t`, for all such `t` at once. Given the order of the values
//! each step of the merge is forced: empty answers as soon as the queue is empty, dequeues as soon as they may, enqueues when
//! nothing else may. Should a step be stuck all the same, the monitor declines.

use core::cmp::Reverse;
use core::hash::Hash;
use std::collections::{BinaryHeap, VecDeque};

use super::values::{Contents, Role, Value, never_empty, read};
use super::{Interval, Monitored, NEVER, intervals};
use crate::history::Operation;
use crate::history::spec::{QueueInput, QueueOutput};

type Op<V> = Operation<QueueInput<V>, QueueOutput<V>>;

fn role<V>(operation: &Op<V>) -> Role<'_, V> {
    match (&operation.input, &operation.output) {
        (QueueInput::Enqueue(value), None | Some(QueueOutput::Enqueued)) => Role::Insert(value),
        (QueueInput::Dequeue, Some(QueueOutput::Dequeued(Some(value)))) => Role::Remove(value),
        (QueueInput::Dequeue, Some(QueueOutput::Dequeued(None))) => Role::Empty,
        (QueueInput::Dequeue, None) => Role::Unknown,
        _ => Role::Illegal,
    }
}

/// Decides `part`, or declines.
pub(crate) fn queue<V: Eq + Hash>(part: &[&Op<V>]) -> Option<Monitored> {
    let times = intervals(part);
    let contents = match read(part, &times, role)? {
        Ok(contents) => contents,
        Err(core) => return Some(Monitored::NotLinearizable { core }),
    };
    let Contents { mut values, mut empties, pending } = contents;
    empties.sort_unstable_by_key(|&empty| times[empty].call);
    let guessed = !pending.is_empty() && values.iter().any(|value| value.remove.is_none());
    if guessed {
        assign_pending(&times, &mut values, &empties, pending);
    }
    if let Some(order) = order_values(&values) {
        if let Some(order) = merge(part.len(), &times, &values, &order, &empties) {
            return Some(Monitored::Linearizable { order });
        }
    }
    // Another assignment might do.
    if guessed {
        return None;
    }
    let core = overtaking(&values).or_else(|| never_empty(&times, &values, &empties))?;
    Some(Monitored::NotLinearizable { core })
}

/// Gives pending dequeues to the values that must have left: the earliest dequeue to the value that must leave first.
///
/// A value must have left before a value that was enqueued after it has, and before an answer "empty" that began when the value
/// was inside.
fn assign_pending(times: &[Interval], values: &mut [Value], empties: &[usize], mut pending: Vec<usize>) {
    let entered = values.iter().map(|value| Interval { call: value.entering.call, ret: value.leaving.ret });
    let found = empties.iter().map(|&empty| times[empty]);
    let mut events: Vec<Interval> = entered.chain(found).collect();
    events.sort_unstable_by_key(|event| event.call);
    let mut earliest = NEVER;
    for event in events.iter_mut().rev() {
        earliest = earliest.min(event.ret);
        event.ret = earliest;
    }
    let deadline = |value: &Value| {
        let after = events.partition_point(|event| event.call < value.entering.ret);
        events.get(after).map_or(NEVER, |event| event.ret)
    };
    let mut leaving: Vec<(u32, &mut Value)> = values
        .iter_mut()
        .filter(|value| value.remove.is_none())
        .map(|value| (deadline(value), value))
        .filter(|&(deadline, _)| deadline != NEVER)
        .collect();
    leaving.sort_unstable_by_key(|&(deadline, _)| deadline);
    pending.sort_unstable_by_key(|&position| times[position].call);
    for ((_, value), position) in leaving.into_iter().zip(pending) {
        value.remove = Some(position);
        value.leaving.call = times[position].call.max(value.entering.call);
    }
}

/// The values in a topological order, the one whose dequeue starts first being preferred; `None` if there is a cycle.
fn order_values(values: &[Value]) -> Option<Vec<usize>> {
    let mut entering = Front::new(values.iter().map(|value| value.entering).collect());
    let mut leaving = Front::new(values.iter().map(|value| value.leaving).collect());
    // A value can be next if no enqueue, and no dequeue, of another remaining value precedes its own.
    let mut missing = vec![2_u8; values.len()];
    let mut ready = BinaryHeap::new();
    let mut order = Vec::with_capacity(values.len());
    loop {
        for front in [&mut entering, &mut leaving] {
            front.advance(|number| {
                missing[number] -= 1;
                if missing[number] == 0 {
                    let value = &values[number];
                    ready.push(Reverse((value.leaving.call, value.entering.ret, number)));
                }
            });
        }
        let Some(Reverse((_, _, number))) = ready.pop() else { break };
        entering.remove(number);
        leaving.remove(number);
        order.push(number);
    }
    (order.len() == values.len()).then_some(order)
}

/// The minimal elements of an interval order, while elements are removed.
struct Front {
    intervals: Vec<Interval>,
    by_call: Vec<u32>,
    by_return: Vec<u32>,
    removed: Vec<bool>,
    called: usize,
    returned: usize,
}

impl Front {
    fn new(intervals: Vec<Interval>) -> Self {
        let mut by_call: Vec<u32> = (0..intervals.len() as u32).collect();
        let mut by_return = by_call.clone();
        by_call.sort_unstable_by_key(|&number| intervals[number as usize].call);
        by_return.sort_unstable_by_key(|&number| intervals[number as usize].ret);
        Self { removed: vec![false; intervals.len()], intervals, by_call, by_return, called: 0, returned: 0 }
    }

    fn remove(&mut self, number: usize) {
        self.removed[number] = true;
    }

    /// Names the elements that have become minimal since the last call.
    fn advance(&mut self, mut minimal: impl FnMut(usize)) {
        while self.by_return.get(self.returned).is_some_and(|&number| self.removed[number as usize]) {
            self.returned += 1;
        }
        let Some(&first) = self.by_return.get(self.returned) else { return };
        let horizon = self.intervals[first as usize].ret;
        while let Some(&number) = self.by_call.get(self.called) {
            // Intervals at infinity do not precede each other.
            let call = self.intervals[number as usize].call;
            if call > horizon {
                break;
            }
            minimal(number as usize);
            self.called += 1;
        }
    }
}

/// A linearization whose values are in the given order; `None` if the only way to go on is blocked.
fn merge(
    operations: usize,
    times: &[Interval],
    values: &[Value],
    order: &[usize],
    empties: &[usize],
) -> Option<Vec<usize>> {
    let mut by_return: Vec<usize> = (0..operations).filter(|&position| times[position].ret != NEVER).collect();
    by_return.sort_unstable_by_key(|&position| times[position].ret);
    let mut done = vec![false; operations];
    let mut linearization = Vec::with_capacity(operations);
    let mut returned = 0;
    let mut empties = empties.iter().copied().peekable();
    let mut entering = order.iter().map(|&number| &values[number]).peekable();
    let mut inside: VecDeque<&Value> = VecDeque::new();
    loop {
        while by_return.get(returned).is_some_and(|&position| done[position]) {
            returned += 1;
        }
        let Some(&first) = by_return.get(returned) else { return Some(linearization) };
        let enabled = |position: usize| times[position].call < times[first].ret;
        let next = if let Some(empty) = empties.next_if(|&empty| inside.is_empty() && enabled(empty)) {
            empty
        } else if let Some(dequeue) = inside.front().and_then(|value| value.remove).filter(|&dequeue| enabled(dequeue))
        {
            inside.pop_front();
            dequeue
        } else {
            let value = entering.next_if(|value| enabled(value.insert))?;
            inside.push_back(value);
            value.insert
        };
        done[next] = true;
        linearization.push(next);
    }
}

/// Two values of which one is enqueued first and the other dequeued first: their operations.
fn overtaking(values: &[Value]) -> Option<Vec<usize>> {
    let mut by_call: Vec<&Value> = values.iter().collect();
    let mut by_return = by_call.clone();
    by_call.sort_unstable_by_key(|value| value.entering.call);
    by_return.sort_unstable_by_key(|value| value.entering.ret);
    let mut entered = by_return.into_iter().peekable();
    // Of the values that entered before the one at hand, the one that starts to leave last.
    let mut last: Option<&Value> = None;
    for value in by_call {
        while let Some(earlier) = entered.next_if(|earlier| earlier.entering.ret < value.entering.call) {
            if last.is_none_or(|last| last.leaving.call < earlier.leaving.call) {
                last = Some(earlier);
            }
        }
        if let Some(last) = last.filter(|last| last.leaving.call > value.leaving.ret) {
            let operations = [Some(last.insert), Some(value.insert), value.remove, last.remove];
            return Some(operations.into_iter().flatten().collect());
        }
    }
    None
}
