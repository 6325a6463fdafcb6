//! RC11, the repaired C11 memory model.
//!
//! Source: Lahav, Vafeiadis, Kang, Hur, Dreyer, *Repairing Sequential Consistency in C/C++11*, PLDI 2017. The axioms are quoted
//! above the code that evaluates them, in the paper's notation with `co` for `mo`, `fr` for `rb`. The release sequence is that
//! of C++20 unless [`Rc11::pldi17`] asks for the paper's.

use super::c11::{C11, races, synchronizes_with};
use super::violation::{Axiom, Step, Violation, steps};
use super::{InvalidWitness, Model, Pruning, Residue};
use crate::relation::Relation;
use crate::{EventId, Execution};

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

const SC: Axiom = Axiom { name: "SC", formula: "acyclic(psc)" };

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
        synchronizes_with(execution, &execution.sb(), self.release_sequence)
    }

    /// Happens-before, `(sb | sw)+`.
    #[must_use]
    pub fn happens_before(&self, execution: &Execution) -> Relation {
        C11::new(execution, self.release_sequence).hb
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
        let c11 = C11::new(execution, self.release_sequence);
        c11.check()?;
        c11.sc()
    }

    fn violations(&self, execution: &Execution) -> Vec<Violation> {
        let c11 = C11::new(execution, self.release_sequence);
        let mut violations = c11.violations();
        violations.extend(c11.sc().err());
        violations
    }

    fn confirm(&self, violation: &Violation, execution: &Execution) -> Option<Result<(), InvalidWitness>> {
        Some(violation.validate(execution, self.release_sequence))
    }

    fn is_consistent(&self, execution: &Execution) -> bool {
        let c11 = C11::new(execution, self.release_sequence);
        c11.is_consistent() && c11.psc().is_none_or(|psc| psc.is_acyclic())
    }

    fn races(&self, execution: &Execution) -> Vec<(EventId, EventId)> {
        races(execution, self.release_sequence)
    }

    fn allows_fewer_reads(&self) -> bool {
        // No axiom demands a pair of anything: fewer events, fewer cycles; and fewer reads, less that orders a race.
        true
    }

    fn pruning(&self) -> Pruning {
        match self.release_sequence {
            ReleaseSequence::Cpp20 => Pruning::HappensBefore,
            ReleaseSequence::Cpp11 => Pruning::HappensBeforeCpp11,
        }
    }

    fn residue(&self) -> Residue {
        // A cycle in psc has two sequentially consistent events, for a cycle of one is a cycle in hb;eco?.
        // Nor does a weaker event that is added last close one: no hb leads on from it, so that it is on a path of psc by eco
        // alone, and where eco leads through it, by rf;fr, co;co or fr;co, co or fr does. It takes a fence to begin with hb into it.
        Residue::SeqCst
    }
}

/// The axiom SC.
impl C11<'_> {
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
        let same_location = self.execution.same_location();
        if !step.is_empty() {
            return step;
        }
        if same_location.contains(from, to) {
            return self.hb_path(from, to);
        }
        // (sb \ loc); hb; (sb \ loc)
        let elsewhere = self.sb.difference(&same_location);
        let into = elsewhere.inverse();
        let middles = elsewhere.successors(from).flat_map(|start| into.successors(to).map(move |end| (start, end)));
        let middle = middles.filter(|&(start, end)| self.hb.contains(start, end));
        let middle = middle.map(|(start, end)| self.hb_path(start, end)).min_by_key(Vec::len).unwrap_or_default();
        let Some((first, last)) = middle.first().zip(middle.last()) else { return Vec::new() };
        let mut path = vec![Step { from, relation: "sb", to: first.from }];
        let end = Step { from: last.to, relation: "sb", to };
        path.extend(middle);
        path.push(end);
        path
    }
}
