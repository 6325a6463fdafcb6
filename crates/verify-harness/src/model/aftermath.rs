//! Answers to operations of a run that is over: they act on the latest values, and make no events.

use super::execution::Execution;
use super::graph::EventId;
use super::interface::{Answer, Loc, Op};

impl Execution {
    /// The value of `loc` in a run that is over.
    pub(super) fn value_after_the_end(&self, loc: Loc) -> u64 {
        let graph = self.graph();
        // Of the writes of this run: one that ended while the graph was repeated has not made them all.
        let happened = |write: &&EventId| self.happened.contains(**write);
        let writes = || graph.location(loc)?.co.iter().rev().find(happened).copied();
        let latest = || graph.value_of(loc, writes().unwrap_or(EventId::INIT));
        self.aftermath.get(&loc).copied().unwrap_or_else(latest)
    }

    pub(super) fn answer_after_the_end(&mut self, thread: usize, op: Op) -> Answer {
        match op {
            Op::Load { loc, .. } => Answer { value: self.value_after_the_end(loc), wrote: false },
            Op::Store { loc, value, .. } => {
                self.aftermath.insert(loc, value);
                Answer { value: 0, wrote: true }
            }
            Op::Rmw { loc, update, .. } => {
                let value = self.value_after_the_end(loc);
                let new = update.apply(value);
                self.aftermath.extend(new.map(|new| (loc, new)));
                Answer { value, wrote: new.is_some() || update.waits }
            }
            Op::Free { loc } => {
                self.mark_freed(thread, loc);
                Answer { value: 0, wrote: false }
            }
            _ => Answer { value: 0, wrote: false },
        }
    }
}
