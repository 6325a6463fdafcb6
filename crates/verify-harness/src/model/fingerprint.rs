//! A hash of an execution graph, and the set of those that were seen.

use core::hash::{Hash as _, Hasher as _};
use std::collections::HashSet;

use rustc_hash::{FxHashMap, FxHasher};

use super::graph::{Graph, Kind};

/// Graphs remembered before no more are added, so that the set needs bounded memory.
const LIMIT: usize = 1 << 20;

/// The complete graphs visited so far, by a hash of 128 bits.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashSet<(u64, u64)>);

impl Seen {
    /// Adds `graph`; false if it was there already.
    pub(crate) fn insert(&mut self, graph: &Graph) -> bool {
        self.0.len() >= LIMIT || self.0.insert((fingerprint(graph, 0), fingerprint(graph, 0x9E37_79B9_7F4A_7C15)))
    }

    /// Notes the only visit of `graph`.
    ///
    /// # Panics
    ///
    /// If it was visited before.
    #[cfg(debug_assertions)]
    pub(crate) fn visit(&mut self, graph: &Graph) {
        assert!(self.insert(graph), "internal error: an execution graph was visited twice");
    }

    /// How many different graphs were seen, up to the limit.
    pub(crate) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Whether every graph seen is one of `others`, too.
    #[cfg(test)]
    pub(crate) fn is_subset(&self, others: &Self) -> bool {
        self.0.is_subset(&others.0)
    }
}

/// A hash of what makes a graph: events, reads-from, coherence order. Locations count by their first access.
fn fingerprint(graph: &Graph, seed: u64) -> u64 {
    let mut hasher = FxHasher::default();
    seed.hash(&mut hasher);
    let mut names = FxHashMap::default();
    // Threads that other executions start have no events here.
    for (thread, events) in graph.threads.iter().enumerate().filter(|(_, events)| !events.is_empty()) {
        (thread, events.len()).hash(&mut hasher);
        for event in events {
            event.kind.hash(&mut hasher);
            event.rmw.hash(&mut hasher);
            event.rank.hash(&mut hasher);
            event.reads_from.hash(&mut hasher);
            event.strength.hash(&mut hasher);
            if let Some(loc) = event.loc {
                let next = names.len();
                names.entry(loc).or_insert(next).hash(&mut hasher);
            }
            if matches!(event.kind, Kind::Choice { .. }) {
                event.value.hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}
