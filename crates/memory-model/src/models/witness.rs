//! A second look at violations: a small checker that shares no code with the models.
//!
//! It knows executions only by their events, `rf` and `co`; `fr`, `sw` and the rest are decided for single pairs of events, by
//! walking, where the models compute whole relations.

use std::fmt;

use super::rc11::ReleaseSequence;
use super::violation::{Step, Violation};
use crate::{Event, EventId, Execution};

/// Why a witness does not show what it should.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidWitness {
    /// The steps do not form a cycle.
    NotACycle,
    /// This step does not hold in the execution.
    Step(Step),
    /// The steps are no cycle of the kind that the axiom forbids.
    Shape,
}

impl fmt::Display for InvalidWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotACycle => f.write_str("the steps form no cycle"),
            Self::Step(Step { from, relation, to }) => write!(f, "{from} -{relation}-> {to} does not hold"),
            Self::Shape => f.write_str("the axiom does not forbid cycles of this kind"),
        }
    }
}

impl std::error::Error for InvalidWitness {}

impl Violation {
    /// Checks that the witness is a cycle, that each step holds in `execution`, and that the axiom forbids such cycles.
    ///
    /// `release_sequence` is that of the model by which the violation was found; for models without one it does not matter. Time: at most
    /// the fifth power of the number of steps, and for each `sw` step the number of events squared.
    ///
    /// # Errors
    ///
    /// [`InvalidWitness`], if the witness shows nothing.
    pub fn validate(&self, execution: &Execution, release_sequence: ReleaseSequence) -> Result<(), InvalidWitness> {
        let cycle = &self.cycle;
        let turned = cycle.iter().skip(1).chain(cycle.first());
        if cycle.is_empty() || !cycle.iter().zip(turned).all(|(step, next)| step.to == next.from) {
            return Err(InvalidWitness::NotACycle);
        }
        let checker = Checker { execution, release_sequence };
        if let Some(step) = cycle.iter().find(|step| !checker.holds(step)) {
            return Err(InvalidWitness::Step(*step));
        }
        let names: Vec<&str> = cycle.iter().map(|step| step.relation).collect();
        let only = |allowed: &[&str]| names.iter().all(|name| allowed.contains(name));
        let shape = match (self.axiom.name, self.axiom.formula) {
            ("sequential consistency", _) => only(&["po", "rf", "co", "fr"]),
            ("uniproc", _) => only(&["po", "rf", "co", "fr"]) && checker.all_of_one_location(cycle),
            ("global order", _) => only(&["ppo", "fence", "rf", "co", "fr"]) && checker.external_rf(cycle),
            ("no-thin-air", _) => only(&["sb", "rf"]),
            ("atomicity", _) => names == ["fr", "co", "rmw^-1"],
            ("coherence", "irreflexive((sb | rf)+;eco?)") => two_parts(&names, &["sb", "rf"], &["rf", "co", "fr"]),
            ("coherence", _) => two_parts(&names, &["sb", "sw"], &["rf", "co", "fr"]),
            ("SC", "acyclic(psc)") => checker.is_cycle_of(cycle, Checker::is_psc),
            ("SC", _) => checker.is_cycle_of(cycle, Checker::is_constraint),
            _ => false,
        };
        if shape { Ok(()) } else { Err(InvalidWitness::Shape) }
    }
}

/// Whether the cycle, begun at the right place, has one or more names of `first` and then only names of `second`.
fn two_parts(names: &[&str], first: &[&str], second: &[&str]) -> bool {
    let count = names.len();
    (0..count).any(|start| {
        let at = |place: usize| names[(start + place) % count];
        (1..=count).any(|split| {
            (0..split).all(|place| first.contains(&at(place)))
                && (split..count).all(|place| second.contains(&at(place)))
        })
    })
}

struct Checker<'a> {
    execution: &'a Execution,
    release_sequence: ReleaseSequence,
}

impl Checker<'_> {
    fn event(&self, id: EventId) -> Option<&Event> {
        self.execution.events().get(id)
    }

    fn holds(&self, &Step { from, relation, to }: &Step) -> bool {
        let (Some(a), Some(b)) = (self.event(from), self.event(to)) else { return false };
        let po = self.po(from, to);
        let accesses = po && a.location.is_some() && b.location.is_some();
        let store_then_load = a.is_write() && b.is_read();
        match relation {
            "po" => po,
            "sb" => po || a.is_initial() && !b.is_initial(),
            "rf" => self.source(to) == Some(from),
            "co" => self.execution.co().contains(from, to),
            "fr" => self.source(from).is_some_and(|source| self.execution.co().contains(source, to)),
            "sw" => self.sw(from, to),
            "rmw^-1" => {
                b.is_read() && b.is_rmw && a.is_write() && a.is_rmw && a.thread == b.thread && a.index == b.index + 1
            }
            "same operation" => a.is_rmw && b.is_rmw && a.thread == b.thread && a.index.abs_diff(b.index) == 1,
            "ppo" => accesses && !store_then_load,
            "fence" => accesses && (is_locked(a) || is_locked(b) || self.fence_between(from, to)),
            _ => false,
        }
    }

    fn po(&self, from: EventId, to: EventId) -> bool {
        // All but operands of one expression are related by their places.
        match (self.event(from), self.event(to)) {
            (Some(a), Some(b)) => {
                a.thread.is_some()
                    && a.thread == b.thread
                    && a.index < b.index
                    && self.execution.po().contains(from, to)
            }
            _ => false,
        }
    }

    fn source(&self, read: EventId) -> Option<EventId> {
        (0..self.execution.size()).find(|&write| self.execution.rf().contains(write, read))
    }

    fn fence_between(&self, from: EventId, to: EventId) -> bool {
        self.execution
            .events()
            .iter()
            .enumerate()
            .any(|(id, event)| event.is_fence() && event.ordering.is_seq_cst() && self.po(from, id) && self.po(id, to))
    }

    /// Synchronizes-with, from the acquire back: to a read, its source, and along the release sequence to the release.
    fn sw(&self, release: EventId, acquire: EventId) -> bool {
        let (Some(a), Some(b)) = (self.event(release), self.event(acquire)) else { return false };
        if !a.ordering.is_release() || !b.ordering.is_acquire() || a.is_read() || b.is_write() {
            return false;
        }
        (0..self.execution.size()).any(|read| {
            let reads = self.event(read).is_some_and(|event| event.is_read() && event.ordering.is_atomic());
            let seen = read == acquire || b.is_fence() && self.po(read, acquire);
            reads && seen && self.released_by(release, read)
        })
    }

    /// Whether the atomic read sees a release sequence that `release` heads, itself or as a fence.
    fn released_by(&self, release: EventId, read: EventId) -> bool {
        let mut next = self.source(read);
        // A chain of read-modify-writes that is longer than the execution has bitten its tail.
        for _ in 0..self.execution.size() {
            let Some(write) = next else { return false };
            let Some(event) = self.event(write).filter(|event| event.ordering.is_atomic()) else { return false };
            let heads = |head: EventId| {
                head == release || self.po(release, head) && self.event(release).is_some_and(Event::is_fence)
            };
            let continued = |head: EventId| {
                self.release_sequence == ReleaseSequence::Cpp11
                    && self.po(head, write)
                    && self.event(head).is_some_and(|head| head.is_write() && head.location == event.location)
            };
            if heads(write) || (0..self.execution.size()).any(|head| continued(head) && heads(head)) {
                return true;
            }
            // The read of a read-modify-write is the event before its write.
            next = if event.is_rmw { write.checked_sub(1).and_then(|read| self.source(read)) } else { None };
        }
        false
    }

    fn all_of_one_location(&self, cycle: &[Step]) -> bool {
        let location = cycle.first().and_then(|step| self.event(step.from)).and_then(|event| event.location);
        location.is_some()
            && cycle.iter().all(|step| self.event(step.to).is_some_and(|event| event.location == location))
    }

    fn external_rf(&self, cycle: &[Step]) -> bool {
        let thread = |id| self.event(id).and_then(|event| event.thread);
        cycle.iter().all(|step| step.relation != "rf" || thread(step.from) != thread(step.to))
    }

    /// Whether the cycle, begun at the right place, is made of such `parts`.
    fn is_cycle_of(&self, cycle: &[Step], part: fn(&Self, &[Step]) -> bool) -> bool {
        let count = cycle.len();
        (0..count).any(|start| {
            let turned: Vec<Step> = (0..count).map(|place| cycle[(start + place) % count]).collect();
            self.is_made_of(&turned, part)
        })
    }

    /// Whether the steps are such `parts`, one after the other.
    fn is_made_of(&self, steps: &[Step], part: fn(&Self, &[Step]) -> bool) -> bool {
        // reached[k]: the first k steps are made of parts.
        let mut reached = vec![false; steps.len() + 1];
        reached[0] = true;
        for end in 1..=steps.len() {
            reached[end] = (0..end).any(|begin| reached[begin] && part(self, &steps[begin..end]));
        }
        reached[steps.len()]
    }

    /// Whether the steps are what the order S of C++20 must contain, from operation to operation:
    /// `[SC];shb;[SC] | ([SC] | [F SC];hb);cob;([SC] | hb;[F SC])`.
    fn is_constraint(&self, steps: &[Step]) -> bool {
        let is_half = |step: &Step| step.relation == "same operation";
        let start = steps.iter().take_while(|step| is_half(step)).count();
        let end = steps.len() - steps[start..].iter().rev().take_while(|step| is_half(step)).count();
        let steps = &steps[start..end.max(start)];
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return false };
        let (Some(a), Some(b)) = (self.event(first.from), self.event(last.to)) else { return false };
        if !a.ordering.is_seq_cst() || !b.ordering.is_seq_cst() || self.is_one_operation(first.from, last.to) {
            return false;
        }
        let seen = |from: usize, to: usize| {
            (from == 0 || a.is_fence() && are_all(HB, &steps[..from]))
                && are_all(ECO, &steps[from..to])
                && (to == steps.len() || b.is_fence() && are_all(HB, &steps[to..]))
        };
        self.is_made_of(steps, Self::is_strong)
            || (0..steps.len()).any(|from| (from + 1..=steps.len()).any(|to| seen(from, to)))
    }

    /// Whether the steps are `sb | [SC];sw;[SC] | sb;hb;sb`, of which strongly-happens-before is made.
    fn is_strong(&self, steps: &[Step]) -> bool {
        let is_sc = |id: EventId| self.event(id).is_some_and(|event| event.ordering.is_seq_cst());
        let leads_on = |step: &Step| step.relation == "sb" && !self.is_one_operation(step.from, step.to);
        match steps {
            [] => false,
            [step] => step.relation == "sb" || step.relation == "sw" && is_sc(step.from) && is_sc(step.to),
            [first, inner @ .., last] => leads_on(first) && leads_on(last) && !inner.is_empty() && are_all(HB, inner),
        }
    }

    /// Whether the events are the read and the write of one read-modify-write.
    fn is_one_operation(&self, read: EventId, write: EventId) -> bool {
        match (self.event(read), self.event(write)) {
            (Some(a), Some(b)) => a.is_rmw && a.is_read() && b.is_rmw && b.is_write() && write == read + 1,
            _ => false,
        }
    }

    /// Whether the steps are one step of psc.
    fn is_psc(&self, steps: &[Step]) -> bool {
        let ends = steps
            .first()
            .and_then(|first| self.event(first.from))
            .zip(steps.last().and_then(|last| self.event(last.to)));
        let Some((a, b)) = ends else { return false };
        if !a.ordering.is_seq_cst() || !b.ordering.is_seq_cst() {
            return false;
        }
        let count = steps.len();
        // Everything before `from` and after `to` is happens-before from and to a fence.
        let splits = (0..count).flat_map(|from| (from + 1..=count).map(move |to| (from, to)));
        let both_fences = a.is_fence() && b.is_fence();
        both_fences && are_all(HB, steps)
            || splits.into_iter().any(|(from, to)| {
                let (before, middle, after) = (&steps[..from], &steps[from..to], &steps[to..]);
                let outside = are_all(HB, before) && are_all(HB, after);
                let base =
                    (a.is_fence() || before.is_empty()) && (b.is_fence() || after.is_empty()) && self.is_scb(middle);
                let fence = both_fences && !before.is_empty() && !after.is_empty() && are_all(ECO, middle);
                outside && (base || fence)
            })
    }

    /// scb = sb | (sb \ loc); hb; (sb \ loc) | hb & loc | co | fr
    fn is_scb(&self, steps: &[Step]) -> bool {
        let location = |id| self.event(id).and_then(|event| event.location);
        let elsewhere = |step: &Step| {
            step.relation == "sb" && (location(step.from).is_none() || location(step.from) != location(step.to))
        };
        match steps {
            [] => false,
            [step] if matches!(step.relation, "sb" | "co" | "fr") => true,
            [first, .., last] => {
                let same = location(first.from).is_some() && location(first.from) == location(last.to);
                are_all(HB, steps) && (same || steps.len() >= 3 && elsewhere(first) && elsewhere(last))
            }
            [step] => {
                step.relation == "sw" && location(step.from).is_some() && location(step.from) == location(step.to)
            }
        }
    }
}

/// The steps of happens-before.
const HB: &[&str] = &["sb", "sw"];
/// The steps of extended coherence order.
const ECO: &[&str] = &["rf", "co", "fr"];

/// Whether all steps are of these relations.
fn are_all(relations: &[&str], steps: &[Step]) -> bool {
    steps.iter().all(|step| relations.contains(&step.relation))
}

/// Whether the event belongs to a locked instruction under the usual compilation to x86.
fn is_locked(event: &Event) -> bool {
    event.is_rmw || event.is_write() && !event.is_initial() && event.ordering.is_seq_cst()
}
