//! What a model states about itself, so that an enumerator may look at fewer candidates.

use crate::Event;

/// What an enumerator may take for granted about the executions that a model allows.
///
/// Each promise includes those before it, and that the model is closed under taking away events at the end: without an event
/// that no event follows in `(po | rf)+`, an allowed execution is still allowed. So a cycle in a part of a candidate is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Pruning {
    /// Nothing: every candidate is checked.
    None,
    /// Executions without a cycle in `po | rf`, that are coherent per location (`po` between accesses of one location, with
    /// `rf`, `co` and `fr`, is acyclic) and whose read-modify-writes are atomic.
    Coherence,
    /// In addition `hb;eco?` is irreflexive, with `hb` made of `po` and the synchronization of releases with acquires, through
    /// the release sequences of C++20.
    HappensBefore,
    /// The same through the release sequences of C++11, which are longer.
    HappensBeforeCpp11,
    /// In addition `(po | rf)+;eco?` is irreflexive: every write releases, every read acquires.
    Causality,
}

/// What a model demands beyond its [`Pruning`].
///
/// ```
/// use memory_model::models::{Model, Ra, Rc11, Residue, Sc};
///
/// assert!(matches!(Ra.residue(), Residue::Nothing));
/// assert!(matches!(Rc11::new().residue(), Residue::SeqCst));
/// assert!(matches!(Sc.residue(), Residue::Order(_)));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Residue {
    /// Nothing: the model allows exactly the executions that keep the promise.
    Nothing,
    /// Nothing of executions with fewer than two sequentially consistent events; of others, what only the model knows. Where there
    /// is no sequentially consistent fence, an event that is not sequentially consistent makes no difference if it is added last.
    SeqCst,
    /// That an order that grows with every event stays free of cycles.
    Order(Order),
    /// What only the model knows.
    Unknown,
}

/// The union of `co`, `fr`, `rf` and a part of `po`, which must have no cycle.
///
/// Adding an event to an execution adds pairs to this union and takes none away, so that a cycle in a part of a candidate is
/// final.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Whether the pair of an earlier and a later event of one thread, fences included, is in the union.
    pub preserves: fn(&Event, &Event) -> bool,
    /// Whether `rf` within a thread is in the union, too.
    pub internal_rf: bool,
}
