//! Whose event comes next.
//!
//! While recorded events are repeated, the first of them that has yet to happen. Then, which thread adds the next event
//! depends on the graph alone: the thread of the last event if it can go on, otherwise the first that can; a thread that
//! waits for a value goes on once the coherence-latest value is the one it waits for, or when no other thread can.

use super::execution::Execution;
use super::graph::{Event, EventId, Kind};
use super::interface::{Op, Site, Strength};

/// Whether a thread's operation may happen now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may add an event.
    New,
    /// Another thread comes first.
    Wait,
    /// The run is over.
    Over,
}

impl Execution {
    /// Whether `thread`, about to add an event, may do so.
    pub(super) fn turn(&self, thread: usize) -> Turn {
        if self.end.is_some() {
            return Turn::Over;
        }
        if let Some(step) = self.guided_step() {
            return if step.thread == thread { Turn::New } else { Turn::Wait };
        }
        if self.sampler.is_some() {
            // Whether the operation may happen depends on what it is.
            return Turn::New;
        }
        let last = self.graph().order.last().map(|id| id.thread());
        if self.picked == Some(thread) || last == Some(thread) { Turn::New } else { Turn::Wait }
    }

    /// The thread to run next, if any can go on.
    pub(crate) fn next_thread(&mut self) -> Option<usize> {
        if self.end.is_some() {
            return None;
        }
        if self.left > 0 {
            // The order is a linear extension: whatever its first event to come needs has happened.
            let order = &self.search.current.graph.order[self.cursor..];
            let to_come = |id: &EventId| self.strands[id.thread()].position <= id.index();
            let first = order.iter().position(to_come)?;
            self.cursor += first;
            return Some(order[first].thread());
        }
        if let Some(step) = self.guided_step().filter(|step| step.thread < self.strands.len()) {
            if self.graph().len_of(step.thread) > 0 {
                self.forced = Some(step.thread);
                return (!self.is_stopped(step.thread)).then_some(step.thread);
            }
            // It runs up to its first operation: what it does before, such as freeing memory, comes as early as its start.
            self.start(step.thread);
            return Some(step.thread);
        }
        if self.sampler.is_some() {
            let next = self.sample_thread()?;
            if self.graph().len_of(next) == 0 {
                self.start(next);
            }
            if self.strands[next].pending.is_none() {
                // What it does next is not known yet, let alone decided.
                self.picked = None;
            }
            return Some(next);
        }
        let last = self.graph().order.last().map_or(0, |id| id.thread());
        let threads = self.strands.len();
        // Joins leave no choice and so can wait: of a thread that joins many, the run then comes by once.
        let joins = |thread: &usize| matches!(self.strands[*thread].pending, Some(Op::Join { .. }));
        let able = |thread: &usize| self.can_go_on(*thread);
        let next = std::iter::once(last).chain(0..threads).find(|thread| !joins(thread) && able(thread));
        let next = next.or_else(|| (0..threads).find(able));
        let next = next.or_else(|| {
            let waits = |thread: &usize| !self.is_stopped(*thread) && self.waits_for_value(*thread);
            self.forced = (0..threads).find(waits);
            self.forced
        })?;
        self.picked = Some(next);
        if self.graph().len_of(next) == 0 {
            self.start(next);
        }
        Some(next)
    }

    /// The next step of the execution that is followed, if one is.
    pub(super) fn guided_step(&self) -> Option<super::replay::Step> {
        self.guide.as_ref()?.step(self.graph().order.len())
    }

    /// Adds the first event of `thread`.
    fn start(&mut self, thread: usize) {
        let spawn =
            self.graph().order.iter().copied().find(
                |id| matches!(self.graph().event(*id).kind, Kind::Spawn { child } if usize::from(child) == thread),
            );
        let mut event = Event::new(Kind::Start, Strength::Plain, None, Site::UNKNOWN);
        event.reads_from = spawn.unwrap_or(EventId::INIT);
        self.search.add(thread, event);
        self.did(thread, 1);
    }

    pub(super) fn is_stopped(&self, thread: usize) -> bool {
        self.graph().last_of(thread).is_some_and(|event| matches!(event.kind, Kind::Finish | Kind::Block(_)))
    }

    /// Whether `thread` was started in this run.
    pub(super) fn exists(&self, thread: usize) -> bool {
        self.strands.get(thread).is_some_and(|strand| strand.exists)
    }

    pub(super) fn can_go_on(&self, thread: usize) -> bool {
        self.exists(thread)
            && !self.is_stopped(thread)
            && self.strands[thread].pending.as_ref().is_none_or(|op| self.can_happen(op))
    }

    /// Whether `op`, as a new event, would not have to wait.
    pub(super) fn can_happen(&self, op: &Op) -> bool {
        match op {
            Op::Join { thread } => self.graph().is_finished(*thread),
            Op::Rmw { loc, update, .. } if update.waits => {
                update.apply(self.graph().value_of(*loc, self.graph().latest(*loc))).is_some()
            }
            _ => true,
        }
    }

    pub(super) fn waits_for_value(&self, thread: usize) -> bool {
        matches!(&self.strands[thread].pending, Some(Op::Rmw { update, .. }) if update.waits)
    }
}
