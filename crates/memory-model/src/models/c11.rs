//! What RC11 and C++20 share: synchronization, happens-before, coherence.

use super::rc11::ReleaseSequence;
use super::violation::{Axiom, Step, Violation, atomicity, interrupted, shortest_cycle, shortest_path};
use crate::relation::{EventSet, Relation};
use crate::{Event, EventId, Execution};

const COHERENCE: Axiom = Axiom { name: "coherence", formula: "irreflexive(hb;eco?)" };
const NO_THIN_AIR: Axiom = Axiom { name: "no-thin-air", formula: "acyclic(sb | rf)" };

/// An execution with the relations derived from it.
pub(super) struct C11<'a> {
    pub(super) execution: &'a Execution,
    pub(super) sb: Relation,
    pub(super) sw: Relation,
    pub(super) hb: Relation,
    pub(super) fr: Relation,
    pub(super) eco: Relation,
}

/// Synchronizes-with.
pub(super) fn synchronizes_with(execution: &Execution, sb: &Relation, release_sequence: ReleaseSequence) -> Relation {
    let atomic_writes = execution.set(|event| event.is_write() && event.ordering.is_atomic());
    let atomic_reads = execution.set(|event| event.is_read() && event.ordering.is_atomic());
    let fences = execution.set(Event::is_fence);
    let releases = execution.set(|event| event.ordering.is_release());
    let acquires = execution.set(|event| event.ordering.is_acquire());
    if releases.is_empty() || acquires.is_empty() {
        return Relation::empty(execution.size());
    }

    // rs = [W rlx]; (rf; rmw)*                      (C++20)
    // rs = [W]; (sb & loc)?; [W rlx]; (rf; rmw)*    (C++11)
    let mut rs = execution.rf().compose(execution.rmw()).reflexive_transitive_closure();
    rs = rs.restrict_domain(&atomic_writes);
    if release_sequence == ReleaseSequence::Cpp11 {
        let writes = execution.set(Event::is_write);
        let same_thread = sb.intersection(&execution.same_location()).restrict_domain(&writes);
        rs |= &same_thread.compose(&rs);
    }

    // sw = [E rel]; ([F]; sb)?; rs; rf; [R rlx]; (sb; [F])?; [E acq]
    let mut release = sb.restrict_domain(&fences).compose(&rs);
    release |= &rs;
    let observed = release.restrict_domain(&releases).compose(execution.rf()).restrict_range(&atomic_reads);
    let mut sw = observed.compose(&sb.restrict_range(&fences));
    sw |= &observed;
    sw.restrict_range(&acquires)
}

impl<'a> C11<'a> {
    pub(super) fn new(execution: &'a Execution, release_sequence: ReleaseSequence) -> Self {
        let sb = execution.sb();
        let sw = synchronizes_with(execution, &sb, release_sequence);
        // sb is transitive.
        let hb = if sw.is_empty() { sb.clone() } else { sb.union(&sw).transitive_closure() };
        Self { execution, sb, sw, hb, fr: execution.fr(), eco: execution.eco() }
    }

    /// Whether everything holds that does not concern sequentially consistent events.
    pub(super) fn is_consistent(&self) -> bool {
        self.is_coherent()
            && interrupted(self.execution, &self.fr).is_empty()
            && self.sb.union(self.execution.rf()).is_acyclic()
    }

    /// Coherence, atomicity and no-thin-air.
    pub(super) fn check(&self) -> Result<(), Violation> {
        self.coherence()?;
        atomicity(self.execution, &self.fr)?;
        self.no_thin_air()
    }

    /// A violation for each of these that does not hold.
    pub(super) fn violations(&self) -> Vec<Violation> {
        let axioms = [self.coherence(), atomicity(self.execution, &self.fr), self.no_thin_air()];
        axioms.into_iter().filter_map(Result::err).collect()
    }

    /// irreflexive(hb; eco?)
    fn is_coherent(&self) -> bool {
        self.hb.is_irreflexive() && self.hb.intersection(&self.eco.inverse()).is_empty()
    }

    fn coherence(&self) -> Result<(), Violation> {
        if self.is_coherent() {
            return Ok(());
        }
        let mut best = shortest_cycle(self.execution.size(), &self.hb_steps());
        for (from, to) in self.hb.iter().filter(|&(from, to)| self.eco.contains(to, from)) {
            let mut cycle = self.hb_path(from, to);
            cycle.extend(self.eco_path(to, from));
            if best.as_ref().is_none_or(|best| cycle.len() < best.len()) {
                best = Some(cycle);
            }
        }
        Err(Violation { axiom: COHERENCE, cycle: best.unwrap_or_default() })
    }

    /// acyclic(sb | rf)
    fn no_thin_air(&self) -> Result<(), Violation> {
        match shortest_cycle(self.execution.size(), &[("sb", &self.sb), ("rf", self.execution.rf())]) {
            Some(cycle) => Err(Violation { axiom: NO_THIN_AIR, cycle }),
            None => Ok(()),
        }
    }

    fn hb_steps(&self) -> [(&'static str, &Relation); 2] {
        [("sb", &self.sb), ("sw", &self.sw)]
    }

    /// A shortest path of sb and sw; empty if both ends are the same.
    pub(super) fn hb_path(&self, from: EventId, to: EventId) -> Vec<Step> {
        shortest_path(from, to, &self.hb_steps())
    }

    /// A shortest path of rf, co and fr.
    pub(super) fn eco_path(&self, from: EventId, to: EventId) -> Vec<Step> {
        shortest_path(from, to, &[("rf", self.execution.rf()), ("co", self.execution.co()), ("fr", &self.fr)])
    }

    pub(super) fn sc_fences(&self) -> EventSet {
        self.execution.set(|event| event.is_fence() && event.ordering.is_seq_cst())
    }
}

/// Conflicting accesses, at least one of them non-atomic, that happens-before does not order.
pub(super) fn races(execution: &Execution, release_sequence: ReleaseSequence) -> Vec<(EventId, EventId)> {
    let events = execution.events();
    let is_plain = |event: &Event| !event.is_initial() && event.location.is_some() && !event.ordering.is_atomic();
    if !events.iter().any(is_plain) {
        return Vec::new();
    }
    let hb = C11::new(execution, release_sequence).hb;
    let mut races = Vec::new();
    for (second, event) in events.iter().enumerate().filter(|(_, event)| !event.is_initial()) {
        for (first, other) in events.iter().enumerate().take(second).filter(|(_, event)| !event.is_initial()) {
            let conflict = event.conflicts_with(other) && (is_plain(event) || is_plain(other));
            if conflict && !hb.contains(first, second) && !hb.contains(second, first) {
                races.push((first, second));
            }
        }
    }
    races
}
