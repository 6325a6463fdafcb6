//! Selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury, ASPLOS 2025).
//!
//! If the next thread is chosen with a probability proportional to the number of accesses it has left, every interleaving
//! is equally likely. There are far too many of those, so each execution is uniform over the orders of *selected*
//! accesses only: here, those of one location that more than one thread accesses and at least one writes, chosen at
//! random. A thread *intended* to perform the next selected access is drawn in proportion to how many it has left; others
//! wait at theirs, and all else is scheduled at random.
//!
//! What differs from the paper: how many accesses a thread has left is learnt from all earlier executions, the greatest
//! number seen; a thread that is not started yet does not count.

use rustc_hash::FxHashMap;

use super::super::graph::Graph;
use super::super::interface::Loc;
use super::schedule::{Schedule, Step};
use crate::random::Random;

#[derive(Debug, Default)]
pub(super) struct Surw {
    /// Accesses by location and thread: the greatest number in an execution so far.
    accesses: Vec<FxHashMap<usize, u64>>,
    /// Locations worth selecting.
    shared: Vec<Loc>,
    /// Whether each location was ever written.
    written: Vec<bool>,
    selected: Option<Loc>,
    /// Selected accesses that each thread has left.
    left: FxHashMap<usize, u64>,
    /// The thread to perform the next selected access.
    intended: Option<usize>,
}

impl Surw {
    /// Draws, among the threads of `steps`, the one to perform the next selected access.
    fn intend(&mut self, steps: &[Step], random: &mut Random) {
        let left = |step: &Step| self.left.get(&step.thread).copied().unwrap_or(0);
        let total: u64 = steps.iter().map(left).sum();
        if total == 0 {
            self.intended = Some(steps[random.index(steps.len())].thread);
            return;
        }
        let mut at = random.below(total);
        self.intended = steps
            .iter()
            .find(|step| at.checked_sub(left(step)).map(|rest| at = rest).is_none())
            .map(|step| step.thread);
    }
}

impl Schedule for Surw {
    fn begin(&mut self, random: &mut Random) {
        self.intended = None;
        self.selected = (!self.shared.is_empty()).then(|| self.shared[random.index(self.shared.len())]);
        self.left = self.selected.map_or_else(FxHashMap::default, |loc| self.accesses[loc.index()].clone());
    }

    fn pick(&mut self, steps: &[Step], random: &mut Random) -> usize {
        let Some(selected) = self.selected else { return random.index(steps.len()) };
        if !self.intended.is_some_and(|thread| steps.iter().any(|step| step.thread == thread)) {
            self.intend(steps, random);
        }
        let intended = self.intended;
        let free = |step: &Step| step.loc != selected || Some(step.thread) == intended;
        let free: Vec<usize> = (0..steps.len()).filter(|index| free(&steps[*index])).collect();
        // The intended thread is one of them: its next access is selected or not.
        let next = free[random.index(free.len())];
        if steps[next].loc == selected {
            if let Some(left) = self.left.get_mut(&steps[next].thread) {
                *left = left.saturating_sub(1);
            }
            self.intended = None;
        }
        next
    }

    fn yields(&mut self, _: usize) {
        self.intended = None;
    }

    fn end(&mut self, graph: &Graph) {
        self.accesses.resize_with(self.accesses.len().max(graph.locations.len()), FxHashMap::default);
        self.written.resize(self.accesses.len(), false);
        for (number, location) in graph.locations.iter().enumerate() {
            let mut counts: FxHashMap<usize, u64> = FxHashMap::default();
            // The write half of a read-modify-write is no access of its own.
            let writes = location.co.iter().filter(|write| !graph.event(**write).rmw);
            for access in location.reads.iter().chain(writes) {
                *counts.entry(access.thread()).or_default() += 1;
            }
            for (thread, count) in counts {
                let greatest = self.accesses[number].entry(thread).or_default();
                *greatest = count.max(*greatest);
            }
            self.written[number] |= !location.co.is_empty();
            let loc = Loc(number as u32);
            let shared = self.accesses[number].len() > 1 && self.written[number];
            if shared && !self.shared.contains(&loc) {
                self.shared.push(loc);
            }
        }
    }
}
