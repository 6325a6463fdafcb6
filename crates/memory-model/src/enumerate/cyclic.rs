//! Candidates with a cycle in `po | rf`: load buffering, and values out of thin air.
//!
//! No model here allows them; explanations want to name the cycle. A read may take, besides the writes that are there, a value on
//! trust; at the end each such read is given every later write of that location and value. What results without a cycle is
//! dropped, for the other enumerators find it. The values to be trusted are the constants of the program, and then those that are
//! written in candidates which trust those, for a fixed number of rounds: a value that feeds on itself in ever new ways is followed
//! that far.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use super::graph::{Finished, Graph, Stop, ending};
use super::machine::{Machine, Next, ThreadState};
use super::naive::permutations;
use crate::litmus::Statement;
use crate::{EventId, Value};

/// How often newly written values are trusted in turn.
const ROUNDS: usize = 2;

/// The partial graphs that are looked at before giving up.
const MAX_PARTIAL: usize = 200_000;

/// What an event read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    /// It is no read.
    Nothing,
    /// The write of that thread and place.
    Write(Option<usize>, usize),
    /// A value on trust.
    Trust(Value),
}

type Fingerprint = Vec<Vec<(Source, bool)>>;

/// For each location, the values that may be read on trust.
type Domain = Vec<BTreeSet<Value>>;

struct Cyclic<'a, V> {
    machine: &'a Machine<'a>,
    domain: &'a Domain,
    written: Domain,
    visited: HashSet<Fingerprint>,
    finished: HashSet<Fingerprint>,
    visit: V,
}

/// Calls `visit` with every candidate that has a cycle in `po | rf`, once.
pub(super) fn enumerate(
    machine: &Machine<'_>,
    mut visit: impl FnMut(&Finished<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut constants = BTreeSet::new();
    for thread in machine.litmus().threads() {
        constants.extend(thread.body.iter().flat_map(Statement::constants));
    }
    let mut domain: Domain = vec![constants; machine.litmus().layout().len()];
    for _ in 0..=ROUNDS {
        let written = round(machine, &domain, |_| Ok(()))?;
        if written == domain {
            break;
        }
        domain = written;
    }
    round(machine, &domain, &mut visit).map(drop)
}

/// Explores all graphs in which values of the domain are trusted; returns the values written, beside the domain.
fn round(
    machine: &Machine<'_>,
    domain: &Domain,
    visit: impl FnMut(&Finished<'_>) -> Result<(), Stop>,
) -> Result<Domain, Stop> {
    let graph = Graph::new(machine.litmus().layout(), machine.litmus().threads().len());
    let mut cyclic =
        Cyclic { machine, domain, written: domain.clone(), visited: HashSet::new(), finished: HashSet::new(), visit };
    cyclic.explore(&graph, &machine.start())?;
    Ok(cyclic.written)
}

impl<V: FnMut(&Finished<'_>) -> Result<(), Stop>> Cyclic<'_, V> {
    fn explore(&mut self, graph: &Graph, threads: &[Rc<ThreadState>]) -> Result<(), Stop> {
        if !self.visited.insert(fingerprint(graph, threads.len())) {
            return Ok(());
        }
        if self.visited.len() > MAX_PARTIAL {
            return Err(Stop::Candidates);
        }
        let mut threads = threads.to_vec();
        let pending: Vec<Next> = threads.iter_mut().map(|state| self.machine.advance(state)).collect();
        if ending(pending.iter().copied()).is_some() {
            return self.settle(graph.clone(), &threads, 0);
        }
        for (thread, next) in pending.into_iter().enumerate() {
            let (mut branch, mut after) = (graph.clone(), threads.clone());
            match next {
                Next::Write { location, value, ordering } => {
                    branch.write(thread, location, value, ordering)?;
                    self.written[location.0].insert(value);
                    self.machine.pass(&mut after[thread]);
                    self.explore(&branch, &after)?;
                }
                Next::Fence(ordering) => {
                    branch.fence(thread, ordering)?;
                    self.machine.pass(&mut after[thread]);
                    self.explore(&branch, &after)?;
                }
                Next::Read { location, action } => {
                    let present = graph.writes(location, 0).map(|write| (graph.events[write].value, Some(write)));
                    let trusted = self.domain[location.0].iter().map(|&value| (value, None));
                    let choices: Vec<(Value, Option<EventId>)> = present.chain(trusted).collect();
                    for (value, source) in choices {
                        for effect in action.effects(value).into_iter().flatten() {
                            let (mut branch, mut after) = (graph.clone(), threads.clone());
                            branch.read_value(thread, location, value, source, effect)?;
                            if let Some((value, _)) = effect.write {
                                self.written[location.0].insert(value);
                            }
                            self.machine.read(&mut after[thread], value, effect);
                            self.explore(&branch, &after)?;
                        }
                    }
                }
                Next::Done | Next::Blocked | Next::Cut | Next::Faulty(_) => {}
            }
        }
        Ok(())
    }

    /// Gives the reads on trust from event `from` on their writes in every way, then visits what has a cycle.
    fn settle(&mut self, graph: Graph, threads: &[Rc<ThreadState>], from: EventId) -> Result<(), Stop> {
        let trusting = (from..graph.events.len()).find(|&id| graph.events[id].is_read() && graph.sources[id].is_none());
        if let Some(read) = trusting {
            let event = graph.events[read];
            let Some(location) = event.location else { return Ok(()) };
            for write in graph.writes(location, read).filter(|&write| graph.events[write].value == event.value) {
                let mut settled = graph.clone();
                settled.sources[read] = Some(write);
                self.settle(settled, threads, read + 1)?;
            }
            return Ok(());
        }
        if !self.finished.insert(fingerprint(&graph, threads.len())) {
            return Ok(());
        }
        let mut writes: Vec<Vec<EventId>> = vec![Vec::new(); self.machine.litmus().layout().len()];
        for (id, event) in graph.events.iter().enumerate() {
            if let (true, Some(location)) = (event.is_write(), event.location) {
                writes[location.0].push(id);
            }
        }
        let execution = graph.execution(&writes, threads);
        if execution.sb().union(execution.rf()).is_acyclic() {
            return Ok(());
        }
        let ends = threads.iter().map(|state| self.machine.advance(&mut state.clone()));
        let Some(ending) = ending(ends) else { return Ok(()) };
        permutations(&mut writes, &mut |coherence| {
            (self.visit)(&Finished { graph: &graph, coherence, threads, ending, is_settled: false })
        })
    }
}

fn fingerprint(graph: &Graph, threads: usize) -> Fingerprint {
    let mut fingerprint: Fingerprint = vec![Vec::new(); threads];
    for (event, source) in graph.events.iter().zip(&graph.sources) {
        let Some(thread) = event.thread else { continue };
        let source = match source {
            Some(write) => Source::Write(graph.events[*write].thread, graph.events[*write].index),
            None if event.is_read() => Source::Trust(event.value),
            None => Source::Nothing,
        };
        fingerprint[thread].push((source, event.is_rmw));
    }
    fingerprint
}
