//! RC11, the repaired C11 memory model.
//!
//! Source: Lahav, Vafeiadis, Kang, Hur, Dreyer, *Repairing Sequential Consistency in C/C++11*, PLDI 2017. The axioms are quoted
//! above the code that evaluates them, in the paper's notation with `co` for `mo`, `fr` for `rb`. The release sequence is that
//! of C++20 unless [`Rc11::pldi17`] asks for the paper's.

use super::violation::{Axiom, Step, Violation, atomicity, shortest_cycle, steps};
use super::{Model, Pruning};
use crate::relation::{EventSet, Relation};
use crate::{Event, EventId, Execution};

/// Which writes continue a release sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReleaseSequence {
    /// C++20 (P0982) and Rust: read-modify-writes only, `[W rlx];(rf;rmw)*`.
    #[default]
    Cpp20,
    /// C++11 and the paper: also later writes of the same thread to the location, `[W];(sb & loc)?;[W rlx];(rf;rmw)*`.
    Cpp11,
}

/// RC11: the model of Rust's and C++20's atomics that the verifiers of the field implement.
///
/// It forbids load buffering (`po | rf` is acyclic), which C++ and Rust formally allow; in return it has no out-of-thin-air
/// values, and every execution can be built event by event. Data races are reported, not forbidden: a program with a race in
/// some consistent execution has undefined behaviour.
///
/// ```
/// use memory_model::Ordering::{NonAtomic, Relaxed};
/// use memory_model::enumerate;
/// use memory_model::litmus::Litmus;
/// use memory_model::models::Rc11;
///
/// let racy = Litmus::new("race")
///     .thread(|t| t.store("x", 1, NonAtomic))
///     .thread(|t| {
///         t.load("x", Relaxed);
///     });
/// let summary = enumerate::summary(&racy, &Rc11::new())?;
/// assert_eq!(summary.races.len(), 1);
/// # Ok::<(), enumerate::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rc11 {
    release_sequence: ReleaseSequence,
}

const COHERENCE: Axiom = Axiom { name: "coherence", formula: "irreflexive(hb;eco?)" };
const SC: Axiom = Axiom { name: "SC", formula: "acyclic(psc)" };
const NO_THIN_AIR: Axiom = Axiom { name: "no-thin-air", formula: "acyclic(sb | rf)" };

impl Rc11 {
    /// RC11 with the release sequence of C++20.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// RC11 as published, with the release sequence of C++11.
    #[must_use]
    pub fn pldi17() -> Self {
        Self { release_sequence: ReleaseSequence::Cpp11 }
    }

    /// The release sequence in use.
    #[must_use]
    pub fn release_sequence(&self) -> ReleaseSequence {
        self.release_sequence
    }

    /// Synchronizes-with: from a release to the acquires that see it.
    #[must_use]
    pub fn synchronizes_with(&self, execution: &Execution) -> Relation {
        self.sw(execution, &execution.sb())
    }

    /// Happens-before, `(sb | sw)+`.
    #[must_use]
    pub fn happens_before(&self, execution: &Execution) -> Relation {
        let sb = execution.sb();
        self.sw(execution, &sb).union(&sb).transitive_closure()
    }

    fn sw(&self, execution: &Execution, sb: &Relation) -> Relation {
        let atomic_writes = execution.set(|event| event.is_write() && event.ordering.is_atomic());
        let atomic_reads = execution.set(|event| event.is_read() && event.ordering.is_atomic());
        let fences = execution.set(Event::is_fence);
        let releases = execution.set(|event| event.ordering.is_release());
        let acquires = execution.set(|event| event.ordering.is_acquire());

        // rs = [W rlx]; (rf; rmw)*                      (C++20)
        // rs = [W]; (sb & loc)?; [W rlx]; (rf; rmw)*    (C++11)
        let mut rs = execution.rf().compose(execution.rmw()).reflexive_transitive_closure();
        rs = rs.restrict_domain(&atomic_writes);
        if self.release_sequence == ReleaseSequence::Cpp11 {
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

    fn derive<'a>(&self, execution: &'a Execution) -> Derived<'a> {
        let sb = execution.sb();
        let sw = self.sw(execution, &sb);
        let hb = sb.union(&sw).transitive_closure();
        let fr = execution.fr();
        let eco = execution.eco();
        Derived { execution, sb, sw, hb, fr, eco }
    }
}

impl Model for Rc11 {
    fn name(&self) -> &str {
        match self.release_sequence {
            ReleaseSequence::Cpp20 => "RC11",
            ReleaseSequence::Cpp11 => "RC11 (PLDI'17)",
        }
    }

    fn check(&self, execution: &Execution) -> Result<(), Violation> {
        let derived = self.derive(execution);
        derived.coherence()?;
        atomicity(execution, &derived.fr)?;
        derived.sc()?;
        derived.no_thin_air()
    }

    fn is_consistent(&self, execution: &Execution) -> bool {
        let derived = self.derive(execution);
        derived.is_coherent()
            && execution.rmw().intersection(&derived.fr.compose(execution.co())).is_empty()
            && derived.psc().is_none_or(|psc| psc.is_acyclic())
            && derived.sb.union(execution.rf()).is_acyclic()
    }

    /// Conflicting accesses, at least one of them non-atomic, that happens-before does not order.
    fn races(&self, execution: &Execution) -> Vec<(EventId, EventId)> {
        let events = execution.events();
        let plain =
            execution.set(|event| !event.is_initial() && event.location.is_some() && !event.ordering.is_atomic());
        if plain.is_empty() {
            return Vec::new();
        }
        let hb = self.happens_before(execution);
        let mut races = Vec::new();
        for (second, event) in events.iter().enumerate() {
            for (first, other) in events.iter().enumerate().take(second) {
                if (plain.contains(first) || plain.contains(second))
                    && !other.is_initial()
                    && event.conflicts_with(other)
                    && !hb.contains(first, second)
                    && !hb.contains(second, first)
                {
                    races.push((first, second));
                }
            }
        }
        races
    }

    fn pruning(&self) -> Pruning {
        Pruning::HappensBefore
    }
}

/// An execution with the relations derived from it.
struct Derived<'a> {
    execution: &'a Execution,
    sb: Relation,
    sw: Relation,
    hb: Relation,
    fr: Relation,
    eco: Relation,
}

impl Derived<'_> {
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

    /// The partial SC order, or `None` if there are too few SC events for a cycle in a coherent execution.
    fn psc(&self) -> Option<Relation> {
        let sc = self.execution.set(|event| event.ordering.is_seq_cst());
        if sc.len() < 2 {
            return None;
        }
        let fences = self.sc_fences();
        let scb = self.scb();
        let mut psc = scb.restrict(&sc);
        if !fences.is_empty() {
            // psc_base = ([E sc] | [F sc]; hb?); scb; ([E sc] | hb?; [F sc])
            let before = Relation::identity_on(&sc).union(&self.hb.restrict_domain(&fences));
            let after = Relation::identity_on(&sc).union(&self.hb.restrict_range(&fences));
            psc = before.compose(&scb).compose(&after);
            // psc_F = [F sc]; (hb | hb; eco; hb); [F sc]
            let mut between = self.hb.compose(&self.eco).compose(&self.hb);
            between |= &self.hb;
            psc |= &between.restrict(&fences);
        }
        // psc = psc_base | psc_F
        Some(psc)
    }

    /// scb = sb | (sb \ loc); hb; (sb \ loc) | hb & loc | co | fr
    fn scb(&self) -> Relation {
        let same_location = self.execution.same_location();
        let elsewhere = self.sb.difference(&same_location);
        let mut scb = elsewhere.compose(&self.hb).compose(&elsewhere);
        scb |= &self.hb.intersection(&same_location);
        scb |= &self.sb;
        scb |= self.execution.co();
        scb |= &self.fr;
        scb
    }

    /// acyclic(psc)
    fn sc(&self) -> Result<(), Violation> {
        let Some(psc) = self.psc() else { return Ok(()) };
        let Some(mut cycle) = psc.shortest_cycle() else { return Ok(()) };
        cycle.extend(cycle.first().copied());
        let scb = self.scb();
        let cycle = cycle.windows(2).flat_map(|pair| self.psc_path(&scb, pair[0], pair[1])).collect();
        Err(Violation { axiom: SC, cycle })
    }

    /// One step of psc in terms of sb, sw, rf, co and fr: the shortest of the ways in which it may come about.
    fn psc_path(&self, scb: &Relation, from: EventId, to: EventId) -> Vec<Step> {
        let fences = self.sc_fences();
        let mut best: Option<Vec<Step>> = None;
        let mut offer = |path: Vec<Step>| {
            if best.as_ref().is_none_or(|best| path.len() < best.len()) {
                best = Some(path);
            }
        };
        let starts = (0..self.execution.size())
            .filter(|&start| start == from || fences.contains(from) && self.hb.contains(from, start));
        for start in starts {
            let ends =
                (0..self.execution.size()).filter(|&end| end == to || fences.contains(to) && self.hb.contains(end, to));
            for end in ends {
                let middle = if scb.contains(start, end) {
                    self.scb_path(start, end)
                } else if start != from && end != to && self.eco.contains(start, end) {
                    self.eco_path(start, end)
                } else {
                    continue;
                };
                let mut path = self.hb_path(from, start);
                path.extend(middle);
                path.extend(self.hb_path(end, to));
                offer(path);
            }
        }
        if fences.contains(from) && fences.contains(to) && self.hb.contains(from, to) {
            offer(self.hb_path(from, to));
        }
        best.unwrap_or_default()
    }

    fn scb_path(&self, from: EventId, to: EventId) -> Vec<Step> {
        let direct = [("sb", &self.sb), ("co", self.execution.co()), ("fr", &self.fr)];
        let step = steps(&[from, to], &direct);
        if step.is_empty() { self.hb_path(from, to) } else { step }
    }

    fn hb_steps(&self) -> [(&'static str, &Relation); 2] {
        [("sb", &self.sb), ("sw", &self.sw)]
    }

    /// A shortest path of sb and sw; empty if both ends are the same.
    fn hb_path(&self, from: EventId, to: EventId) -> Vec<Step> {
        self.path(from, to, &self.hb_steps())
    }

    /// A shortest path of rf, co and fr.
    fn eco_path(&self, from: EventId, to: EventId) -> Vec<Step> {
        self.path(from, to, &[("rf", self.execution.rf()), ("co", self.execution.co()), ("fr", &self.fr)])
    }

    fn path(&self, from: EventId, to: EventId, named: &[(&'static str, &Relation)]) -> Vec<Step> {
        if from == to {
            return Vec::new();
        }
        let mut union = Relation::empty(self.execution.size());
        for (_, relation) in named {
            union |= relation;
        }
        union.shortest_path(from, to).map(|path| steps(&path, named)).unwrap_or_default()
    }

    fn sc_fences(&self) -> EventSet {
        self.execution.set(|event| event.is_fence() && event.ordering.is_seq_cst())
    }
}
