//! The sequential consistency of C++20, by its standard.
//!
//! Source: the C++20 standard, [intro.races] and [atomics.order], as changed by P0668. What RC11 and the standard share is in
//! `c11`; here is the total order S of sequentially consistent operations.

use super::c11::{C11, races};
use super::rc11::ReleaseSequence;
use super::violation::{Axiom, Step, Violation};
use super::{InvalidWitness, Model, Pruning, Residue};
use crate::relation::Relation;
use crate::{EventId, Execution};

/// C++20 as its standard has it, except that `sb | rf` must be acyclic (the standard only discourages values out of thin air).
///
/// It differs from [`Rc11`](super::Rc11) in the axiom for sequentially consistent operations: a single total order S of them must
/// exist that is consistent with *strongly happens before* and with the *coherence order*, as seen by operations and through
/// fences. With `cob = eco`, operations instead of halves of read-modify-writes, and
/// `shb = (sb | [SC];sw;[SC] | sb;hb;sb)+`, that is
///
/// ```text
/// acyclic([SC];shb;[SC] | [SC];cob;[SC] | [SC];cob;hb;[F SC] | [F SC];hb;cob;[SC] | [F SC];hb;cob;hb;[F SC])
/// ```
///
/// By its letter the standard is stronger than RC11 (that RC11 allows all that this model allows is tested, not proved), in two ways:
///
/// - it orders two operations that are connected by `sb;hb;sb` even if the first or last `sb` stays at one location;
/// - `cob` contains `co;rf`, so that a thread may not read its own relaxed store early with a sequentially consistent load. x86
///   does just that with the usual compilation: a defect of the wording, LWG issue 3941. RC11 is what was meant; use it unless the
///   wording itself is the question.
///
/// ```
/// use memory_model::Ordering::SeqCst;
/// use memory_model::enumerate;
/// use memory_model::litmus::Litmus;
/// use memory_model::models::Cpp20;
///
/// let sb = Litmus::new("SB")
///     .thread(|t| {
///         t.store("x", 1, SeqCst);
///         t.load("y", SeqCst);
///     })
///     .thread(|t| {
///         t.store("y", 1, SeqCst);
///         t.load("x", SeqCst);
///     });
/// assert_eq!(enumerate::summary(&sb, &Cpp20)?.executions, 3);
/// # Ok::<(), enumerate::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cpp20;

const SC: Axiom = Axiom { name: "SC", formula: "a total order S of SC operations, consistent with shb and cob" };

impl Model for Cpp20 {
    fn name(&self) -> &str {
        "C++20"
    }

    fn check(&self, execution: &Execution) -> Result<(), Violation> {
        let c11 = C11::new(execution, ReleaseSequence::Cpp20);
        c11.check()?;
        c11.total_order()
    }

    fn violations(&self, execution: &Execution) -> Vec<Violation> {
        let c11 = C11::new(execution, ReleaseSequence::Cpp20);
        let mut violations = c11.violations();
        violations.extend(c11.total_order().err());
        violations
    }

    fn confirm(&self, violation: &Violation, execution: &Execution) -> Option<Result<(), InvalidWitness>> {
        Some(violation.validate(execution, ReleaseSequence::Cpp20))
    }

    fn is_consistent(&self, execution: &Execution) -> bool {
        let c11 = C11::new(execution, ReleaseSequence::Cpp20);
        c11.is_consistent() && by_operation(execution, &c11.constraints()).is_acyclic()
    }

    fn races(&self, execution: &Execution) -> Vec<(EventId, EventId)> {
        races(execution, ReleaseSequence::Cpp20)
    }

    fn allows_fewer_reads(&self) -> bool {
        // No axiom demands a pair of anything: fewer events, fewer cycles; and fewer reads, less that orders a race.
        true
    }

    fn pruning(&self) -> Pruning {
        Pruning::HappensBefore
    }

    fn residue(&self) -> Residue {
        // A cycle of constraints on S has two sequentially consistent events, for a cycle of one is a cycle in hb;eco?.
        // Nor does a weaker event that is added last close one: no hb leads on from it, so that it is on a path of the constraints on S by eco
        // alone, and where eco leads through it, by rf;fr, co;co or fr;co, co or fr does. It takes a fence to begin with hb into it.
        Residue::SeqCst
    }
}

/// Relates the halves of a read-modify-write with each other and with themselves.
fn same_operation(execution: &Execution) -> Relation {
    execution.rmw().union(&execution.rmw().inverse()).reflexive()
}

/// `constraints` between operations: what holds for one half of a read-modify-write holds for the other.
fn by_operation(execution: &Execution, constraints: &Relation) -> Relation {
    let same = same_operation(execution);
    same.compose(constraints).compose(&same)
}

/// The order S.
impl C11<'_> {
    /// Whether S exists.
    fn total_order(&self) -> Result<(), Violation> {
        let constraints = self.constraints();
        let by_operation = by_operation(self.execution, &constraints);
        let Some(mut cycle) = by_operation.shortest_cycle() else { return Ok(()) };
        cycle.extend(cycle.first().copied());
        let cycle = cycle.windows(2).flat_map(|pair| self.constraint_path(&constraints, pair[0], pair[1])).collect();
        Err(Violation { axiom: SC, cycle })
    }

    /// What S must contain, without the pairs within one operation.
    fn constraints(&self) -> Relation {
        let sc = self.execution.set(|event| event.ordering.is_seq_cst());
        if sc.len() < 2 {
            return Relation::empty(self.execution.size());
        }
        let fences = self.sc_fences();
        let rmw = self.execution.rmw();
        let mut order = self.strongly_happens_before().restrict(&sc);
        // [SC]; cob; [SC] | [SC]; cob; hb; [F SC] | [F SC]; hb; cob; [SC] | [F SC]; hb; cob; hb; [F SC]
        order |= &self.eco.restrict(&sc);
        if !fences.is_empty() {
            let to_fence = self.eco.compose(&self.hb.restrict_range(&fences));
            order |= &to_fence.restrict_domain(&sc);
            let from_fence = self.hb.restrict_domain(&fences);
            order |= &from_fence.compose(&self.eco).restrict_range(&sc);
            order |= &from_fence.compose(&to_fence);
        }
        order.difference(rmw)
    }

    /// shb = (sb | [SC]; sw; [SC] | sb; hb; sb)+
    fn strongly_happens_before(&self) -> Relation {
        self.strong_steps().transitive_closure()
    }

    /// sb | [SC]; sw; [SC] | sb; hb; sb
    fn strong_steps(&self) -> Relation {
        let outside = self.between_operations();
        let mut strongly = outside.compose(&self.hb).compose(&outside);
        strongly |= &self.sw_of_sc();
        strongly |= &self.sb;
        strongly
    }

    /// sb without what leads from one half of a read-modify-write to the other, which is no step between operations.
    fn between_operations(&self) -> Relation {
        self.sb.difference(self.execution.rmw())
    }

    /// [SC]; sw; [SC]
    fn sw_of_sc(&self) -> Relation {
        self.sw.restrict(&self.execution.set(|event| event.ordering.is_seq_cst()))
    }

    /// The steps by which one event strongly happens before another.
    fn strong_path(&self, from: EventId, to: EventId) -> Vec<Step> {
        let (outside, sw) = (self.between_operations(), self.sw_of_sc());
        let path = self.strong_steps().shortest_path(from, to).unwrap_or_default();
        let step = |from: EventId, to: EventId| -> Vec<Step> {
            let named = [("sb", &self.sb), ("sw", &sw)];
            if let Some((relation, _)) = named.iter().find(|(_, relation)| relation.contains(from, to)) {
                return vec![Step { from, relation, to }];
            }
            let paths = outside.successors(from).flat_map(|first| {
                let lasts = (0..self.execution.size()).filter(|&last| outside.contains(last, to));
                lasts.filter(move |&last| self.hb.contains(first, last)).map(move |last| {
                    let (before, after) =
                        (Step { from, relation: "sb", to: first }, Step { from: last, relation: "sb", to });
                    [vec![before], self.hb_path(first, last), vec![after]].concat()
                })
            });
            paths.min_by_key(Vec::len).unwrap_or_default()
        };
        path.windows(2).flat_map(|pair| step(pair[0], pair[1])).collect()
    }

    /// A step between operations in terms of sb, sw, rf, co and fr, with the step between halves where there is one.
    fn constraint_path(&self, constraints: &Relation, from: EventId, to: EventId) -> Vec<Step> {
        let same = same_operation(self.execution);
        let fences = self.sc_fences();
        let strongly = self.strongly_happens_before();
        let mut best: Option<Vec<Step>> = None;
        for start in same.successors(from) {
            for end in same.successors(to).filter(|&end| constraints.contains(start, end)) {
                let mut middles = vec![self.eco_path(start, end)];
                if strongly.contains(start, end) {
                    middles.push(self.strong_path(start, end));
                }
                for seen in (0..self.execution.size()).filter(|&seen| seen == start || fences.contains(start)) {
                    for told in (0..self.execution.size()).filter(|&told| told == end || fences.contains(end)) {
                        let leads = (seen == start || self.hb.contains(start, seen))
                            && self.eco.contains(seen, told)
                            && (told == end || self.hb.contains(told, end));
                        if leads {
                            let parts = [self.hb_path(start, seen), self.eco_path(seen, told), self.hb_path(told, end)];
                            middles.push(parts.concat());
                        }
                    }
                }
                for middle in middles.into_iter().filter(|middle| !middle.is_empty()) {
                    let mut path = half(from, start);
                    path.extend(middle);
                    path.extend(half(end, to));
                    if best.as_ref().is_none_or(|best| path.len() < best.len()) {
                        best = Some(path);
                    }
                }
            }
        }
        best.unwrap_or_default()
    }
}

/// The step from one half of a read-modify-write to the other, if they are different events.
fn half(from: EventId, to: EventId) -> Vec<Step> {
    if from == to { Vec::new() } else { vec![Step { from, relation: "same operation", to }] }
}
