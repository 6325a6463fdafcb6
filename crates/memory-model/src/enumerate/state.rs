//! Partial candidates: the events that are there, and what each thread has seen. How they go on stands in [`super::step`].

use std::rc::Rc;

use super::graph::{Graph, roomy};
use super::machine::{Next, ReadAction, ReadEffect, ThreadState};
use super::order::Closure;
use super::sequencing::Mask;
use crate::{EventId, Location};

pub(super) fn bit(event: EventId) -> Mask {
    1 << event
}

/// What a thread has seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// What happens before the next event of the thread.
    pub(super) before: Mask,
    /// What an acquire fence would add: released by the writes that were read without acquiring.
    pub(super) acquirable: Mask,
    /// What the last release fence releases with every later write.
    pub(super) fenced: Mask,
    /// The pending read of the thread may not read from writes below this id.
    pub(super) delayed: EventId,
}

/// What is known of an event that writes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    /// Its reads.
    pub(super) readers: Mask,
    /// What an acquire that reads it learns.
    pub(super) released: Mask,
}

/// A partial candidate.
#[derive(Debug)]
pub(super) struct State {
    pub(super) graph: Graph,
    pub(super) threads: Vec<Rc<ThreadState>>,
    pub(super) pending: Vec<Next>,
    pub(super) views: Vec<View>,
    /// For each thread and location, what the last release there releases with every later write; empty in C++20.
    pub(super) headed: Vec<Mask>,
    pub(super) coherence: Vec<Rc<Vec<EventId>>>,
    /// For each event, what is known of it as a write.
    pub(super) written: Vec<Written>,
    /// For each event of a thread whose program order is partial, what happens before whatever comes after it.
    pub(super) known: Vec<Mask>,
    /// The order that must stay free of cycles, if the model has one.
    pub(super) order: Option<Closure>,
}

impl Clone for State {
    /// A copy to which some events can be added without a move.
    fn clone(&self) -> Self {
        Self {
            graph: self.graph.clone(),
            threads: self.threads.clone(),
            pending: self.pending.clone(),
            views: self.views.clone(),
            headed: self.headed.clone(),
            coherence: self.coherence.clone(),
            written: roomy(&self.written),
            known: self.known.clone(),
            order: self.order.clone(),
        }
    }
}

impl State {
    /// Makes room for the event that was added to the graph.
    pub(super) fn add(&mut self, released: Mask) {
        self.written.push(Written { readers: 0, released });
    }

    /// Lets the view of a thread whose program order is partial be that of what is before its next event.
    pub(super) fn look_back(&mut self, thread: usize) {
        if self.threads[thread].sequencing.is_none() {
            return;
        }
        let last = self.graph.events.len() - 1;
        self.known.resize(last + 1, 0);
        let view = &mut self.views[thread];
        // The last event, and the read half before it if it is the writing half of a read-modify-write.
        self.known[last] = view.before;
        if self.graph.events[last].is_rmw {
            self.known[last - 1] = view.before;
        }
        let before = self.threads[thread].before();
        let initial = self.coherence.len();
        view.before = (0..initial).map(bit).fold(0, |all, event| all | event);
        for (id, event) in self.graph.events.iter().enumerate().skip(initial) {
            if event.thread == Some(thread) && before >> event.index & 1 == 1 {
                view.before |= self.known[id];
            }
        }
    }

    /// Whether there are at least two sequentially consistent events.
    pub(super) fn has_seq_cst_pair(&self) -> bool {
        self.graph.events.iter().filter(|event| event.ordering.is_seq_cst()).nth(1).is_some()
    }

    /// The coherence order of each location.
    pub(super) fn coherence(&self) -> Vec<Vec<EventId>> {
        self.coherence.iter().map(|order| order.to_vec()).collect()
    }

    /// The place of the last write of `location` that is in `before`, or that was read by something in `before`: nothing that
    /// comes after `before` may read or write behind it.
    pub(super) fn floor(&self, location: Location, before: Mask) -> usize {
        let seen = |&write: &EventId| (self.written[write].readers | bit(write)) & before != 0;
        self.coherence[location.0].iter().rposition(seen).unwrap_or(0)
    }

    /// What may follow from reading the write at `place`; nothing, where delays and atomicity forbid it.
    pub(super) fn possible_effects(
        &self,
        thread: usize,
        location: Location,
        action: ReadAction,
        place: usize,
    ) -> impl Iterator<Item = ReadEffect> + use<> {
        let order = &self.coherence[location.0];
        let value = self.graph.events[order[place]].value;
        let is_late = order[place] >= self.views[thread].delayed;
        // Two read-modify-writes cannot both follow one write immediately.
        let taken = order.get(place + 1).is_some_and(|&next| self.graph.events[next].is_rmw);
        let effects = action.effects(value).into_iter().flatten();
        effects.filter(move |effect| is_late && !(taken && effect.write.is_some()))
    }

    /// Whether the pending read may read from the write at `place`, as far as delays and atomicity go.
    pub(super) fn may_read_from(&self, thread: usize, location: Location, action: ReadAction, place: usize) -> bool {
        self.possible_effects(thread, location, action, place).next().is_some()
    }

    /// For each location, what the last release of the thread there releases with every later write; nothing in C++20.
    pub(super) fn headed(&self, thread: usize) -> &[Mask] {
        if self.headed.is_empty() {
            return &[];
        }
        let locations = self.coherence.len();
        &self.headed[thread * locations..][..locations]
    }

    /// Adds the write at `place` to the order; false if that has a cycle then.
    pub(super) fn order_write(&mut self, location: Location, place: usize) -> bool {
        let Some(order) = &mut self.order else { return true };
        let writes = &self.coherence[location.0];
        let earlier = writes[place - 1];
        // co from the write before, fr from its reads; what precedes these is before them already.
        // Program order has everything before a write.
        order.add(&self.graph, Mask::MAX, bit(earlier) | self.written[earlier].readers, writes.get(place + 1).copied())
    }

    /// Adds the read of `source`, which is at `place`, to the order; false if that has a cycle then.
    pub(super) fn order_read(&mut self, read: EventId, source: EventId, location: Location, place: usize) -> bool {
        let Some(order) = &mut self.order else { return true };
        let internal = self.graph.events[read].thread == self.graph.events[source].thread;
        let before = if internal && !order.has_internal_rf() { 0 } else { bit(source) };
        let next = self.coherence[location.0].get(place + 1).copied();
        let sequenced = self.graph.events[read].thread.map_or(Mask::MAX, |thread| self.threads[thread].before());
        order.add(&self.graph, sequenced, before, next)
    }
}
