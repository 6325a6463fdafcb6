//! From syntax trees of Rust to statements: names are resolved, and every memory access becomes a statement of its own.

use std::collections::HashMap;

use super::control::Jump;
use super::syntax::{Block, Node, NodeKind, Prefix, Stmt};
use super::types::{Kind, Type};
use crate::Location;
use crate::Value;
use crate::litmus::{BinaryOp, Expr, Layout, Observable, Reg, Statement, UnaryOp};
use crate::parse::cursor::Parsed;
use crate::parse::emit::{Emitter, Target};
use crate::parse::error::{ParseError, ParseErrorKind};
use crate::parse::lexer::Span;
use crate::parse::lower::Lowered;

/// The value of an expression, with as much of its type as matters.
#[derive(Clone, Debug)]
pub(super) enum Val {
    Unit,
    /// Of an expression that is never left in the ordinary way.
    Never,
    Int(Expr),
    Bool(Expr),
    /// A reference or pointer to memory.
    Ref(Expr, Kind),
    /// What a compare-exchange returns: `Ok(value)` if `success` is other than 0, otherwise `Err(value)`.
    Result {
        success: Expr,
        value: Expr,
        is_bool: bool,
    },
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    /// A shared variable, or an array of them.
    Shared(Location, Kind),
    /// A plain variable in memory, `static mut`: its name is the place itself, not a reference to it.
    Static(Location, Kind),
    Local(Local),
}

#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) reg: Reg,
    /// The type, in the form of the value: the register, and for a `Result` also the one that tells success.
    pub(super) value: Val,
    pub(super) assignable: bool,
}

/// The most statements after each of which a jump may have been taken, one within the other.
const MAX_GUARDS: usize = 100;

pub(super) struct Lower<'a> {
    source: &'a str,
    layout: &'a Layout,
    scopes: Vec<HashMap<String, Binding>>,
    pub(super) code: Emitter,
    pub(super) observables: HashMap<String, Observable>,
    /// The loops around this place, the function itself first.
    pub(super) jumps: Vec<Jump>,
    /// The outermost of `jumps` that what was lowered may jump to.
    pub(super) jumped: Option<usize>,
    /// How many guards of [`unless_jumped`](Self::unless_jumped) are around this place.
    guards: usize,
}

impl<'a> Lower<'a> {
    pub(super) fn new(source: &'a str, layout: &'a Layout, number: usize) -> Self {
        Self {
            source,
            layout,
            scopes: vec![HashMap::new()],
            code: Emitter::new(number),
            observables: HashMap::new(),
            jumps: Vec::new(),
            jumped: None,
            guards: 0,
        }
    }

    /// Makes a shared variable known.
    pub(super) fn shared(&mut self, name: &str, location: Location, kind: Kind) {
        self.bind(name, Binding::Shared(location, kind));
    }

    /// Makes a variable known that the initial state declares.
    pub(super) fn global(&mut self, name: &str, location: Location, kind: Kind) {
        let is_plain = matches!(kind, Kind::Plain { .. }) && !self.layout.is_array(name);
        let binding = if is_plain { Binding::Static(location, kind) } else { Binding::Shared(location, kind) };
        self.bind(name, binding);
    }

    /// Makes a register known, with its initial value.
    pub(super) fn initial_register(&mut self, name: &str, value: Value, declared: Type) {
        let reg = self.code.register(name);
        let expr = Expr::from(reg);
        let typed = match declared {
            Type::Bool => Val::Bool(expr),
            Type::Pointer(kind) => Val::Ref(expr, kind),
            Type::Int | Type::Memory { .. } => Val::Int(expr),
        };
        self.bind(name, Binding::Local(Local { reg, value: typed, assignable: true }));
        self.observables.insert(name.to_owned(), Observable::Register(reg));
        if value != 0 {
            self.code.emit(Statement::Assign { reg, value: Expr::Const(value) });
        }
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.lookup(name).is_some()
    }

    /// Lowers the body of the thread.
    pub(super) fn thread(mut self, body: &Block) -> Parsed<Lowered> {
        self.jumps.push(Jump::new(None, &mut self.code));
        // `return` sets the register; nothing has to reset it.
        self.block(body)?;
        let (thread, spans) = self.code.finish();
        Ok(Lowered { thread, spans, observables: self.observables })
    }

    pub(super) fn block(&mut self, block: &Block) -> Parsed<Val> {
        self.scopes.push(HashMap::new());
        let value = self.statements(&block.body, block.value.as_deref());
        self.scopes.pop();
        value
    }

    fn statements(&mut self, body: &[Stmt], value: Option<&Node>) -> Parsed<Val> {
        let before = self.jumped.take();
        let mut result = None;
        for (place, statement) in body.iter().enumerate() {
            let diverges = match statement {
                Stmt::Expression(node) => matches!(self.value(node)?, Val::Never),
                Stmt::Let { pattern, value, is_bool, otherwise } => {
                    self.let_(pattern, value.as_ref(), *is_bool, otherwise.as_ref())?;
                    false
                }
            };
            let rest = &body[place + 1..];
            if self.jumped.is_some() && !(rest.is_empty() && value.is_none()) {
                let after = self.jumped.take();
                let end = self.unless_jumped(|this| this.statements(rest, value))?;
                self.jumped = [after, self.jumped].into_iter().flatten().min();
                result = Some(if diverges { Val::Never } else { end });
                break;
            }
            if diverges {
                result = Some(Val::Never);
            }
        }
        let result = match (result, value) {
            (Some(result), _) => result,
            (None, Some(value)) => self.value(value)?,
            (None, None) => Val::Unit,
        };
        self.jumped = [before, self.jumped].into_iter().flatten().min();
        Ok(result)
    }

    /// Lowers what runs only if no jump was taken.
    pub(super) fn unless_jumped(&mut self, lower: impl FnOnce(&mut Self) -> Parsed<Val>) -> Parsed<Val> {
        if self.guards >= MAX_GUARDS {
            return Err(self.error(ParseErrorKind::TooDeep, self.code.at));
        }
        self.guards += 1;
        let condition = self.not_jumped();
        let result = self.code.register("");
        let outer = self.code.begin();
        let value = lower(self).map(|value| self.keep(result, value));
        let then = self.code.end(outer);
        self.guards -= 1;
        self.code.emit(Statement::If { condition, then, otherwise: Vec::new() });
        value
    }

    /// Puts a value into `result`, to be had after the branch in which it came about.
    pub(super) fn keep(&mut self, result: Reg, value: Val) -> Val {
        let kept = Expr::from(result);
        match value {
            Val::Unit | Val::Never => value,
            Val::Int(expr) => {
                self.code.assign(result, expr);
                Val::Int(kept)
            }
            Val::Bool(expr) => {
                self.code.assign(result, expr);
                Val::Bool(kept)
            }
            Val::Ref(expr, kind) => {
                self.code.assign(result, expr);
                Val::Ref(kept, kind)
            }
            Val::Result { success, value, is_bool } => {
                // The registers of a result are temporaries of their own, which nothing assigns a second time.
                Val::Result { success, value, is_bool }
            }
        }
    }

    /// The value of an expression; what it does to memory becomes statements.
    pub(super) fn value(&mut self, node: &Node) -> Parsed<Val> {
        let outer = std::mem::replace(&mut self.code.at, node.span);
        let value = self.value_here(node);
        self.code.at = outer;
        value
    }

    fn value_here(&mut self, node: &Node) -> Parsed<Val> {
        match &node.kind {
            NodeKind::Number(value) => Ok(Val::Int(Expr::Const(*value))),
            NodeKind::Bool(value) => Ok(Val::Bool(Expr::Const(Value::from(*value)))),
            NodeKind::Path(path) => self.path(path, node.span),
            NodeKind::Unary(Prefix::Neg, inner) => Ok(Val::Int(Expr::unary(UnaryOp::Neg, self.int(inner)?))),
            NodeKind::Unary(Prefix::Not, inner) => Ok(match self.operand(inner)? {
                Val::Bool(expr) => Val::Bool(Expr::unary(UnaryOp::Not, expr)),
                other => Val::Int(Expr::unary(UnaryOp::BitNot, self.as_int(other, inner.span)?)),
            }),
            NodeKind::Unary(Prefix::Deref, _) | NodeKind::Index(..) => {
                let (target, kind) = self.place(node)?;
                self.readable(kind, node.span)?;
                let value = self.code.load(&target);
                Ok(if kind.is_bool() { Val::Bool(value) } else { Val::Int(value) })
            }
            NodeKind::Unary(Prefix::Ref, inner) => match self.place(inner)? {
                (Target::Memory(address), kind) => Ok(Val::Ref(address, kind)),
                (Target::Register(_), _) => Err(self.error(ParseErrorKind::NotAPlace, inner.span)),
            },
            NodeKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => self.short_circuit(*op, left, right),
            NodeKind::Binary(op, left, right) => self.binary(*op, left, right),
            NodeKind::Assign(op, place, value) => self.assign(*op, place, value),
            NodeKind::Method { receiver, name, name_span, arguments } => {
                self.method(receiver, name, *name_span, arguments, node.span)
            }
            NodeKind::Call(path, arguments) => self.call(path, arguments, node.span),
            NodeKind::Cast(inner) => Ok(match self.operand(inner)? {
                // `true as i32`
                Val::Bool(expr) => Val::Int(expr),
                other => other,
            }),
            NodeKind::Closure(..) => Err(self.unexpected("a closure", "a value", node.span)),
            NodeKind::Block(block) => self.block(block),
            NodeKind::If { condition, then, otherwise } => self.if_(condition, then, otherwise.as_deref(), node.span),
            NodeKind::Let(..) => Err(self.unexpected("`let`", "a value", node.span)),
            NodeKind::Match(value, arms) => self.match_(value, arms, node.span),
            NodeKind::Matches(value, arm) => self.matches_macro(value, arm),
            NodeKind::Loop { label, kind, body } => self.loop_(label.as_deref(), kind, body, node.span),
            NodeKind::Break(label, value) => self.break_(label.as_deref(), value.as_deref(), node.span),
            NodeKind::Continue(label) => self.continue_(label.as_deref(), node.span),
            NodeKind::Return => self.return_(),
        }
    }

    fn path(&mut self, path: &[String], span: Span) -> Parsed<Val> {
        let name = path.join("::");
        let unknown = || self.error(ParseErrorKind::UnknownName(name.clone()), span);
        let [name] = path else { return Err(unknown()) };
        match self.lookup(name) {
            Some(Binding::Local(local)) => Ok(local.value.clone()),
            Some(Binding::Shared(location, kind)) => Ok(Val::Ref(Emitter::address(self.layout, *location, 0), *kind)),
            Some(Binding::Static(location, kind)) => {
                let (address, is_bool) = (Emitter::address(self.layout, *location, 0), kind.is_bool());
                let value = self.code.load(&Target::Memory(address));
                Ok(if is_bool { Val::Bool(value) } else { Val::Int(value) })
            }
            None => Err(unknown()),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Node, right: &Node) -> Parsed<Val> {
        let (first, first_is_bool) = self.scalar(left)?;
        let first = self.stable(first, right);
        let (second, second_is_bool) = self.scalar(right)?;
        if first_is_bool != second_is_bool {
            let (found, expected) =
                if second_is_bool { ("a `bool`", "an integer") } else { ("an integer", "a `bool`") };
            return Err(self.unexpected(found, expected, right.span));
        }
        let result = Expr::binary(op, first, second);
        Ok(match op {
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                Val::Bool(result)
            }
            BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor if first_is_bool => Val::Bool(result),
            _ if first_is_bool => return Err(self.unexpected("a `bool`", "an integer", left.span)),
            _ => Val::Int(result),
        })
    }

    /// `&&` and `||`: the right operand touches memory only if the left one has not decided.
    fn short_circuit(&mut self, op: BinaryOp, left: &Node, right: &Node) -> Parsed<Val> {
        let first = self.bool(left)?;
        let outer = self.code.begin();
        let second = self.bool(right);
        let mut evaluated = self.code.end(outer);
        let second = second?;
        if evaluated.is_empty() {
            return Ok(Val::Bool(Expr::binary(op, first, second)));
        }
        let result = self.code.register("");
        self.code.emit(Statement::Assign { reg: result, value: first });
        evaluated.push(Statement::Assign { reg: result, value: second });
        let (then, otherwise) = if op == BinaryOp::And { (evaluated, Vec::new()) } else { (Vec::new(), evaluated) };
        self.code.emit(Statement::If { condition: result.into(), then, otherwise });
        Ok(Val::Bool(result.into()))
    }

    fn assign(&mut self, op: Option<BinaryOp>, place: &Node, value: &Node) -> Parsed<Val> {
        let given = self.value(value)?;
        if matches!(given, Val::Never) {
            return Ok(Val::Never);
        }
        if self.jumped.is_some() {
            return self.unless_jumped(|this| this.assign_value(op, place, given, value.span));
        }
        self.assign_value(op, place, given, value.span)
    }

    fn assign_value(&mut self, op: Option<BinaryOp>, place: &Node, given: Val, span: Span) -> Parsed<Val> {
        if matches!(&place.kind, NodeKind::Path(path) if path.len() == 1 && path[0] == "_") {
            return Ok(Val::Unit);
        }
        let value = self.as_scalar(given, span)?.0;
        let value = if matches!(place.kind, NodeKind::Path(_)) { value } else { self.stable(value, place) };
        if let NodeKind::Path(path) = &place.kind {
            let local = match &path[..] {
                [name] => self.lookup(name),
                _ => None,
            };
            if let Some(Binding::Local(Local { assignable: false, .. })) = local {
                return Err(self.error(ParseErrorKind::Immutable(path.concat()), place.span));
            }
        }
        let (target, kind) = self.place(place)?;
        self.readable(kind, place.span)?;
        let value = match op {
            None => value,
            Some(op) => Expr::binary(op, self.code.load(&target), value),
        };
        self.code.store(&target, value);
        Ok(Val::Unit)
    }

    /// A place that can be read, assigned or borrowed.
    pub(super) fn place(&mut self, node: &Node) -> Parsed<(Target, Kind)> {
        match &node.kind {
            NodeKind::Path(path) => {
                let found = match &path[..] {
                    [name] => self.lookup(name),
                    _ => None,
                };
                match found {
                    Some(Binding::Local(local)) => {
                        if matches!(local.value, Val::Result { .. }) {
                            return Err(self.error(ParseErrorKind::NotAPlace, node.span));
                        }
                        let is_bool = matches!(local.value, Val::Bool(_));
                        Ok((Target::Register(local.reg), Kind::Plain { is_bool }))
                    }
                    Some(Binding::Shared(location, kind) | Binding::Static(location, kind)) => {
                        Ok((Target::Memory(Emitter::address(self.layout, *location, 0)), *kind))
                    }
                    None => Err(self.error(ParseErrorKind::UnknownName(path.join("::")), node.span)),
                }
            }
            NodeKind::Unary(Prefix::Deref, pointer) => {
                let value = self.operand(pointer)?;
                let (address, kind) = self.pointer(value, pointer.span)?;
                Ok((Target::Memory(address), kind))
            }
            NodeKind::Index(base, index) => {
                let value = self.operand(base)?;
                let (address, kind) = self.pointer(value, base.span)?;
                let address = self.stable(address, index);
                let index = self.int(index)?;
                Ok((Target::Memory(Expr::binary(BinaryOp::Add, address, index)), kind))
            }
            NodeKind::Block(block) if block.body.is_empty() => match &block.value {
                Some(inner) => self.place(inner),
                None => Err(self.error(ParseErrorKind::NotAPlace, node.span)),
            },
            _ => Err(self.error(ParseErrorKind::NotAPlace, node.span)),
        }
    }

    /// A value as an address.
    pub(super) fn pointer(&self, value: Val, span: Span) -> Parsed<(Expr, Kind)> {
        match value {
            Val::Ref(address, kind) => Ok((address, kind)),
            other => Ok((self.as_int(other, span)?, Kind::Any)),
        }
    }

    /// What lies in memory must be plain to be read or assigned by itself.
    fn readable(&self, kind: Kind, span: Span) -> Parsed<()> {
        match kind {
            Kind::Any | Kind::Plain { .. } => Ok(()),
            Kind::Atomic { .. } => Err(self.unexpected("an atomic", "a call such as `load` or `store` on it", span)),
            Kind::Cell { .. } => Err(self.unexpected("an `UnsafeCell`", "`*x.get()`", span)),
        }
    }

    /// The value of an operand, in which no jump may stand.
    pub(super) fn operand(&mut self, node: &Node) -> Parsed<Val> {
        let before = self.jumped.take();
        let value = self.value(node)?;
        if self.jumped.is_some() {
            return Err(self.error(ParseErrorKind::Jump, node.span));
        }
        self.jumped = before;
        Ok(value)
    }

    /// An operand that is a number, an address or a `bool`, and whether it is a `bool`.
    pub(super) fn scalar(&mut self, node: &Node) -> Parsed<(Expr, bool)> {
        let value = self.operand(node)?;
        self.as_scalar(value, node.span)
    }

    pub(super) fn as_scalar(&self, value: Val, span: Span) -> Parsed<(Expr, bool)> {
        match value {
            Val::Int(expr) | Val::Ref(expr, _) => Ok((expr, false)),
            Val::Bool(expr) => Ok((expr, true)),
            Val::Result { .. } => Err(self.unexpected("a `Result`", "a call such as `is_ok` on it", span)),
            Val::Unit | Val::Never => Err(self.unexpected("nothing", "a value", span)),
        }
    }

    fn as_int(&self, value: Val, span: Span) -> Parsed<Expr> {
        match self.as_scalar(value, span)? {
            (expr, false) => Ok(expr),
            (_, true) => Err(self.unexpected("a `bool`", "an integer", span)),
        }
    }

    pub(super) fn int(&mut self, node: &Node) -> Parsed<Expr> {
        let value = self.operand(node)?;
        self.as_int(value, node.span)
    }

    pub(super) fn bool(&mut self, node: &Node) -> Parsed<Expr> {
        let value = self.operand(node)?;
        self.as_bool(value, node.span)
    }

    pub(super) fn as_bool(&self, value: Val, span: Span) -> Parsed<Expr> {
        match self.as_scalar(value, span)? {
            (expr, true) => Ok(expr),
            (_, false) => Err(self.unexpected("an integer", "a `bool`, such as `r0 == 1`", span)),
        }
    }

    /// `value` such that evaluating `next` cannot change it.
    pub(super) fn stable(&mut self, value: Expr, next: &Node) -> Expr {
        if next.kind.is_simple() { value } else { self.code.copy(value) }
    }

    /// Lowers into statements of their own, in a scope of their own.
    pub(super) fn scope(&mut self, lower: impl FnOnce(&mut Self) -> Parsed<Val>) -> Parsed<(Vec<Statement>, Val)> {
        let outer = self.code.begin();
        self.scopes.push(HashMap::new());
        let result = lower(self);
        self.scopes.pop();
        let inner = self.code.end(outer);
        result.map(|value| (inner, value))
    }

    pub(super) fn lookup(&self, name: &str) -> Option<&Binding> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    pub(super) fn bind(&mut self, name: &str, binding: Binding) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), binding);
        }
    }

    pub(super) fn unexpected(&self, found: &str, expected: &str, span: Span) -> ParseError {
        let (found, expected) = (found.to_owned(), expected.to_owned());
        self.error(ParseErrorKind::Unexpected { found, expected }, span)
    }

    pub(super) fn error(&self, kind: ParseErrorKind, span: Span) -> ParseError {
        ParseError::new(kind, span, self.source)
    }

    pub(super) fn text(&self, span: Span) -> &str {
        self.source.get(span.0..span.1).unwrap_or_default()
    }
}
