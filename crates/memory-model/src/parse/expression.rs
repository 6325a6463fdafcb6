//! Expressions of threads, by precedence climbing.

use super::cursor::{Cursor, Parsed};
use super::error::ParseErrorKind;
use super::lexer::{Span, Token};
use super::operators;
use super::syntax::{Node, NodeKind};
use crate::litmus::{BinaryOp, UnaryOp};

/// The highest tree of one expression: what walks it recurses.
const MAX_HEIGHT: usize = 150;

/// Binary operators with their precedence in C; a higher one binds closer.
const BINARY: [operators::Binary; 18] = [
    ("||", 1, BinaryOp::Or),
    ("&&", 2, BinaryOp::And),
    ("|", 3, BinaryOp::BitOr),
    ("^", 4, BinaryOp::BitXor),
    ("&", 5, BinaryOp::BitAnd),
    ("==", 6, BinaryOp::Eq),
    ("!=", 6, BinaryOp::Ne),
    ("<", 7, BinaryOp::Lt),
    ("<=", 7, BinaryOp::Le),
    (">", 7, BinaryOp::Gt),
    (">=", 7, BinaryOp::Ge),
    ("<<", 8, BinaryOp::Shl),
    (">>", 8, BinaryOp::Shr),
    ("+", 9, BinaryOp::Add),
    ("-", 9, BinaryOp::Sub),
    ("*", 10, BinaryOp::Mul),
    ("/", 10, BinaryOp::Div),
    ("%", 10, BinaryOp::Rem),
];

const TYPES: [&str; 14] = [
    "int", "long", "short", "char", "unsigned", "signed", "void", "bool", "_Bool", "const", "volatile", "struct",
    "_Atomic", "static",
];

/// Whether a name begins or continues a type.
pub(super) fn is_type(name: &str) -> bool {
    const ATOMIC: [&str; 8] = [
        "atomic_int",
        "atomic_uint",
        "atomic_bool",
        "atomic_long",
        "atomic_ulong",
        "atomic_char",
        "atomic_short",
        "atomic_t",
    ];
    TYPES.contains(&name) || ATOMIC.contains(&name) || (name.ends_with("_t") && name.len() > 2)
}

impl Cursor<'_> {
    /// Goes past a type with its stars, if one stands here; tells whether one did, and whether it is a pointer.
    pub(super) fn take_type(&mut self) -> Parsed<Option<bool>> {
        let mut found = None;
        loop {
            match &self.token {
                Token::Name(name) if is_type(name) => {
                    let tag = name == "struct";
                    self.advance()?;
                    if tag {
                        self.name("the name of a struct")?;
                    }
                    found = found.or(Some(false));
                }
                Token::Symbol("*") if found.is_some() => {
                    self.advance()?;
                    found = Some(true);
                }
                _ => return Ok(found),
            }
        }
    }

    /// An expression, assignments included.
    pub(super) fn expression(&mut self) -> Parsed<Node> {
        self.nested(|cursor| {
            let start = cursor.span.0;
            let left = cursor.conditional()?;
            let Token::Symbol(symbol) = cursor.token else { return Ok(left) };
            let Some(op) = operators::assignment(symbol) else { return Ok(left) };
            cursor.advance()?;
            let right = cursor.expression()?;
            cursor.node(start, NodeKind::Assign(op, Box::new(left), Box::new(right)))
        })
    }

    fn conditional(&mut self) -> Parsed<Node> {
        let start = self.span.0;
        let condition = self.binary(0)?;
        if !self.take("?")? {
            return Ok(condition);
        }
        let then = self.expression()?;
        self.expect(":")?;
        let otherwise = self.nested(Self::conditional)?;
        self.node(start, NodeKind::Conditional(Box::new(condition), Box::new(then), Box::new(otherwise)))
    }

    /// Operators that bind closer than `above`.
    fn binary(&mut self, above: u8) -> Parsed<Node> {
        let start = self.span.0;
        let mut left = self.unary()?;
        loop {
            let Token::Symbol(symbol) = self.token else { return Ok(left) };
            let Some((precedence, op)) = operators::binary(&BINARY, symbol, above) else { return Ok(left) };
            self.advance()?;
            let right = self.binary(precedence)?;
            left = self.node(start, NodeKind::Binary(op, Box::new(left), Box::new(right)))?;
        }
    }

    fn unary(&mut self) -> Parsed<Node> {
        self.nested(|cursor| {
            let start = cursor.span.0;
            let Token::Symbol(symbol) = cursor.token else { return cursor.postfix() };
            let operator: fn(Box<Node>) -> NodeKind = match symbol {
                "-" => |inner| NodeKind::Unary(UnaryOp::Neg, inner),
                "!" => |inner| NodeKind::Unary(UnaryOp::Not, inner),
                "~" => |inner| NodeKind::Unary(UnaryOp::BitNot, inner),
                "+" => |inner| inner.kind,
                "*" => NodeKind::Deref,
                "&" => NodeKind::AddressOf,
                "++" => |place| NodeKind::Increment { place, by: 1, before: false },
                "--" => |place| NodeKind::Increment { place, by: -1, before: false },
                _ => return cursor.postfix(),
            };
            cursor.advance()?;
            let inner = cursor.unary()?;
            cursor.node(start, operator(Box::new(inner)))
        })
    }

    fn postfix(&mut self) -> Parsed<Node> {
        let start = self.span.0;
        let mut node = self.primary()?;
        loop {
            if self.take("[")? {
                let index = self.expression()?;
                self.expect("]")?;
                let sum = self.node(start, NodeKind::Binary(BinaryOp::Add, Box::new(node), Box::new(index)))?;
                node = self.node(start, NodeKind::Deref(Box::new(sum)))?;
            } else if self.is("++") || self.is("--") {
                let by = if self.is("++") { 1 } else { -1 };
                self.advance()?;
                node = self.node(start, NodeKind::Increment { place: Box::new(node), by, before: true })?;
            } else {
                return Ok(node);
            }
        }
    }

    fn primary(&mut self) -> Parsed<Node> {
        let span = self.span;
        match self.token.clone() {
            Token::Number(value) => {
                self.advance()?;
                self.node(span.0, NodeKind::Number(value))
            }
            Token::Name(name) if !is_type(&name) => {
                self.advance()?;
                if !self.take("(")? {
                    return self.node(span.0, NodeKind::Name(name));
                }
                let mut arguments = Vec::new();
                while !self.is(")") {
                    arguments.push(self.expression()?);
                    if !self.take(",")? {
                        break;
                    }
                }
                self.expect(")")?;
                self.node(span.0, NodeKind::Call(name, arguments))
            }
            Token::Symbol("(") => {
                self.advance()?;
                if self.take_type()?.is_some() {
                    // A cast: values are all of one type.
                    self.expect(")")?;
                    return self.unary();
                }
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn node(&self, start: usize, kind: NodeKind) -> Parsed<Node> {
        let span: Span = (start, self.end.max(start));
        let depth = 1 + kind.children().into_iter().map(|child| child.depth).max().unwrap_or(0);
        if depth > MAX_HEIGHT {
            return Err(self.error(ParseErrorKind::TooDeep, span));
        }
        Ok(Node { kind, span, depth })
    }
}
