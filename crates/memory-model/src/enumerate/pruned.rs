//! The enumerator that prunes while it builds.
//!
//! Threads run in a fixed order, writes and fences before reads, so that no interleaving is met twice:
//!
//! 1. A write or fence that some thread can do is done at once. A write is inserted into the coherence order of its location at
//!    every place that coherence and atomicity leave.
//! 2. When every thread stands at a read, the first of them reads from each write that is there, or is *delayed*: from then on it
//!    may only read from writes that are added later. A delayed thread whose location nobody can write any more ends the branch.
//!
//! For a given reads-from and coherence order without a cycle in `po | rf` exactly one branch is right at every step, so each
//! candidate is built exactly once.
//!
//! Coherence, `irreflexive(hb;eco?)`, holds by construction. Events are added in an order that extends `(po | rf)+`, hence the
//! happens-before predecessors of an event are known when it is added and never change; a read or write of a location may not go
//! behind a write that happens before it, nor behind one that was read by something that happens before it. Under
//! [`Pruning::Coherence`] happens-before is program order alone. The rest of the model is asked at the end.

use super::graph::{Finished, Graph, Stop, ending};
use super::machine::{Machine, Next, ReadAction, ReadEffect, ThreadState};
use crate::models::Pruning;
use crate::{EventId, Location, Ordering, Value};

/// A set of events.
type Mask = u128;

fn bit(event: EventId) -> Mask {
    1 << event
}

/// What a thread has seen.
#[derive(Clone, Copy, Debug)]
struct View {
    /// What happens before the next event of the thread.
    before: Mask,
    /// What an acquire fence would add: released by the writes that were read without acquiring.
    acquirable: Mask,
    /// What the last release fence releases with every later write.
    fenced: Mask,
}

#[derive(Clone, Debug)]
struct State {
    graph: Graph,
    threads: Vec<ThreadState>,
    pending: Vec<Next>,
    /// The pending read of the thread may not read from writes below this id.
    delayed: Vec<EventId>,
    views: Vec<View>,
    coherence: Vec<Vec<EventId>>,
    /// For each write, its reads.
    readers: Vec<Mask>,
    /// For each write, what an acquire that reads it learns.
    released: Vec<Mask>,
}

struct Pruned<'a, V> {
    machine: &'a Machine<'a>,
    synchronizes: bool,
    visit: V,
}

/// Calls `visit` with every candidate that is coherent and atomic.
pub(super) fn enumerate(
    machine: &Machine<'_>,
    pruning: Pruning,
    visit: impl FnMut(&Finished<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let layout = machine.litmus().layout();
    let mut threads = machine.start();
    if layout.len() > super::MAX_EVENTS {
        return Err(Stop::Events);
    }
    let initial = (0..layout.len()).map(bit).fold(0, |all, event| all | event);
    let state = State {
        graph: Graph::new(layout, threads.len()),
        pending: threads.iter_mut().map(|state| machine.advance(state)).collect(),
        delayed: vec![0; threads.len()],
        views: vec![View { before: initial, acquirable: 0, fenced: 0 }; threads.len()],
        threads,
        coherence: (0..layout.len()).map(|location| vec![location]).collect(),
        readers: vec![0; layout.len()],
        released: vec![0; layout.len()],
    };
    Pruned { machine, synchronizes: pruning >= Pruning::HappensBefore, visit }.explore(state)
}

impl<V: FnMut(&Finished<'_>) -> Result<(), Stop>> Pruned<'_, V> {
    fn explore(&mut self, mut state: State) -> Result<(), Stop> {
        loop {
            if let Some(thread) = state.pending.iter().position(|next| matches!(next, Next::Fence(_))) {
                self.fence(&mut state, thread)?;
            } else if let Some(thread) = state.pending.iter().position(|next| matches!(next, Next::Write { .. })) {
                if !self.write(&mut state, thread)? {
                    return Ok(());
                }
            } else if let Some(ending) = ending(state.pending.iter().copied()) {
                let State { graph, coherence, threads, .. } = &state;
                return (self.visit)(&Finished { graph, coherence, threads, ending });
            } else if !self.read(&mut state)? {
                return Ok(());
            }
        }
    }

    fn fence(&self, state: &mut State, thread: usize) -> Result<(), Stop> {
        let Next::Fence(ordering) = state.pending[thread] else { return Ok(()) };
        let fence = state.graph.fence(thread, ordering)?;
        state.add(0);
        let view = &mut state.views[thread];
        if ordering.is_acquire() {
            view.before |= view.acquirable;
        }
        view.before |= bit(fence);
        if ordering.is_release() && self.synchronizes {
            view.fenced = view.before;
        }
        self.machine.pass(&mut state.threads[thread]);
        state.pending[thread] = self.machine.advance(&mut state.threads[thread]);
        Ok(())
    }

    /// Does the pending write in all possible places; the last of them in `state` itself. Always true: there is a last place.
    fn write(&mut self, state: &mut State, thread: usize) -> Result<bool, Stop> {
        let Next::Write { location, value, ordering } = state.pending[thread] else { return Ok(true) };
        let order = &state.coherence[location.0];
        let floor = state.floor(location, state.views[thread].before);
        // Not between a read-modify-write and the write that it reads from.
        let fits = |place: &usize| order.get(*place).is_none_or(|&next| !state.graph.events[next].is_rmw);
        let places: Vec<usize> = (floor + 1..order.len()).filter(fits).collect();
        for place in places {
            let mut branch = state.clone();
            self.place_write(&mut branch, thread, location, value, ordering, place)?;
            self.explore(branch)?;
        }
        let end = state.coherence[location.0].len();
        self.place_write(state, thread, location, value, ordering, end)?;
        Ok(true)
    }

    fn place_write(
        &self,
        state: &mut State,
        thread: usize,
        location: Location,
        value: Value,
        ordering: Ordering,
        place: usize,
    ) -> Result<(), Stop> {
        let write = state.graph.write(thread, location, value, ordering)?;
        state.coherence[location.0].insert(place, write);
        self.release(state, thread, write, ordering, 0);
        self.machine.pass(&mut state.threads[thread]);
        state.pending[thread] = self.machine.advance(&mut state.threads[thread]);
        Ok(())
    }

    /// Records what the new `write` releases, `inherited` from the write that a read-modify-write read included.
    fn release(&self, state: &mut State, thread: usize, write: EventId, ordering: Ordering, inherited: Mask) {
        let view = &mut state.views[thread];
        view.before |= bit(write);
        let own = if ordering.is_release() { view.before } else { view.fenced };
        let released = if self.synchronizes && ordering.is_atomic() { own | inherited } else { 0 };
        state.add(released);
    }

    /// Does the first read that can be done from all writes that are there, and delays it in `state`; false if the branch ends.
    fn read(&mut self, state: &mut State) -> Result<bool, Stop> {
        let now = state.graph.events.len();
        let mut chosen = None;
        for (thread, next) in state.pending.iter().enumerate() {
            let Next::Read { location, action } = *next else { continue };
            if state.delayed[thread] < now {
                chosen = chosen.or(Some((thread, location, action)));
            } else if !self.may_be_written(state, thread, location) {
                return Ok(false);
            }
        }
        let Some((thread, location, action)) = chosen else { return Ok(false) };
        let floor = state.floor(location, state.views[thread].before);
        for place in floor..state.coherence[location.0].len() {
            if state.coherence[location.0][place] >= state.delayed[thread] {
                self.read_from(state, thread, location, action, place)?;
            }
        }
        state.delayed[thread] = now;
        Ok(self.may_be_written(state, thread, location))
    }

    /// Explores the branches in which the pending read reads from the write at `place` of the coherence order.
    fn read_from(
        &mut self,
        state: &State,
        thread: usize,
        location: Location,
        action: ReadAction,
        place: usize,
    ) -> Result<(), Stop> {
        let order = &state.coherence[location.0];
        let source = order[place];
        let value = state.graph.events[source].value;
        let taken = order.get(place + 1).is_some_and(|&next| state.graph.events[next].is_rmw);
        for effect in action.effects(value).into_iter().flatten() {
            // Two read-modify-writes cannot both follow one write immediately.
            if taken && effect.write.is_some() {
                continue;
            }
            let mut branch = state.clone();
            self.place_read(&mut branch, thread, location, source, place, effect)?;
            self.explore(branch)?;
        }
        Ok(())
    }

    fn place_read(
        &self,
        state: &mut State,
        thread: usize,
        location: Location,
        source: EventId,
        place: usize,
        effect: ReadEffect,
    ) -> Result<(), Stop> {
        let value = state.graph.events[source].value;
        let (read, write) = state.graph.read(thread, source, effect)?;
        state.add(0);
        state.readers[source] |= bit(read);
        let inherited = state.released[source];
        let view = &mut state.views[thread];
        if effect.ordering.is_acquire() {
            view.before |= inherited;
        } else if effect.ordering.is_atomic() {
            view.acquirable |= inherited;
        }
        view.before |= bit(read);
        if let (Some(write), Some((_, ordering))) = (write, effect.write) {
            state.coherence[location.0].insert(place + 1, write);
            self.release(state, thread, write, ordering, inherited);
        }
        self.machine.read(&mut state.threads[thread], value, effect);
        state.pending[thread] = self.machine.advance(&mut state.threads[thread]);
        state.delayed[thread] = 0;
        Ok(())
    }

    /// Whether some thread other than `reader` may still write `location`.
    fn may_be_written(&self, state: &State, reader: usize, location: Location) -> bool {
        state.threads.iter().enumerate().any(|(thread, other)| {
            thread != reader
                && matches!(state.pending[thread], Next::Read { .. })
                && self.machine.may_write(other, location)
        })
    }
}

impl State {
    /// Makes room for the event that was added to the graph.
    fn add(&mut self, released: Mask) {
        self.readers.push(0);
        self.released.push(released);
    }

    /// The place of the last write of `location` that is in `before`, or that was read by something in `before`: nothing that
    /// comes after `before` may read or write behind it.
    fn floor(&self, location: Location, before: Mask) -> usize {
        let seen = |&write: &EventId| (self.readers[write] | bit(write)) & before != 0;
        self.coherence[location.0].iter().rposition(seen).unwrap_or(0)
    }
}
