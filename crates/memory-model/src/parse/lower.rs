//! From syntax trees to statements: names are resolved, and every memory access becomes a statement of its own.

use std::collections::{BTreeSet, HashMap};

use super::cursor::Parsed;
use super::emit::{Emitter, Target};
use super::error::{ParseError, ParseErrorKind};
use super::lexer::Span;
use super::syntax::{Node, NodeKind, Stmt};
use crate::litmus::{BinaryOp, Expr, Layout, Observable, Reg, Statement, Thread};
use crate::{Location, Value};

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Binding {
    /// A shared variable: its name is a pointer to it.
    Shared(Location),
    /// A local variable in a register.
    Register(Reg),
    /// A local variable whose address is taken.
    Memory(Location),
    /// A local array: its name is a pointer to the first element.
    Array(Location),
}

/// A thread that was lowered.
pub(super) struct Lowered {
    pub(super) thread: Thread,
    /// Where its accesses and fences stand in the source.
    pub(super) spans: Vec<Span>,
    /// What its variables are called in conditions.
    pub(super) observables: HashMap<String, Observable>,
}

pub(super) struct Lower<'a> {
    pub(super) source: &'a str,
    layout: &'a mut Layout,
    number: usize,
    scopes: Vec<HashMap<String, Binding>>,
    pub(super) code: Emitter,
    addressed: BTreeSet<String>,
    /// What the variables of the thread are called in conditions.
    observables: HashMap<String, Observable>,
}

impl<'a> Lower<'a> {
    pub(super) fn new(source: &'a str, layout: &'a mut Layout, number: usize) -> Self {
        Self {
            source,
            layout,
            number,
            scopes: vec![HashMap::new()],
            code: Emitter::new(number),
            addressed: BTreeSet::new(),
            observables: HashMap::new(),
        }
    }

    /// Makes the shared variable `name` known to the thread.
    pub(super) fn parameter(&mut self, name: &str, span: Span) -> Parsed<()> {
        let location = self.layout.variable(name);
        self.bind(name, Binding::Shared(location), span)
    }

    /// Makes a register known to the thread, with its initial value.
    pub(super) fn initial_register(&mut self, name: &str, value: Value, span: Span) -> Parsed<()> {
        let reg = self.register(name);
        self.bind(name, Binding::Register(reg), span)?;
        self.observables.insert(name.to_owned(), Observable::Register(reg));
        if value != 0 {
            self.emit(Statement::Assign { reg, value: Expr::Const(value) });
        }
        Ok(())
    }

    /// Lowers the body of the thread; returns it, and what its variables are called in conditions.
    pub(super) fn thread(mut self, body: &[Stmt]) -> Parsed<Lowered> {
        self.addressed = addressed(body);
        self.statements(body)?;
        let (thread, spans) = self.code.finish();
        Ok(Lowered { thread, spans, observables: self.observables })
    }

    fn statements(&mut self, body: &[Stmt]) -> Parsed<()> {
        body.iter().try_for_each(|stmt| self.statement(stmt))
    }

    fn statement(&mut self, stmt: &Stmt) -> Parsed<()> {
        match stmt {
            Stmt::Expression(node) => {
                self.value(node)?;
            }
            Stmt::Declare { name, span, array, value } => self.declare(name, *span, array.as_ref(), value.as_ref())?,
            Stmt::If { condition, then, otherwise } => {
                let condition = self.value(condition)?;
                let then = self.scope(|this| this.statements(then))?;
                let otherwise = self.scope(|this| this.statements(otherwise))?;
                self.emit(Statement::If { condition, then, otherwise });
            }
            Stmt::Block(body) => {
                let body = self.scope(|this| this.statements(body))?;
                self.code.thread.body.extend(body);
            }
            Stmt::Loop { init, first, condition, step, body } => {
                let lowered = self.scope(|this| {
                    this.statements(init)?;
                    this.loop_(*first, condition.as_ref(), step.as_ref(), body)
                })?;
                self.code.thread.body.extend(lowered);
            }
        }
        Ok(())
    }

    fn loop_(&mut self, first: bool, condition: Option<&Node>, step: Option<&Node>, body: &[Stmt]) -> Parsed<()> {
        // A `do` loop sets `skip` before its first iteration, which then does not look at the condition.
        let skip = first.then(|| self.register(""));
        if let Some(skip) = skip {
            self.emit(Statement::Assign { reg: skip, value: Expr::Const(1) });
        }
        let mut value = Expr::Const(1);
        let head = self.scope(|this| {
            let Some(condition) = condition else { return Ok(()) };
            let Some(skip) = skip else {
                value = this.value(condition)?;
                return Ok(());
            };
            let goes_on = this.register("");
            value = goes_on.into();
            let otherwise = this.scope(|this| {
                let value = this.value(condition)?;
                this.assign(goes_on, value);
                Ok(())
            })?;
            let set = |reg, value| Statement::Assign { reg, value: Expr::Const(value) };
            let then = vec![set(goes_on, 1), set(skip, 0)];
            this.emit(Statement::If { condition: skip.into(), then, otherwise });
            Ok(())
        })?;
        let body = self.scope(|this| {
            this.statements(body)?;
            step.map_or(Ok(()), |step| this.value(step).map(drop))
        })?;
        self.emit(Statement::While { head, condition: value, body, bound: None });
        Ok(())
    }

    fn declare(
        &mut self,
        name: &str,
        span: Span,
        array: Option<&(usize, Vec<Node>)>,
        value: Option<&Node>,
    ) -> Parsed<()> {
        if self.lookup(name).is_some() {
            return Err(self.error(ParseErrorKind::Redeclared(name.to_owned()), span));
        }
        let value = value.map(|node| self.value(node)).transpose()?;
        let in_memory = format!("{}:{name}", self.number);
        if let Some((length, elements)) = array {
            let location = match self.layout.find(&in_memory) {
                Some(_) => return Err(self.error(ParseErrorKind::Redeclared(name.to_owned()), span)),
                None => self.layout.array(&in_memory, *length),
            };
            let location = location.ok_or_else(|| self.error(ParseErrorKind::ArrayLength, span))?;
            self.bind(name, Binding::Array(location), span)?;
            self.observables.insert(name.to_owned(), Observable::Memory { name: in_memory, element: 0 });
            for (index, element) in elements.iter().enumerate() {
                let value = self.value(element)?;
                let address = Emitter::address(self.layout, location, index);
                self.store(&Target::Memory(address), value);
            }
            return Ok(());
        }
        if self.addressed.contains(name) {
            let location = self.layout.variable(&in_memory);
            self.bind(name, Binding::Memory(location), span)?;
            self.observables.insert(name.to_owned(), Observable::Memory { name: in_memory, element: 0 });
            if let Some(value) = value {
                self.store(&Target::Memory(Expr::Const(self.layout.address(location))), value);
            }
            return Ok(());
        }
        // A name that is declared in two blocks is one register: conditions cannot tell them apart.
        let reg = match self.observables.get(name) {
            Some(Observable::Register(reg)) => *reg,
            _ => {
                let reg = self.code.named(name, value);
                self.observables.insert(name.to_owned(), Observable::Register(reg));
                return self.bind(name, Binding::Register(reg), span);
            }
        };
        self.bind(name, Binding::Register(reg), span)?;
        if let Some(value) = value {
            self.assign(reg, value);
        }
        Ok(())
    }

    /// The value of an expression; what it does to memory becomes statements.
    pub(super) fn value(&mut self, node: &Node) -> Parsed<Expr> {
        let outer = std::mem::replace(&mut self.code.at, node.span);
        let value = self.value_here(node);
        self.code.at = outer;
        value
    }

    fn value_here(&mut self, node: &Node) -> Parsed<Expr> {
        match &node.kind {
            NodeKind::Number(value) => Ok(Expr::Const(*value)),
            NodeKind::Name(name) => match self.resolve(name, node.span)? {
                Binding::Register(reg) => Ok(reg.into()),
                Binding::Shared(location) | Binding::Array(location) => Ok(Expr::Const(self.layout.address(location))),
                Binding::Memory(location) => {
                    let address = Expr::Const(self.layout.address(location));
                    Ok(self.load(&Target::Memory(address)))
                }
            },
            NodeKind::Unary(op, inner) => Ok(Expr::unary(*op, self.value(inner)?)),
            NodeKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => self.short_circuit(*op, left, right),
            NodeKind::Binary(op, left, right) => {
                let (left, right) = self.pair(left, right)?;
                Ok(Expr::binary(*op, left, right))
            }
            NodeKind::Deref(_) => {
                let target = self.target(node)?;
                Ok(self.load(&target))
            }
            NodeKind::AddressOf(inner) => match self.target(inner)? {
                Target::Memory(address) => Ok(address),
                Target::Register(_) => Err(self.error(ParseErrorKind::NotAPlace, inner.span)),
            },
            NodeKind::Assign(op, place, value) => {
                let span = self.undisturbed(place, value)?;
                let (target, new) = match op {
                    None => self.unsequenced(span, |this| this.target(place), |this| this.value(value))?,
                    Some(op) => {
                        let ((target, old), value) = self.unsequenced(
                            span,
                            |this| {
                                let target = this.target(place)?;
                                let old = this.load(&target);
                                Ok((target, old))
                            },
                            |this| this.value(value),
                        )?;
                        (target, Expr::binary(*op, old, value))
                    }
                };
                Ok(self.store(&target, new))
            }
            NodeKind::Increment { place, by, before } => {
                let target = self.target(place)?;
                let old = self.load(&target);
                // The old value must outlive the assignment.
                let old = if *before { self.code.copy(old) } else { old };
                let new = self.store(&target, Expr::binary(BinaryOp::Add, old.clone(), *by));
                Ok(if *before { old } else { new })
            }
            NodeKind::Conditional(condition, then, otherwise) => {
                let condition = self.value(condition)?;
                let result = self.register("");
                let branch = |this: &mut Self, node: &Node| {
                    this.scope(|this| {
                        let value = this.value(node)?;
                        this.assign(result, value);
                        Ok(())
                    })
                };
                let then = branch(self, then)?;
                let otherwise = branch(self, otherwise)?;
                self.emit(Statement::If { condition, then, otherwise });
                Ok(result.into())
            }
            NodeKind::Call(function, arguments) => self.call(function, arguments, node.span),
        }
    }

    /// What two operands yield that C does not sequence. Accesses of both to memory are not ordered, if they only read.
    ///
    /// If one writes, it is refused: which comes first is open (for calls: either may), and the order decides what is read.
    pub(super) fn unsequenced<A, B>(
        &mut self,
        span: Span,
        first: impl FnOnce(&mut Self) -> Parsed<A>,
        second: impl FnOnce(&mut Self) -> Parsed<B>,
    ) -> Parsed<(A, B)> {
        let outer = self.code.begin();
        let a = first(self)?;
        let left = self.code.begin();
        let b = second(self)?;
        let right = self.code.end(outer);
        let accesses = |operand: &[Statement]| operand.iter().any(Statement::has_events);
        let operands = [left, right];
        if !operands.iter().all(|operand| accesses(operand)) {
            self.code.thread.body.extend(operands.into_iter().flatten());
        } else if operands.iter().flatten().all(Statement::only_reads) {
            self.emit(Statement::Unsequenced(operands.into()));
        } else {
            return Err(self.error(ParseErrorKind::Unsequenced, span));
        }
        Ok((a, b))
    }

    /// The values of two operands that C does not sequence.
    pub(super) fn pair(&mut self, first: &Node, second: &Node) -> Parsed<(Expr, Expr)> {
        let span = self.undisturbed(first, second)?;
        self.unsequenced(span, |this| this.value(first), |this| this.value(second))
    }

    /// Refuses operands that C does not sequence if one assigns a variable that the other mentions; the source of both.
    pub(super) fn undisturbed(&self, first: &Node, second: &Node) -> Parsed<Span> {
        let span = (first.span.0.min(second.span.0), second.span.1.max(first.span.1));
        if first.disturbs(second) { Err(self.error(ParseErrorKind::Unsequenced, span)) } else { Ok(span) }
    }

    /// `&&` and `||`: the right operand touches memory only if the left one has not decided.
    fn short_circuit(&mut self, op: BinaryOp, left: &Node, right: &Node) -> Parsed<Expr> {
        let left = self.value(left)?;
        let mut value = Expr::Const(0);
        let result = self.register("");
        let statements = self.scope(|this| {
            value = this.value(right)?;
            Ok(())
        })?;
        if statements.is_empty() {
            return Ok(Expr::binary(op, left, value));
        }
        let truth = |value: Expr| Expr::binary(BinaryOp::Ne, value, 0);
        self.emit(Statement::Assign { reg: result, value: truth(left) });
        let mut evaluated = statements;
        evaluated.push(Statement::Assign { reg: result, value: truth(value) });
        let (then, otherwise) = if op == BinaryOp::And { (evaluated, Vec::new()) } else { (Vec::new(), evaluated) };
        self.emit(Statement::If { condition: result.into(), then, otherwise });
        Ok(result.into())
    }

    pub(super) fn target(&mut self, node: &Node) -> Parsed<Target> {
        match &node.kind {
            NodeKind::Name(name) => match self.resolve(name, node.span)? {
                Binding::Register(reg) => Ok(Target::Register(reg)),
                Binding::Memory(location) => Ok(Target::Memory(Expr::Const(self.layout.address(location)))),
                Binding::Shared(_) | Binding::Array(_) => Err(self.error(ParseErrorKind::NotAPlace, node.span)),
            },
            NodeKind::Deref(pointer) => match &pointer.kind {
                NodeKind::AddressOf(inner) => self.target(inner),
                _ => Ok(Target::Memory(self.value(pointer)?)),
            },
            _ => Err(self.error(ParseErrorKind::NotAPlace, node.span)),
        }
    }

    /// Reads a target, with a non-atomic access if it is in memory.
    pub(super) fn load(&mut self, target: &Target) -> Expr {
        self.code.load(target)
    }

    /// Assigns a target, with a non-atomic access if it is in memory; returns the value.
    pub(super) fn store(&mut self, target: &Target, value: Expr) -> Expr {
        self.code.store(target, value)
    }

    fn assign(&mut self, reg: Reg, value: Expr) {
        self.code.assign(reg, value);
    }

    pub(super) fn register(&mut self, name: &str) -> Reg {
        self.code.register(name)
    }

    pub(super) fn emit(&mut self, statement: Statement) {
        self.code.emit(statement);
    }

    /// Collects the statements that `lower` emits, in a scope of their own.
    pub(super) fn scope(&mut self, lower: impl FnOnce(&mut Self) -> Parsed<()>) -> Parsed<Vec<Statement>> {
        let outer = self.code.begin();
        self.scopes.push(HashMap::new());
        let result = lower(self);
        self.scopes.pop();
        let inner = self.code.end(outer);
        result.map(|()| inner)
    }

    pub(super) fn lookup(&self, name: &str) -> Option<Binding> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).copied()
    }

    fn resolve(&self, name: &str, span: Span) -> Parsed<Binding> {
        self.lookup(name).ok_or_else(|| self.error(ParseErrorKind::UnknownName(name.to_owned()), span))
    }

    fn bind(&mut self, name: &str, binding: Binding, span: Span) -> Parsed<()> {
        if self.lookup(name).is_some() {
            return Err(self.error(ParseErrorKind::Redeclared(name.to_owned()), span));
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), binding);
        }
        Ok(())
    }

    pub(super) fn error(&self, kind: ParseErrorKind, span: Span) -> ParseError {
        ParseError::new(kind, span, self.source)
    }
}

/// The local variables whose address is taken, other than to name the expected value of a compare-exchange.
fn addressed(body: &[Stmt]) -> BTreeSet<String> {
    let mut counts: HashMap<String, isize> = HashMap::new();
    let name = |node: &Node| match &node.kind {
        NodeKind::AddressOf(inner) => match &inner.kind {
            NodeKind::Name(name) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    };
    for stmt in body {
        stmt.walk(&mut |node| {
            if let Some(name) = name(node) {
                *counts.entry(name).or_default() += 1;
            }
            if let NodeKind::Call(function, arguments) = &node.kind {
                let expected = arguments.get(1).filter(|_| function.starts_with("atomic_compare_exchange"));
                if let Some(name) = expected.and_then(name) {
                    *counts.entry(name).or_default() -= 1;
                }
            }
        });
    }
    counts.into_iter().filter(|&(_, count)| count > 0).map(|(name, _)| name).collect()
}
