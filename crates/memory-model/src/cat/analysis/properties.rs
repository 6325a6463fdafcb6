//! Properties of single terms by which the prover goes on.

use super::super::base::Base;
use super::super::terms::{Node, Sort, Term};
use super::Prover;

impl Prover<'_> {
    pub(super) fn is_identity(&self, term: Term) -> bool {
        matches!(self.terms.node(term), Node::Identity(_) | Node::Base(Base::Id))
    }

    /// Whether the term contains the identity.
    pub(super) fn is_reflexive(&mut self, term: Term) -> bool {
        match *self.terms.node(term) {
            Node::Optional(_) | Node::Star(_) | Node::Everything(_) | Node::Base(Base::Id | Base::Int) => true,
            Node::Union(a, b) => self.is_reflexive(a) || self.is_reflexive(b),
            Node::Intersection(a, b) | Node::Sequence(a, b) => self.is_reflexive(a) && self.is_reflexive(b),
            Node::Plus(a) | Node::Inverse(a) => self.is_reflexive(a),
            // The first round of its iteration.
            Node::Least { sort, .. } => {
                // Another solution of the system may lead back to this one.
                if let Some(&known) = self.reflexive.get(&term) {
                    return known;
                }
                let nothing = self.terms.nothing(sort);
                let round = self.terms.unfold(term, nothing);
                self.reflexive.insert(term, false);
                let is_reflexive = self.is_reflexive(round);
                self.reflexive.insert(term, is_reflexive);
                is_reflexive
            }
            _ => false,
        }
    }

    pub(super) fn is_transitive(&mut self, term: Term) -> bool {
        match *self.terms.node(term) {
            Node::Plus(_) | Node::Star(_) | Node::Everything(_) | Node::Identity(_) => true,
            Node::Base(base) => matches!(base, Base::Po | Base::Co | Base::Loc | Base::Int | Base::Id),
            Node::Optional(a) | Node::Inverse(a) => self.is_transitive(a),
            Node::Intersection(a, b) => self.is_transitive(a) && self.is_transitive(b),
            Node::Least { sort: Sort::Relation, .. } => {
                let twice = self.terms.sequence(term, term);
                self.contains(term, twice)
            }
            _ => false,
        }
    }

    pub(super) fn is_of_one_location(&mut self, term: Term) -> bool {
        match *self.terms.node(term) {
            Node::Base(base) => matches!(base, Base::Rf | Base::Co | Base::Loc),
            Node::Sequence(a, b) => {
                let (a_is, b_is) = (self.is_of_one_location(a), self.is_of_one_location(b));
                a_is && (b_is || self.is_identity(b)) || b_is && self.is_identity(a)
            }
            Node::Union(a, b) => self.is_of_one_location(a) && self.is_of_one_location(b),
            Node::Intersection(a, b) => self.is_of_one_location(a) || self.is_of_one_location(b),
            Node::Difference(a, _) | Node::Inverse(a) | Node::Plus(a) => self.is_of_one_location(a),
            Node::Least { .. } => {
                let loc = self.terms.base(Base::Loc);
                self.contains(loc, term)
            }
            _ => false,
        }
    }

    /// Whether every pair of `relation` starts in `set`.
    pub(super) fn starts_in(&mut self, relation: Term, set: Term) -> bool {
        let writes = self.terms.base(Base::Writes);
        match *self.terms.node(relation) {
            _ if matches!(self.terms.node(set), Node::Everything(_)) => true,
            Node::Base(Base::Rf | Base::Co) => self.contains(set, writes),
            Node::Identity(inner) | Node::Product(inner, _) => self.contains(set, inner),
            Node::Sequence(a, _) | Node::Difference(a, _) | Node::Plus(a) => self.starts_in(a, set),
            Node::Union(a, b) => self.starts_in(a, set) && self.starts_in(b, set),
            Node::Intersection(a, b) => self.starts_in(a, set) || self.starts_in(b, set),
            Node::Inverse(a) => self.ends_in(a, set),
            Node::Least { .. } => {
                let all = self.terms.everything(Sort::Set);
                let from_set = self.terms.product(set, all);
                self.contains(from_set, relation)
            }
            _ => false,
        }
    }

    /// Whether every pair of `relation` ends in `set`.
    pub(super) fn ends_in(&mut self, relation: Term, set: Term) -> bool {
        let (reads, writes) = (self.terms.base(Base::Reads), self.terms.base(Base::Writes));
        match *self.terms.node(relation) {
            _ if matches!(self.terms.node(set), Node::Everything(_)) => true,
            Node::Base(Base::Rf) => self.contains(set, reads),
            Node::Base(Base::Co) => self.contains(set, writes),
            Node::Identity(inner) | Node::Product(_, inner) => self.contains(set, inner),
            Node::Sequence(_, b) => self.ends_in(b, set),
            Node::Difference(a, _) | Node::Plus(a) => self.ends_in(a, set),
            Node::Union(a, b) => self.ends_in(a, set) && self.ends_in(b, set),
            Node::Intersection(a, b) => self.ends_in(a, set) || self.ends_in(b, set),
            Node::Inverse(a) => self.starts_in(a, set),
            Node::Least { .. } => {
                let all = self.terms.everything(Sort::Set);
                let to_set = self.terms.product(all, set);
                self.contains(to_set, relation)
            }
            _ => false,
        }
    }

    /// Whether no pair is in both.
    pub(super) fn are_disjoint(&mut self, a: Term, b: Term) -> bool {
        match (self.terms.node(a).clone(), self.terms.node(b).clone()) {
            (Node::Nothing(_), _) | (_, Node::Nothing(_)) => true,
            (Node::Difference(_, without), _) if self.contains(without, b) => true,
            (_, Node::Difference(_, without)) if self.contains(without, a) => true,
            (Node::Product(from, to), Node::Product(other_from, other_to)) => {
                self.are_disjoint(from, other_from) || self.are_disjoint(to, other_to)
            }
            (Node::Complement(without), _) if self.contains(without, b) => true,
            (Node::Base(Base::Po | Base::Co), Node::Base(Base::Id) | Node::Identity(_)) => true,
            (Node::Intersection(x, y), _) => self.are_disjoint(x, b) || self.are_disjoint(y, b),
            (Node::Union(x, y), _) => self.are_disjoint(x, b) && self.are_disjoint(y, b),
            (_, Node::Union(x, y)) => self.are_disjoint(a, x) && self.are_disjoint(a, y),
            _ => false,
        }
    }

    /// Whether the value over a part of an execution (without events that nothing follows in `(po | rf)+`) is contained in the value
    /// over the whole.
    pub(super) fn is_closed(&self, term: Term) -> bool {
        match *self.terms.node(term) {
            Node::Base(base) => base != Base::Final,
            // Inside the right sides an unknown is taken for closed: that is the induction on the rounds.
            Node::Nothing(_) | Node::Everything(_) | Node::Unknown(..) => true,
            Node::Least { system, .. } => self.terms.systems[system].sides.iter().all(|&side| self.is_closed(side)),
            Node::Set(_) | Node::Relation(_) => false,
            Node::Difference(a, b) => self.is_closed(a) && self.is_local(b),
            Node::Complement(a) => self.is_local(a),
            Node::Union(a, b) | Node::Intersection(a, b) | Node::Sequence(a, b) | Node::Product(a, b) => {
                self.is_closed(a) && self.is_closed(b)
            }
            Node::Inverse(a)
            | Node::Plus(a)
            | Node::Star(a)
            | Node::Optional(a)
            | Node::Identity(a)
            | Node::Domain(a)
            | Node::Range(a) => self.is_closed(a),
        }
    }

    /// Whether membership is the same over a part of an execution.
    pub(super) fn is_local(&self, term: Term) -> bool {
        match *self.terms.node(term) {
            Node::Base(base) => base != Base::Final,
            Node::Nothing(_) | Node::Everything(_) => true,
            Node::Union(a, b) | Node::Intersection(a, b) | Node::Difference(a, b) | Node::Product(a, b) => {
                self.is_local(a) && self.is_local(b)
            }
            Node::Complement(a) | Node::Inverse(a) | Node::Identity(a) | Node::Optional(a) => self.is_local(a),
            _ => false,
        }
    }
}
