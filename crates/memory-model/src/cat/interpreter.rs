//! Expressions: evaluation of the functional language to values.
//!
//! Relational operators build terms. Where the language looks into a set (a `match`, an `if`, a fixed point), the value of the term
//! over the execution at hand is taken; without one, evaluation stops with [`Stop::Dynamic`].
//!
//! Tail calls take no stack; other nesting is bounded, as is the number of steps, so that no model overflows or runs for ever.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::base::Base;
use super::error::{CatErrorKind, Fault};
use super::evaluate::{Evaluator, Matrix};
use super::given::first_and_last;
use super::primitives::Primitive;
use super::sources::holds;
use super::suggest::similar;
use super::syntax::{Binding, Expr, ExprKind, Pattern, Program, Span, Split, Symbol};
use super::terms::{Node, Sort, Terms};
use super::value::{Closure, Collection, Scope, Value};
use crate::relation::{EventSet, Relation};

/// Why evaluation ends.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// The model is wrong.
    Fault(Fault),
    /// The value depends on the execution, and there is none.
    Dynamic,
}

/// The levels of nested evaluation.
const MAX_DEPTH: usize = 192;

/// The levels of operations in a term, over all definitions: as nesting, but for what walks terms.
const MAX_HEIGHT: u32 = 400;

/// The steps of one evaluation of a model.
const MAX_STEPS: u64 = 10_000_000;

pub(super) struct Interpreter<'p> {
    pub(super) program: &'p Program,
    pub(super) variants: &'p BTreeSet<String>,
    pub(super) terms: Terms,
    pub(super) evaluator: Option<Evaluator<'p>>,
    depth: usize,
    steps: u64,
    /// How many `let rec` are being evaluated whose sorts are guessed.
    pub(super) guesses: usize,
}

impl<'p> Interpreter<'p> {
    pub(super) fn new(program: &'p Program, variants: &'p BTreeSet<String>, evaluator: Option<Evaluator<'p>>) -> Self {
        Self { program, variants, terms: Terms::default(), evaluator, depth: 0, steps: 0, guesses: 0 }
    }

    pub(super) fn fault(&self, kind: CatErrorKind, span: Span) -> Stop {
        Stop::Fault(Fault::new(kind, span))
    }

    pub(super) fn type_error(&self, expected: &str, found: &Value<'p>, span: Span) -> Stop {
        let (expected, found) = (expected.to_owned(), found.describe().to_owned());
        self.fault(CatErrorKind::Type { expected, found }, span)
    }

    /// Counts a step, so that evaluation ends.
    pub(super) fn step(&mut self, span: Span) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(self.fault(CatErrorKind::TooLarge, span)) } else { Ok(()) }
    }

    /// Counts what is cheaper than steps.
    pub(super) fn cost(&mut self, steps: usize, span: Span) -> Result<(), Stop> {
        self.steps += steps as u64;
        self.step(span)
    }

    /// Runs `evaluate` one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        span: Span,
        evaluate: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.deeper(span)?;
        let result = evaluate(self);
        self.back();
        result
    }

    /// Goes one level deeper, unless that is too deep; [`back`](Self::back) comes back.
    pub(super) fn deeper(&mut self, span: Span) -> Result<(), Stop> {
        if self.depth == MAX_DEPTH {
            return Err(self.fault(CatErrorKind::TooDeep, span));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn back(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn eval(&mut self, expr: &'p Expr, scope: &Scope<'p>) -> Result<Value<'p>, Stop> {
        let value = self.nested(expr.span, |this| this.eval_in(expr, scope.clone()))?;
        match value {
            Value::Term(term) if self.terms.height(term) > MAX_HEIGHT => {
                Err(self.fault(CatErrorKind::TooDeep, expr.span))
            }
            value => Ok(value),
        }
    }

    fn eval_in(&mut self, mut expr: &'p Expr, mut scope: Scope<'p>) -> Result<Value<'p>, Stop> {
        loop {
            let span = expr.span;
            self.step(span)?;
            match &expr.kind {
                ExprKind::Empty => return Ok(Value::Empty),
                ExprKind::Universe => return Ok(Value::Universe),
                ExprKind::Name(name) => return self.lookup(*name, &scope, span),
                ExprKind::Tag(tag) => return Ok(Value::Tag(*tag)),
                ExprKind::Set(members) => return self.explicit_set(members, &scope),
                ExprKind::Tuple(parts) => {
                    let parts: Result<Vec<_>, _> = parts.iter().map(|part| self.eval(part, &scope)).collect();
                    return Ok(Value::Tuple(Rc::new(parts?)));
                }
                ExprKind::Unary(operator, operand) => {
                    let value = self.eval(operand, &scope)?;
                    return self.unary(*operator, &value, span);
                }
                ExprKind::Binary(operator, operands) => {
                    let left = self.eval(&operands.0, &scope)?;
                    let right = self.eval(&operands.1, &scope)?;
                    return self.binary(*operator, &left, &right, span);
                }
                ExprKind::Function(function) => {
                    return Ok(Value::Closure(Rc::new(Closure { function, scope, group: &[] })));
                }
                ExprKind::Try(both) => match self.eval(&both.0, &scope) {
                    // A guess that was wrong is no error of the model.
                    Err(Stop::Fault(fault)) if self.guesses > 0 && matches!(fault.kind, CatErrorKind::Type { .. }) => {
                        return Err(Stop::Dynamic);
                    }
                    Err(Stop::Fault(fault)) if is_caught(&fault.kind) => expr = &both.1,
                    result => return result,
                },
                ExprKind::Let(bindings, body) => {
                    scope = self.bind_all(bindings, &scope)?;
                    expr = body;
                }
                ExprKind::LetRec(bindings, body) => {
                    scope = self.bind_recursive(bindings, &scope, span, None)?.unwrap_or(scope);
                    expr = body;
                }
                ExprKind::If(compare, parts) => {
                    let left = self.eval(&parts.0, &scope)?;
                    let right = self.eval(&parts.1, &scope)?;
                    let is_true = self.compare(compare, &left, &right, span)?;
                    expr = if is_true { &parts.2 } else { &parts.3 };
                }
                ExprKind::IfVariant(condition, branches) => {
                    expr = if holds(condition, self.variants) { &branches.0 } else { &branches.1 };
                }
                ExprKind::MatchTag { value, clauses, otherwise } => {
                    let found = self.eval(value, &scope)?;
                    let Value::Tag(tag) = found else { return Err(self.type_error("a tag", &found, value.span)) };
                    let clause = clauses.iter().find(|(known, _)| *known == tag).map(|(_, body)| body);
                    let Some(body) = clause.or(otherwise.as_deref()) else { return Err(self.no_clause(tag, span)) };
                    expr = body;
                }
                ExprKind::MatchSet { value, empty, split, member } => {
                    let found = self.eval(value, &scope)?;
                    match self.take_apart(&found, split, &scope, value.span)? {
                        None => expr = empty,
                        Some(inner) => {
                            scope = inner;
                            expr = member;
                        }
                    }
                }
                ExprKind::Apply(both) => {
                    let function = self.eval(&both.0, &scope)?;
                    let argument = self.eval(&both.1, &scope)?;
                    match function {
                        Value::Primitive(primitive) => return self.primitive(primitive, &argument, span),
                        Value::Closure(closure) => {
                            scope = self.enter(&closure, argument, span)?;
                            expr = &closure.function.body;
                        }
                        other => return Err(self.type_error("a function", &other, both.0.span)),
                    }
                }
            }
        }
    }

    pub(super) fn apply(&mut self, function: &Value<'p>, argument: Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        match function {
            Value::Primitive(primitive) => self.primitive(*primitive, &argument, span),
            Value::Closure(closure) => {
                let scope = self.enter(closure, argument, span)?;
                self.eval(&closure.function.body, &scope)
            }
            other => Err(self.type_error("a function", other, span)),
        }
    }

    /// The scope in which the body of a function is evaluated.
    fn enter(&mut self, closure: &Closure<'p>, argument: Value<'p>, span: Span) -> Result<Scope<'p>, Stop> {
        let scope = closures(closure.group, &closure.scope);
        self.bind(&closure.function.parameter, argument, &scope, span)
    }

    pub(super) fn no_clause(&self, tag: Symbol, span: Span) -> Stop {
        self.fault(CatErrorKind::NoClause(format!("`'{}`", self.program.names.text(tag))), span)
    }

    /// The value of a name: what the model binds, or what the language takes for granted.
    pub(super) fn lookup(&mut self, name: Symbol, scope: &Scope<'p>, span: Span) -> Result<Value<'p>, Stop> {
        match scope.get(name) {
            Some(Value::Unbound(fault)) => return Err(Stop::Fault((**fault).clone())),
            Some(value) => return Ok(value.clone()),
            None => {}
        }
        let program = self.program;
        let text = program.names.text(name);
        match Base::named(text) {
            Some(Base::NoEvents) => return Ok(Value::Term(self.terms.nothing(Sort::Set))),
            Some(Base::NoPairs) => return Ok(Value::Term(self.terms.nothing(Sort::Relation))),
            Some(base) => return Ok(Value::Term(self.terms.base(base))),
            None => {}
        }
        if let Some(primitive) = Primitive::named(text) {
            return Ok(Value::Primitive(primitive));
        }
        if text == "co0" || text == "pco" {
            return Ok(Value::Term(first_and_last(&mut self.terms)));
        }
        let names = scope.names();
        let mut known: Vec<&str> = names.iter().map(|&name| program.names.text(name)).collect();
        for name in Base::names().chain(Primitive::names()) {
            known.push(name);
        }
        let suggestion = similar(text, known);
        Err(self.fault(CatErrorKind::Unbound { name: text.to_owned(), suggestion }, span))
    }

    pub(super) fn bind(
        &self,
        pattern: &Pattern,
        value: Value<'p>,
        scope: &Scope<'p>,
        span: Span,
    ) -> Result<Scope<'p>, Stop> {
        match (pattern, value) {
            (Pattern::One(None), _) => Ok(scope.clone()),
            (Pattern::One(Some(name)), value) => Ok(scope.bind(*name, value)),
            (Pattern::Tuple(names), Value::Tuple(parts)) if names.len() == parts.len() => {
                let bind = |scope: Scope<'p>, (name, part): (&Option<Symbol>, &Value<'p>)| match name {
                    Some(name) => scope.bind(*name, part.clone()),
                    None => scope,
                };
                Ok(names.iter().zip(parts.iter()).fold(scope.clone(), bind))
            }
            (Pattern::Tuple(names), other) => {
                Err(self.type_error(&format!("a tuple of {} values", names.len()), &other, span))
            }
        }
    }

    /// `let`: the values do not see each other.
    pub(super) fn bind_all(&mut self, bindings: &'p [Binding], scope: &Scope<'p>) -> Result<Scope<'p>, Stop> {
        let mut inner = scope.clone();
        for binding in bindings {
            let value = match self.eval(&binding.value, scope) {
                Err(Stop::Fault(fault)) if matches!(fault.kind, CatErrorKind::Unbound { .. }) => {
                    let fault = Rc::new(fault);
                    let names = match &binding.pattern {
                        Pattern::One(name) => std::slice::from_ref(name),
                        Pattern::Tuple(names) => names,
                    };
                    let unbound = |inner: Scope<'p>, &name| inner.bind(name, Value::Unbound(fault.clone()));
                    inner = names.iter().flatten().fold(inner, unbound);
                    continue;
                }
                value => value?,
            };
            inner = self.bind(&binding.pattern, value, &inner, binding.span)?;
        }
        Ok(inner)
    }

    pub(super) fn are_equal(&mut self, left: &[Value<'p>], right: &[Value<'p>], span: Span) -> Result<bool, Stop> {
        for (a, b) in left.iter().zip(right) {
            if !self.equal(a, b, span)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `{a, b}`.
    fn explicit_set(&mut self, members: &'p [Expr], scope: &Scope<'p>) -> Result<Value<'p>, Stop> {
        let mut set = Value::Empty;
        for member in members.iter().rev() {
            let value = self.eval(member, scope)?;
            set = self.insert(&value, &set, member.span)?;
        }
        Ok(set)
    }

    /// Takes a set apart for a `match`; `None` if it is empty.
    fn take_apart(
        &mut self,
        value: &Value<'p>,
        split: &Split,
        scope: &Scope<'p>,
        span: Span,
    ) -> Result<Option<Scope<'p>>, Stop> {
        let bind = |scope: Scope<'p>, name: &Option<Symbol>, value: Value<'p>| match name {
            Some(name) => scope.bind(*name, value),
            None => scope,
        };
        let value = &match value {
            Value::Universe => Value::Term(self.terms.everything(Sort::Set)),
            Value::Event(_) => Value::Term(self.set(value, span)?),
            Value::Pair(..) => Value::Term(self.relation(value, span)?),
            other => other.clone(),
        };
        if let (Split::First(first, rest), Value::Collection(collection)) = (split, value) {
            let (element, others) = collection.split_first();
            return Ok(Some(bind(bind(scope.clone(), first, element), rest, others)));
        }
        let members = self.members(value, span)?;
        if members.is_empty() {
            return Ok(None);
        }
        let (before, element, after, names) = match split {
            Split::First(first, rest) => (&members[..0], &members[0], &members[1..], (&None, first, rest)),
            Split::Middle(before, element, after) => {
                let middle = members.len() / 2;
                (&members[..middle], &members[middle], &members[middle + 1..], (before, element, after))
            }
        };
        let (before, after) = (self.of_members(before, span)?, self.of_members(after, span)?);
        let scope = bind(scope.clone(), names.0, before);
        Ok(Some(bind(bind(scope, names.1, element.clone()), names.2, after)))
    }

    /// The members of a set, in a fixed order.
    pub(super) fn members(&mut self, value: &Value<'p>, span: Span) -> Result<Vec<Value<'p>>, Stop> {
        match value {
            Value::Empty => Ok(Vec::new()),
            Value::Collection(collection) => Ok(collection.values().to_vec()),
            Value::Universe | Value::Event(_) => {
                let set = self.set(value, span)?;
                self.members(&Value::Term(set), span)
            }
            Value::Pair(from, to) => Ok(vec![Value::Pair(*from, *to)]),
            Value::Term(term) => match self.terms.sort(*term) {
                Sort::Set => Ok(self.concrete_set(*term)?.iter().map(Value::Event).collect()),
                Sort::Relation => {
                    Ok(self.concrete_relation(*term)?.iter().map(|(from, to)| Value::Pair(from, to)).collect())
                }
            },
            other => Err(self.type_error("a set", other, span)),
        }
    }

    /// The set of some members.
    fn of_members(&mut self, members: &[Value<'p>], span: Span) -> Result<Value<'p>, Stop> {
        let size = self.evaluator.as_ref().map_or(0, Evaluator::size);
        let events: Option<Vec<usize>> =
            members.iter().map(|member| if let Value::Event(event) = member { Some(*event) } else { None }).collect();
        let pairs: Option<Vec<(usize, usize)>> =
            members.iter().map(|member| if let Value::Pair(a, b) = member { Some((*a, *b)) } else { None }).collect();
        match (events, pairs) {
            _ if members.is_empty() => Ok(Value::Empty),
            (Some(events), _) => Ok(Value::Term(self.terms.add(Node::Set(EventSet::from_events(size, events))))),
            (_, Some(pairs)) => Ok(Value::Term(self.terms.add(Node::Relation(Relation::from_pairs(size, pairs))))),
            _ => {
                let mut set = Value::Empty;
                for member in members.iter().rev() {
                    set = self.insert(member, &set, span)?;
                }
                Ok(set)
            }
        }
    }

    /// The same value, with a term replaced by its matrix over the execution.
    pub(super) fn constant(&mut self, value: Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        let Value::Term(term) = value else { return Ok(value) };
        self.step(span)?;
        if matches!(self.terms.node(term), Node::Set(_) | Node::Relation(_)) {
            return Ok(value);
        }
        let evaluator = self.evaluator.as_mut().ok_or(Stop::Dynamic)?;
        let node = match &*evaluator.value(&self.terms, term) {
            Matrix::Set(set) => Node::Set(set.clone()),
            Matrix::Relation(relation) => Node::Relation(relation.clone()),
        };
        Ok(Value::Term(self.terms.add(node)))
    }

    /// `element ++ set`.
    pub(super) fn insert(&mut self, element: &Value<'p>, set: &Value<'p>, span: Span) -> Result<Value<'p>, Stop> {
        match (element, set) {
            (Value::Tuple(parts), Value::Term(_)) => match parts[..] {
                [Value::Event(from), Value::Event(to)] => self.insert(&Value::Pair(from, to), set, span),
                _ => Err(self.type_error("a set of such elements", set, span)),
            },
            (Value::Event(_), Value::Empty | Value::Universe | Value::Term(_) | Value::Event(_)) => {
                let (element, set) = (self.set(element, span)?, self.set(set, span)?);
                let union = Value::Term(self.terms.union(element, set));
                self.constant(union, span)
            }
            (Value::Pair(..), Value::Empty | Value::Universe | Value::Term(_) | Value::Pair(..)) => {
                let (element, set) = (self.relation(element, span)?, self.relation(set, span)?);
                let union = Value::Term(self.terms.union(element, set));
                self.constant(union, span)
            }
            (_, Value::Empty | Value::Collection(_)) => {
                let element = match element {
                    Value::Tag(_) => element.clone(),
                    other => self.constant(other.clone(), span)?,
                };
                let rest = if let Value::Collection(collection) = set { collection.values() } else { &[] };
                self.cost(rest.len() / 16, span)?;
                for other in rest {
                    if self.equal(&element, other, span)? {
                        return Ok(set.clone());
                    }
                }
                let mut values = Vec::with_capacity(rest.len() + 1);
                values.push(element);
                values.extend_from_slice(rest);
                Ok(Collection::of(values))
            }
            (_, other) => Err(self.type_error("a set of such elements", other, span)),
        }
    }
}

/// Binds the functions of a `let rec`, which know each other.
pub(super) fn closures<'p>(group: &'p [Binding], scope: &Scope<'p>) -> Scope<'p> {
    group.iter().fold(scope.clone(), |inner, binding| match (&binding.pattern, &binding.value.kind) {
        (Pattern::One(Some(name)), ExprKind::Function(function)) => {
            let closure = Closure { function, scope: scope.clone(), group };
            inner.bind(*name, Value::Closure(Rc::new(closure)))
        }
        _ => inner,
    })
}

/// Whether `try` goes on with its other branch: not when the evaluation itself has gone too far.
fn is_caught(kind: &CatErrorKind) -> bool {
    !matches!(kind, CatErrorKind::TooDeep | CatErrorKind::TooLarge)
}
