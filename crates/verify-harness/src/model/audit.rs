//! In debug builds: no execution graph is visited twice.

use core::hash::{Hash as _, Hasher as _};
use std::collections::HashSet;

use rustc_hash::{FxHashMap, FxHasher};

use super::graph::Graph;

/// Graphs remembered before the audit stops, so that it needs bounded memory.
const LIMIT: usize = 1 << 20;

/// The complete graphs visited so far, by hash.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashSet<(u64, u64)>);

impl Seen {
    /// Notes a visit of `graph`.
    ///
    /// # Panics
    ///
    /// If it was visited before.
    pub(crate) fn visit(&mut self, graph: &Graph) {
        if self.0.len() < LIMIT {
            let fresh = self.0.insert((fingerprint(graph, 0), fingerprint(graph, 0x9E37_79B9_7F4A_7C15)));
            assert!(fresh, "internal error: an execution graph was visited twice");
        }
    }
}

/// A hash of what makes a graph: events, reads-from, coherence order. Locations count by their first access.
fn fingerprint(graph: &Graph, seed: u64) -> u64 {
    let mut hasher = FxHasher::default();
    seed.hash(&mut hasher);
    let mut names = FxHashMap::default();
    for events in &graph.threads {
        events.len().hash(&mut hasher);
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
            if matches!(event.kind, super::graph::Kind::Choice { .. }) {
                event.value.hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}
