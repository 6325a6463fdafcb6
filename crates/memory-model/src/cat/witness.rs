//! Why a test fails: a cycle, taken apart into steps of the relations that the model shows.

use super::base::Base;
use super::evaluate::{Evaluator, Matrix};
use super::formula::Formulas;
use super::names::lasting;
use super::run::{Check, Names};
use super::syntax::{Program, Property};
use super::terms::{Node, Sort, Term, Terms};
use crate::models::{Axiom, Step, Violation};
use crate::relation::Relation;

/// A step between events of the model.
#[derive(Clone, Copy, Debug)]
struct Link {
    from: usize,
    name: &'static str,
    /// The base of the step, if it is one.
    base: Option<Base>,
    to: usize,
}

/// Explains the failure of a test.
pub(super) fn violation(
    program: &Program,
    terms: &Terms,
    names: &Names,
    evaluator: &mut Evaluator<'_>,
    check: &Check,
) -> Violation {
    let axiom = Axiom { name: lasting(&check.name), formula: lasting(&check.formula) };
    let mut explainer = Explainer { program, terms, names, evaluator };
    let links = if check.negated { Vec::new() } else { explainer.culprit(check) };
    Violation { axiom, cycle: explainer.steps(&links) }
}

struct Explainer<'e, 'x> {
    program: &'e Program,
    terms: &'e Terms,
    names: &'e Names,
    evaluator: &'e mut Evaluator<'x>,
}

/// The levels of terms that are taken apart.
const MAX_DEPTH: usize = 64;

impl Explainer<'_, '_> {
    fn relation(&mut self, term: Term) -> Relation {
        match &*self.evaluator.value(self.terms, term) {
            Matrix::Relation(relation) => relation.clone(),
            Matrix::Set(_) => Relation::empty(self.evaluator.size()),
        }
    }

    fn culprit(&mut self, check: &Check) -> Vec<Link> {
        if self.terms.sort(check.term) == Sort::Set {
            // What should be empty is not: one of the members.
            let Some(member) = self.evaluator.set(self.terms, check.term).iter().next() else { return Vec::new() };
            let name = lasting(&format!("[{}]", self.formulas().text(check.term)));
            return vec![Link { from: member, name, base: None, to: member }];
        }
        let relation = self.relation(check.term);
        let pairs: Vec<(usize, usize)> = match check.property {
            Property::Acyclic => {
                let Some(mut cycle) = relation.shortest_cycle() else { return Vec::new() };
                cycle.extend(cycle.first().copied());
                let steps = cycle.windows(2).map(|pair| (pair[0], pair[1]));
                return steps.flat_map(|(from, to)| self.inside(check.term, from, to)).collect();
            }
            Property::Irreflexive => relation.iter().filter(|(from, to)| from == to).collect(),
            Property::Empty => relation.iter().take(1).collect(),
        };
        let paths = pairs.into_iter().map(|(from, to)| self.inside(check.term, from, to));
        paths.min_by_key(Vec::len).unwrap_or_default()
    }

    /// The path of a pair in the tested term, which is taken apart even if it has a name.
    fn inside(&mut self, term: Term, from: usize, to: usize) -> Vec<Link> {
        match self.terms.node(term) {
            Node::Base(_) => self.path(term, from, to, 0),
            _ => self.parts(term, from, to, 0),
        }
    }

    fn formulas(&self) -> Formulas<'_> {
        Formulas { program: self.program, terms: self.terms, names: self.names }
    }

    /// Whether the term is one step of an explanation: what the model shows, unless it is only made of other steps, and `sw`.
    fn is_step(&self, term: Term) -> bool {
        let formulas = self.formulas();
        let is_shown = self.names.shown.iter().any(|(_, shown)| *shown == term);
        let is_made_of_steps = matches!(self.terms.node(term), Node::Union(..) | Node::Plus(_) | Node::Star(_));
        is_shown && !is_made_of_steps || formulas.name(term) == Some("sw")
    }

    fn leaf(&self, term: Term, from: usize, to: usize) -> Vec<Link> {
        let base = if let Node::Base(base) = self.terms.node(term) { Some(*base) } else { None };
        vec![Link { from, name: lasting(&self.formulas().text(term)), base, to }]
    }

    /// The steps by which the term relates `from` to `to`: one, if it has a name to be shown.
    fn path(&mut self, term: Term, from: usize, to: usize, depth: usize) -> Vec<Link> {
        let is_leaf = matches!(self.terms.node(term), Node::Base(_) | Node::Relation(_)) || depth == MAX_DEPTH;
        if is_leaf || self.is_step(term) {
            return self.leaf(term, from, to);
        }
        self.parts(term, from, to, depth)
    }

    fn parts(&mut self, term: Term, from: usize, to: usize, depth: usize) -> Vec<Link> {
        let depth = depth + 1;
        match *self.terms.node(term) {
            Node::Union(a, b) => {
                let sides = [a, b].into_iter().filter(|&side| self.relation(side).contains(from, to));
                let sides: Vec<Term> = sides.collect();
                let paths = sides.into_iter().map(|side| self.path(side, from, to, depth));
                paths.min_by_key(Vec::len).unwrap_or_default()
            }
            // The side that says how the events are related, rather than which events they are.
            Node::Intersection(a, b) => {
                let side = if self.is_filter(a) && !self.is_filter(b) { b } else { a };
                self.path(side, from, to, depth)
            }
            Node::Difference(a, _) => self.path(a, from, to, depth),
            Node::Sequence(a, b) => {
                let (left, right) = (self.relation(a), self.relation(b));
                let between: Vec<usize> = left.successors(from).filter(|&middle| right.contains(middle, to)).collect();
                let paths = between.into_iter().map(|middle| {
                    let mut path = self.path(a, from, middle, depth);
                    path.extend(self.path(b, middle, to, depth));
                    path
                });
                paths.min_by_key(Vec::len).unwrap_or_default()
            }
            Node::Inverse(inner) if self.is_leaf(inner) => {
                let link = self.leaf(inner, to, from).first().copied();
                link.map(|link| Link { from, name: lasting(&format!("{}^-1", link.name)), base: None, to })
                    .into_iter()
                    .collect()
            }
            Node::Inverse(_) => self.leaf(term, from, to),
            Node::Plus(inner) | Node::Star(inner) => {
                if from == to && matches!(self.terms.node(term), Node::Star(_)) {
                    return Vec::new();
                }
                let Some(path) = self.relation(inner).shortest_path(from, to) else { return Vec::new() };
                path.windows(2).flat_map(|pair| self.path(inner, pair[0], pair[1], depth)).collect()
            }
            Node::Optional(_) | Node::Identity(_) if from == to => Vec::new(),
            Node::Optional(inner) => self.path(inner, from, to, depth),
            _ => self.leaf(term, from, to),
        }
    }

    fn is_leaf(&self, term: Term) -> bool {
        matches!(self.terms.node(term), Node::Base(_)) || self.is_step(term)
    }

    /// Whether the term only says of which kind the events are.
    fn is_filter(&self, term: Term) -> bool {
        match *self.terms.node(term) {
            Node::Base(base) => base.is_filter(),
            Node::Product(..) | Node::Complement(_) => true,
            Node::Union(a, b) | Node::Intersection(a, b) => self.is_filter(a) && self.is_filter(b),
            _ => false,
        }
    }

    /// The steps between events of the execution: where a path comes to one half of a read-modify-write and leaves from the other,
    /// a step between them.
    fn steps(&self, links: &[Link]) -> Vec<Step> {
        let environment = &self.evaluator.environment;
        let ends: Vec<Step> = links
            .iter()
            .map(|link| {
                let (source, target) = (environment.wholes[link.from], environment.wholes[link.to]);
                let (from, to) = match (link.base, link.name) {
                    (Some(Base::Rf), _) => (source.last, target.first),
                    (Some(Base::Co), _) | (_, "mo") => (source.last, target.last),
                    (_, "fr" | "rb" | "rf^-1") => (source.first, target.last),
                    _ if link.from < link.to => (source.last, target.first),
                    _ => (source.first, target.last),
                };
                Step { from, relation: link.name, to }
            })
            .collect();
        let mut steps = Vec::with_capacity(ends.len());
        for (place, step) in ends.iter().enumerate() {
            steps.push(*step);
            let is_last = place + 1 == ends.len();
            let closes = links.first().zip(links.last()).is_some_and(|(first, last)| first.from == last.to);
            if is_last && !closes {
                break;
            }
            let next = ends[(place + 1) % ends.len()];
            if step.to != next.from {
                steps.push(Step { from: step.to, relation: "same operation", to: next.from });
            }
        }
        steps
    }
}
