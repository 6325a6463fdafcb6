//! The naive enumerator: every reads-from, every coherence order, no pruning. The oracle for the other one.
//!
//! The threads are interleaved in every way; a read takes its value from any write of its location that is there already. Every
//! candidate without a cycle in `po | rf` has such an interleaving. Partial graphs that were met before are recognised by their
//! reads-from, so that each is explored once. At the end, all permutations of the writes of each location are tried.

use std::collections::HashSet;
use std::rc::Rc;

use super::graph::{Finished, Graph, Stop, ending};
use super::machine::{Machine, Next, ThreadState};
use crate::EventId;

/// A partial graph by what determines it: for each thread, its events so far as their sources. A source is `None` for writes and
/// fences; the flag tells a successful read-modify-write from a weak one that failed.
type Fingerprint = Vec<Vec<(Option<(Option<usize>, usize)>, bool)>>;

struct Naive<'a, V> {
    machine: &'a Machine<'a>,
    visited: HashSet<Fingerprint>,
    /// The partial graphs that are looked at before giving up.
    max_partial: usize,
    visit: V,
}

/// Calls `visit` with every candidate.
pub(super) fn enumerate(
    machine: &Machine<'_>,
    max_partial: usize,
    visit: impl FnMut(&Finished<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let graph = Graph::new(machine.litmus().layout(), machine.litmus().threads().len());
    Naive { machine, visited: HashSet::new(), max_partial, visit }.explore(&graph, &machine.start())
}

impl<V: FnMut(&Finished<'_>) -> Result<(), Stop>> Naive<'_, V> {
    fn explore(&mut self, graph: &Graph, threads: &[Rc<ThreadState>]) -> Result<(), Stop> {
        if !self.visited.insert(fingerprint(graph, threads.len())) {
            return Ok(());
        }
        if self.visited.len() > self.max_partial {
            return Err(Stop::Candidates);
        }
        let mut threads = threads.to_vec();
        let pending: Vec<Next> = threads.iter_mut().map(|state| self.machine.advance(state)).collect();
        if let Some(ending) = ending(pending.iter().copied()) {
            let mut writes: Vec<Vec<EventId>> = vec![Vec::new(); self.machine.litmus().layout().len()];
            for (id, event) in graph.events.iter().enumerate() {
                if let (true, Some(location)) = (event.is_write(), event.location) {
                    writes[location.0].push(id);
                }
            }
            return permutations(&mut writes, &mut |coherence| {
                (self.visit)(&Finished { graph, coherence, threads: &threads, ending, is_settled: false })
            });
        }
        for (thread, next) in pending.into_iter().enumerate() {
            match next {
                Next::Write { location, value, ordering } => {
                    let (mut graph, mut threads) = (graph.clone(), threads.clone());
                    graph.write(thread, location, value, ordering)?;
                    self.machine.pass(&mut threads[thread]);
                    self.explore(&graph, &threads)?;
                }
                Next::Fence(ordering) => {
                    let (mut graph, mut threads) = (graph.clone(), threads.clone());
                    graph.fence(thread, ordering)?;
                    self.machine.pass(&mut threads[thread]);
                    self.explore(&graph, &threads)?;
                }
                Next::Read { location, action } => {
                    for source in graph.writes(location, 0) {
                        let value = graph.events[source].value;
                        for effect in action.effects(value).into_iter().flatten() {
                            let (mut graph, mut threads) = (graph.clone(), threads.clone());
                            graph.read(thread, source, effect)?;
                            self.machine.read(&mut threads[thread], value, effect);
                            self.explore(&graph, &threads)?;
                        }
                    }
                }
                Next::Done | Next::Blocked | Next::Cut | Next::Faulty(_) => {}
            }
        }
        Ok(())
    }
}

fn fingerprint(graph: &Graph, threads: usize) -> Fingerprint {
    let mut fingerprint: Fingerprint = vec![Vec::new(); threads];
    for (event, source) in graph.events.iter().zip(&graph.sources) {
        if let Some(thread) = event.thread {
            let source = source.map(|source| (graph.events[source].thread, graph.events[source].index));
            fingerprint[thread].push((source, event.is_rmw));
        }
    }
    fingerprint
}

/// Calls `visit` with every way of permuting the lists; the first element of each, the initial write, stays.
pub(super) fn permutations(
    lists: &mut [Vec<EventId>],
    visit: &mut impl FnMut(&[Vec<EventId>]) -> Result<(), Stop>,
) -> Result<(), Stop> {
    permute(lists, 0, 1, visit)
}

/// Permutes `lists[list..]` from place `from` of the first of them on.
fn permute(
    lists: &mut [Vec<EventId>],
    list: usize,
    from: usize,
    visit: &mut impl FnMut(&[Vec<EventId>]) -> Result<(), Stop>,
) -> Result<(), Stop> {
    if list == lists.len() {
        return visit(lists);
    }
    if from >= lists[list].len() {
        return permute(lists, list + 1, 1, visit);
    }
    for choice in from..lists[list].len() {
        lists[list].swap(from, choice);
        permute(lists, list, from + 1, visit)?;
        lists[list].swap(from, choice);
    }
    Ok(())
}
