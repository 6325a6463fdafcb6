//! Statements: what a model does with an execution.

use std::collections::HashMap;
use std::rc::Rc;

use super::base::Base;
use super::error::CatErrorKind;
use super::evaluate::Matrix;
use super::interpreter::{Interpreter, Stop};
use super::recursion::Guard;
use super::sources::holds;
use super::syntax::{Binding, Expr, Pattern, Property, Span, Statement, StatementKind, Symbol, Test, TestKind};
use super::terms::{Sort, Term};
use super::value::{Collection, Procedure, Scope, Value};

/// A test of the model, with the term on which it is made.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) kind: TestKind,
    pub(super) negated: bool,
    pub(super) property: Property,
    pub(super) term: Term,
    pub(super) name: String,
    pub(super) formula: String,
}

/// How terms are called when they are shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// The first name that the model gave to a term.
    pub(super) first: HashMap<Term, Symbol>,
    /// The names that are shown.
    pub(super) shown: Vec<(Symbol, Term)>,
}

/// How `with x from e` is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Every member of the set in turn.
    All,
    /// The coherence order of the execution, if the set is made by `generate_cos` or `generate_orders` for all writes.
    Given,
}

/// What is done with the tests of one run.
pub(super) trait Visitor<'p> {
    /// A test of the model; false if the run is over because it fails.
    fn check(&mut self, interpreter: &mut Interpreter<'p>, names: &Names, check: Check) -> Result<bool, Stop>;
    /// The end of the model was reached; false if no other choice is to be tried.
    fn end(&mut self, interpreter: &mut Interpreter<'p>, names: &Names) -> bool;
    /// Another choice starts, with what was found before it. Undoes what was found since.
    fn back(&mut self, mark: usize);
    /// How much was found so far.
    fn mark(&self) -> usize;
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Next,
    /// This choice is over: a test failed.
    Over,
    /// Everything is over.
    Enough,
}

pub(super) struct Runner<'p, 'v> {
    pub(super) interpreter: Interpreter<'p>,
    pub(super) visitor: &'v mut dyn Visitor<'p>,
    pub(super) names: Names,
    pub(super) choice: Choice,
    /// Whether this run finds out what a generator does; see `given`.
    pub(super) is_probe: bool,
}

impl<'p, 'v> Runner<'p, 'v> {
    pub(super) fn new(interpreter: Interpreter<'p>, visitor: &'v mut dyn Visitor<'p>, choice: Choice) -> Self {
        Self { interpreter, visitor, names: Names::default(), choice, is_probe: false }
    }

    /// The scope of the statement at `span`; `None` if it is not reached.
    pub(super) fn scope_before(&mut self, span: Span) -> Result<Option<Scope<'p>>, Stop> {
        let mut scope = Scope::default();
        let program = self.interpreter.program;
        for statement in &program.statements {
            match &statement.kind {
                StatementKind::With { from, .. } if from.span == span => return Ok(Some(scope)),
                StatementKind::With { variable, from } => {
                    let Some(inner) = self.given(*variable, from, &scope, statement.span)? else { return Ok(None) };
                    scope = inner;
                }
                _ => {
                    self.statement(statement, &mut scope)?;
                }
            }
        }
        Ok(None)
    }

    /// Runs the whole model.
    pub(super) fn run(&mut self) -> Result<(), Stop> {
        self.from(&self.interpreter.program.statements, Scope::default()).map(drop)
    }

    /// Runs statements to the end of the model, through all choices.
    fn from(&mut self, statements: &'p [Statement], mut scope: Scope<'p>) -> Result<Flow, Stop> {
        for (place, statement) in statements.iter().enumerate() {
            if let StatementKind::With { variable, from } = &statement.kind {
                if self.choice == Choice::Given {
                    match self.given(*variable, from, &scope, statement.span)? {
                        Some(inner) => scope = inner,
                        None => return Ok(Flow::Over),
                    }
                    continue;
                }
                let set = self.interpreter.eval(from, &scope)?;
                return self.choices(*variable, &set, &statements[place + 1..], &scope, statement.span);
            }
            match self.statement(statement, &mut scope)? {
                Flow::Next => {}
                over => return Ok(over),
            }
        }
        let more = self.visitor.end(&mut self.interpreter, &self.names);
        Ok(if more { Flow::Next } else { Flow::Enough })
    }

    /// `with`: the rest of the model for each member of the set.
    fn choices(
        &mut self,
        variable: Symbol,
        set: &Value<'p>,
        rest: &'p [Statement],
        scope: &Scope<'p>,
        span: Span,
    ) -> Result<Flow, Stop> {
        let mark = self.visitor.mark();
        for member in self.interpreter.members(set, span)? {
            self.visitor.back(mark);
            let names = self.names.clone();
            self.name(variable, &member);
            let flow = self.from(rest, scope.bind(variable, member))?;
            self.names = names;
            if flow == Flow::Enough {
                return Ok(flow);
            }
        }
        Ok(Flow::Over)
    }

    fn name(&mut self, name: Symbol, value: &Value<'p>) {
        if let Value::Term(term) = value {
            self.names.first.entry(*term).or_insert(name);
        }
    }

    fn statement(&mut self, statement: &'p Statement, scope: &mut Scope<'p>) -> Result<Flow, Stop> {
        let span = statement.span;
        self.interpreter.step(span)?;
        match &statement.kind {
            StatementKind::Let(bindings) => {
                *scope = self.interpreter.bind_all(bindings, scope)?;
                self.name_bound(bindings, scope);
            }
            StatementKind::LetRec(bindings, guard) => {
                let (visitor, names) = (&mut *self.visitor, &self.names);
                let mut refuse;
                let guard: Option<Guard<'_, 'p>> = match guard {
                    None => None,
                    Some(test) => {
                        refuse = |interpreter: &mut Interpreter<'p>, scope: &Scope<'p>| {
                            let check = check(interpreter, TestKind::Check, test, None, scope)?;
                            visitor.check(interpreter, names, check)
                        };
                        Some(&mut refuse)
                    }
                };
                match self.interpreter.bind_recursive(bindings, scope, span, guard)? {
                    Some(inner) => *scope = inner,
                    None => return Ok(Flow::Over),
                }
                self.name_bound(bindings, scope);
            }
            StatementKind::Test(kind, test) => return self.test(*kind, test, None, scope),
            StatementKind::Show(names) => {
                for &name in names {
                    // What is shown need not be bound: it is for pictures.
                    if let Ok(Value::Term(term)) = self.interpreter.lookup(name, scope, span) {
                        self.names.shown.push((name, term));
                    }
                }
            }
            StatementKind::ShowAs(value, name) => {
                if let Value::Term(term) = self.interpreter.eval(value, scope)? {
                    self.names.shown.push((*name, term));
                }
            }
            StatementKind::Unshow(names) => self.names.shown.retain(|(name, _)| !names.contains(name)),
            StatementKind::Procedure { name, parameter, body, recursive } => {
                let procedure = Procedure { name: *name, parameter, body, scope: scope.clone(), recursive: *recursive };
                *scope = scope.bind(*name, Value::Procedure(Rc::new(procedure)));
            }
            StatementKind::Call { procedure, argument, name } => {
                return self.call(*procedure, argument, *name, scope, span);
            }
            StatementKind::Debug(value) => {
                self.interpreter.eval(value, scope)?;
            }
            StatementKind::Forall { variable, set, body } => {
                let set = self.interpreter.eval(set, scope)?;
                for member in self.interpreter.members(&set, span)? {
                    let flow = self.block(body, scope.bind(*variable, member), None)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
            }
            StatementKind::Enum { name, tags } => {
                let tags = tags.iter().map(|&tag| Value::Tag(tag)).collect();
                *scope = scope.bind(*name, Collection::of(tags));
            }
            StatementKind::Instructions(arguments) => {
                for argument in arguments {
                    self.interpreter.eval(argument, scope)?;
                }
            }
            StatementKind::Match { value, clauses, otherwise } => {
                let found = self.interpreter.eval(value, scope)?;
                let Value::Tag(tag) = found else {
                    return Err(self.interpreter.type_error("a tag", &found, value.span));
                };
                let clause = clauses.iter().find(|(known, _)| *known == tag).map(|(_, body)| body);
                let Some(body) = clause.or(otherwise.as_ref()) else {
                    return Err(self.interpreter.no_clause(tag, span));
                };
                return self.block(body, scope.clone(), None);
            }
            StatementKind::IfVariant { condition, then, otherwise } => {
                let body = if holds(condition, self.interpreter.variants) { then } else { otherwise };
                return self.block(body, scope.clone(), None);
            }
            StatementKind::With { .. } => {
                return Err(self.interpreter.fault(CatErrorKind::Misplaced("`with .. from`"), span));
            }
            StatementKind::Include(_) => {
                return Err(self.interpreter.fault(CatErrorKind::Misplaced("`include`"), span));
            }
        }
        Ok(Flow::Next)
    }

    /// Statements in a scope of their own.
    fn block(&mut self, body: &'p [Statement], mut scope: Scope<'p>, name: Option<Symbol>) -> Result<Flow, Stop> {
        for statement in body {
            let flow = match (&statement.kind, name) {
                (StatementKind::Test(kind, test), Some(_)) => self.test(*kind, test, name, &scope)?,
                _ => self.statement(statement, &mut scope)?,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn call(
        &mut self,
        procedure: Symbol,
        argument: &'p Expr,
        name: Option<Symbol>,
        scope: &Scope<'p>,
        span: Span,
    ) -> Result<Flow, Stop> {
        let found = self.interpreter.lookup(procedure, scope, span)?;
        let Value::Procedure(procedure) = &found else {
            return Err(self.interpreter.type_error("a procedure", &found, span));
        };
        let argument = self.interpreter.eval(argument, scope)?;
        let outer = match procedure.recursive {
            true => procedure.scope.bind(procedure.name, found.clone()),
            false => procedure.scope.clone(),
        };
        let inner = self.interpreter.bind(procedure.parameter, argument, &outer, span)?;
        let body = procedure.body;
        self.interpreter.deeper(span)?;
        let flow = self.block(body, inner, name);
        self.interpreter.back();
        flow
    }

    fn test(&mut self, kind: TestKind, test: &'p Test, name: Option<Symbol>, scope: &Scope<'p>) -> Result<Flow, Stop> {
        let check = check(&mut self.interpreter, kind, test, name, scope)?;
        let goes_on = self.visitor.check(&mut self.interpreter, &self.names, check)?;
        Ok(if goes_on { Flow::Next } else { Flow::Over })
    }

    fn name_bound(&mut self, bindings: &'p [Binding], scope: &Scope<'p>) {
        for binding in bindings {
            if let Pattern::One(Some(name)) = binding.pattern {
                if let Some(Value::Term(term)) = scope.get(name) {
                    self.names.first.entry(*term).or_insert(name);
                }
            }
        }
    }

    /// `with co from generate_cos(pco)`: the coherence order of the execution, and a test that it extends `pco`.
    fn given(
        &mut self,
        variable: Symbol,
        from: &'p Expr,
        scope: &Scope<'p>,
        span: Span,
    ) -> Result<Option<Scope<'p>>, Stop> {
        let given = self.given_base(from, scope)?;
        let (co, writes, loc) = {
            let terms = &mut self.interpreter.terms;
            (terms.base(Base::Co), terms.base(Base::Writes), terms.base(Base::Loc))
        };
        let terms = &mut self.interpreter.terms;
        let both = terms.product(writes, writes);
        let between = terms.intersection(given, both);
        let ordered = terms.intersection(between, loc);
        let term = terms.difference(ordered, co);
        let program = self.interpreter.program;
        let (name, text) = (program.names.text(variable), program.snippet(span));
        let check = Check {
            kind: TestKind::Check,
            negated: false,
            property: Property::Empty,
            term,
            name: format!("order {name}"),
            formula: text,
        };
        if !self.visitor.check(&mut self.interpreter, &self.names, check)? {
            return Ok(None);
        }
        let value = Value::Term(co);
        self.name(variable, &value);
        Ok(Some(scope.bind(variable, value)))
    }
}

/// The test with its term.
fn check<'p>(
    interpreter: &mut Interpreter<'p>,
    kind: TestKind,
    test: &'p Test,
    name: Option<Symbol>,
    scope: &Scope<'p>,
) -> Result<Check, Stop> {
    let value = interpreter.eval(&test.value, scope)?;
    let (term, sort) = match (test.property, &value) {
        (_, Value::Classes(pairs)) => (interpreter.of_representatives(pairs, test.span)?, Sort::Relation),
        (Property::Acyclic | Property::Irreflexive, _) => (interpreter.relation(&value, test.span)?, Sort::Relation),
        // A set of values is empty or it is not.
        (Property::Empty, Value::Collection(_)) => (interpreter.terms.everything(Sort::Set), Sort::Set),
        (Property::Empty, _) => interpreter.term(&value, test.span)?,
    };
    debug_assert_eq!(interpreter.terms.sort(term), sort, "terms have one sort");
    let program = interpreter.program;
    let formula = program.snippet(test.value.span);
    let name = name.or(test.name).map_or_else(|| formula.clone(), |name| program.names.text(name).to_owned());
    let word = match test.property {
        Property::Acyclic => "acyclic",
        Property::Irreflexive => "irreflexive",
        Property::Empty => "empty",
    };
    let formula = format!("{}{word}({formula})", if test.negated { "~" } else { "" });
    Ok(Check { kind, negated: test.negated, property: test.property, term, name, formula })
}

impl Check {
    /// Whether the test holds of a term with this value.
    pub(super) fn holds(&self, value: &Matrix) -> bool {
        value.has(self.property) != self.negated
    }
}
