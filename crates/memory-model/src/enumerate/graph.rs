//! Execution graphs under construction.

use std::rc::Rc;

use super::machine::{Machine, Next, ReadEffect, ThreadState};
use super::{Ending, MAX_EVENTS};
use crate::litmus::Layout;
use crate::{Event, EventId, Execution, Kind, Location, Ordering, Value};

/// Events in the order in which they were added, the initial writes first; every event comes after all that precede it in
/// `(po | rf)+`.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) events: Vec<Event>,
    /// The write that each read reads from.
    pub(super) sources: Vec<Option<EventId>>,
    /// The number of events of each thread.
    lengths: Vec<usize>,
}

/// Why an enumeration ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// A graph would have more than [`MAX_EVENTS`] events.
    Events,
    /// There are more candidates than asked for.
    Candidates,
    /// There are more executions than can be counted.
    Overflow,
}

/// A copy to which some elements can be added without a move.
pub(super) fn roomy<T: Copy>(list: &[T]) -> Vec<T> {
    let mut copy = Vec::with_capacity(list.len() + 8);
    copy.extend_from_slice(list);
    copy
}

impl Clone for Graph {
    /// A copy to which some events can be added without a move.
    fn clone(&self) -> Self {
        Self { events: roomy(&self.events), sources: roomy(&self.sources), lengths: self.lengths.clone() }
    }
}

impl Graph {
    pub(super) fn new(layout: &Layout, threads: usize) -> Self {
        let initial = layout.initial().iter().enumerate();
        let events: Vec<Event> = initial.map(|(location, &value)| Event::initial(Location(location), value)).collect();
        Self { sources: vec![None; events.len()], events, lengths: vec![0; threads] }
    }

    pub(super) fn write(
        &mut self,
        thread: usize,
        location: Location,
        value: Value,
        ordering: Ordering,
    ) -> Result<EventId, Stop> {
        self.push(thread, Kind::Write, Some(location), value, ordering, false, None)
    }

    pub(super) fn fence(&mut self, thread: usize, ordering: Ordering) -> Result<EventId, Stop> {
        self.push(thread, Kind::Fence, None, 0, ordering, false, None)
    }

    /// Adds a read of `source` and, if it is a read-modify-write, its write; returns both.
    pub(super) fn read(
        &mut self,
        thread: usize,
        source: EventId,
        effect: ReadEffect,
    ) -> Result<(EventId, Option<EventId>), Stop> {
        let Event { location, value, .. } = self.events[source];
        self.read_at(thread, location, value, Some(source), effect)
    }

    /// Adds a read of `value`, from `source` or from a write that is to be found.
    pub(super) fn read_value(
        &mut self,
        thread: usize,
        location: Location,
        value: Value,
        source: Option<EventId>,
        effect: ReadEffect,
    ) -> Result<(EventId, Option<EventId>), Stop> {
        self.read_at(thread, Some(location), value, source, effect)
    }

    fn read_at(
        &mut self,
        thread: usize,
        location: Option<Location>,
        value: Value,
        source: Option<EventId>,
        effect: ReadEffect,
    ) -> Result<(EventId, Option<EventId>), Stop> {
        let is_rmw = effect.write.is_some();
        let read = self.push(thread, Kind::Read, location, value, effect.ordering, is_rmw, source)?;
        let Some((value, ordering)) = effect.write else { return Ok((read, None)) };
        let write = self.push(thread, Kind::Write, location, value, ordering, true, None)?;
        Ok((read, Some(write)))
    }

    /// The writes of `location` among the events from `first` on.
    pub(super) fn writes(&self, location: Location, first: EventId) -> impl Iterator<Item = EventId> + '_ {
        let events = self.events.iter().enumerate().skip(first);
        events.filter(move |(_, event)| event.is_write() && event.location == Some(location)).map(|(id, _)| id)
    }

    /// The execution with this graph's events, sorted as executions are, and the given coherence orders.
    pub(super) fn execution(&self, coherence: &[Vec<EventId>], threads: &[Rc<ThreadState>]) -> Execution {
        let mut order: Vec<EventId> = (0..self.events.len()).collect();
        // Stable: initial writes stay sorted by location, the events of a thread by program order.
        order.sort_by_key(|&id| self.events[id].thread.map_or(0, |thread| thread + 1));
        let mut renamed = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            renamed[old] = new;
        }
        let events = order.iter().map(|&id| self.events[id]).collect();
        let sources: Vec<Option<EventId>> =
            order.iter().map(|&id| self.sources[id].map(|source| renamed[source])).collect();
        let coherence: Vec<Vec<EventId>> =
            coherence.iter().map(|writes| writes.iter().map(|&id| renamed[id]).collect()).collect();
        let unsequenced = self.unsequenced(threads);
        let execution = Execution::new(events, &sources, &coherence);
        match execution.and_then(|execution| execution.with_unsequenced(&unsequenced)) {
            Ok(execution) => execution,
            Err(malformed) => unreachable!("graphs are built well formed: {malformed}"),
        }
    }

    /// The pairs of events, as they are numbered in the execution, that program order does not relate.
    fn unsequenced(&self, threads: &[Rc<ThreadState>]) -> Vec<(EventId, EventId)> {
        let mut first = self.events.len() - self.lengths.iter().sum::<usize>();
        let mut pairs = Vec::new();
        for (state, length) in threads.iter().zip(&self.lengths) {
            if let Some(sequencing) = &state.sequencing {
                pairs.extend(sequencing.unrelated().iter().map(|&(a, b)| (first + a, first + b)));
            }
            first += length;
        }
        pairs
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of an event")]
    fn push(
        &mut self,
        thread: usize,
        kind: Kind,
        location: Option<Location>,
        value: Value,
        ordering: Ordering,
        is_rmw: bool,
        source: Option<EventId>,
    ) -> Result<EventId, Stop> {
        if self.events.len() >= MAX_EVENTS {
            return Err(Stop::Events);
        }
        let index = self.lengths[thread];
        self.lengths[thread] += 1;
        self.events.push(Event { thread: Some(thread), index, kind, location, value, ordering, is_rmw });
        self.sources.push(source);
        Ok(self.events.len() - 1)
    }
}

/// How an execution ended whose threads have come to `ends`; `None` while one of them can go on.
pub(super) fn ending(ends: impl IntoIterator<Item = Next>) -> Option<Ending> {
    let mut ending = Ending::Complete;
    for (thread, next) in ends.into_iter().enumerate() {
        let this = match next {
            Next::Done => Ending::Complete,
            Next::Blocked => Ending::Blocked,
            Next::Cut => Ending::Cut,
            Next::Faulty(fault) => Ending::Faulty { thread, fault },
            Next::Write { .. } | Next::Fence(_) | Next::Read { .. } => return None,
        };
        ending = ending.max(this);
    }
    Some(ending)
}

/// A graph to which no event can be added, with the coherence order per location.
#[derive(Debug)]
pub(super) struct Finished<'a> {
    pub(super) graph: &'a Graph,
    pub(super) coherence: &'a [Vec<EventId>],
    pub(super) threads: &'a [Rc<ThreadState>],
    pub(super) ending: Ending,
    /// Whether the model is known to allow it.
    pub(super) is_settled: bool,
}

impl Finished<'_> {
    /// The execution, with its annotations if these are wanted.
    pub(super) fn execution(&self, machine: &Machine<'_>, annotates: bool) -> Execution {
        machine.execution(self.graph, self.coherence, self.threads, annotates)
    }

    /// The final value of each location.
    pub(super) fn memory(&self) -> Vec<Value> {
        let last = |writes: &Vec<EventId>| writes.last().map_or(0, |&write| self.graph.events[write].value);
        self.coherence.iter().map(last).collect()
    }
}

impl Finished<'_> {
    /// Whether the writes of each location stand in the order in which they were added, but for the last one of observed locations.
    pub(super) fn is_ascending(&self, observed: &[Location]) -> bool {
        self.coherence.iter().enumerate().all(|(location, writes)| {
            let free = usize::from(observed.contains(&Location(location)));
            writes[..writes.len().saturating_sub(free)].is_sorted()
        })
    }
}
