//! What the axioms of a model imply, proved from its terms.
//!
//! An enumerator may drop candidates early if the model would refuse them anyway. Which it may drop is proved here: that every
//! allowed execution is free of cycles in `po | rf`, coherent per location, and atomic; see [`Pruning`]. The proof looks for an axiom
//! whose term contains the cycles in question, by rules of relation algebra on terms ([`Prover::contains`]). The rules are sound but not
//! complete: what cannot be proved is not used.
//!
//! Coherence per location, `acyclic((po & loc) | rf | co | fr)`, follows from `irreflexive((po & loc);eco)` with
//! `eco = (rf | co | fr)+`: of a cycle with several `po` steps, all at one location, the ends of two of them are related by `eco` one
//! way or the other, or read from the same write, which gives a shorter cycle (Alglave, Maranget, Tautschnig, *Herding Cats*, TOPLAS
//! 2014, section 4). Least solutions of `let rec` have rules of their own, with their proofs in [`recursion`](super::recursion).
//! Read-modify-writes are single events here; that their halves are coherent and that nothing comes between them
//! is `irreflexive([RMW];eco)`.

mod properties;

use std::collections::HashMap;

use super::base::Base;
use super::run::Check;
use super::syntax::{Property, TestKind};
use super::terms::{Node, Sort, Term, Terms};
use crate::models::Pruning;

/// What was proved of a model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proved {
    /// What may be pruned.
    pub(super) pruning: Pruning,
    /// Whether cycles in `po | rf` may be allowed.
    pub(super) allows_cycles: bool,
    /// See [`Model::allows_fewer_reads`](crate::models::Model::allows_fewer_reads).
    pub(super) allows_fewer_reads: bool,
}

impl Proved {
    /// What is always right.
    pub(super) const NOTHING: Self = Self { pruning: Pruning::None, allows_cycles: true, allows_fewer_reads: false };
}

/// Looks for proofs.
pub(super) fn prove(terms: &mut Terms, checks: &[Check]) -> Proved {
    let axioms: Vec<&Check> = checks.iter().filter(|check| check.kind == TestKind::Check && !check.negated).collect();
    let mut prover = Prover { terms, known: HashMap::new(), reflexive: HashMap::new(), steps: 0, depth: 0 };
    let targets = Targets::new(prover.terms);
    let is_coherent = prover.forbids(&axioms, targets.coherence);
    let forbids_cycles =
        prover.forbids(&axioms, targets.thin_air) || is_coherent && prover.forbids(&axioms, targets.external_thin_air);
    let is_atomic = prover.forbids(&axioms, targets.atomicity);
    let is_closed = checks
        .iter()
        .filter(|check| check.kind == TestKind::Check)
        .all(|check| prover.is_trivial(check) || !check.negated && prover.is_closed(check.term));
    let pruning = if !(forbids_cycles && is_coherent && is_atomic && is_closed) {
        Pruning::None
    } else if prover.forbids(&axioms, targets.happens_before) && prover.forbids(&axioms, targets.through_happens_before)
    {
        Pruning::HappensBefore
    } else {
        Pruning::Coherence
    };
    // Dependencies are not those of the whole where a value comes from an earlier read.
    let depends = prover.terms.bases().any(Base::is_annotation);
    let writes = one_of_a_pair_writes(prover.terms);
    let flags: Vec<&Check> = checks.iter().filter(|check| check.kind != TestKind::Check).collect();
    let allows_fewer_reads =
        pruning != Pruning::None && !depends && flags.into_iter().all(|flag| prover.is_raised_by_pairs(flag, writes));
    Proved { pruning, allows_cycles: !forbids_cycles, allows_fewer_reads }
}

/// `W * _ | _ * W`.
fn one_of_a_pair_writes(terms: &mut Terms) -> Term {
    let (writes, all) = (terms.base(Base::Writes), terms.everything(Sort::Set));
    let (first, second) = (terms.product(writes, all), terms.product(all, writes));
    terms.union(first, second)
}

/// Relations whose cycles of one step are to be forbidden.
struct Targets {
    /// `(po | rf)+`.
    thin_air: Term,
    /// `(po & (R * W) | rf & ext)+`. In a coherent execution `rf & int` is within `po`; so a cycle in `po | rf` has external steps of
    /// `rf`, and between two of them `po` leads from a read to a write, or one read-modify-write is both.
    external_thin_air: Term,
    /// `(po & loc);eco`.
    coherence: Term,
    /// `[RMW];eco`.
    atomicity: Term,
    /// `hb`.
    happens_before: Term,
    /// `hb;eco`.
    through_happens_before: Term,
}

impl Targets {
    fn new(terms: &mut Terms) -> Self {
        let [po, rf, co, loc, id] = [Base::Po, Base::Rf, Base::Co, Base::Loc, Base::Id].map(|base| terms.base(base));
        let back = terms.inverse(rf);
        let through = terms.sequence(back, co);
        let fr = terms.difference(through, id);
        let rf_co = terms.union(rf, co);
        let com = terms.union(rf_co, fr);
        let eco = terms.plus(com);
        let po_rf = terms.union(po, rf);
        let thin_air = terms.plus(po_rf);
        let [reads, writes, ext] = [Base::Reads, Base::Writes, Base::Ext].map(|base| terms.base(base));
        let read_write = terms.product(reads, writes);
        let (po_rw, rfe) = (terms.intersection(po, read_write), terms.intersection(rf, ext));
        let external = terms.union(po_rw, rfe);
        let external_thin_air = terms.plus(external);
        let po_loc = terms.intersection(po, loc);
        let coherence = terms.sequence(po_loc, eco);
        let updates = terms.base(Base::Updates);
        let update = terms.identity(updates);
        let atomicity = terms.sequence(update, eco);
        let sw = synchronizes_with(terms);
        let steps = terms.union(po, sw);
        let happens_before = terms.plus(steps);
        let through_happens_before = terms.sequence(happens_before, eco);
        Self { thin_air, external_thin_air, coherence, atomicity, happens_before, through_happens_before }
    }
}

/// `[REL | ACQ_REL | SC]; ([F]; po)?; [W & A]; (rf; [RMW])*; rf; [R & A]; (po; [F])?; [ACQ | ACQ_REL | SC]`: the synchronization
/// that an enumerator takes for granted, in the order in which the bundled models write it.
fn synchronizes_with(terms: &mut Terms) -> Term {
    let [po, rf] = [Base::Po, Base::Rf].map(|base| terms.base(base));
    let [writes, reads, fences, updates, atomic] =
        [Base::Writes, Base::Reads, Base::Fences, Base::Updates, Base::Atomic].map(|base| terms.base(base));
    let [rel, acq, acq_rel, sc] =
        [Base::Release, Base::Acquire, Base::AcqRel, Base::SeqCst].map(|base| terms.base(base));
    let mut ordered = |one| {
        let two = terms.union(one, acq_rel);
        let three = terms.union(two, sc);
        terms.identity(three)
    };
    let (releases, acquires) = (ordered(rel), ordered(acq));
    let fence = terms.identity(fences);
    let fenced = terms.sequence(fence, po);
    let fenced = terms.optional(fenced);
    let atomic_writes = terms.intersection(writes, atomic);
    let atomic_writes = terms.identity(atomic_writes);
    let update = terms.identity(updates);
    let link = terms.sequence(rf, update);
    let chain = terms.star(link);
    let sequence = terms.sequence(atomic_writes, chain);
    let atomic_reads = terms.intersection(reads, atomic);
    let atomic_reads = terms.identity(atomic_reads);
    let to_fence = terms.sequence(po, fence);
    let to_fence = terms.optional(to_fence);
    let parts = [fenced, sequence, rf, atomic_reads, to_fence, acquires];
    parts.into_iter().fold(releases, |all, part| terms.sequence(all, part))
}

struct Prover<'t> {
    terms: &'t mut Terms,
    known: HashMap<(Term, Term), bool>,
    /// The least solutions of which it was asked whether they contain the identity.
    reflexive: HashMap<Term, bool>,
    steps: usize,
    depth: usize,
}

/// The steps of one proof.
const MAX_STEPS: usize = 200_000;

/// The levels of one proof.
const MAX_DEPTH: usize = 500;

impl Prover<'_> {
    /// Whether one of the axioms forbids every cycle of one step of `target`.
    fn forbids(&mut self, axioms: &[&Check], target: Term) -> bool {
        axioms.iter().any(|axiom| match axiom.property {
            Property::Irreflexive => self.contains(axiom.term, target),
            Property::Acyclic => {
                let closure = self.terms.plus(axiom.term);
                self.contains(closure, target)
            }
            // Without a pair there is no cycle.
            Property::Empty => self.contains(axiom.term, target),
        })
    }

    /// Whether the test holds in every execution.
    fn is_trivial(&mut self, check: &Check) -> bool {
        let Node::Difference(a, b) = *self.terms.node(check.term) else { return false };
        check.property == Property::Empty && !check.negated && self.contains(b, a)
    }

    /// Whether the test raises a flag for each pair of a kind that nothing orders, of which one event writes.
    fn is_raised_by_pairs(&mut self, flag: &Check, writes: Term) -> bool {
        let is_raised = match flag.kind {
            TestKind::UndefinedUnless => !flag.negated,
            TestKind::Flag => flag.negated,
            TestKind::Check | TestKind::Assert => false,
        };
        let mut term = flag.term;
        while let Node::Difference(a, b) = *self.terms.node(term) {
            if self.is_local(term) {
                break;
            }
            if !self.is_closed(b) {
                return false;
            }
            term = a;
        }
        let is_relation = self.terms.sort(term) == Sort::Relation;
        is_raised
            && flag.property == Property::Empty
            && is_relation
            && self.is_local(term)
            && self.contains(writes, term)
    }

    /// Whether every pair of `part` is in `whole`, in every execution.
    fn contains(&mut self, whole: Term, part: Term) -> bool {
        if whole == part {
            return true;
        }
        if let Some(&known) = self.known.get(&(whole, part)) {
            return known;
        }
        self.steps += 1;
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        // While the proof is under way it may not be used: no proof by itself.
        self.known.insert((whole, part), false);
        let proved = self.by_part(whole, part) || self.by_whole(whole, part) || self.by_sequence(whole, part);
        self.known.insert((whole, part), proved);
        self.depth -= 1;
        proved
    }

    /// Rules on what the part is made of.
    fn by_part(&mut self, whole: Term, part: Term) -> bool {
        match *self.terms.node(part) {
            Node::Nothing(_) => true,
            Node::Union(a, b) => self.contains(whole, a) && self.contains(whole, b),
            Node::Intersection(a, b) => self.contains(whole, a) || self.contains(whole, b),
            Node::Difference(a, _) => self.contains(whole, a),
            Node::Optional(a) => self.is_reflexive(whole) && self.contains(whole, a),
            Node::Plus(a) => self.is_transitive(whole) && self.contains(whole, a),
            Node::Star(a) => self.is_reflexive(whole) && self.is_transitive(whole) && self.contains(whole, a),
            Node::Identity(_) | Node::Base(Base::Id) => self.is_reflexive(whole),
            // What the right side of the equation maps into itself contains the least solution.
            Node::Least { .. } => {
                let side = self.terms.unfold(part, whole);
                self.contains(whole, side)
            }
            _ => false,
        }
    }

    /// Rules on what the whole is made of.
    fn by_whole(&mut self, whole: Term, part: Term) -> bool {
        match *self.terms.node(whole) {
            Node::Everything(_) => true,
            // A solution solves.
            Node::Least { .. } => {
                let side = self.terms.unfold(whole, whole);
                self.contains(side, part)
            }
            Node::Base(Base::Loc) => self.is_of_one_location(part),
            Node::Base(Base::Int) => matches!(self.terms.node(part), Node::Base(Base::Po | Base::Id)),
            Node::Base(Base::Accesses) => {
                matches!(self.terms.node(part), Node::Base(Base::Reads | Base::Writes | Base::Atomic | Base::Updates))
            }
            Node::Base(Base::Reads) => matches!(self.terms.node(part), Node::Base(Base::Updates)),
            Node::Base(Base::Writes) => {
                matches!(self.terms.node(part), Node::Base(Base::Updates | Base::Initial | Base::Final))
            }
            Node::Base(Base::Co) => part == super::given::first_and_last(self.terms),
            Node::Union(a, b) => {
                self.contains(a, part)
                    || self.contains(b, part)
                    || *self.terms.node(part) == Node::Base(Base::Atomic) && self.names_all_atomic(whole)
            }
            Node::Intersection(a, b) => self.contains(a, part) && self.contains(b, part),
            Node::Difference(a, b) => self.contains(a, part) && self.are_disjoint(part, b),
            Node::Complement(a) => self.are_disjoint(part, a),
            Node::Plus(a) | Node::Star(a) | Node::Optional(a) => self.contains(a, part),
            Node::Inverse(a) => match *self.terms.node(part) {
                Node::Inverse(b) => self.contains(a, b),
                _ => false,
            },
            Node::Identity(set) => match *self.terms.node(part) {
                Node::Identity(inner) => self.contains(set, inner),
                _ => false,
            },
            Node::Product(from, to) => self.starts_in(part, from) && self.ends_in(part, to),
            // `[S] = [S];[S]`.
            Node::Sequence(a, b) if self.is_identity(part) => self.contains(a, part) && self.contains(b, part),
            Node::Sequence(a, b) => {
                self.is_reflexive(a) && self.contains(b, part) || self.is_reflexive(b) && self.contains(a, part)
            }
            _ => false,
        }
    }

    /// Rules on compositions: the part is split wherever the whole is, or its steps are all steps of a transitive whole.
    fn by_sequence(&mut self, whole: Term, part: Term) -> bool {
        let parts = self.terms.flatten(part);
        if parts.len() < 2 {
            return false;
        }
        // A part that may be skipped: both ways must be contained.
        for (place, &step) in parts.iter().enumerate() {
            let inner = match *self.terms.node(step) {
                Node::Optional(inner) => inner,
                Node::Star(inner) => self.terms.plus(inner),
                _ => continue,
            };
            let without = self.terms.compose(&[&parts[..place], &parts[place + 1..]].concat());
            let with = self.terms.compose(&[&parts[..place], &[inner], &parts[place + 1..]].concat());
            return self.contains(whole, without) && self.contains(whole, with);
        }
        if self.is_transitive(whole) {
            let steps: Vec<Term> = parts.iter().copied().filter(|&step| !self.is_identity(step)).collect();
            if !steps.is_empty() && steps.iter().all(|&step| self.contains(whole, step)) {
                return true;
            }
        }
        // What is restricted is contained in what is not.
        if self.is_identity(parts[0]) {
            let rest = self.terms.compose(&parts[1..]);
            if self.contains(whole, rest) {
                return true;
            }
        }
        if let Some((&last, rest)) = parts.split_last() {
            if self.is_identity(last) {
                let rest = self.terms.compose(rest);
                if self.contains(whole, rest) {
                    return true;
                }
            }
        }
        if let Node::Sequence(a, b) = *self.terms.node(whole) {
            // `[S];r = [S];[S];r`.
            let (first, last) = (parts[0], parts[parts.len() - 1]);
            if self.is_identity(first) && self.contains(a, first) && self.contains(b, part) {
                return true;
            }
            if self.is_identity(last) && self.contains(b, last) && self.contains(a, part) {
                return true;
            }
            for place in 1..parts.len() {
                let left = self.terms.compose(&parts[..place]);
                let right = self.terms.compose(&parts[place..]);
                if self.contains(a, left) && self.contains(b, right) {
                    return true;
                }
            }
        }
        false
    }

    /// Whether the union names every ordering of atomic accesses.
    fn names_all_atomic(&self, union: Term) -> bool {
        fn bases(terms: &Terms, term: Term, found: &mut Vec<Base>) {
            match *terms.node(term) {
                Node::Union(a, b) => {
                    bases(terms, a, found);
                    bases(terms, b, found);
                }
                Node::Base(base) => found.push(base),
                _ => {}
            }
        }
        let mut found = Vec::new();
        bases(self.terms, union, &mut found);
        let all = [Base::Relaxed, Base::Acquire, Base::Release, Base::AcqRel, Base::SeqCst];
        all.iter().all(|base| found.contains(base))
    }
}

#[cfg(test)]
mod tests;
