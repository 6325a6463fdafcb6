//! x86-TSO.
//!
//! Sources: Owens, Sarkar, Sewell, *A Better x86 Memory Model: x86-TSO*, TPHOLs 2009; the axioms in the form of Alglave, Maranget,
//! Tautschnig, *Herding Cats*, TOPLAS 2014.

use super::violation::{Axiom, Violation, atomicity, shortest_cycle};
use super::{InvalidWitness, Model, Order, Pruning, ReleaseSequence, Residue};
use crate::relation::Relation;
use crate::{Event, Execution};

/// x86-TSO, for programs compiled in the usual way: every access is a plain `mov`, except that a sequentially consistent store is
/// an `xchg`, a read-modify-write a locked instruction, a sequentially consistent fence an `mfence`, and other fences nothing.
///
/// The axioms, with `M` the accesses, `L` the locked ones and `rfe` the part of `rf` between threads:
///
/// - *uniproc*: `(po & loc) | rf | co | fr` is acyclic;
/// - *atomicity*: `rmw & (fr;co)` is empty;
/// - *global order*: `ppo | fence | rfe | co | fr` is acyclic, where `ppo = (po & M*M) - W*R` and
///   `fence = po;[mfence];po | po;[L] | [L];po`.
///
/// ```
/// use memory_model::Ordering::{Relaxed, SeqCst};
/// use memory_model::enumerate;
/// use memory_model::litmus::Litmus;
/// use memory_model::models::Tso;
///
/// let sb = |ordering| {
///     Litmus::new("SB")
///         .thread(|t| {
///             t.store("x", 1, ordering);
///             t.load("y", Relaxed);
///         })
///         .thread(|t| {
///             t.store("y", 1, ordering);
///             t.load("x", Relaxed);
///         })
/// };
/// assert_eq!(enumerate::summary(&sb(Relaxed), &Tso)?.executions, 4);
/// assert_eq!(enumerate::summary(&sb(SeqCst), &Tso)?.executions, 3);
/// # Ok::<(), enumerate::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tso;

const UNIPROC: Axiom = Axiom { name: "uniproc", formula: "acyclic((po & loc) | rf | co | fr)" };
const GLOBAL: Axiom = Axiom { name: "global order", formula: "acyclic(ppo | fence | rfe | co | fr)" };

impl Tso {
    /// Whether the event belongs to a locked instruction.
    fn is_locked(event: &Event) -> bool {
        event.is_rmw || event.is_write() && event.ordering.is_seq_cst()
    }

    /// Whether the order of two events of a thread is that in which they reach the memory.
    fn preserves(earlier: &Event, later: &Event) -> bool {
        if earlier.is_fence() || later.is_fence() {
            return [earlier, later].into_iter().all(|event| !event.is_fence() || event.ordering.is_seq_cst());
        }
        !(earlier.is_write() && later.is_read()) || Self::is_locked(earlier) || Self::is_locked(later)
    }

    /// ppo = (po & M*M) - W*R
    fn preserved(execution: &Execution) -> Relation {
        let writes = execution.set(Event::is_write);
        let reads = execution.set(Event::is_read);
        let accesses = writes.union(&reads);
        execution.po().restrict(&accesses).difference(&Relation::product(&writes, &reads))
    }

    /// fence = po;[mfence];po | po;[L] | [L];po
    fn fenced(execution: &Execution) -> Relation {
        let po = execution.po();
        let fences = execution.set(|event| event.is_fence() && event.ordering.is_seq_cst());
        let locked = execution.set(|event| Self::is_locked(event) && !event.is_initial());
        let accesses = execution.set(|event| !event.is_fence());
        let mut fenced = po.restrict_range(&fences).compose(po);
        fenced |= &po.restrict_range(&locked);
        fenced |= &po.restrict_domain(&locked);
        fenced.restrict(&accesses)
    }
}

impl Tso {
    /// acyclic((po & loc) | rf | co | fr)
    fn uniproc(execution: &Execution, fr: &Relation) -> Result<(), Violation> {
        let po_loc = execution.po().intersection(&execution.same_location());
        let named = [("po", &po_loc), ("rf", execution.rf()), ("co", execution.co()), ("fr", fr)];
        shortest_cycle(execution.size(), &named).map_or(Ok(()), |cycle| Err(Violation { axiom: UNIPROC, cycle }))
    }

    /// acyclic(ppo | fence | rfe | co | fr)
    fn global_order(execution: &Execution, fr: &Relation) -> Result<(), Violation> {
        let (ppo, fenced) = (Self::preserved(execution), Self::fenced(execution));
        let rfe = execution.external(execution.rf());
        let named = [("ppo", &ppo), ("fence", &fenced), ("rf", &rfe), ("co", execution.co()), ("fr", fr)];
        shortest_cycle(execution.size(), &named).map_or(Ok(()), |cycle| Err(Violation { axiom: GLOBAL, cycle }))
    }
}

impl Model for Tso {
    fn name(&self) -> &str {
        "TSO"
    }

    fn check(&self, execution: &Execution) -> Result<(), Violation> {
        let fr = execution.fr();
        Self::uniproc(execution, &fr)?;
        atomicity(execution, &fr)?;
        Self::global_order(execution, &fr)
    }

    fn violations(&self, execution: &Execution) -> Vec<Violation> {
        let fr = execution.fr();
        let axioms = [Self::uniproc(execution, &fr), atomicity(execution, &fr), Self::global_order(execution, &fr)];
        axioms.into_iter().filter_map(Result::err).collect()
    }

    fn confirm(&self, violation: &Violation, execution: &Execution) -> Option<Result<(), InvalidWitness>> {
        Some(violation.validate(execution, ReleaseSequence::Cpp20))
    }

    fn allows_fewer_reads(&self) -> bool {
        // No axiom demands a pair of anything: fewer events, fewer cycles; and fewer reads, less that orders a race.
        true
    }

    fn pruning(&self) -> Pruning {
        // TSO is stronger than release/acquire consistency (Lahav, Giannarakis, Vafeiadis, POPL 2016, section 2).
        Pruning::Causality
    }

    fn residue(&self) -> Residue {
        // With fences as events of the order: what po leads into a fence and out of it is ordered.
        Residue::Order(Order { preserves: Self::preserves, internal_rf: false })
    }
}
