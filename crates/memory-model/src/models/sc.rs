//! Sequential consistency.

use super::violation::{Axiom, Violation, atomicity, interrupted, shortest_cycle};
use super::{InvalidWitness, Model, Order, Pruning, ReleaseSequence, Residue};
use crate::Execution;
use crate::relation::Relation;

/// Lamport's sequential consistency: some interleaving of the threads explains every read.
///
/// Orderings and fences are ignored. The axioms, after Shasha and Snir:
///
/// - *sequential consistency*: `po | rf | co | fr` is acyclic;
/// - *atomicity*: `rmw & (fr;co)` is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sc;

/// `po | rf | co | fr` is acyclic.
const SEQUENTIAL: Axiom = Axiom { name: "sequential consistency", formula: "acyclic(po | rf | co | fr)" };

impl Model for Sc {
    fn name(&self) -> &str {
        "SC"
    }

    fn check(&self, execution: &Execution) -> Result<(), Violation> {
        let fr = execution.fr();
        sequential(execution, &fr)?;
        atomicity(execution, &fr)
    }

    fn violations(&self, execution: &Execution) -> Vec<Violation> {
        let fr = execution.fr();
        [sequential(execution, &fr), atomicity(execution, &fr)].into_iter().filter_map(Result::err).collect()
    }

    fn confirm(&self, violation: &Violation, execution: &Execution) -> Option<Result<(), InvalidWitness>> {
        Some(violation.validate(execution, ReleaseSequence::Cpp20))
    }

    fn is_consistent(&self, execution: &Execution) -> bool {
        let fr = execution.fr();
        let mut order = execution.com();
        order |= execution.po();
        order.is_acyclic() && interrupted(execution, &fr).is_empty()
    }

    fn allows_fewer_reads(&self) -> bool {
        // No axiom demands a pair of anything: fewer events, fewer cycles; and fewer reads, less that orders a race.
        true
    }

    fn pruning(&self) -> Pruning {
        // A cycle in (po | rf)+;eco? is one in po | rf | co | fr.
        Pruning::Causality
    }

    fn residue(&self) -> Residue {
        Residue::Order(Order { preserves: |_, _| true, internal_rf: true })
    }
}

/// acyclic(po | rf | co | fr)
fn sequential(execution: &Execution, fr: &Relation) -> Result<(), Violation> {
    let named = [("po", execution.po()), ("rf", execution.rf()), ("co", execution.co()), ("fr", fr)];
    shortest_cycle(execution.size(), &named).map_or(Ok(()), |cycle| Err(Violation { axiom: SEQUENTIAL, cycle }))
}
