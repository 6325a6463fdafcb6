//! In which orders locks are asked for, and whether some of them may end in a circle.
//!
//! Source: the lock-order graph of Havelund's Goodlock (2000), with its gate locks, as the validator of the Linux kernel does it at run time
//! (`lockdep`, 2006). Differs from the latter in that each primitive stands for itself, not for all that were made in one place, so that
//! what is reported concerns primitives that exist; and from the former in that one task or thread alone may show both orders.
//!
//! An edge leads from a primitive that one held to one that it asked for, and would have waited for. A circle is reported when the edge that closes it is drawn,
//! unless two of its edges were only ever drawn by who held the same lock besides, alone: then they cannot meet.
//!
//! Cost: an edge that is known costs one look-up for each lock that is held. A new one walks the graph, at most [`STEPS`] edges.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::panic::Location;

use super::report::Step;
use super::{Actor, Primitive};

/// After so many edges the search for a circle is given up.
const STEPS: usize = 10_000;

/// What an actor holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) primitive: Primitive,
    pub(super) at: &'static Location<'static>,
    pub(super) mode: u32,
    pub(super) amount: usize,
    /// Whether others may hold as much.
    pub(super) shared: bool,
}

struct Edge {
    step: Step,
    /// What was held besides, alone, whenever the edge was drawn.
    gates: Vec<u64>,
}

/// The graph.
pub(super) struct Order {
    edges: BTreeMap<(u64, u64), Edge>,
    /// The circles that were reported, each by its primitives.
    reported: BTreeSet<Vec<u64>>,
}

impl Order {
    pub(super) const fn new() -> Self {
        Self { edges: BTreeMap::new(), reported: BTreeSet::new() }
    }

    /// `who` holds `held` and asks for `wanted`. Returns the circles that this closes.
    pub(super) fn ask(
        &mut self,
        who: &Actor,
        held: &[Held],
        wanted: Primitive,
        wanted_at: &'static Location<'static>,
    ) -> Vec<Vec<Step>> {
        let mut circles = Vec::new();
        for from in held.iter().filter(|held| held.primitive.id != wanted.id) {
            let besides = |lock: &&Held| !lock.shared && lock.primitive.id != from.primitive.id;
            let gates: Vec<u64> = held.iter().filter(besides).map(|lock| lock.primitive.id).collect();
            let key = (from.primitive.id, wanted.id);
            match self.edges.get_mut(&key) {
                Some(edge) if edge.gates.iter().all(|gate| gates.contains(gate)) => continue,
                Some(edge) => edge.gates.retain(|gate| gates.contains(gate)),
                None => {
                    let (held, held_at) = (from.primitive, from.at);
                    let step = Step { who: who.clone(), held, held_at, wanted, wanted_at };
                    self.edges.insert(key, Edge { step, gates });
                }
            }
            circles.extend(self.circle(key));
        }
        circles
    }

    /// A circle that begins with this edge and was not reported before.
    fn circle(&mut self, first: (u64, u64)) -> Option<Vec<Step>> {
        let mut path = alloc::vec![first];
        if !self.walk(&mut path, &mut STEPS.clone()) {
            return None;
        }
        let mut primitives: Vec<u64> = path.iter().map(|edge| edge.0).collect();
        primitives.sort_unstable();
        let new = self.reported.insert(primitives);
        new.then(|| path.iter().map(|edge| self.edges[edge].step.clone()).collect())
    }

    /// Whether the path, which is not empty, can be closed; then it is.
    fn walk(&self, path: &mut Vec<(u64, u64)>, steps: &mut usize) -> bool {
        let (Some(first), Some(last)) = (path.first().copied(), path.last().copied()) else { return false };
        if last.1 == first.0 {
            return true;
        }
        for (next, edge) in self.edges.range((last.1, 0)..=(last.1, u64::MAX)) {
            *steps = steps.saturating_sub(1);
            if *steps == 0 {
                return false;
            }
            let meets = path.iter().all(|taken| self.edges[taken].gates.iter().all(|gate| !edge.gates.contains(gate)));
            // Whom the path has passed it need not pass again.
            if meets && path[1..].iter().all(|taken| taken.0 != next.1) {
                path.push(*next);
                if self.walk(path, steps) {
                    return true;
                }
                path.pop();
            }
        }
        false
    }

    /// A primitive is no more.
    pub(super) fn forget(&mut self, id: u64) {
        self.edges.retain(|key, _| key.0 != id && key.1 != id);
        self.edges.values_mut().for_each(|edge| edge.gates.retain(|gate| *gate != id));
        self.reported.retain(|circle| !circle.contains(&id));
    }
}
