//! Relations between classes of events: what `lift` makes of a relation between events.
//!
//! The operators and tests of the language apply to them, and `linearisations` and `bisimulation`, as they do to relations between
//! events. They are computed, never terms: they depend on an execution.

use std::rc::Rc;

use super::error::CatErrorKind;
use super::interpreter::{Interpreter, Stop};
use super::primitives::{Linearised, coarsest, linearise};
use super::syntax::{Binary, Span};
use super::terms::{Node, Term};
use super::value::{Collection, Value};
use crate::relation::{EventSet, Relation};

/// A relation between classes, each pair once.
pub(super) type ClassPairs = Vec<(EventSet, EventSet)>;

/// The classes that occur, each once.
fn classes_of<'a>(pairs: impl Iterator<Item = &'a (EventSet, EventSet)>) -> Vec<EventSet> {
    let mut classes: Vec<EventSet> = Vec::new();
    for class in pairs.flat_map(|(from, to)| [from, to]) {
        if !classes.contains(class) {
            classes.push(class.clone());
        }
    }
    classes
}

/// The pairs by the places of their classes in a list; those of other classes are left out.
fn numbered(pairs: &ClassPairs, classes: &[EventSet], size: usize) -> Relation {
    let place = |class: &EventSet| classes.iter().position(|known| known == class);
    Relation::from_pairs(size, pairs.iter().filter_map(|(from, to)| place(from).zip(place(to))))
}

/// The pairs of places as pairs of classes.
fn named<'p>(relation: &Relation, classes: &[EventSet]) -> Value<'p> {
    Value::Classes(Rc::new(relation.iter().map(|(from, to)| (classes[from].clone(), classes[to].clone())).collect()))
}

fn distinct(pairs: impl Iterator<Item = (EventSet, EventSet)>) -> ClassPairs {
    let mut distinct = ClassPairs::new();
    for pair in pairs {
        if !distinct.contains(&pair) {
            distinct.push(pair);
        }
    }
    distinct
}

/// The operator between relations of classes.
pub(super) fn combine<'p>(operator: Binary, left: &ClassPairs, right: &ClassPairs) -> Option<Value<'p>> {
    let (mine, theirs) = (left.iter().cloned(), right.iter().cloned());
    Some(Value::Classes(Rc::new(match operator {
        Binary::Union => distinct(mine.chain(theirs)),
        Binary::Intersection => mine.filter(|pair| right.contains(pair)).collect(),
        Binary::Difference => mine.filter(|pair| !right.contains(pair)).collect(),
        Binary::Sequence => distinct(mine.flat_map(|(from, middle)| {
            let next = right.iter().filter(move |(start, _)| *start == middle);
            next.map(move |(_, to)| (from.clone(), to.clone()))
        })),
        Binary::Add | Binary::Product => return None,
    })))
}

pub(super) fn inverse<'p>(pairs: &ClassPairs) -> Value<'p> {
    Value::Classes(Rc::new(pairs.iter().map(|(from, to)| (to.clone(), from.clone())).collect()))
}

impl<'p> Interpreter<'p> {
    fn size(&self) -> Result<usize, Stop> {
        Ok(self.evaluator.as_ref().ok_or(Stop::Dynamic)?.size())
    }

    /// A relation between events that has a cycle, relates something to itself, or is empty, just if the relation between classes is
    /// so: it relates one event of each class.
    pub(super) fn of_representatives(&mut self, pairs: &ClassPairs, span: Span) -> Result<Term, Stop> {
        let size = self.size()?;
        let classes = classes_of(pairs.iter());
        let mut representatives: Vec<usize> = Vec::with_capacity(classes.len());
        for class in &classes {
            let is_free = |event: &usize| !representatives.contains(event);
            let Some(event) = class.iter().find(is_free).or_else(|| (0..size).find(is_free)) else {
                return Err(self.fault(CatErrorKind::TooLarge, span));
            };
            representatives.push(event);
        }
        let between = numbered(pairs, &classes, size.max(classes.len()));
        let pairs = between.iter().map(|(from, to)| (representatives[from], representatives[to]));
        Ok(self.terms.add(Node::Relation(Relation::from_pairs(size, pairs))))
    }

    /// A set of classes.
    fn classes_in(&mut self, value: &Value<'p>, span: Span) -> Result<Vec<EventSet>, Stop> {
        let mut classes = Vec::new();
        for class in self.members(value, span)? {
            let class = self.set(&class, span)?;
            classes.push(self.concrete_set(class)?);
        }
        Ok(classes)
    }

    /// From a partition and a relation of events to the relation of the classes whose members are related.
    pub(super) fn lift(&mut self, partition: &Value<'p>, relation: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        let relation = self.relation(relation, span)?;
        let relation = self.concrete_relation(relation)?;
        let classes = self.classes_in(partition, span)?;
        let class_of = |event: usize| classes.iter().find(|class| class.contains(event)).cloned();
        let pairs = relation.iter().filter_map(|(from, to)| class_of(from).zip(class_of(to)));
        Ok(Value::Classes(Rc::new(distinct(pairs))))
    }

    /// The pairs of members of related classes that are `within` a relation.
    pub(super) fn delift(&mut self, within: &Value<'p>, classes: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        let within = self.relation(within, span)?;
        let within = self.concrete_relation(within)?;
        let none = Rc::new(ClassPairs::new());
        let classes = match classes {
            Value::Classes(classes) => classes,
            Value::Empty => &none,
            other => return Err(self.type_error("a relation between classes", other, span)),
        };
        let all = Relation::empty(within.size());
        let union = classes.iter().fold(all, |all, (from, to)| all.union(&Relation::product(from, to)));
        Ok(Value::Term(self.terms.add(Node::Relation(union.intersection(&within)))))
    }

    /// All total orders of a set of classes that extend a relation between classes.
    pub(super) fn linearise_classes(
        &mut self,
        set: &Value<'p>,
        before: &ClassPairs,
        span: Span,
    ) -> Result<Value<'p>, Stop> {
        let classes = self.classes_in(set, span)?;
        let before = numbered(before, &classes, classes.len());
        let Linearised::Orders(orders) = linearise(&before, &EventSet::empty(classes.len()).complement()) else {
            return Err(self.fault(CatErrorKind::TooLarge, span));
        };
        Ok(Collection::of(orders.iter().map(|order| named(order, &classes)).collect()))
    }
}

/// The largest part of an equivalence of classes that is a bisimulation of the transitions.
pub(super) fn bisimulation<'p>(transitions: &ClassPairs, equivalence: &ClassPairs) -> Value<'p> {
    let classes = classes_of(transitions.iter().chain(equivalence));
    let [transitions, equivalence] = [transitions, equivalence].map(|pairs| numbered(pairs, &classes, classes.len()));
    named(&coarsest(&transitions, equivalence), &classes)
}
