//! Repeating the recorded events of a graph in a run.

use super::execution::{Binding, Execution, Step};
use super::graph::{Event, EventId, Kind};
use super::interface::{Answer, Loc, Op, Site};
use super::objects::ObjectId;
use super::report::FailureKind;

impl Execution {
    /// Counts the next `events` recorded events of `thread` as having happened.
    #[inline]
    pub(super) fn repeat(&mut self, thread: usize, events: usize) {
        self.happened.add(thread, events);
        self.left -= events;
    }

    /// Repeats a load, a store or a read-modify-write of an object that this run has accessed before: what most operations of
    /// a run are. Without an answer nothing has changed, and [`step`](Self::step) says what is to be done.
    #[inline]
    pub(crate) fn repeat_access(&mut self, thread: usize, object: &ObjectId, op: &Op, site: Site) -> Option<Answer> {
        if self.left == 0 || self.end.is_some() || self.orderings.is_some() {
            return None;
        }
        let loc = object.get(self.run)?;
        let binding = self.bindings.get(loc.index())?;
        if binding.address != object.address() || binding.freed || binding.on_stack_of.is_some() {
            return None;
        }
        let graph = &mut self.search.current.graph;
        let position = self.happened.of(thread);
        let events = graph.threads.get(thread)?;
        let event = events.get(position)?;
        if event.site != site || event.loc != Some(loc) || event.stamp == self.chosen_stamp {
            return None;
        }
        let (writes, updates) = (event.rmw, event.update.is_some());
        let mut answer = Answer { value: 0, wrote: false };
        let mut update_of = None;
        match *op {
            Op::Store { strength, value, .. } => {
                if event.kind != Kind::Write || event.asked != strength || writes {
                    return None;
                }
                graph.threads[thread][position].value = value;
            }
            Op::Load { strength, .. } | Op::Rmw { strength, .. } => {
                if event.kind != Kind::Read || event.asked != strength {
                    return None;
                }
                let write = event.reads_from;
                if write.is_init() {
                    answer.value = graph.locations.get(loc.index())?.initial;
                } else {
                    if !self.happened.contains(write) {
                        return None;
                    }
                    answer.value = graph.event(write).value;
                }
                if let Op::Rmw { update, .. } = op {
                    update_of = Some(update);
                } else if updates {
                    return None;
                }
            }
            _ => return None,
        }
        let mut count = 1;
        if let Some(update) = update_of {
            let new = update.apply(answer.value);
            if new.is_some() != writes || !updates || (update.waits && new.is_none()) {
                return None;
            }
            let events = &mut graph.threads[thread];
            events[position].update = Some(*update);
            if let Some(value) = new {
                events[position + 1].value = value;
                answer.wrote = true;
                count = 2;
            }
        }
        self.repeat(thread, count);
        Some(answer)
    }

    /// Repeats a fence, the start or the join of another thread, or the end of this one. Without an answer nothing has changed,
    /// and [`step`](Self::step) says what is to be done.
    #[inline]
    pub(crate) fn repeat_control(&mut self, thread: usize, op: &Op, site: Site) -> Option<Answer> {
        if self.left == 0 || self.end.is_some() || self.orderings.is_some() {
            return None;
        }
        let graph = &self.search.current.graph;
        let event = graph.threads.get(thread)?.get(self.happened.of(thread))?;
        if event.site != site {
            return None;
        }
        let mut answer = Answer { value: 0, wrote: false };
        match (op, event.kind) {
            (Op::Finish, Kind::Finish) => {}
            (Op::Fence { strength }, Kind::Fence) if event.asked == *strength => {}
            (Op::Join { thread: child }, Kind::Join { child: recorded }) => {
                if *child != usize::from(recorded) || self.happened.of(*child) < graph.len_of(*child) {
                    return None;
                }
            }
            (Op::Spawn, Kind::Spawn { child }) => {
                let child = usize::from(child);
                let started = self.strands[thread].started;
                if self.thread_numbers.get(thread)?.get(started) != Some(&child) || self.alive >= self.limits.threads {
                    return None;
                }
                let spawn = EventId::new(thread, self.happened.of(thread));
                let strand = self.strands.get_mut(child)?;
                (strand.exists, strand.spawn) = (true, spawn);
                self.strands[thread].started = started + 1;
                self.alive += 1;
                answer.value = child as u64;
                if graph.len_of(child) > 0 {
                    // Its start.
                    self.repeat(child, 1);
                }
            }
            _ => return None,
        }
        self.repeat(thread, 1);
        Some(answer)
    }

    /// Repeats the next recorded event of `thread`, which does `op`, and what follows it at once, unless what it needs has
    /// yet to happen in this run.
    #[inline]
    pub(super) fn replay(&mut self, thread: usize, target: Option<(&ObjectId, u64)>, op: &mut Op, site: Site) -> Step {
        let position = self.happened.of(thread);
        let events = self.search.current.graph.threads.get(thread).map_or(&[][..], Vec::as_slice);
        let Some(event) = events.get(position) else { return Step::Wait };
        if !self.has_what_it_needs(event) {
            return Step::Wait;
        }
        let mut doubtful = false;
        if let Some((object, initial)) = target {
            let loc = self.locate(thread, object, initial);
            op.relocate(loc);
            doubtful = self.is_gone(loc);
        }
        let id = EventId { thread: thread as u16, index: position as u16 };
        let graph = &mut self.search.current.graph;
        let Some(events) = graph.threads.get(thread) else { return Step::Wait };
        let event = &events[position];
        if event.site != site || !matches(event, op) {
            return self.differs(id, op, site);
        }
        let mut answer = Answer { value: event.value, wrote: false };
        match *op {
            Op::Load { loc, .. } => answer.value = graph.value_of(loc, event.reads_from),
            Op::Store { value, .. } => graph.threads[thread][position].value = value,
            Op::Rmw { loc, update, .. } => {
                answer.value = graph.value_of(loc, event.reads_from);
                answer.wrote = event.rmw;
                let new = update.apply(answer.value);
                if new.is_some() != event.rmw {
                    return self.differs(id, op, site);
                }
                let stops = new.is_none() && follows(events, position);
                let events = &mut graph.threads[thread];
                events[position].update = Some(update);
                if let Some(value) = new {
                    events[position + 1].value = value;
                }
                self.repeat(thread, usize::from(new.is_some() || stops));
                if stops {
                    self.repeated(thread, id, doubtful);
                    return self.stop();
                }
            }
            Op::Spin | Op::Refuse if follows(events, position) => {
                self.repeat(thread, 2);
                return self.stop();
            }
            Op::Spawn => {
                let Some(child) = self.child_of(thread) else { return self.stop() };
                answer.value = child as u64;
                if self.graph().len_of(child) > 0 {
                    // Its start.
                    self.repeat(child, 1);
                }
            }
            Op::Free { loc } => {
                self.mark_freed(thread, loc);
                doubtful |= self.is_gone(loc);
            }
            Op::PlainRead { loc } | Op::PlainWrite { loc } => doubtful |= self.is_gone(loc),
            _ => {}
        }
        self.repeated(thread, id, doubtful);
        Step::Done(answer)
    }

    /// Counts the event `id` as repeated, and checks its access if that is `doubtful`, or if it is this run's own.
    #[inline]
    fn repeated(&mut self, thread: usize, id: EventId, doubtful: bool) {
        self.repeat(thread, 1);
        if id == self.chosen || doubtful {
            // The choice that this run makes came last: its clocks are new. What follows a free through the global allocator,
            // which is no event, is noticed whenever that is repeated.
            self.check_access(id);
        }
    }

    /// Whether the memory of `loc` has come to its end.
    #[inline]
    fn is_gone(&self, loc: Loc) -> bool {
        let gone =
            |binding: &Binding| binding.freed || binding.on_stack_of.is_some_and(|thread| self.has_ended(thread));
        self.bindings.get(loc.index()).is_some_and(gone)
    }

    /// The thread does not go on.
    #[cold]
    fn stop(&self) -> Step {
        if self.end.is_some() { Step::Over } else { Step::Wait }
    }

    /// Ends the run because it does not do what was recorded as event `id`.
    #[cold]
    fn differs(&mut self, id: EventId, op: &Op, site: Site) -> Step {
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
        Step::Over
    }
}

/// Whether the event after the one at `position` belongs to the same operation.
#[inline]
fn follows(events: &[Event], position: usize) -> bool {
    events.get(position + 1).is_some_and(follows_at_once)
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
