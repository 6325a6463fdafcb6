//! Release/acquire consistency.

use super::violation::{Axiom, Violation, atomicity, interrupted, shortest_cycle, shortest_path};
use super::{InvalidWitness, Model, Pruning, ReleaseSequence, Residue};
use crate::Execution;
use crate::relation::Relation;

/// The release/acquire fragment of C11 as a model of its own: every write releases, every read acquires, whatever its ordering;
/// fences do nothing.
///
/// Source: Lahav, Giannarakis, Vafeiadis, *Taming Release-Acquire Consistency*, POPL 2016. The axioms, with
/// `hb = (sb | rf)+`:
///
/// - *coherence*: `hb;eco?` is irreflexive;
/// - *atomicity*: `rmw & (fr;co)` is empty.
///
/// ```
/// use memory_model::Ordering::Relaxed;
/// use memory_model::enumerate;
/// use memory_model::litmus::{Litmus, reg};
/// use memory_model::models::Ra;
///
/// let mp = Litmus::new("MP")
///     .thread(|t| {
///         t.store("x", 1, Relaxed);
///         t.store("y", 1, Relaxed);
///     })
///     .thread(|t| {
///         t.load("y", Relaxed);
///         t.load("x", Relaxed);
///     })
///     .exists(reg(1, 0).is(1) & reg(1, 1).is(0));
/// assert!(!enumerate::summary(&mp, &Ra)?.holds());
/// # Ok::<(), enumerate::Error>(())
/// ```
#[doc(alias = "causal")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ra;

const COHERENCE: Axiom = Axiom { name: "coherence", formula: "irreflexive((sb | rf)+;eco?)" };

impl Model for Ra {
    fn name(&self) -> &str {
        "RA"
    }

    fn check(&self, execution: &Execution) -> Result<(), Violation> {
        let fr = execution.fr();
        coherence(execution, &fr)?;
        atomicity(execution, &fr)
    }

    fn violations(&self, execution: &Execution) -> Vec<Violation> {
        let fr = execution.fr();
        [coherence(execution, &fr), atomicity(execution, &fr)].into_iter().filter_map(Result::err).collect()
    }

    fn confirm(&self, violation: &Violation, execution: &Execution) -> Option<Result<(), InvalidWitness>> {
        Some(violation.validate(execution, ReleaseSequence::Cpp20))
    }

    fn is_consistent(&self, execution: &Execution) -> bool {
        let hb = execution.sb().union(execution.rf()).transitive_closure();
        hb.is_irreflexive()
            && hb.intersection(&execution.eco().inverse()).is_empty()
            && interrupted(execution, &execution.fr()).is_empty()
    }

    fn allows_fewer_reads(&self) -> bool {
        // No axiom demands a pair of anything: fewer events, fewer cycles; and fewer reads, less that orders a race.
        true
    }

    fn pruning(&self) -> Pruning {
        Pruning::Causality
    }

    fn residue(&self) -> Residue {
        Residue::Nothing
    }
}

/// irreflexive(hb; eco?)
fn coherence(execution: &Execution, fr: &Relation) -> Result<(), Violation> {
    let (sb, rf, co) = (execution.sb(), execution.rf(), execution.co());
    let before = [("sb", &sb), ("rf", rf)];
    if let Some(cycle) = shortest_cycle(execution.size(), &before) {
        return Err(Violation { axiom: COHERENCE, cycle });
    }
    let happens_before = sb.union(rf).transitive_closure();
    let eco = execution.eco();
    let broken = happens_before.intersection(&eco.inverse());
    let cycles = broken.iter().map(|(from, to)| {
        let mut cycle = shortest_path(from, to, &before);
        cycle.extend(shortest_path(to, from, &[("rf", rf), ("co", co), ("fr", fr)]));
        cycle
    });
    match cycles.min_by_key(Vec::len) {
        Some(cycle) => Err(Violation { axiom: COHERENCE, cycle }),
        None => Ok(()),
    }
}
