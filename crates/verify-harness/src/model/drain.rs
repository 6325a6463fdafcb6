//! Leading the program of a blocked run to its end.
//!
//! A run that ends because a thread waits for what comes in other executions leaves threads in the middle of their program.
//! Unwinding them costs more than all the rest of a run. So they are led on first: each operation acts on the latest values,
//! without events, and threads take turns where they wait for each other. Reading the latest write and writing after it
//! extends a consistent graph to a consistent graph, so this is an execution that the program may have, as every other is;
//! it is not counted, and what fails in it fails in an execution that is explored, too.
//!
//! Threads are unwound where that does not come to an end soon, or where they would start others.

use super::execution::End;
use super::graph::{BlockReason, Event, Kind};
use super::interface::{Answer, Op};
use super::objects::ObjectId;
use super::panics::Quiet;
use super::runtime::{Runtime, Thread};

/// Operations of a run that is led to its end before it is taken to have none.
const LIMIT: u32 = 2_000;

impl Runtime {
    /// Leads the threads that did not finish to their ends, as far as they come to them.
    pub(super) fn drain(&self) {
        if !self.can_be_drained() {
            return;
        }
        // A panic would be one of another execution.
        let _quiet = Quiet::new();
        self.draining.set(true);
        self.drained.set(0);
        let threads = self.threads.borrow().len();
        let mut goes_on = true;
        while goes_on && self.draining.get() {
            goes_on = false;
            // Those that are started last are waited for.
            for thread in (0..threads).rev() {
                if !self.draining.get() || !self.is_under_way(thread) {
                    continue;
                }
                self.unwinding.set(false);
                self.spun.set(false);
                self.resume(thread);
                goes_on |= self.is_under_way(thread);
            }
        }
        self.draining.set(false);
    }

    /// Whether the run ended only because threads wait, and all of them may go on.
    fn can_be_drained(&self) -> bool {
        let execution = self.execution.borrow();
        let refused =
            |events: &Vec<Event>| events.last().is_some_and(|event| event.kind == Kind::Block(BlockReason::Assumption));
        matches!(execution.end, Some(End::Blocked))
            && execution.sampler.is_none()
            && execution.guide.is_none()
            && !execution.graph().threads.iter().any(refused)
    }

    fn is_under_way(&self, thread: usize) -> bool {
        matches!(self.threads.borrow().get(thread), Some(Thread::Running(_)))
    }

    /// Answers `op` in a run that is led to its end, when its turn comes; nothing if the thread is to be unwound.
    pub(super) fn drain_operation(&self, target: Option<(&ObjectId, u64)>, op: &mut Op) -> Option<Answer> {
        loop {
            self.drained.set(self.drained.get() + 1);
            if self.drained.get() > LIMIT || matches!(op, Op::Spawn | Op::Refuse) {
                self.draining.set(false);
            }
            // What unwinds is for later: it may have to end other threads.
            if self.draining.get() {
                let mut execution = self.execution.borrow_mut();
                execution.locate_target(self.current.get(), target, op);
                let ready = match *op {
                    Op::Join { thread } => !self.is_under_way(thread),
                    Op::Spin => !self.spun.replace(true),
                    Op::Rmw { loc, update, .. } if update.waits => {
                        update.apply(execution.value_after_the_end(loc)).is_some()
                    }
                    _ => true,
                };
                if ready {
                    return Some(execution.answer_after_the_end(self.current.get(), *op));
                }
            }
            self.suspend();
            if !self.draining.get() {
                return None;
            }
        }
    }
}
