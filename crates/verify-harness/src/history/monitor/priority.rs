//! A monitor for priority queues whose values are pushed once each, in O(n log n).
//!
//! # Source
//!
//! Z. H. Lee, U. Mathur: "Efficient decision procedures for linearizability" (2025): a pop must return before the values greater than its
//! own have been inside all the time. What differs: an acceptance comes with a linearization, a rejection with the operations of the
//! values that conflict; and instead of a sweep over time with an ordered set, values are taken from the greatest down, and the
//! instants at which one of them is inside are joined as disjoint sets (R. E. Tarjan, "Efficiency of a good but not linear set union
//! algorithm", 1975).
//!
//! # How it decides
//!
//! *Preparation.* As for queues: a value's push ends no later than its pop does, its pop starts no earlier than its push does. Instant
//! `i` is the time between the events of ranks `i` and `i + 1`.
//!
//! *Values.* A value is inside at least at the instants from the end of its push to the start of its pop: its critical ones. Its pop
//! needs an instant that is critical for no greater value, and takes the earliest; a pop that finds nothing needs one that is critical
//! for no value.
//!
//! *The witness.* A value is pushed at the last instant of its push, or at that of its pop if that is earlier. So it is inside at critical
//! instants, and between the start of its pop and the instant that this takes; all of the latter are critical for a greater value.
//! So nothing greater is inside where a pop takes place, and nothing where one finds nothing. Of one instant, the pops come first, the
//! greatest value's first of all and each just behind its push if that is of the same instant; then the pops that find nothing; then other
//! pushes.
//!
//! *Pops that never returned* are left out. If that is not accepted, and there are some, and a value that they may have taken, the monitor
//! declines.

use core::cmp::Reverse;
use core::hash::Hash;

use super::values::{Contents, Role, Value, covering, never_empty, read};
use super::{Interval, Monitored, intervals};
use crate::history::Operation;
use crate::history::spec::{PriorityQueueInput, PriorityQueueOutput};

type Op<V> = Operation<PriorityQueueInput<V>, PriorityQueueOutput<V>>;

fn role<V>(operation: &Op<V>) -> Role<'_, V> {
    match (&operation.input, &operation.output) {
        (PriorityQueueInput::Push(value), None | Some(PriorityQueueOutput::Pushed)) => Role::Insert(value),
        (PriorityQueueInput::Pop, Some(PriorityQueueOutput::Popped(Some(value)))) => Role::Remove(value),
        (PriorityQueueInput::Pop, Some(PriorityQueueOutput::Popped(None))) => Role::Empty,
        (PriorityQueueInput::Pop, None) => Role::Unknown,
        _ => Role::Illegal,
    }
}

/// Decides `part`, or declines.
pub(crate) fn priority_queue<V: Ord + Hash>(part: &[&Op<V>]) -> Option<Monitored> {
    let times = intervals(part);
    let contents = match read(part, &times, role)? {
        Ok(contents) => contents,
        Err(core) => return Some(Monitored::NotLinearizable { core }),
    };
    let Contents { mut values, empties, pending } = contents;
    // No two are equal.
    values.sort_unstable_by_key(|value| match &part[value.insert].input {
        PriorityQueueInput::Push(value) => Reverse(Some(value)),
        PriorityQueueInput::Pop => Reverse(None),
    });
    match linearize(part.len(), &times, &values, &empties) {
        Ok(order) => Some(Monitored::Linearizable { order }),
        Err(_) if !pending.is_empty() && values.iter().any(|value| value.remove.is_none()) => None,
        Err(Stuck::At(number)) => {
            let value = &values[number];
            let mut core = vec![value.insert, value.remove?];
            core.extend(covering(&values[..number], value.leaving)?);
            Some(Monitored::NotLinearizable { core })
        }
        Err(Stuck::Empty) => Some(Monitored::NotLinearizable { core: never_empty(&times, &values, &empties)? }),
    }
}

/// A pop for which there is no instant.
enum Stuck {
    /// That of the value with this number.
    At(usize),
    /// One that finds nothing.
    Empty,
}

/// What is done at one instant: in the order of this.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A pop of the value with this number, of which the push is at the same instant if so said.
    Pop(usize, bool),
    /// A pop that finds nothing.
    Empty(usize),
    /// A push of the value with this number.
    Push(usize),
}

/// A linearization; the values are given from the greatest down.
fn linearize(operations: usize, times: &[Interval], values: &[Value], empties: &[usize]) -> Result<Vec<usize>, Stuck> {
    let mut free = Free::new(2 * operations as u32);
    let mut steps: Vec<(u32, Step)> = Vec::with_capacity(operations);
    for (number, value) in values.iter().enumerate() {
        let last = value.entering.ret - 1;
        match value.remove {
            None => steps.push((last, Step::Push(number))),
            Some(_) => {
                let pop = free.first_from(value.leaving.call);
                if pop >= value.leaving.ret {
                    return Err(Stuck::At(number));
                }
                steps.push((pop, Step::Pop(number, pop <= last)));
                if last < pop {
                    steps.push((last, Step::Push(number)));
                }
            }
        }
        free.take(value.entering.ret, value.leaving.call);
    }
    for &empty in empties {
        let instant = free.first_from(times[empty].call);
        if instant >= times[empty].ret {
            return Err(Stuck::Empty);
        }
        steps.push((instant, Step::Empty(empty)));
    }
    steps.sort_unstable();
    let mut order = Vec::with_capacity(operations);
    for (_, step) in steps {
        match step {
            Step::Pop(number, with_push) => {
                let value = &values[number];
                order.extend(with_push.then_some(value.insert).into_iter().chain(value.remove));
            }
            Step::Empty(empty) => order.push(empty),
            Step::Push(number) => order.push(values[number].insert),
        }
    }
    Ok(order)
}

/// The instants at which none of the values so far is inside.
struct Free {
    /// From each instant, one on the way to the first free one from there on; that one leads to itself.
    next: Vec<u32>,
}

impl Free {
    fn new(instants: u32) -> Self {
        Self { next: (0..=instants).collect() }
    }

    /// The first free instant from `instant` on.
    fn first_from(&mut self, mut instant: u32) -> u32 {
        while self.next[instant as usize] != instant {
            let next = self.next[instant as usize];
            // Halves the way for the next time.
            self.next[instant as usize] = self.next[next as usize];
            instant = next;
        }
        instant
    }

    /// Takes the instants from `from` up to `to`.
    fn take(&mut self, from: u32, to: u32) {
        if from >= to {
            return;
        }
        let end = to.min(self.next.len() as u32 - 1);
        let mut instant = self.first_from(from);
        while instant < end {
            self.next[instant as usize] = instant + 1;
            instant = self.first_from(instant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::NEVER;
    use super::*;

    #[test]
    fn free_instants_are_taken_once() {
        let mut free = Free::new(9);
        free.take(2, 4);
        free.take(3, 6);
        free.take(8, NEVER);
        let firsts: Vec<_> = (0..10).map(|instant| free.first_from(instant)).collect();
        assert_eq!(firsts, [0, 1, 6, 6, 6, 6, 6, 7, 9, 9]);
    }
}
