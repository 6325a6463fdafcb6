//! What a memory model allows: clocks of an event, coherent choices, and the check that remains.
//!
//! Coherence and atomicity hold by construction: a read is offered only writes from its *floor* on, a write only places
//! after its floor, and a read-modify-write sits right after the write it reads. What construction cannot give is
//! checked on the whole graph after a choice that was not the coherence-latest one (which is always consistent).

mod happens_before;
mod rc11;
mod sc;

use super::clocks::Clock;
use super::graph::{EventId, Graph};
use super::interface::{Loc, Strength};
pub(crate) use happens_before::set_clocks;

/// A memory model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Model {
    /// Rust's and C++20's model without load buffering: RC11 (Lahav et al., PLDI 2017) with the release sequences of
    /// C++20, in which only read-modify-writes continue a release.
    #[default]
    Rc11,
    /// Interleavings: every atomic access and fence is treated as sequentially consistent.
    Sc,
}

impl Model {
    /// The strength in force for a strength asked for.
    pub(crate) fn strength(self, asked: Strength) -> Strength {
        match (self, asked) {
            (Self::Sc, Strength::Relaxed | Strength::Acquire | Strength::Release | Strength::AcqRel) => {
                Strength::SeqCst
            }
            (_, asked) => asked,
        }
    }

    /// Whether `graph` is consistent, given that it is but for edges at the events `changed`, and that coherence and
    /// atomicity hold.
    pub(crate) fn allows(self, graph: &Graph, changed: &[EventId]) -> bool {
        match self {
            Self::Rc11 => rc11::psc_is_acyclic(graph),
            Self::Sc => changed.iter().all(|event| sc::is_acyclic_through(graph, *event)),
        }
    }
}

/// The least rank a read or write with `hb` before it may take at `loc`: that of the last write which happens before it,
/// or which is read by something that does. A read may read that write; a write must come after it.
pub(crate) fn floor(graph: &Graph, loc: Loc, hb: Clock<'_>) -> u32 {
    let Some(location) = graph.location(loc) else { return 0 };
    let mut floor = 0;
    for (index, write) in location.co.iter().enumerate().rev() {
        if hb.contains(*write) {
            floor = index as u32 + 1;
            break;
        }
    }
    if floor == location.co.len() as u32 {
        return floor;
    }
    for read in &location.reads {
        if hb.contains(*read) {
            floor = floor.max(graph.rank(graph.event(*read).reads_from));
        }
    }
    floor
}
