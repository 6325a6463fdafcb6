//! Values that are put in once and taken out at most once, with the intervals in which that happens.

use core::hash::Hash;

use rustc_hash::FxHashMap;

use super::{Interval, NEVER};
use crate::history::Operation;

/// A value's insertion and removal.
pub(super) struct Value {
    pub insert: usize,
    pub remove: Option<usize>,
    /// The insertion's interval, tightened: it ends no later than the removal does.
    pub entering: Interval,
    /// The removal's interval, tightened: it starts no earlier than the insertion does; at infinity if there is none.
    pub leaving: Interval,
}

/// What an operation does to values.
pub(super) enum Role<'a, V> {
    Insert(&'a V),
    Remove(&'a V),
    /// A removal that found nothing.
    Empty,
    /// A removal; of what is not known.
    Unknown,
    /// No state allows it.
    Illegal,
}

/// What a part holds, if the monitors understand it.
pub(super) struct Contents {
    pub values: Vec<Value>,
    pub empties: Vec<usize>,
    /// Removals that never returned: each may have taken a value that no other removal took.
    pub pending: Vec<usize>,
}

/// Reads a part. `None`: not understood. `Err`: operations that contradict each other already.
pub(super) fn read<'h, I, O, V: Eq + Hash + 'h>(
    part: &[&'h Operation<I, O>],
    times: &[Interval],
    role: impl Fn(&'h Operation<I, O>) -> Role<'h, V>,
) -> Option<Result<Contents, Vec<usize>>> {
    let mut numbers = FxHashMap::default();
    let mut values: Vec<Value> = Vec::new();
    for (position, operation) in part.iter().enumerate() {
        match role(operation) {
            Role::Insert(value) => {
                if numbers.insert(value, values.len()).is_some() {
                    return None;
                }
                let leaving = Interval { call: NEVER, ret: NEVER };
                values.push(Value { insert: position, remove: None, entering: times[position], leaving });
            }
            Role::Illegal => return Some(Err(vec![position])),
            Role::Remove(_) | Role::Empty | Role::Unknown => {}
        }
    }
    let (mut empties, mut pending) = (Vec::new(), Vec::new());
    for (position, operation) in part.iter().enumerate() {
        let taken = match role(operation) {
            Role::Remove(taken) => taken,
            Role::Insert(_) | Role::Illegal => continue,
            Role::Empty => {
                empties.push(position);
                continue;
            }
            Role::Unknown if operation.is_pending() => {
                pending.push(position);
                continue;
            }
            Role::Unknown => return None,
        };
        let Some(&number) = numbers.get(taken) else { return Some(Err(vec![position])) };
        let value = &mut values[number];
        if let Some(first) = value.remove {
            return Some(Err(vec![value.insert, first, position]));
        }
        value.remove = Some(position);
        value.leaving = times[position];
        if value.leaving.ret < value.entering.call {
            return Some(Err(vec![value.insert, position]));
        }
        value.entering.ret = value.entering.ret.min(value.leaving.ret);
        value.leaving.call = value.leaving.call.max(value.entering.call);
    }
    // An insertion that never returned, of a value that was never removed, need not have happened.
    values.retain(|value| value.remove.is_some() || value.entering.ret != NEVER);
    Some(Ok(Contents { values, empties, pending }))
}

/// A removal that found nothing while values are in it all the time: it, and the operations of such values.
pub(super) fn never_empty(times: &[Interval], values: &[Value], empties: &[usize]) -> Option<Vec<usize>> {
    let mut inside: Vec<&Value> = values.iter().filter(|value| value.entering.ret < value.leaving.call).collect();
    inside.sort_unstable_by_key(|value| value.entering.ret);
    // The union of the intervals in which a value is inside, as disjoint intervals in order.
    let mut covered: Vec<Interval> = Vec::new();
    for value in &inside {
        let (from, to) = (value.entering.ret, value.leaving.call);
        match covered.last_mut() {
            Some(last) if from < last.ret => last.ret = last.ret.max(to),
            _ => covered.push(Interval { call: from, ret: to }),
        }
    }
    let empty = *empties.iter().find(|&&empty| {
        let before = covered.partition_point(|interval| interval.call < times[empty].call);
        before > 0 && covered[before - 1].ret > times[empty].ret
    })?;
    let mut core = vec![empty];
    core.extend(covering(values, times[empty])?);
    Some(core)
}

/// The operations of values one of which is inside at any time of an interval: a chain of values that follow each other without a gap.
pub(super) fn covering(values: &[Value], interval: Interval) -> Option<Vec<usize>> {
    let mut inside: Vec<&Value> = values.iter().filter(|value| value.entering.ret < value.leaving.call).collect();
    inside.sort_unstable_by_key(|value| value.entering.ret);
    let mut chain = Vec::new();
    let mut reached = interval.call;
    let mut candidates = inside.into_iter().peekable();
    let mut longest: Option<&Value> = None;
    while reached < interval.ret {
        while let Some(value) = candidates.next_if(|value| value.entering.ret < reached) {
            if longest.is_none_or(|longest| longest.leaving.call < value.leaving.call) {
                longest = Some(value);
            }
        }
        let next = longest.filter(|longest| longest.leaving.call > reached)?;
        reached = next.leaving.call;
        chain.extend([Some(next.insert), next.remove].into_iter().flatten());
    }
    Some(chain)
}
