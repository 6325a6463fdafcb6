//! What the text of a program says of an execution beside its events.

use crate::relation::{EventSet, Relation};

/// Dependencies and locks of an execution.
///
/// ```
/// use memory_model::Ordering::Relaxed;
/// use memory_model::enumerate;
/// use memory_model::litmus::Litmus;
/// use memory_model::models::Sc;
///
/// let test = Litmus::new("copy").thread(|t| {
///     let value = t.load("x", Relaxed);
///     t.store("y", value + 1, Relaxed);
/// });
/// let execution = &enumerate::executions(&test, &Sc)?[0];
/// let annotations = execution.annotations().expect("made by an enumerator");
/// // Events 0 and 1 are the initial writes.
/// assert!(annotations.data.iter().eq([(2, 3)]));
/// assert!(annotations.addr.is_empty() && annotations.ctrl.is_empty());
/// # Ok::<(), enumerate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Annotations {
    /// Address dependencies: from a read to the accesses whose location was computed from its value.
    #[doc(alias = "address dependency")]
    pub addr: Relation,
    /// Data dependencies: from a read to the writes whose value was computed from its value. A read-modify-write depends so on what its
    /// operands, and the value that a compare-exchange expects, were computed from.
    #[doc(alias = "data dependency")]
    pub data: Relation,
    /// Control dependencies: from a read to all that its thread does after a branch whose condition was computed from its value.
    #[doc(alias = "control dependency")]
    pub ctrl: Relation,
    /// The events that take a lock, and those that tried and are blocked.
    pub locks: EventSet,
    /// The events that free a lock.
    pub unlocks: EventSet,
    /// The names of the locations.
    pub locations: Vec<String>,
}

impl Annotations {
    /// No dependencies and no locks, over as many events.
    #[must_use]
    pub fn none(size: usize) -> Self {
        let (pairs, events) = (Relation::empty(size), EventSet::empty(size));
        Self {
            addr: pairs.clone(),
            data: pairs.clone(),
            ctrl: pairs,
            locks: events.clone(),
            unlocks: events,
            locations: Vec::new(),
        }
    }

    /// The number of events over which these are defined; the smallest if they differ.
    #[must_use]
    pub fn size(&self) -> usize {
        let relations = [&self.addr, &self.data, &self.ctrl].map(Relation::size);
        let sets = [&self.locks, &self.unlocks].map(EventSet::size);
        relations.into_iter().chain(sets).min().unwrap_or(0)
    }
}
