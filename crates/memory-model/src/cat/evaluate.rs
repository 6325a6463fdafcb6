//! The value of terms over one execution.

use std::sync::Arc;

use super::environment::Environment;
use super::syntax::Property;
use super::terms::{Node, Sort, Term, Terms};
use crate::relation::{EventSet, Relation};

/// A set or a relation over the events of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matrix {
    Set(EventSet),
    Relation(Relation),
}

impl Matrix {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Set(set) => set.is_empty(),
            Self::Relation(relation) => relation.is_empty(),
        }
    }

    pub(super) fn has(&self, property: Property) -> bool {
        match (property, self) {
            (Property::Empty, _) => self.is_empty(),
            (Property::Acyclic, Self::Relation(relation)) => relation.is_acyclic(),
            (Property::Irreflexive, Self::Relation(relation)) => relation.is_irreflexive(),
            (Property::Acyclic | Property::Irreflexive, Self::Set(_)) => false,
        }
    }
}

/// Computes terms over one execution, each once.
#[derive(Debug)]
pub(super) struct Evaluator<'x> {
    pub(super) environment: Environment<'x>,
    values: Vec<Option<Arc<Matrix>>>,
}

impl<'x> Evaluator<'x> {
    pub(super) fn new(environment: Environment<'x>) -> Self {
        Self { environment, values: Vec::new() }
    }

    /// With the values of some terms, by their numbers.
    pub(super) fn with_values(environment: Environment<'x>, values: Vec<Option<Arc<Matrix>>>) -> Self {
        Self { environment, values }
    }

    pub(super) fn size(&self) -> usize {
        self.environment.size()
    }

    pub(super) fn value(&mut self, terms: &Terms, term: Term) -> Arc<Matrix> {
        if let Some(Some(value)) = self.values.get(term.index()) {
            return value.clone();
        }
        let value = Arc::new(self.compute(terms, term));
        self.set_value(terms, term, Some(value.clone()));
        value
    }

    /// Lets a term have a value, or none.
    pub(super) fn set_value(&mut self, terms: &Terms, term: Term, value: Option<Arc<Matrix>>) {
        if self.values.len() < terms.len() {
            self.values.resize(terms.len(), None);
        }
        self.values[term.index()] = value;
    }

    /// The value of a term that is a relation.
    pub(super) fn relation(&mut self, terms: &Terms, term: Term) -> Arc<Matrix> {
        debug_assert_eq!(terms.sort(term), Sort::Relation, "a relation is wanted");
        self.value(terms, term)
    }

    /// The value of a term that is a set.
    pub(super) fn set(&mut self, terms: &Terms, term: Term) -> EventSet {
        match &*self.value(terms, term) {
            Matrix::Set(set) => set.clone(),
            Matrix::Relation(_) => EventSet::empty(self.size()),
        }
    }

    /// Applies `combine` to the value of a relation.
    fn with<T>(&mut self, terms: &Terms, term: Term, combine: impl FnOnce(&Relation) -> T) -> T {
        match &*self.relation(terms, term) {
            Matrix::Relation(relation) => combine(relation),
            Matrix::Set(_) => combine(&Relation::empty(self.size())),
        }
    }

    fn with_both(
        &mut self,
        terms: &Terms,
        a: Term,
        b: Term,
        combine: impl FnOnce(&Relation, &Relation) -> Relation,
    ) -> Matrix {
        let left = self.value(terms, a);
        self.with(terms, b, |right| match &*left {
            Matrix::Relation(left) => Matrix::Relation(combine(left, right)),
            Matrix::Set(_) => Matrix::Relation(right.clone()),
        })
    }

    fn compute(&mut self, terms: &Terms, term: Term) -> Matrix {
        let size = self.size();
        let sort = terms.sort(term);
        match (terms.node(term), sort) {
            (Node::Base(base), _) => self.environment.base(*base),
            (Node::Set(set), _) => Matrix::Set(set.clone()),
            (Node::Relation(relation), _) => Matrix::Relation(relation.clone()),
            // An unknown has a value while its system is solved.
            (Node::Nothing(_) | Node::Unknown(..), Sort::Set) => Matrix::Set(EventSet::empty(size)),
            (Node::Nothing(_) | Node::Unknown(..), Sort::Relation) => Matrix::Relation(Relation::empty(size)),
            (Node::Everything(_), Sort::Set) => Matrix::Set(everything(size)),
            (Node::Everything(_), Sort::Relation) => Matrix::Relation(full(size)),
            (&Node::Union(a, b), Sort::Set) => Matrix::Set(self.set(terms, a).union(&self.set(terms, b))),
            (&Node::Intersection(a, b), Sort::Set) => Matrix::Set(self.set(terms, a).intersection(&self.set(terms, b))),
            (&Node::Difference(a, b), Sort::Set) => {
                Matrix::Set(self.set(terms, a).intersection(&self.set(terms, b).complement()))
            }
            (&Node::Complement(a), Sort::Set) => Matrix::Set(self.set(terms, a).complement()),
            (&Node::Union(a, b), Sort::Relation) => self.with_both(terms, a, b, Relation::union),
            (&Node::Intersection(a, b), Sort::Relation) => self.intersection(terms, a, b),
            (&Node::Difference(a, b), Sort::Relation) => self.with_both(terms, a, b, Relation::difference),
            (&Node::Complement(a), Sort::Relation) => {
                Matrix::Relation(self.with(terms, a, |inner| full(size).difference(inner)))
            }
            (&Node::Sequence(a, b), _) => self.sequence(terms, a, b),
            (&Node::Inverse(a), _) => Matrix::Relation(self.with(terms, a, Relation::inverse)),
            (&Node::Plus(a), _) => Matrix::Relation(self.with(terms, a, Relation::transitive_closure)),
            (&Node::Star(a), _) => Matrix::Relation(self.with(terms, a, Relation::reflexive_transitive_closure)),
            (&Node::Optional(a), _) => Matrix::Relation(self.with(terms, a, Relation::reflexive)),
            (&Node::Identity(set), _) => Matrix::Relation(Relation::identity_on(&self.set(terms, set))),
            (&Node::Product(a, b), _) => Matrix::Relation(Relation::product(&self.set(terms, a), &self.set(terms, b))),
            (&Node::Domain(a), _) => Matrix::Set(self.with(terms, a, Relation::domain)),
            (&Node::Range(a), _) => Matrix::Set(self.with(terms, a, Relation::range)),
            (&Node::Least { system, member, .. }, _) => self.least(terms, system, member),
        }
    }

    /// A product of sets restricts, which is cheaper.
    fn intersection(&mut self, terms: &Terms, a: Term, b: Term) -> Matrix {
        let (relation, from, to) = match (terms.node(a), terms.node(b)) {
            (_, &Node::Product(from, to)) => (a, from, to),
            (&Node::Product(from, to), _) => (b, from, to),
            _ => return self.with_both(terms, a, b, Relation::intersection),
        };
        let (from, to) = (self.set(terms, from), self.set(terms, to));
        Matrix::Relation(self.with(terms, relation, |relation| relation.restrict_domain(&from).restrict_range(&to)))
    }

    /// `[S]` restricts, which is cheaper.
    fn sequence(&mut self, terms: &Terms, a: Term, b: Term) -> Matrix {
        match (terms.node(a), terms.node(b)) {
            (&Node::Identity(set), _) => {
                let set = self.set(terms, set);
                Matrix::Relation(self.with(terms, b, |relation| relation.restrict_domain(&set)))
            }
            (_, &Node::Identity(set)) => {
                let set = self.set(terms, set);
                Matrix::Relation(self.with(terms, a, |relation| relation.restrict_range(&set)))
            }
            _ => self.with_both(terms, a, b, Relation::compose),
        }
    }
}

/// All events.
pub(super) fn everything(size: usize) -> EventSet {
    EventSet::empty(size).complement()
}

/// All pairs.
pub(super) fn full(size: usize) -> Relation {
    Relation::product(&everything(size), &everything(size))
}
