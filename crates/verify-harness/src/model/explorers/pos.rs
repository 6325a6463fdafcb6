//! Partial order sampling: random priorities of accesses, drawn again after a conflict (Yuan, Yang, Gu, CAV 2018).
//!
//! A thread's next access has a priority, drawn when it becomes the next one. Of those that can happen the highest does;
//! the priorities of those that conflict with it (the same location, one of the two writes) are drawn again, so that what
//! follows does not depend on their having lost.

use super::schedule::{Schedule, Step};
use crate::random::Random;

#[derive(Debug, Default)]
pub(super) struct Pos {
    /// Per thread, the priority of its next access; `None` if it is to be drawn.
    priorities: Vec<Option<u64>>,
}

impl Schedule for Pos {
    fn begin(&mut self, _: &mut Random) {
        self.priorities.clear();
    }

    fn pick(&mut self, steps: &[Step], random: &mut Random) -> usize {
        for step in steps {
            if self.priorities.len() <= step.thread {
                self.priorities.resize(step.thread + 1, None);
            }
            self.priorities[step.thread].get_or_insert_with(|| random.next_u64());
        }
        let next = (0..steps.len()).max_by_key(|index| self.priorities[steps[*index].thread]).unwrap_or(0);
        let chosen = steps[next];
        for step in steps {
            if step.thread == chosen.thread || step.conflicts(&chosen) {
                self.priorities[step.thread] = None;
            }
        }
        next
    }

    fn yields(&mut self, thread: usize) {
        if let Some(priority) = self.priorities.get_mut(thread) {
            *priority = None;
        }
    }
}
