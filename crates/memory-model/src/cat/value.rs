//! What expressions stand for, and the environments that bind names to it.

use std::rc::Rc;

use super::error::Fault;
use super::primitives::Primitive;
use super::syntax::Pattern;
use super::syntax::{Binding, Function, Statement, Symbol};
use super::terms::Term;
use crate::relation::EventSet;

/// A value of the language.
#[derive(Clone, Debug)]
pub(super) enum Value<'p> {
    /// `0` or `{}`: the empty set, relation, or set of anything.
    Empty,
    /// `_`: the set or the relation of everything.
    Universe,
    /// A set of events, or a relation.
    Term(Term),
    /// A member of a set of events.
    Event(usize),
    /// A member of a relation.
    Pair(usize, usize),
    Tag(Symbol),
    /// A set of sets, of relations, of tags.
    Collection(Collection<'p>),
    /// A relation between classes of events, as `lift` makes it.
    Classes(Rc<Vec<(EventSet, EventSet)>>),
    Tuple(Rc<Vec<Value<'p>>>),
    Closure(Rc<Closure<'p>>),
    Procedure(Rc<Procedure<'p>>),
    Primitive(Primitive),
    /// Something that mentions an unbound name: an error where it is used, not where it is defined, as in herd.
    Unbound(Rc<Fault>),
}

impl Value<'_> {
    /// What it is, for error messages.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Empty => "the empty set",
            Self::Universe => "the universe",
            Self::Term(_) => "a set or relation",
            Self::Event(_) => "an event",
            Self::Pair(..) => "a pair of events",
            Self::Tag(_) => "a tag",
            Self::Collection(_) => "a set of values",
            Self::Classes(_) => "a relation between classes",
            Self::Tuple(_) => "a tuple",
            Self::Closure(_) | Self::Primitive(_) => "a function",
            Self::Procedure(_) => "a procedure",
            Self::Unbound(_) => "nothing",
        }
    }
}

/// A set of values other than events, without repetition; never empty. Taking the first value away costs nothing.
#[derive(Clone, Debug)]
pub(super) struct Collection<'p> {
    values: Rc<Vec<Value<'p>>>,
    from: usize,
}

impl<'p> Collection<'p> {
    /// `Value::Empty` for no values.
    pub(super) fn of(values: Vec<Value<'p>>) -> Value<'p> {
        if values.is_empty() { Value::Empty } else { Value::Collection(Self { values: Rc::new(values), from: 0 }) }
    }

    pub(super) fn values(&self) -> &[Value<'p>] {
        &self.values[self.from..]
    }

    /// The first value and the rest.
    pub(super) fn split_first(&self) -> (Value<'p>, Value<'p>) {
        let first = self.values[self.from].clone();
        if self.from + 1 == self.values.len() {
            return (first, Value::Empty);
        }
        (first, Value::Collection(Self { values: self.values.clone(), from: self.from + 1 }))
    }
}

/// A function with the names around it.
#[derive(Debug)]
pub(super) struct Closure<'p> {
    pub(super) function: &'p Function,
    pub(super) scope: Scope<'p>,
    /// The `let rec` that bound it: its functions know each other.
    pub(super) group: &'p [Binding],
}

/// A procedure with the names around it.
#[derive(Debug)]
pub(super) struct Procedure<'p> {
    pub(super) name: Symbol,
    pub(super) parameter: &'p Pattern,
    pub(super) body: &'p [Statement],
    pub(super) scope: Scope<'p>,
    pub(super) recursive: bool,
}

/// Names with their values, the latest first; sharing tails.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'p>(Option<Rc<Entry<'p>>>);

#[derive(Debug)]
struct Entry<'p> {
    name: Symbol,
    value: Value<'p>,
    rest: Scope<'p>,
}

impl<'p> Scope<'p> {
    pub(super) fn bind(&self, name: Symbol, value: Value<'p>) -> Self {
        Self(Some(Rc::new(Entry { name, value, rest: self.clone() })))
    }

    pub(super) fn get(&self, name: Symbol) -> Option<&Value<'p>> {
        let mut scope = self;
        while let Some(entry) = &scope.0 {
            if entry.name == name {
                return Some(&entry.value);
            }
            scope = &entry.rest;
        }
        None
    }

    pub(super) fn names(&self) -> Vec<Symbol> {
        let (mut names, mut scope) = (Vec::new(), self);
        while let Some(entry) = &scope.0 {
            names.push(entry.name);
            scope = &entry.rest;
        }
        names
    }
}

impl Drop for Scope<'_> {
    /// Without recursion: a scope may be long.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(entry) = next {
            next = Rc::try_unwrap(entry).ok().and_then(|mut entry| entry.rest.0.take());
        }
    }
}
