//! The functions that the language takes for granted.

use super::base::Base;
use super::classes;
use super::error::CatErrorKind;
use super::evaluate::Matrix;
use super::interpreter::{Interpreter, Stop};
use super::syntax::Span;
use super::terms::{Node, Sort, Term};
use super::value::{Collection, Value};
use crate::relation::{EventSet, Relation};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Primitive {
    Classes,
    ClassesLoc,
    Linearisations,
    FromTo,
    TagToEvents,
    TagToFenced,
    Domain,
    Range,
    AsTransitive,
    Identity,
    AtLeastOneWritable,
    OaChanges,
    DifferentValues,
    InterTransitive,
    Bisimulation,
    LocationToEvents,
    Lift,
    Delift,
    DeliftInter,
    Fail,
    Unsupported(&'static str),
}

const NAMES: [(&str, Primitive); 25] = [
    ("classes", Primitive::Classes),
    ("classes-loc", Primitive::ClassesLoc),
    ("partition", Primitive::ClassesLoc),
    ("linearisations", Primitive::Linearisations),
    ("fromto", Primitive::FromTo),
    ("tag2events", Primitive::TagToEvents),
    ("tag2instrs", Primitive::TagToEvents),
    ("tag2fenced", Primitive::TagToFenced),
    ("domain", Primitive::Domain),
    ("range", Primitive::Range),
    ("as_transitive", Primitive::AsTransitive),
    ("same-oa", Primitive::Identity),
    ("at-least-one-writable", Primitive::AtLeastOneWritable),
    ("oa-changes", Primitive::OaChanges),
    ("inter_transitive", Primitive::InterTransitive),
    ("different-values", Primitive::DifferentValues),
    ("bisimulation", Primitive::Bisimulation),
    ("fail", Primitive::Fail),
    ("tag2scope", Primitive::Unsupported("tag2scope")),
    ("tag2level", Primitive::Unsupported("tag2level")),
    ("loc2events", Primitive::LocationToEvents),
    ("lift", Primitive::Lift),
    ("delift", Primitive::Delift),
    ("deliftinter", Primitive::DeliftInter),
    ("attributes-of", Primitive::Unsupported("attributes-of")),
];

/// The orders that one call of `linearisations` may give.
const MAX_ORDERS: usize = 1 << 17;

impl Primitive {
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|&(_, primitive)| primitive)
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|&(name, _)| name)
    }
}

impl<'p> Interpreter<'p> {
    pub(super) fn primitive(
        &mut self,
        primitive: Primitive,
        argument: &Value<'p>,
        span: Span,
    ) -> Result<Value<'p>, Stop> {
        match primitive {
            Primitive::Domain => {
                let relation = self.relation(argument, span)?;
                Ok(Value::Term(self.terms.domain(relation)))
            }
            Primitive::Range => {
                let relation = self.relation(argument, span)?;
                Ok(Value::Term(self.terms.range(relation)))
            }
            Primitive::FromTo => {
                // po;[S];po
                let set = self.set(argument, span)?;
                let (po, through) = (self.terms.base(Base::Po), self.terms.identity(set));
                let to = self.terms.sequence(po, through);
                Ok(Value::Term(self.terms.sequence(to, po)))
            }
            Primitive::AsTransitive => {
                let relation = self.relation(argument, span)?;
                Ok(Value::Term(self.terms.plus(relation)))
            }
            Primitive::Identity => Ok(Value::Term(self.relation(argument, span)?)),
            // Of old, a filter of relations; then those writes to page tables, which there are none, that a relation leads from.
            Primitive::AtLeastOneWritable if !matches!(argument, Value::Tuple(_)) => {
                Ok(Value::Term(self.relation(argument, span)?))
            }
            Primitive::AtLeastOneWritable | Primitive::OaChanges => {
                let (writes, before) = self.two(argument, span)?;
                self.set(writes, span)?;
                self.relation(before, span)?;
                Ok(Value::Term(self.terms.nothing(Sort::Set)))
            }
            Primitive::InterTransitive => {
                let (steps, within) = self.two(argument, span)?;
                let (steps, within) = (self.relation(steps, span)?, self.relation(within, span)?);
                let paths = self.terms.plus(steps);
                Ok(Value::Term(self.terms.intersection(paths, within)))
            }
            Primitive::DifferentValues => {
                let relation = self.relation(argument, span)?;
                let different = self.terms.base(Base::DifferentValues);
                Ok(Value::Term(self.terms.intersection(relation, different)))
            }
            Primitive::TagToEvents => {
                let events = self.tagged(argument, span)?;
                Ok(Value::Term(events))
            }
            Primitive::TagToFenced => {
                let events = self.tagged(argument, span)?;
                let (po, through) = (self.terms.base(Base::Po), self.terms.identity(events));
                let to = self.terms.sequence(po, through);
                Ok(Value::Term(self.terms.sequence(to, po)))
            }
            Primitive::Fail => Err(self.fault(CatErrorKind::Failed, span)),
            Primitive::Unsupported(name) => Err(self.fault(CatErrorKind::Unsupported(name.to_owned()), span)),
            Primitive::Classes => self.classes(argument, span),
            Primitive::ClassesLoc => self.classes_by_location(argument, span),
            Primitive::Linearisations => self.linearisations(argument, span),
            Primitive::Bisimulation => self.bisimulation(argument, span),
            Primitive::LocationToEvents => self.at_location(argument, span),
            Primitive::Lift => {
                let (partition, relation) = self.two(argument, span)?;
                self.lift(partition, relation, span)
            }
            Primitive::Delift => {
                let all = Value::Universe;
                self.delift(&all, argument, span)
            }
            Primitive::DeliftInter => {
                let (within, classes) = self.two(argument, span)?;
                self.delift(within, classes, span)
            }
        }
    }

    /// The events that bear a tag: one of the orderings, in the words of C, of Rust or of papers.
    fn tagged(&mut self, argument: &Value<'p>, span: Span) -> Result<Term, Stop> {
        let Value::Tag(tag) = argument else { return Err(self.type_error("a tag", argument, span)) };
        let text = self.program.names.text(*tag).to_ascii_lowercase().replace(['-', '_'], "");
        let base = match text.strip_prefix("memoryorder").unwrap_or(&text) {
            "na" | "plain" | "nonatomic" => Base::NonAtomic,
            "rlx" | "relaxed" => Base::Relaxed,
            "acq" | "acquire" => Base::Acquire,
            "rel" | "release" => Base::Release,
            "acqrel" => Base::AcqRel,
            "sc" | "seqcst" => Base::SeqCst,
            _ => Base::NoEvents,
        };
        Ok(self.terms.base(base))
    }

    /// The two parts of an argument.
    fn two<'a>(&self, argument: &'a Value<'p>, span: Span) -> Result<(&'a Value<'p>, &'a Value<'p>), Stop> {
        match argument {
            Value::Tuple(parts) if parts.len() == 2 => Ok((&parts[0], &parts[1])),
            other => Err(self.type_error("two arguments", other, span)),
        }
    }

    /// The classes of an equivalence.
    fn classes(&mut self, argument: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        let relation = self.relation(argument, span)?;
        let relation = self.concrete_relation(relation)?;
        let mut seen = EventSet::empty(relation.size());
        let mut classes = Vec::new();
        for event in 0..relation.size() {
            if relation.contains(event, event) && !seen.contains(event) {
                let class = EventSet::from_events(relation.size(), relation.successors(event));
                seen = seen.union(&class);
                classes.push(Value::Term(self.terms.add(Node::Set(class))));
            }
        }
        Ok(Collection::of(classes))
    }

    /// The accesses of a set, by location.
    fn classes_by_location(&mut self, argument: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        let set = self.set(argument, span)?;
        let set = self.concrete_set(set)?;
        let locations: Vec<_> = match &self.evaluator {
            Some(evaluator) => (0..set.size()).map(|event| evaluator.environment.event(event).location).collect(),
            None => return Err(Stop::Dynamic),
        };
        let mut classes: Vec<(crate::Location, EventSet)> = Vec::new();
        for event in set.iter() {
            let Some(location) = locations[event] else { continue };
            match classes.iter_mut().find(|(known, _)| *known == location) {
                Some((_, class)) => class.insert(event),
                None => classes.push((location, EventSet::from_events(set.size(), [event]))),
            }
        }
        let classes = classes.into_iter().map(|(_, class)| Value::Term(self.terms.add(Node::Set(class)))).collect();
        Ok(Collection::of(classes))
    }

    /// The accesses of the location that a tag names.
    fn at_location(&mut self, argument: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        let Value::Tag(tag) = argument else { return Err(self.type_error("a tag", argument, span)) };
        let text = self.program.names.text(*tag);
        let environment = &self.evaluator.as_ref().ok_or(Stop::Dynamic)?.environment;
        let names = environment.execution.annotations().map_or(&[][..], |annotations| &annotations.locations);
        let here = environment
            .set(|_, event| event.location.and_then(|location| names.get(location.0)).is_some_and(|name| name == text));
        Ok(Value::Term(self.terms.add(Node::Set(here))))
    }

    /// All total orders of a set that extend a relation; none if it has a cycle there.
    fn linearisations(&mut self, argument: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        let (set, relation) = self.two(argument, span)?;
        if let Value::Classes(pairs) = relation {
            return self.linearise_classes(set, pairs, span);
        }
        let (set, relation) = (self.set(set, span)?, self.relation(relation, span)?);
        let (set, relation) = (self.concrete_set(set)?, self.concrete_relation(relation)?);
        let Linearised::Orders(orders) = linearise(&relation.restrict(&set), &set) else {
            return Err(self.fault(CatErrorKind::TooLarge, span));
        };
        let orders = orders.into_iter().map(|order| Value::Term(self.terms.add(Node::Relation(order)))).collect();
        Ok(Collection::of(orders))
    }

    /// The largest part of an equivalence that is a bisimulation of the transitions: related events go to related events.
    fn bisimulation(&mut self, argument: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        let (transitions, equivalence) = self.two(argument, span)?;
        if let (Value::Classes(transitions), Value::Classes(equivalence)) = (transitions, equivalence) {
            return Ok(classes::bisimulation(transitions, equivalence));
        }
        let (transitions, equivalence) = (self.relation(transitions, span)?, self.relation(equivalence, span)?);
        let (transitions, equivalence) = (self.concrete_relation(transitions)?, self.concrete_relation(equivalence)?);
        Ok(Value::Term(self.terms.add(Node::Relation(coarsest(&transitions, equivalence)))))
    }

    /// The value of a relation over the execution.
    pub(super) fn concrete_relation(&mut self, term: Term) -> Result<Relation, Stop> {
        debug_assert_eq!(self.terms.sort(term), Sort::Relation, "a relation is wanted");
        let evaluator = self.evaluator.as_mut().ok_or(Stop::Dynamic)?;
        match &*evaluator.value(&self.terms, term) {
            Matrix::Relation(relation) => Ok(relation.clone()),
            Matrix::Set(_) => Ok(Relation::empty(evaluator.size())),
        }
    }

    /// The value of a set over the execution.
    pub(super) fn concrete_set(&mut self, term: Term) -> Result<EventSet, Stop> {
        let evaluator = self.evaluator.as_mut().ok_or(Stop::Dynamic)?;
        Ok(evaluator.set(&self.terms, term))
    }
}

/// What becomes of a set that is to be ordered.
pub(super) enum Linearised {
    Orders(Vec<Relation>),
    TooMany,
}

/// All total orders of the set that extend `before`.
pub(super) fn linearise(before: &Relation, set: &EventSet) -> Linearised {
    let mut orders = Vec::new();
    let mut left: Vec<usize> = set.iter().collect();
    if extend(before, &mut left, &mut Vec::new(), &mut orders) {
        Linearised::Orders(orders)
    } else {
        Linearised::TooMany
    }
}

/// The largest part of the equivalence whose members make the same transitions, to members again.
pub(super) fn coarsest(transitions: &Relation, mut related: Relation) -> Relation {
    loop {
        let follows = |a: usize, b: usize| {
            transitions.successors(a).all(|next| transitions.successors(b).any(|other| related.contains(next, other)))
        };
        let kept: Vec<(usize, usize)> = related.iter().filter(|&(a, b)| follows(a, b) && follows(b, a)).collect();
        if kept.len() == related.len() {
            return related;
        }
        related = Relation::from_pairs(related.size(), kept);
    }
}

/// Extends the `prefix` by every order of what is `left`; false if there are too many.
fn extend(before: &Relation, left: &mut Vec<usize>, prefix: &mut Vec<usize>, orders: &mut Vec<Relation>) -> bool {
    if left.is_empty() {
        let pairs = prefix.iter().enumerate().flat_map(|(place, &a)| prefix[place + 1..].iter().map(move |&b| (a, b)));
        orders.push(Relation::from_pairs(before.size(), pairs));
        return orders.len() <= MAX_ORDERS;
    }
    for place in 0..left.len() {
        let next = left[place];
        if left.iter().all(|&other| !before.contains(other, next)) {
            left.remove(place);
            prefix.push(next);
            let fits = extend(before, left, prefix, orders);
            prefix.pop();
            left.insert(place, next);
            if !fits {
                return false;
            }
        }
    }
    true
}
