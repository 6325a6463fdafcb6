//! Fast deciders for particular structures.
//!
//! A monitor answers with a *certificate*: a witness order, or a small part of the history that is not linearizable by itself and
//! whose values no other operation touches. So its answer need not be believed: the checker confirms the small part by search.
//! Where its preconditions do not hold (values that repeat, outputs that are unknown), a monitor declines, and the search decides.

mod priority;
mod queue;
mod stack;
mod values;

use super::Operation;

pub(crate) use priority::priority_queue;
pub(crate) use queue::queue;
pub(crate) use stack::stack;

/// What a [monitor](super::Specification::monitor) found; operations are named by their position in the part it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Monitored {
    /// The part is linearizable.
    Linearizable {
        /// A witness: every operation that returned, and the pending ones that took effect, in an order that respects real time
        /// and is legal.
        order: Vec<usize>,
    },
    /// The part is not linearizable.
    NotLinearizable {
        /// Operations that are not linearizable by themselves. It must be sound to look at them alone: if the whole part were
        /// linearizable, so would be these.
        core: Vec<usize>,
    },
}

/// The rank of an event that never comes.
const NEVER: u32 = u32::MAX;

/// An interval between two events, by rank. No two events have the same rank.
#[derive(Clone, Copy, Debug)]
struct Interval {
    call: u32,
    ret: u32,
}

/// The intervals of the operations, by rank; calls come before returns of equal time.
fn intervals<I, O>(part: &[&Operation<I, O>]) -> Vec<Interval> {
    let mut events: Vec<(u64, bool, u32)> = Vec::with_capacity(2 * part.len());
    for (position, operation) in part.iter().enumerate() {
        events.push((operation.call, false, position as u32));
        if let Some(ret) = operation.ret {
            events.push((ret, true, position as u32));
        }
    }
    events.sort_unstable();
    let mut intervals = vec![Interval { call: NEVER, ret: NEVER }; part.len()];
    for (rank, &(_, is_return, position)) in events.iter().enumerate() {
        let interval = &mut intervals[position as usize];
        if is_return {
            interval.ret = rank as u32;
        } else {
            interval.call = rank as u32;
        }
    }
    intervals
}
