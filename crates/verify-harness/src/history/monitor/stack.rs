//! A monitor for stacks whose values are pushed once each, in O(n d) for values nested d deep, and O(n^2) for a witness.
//!
//! # Source
//!
//! Z. H. Lee, U. Mathur: "Efficient decision procedures for linearizability" (2025): remove a value whose removal preserves the
//! answer, until none is left (linearizable) or none can be removed (not linearizable). What differs: the values that can be
//! removed are found in rounds over a plain array rather than by segment trees; the removals are undone to build a witness; a
//! rejection is reduced to few values.
//!
//! # How it decides
//!
//! Time is a row of *cells* between consecutive events. A value is certainly in the stack from the end of its push to the start of
//! its pop: it *covers* those cells. (Intervals are tightened first; a value that is never popped is popped after the end.)
//!
//! *Lemma.* If no value covers a cell, any linearization can be changed so that the stack is empty in that cell. A value that is
//! in the stack there has a push that reaches into the cell, or a pop that does. In the first case push it right after the
//! instant at which the stack shall be empty, in the second pop it right before, all in the order in which they lie in the stack.
//!
//! *Removal.* A value can be removed if its push reaches into a cell that no other remaining value covers, and its pop does so
//! too. If the history without it is linearizable, make the stack empty at both cells, push the value at one and pop it at the
//! other: everything between happens above it. Conversely leaving out a value leaves a linearization. If no value can be removed,
//! the history is not linearizable: in a linearization, what is at the bottom of the stack first can be removed.
//!
//! *Empty answers.* A pop that finds the stack empty needs a cell that no value covers; by the lemma, that suffices.
//!
//! *Pending pops* are left out first. If that leads to a rejection although there are values that they might have taken, the
//! monitor declines.

use core::hash::Hash;

use super::values::{Contents, Role, Value, never_empty, read};
use super::{Interval, Monitored, NEVER, intervals};
use crate::history::Operation;
use crate::history::spec::{StackInput, StackOutput};

type Op<V> = Operation<StackInput<V>, StackOutput<V>>;

fn role<V>(operation: &Op<V>) -> Role<'_, V> {
    match (&operation.input, &operation.output) {
        (StackInput::Push(value), None | Some(StackOutput::Pushed)) => Role::Insert(value),
        (StackInput::Pop, Some(StackOutput::Popped(Some(value)))) => Role::Remove(value),
        (StackInput::Pop, Some(StackOutput::Popped(None))) => Role::Empty,
        (StackInput::Pop, None) => Role::Unknown,
        _ => Role::Illegal,
    }
}

/// Decides `part`, or declines.
pub(crate) fn stack<V: Eq + Hash>(part: &[&Op<V>]) -> Option<Monitored> {
    let times = intervals(part);
    let Contents { mut values, empties, pending } = match read(part, &times, role)? {
        Ok(contents) => contents,
        Err(core) => return Some(Monitored::NotLinearizable { core }),
    };
    let uncertain = !pending.is_empty() && values.iter().any(|value| value.remove.is_none());
    // The cell after the last event, in which everything that is left is popped.
    let end = 2 * part.len() as u32;
    for value in &mut values {
        if value.remove.is_none() {
            value.leaving = Interval { call: end, ret: end + 1 };
        }
    }
    let all: Vec<usize> = (0..values.len()).collect();
    let nested = match unnest(&values, &all, end) {
        Ok(nested) => nested,
        Err(_) if uncertain => return None,
        Err(stuck) => {
            let core = fewest(&values, stuck, end).into_iter();
            let core = core.flat_map(|number| [Some(values[number].insert), values[number].remove]).flatten().collect();
            return Some(Monitored::NotLinearizable { core });
        }
    };
    let cover = Cover::new(&values, &all, end);
    let mut order = Order::new(&values);
    for nest in nested.iter().rev() {
        order.nest(nest);
    }
    for &empty in &empties {
        let Some(cell) = cover.first_free(times[empty]) else {
            if uncertain {
                return None;
            }
            return never_empty(&times, &values, &empties).map(|core| Monitored::NotLinearizable { core });
        };
        let at = order.make_empty(cell, None);
        order.steps.insert(at, Step { cell, operation: Some(empty), value: NONE });
    }
    let order: Vec<usize> = order.steps.iter().filter_map(|step| step.operation).collect();
    // As many as must be there; if not, the search decides.
    let returned = (0..part.len()).filter(|&position| times[position].ret != NEVER).count();
    (order.len() >= returned).then_some(Monitored::Linearizable { order })
}

/// Which cells no value covers.
struct Cover {
    /// The first such cell from each cell on; one past the last cell if there is none.
    next: Vec<u32>,
    /// The last such cell up to each cell, plus one; 0 if there is none.
    previous: Vec<u32>,
}

impl Cover {
    fn new(values: &[Value], remaining: &[usize], end: u32) -> Self {
        let cells = end as usize + 1;
        let mut change = vec![0_i32; cells + 1];
        for &number in remaining {
            let (from, to) = (values[number].entering.ret, values[number].leaving.call);
            if from < to {
                change[from as usize] += 1;
                change[to as usize] -= 1;
            }
        }
        let mut layers = 0;
        let mut last = 0;
        let mut previous = vec![0; cells];
        for cell in 0..cells {
            layers += change[cell];
            if layers == 0 {
                last = cell as u32 + 1;
            }
            previous[cell] = last;
        }
        let mut first = cells as u32;
        let mut next = vec![0; cells];
        for cell in (0..cells).rev() {
            if previous[cell] == cell as u32 + 1 {
                first = cell as u32;
            }
            next[cell] = first;
        }
        Self { next, previous }
    }

    /// The first free cell within an interval.
    fn first_free(&self, interval: Interval) -> Option<u32> {
        Some(self.next[interval.call as usize]).filter(|&cell| cell < interval.ret)
    }

    /// The last free cell within an interval.
    fn last_free(&self, interval: Interval) -> Option<u32> {
        self.previous[interval.ret as usize - 1].checked_sub(1).filter(|&cell| cell >= interval.call)
    }
}

/// A value that was removed, and the cells in which it can be pushed and popped.
struct Nest {
    value: usize,
    push: u32,
    pop: u32,
}

/// Removes values until none is left; gives them in the order of their removal, or those that cannot be removed.
fn unnest(values: &[Value], numbers: &[usize], end: u32) -> Result<Vec<Nest>, Vec<usize>> {
    let mut remaining = numbers.to_vec();
    let mut nested = Vec::with_capacity(remaining.len());
    while !remaining.is_empty() {
        let cover = Cover::new(values, &remaining, end);
        let before = remaining.len();
        // Removing several at once is removing one after the other: cells only become free.
        remaining.retain(|&value| {
            let push = cover.first_free(values[value].entering);
            let pop = cover.last_free(values[value].leaving);
            let (Some(push), Some(pop)) = (push, pop) else { return true };
            nested.push(Nest { value, push, pop });
            false
        });
        if remaining.len() == before {
            return Err(remaining);
        }
    }
    Ok(nested)
}

/// As few of the values as still cannot all be removed: leaving out any one, they can. Values are in ascending order throughout.
fn fewest(values: &[Value], stuck: Vec<usize>, end: u32) -> Vec<usize> {
    let mut core = stuck;
    let mut size = core.len();
    while size > 0 {
        let mut start = 0;
        while start < core.len() {
            let stop = (start + size).min(core.len());
            let rest: Vec<usize> = [&core[..start], &core[stop..]].concat();
            match unnest(values, &rest, end) {
                // What is stuck is what matters; it may be even less.
                Err(stuck) => {
                    let first_left_out = core[start];
                    start = stuck.partition_point(|&number| number < first_left_out);
                    core = stuck;
                }
                Ok(_) => start = stop,
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2).min(core.len()) };
    }
    core
}

/// No value.
const NONE: usize = usize::MAX;

/// One operation of a linearization under construction.
#[derive(Clone, Copy)]
struct Step {
    /// The cell in which it takes effect.
    cell: u32,
    /// Its position in the part; none for the pop of a value that is never popped.
    operation: Option<usize>,
    /// The value it pushes or pops.
    value: usize,
}

/// A linearization under construction.
struct Order<'a> {
    values: &'a [Value],
    /// In order; cells do not decrease.
    steps: Vec<Step>,
    /// Whether a value is in the stack; all false between calls.
    inside: Vec<bool>,
}

impl<'a> Order<'a> {
    fn new(values: &'a [Value]) -> Self {
        Self { values, steps: Vec::with_capacity(2 * values.len()), inside: vec![false; values.len()] }
    }

    /// Puts a value beneath everything that happens between its two cells.
    fn nest(&mut self, nest: &Nest) {
        let value = &self.values[nest.value];
        let push = Step { cell: nest.push, operation: Some(value.insert), value: nest.value };
        let pop = Step { cell: nest.pop, operation: value.remove, value: nest.value };
        let at = self.make_empty(nest.push, None);
        if nest.push == nest.pop {
            self.steps.splice(at..at, [push, pop]);
            return;
        }
        self.steps.insert(at, push);
        let at = self.make_empty(nest.pop, Some(nest.value));
        self.steps.insert(at, pop);
    }

    /// Changes the order so that the stack is empty in `cell`, but for `but`; gives the place in the order where it is.
    fn make_empty(&mut self, cell: u32, but: Option<usize>) -> usize {
        let here = self.steps.partition_point(|step| step.cell < cell);
        let mut stack: Vec<usize> = Vec::new();
        for step in &self.steps[..here] {
            if step.value == NONE || Some(step.value) == but {
                continue;
            }
            if self.inside[step.value] {
                stack.pop();
            } else {
                stack.push(step.value);
            }
            self.inside[step.value] = !self.inside[step.value];
        }
        if stack.is_empty() {
            return here;
        }
        // What can be popped here is; the rest is pushed here.
        let (popped, pushed): (Vec<usize>, Vec<usize>) =
            stack.iter().partition(|&&value| self.values[value].leaving.call <= cell);
        let mut steps = Vec::with_capacity(self.steps.capacity());
        let delayed = |step: &&Step| step.value != NONE && self.inside[step.value] && pushed.contains(&step.value);
        steps.extend(self.steps[..here].iter().filter(|step| !delayed(step)));
        let pop = |&value: &usize| Step { cell, operation: self.values[value].remove, value };
        steps.extend(popped.iter().rev().map(pop));
        let place = steps.len();
        let push = |&value: &usize| Step { cell, operation: Some(self.values[value].insert), value };
        steps.extend(pushed.iter().map(push));
        let early = |step: &&Step| step.value != NONE && self.inside[step.value] && popped.contains(&step.value);
        steps.extend(self.steps[here..].iter().filter(|step| !early(step)));
        for value in stack {
            self.inside[value] = false;
        }
        self.steps = steps;
        place
    }
}
