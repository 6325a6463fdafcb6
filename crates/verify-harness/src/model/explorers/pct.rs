//! Probabilistic concurrency testing: random priorities with a few change points (Burckhardt, Kothari, Musuvathi,
//! Nagarakatte, ASPLOS 2010).
//!
//! Of the threads that can go on, the one with the highest priority runs. It starts with a random one; when the number
//! of accesses reaches one of `depth - 1` change points, drawn among the accesses of an execution, the priority of the
//! thread that is about to run falls below all initial ones, to a value of the change point's own.
//!
//! What differs from the paper: only accesses of shared memory count as steps, since nothing else can be observed; how
//! many there are is learnt from earlier executions; a thread that ends an iteration of a waiting loop gets the lowest
//! priority, or it would wait for ever for threads below it.

use super::schedule::{Schedule, Step};
use crate::random::Random;

/// Priorities below this one were given by change points and waiting loops; initial ones are above.
const INITIAL: i64 = 1 << 32;

#[derive(Debug)]
pub(super) struct Pct {
    depth: u32,
    /// The greatest number of accesses in an execution so far.
    length: u64,
    /// Per thread.
    priorities: Vec<i64>,
    /// Accesses before which the running thread's priority falls, and to what.
    changes: Vec<(u64, i64)>,
    /// Accesses so far.
    steps: u64,
    lowest: i64,
}

impl Pct {
    pub(super) fn new(depth: u32) -> Self {
        Self { depth, length: 1, priorities: Vec::new(), changes: Vec::new(), steps: 0, lowest: 0 }
    }

    fn highest(&self, steps: &[Step]) -> usize {
        let priority = |index: &usize| self.priorities[steps[*index].thread];
        (0..steps.len()).max_by_key(priority).unwrap_or(0)
    }

    fn lower(&mut self, thread: usize) {
        self.lowest -= 1;
        if let Some(priority) = self.priorities.get_mut(thread) {
            *priority = self.lowest;
        }
    }
}

impl Schedule for Pct {
    fn begin(&mut self, random: &mut Random) {
        self.priorities.clear();
        (self.steps, self.lowest) = (0, 0);
        let length = self.length;
        let changes = (0..self.depth.saturating_sub(1)).map(|number| (1 + random.below(length), i64::from(number)));
        self.changes.clear();
        self.changes.extend(changes);
    }

    fn pick(&mut self, steps: &[Step], random: &mut Random) -> usize {
        for step in steps {
            while self.priorities.len() <= step.thread {
                self.priorities.push(INITIAL + (random.next_u64() >> 2) as i64);
            }
        }
        self.steps += 1;
        for &(at, priority) in &self.changes {
            if at == self.steps {
                let running = self.highest(steps);
                self.priorities[steps[running].thread] = priority;
            }
        }
        self.highest(steps)
    }

    fn yields(&mut self, thread: usize) {
        self.lower(thread);
    }

    fn end(&mut self, _: &super::super::graph::Graph) {
        self.length = self.length.max(self.steps);
    }
}
