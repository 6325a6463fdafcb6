//! What the search knows about a part of a history before it starts: ranks, slots, classes.

use core::hash::Hash;

use rustc_hash::FxHashMap;

use crate::history::{Operation, Specification};

/// The rank of a return that never came.
pub(crate) const NEVER: u32 = u32::MAX;

/// One operation, as the search sees it. Operations are numbered in the order of their calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Rank of the call among all events.
    pub call: u32,
    /// Rank of the return among all events, or [`NEVER`].
    pub ret: u32,
    /// Operations of one class have equal input and output.
    pub class: u32,
    /// Unique among the operations open at any one time.
    pub slot: u32,
    /// May be linearized as soon as it is legal (R1).
    pub eager: bool,
    /// Position in the part.
    pub position: u32,
}

/// A part of a history, prepared for the search.
#[derive(Debug)]
pub(crate) struct Plan<'h, I, O> {
    /// The operations in the order of their calls.
    pub entries: Vec<Entry>,
    /// The operations that returned, by rank of their return.
    pub returns: Vec<u32>,
    /// A representative of each class.
    pub classes: Vec<(&'h I, Option<&'h O>)>,
    /// How many slots there are.
    pub width: usize,
}

impl<'h, I: Eq + Hash, O: Eq + Hash> Plan<'h, I, O> {
    /// Prepares `part`. `drop_idle` leaves out pending observers (R3); `eager` marks what R1 may place at once.
    pub fn new<S>(specification: &S, part: &[&'h Operation<I, O>], drop_idle: bool, eager: bool) -> Self
    where
        S: Specification<Input = I, Output = O>,
    {
        let movers = if eager { specification.left_movers(part) } else { Vec::new() };
        // Calls before returns at equal times: intervals are closed.
        let mut events: Vec<(u64, bool, u32)> = Vec::with_capacity(2 * part.len());
        for (position, operation) in part.iter().enumerate() {
            if drop_idle && operation.is_pending() && specification.observes(&operation.input, None) {
                continue;
            }
            events.push((operation.call, false, position as u32));
            if let Some(ret) = operation.ret {
                events.push((ret, true, position as u32));
            }
        }
        events.sort_unstable();

        let mut plan = Self { entries: Vec::new(), returns: Vec::new(), classes: Vec::new(), width: 0 };
        let mut numbers = vec![NEVER; part.len()];
        let mut class_numbers = FxHashMap::default();
        let mut free: Vec<u32> = Vec::new();
        for (rank, &(_, is_return, position)) in events.iter().enumerate() {
            let operation = part[position as usize];
            if is_return {
                let number = numbers[position as usize];
                let entry = &mut plan.entries[number as usize];
                entry.ret = rank as u32;
                free.push(entry.slot);
                plan.returns.push(number);
                continue;
            }
            let key = (&operation.input, operation.output.as_ref());
            let class = *class_numbers.entry(key).or_insert_with(|| {
                plan.classes.push(key);
                plan.classes.len() as u32 - 1
            });
            let slot = free.pop().unwrap_or_else(|| {
                plan.width += 1;
                plan.width as u32 - 1
            });
            let eager = eager
                && !operation.is_pending()
                && (movers.get(position as usize) == Some(&true) || specification.observes(key.0, key.1));
            numbers[position as usize] = plan.entries.len() as u32;
            plan.entries.push(Entry { call: rank as u32, ret: NEVER, class, slot, eager, position });
        }
        plan
    }

    /// The rank before which operations must have been called to be enabled while `low` returns are passed.
    pub fn horizon(&self, low: u32) -> u32 {
        self.returns.get(low as usize).map_or(0, |&number| self.entries[number as usize].ret)
    }
}
