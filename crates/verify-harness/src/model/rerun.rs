//! Repeating the recorded events of a graph in a run.

use super::execution::Execution;
use super::graph::{Event, EventId, Kind};
use super::interface::{Answer, Loc, Op, Site};
use super::report::FailureKind;

impl Execution {
    /// Whether what the recorded event `id` reads has been written in this run, or the thread that it joins has ended.
    #[inline]
    pub(super) fn has_what_it_needs(&self, id: EventId) -> bool {
        let event = self.graph().event(id);
        match event.kind {
            Kind::Read => {
                let write = event.reads_from;
                write.is_init() || self.position.get(write.thread()).is_some_and(|done| *done > write.index())
            }
            Kind::Join { child } => {
                let child = usize::from(child);
                self.position.get(child).is_some_and(|done| *done == self.recorded[child])
            }
            _ => true,
        }
    }

    /// Counts the next recorded event of `thread`, and what follows it at once, as having happened.
    #[inline]
    pub(super) fn repeat(&mut self, thread: usize) {
        let events = &self.search.current.graph.threads[thread];
        let from = self.position[thread];
        let mut to = from + 1;
        while to < self.recorded[thread] && follows_at_once(&events[to]) {
            to += 1;
        }
        self.position[thread] = to;
        self.left -= to - from;
    }

    /// Repeats the recorded event of `thread` for `op`.
    #[inline]
    pub(super) fn replay(&mut self, thread: usize, op: &Op, site: Site) -> Option<Answer> {
        let id = EventId::new(thread, self.position[thread]);
        let graph = &mut self.search.current.graph;
        let event = graph.event(id);
        if event.site != site || !matches(event, op) {
            self.differs(id, op, site);
            return None;
        }
        let mut answer = Answer { value: event.value, wrote: false };
        match *op {
            Op::Load { loc, .. } => answer.value = graph.value_of(loc, event.reads_from),
            Op::Store { value, .. } => graph.event_mut(id).value = value,
            Op::Rmw { loc, update, .. } => {
                answer.value = graph.value_of(loc, event.reads_from);
                answer.wrote = event.rmw;
                let new = update.apply(answer.value);
                if new.is_some() != event.rmw {
                    self.differs(id, op, site);
                    return None;
                }
                graph.event_mut(id).update = Some(update);
                if let Some(value) = new {
                    graph.event_mut(EventId { thread: id.thread, index: id.index + 1 }).value = value;
                }
            }
            Op::Spawn => {
                let child = self.child_of(thread)?;
                answer.value = child as u64;
                if self.recorded.get(child).is_some_and(|events| *events > 0) {
                    self.repeat(child);
                }
            }
            Op::Free { loc } => self.mark_freed(thread, loc),
            _ => {}
        }
        self.repeat(thread);
        let freed = |loc: Loc| self.bindings.get(loc.index()).is_some_and(|binding| binding.freed);
        if id == self.chosen || self.graph().event(id).loc.is_some_and(freed) {
            // The choice that this run makes came last: its clocks are new. What follows a free through the global allocator,
            // which is no event, is noticed whenever that is repeated.
            self.check_access(id);
        }
        let done = self.position[thread] - 1;
        let stopped = matches!(self.graph().threads[thread][done].kind, Kind::Block(_));
        (!stopped).then_some(answer)
    }

    /// Ends the run because it does not do what was recorded as event `id`.
    #[cold]
    fn differs(&mut self, id: EventId, op: &Op, site: Site) {
        let place = (self.name_site)(site);
        let event = self.graph().event(id);
        let how = if event.site == site && matches(event, op) {
            "a re-run compares other values than before".to_owned()
        } else {
            let now = format!("{} at {place}", super::trace::name(op));
            let then = self.what(id);
            format!("a re-run does {now} where it did {then} before")
        };
        self.fail(FailureKind::Nondeterminism, format!("test is not deterministic at {place}: {how}"));
    }
}

/// Whether `event` belongs to the operation of the event before it: the write half of a read-modify-write, or the mark
/// that its thread stops.
#[inline]
pub(super) fn follows_at_once(event: &Event) -> bool {
    match event.kind {
        Kind::Block(_) => true,
        Kind::Write => event.rmw,
        _ => false,
    }
}

/// Whether `event` is what `op` makes.
#[inline]
fn matches(event: &Event, op: &Op) -> bool {
    let at = |kind: Kind, loc: Loc| event.kind == kind && event.loc == Some(loc);
    match *op {
        Op::Load { loc, strength } => at(Kind::Read, loc) && event.asked == strength && event.update.is_none(),
        Op::Store { loc, strength, .. } => at(Kind::Write, loc) && event.asked == strength && !event.rmw,
        Op::Rmw { loc, strength, .. } => at(Kind::Read, loc) && event.asked == strength && event.update.is_some(),
        Op::Fence { strength } => event.kind == Kind::Fence && event.asked == strength,
        Op::PlainRead { loc } => at(Kind::PlainRead, loc),
        Op::PlainWrite { loc } => at(Kind::PlainWrite, loc),
        Op::Free { loc } => at(Kind::Free, loc),
        Op::Spawn => matches!(event.kind, Kind::Spawn { .. }),
        Op::Join { thread } => event.kind == Kind::Join { child: thread as u16 },
        Op::Choose { count } => event.kind == Kind::Choice { count },
        Op::Refuse => event.kind == Kind::Spin,
        Op::Spin => event.kind == Kind::Spin,
        Op::Finish => event.kind == Kind::Finish,
    }
}
