//! Whose event comes next.
//!
//! While recorded events are repeated, the first of them that has yet to happen. Then, which thread adds the next event
//! depends on the graph alone: the thread of the last event if it can go on, otherwise the first that can; a thread that
//! waits for a value goes on once the coherence-latest value is the one it waits for, or when no other thread can.

use super::execution::Execution;
use super::graph::{Event, Kind};
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
            return self.next_to_repeat();
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
        let next = self.able_thread(last);
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

    /// The thread to repeat events next: one whose next event has what it needs. There is one, since program order, reads-from
    /// and joins have no cycle. Each wait costs two switches, so threads take turns backwards, since those that join others
    /// started before them, and the thread that goes on after all recorded events comes last.
    fn next_to_repeat(&mut self) -> Option<usize> {
        let graph = &self.search.current.graph;
        let threads = graph.threads.len();
        // A start comes with the event that starts the thread.
        let able = |thread: usize| {
            let next = graph.threads[thread].get(self.happened.of(thread));
            next.is_some_and(|next| next.kind != Kind::Start && self.has_what_it_needs(next))
        };
        let mut thread = self.repeating;
        for _ in 0..threads {
            thread = thread.checked_sub(1).unwrap_or(threads - 1);
            if thread != self.chosen.thread() && able(thread) {
                self.repeating = thread;
                return Some(thread);
            }
        }
        Some(self.chosen.thread()).filter(|thread| able(*thread))
    }

    /// Whether the recorded `event` may be repeated after what has happened in this run.
    #[inline]
    pub(super) fn has_what_it_needs(&self, event: &Event) -> bool {
        match event.kind {
            // What it reads has been written,
            Kind::Read => self.happened.contains(event.reads_from),
            // or the thread that it joins has ended.
            Kind::Join { child } => self.happened.of(child.into()) == self.graph().len_of(child.into()),
            _ => true,
        }
    }

    /// The thread that can go on and comes next: `last`, or else the first.
    fn able_thread(&self, last: usize) -> Option<usize> {
        // Joins leave no choice and so can wait: of a thread that joins many, the run then comes by once.
        let joins = |thread: usize| matches!(self.strands[thread].pending, Some(Op::Join { .. }));
        if !joins(last) && self.can_go_on(last) {
            return Some(last);
        }
        let mut joiner = None;
        for thread in 0..self.strands.len() {
            if (joiner.is_none() || !joins(thread)) && self.can_go_on(thread) {
                if !joins(thread) {
                    return Some(thread);
                }
                joiner = Some(thread);
            }
        }
        joiner
    }

    /// The next step of the execution that is followed, if one is.
    pub(super) fn guided_step(&self) -> Option<super::replay::Step> {
        self.guide.as_ref()?.step(self.graph().order.len())
    }

    /// Adds the first event of `thread`.
    fn start(&mut self, thread: usize) {
        let mut event = Event::new(Kind::Start, Strength::Plain, None, Site::UNKNOWN);
        event.reads_from = self.strands[thread].spawn;
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
