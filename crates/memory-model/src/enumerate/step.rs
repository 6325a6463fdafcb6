//! The ways in which partial candidates go on.
//!
//! Threads run in a fixed order, writes and fences before reads, so that no interleaving is met twice:
//!
//! 1. A write or fence that some thread can do is done at once. A write is inserted into the coherence order of its location at
//!    every place that coherence and atomicity leave.
//! 2. When every thread stands at a read, the first of them reads from each write that is there, or is *delayed*: from then on it
//!    may only read from writes that are added later. A delayed thread whose location nobody can write any more ends the branch.
//!
//! For a given reads-from and coherence order without a cycle in `po | rf` exactly one branch is right at every step, so each
//! candidate is built exactly once. What can still be built on a partial candidate depends on it alone, not on the order in which
//! its events were added, but for the writes that a delayed thread may not read any more.
//!
//! Coherence, `irreflexive(hb;eco?)`, holds by construction. Events are added in an order that extends `(po | rf)+`, hence the
//! happens-before predecessors of an event are known when it is added and never change; a read or write of a location may not go
//! behind a write that happens before it, nor behind one that was read by something that happens before it. What happens-before
//! is, the [`Pruning`] says; under [`Pruning::Coherence`] it is program order alone.

use std::rc::Rc;

use super::graph::{Graph, Stop, ending};
use super::machine::{Machine, Next, ReadEffect};
use super::order::Closure;
use super::sequencing::Mask;
use super::state::{State, View, Written, bit};
use super::{Ending, MAX_EVENTS};
use crate::models::{Model, Order, Pruning, Residue};
use crate::{EventId, Execution, Location, Ordering, Value};

/// Where a partial candidate stands when nothing is left that can be done in one way only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// It is complete, or some of its threads cannot go on.
    Ended(Ending),
    /// The order of the model has a cycle.
    Dead,
    /// It goes on in several ways, or in none.
    Open,
}

/// One of the ways in which an open candidate goes on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Choice {
    /// The write takes this place in the coherence order.
    Write(PendingWrite, usize),
    /// The thread reads the write at this place of the coherence order.
    Read { thread: usize, location: Location, place: usize, effect: ReadEffect },
    /// The thread waits for later writes.
    Delay { thread: usize },
}

/// Builds candidates that keep a promise.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    pub(super) machine: &'a Machine<'a>,
    /// Whether anything is ever acquired.
    pub(super) synchronizes: bool,
    /// Whether later writes of the same thread continue a release sequence.
    pub(super) continues: bool,
    /// Whether every write releases and every read acquires.
    causal: bool,
    /// Whether the model looks at annotations.
    annotates: bool,
    order: Option<Order>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(machine: &'a Machine<'a>, model: &dyn Model) -> Self {
        let pruning = model.pruning();
        let order = if let Residue::Order(order) = model.residue() { Some(order) } else { None };
        let causal = pruning >= Pruning::Causality;
        Self {
            machine,
            synchronizes: causal || pruning >= Pruning::HappensBefore && machine.synchronizes(),
            continues: pruning == Pruning::HappensBeforeCpp11 && machine.synchronizes(),
            causal,
            annotates: model.uses_annotations(),
            order,
        }
    }

    /// The candidate without events.
    pub(super) fn start(&self) -> Result<State, Stop> {
        let layout = self.machine.litmus().layout();
        let locations = layout.len();
        if locations > MAX_EVENTS {
            return Err(Stop::Events);
        }
        let mut threads = self.machine.start();
        let initial = (0..locations).map(bit).fold(0, |all, event| all | event);
        let headed = if self.continues { vec![0; threads.len() * locations] } else { Vec::new() };
        Ok(State {
            graph: Graph::new(layout, threads.len()),
            pending: threads.iter_mut().map(|state| self.machine.advance(state)).collect(),
            views: vec![View { before: initial, acquirable: 0, fenced: 0, delayed: 0 }; threads.len()],
            headed,
            threads,
            coherence: (0..locations).map(|location| Rc::new(vec![location])).collect(),
            written: vec![Written::default(); locations],
            known: Vec::new(),
            order: self.order.map(|order| Closure::new(order, locations)),
        })
    }

    /// What was built so far.
    pub(super) fn execution(&self, state: &State) -> Execution {
        self.machine.execution(&state.graph, &state.coherence(), &state.threads, self.annotates)
    }

    /// Does what can be done in one way only.
    pub(super) fn settle(&self, state: &mut State) -> Result<Settled, Stop> {
        loop {
            if let Some(thread) = state.pending.iter().position(|next| matches!(next, Next::Fence(_))) {
                self.fence(state, thread)?;
            } else if let Some(write) = PendingWrite::of(state) {
                let mut places = write.places(state);
                let (Some(place), None) = (places.next(), places.next()) else { return Ok(Settled::Open) };
                drop(places);
                if !self.write(state, write, place)? {
                    return Ok(Settled::Dead);
                }
            } else if let Some(ending) = ending(state.pending.iter().copied()) {
                return Ok(Settled::Ended(ending));
            } else {
                return Ok(Settled::Open);
            }
        }
    }

    /// The ways in which an open candidate goes on.
    pub(super) fn choices(&self, state: &State) -> Vec<Choice> {
        match PendingWrite::of(state) {
            Some(write) => write.places(state).map(|place| Choice::Write(write, place)).collect(),
            None => self.reads(state),
        }
    }

    /// Goes on in one way; false if the order of the model has a cycle then.
    pub(super) fn go_on(&self, state: &mut State, choice: Choice) -> Result<bool, Stop> {
        match choice {
            Choice::Write(write, place) => self.write(state, write, place),
            Choice::Read { thread, location, place, effect } => self.read(state, thread, location, place, effect),
            Choice::Delay { thread } => {
                state.views[thread].delayed = state.graph.events.len();
                Ok(true)
            }
        }
    }

    /// Calls `visit` with what comes of each choice but for those that end at once in a cycle. The last one uses up the state.
    pub(super) fn branches(
        &self,
        mut state: State,
        mut choices: Vec<Choice>,
        mut visit: impl FnMut(State) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let Some(last) = choices.pop() else { return Ok(()) };
        for choice in choices {
            let mut branch = state.clone();
            if self.go_on(&mut branch, choice)? {
                visit(branch)?;
            }
        }
        if self.go_on(&mut state, last)? { visit(state) } else { Ok(()) }
    }

    fn fence(&self, state: &mut State, thread: usize) -> Result<(), Stop> {
        let Next::Fence(ordering) = state.pending[thread] else { return Ok(()) };
        let fence = state.graph.fence(thread, ordering)?;
        state.add(0);
        if let Some(order) = &mut state.order {
            order.add(&state.graph, Mask::MAX, 0, None);
        }
        let view = &mut state.views[thread];
        if ordering.is_acquire() {
            view.before |= view.acquirable;
        }
        view.before |= bit(fence);
        if ordering.is_release() && self.synchronizes {
            view.fenced = view.before;
        }
        self.pass(state, thread);
        Ok(())
    }

    fn pass(&self, state: &mut State, thread: usize) {
        self.machine.pass(&mut state.threads[thread]);
        self.advance(state, thread);
    }

    /// Lets the thread go on to its next access or fence, after its last event.
    fn advance(&self, state: &mut State, thread: usize) {
        state.pending[thread] = self.machine.advance(&mut state.threads[thread]);
        state.look_back(thread);
    }

    /// Does the pending write; false if the order of the model has a cycle then.
    fn write(&self, state: &mut State, write: PendingWrite, place: usize) -> Result<bool, Stop> {
        let PendingWrite { thread, location, value, ordering } = write;
        let write = state.graph.write(thread, location, value, ordering)?;
        Rc::make_mut(&mut state.coherence[location.0]).insert(place, write);
        self.release(state, thread, write, 0);
        let acyclic = state.order_write(location, place);
        self.pass(state, thread);
        Ok(acyclic)
    }

    /// Records what the new `write` releases, `inherited` from the write that a read-modify-write read included.
    fn release(&self, state: &mut State, thread: usize, write: EventId, inherited: Mask) {
        let event = state.graph.events[write];
        let view = &mut state.views[thread];
        view.before |= bit(write);
        let releases = self.causal || event.ordering.is_release();
        let mut own = if releases { view.before } else { view.fenced };
        if let (true, Some(Location(location))) = (self.continues, event.location) {
            let headed = &mut state.headed[thread * state.coherence.len() + location];
            if releases {
                *headed = view.before;
            }
            own |= *headed;
        }
        let released =
            if self.synchronizes && (self.causal || event.ordering.is_atomic()) { own | inherited } else { 0 };
        state.add(released);
    }

    /// The first read that can be done from all writes that are there, and the delay of it.
    fn reads(&self, state: &State) -> Vec<Choice> {
        let now = state.graph.events.len();
        // Threads with sequentially consistent events come first: the model has nothing to say of the rest.
        let (mut chosen, mut weak) = (None, None);
        for (thread, next) in state.pending.iter().enumerate() {
            let Next::Read { location, action } = *next else { continue };
            if state.views[thread].delayed < now {
                let first = if self.is_weak(state, thread) { &mut weak } else { &mut chosen };
                *first = first.or(Some((thread, location, action)));
            } else if !self.may_be_written(state, thread, location) {
                return Vec::new();
            }
        }
        let Some((thread, location, action)) = chosen.or(weak) else { return Vec::new() };
        let mut choices = Vec::new();
        let floor = state.floor(location, state.views[thread].before);
        for place in floor..state.coherence[location.0].len() {
            let effects = state.possible_effects(thread, location, action, place);
            choices.extend(effects.map(|effect| Choice::Read { thread, location, place, effect }));
        }
        if self.may_be_written(state, thread, location) {
            choices.push(Choice::Delay { thread });
        }
        choices
    }

    /// Does the pending read; false if the order of the model has a cycle then.
    fn read(
        &self,
        state: &mut State,
        thread: usize,
        location: Location,
        place: usize,
        effect: ReadEffect,
    ) -> Result<bool, Stop> {
        let source = state.coherence[location.0][place];
        let value = state.graph.events[source].value;
        let (read, write) = state.graph.read(thread, source, effect)?;
        state.add(0);
        let mut acyclic = state.order_read(read, source, location, place);
        state.written[source].readers |= bit(read);
        let inherited = state.written[source].released;
        let view = &mut state.views[thread];
        if self.causal || effect.ordering.is_acquire() {
            view.before |= inherited;
        } else if effect.ordering.is_atomic() {
            view.acquirable |= inherited;
        }
        view.before |= bit(read);
        if let Some(write) = write {
            Rc::make_mut(&mut state.coherence[location.0]).insert(place + 1, write);
            self.release(state, thread, write, inherited);
            acyclic = acyclic && state.order_write(location, place + 1);
        }
        self.machine.read(&mut state.threads[thread], value, effect);
        self.advance(state, thread);
        state.views[thread].delayed = 0;
        Ok(acyclic)
    }

    /// Whether no event of the thread is to come that is sequentially consistent.
    fn is_weak(&self, state: &State, thread: usize) -> bool {
        !self.machine.facts(&state.threads[thread]).seq_cst
    }

    /// Whether no event of any thread is to come that is sequentially consistent.
    pub(super) fn all_weak(&self, state: &State) -> bool {
        state.pending.iter().enumerate().all(|(thread, next)| match next {
            Next::Read { .. } | Next::Write { .. } | Next::Fence(_) => self.is_weak(state, thread),
            Next::Done | Next::Blocked | Next::Cut | Next::Faulty(_) => true,
        })
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

/// The first write that some thread is about to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingWrite {
    thread: usize,
    location: Location,
    value: Value,
    ordering: Ordering,
}

impl PendingWrite {
    fn of(state: &State) -> Option<Self> {
        state.pending.iter().enumerate().find_map(|(thread, next)| match *next {
            Next::Write { location, value, ordering } => Some(Self { thread, location, value, ordering }),
            _ => None,
        })
    }

    /// The places in the coherence order that it may take.
    fn places(self, state: &State) -> impl Iterator<Item = usize> + '_ {
        let order = &state.coherence[self.location.0];
        let floor = state.floor(self.location, state.views[self.thread].before);
        // Not between a read-modify-write and the write that it reads from.
        (floor + 1..=order.len()).filter(|&place| order.get(place).is_none_or(|&next| !state.graph.events[next].is_rmw))
    }
}
