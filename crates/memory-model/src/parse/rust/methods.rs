//! The methods and functions that threads written in Rust may call.

use super::lower::{Lower, Val};
use super::syntax::{Node, NodeKind};
use super::types::Kind;
use crate::Ordering;
use crate::litmus::{BinaryOp, Expr, Statement, UnaryOp, UpdateOp, allowed};
use crate::parse::calls::similar;
use crate::parse::cursor::Parsed;
use crate::parse::error::ParseErrorKind;
use crate::parse::lexer::Span;

/// A method of something in memory.
#[derive(Clone, Copy, Debug)]
enum Method {
    Load,
    Store,
    Update(UpdateOp),
    CompareExchange {
        weak: bool,
    },
    /// `get` of a cell, `as_ptr` of an atomic: a pointer for plain accesses.
    Pointer,
    /// Plain accesses.
    Read,
    Write,
    IsNull,
}

/// What has the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Atomic,
    Cell,
    Pointer,
}

/// The methods of places in memory, with the number of their arguments.
const METHODS: [(&str, Method, Owner, usize); 18] = [
    ("load", Method::Load, Owner::Atomic, 1),
    ("store", Method::Store, Owner::Atomic, 2),
    ("swap", Method::Update(UpdateOp::Exchange), Owner::Atomic, 2),
    ("fetch_add", Method::Update(UpdateOp::Add), Owner::Atomic, 2),
    ("fetch_sub", Method::Update(UpdateOp::Sub), Owner::Atomic, 2),
    ("fetch_and", Method::Update(UpdateOp::And), Owner::Atomic, 2),
    ("fetch_nand", Method::Update(UpdateOp::Nand), Owner::Atomic, 2),
    ("fetch_or", Method::Update(UpdateOp::Or), Owner::Atomic, 2),
    ("fetch_xor", Method::Update(UpdateOp::Xor), Owner::Atomic, 2),
    ("fetch_max", Method::Update(UpdateOp::Max), Owner::Atomic, 2),
    ("fetch_min", Method::Update(UpdateOp::Min), Owner::Atomic, 2),
    ("compare_exchange", Method::CompareExchange { weak: false }, Owner::Atomic, 4),
    ("compare_exchange_weak", Method::CompareExchange { weak: true }, Owner::Atomic, 4),
    ("as_ptr", Method::Pointer, Owner::Atomic, 0),
    ("get", Method::Pointer, Owner::Cell, 0),
    ("read", Method::Read, Owner::Pointer, 0),
    ("write", Method::Write, Owner::Pointer, 1),
    ("is_null", Method::IsNull, Owner::Pointer, 0),
];

/// The methods of integers.
const ARITHMETIC: [(&str, BinaryOp); 5] = [
    ("wrapping_add", BinaryOp::Add),
    ("wrapping_sub", BinaryOp::Sub),
    ("wrapping_mul", BinaryOp::Mul),
    ("add", BinaryOp::Add),
    ("sub", BinaryOp::Sub),
];

/// The methods of `Result`.
const RESULT: [&str; 4] = ["is_ok", "is_err", "unwrap_or", "unwrap_or_else"];

const FUNCTIONS: [&str; 5] = ["fence", "spin_loop", "yield_now", "null", "null_mut"];

impl Lower<'_> {
    pub(super) fn call(&mut self, path: &[String], arguments: &[Node], span: Span) -> Parsed<Val> {
        let name = path.last().map_or("", String::as_str);
        let expect = |this: &Self, expected: usize| {
            let found = arguments.len();
            let kind = ParseErrorKind::Arguments { function: name.to_owned(), expected, found };
            if found == expected { Ok(()) } else { Err(this.error(kind, span)) }
        };
        match name {
            "fence" => {
                expect(self, 1)?;
                let ordering = self.order(&arguments[0], "a fence", allowed::fence)?;
                self.code.emit(Statement::Fence(ordering));
                Ok(Val::Unit)
            }
            "spin_loop" | "yield_now" => expect(self, 0).map(|()| Val::Unit),
            "null" | "null_mut" => expect(self, 0).map(|()| Val::Int(Expr::Const(0))),
            _ => {
                let suggestion = similar(name, &FUNCTIONS);
                Err(self.error(ParseErrorKind::UnknownFunction { name: path.join("::"), suggestion }, span))
            }
        }
    }

    pub(super) fn method(
        &mut self,
        receiver: &Node,
        name: &str,
        name_span: Span,
        arguments: &[Node],
        span: Span,
    ) -> Parsed<Val> {
        let expect = |this: &Self, expected: usize| {
            let found = arguments.len();
            let kind = ParseErrorKind::Arguments { function: name.to_owned(), expected, found };
            if found == expected { Ok(()) } else { Err(this.error(kind, span)) }
        };
        if let Some(&(_, method, owner, count)) = METHODS.iter().find(|(known, ..)| *known == name) {
            expect(self, count)?;
            let (address, kind) = self.receiver(receiver, name, name_span)?;
            let fits = match kind {
                Kind::Any => true,
                Kind::Atomic { .. } => owner == Owner::Atomic,
                Kind::Cell { .. } => owner == Owner::Cell,
                Kind::Plain { .. } => owner == Owner::Pointer,
            };
            if !fits {
                let suggestion = match kind {
                    Kind::Cell { .. } => Some("get"),
                    Kind::Atomic { .. } if name == "read" || name == "get" => Some("load"),
                    Kind::Atomic { .. } if name == "write" => Some("store"),
                    Kind::Plain { .. } if name == "load" => Some("read"),
                    Kind::Plain { .. } if name == "store" => Some("write"),
                    _ => None,
                };
                return Err(self.no_method(name, kind.describe(), suggestion, name_span));
            }
            return self.memory_method(method, address, kind, arguments, span);
        }
        if let Some((_, op)) = ARITHMETIC.iter().find(|(known, _)| *known == name) {
            expect(self, 1)?;
            let left = self.int(receiver)?;
            let left = self.stable(left, &arguments[0]);
            return Ok(Val::Int(Expr::binary(*op, left, self.int(&arguments[0])?)));
        }
        if RESULT.contains(&name) {
            return self.result_method(receiver, name, name_span, arguments, span);
        }
        let (_, kind) = self.receiver(receiver, name, name_span)?;
        let known = METHODS.map(|(known, ..)| known);
        Err(self.no_method(name, kind.describe(), similar(name, &known), name_span))
    }

    /// The place on which a method is called.
    fn receiver(&mut self, node: &Node, name: &str, name_span: Span) -> Parsed<(Expr, Kind)> {
        use crate::parse::emit::Target;
        if matches!(node.kind, NodeKind::Index(..) | NodeKind::Unary(super::syntax::Prefix::Deref, _)) {
            if let (Target::Memory(address), kind) = self.place(node)? {
                return Ok((address, kind));
            }
        }
        match self.operand(node)? {
            Val::Result { .. } => {
                let suggestion = similar(name, &RESULT);
                Err(self.no_method(name, "a `Result`", suggestion, name_span))
            }
            Val::Bool(_) => Err(self.no_method(name, "a `bool`", None, name_span)),
            value => self.pointer(value, node.span),
        }
    }

    fn no_method(
        &self,
        name: &str,
        receiver: &'static str,
        suggestion: Option<&'static str>,
        span: Span,
    ) -> crate::parse::ParseError {
        self.error(ParseErrorKind::NoMethod { name: name.to_owned(), receiver, suggestion }, span)
    }

    fn memory_method(
        &mut self,
        method: Method,
        address: Expr,
        kind: Kind,
        arguments: &[Node],
        span: Span,
    ) -> Parsed<Val> {
        let typed = |value: Expr| if kind.is_bool() { Val::Bool(value) } else { Val::Int(value) };
        let address = arguments.iter().fold(address, |address, argument| self.stable(address, argument));
        match method {
            Method::Load => {
                let ordering = self.order(&arguments[0], "a load", allowed::load)?;
                let reg = self.code.register("");
                self.code.at = span;
                self.code.emit(Statement::Load { reg, address, ordering });
                Ok(typed(reg.into()))
            }
            Method::Store => {
                let value = self.argument(&arguments[0], kind)?;
                let ordering = self.order(&arguments[1], "a store", allowed::store)?;
                self.code.at = span;
                self.code.emit(Statement::Store { address, value, ordering });
                Ok(Val::Unit)
            }
            Method::Update(op) => {
                let operand = self.argument(&arguments[0], kind)?;
                let ordering = self.order(&arguments[1], "a read-modify-write", allowed::update)?;
                self.code.at = span;
                let old = self.code.register("");
                let update = |op, operand| Statement::Update { old, address: address.clone(), op, operand, ordering };
                if matches!(op, UpdateOp::Nand) && kind.is_bool() {
                    // On `bool`, `!(old & true)` is `!old`, and `!(old & false)` is true.
                    let then = update(UpdateOp::Xor, Expr::Const(1));
                    let otherwise = update(UpdateOp::Exchange, Expr::Const(1));
                    let (then, otherwise) = (self.single(then), self.single(otherwise));
                    self.code.emit(Statement::If { condition: operand, then, otherwise });
                } else {
                    let update = update(op, operand);
                    self.code.emit(update);
                }
                Ok(typed(old.into()))
            }
            Method::CompareExchange { weak } => {
                let expected = self.argument(&arguments[0], kind)?;
                let expected = self.stable(expected, &arguments[1]);
                let new = self.argument(&arguments[1], kind)?;
                let success_ordering = self.order(&arguments[2], "a successful compare-exchange", allowed::update)?;
                let failure_ordering =
                    self.order(&arguments[3], "a failed compare-exchange", allowed::failed_update)?;
                self.code.at = span;
                let (old, success) = (self.code.register(""), self.code.register(""));
                self.code.emit(Statement::CompareExchange {
                    old,
                    success,
                    address,
                    expected,
                    new,
                    success_ordering,
                    failure_ordering,
                    weak,
                });
                Ok(Val::Result { success: success.into(), value: old.into(), is_bool: kind.is_bool() })
            }
            Method::Pointer => Ok(Val::Ref(address, Kind::Plain { is_bool: kind.is_bool() })),
            Method::Read => {
                let reg = self.code.register("");
                self.code.at = span;
                self.code.emit(Statement::Load { reg, address, ordering: Ordering::NonAtomic });
                Ok(typed(reg.into()))
            }
            Method::Write => {
                let value = self.argument(&arguments[0], kind)?;
                self.code.at = span;
                self.code.emit(Statement::Store { address, value, ordering: Ordering::NonAtomic });
                Ok(Val::Unit)
            }
            Method::IsNull => Ok(Val::Bool(Expr::binary(BinaryOp::Eq, address, 0))),
        }
    }

    /// One statement as a branch.
    fn single(&mut self, statement: Statement) -> Vec<Statement> {
        let outer = self.code.begin();
        self.code.emit(statement);
        self.code.end(outer)
    }

    /// An argument of the type of what lies at the place.
    fn argument(&mut self, node: &Node, kind: Kind) -> Parsed<Expr> {
        let (value, is_bool) = self.scalar(node)?;
        if kind != Kind::Any && is_bool != kind.is_bool() {
            let (found, expected) = if is_bool { ("a `bool`", "an integer") } else { ("an integer", "a `bool`") };
            return Err(self.unexpected(found, expected, node.span));
        }
        Ok(value)
    }

    fn result_method(
        &mut self,
        receiver: &Node,
        name: &str,
        name_span: Span,
        arguments: &[Node],
        span: Span,
    ) -> Parsed<Val> {
        let expected = usize::from(name.starts_with("unwrap"));
        if arguments.len() != expected {
            let kind = ParseErrorKind::Arguments { function: name.to_owned(), expected, found: arguments.len() };
            return Err(self.error(kind, span));
        }
        let Val::Result { success, value, is_bool } = self.operand(receiver)? else {
            return Err(self.no_method(name, "this", None, name_span));
        };
        let typed = |value: Expr| if is_bool { Val::Bool(value) } else { Val::Int(value) };
        match name {
            "is_ok" => return Ok(Val::Bool(success)),
            "is_err" => return Ok(Val::Bool(Expr::unary(UnaryOp::Not, success))),
            _ => {}
        }
        let kind = Kind::Plain { is_bool };
        let result = self.code.register("");
        if name == "unwrap_or" {
            let other = self.argument(&arguments[0], kind)?;
            self.code.emit(Statement::Assign { reg: result, value: other });
            let then = vec![Statement::Assign { reg: result, value }];
            self.code.emit(Statement::If { condition: success, then, otherwise: Vec::new() });
            return Ok(typed(result.into()));
        }
        let NodeKind::Closure(pattern, body) = &arguments[0].kind else {
            return Err(self.unexpected("a value", "a closure, such as `|found| found`", arguments[0].span));
        };
        self.code.emit(Statement::Assign { reg: result, value: value.clone() });
        let held = typed(value);
        let (otherwise, _) = self.scope(|this| {
            this.bind_pattern(pattern, &held);
            let other = this.argument(body, kind)?;
            this.code.assign(result, other);
            Ok(Val::Unit)
        })?;
        self.code.emit(Statement::If { condition: success, then: Vec::new(), otherwise });
        Ok(typed(result.into()))
    }

    fn order(&self, node: &Node, operation: &str, fits: fn(Ordering) -> bool) -> Parsed<Ordering> {
        let name = match &node.kind {
            NodeKind::Path(path) => path.last().map_or("", String::as_str),
            _ => "",
        };
        let ordering = match name {
            "Relaxed" => Ordering::Relaxed,
            "Acquire" => Ordering::Acquire,
            "Release" => Ordering::Release,
            "AcqRel" => Ordering::AcqRel,
            "SeqCst" => Ordering::SeqCst,
            _ => {
                let found = format!("`{}`", self.text(node.span));
                return Err(self.unexpected(&found, "an ordering, such as `Ordering::Relaxed`", node.span));
            }
        };
        if fits(ordering) {
            Ok(ordering)
        } else {
            Err(self.error(ParseErrorKind::Ordering { operation: operation.to_owned(), ordering }, node.span))
        }
    }
}
