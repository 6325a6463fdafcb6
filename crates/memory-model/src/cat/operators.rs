//! The operators, and values as sets and relations.

use super::classes;
use super::error::CatErrorKind;
use super::interpreter::{Interpreter, Stop};
use super::syntax::{Binary, Compare, Span, StatementKind, Unary};
use super::terms::{Node, Sort, Term};
use super::value::{Collection, Value};
use crate::relation::{EventSet, Relation};

impl<'p> Interpreter<'p> {
    pub(super) fn unary(&mut self, operator: Unary, value: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        if operator == Unary::Complement {
            return match value {
                Value::Empty => Ok(Value::Universe),
                Value::Universe => Ok(Value::Empty),
                Value::Collection(tags) => match self.all_tags(tags) {
                    Some(all) => self.combine_collections(Binary::Difference, &all, value, span),
                    None => Err(self.type_error("a set or relation", value, span)),
                },
                _ => {
                    let (term, _) = self.term(value, span)?;
                    Ok(Value::Term(self.terms.complement(term)))
                }
            };
        }
        if operator == Unary::Identity {
            let set = self.set(value, span)?;
            return Ok(Value::Term(self.terms.identity(set)));
        }
        match (operator, value) {
            (Unary::Inverse, Value::Pair(from, to)) => return Ok(Value::Pair(*to, *from)),
            (Unary::Inverse, Value::Classes(pairs)) => return Ok(classes::inverse(pairs)),
            _ => {}
        }
        let relation = self.relation(value, span)?;
        Ok(Value::Term(match operator {
            Unary::Plus => self.terms.plus(relation),
            Unary::Star => self.terms.star(relation),
            Unary::Optional => self.terms.optional(relation),
            Unary::Inverse | Unary::Complement | Unary::Identity => self.terms.inverse(relation),
        }))
    }

    pub(super) fn binary(
        &mut self,
        operator: Binary,
        left: &Value<'p>,
        right: &Value<'p>,
        span: Span,
    ) -> Result<Value<'p>, Stop> {
        if let (Value::Classes(left), Value::Classes(right)) = (left, right) {
            if let Some(combined) = classes::combine(operator, left, right) {
                return Ok(combined);
            }
        }
        let is_sequence_of_nothing = operator == Binary::Sequence
            && matches!((left, right), (Value::Classes(_), Value::Empty) | (Value::Empty, Value::Classes(_)));
        if is_sequence_of_nothing {
            return Ok(Value::Empty);
        }
        match operator {
            Binary::Add => self.insert(left, right, span),
            Binary::Sequence => {
                let (left, right) = (self.relation(left, span)?, self.relation(right, span)?);
                Ok(Value::Term(self.terms.sequence(left, right)))
            }
            Binary::Product => {
                let (left, right) = (self.set(left, span)?, self.set(right, span)?);
                Ok(Value::Term(self.terms.product(left, right)))
            }
            Binary::Union | Binary::Intersection | Binary::Difference => {
                if let Some(untyped) = untyped(operator, left, right) {
                    return Ok(untyped);
                }
                // A tag among sets of tags is the set of it alone.
                let as_set = |value: &Value<'p>| match value {
                    Value::Tag(_) => Collection::of(vec![value.clone()]),
                    other => other.clone(),
                };
                let (left, right) = (&as_set(left), &as_set(right));
                if matches!(left, Value::Collection(_)) || matches!(right, Value::Collection(_)) {
                    return self.combine_collections(operator, left, right, span);
                }
                let sort = self.common_sort(left, right, span)?;
                let (left, right) = (self.of_sort(left, sort, span)?, self.of_sort(right, sort, span)?);
                Ok(Value::Term(match operator {
                    Binary::Union => self.terms.union(left, right),
                    Binary::Intersection => self.terms.intersection(left, right),
                    _ => self.terms.difference(left, right),
                }))
            }
        }
    }

    /// All tags of the `enum` from which the first tag of the set comes.
    fn all_tags(&self, tags: &Collection<'p>) -> Option<Value<'p>> {
        let Some(Value::Tag(first)) = tags.values().first() else { return None };
        self.program.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Enum { tags, .. } if tags.contains(first) => {
                Some(Collection::of(tags.iter().map(|&tag| Value::Tag(tag)).collect()))
            }
            _ => None,
        })
    }

    fn combine_collections(
        &mut self,
        operator: Binary,
        left: &Value<'p>,
        right: &Value<'p>,
        span: Span,
    ) -> Result<Value<'p>, Stop> {
        let mut result = if operator == Binary::Union { right.clone() } else { Value::Empty };
        for member in self.members(left, span)?.iter().rev() {
            let keep = match operator {
                Binary::Union => true,
                Binary::Intersection => self.is_member(member, right, span)?,
                _ => !self.is_member(member, right, span)?,
            };
            if keep {
                result = self.insert(member, &result, span)?;
            }
        }
        Ok(result)
    }

    pub(super) fn compare(
        &mut self,
        compare: &Compare,
        left: &Value<'p>,
        right: &Value<'p>,
        span: Span,
    ) -> Result<bool, Stop> {
        match compare {
            Compare::Equal => self.equal(left, right, span),
            Compare::Member => self.is_member(left, right, span),
            Compare::Subset => {
                for member in self.members(left, span)? {
                    if !self.is_member(&member, right, span)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    fn is_member(&mut self, element: &Value<'p>, set: &Value<'p>, span: Span) -> Result<bool, Stop> {
        let members = self.members(set, span)?;
        self.cost(members.len() / 16, span)?;
        for member in members {
            if self.equal(element, &member, span)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether two values are the same; functions never are.
    pub(super) fn equal(&mut self, left: &Value<'p>, right: &Value<'p>, span: Span) -> Result<bool, Stop> {
        match (left, right) {
            (Value::Tag(a), Value::Tag(b)) => Ok(a == b),
            (Value::Event(a), Value::Event(b)) => Ok(a == b),
            (Value::Pair(a, b), Value::Pair(c, d)) => Ok((a, b) == (c, d)),
            (Value::Empty, Value::Empty) | (Value::Universe, Value::Universe) => Ok(true),
            (Value::Tuple(a), Value::Tuple(b)) => Ok(a.len() == b.len() && self.are_equal(a, b, span)?),
            (Value::Collection(a), Value::Collection(b)) => {
                if a.values().len() != b.values().len() {
                    return Ok(false);
                }
                self.compare(&Compare::Subset, left, right, span)
            }
            (Value::Classes(a), Value::Classes(b)) => {
                Ok(a.iter().all(|pair| b.contains(pair)) && b.iter().all(|pair| a.contains(pair)))
            }
            (Value::Term(a), Value::Term(b)) if a == b => Ok(true),
            (Value::Empty | Value::Universe | Value::Term(_), Value::Empty | Value::Universe | Value::Term(_)) => {
                let Ok(sort) = self.common_sort(left, right, span) else { return Ok(false) };
                let (a, b) = (self.of_sort(left, sort, span)?, self.of_sort(right, sort, span)?);
                let evaluator = self.evaluator.as_mut().ok_or(Stop::Dynamic)?;
                Ok(evaluator.value(&self.terms, a) == evaluator.value(&self.terms, b))
            }
            _ => Ok(false),
        }
    }
}

/// The operation on values that are neither set nor relation yet.
fn untyped<'p>(operator: Binary, left: &Value<'p>, right: &Value<'p>) -> Option<Value<'p>> {
    match (operator, left, right) {
        (Binary::Union, Value::Empty, other) | (Binary::Union, other, Value::Empty) => Some(other.clone()),
        (Binary::Difference, other, Value::Empty) => Some(other.clone()),
        (Binary::Intersection, Value::Universe, other) | (Binary::Intersection, other, Value::Universe) => {
            Some(other.clone())
        }
        (Binary::Intersection, Value::Empty, _) | (Binary::Intersection, _, Value::Empty) => Some(Value::Empty),
        (Binary::Difference, Value::Empty, _) | (Binary::Difference, _, Value::Universe) => Some(Value::Empty),
        (Binary::Union, Value::Universe, Value::Universe) => Some(Value::Universe),
        _ => None,
    }
}

/// Values as sets and relations.
impl<'p> Interpreter<'p> {
    /// The value as a term, and its sort; `0` and `_` have none.
    pub(super) fn term(&mut self, value: &Value<'p>, span: Span) -> Result<(Term, Sort), Stop> {
        match value {
            Value::Term(term) => Ok((*term, self.terms.sort(*term))),
            Value::Event(_) => Ok((self.set(value, span)?, Sort::Set)),
            Value::Pair(..) => Ok((self.relation(value, span)?, Sort::Relation)),
            Value::Empty => Ok((self.terms.nothing(Sort::Relation), Sort::Relation)),
            Value::Universe => Ok((self.terms.everything(Sort::Set), Sort::Set)),
            other => Err(self.type_error("a set or relation", other, span)),
        }
    }

    fn common_sort(&mut self, left: &Value<'p>, right: &Value<'p>, span: Span) -> Result<Sort, Stop> {
        let is_untyped = |value: &Value<'p>| matches!(value, Value::Empty | Value::Universe);
        if is_untyped(left) && !is_untyped(right) {
            return Ok(self.term(right, span)?.1);
        }
        let sort = self.term(left, span)?.1;
        if !is_untyped(right) && self.term(right, span)?.1 != sort {
            let expected = if sort == Sort::Set { "a set" } else { "a relation" };
            let found = if sort == Sort::Set { "a relation" } else { "a set" };
            let kind = CatErrorKind::Type { expected: expected.to_owned(), found: found.to_owned() };
            return Err(self.fault(kind, span));
        }
        Ok(sort)
    }

    fn of_sort(&mut self, value: &Value<'p>, sort: Sort, span: Span) -> Result<Term, Stop> {
        match sort {
            Sort::Set => self.set(value, span),
            Sort::Relation => self.relation(value, span),
        }
    }

    pub(super) fn set(&mut self, value: &Value<'p>, span: Span) -> Result<Term, Stop> {
        match value {
            Value::Empty => Ok(self.terms.nothing(Sort::Set)),
            Value::Universe => Ok(self.terms.everything(Sort::Set)),
            Value::Term(term) if self.terms.sort(*term) == Sort::Set => Ok(*term),
            Value::Event(event) => {
                let size = self.evaluator.as_ref().ok_or(Stop::Dynamic)?.size();
                Ok(self.terms.add(Node::Set(EventSet::from_events(size, [*event]))))
            }
            Value::Term(_) | Value::Pair(..) => {
                let kind = CatErrorKind::Type { expected: "a set".to_owned(), found: "a relation".to_owned() };
                Err(self.fault(kind, span))
            }
            other => Err(self.type_error("a set of events", other, span)),
        }
    }

    pub(super) fn relation(&mut self, value: &Value<'p>, span: Span) -> Result<Term, Stop> {
        match value {
            Value::Empty => Ok(self.terms.nothing(Sort::Relation)),
            Value::Universe => Ok(self.terms.everything(Sort::Relation)),
            Value::Term(term) if self.terms.sort(*term) == Sort::Relation => Ok(*term),
            Value::Pair(from, to) => {
                let size = self.evaluator.as_ref().ok_or(Stop::Dynamic)?.size();
                Ok(self.terms.add(Node::Relation(Relation::from_pairs(size, [(*from, *to)]))))
            }
            Value::Term(_) | Value::Event(_) => {
                let kind = CatErrorKind::Type { expected: "a relation".to_owned(), found: "a set".to_owned() };
                Err(self.fault(kind, span))
            }
            other => Err(self.type_error("a relation", other, span)),
        }
    }
}
