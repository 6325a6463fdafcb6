//! Terms: sets and relations as a graph of operations, equal ones shared.
//!
//! The interpreter never computes with matrices: it builds terms. A term without values that depend on an execution can be
//! analysed; one evaluated over an execution gives a matrix (see `evaluate`).

use std::collections::HashMap;

use super::base::Base;
use super::recursion::System;
use crate::relation::{EventSet, Relation};

/// What a term stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sort {
    Set,
    Relation,
}

/// A term, by its number in [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term(u32);

impl Term {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Base(Base),
    /// A set that was computed for one execution.
    Set(EventSet),
    /// A relation that was computed for one execution.
    Relation(Relation),
    Nothing(Sort),
    Everything(Sort),
    Union(Term, Term),
    Intersection(Term, Term),
    Difference(Term, Term),
    Complement(Term),
    Sequence(Term, Term),
    Inverse(Term),
    Plus(Term),
    Star(Term),
    Optional(Term),
    /// `[S]`.
    Identity(Term),
    /// `S * T`.
    Product(Term, Term),
    Domain(Term),
    Range(Term),
    /// What an equation of `let rec` is solved for, by its number.
    Unknown(usize, Sort),
    /// The least solution of an equation.
    Least {
        system: usize,
        member: usize,
        sort: Sort,
    },
}

impl Node {
    /// The terms of which it consists. A least solution is taken for one thing.
    pub(super) fn parts(&self) -> impl Iterator<Item = Term> + use<> {
        let (first, second) = match *self {
            Self::Base(_)
            | Self::Set(_)
            | Self::Relation(_)
            | Self::Nothing(_)
            | Self::Everything(_)
            | Self::Unknown(..)
            | Self::Least { .. } => (None, None),
            Self::Union(a, b)
            | Self::Intersection(a, b)
            | Self::Difference(a, b)
            | Self::Sequence(a, b)
            | Self::Product(a, b) => (Some(a), Some(b)),
            Self::Complement(a)
            | Self::Inverse(a)
            | Self::Plus(a)
            | Self::Star(a)
            | Self::Optional(a)
            | Self::Identity(a)
            | Self::Domain(a)
            | Self::Range(a) => (Some(a), None),
        };
        first.into_iter().chain(second)
    }
}

/// The terms of one model, each after those of which it consists.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    nodes: Vec<Node>,
    sorts: Vec<Sort>,
    heights: Vec<u32>,
    numbers: HashMap<Node, Term>,
    /// What was bound by `let rec`.
    pub(super) systems: Vec<System>,
    unknowns: usize,
}

impl Terms {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn node(&self, term: Term) -> &Node {
        &self.nodes[term.index()]
    }

    pub(super) fn sort(&self, term: Term) -> Sort {
        self.sorts[term.index()]
    }

    /// The levels of operations: what walks a term recurses so often.
    pub(super) fn height(&self, term: Term) -> u32 {
        self.heights[term.index()]
    }

    /// All terms, each after those of which it consists.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Term, &Node)> + '_ {
        self.nodes.iter().enumerate().map(|(number, node)| (Term(u32::try_from(number).unwrap_or(u32::MAX)), node))
    }

    /// The bases that occur in any term.
    pub(super) fn bases(&self) -> impl Iterator<Item = Base> + '_ {
        self.nodes.iter().filter_map(|node| if let Node::Base(base) = node { Some(*base) } else { None })
    }

    pub(super) fn base(&mut self, base: Base) -> Term {
        self.add(Node::Base(base))
    }

    pub(super) fn nothing(&mut self, sort: Sort) -> Term {
        self.add(Node::Nothing(sort))
    }

    pub(super) fn everything(&mut self, sort: Sort) -> Term {
        self.add(Node::Everything(sort))
    }

    fn is_nothing(&self, term: Term) -> bool {
        matches!(self.node(term), Node::Nothing(_))
    }

    fn is_everything(&self, term: Term) -> bool {
        matches!(self.node(term), Node::Everything(_))
    }

    pub(super) fn union(&mut self, a: Term, b: Term) -> Term {
        if a == b || self.is_nothing(b) || self.is_everything(a) {
            a
        } else if self.is_nothing(a) || self.is_everything(b) {
            b
        } else {
            self.add(Node::Union(a, b))
        }
    }

    pub(super) fn intersection(&mut self, a: Term, b: Term) -> Term {
        if a == b || self.is_nothing(a) || self.is_everything(b) {
            a
        } else if self.is_nothing(b) || self.is_everything(a) {
            b
        } else {
            self.add(Node::Intersection(a, b))
        }
    }

    pub(super) fn difference(&mut self, a: Term, b: Term) -> Term {
        let sort = self.sort(a);
        // a \ (a & b) = a \ b.
        let b = match *self.node(b) {
            Node::Intersection(x, y) if x == a => y,
            Node::Intersection(x, y) if y == a => x,
            _ => b,
        };
        if self.is_nothing(a) || self.is_nothing(b) {
            a
        } else if a == b || self.is_everything(b) {
            self.nothing(sort)
        } else {
            self.add(Node::Difference(a, b))
        }
    }

    pub(super) fn complement(&mut self, a: Term) -> Term {
        let sort = self.sort(a);
        match *self.node(a) {
            Node::Nothing(_) => self.everything(sort),
            Node::Everything(_) => self.nothing(sort),
            Node::Complement(inner) => inner,
            _ => self.add(Node::Complement(a)),
        }
    }

    pub(super) fn sequence(&mut self, a: Term, b: Term) -> Term {
        if self.is_nothing(a) || *self.node(b) == Node::Base(Base::Id) {
            a
        } else if self.is_nothing(b) || *self.node(a) == Node::Base(Base::Id) {
            b
        } else {
            self.add(Node::Sequence(a, b))
        }
    }

    pub(super) fn inverse(&mut self, a: Term) -> Term {
        match *self.node(a) {
            Node::Inverse(inner) => inner,
            Node::Nothing(_) | Node::Everything(_) | Node::Identity(_) | Node::Base(Base::Id) => a,
            _ => self.add(Node::Inverse(a)),
        }
    }

    pub(super) fn plus(&mut self, a: Term) -> Term {
        match *self.node(a) {
            Node::Nothing(_) | Node::Everything(_) | Node::Identity(_) | Node::Plus(_) | Node::Star(_) => a,
            Node::Optional(inner) => self.star(inner),
            _ => self.add(Node::Plus(a)),
        }
    }

    pub(super) fn star(&mut self, a: Term) -> Term {
        match *self.node(a) {
            Node::Nothing(_) => self.base(Base::Id),
            Node::Everything(_) | Node::Star(_) => a,
            Node::Plus(inner) | Node::Optional(inner) => self.star(inner),
            _ => self.add(Node::Star(a)),
        }
    }

    pub(super) fn optional(&mut self, a: Term) -> Term {
        match *self.node(a) {
            Node::Nothing(_) => self.base(Base::Id),
            Node::Everything(_) | Node::Star(_) | Node::Optional(_) => a,
            Node::Plus(inner) => self.star(inner),
            _ => self.add(Node::Optional(a)),
        }
    }

    pub(super) fn identity(&mut self, set: Term) -> Term {
        match self.node(set) {
            Node::Nothing(_) => self.nothing(Sort::Relation),
            Node::Everything(_) => self.base(Base::Id),
            _ => self.add(Node::Identity(set)),
        }
    }

    pub(super) fn product(&mut self, a: Term, b: Term) -> Term {
        if self.is_nothing(a) || self.is_nothing(b) {
            self.nothing(Sort::Relation)
        } else if self.is_everything(a) && self.is_everything(b) {
            self.everything(Sort::Relation)
        } else {
            self.add(Node::Product(a, b))
        }
    }

    pub(super) fn domain(&mut self, a: Term) -> Term {
        match *self.node(a) {
            Node::Nothing(_) => self.nothing(Sort::Set),
            Node::Identity(set) => set,
            _ => self.add(Node::Domain(a)),
        }
    }

    pub(super) fn range(&mut self, a: Term) -> Term {
        match *self.node(a) {
            Node::Nothing(_) => self.nothing(Sort::Set),
            Node::Identity(set) => set,
            _ => self.add(Node::Range(a)),
        }
    }

    /// A new unknown.
    pub(super) fn unknown(&mut self, sort: Sort) -> Term {
        self.unknowns += 1;
        self.add(Node::Unknown(self.unknowns, sort))
    }

    /// The term of this node: an old one, or a new one at the end.
    pub(super) fn add(&mut self, node: Node) -> Term {
        if let Some(&term) = self.numbers.get(&node) {
            return term;
        }
        let sort = match &node {
            Node::Base(base) => base.sort(),
            Node::Set(_) | Node::Domain(_) | Node::Range(_) => Sort::Set,
            Node::Nothing(sort) | Node::Everything(sort) | Node::Unknown(_, sort) | Node::Least { sort, .. } => *sort,
            Node::Union(a, _) | Node::Intersection(a, _) | Node::Difference(a, _) | Node::Complement(a) => {
                self.sort(*a)
            }
            _ => Sort::Relation,
        };
        let term = Term(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let sides = match node {
            Node::Least { system, .. } => self.systems.get(system).map_or(&[][..], |system| &system.sides),
            _ => &[],
        };
        let height = node.parts().chain(sides.iter().copied()).map(|part| self.height(part) + 1).max().unwrap_or(0);
        self.nodes.push(node.clone());
        self.sorts.push(sort);
        self.heights.push(height);
        self.numbers.insert(node, term);
        term
    }
}
