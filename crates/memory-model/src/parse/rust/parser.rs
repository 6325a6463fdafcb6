//! Expressions of threads written in Rust, by precedence climbing.

use super::syntax::{Arm, Node, NodeKind, Prefix};
use crate::litmus::BinaryOp;
use crate::parse::cursor::{Cursor, Parsed};
use crate::parse::error::ParseErrorKind;
use crate::parse::lexer::Token;
use crate::parse::operators;

/// The highest tree of one expression or block: what walks it recurses.
const MAX_HEIGHT: usize = 100;

/// Binary operators with their precedence in Rust; a higher one binds closer. Comparisons do not chain.
const BINARY: [operators::Binary; 18] = [
    ("||", 1, BinaryOp::Or),
    ("&&", 2, BinaryOp::And),
    ("==", 3, BinaryOp::Eq),
    ("!=", 3, BinaryOp::Ne),
    ("<", 3, BinaryOp::Lt),
    ("<=", 3, BinaryOp::Le),
    (">", 3, BinaryOp::Gt),
    (">=", 3, BinaryOp::Ge),
    ("|", 4, BinaryOp::BitOr),
    ("^", 5, BinaryOp::BitXor),
    ("&", 6, BinaryOp::BitAnd),
    ("<<", 7, BinaryOp::Shl),
    (">>", 7, BinaryOp::Shr),
    ("+", 8, BinaryOp::Add),
    ("-", 8, BinaryOp::Sub),
    ("*", 9, BinaryOp::Mul),
    ("/", 9, BinaryOp::Div),
    ("%", 9, BinaryOp::Rem),
];

const COMPARISON: u8 = 3;

/// Words that cannot name anything.
const KEYWORDS: [&str; 24] = [
    "as", "break", "const", "continue", "else", "enum", "extern", "false", "fn", "for", "if", "impl", "in", "let",
    "loop", "match", "mut", "pub", "return", "static", "struct", "true", "unsafe", "while",
];

/// Reads threads written in Rust.
pub(super) struct Parser<'c, 's> {
    pub(super) cursor: &'c mut Cursor<'s>,
}

impl Parser<'_, '_> {
    /// An expression, assignments included.
    pub(super) fn expression(&mut self) -> Parsed<Node> {
        self.cursor.enter()?;
        let result = self.expression_here();
        self.cursor.leave();
        result
    }

    fn expression_here(&mut self) -> Parsed<Node> {
        let start = self.cursor.span.0;
        if self.cursor.is("|") || self.cursor.is("||") {
            return self.closure();
        }
        let left = self.binary(0)?;
        let Token::Symbol(symbol) = self.cursor.token else { return Ok(left) };
        let Some(op) = operators::assignment(symbol) else { return Ok(left) };
        self.cursor.advance()?;
        let right = self.expression()?;
        self.node(start, NodeKind::Assign(op, Box::new(left), Box::new(right)))
    }

    fn closure(&mut self) -> Parsed<Node> {
        let start = self.cursor.span.0;
        self.cursor.expect("|")?;
        let pattern = self.single_pattern()?;
        self.cursor.expect("|")?;
        let body = self.expression()?;
        self.node(start, NodeKind::Closure(Box::new(pattern), Box::new(body)))
    }

    /// The condition of `if` or `while`.
    pub(super) fn condition(&mut self) -> Parsed<Node> {
        let start = self.cursor.span.0;
        if !self.cursor.take_name("let")? {
            return self.expression();
        }
        let pattern = self.pattern()?;
        self.cursor.expect("=")?;
        let value = self.expression()?;
        self.node(start, NodeKind::Let(Box::new(pattern), Box::new(value)))
    }

    /// Operators that bind closer than `above`.
    fn binary(&mut self, above: u8) -> Parsed<Node> {
        let start = self.cursor.span.0;
        let mut left = self.cast()?;
        loop {
            let Token::Symbol(symbol) = self.cursor.token else { return Ok(left) };
            let Some((precedence, op)) = operators::binary(&BINARY, symbol, above) else { return Ok(left) };
            self.cursor.advance()?;
            let right = self.binary(precedence)?;
            left = self.node(start, NodeKind::Binary(op, Box::new(left), Box::new(right)))?;
            let chains = BINARY.iter().any(|(text, precedence, _)| *precedence == COMPARISON && self.cursor.is(text));
            if precedence == COMPARISON && chains {
                return Err(self.cursor.unexpected("parentheses: comparisons do not chain"));
            }
        }
    }

    /// `inner as type`
    fn cast(&mut self) -> Parsed<Node> {
        let start = self.cursor.span.0;
        let mut inner = self.unary()?;
        while self.cursor.take_name("as")? {
            self.type_()?;
            inner = self.node(start, NodeKind::Cast(Box::new(inner)))?;
        }
        Ok(inner)
    }

    fn unary(&mut self) -> Parsed<Node> {
        self.cursor.enter()?;
        let result = self.unary_here();
        self.cursor.leave();
        result
    }

    fn unary_here(&mut self) -> Parsed<Node> {
        let start = self.cursor.span.0;
        let Token::Symbol(symbol) = self.cursor.token else { return self.postfix() };
        let (prefix, twice) = match symbol {
            "-" => (Prefix::Neg, false),
            "--" => (Prefix::Neg, true),
            "!" => (Prefix::Not, false),
            "*" => (Prefix::Deref, false),
            "&" => (Prefix::Ref, false),
            _ => return self.postfix(),
        };
        self.cursor.advance()?;
        if prefix == Prefix::Ref {
            self.cursor.take_name("mut")?;
        }
        let mut inner = self.unary()?;
        if twice {
            inner = self.node(start, NodeKind::Unary(prefix, Box::new(inner)))?;
        }
        self.node(start, NodeKind::Unary(prefix, Box::new(inner)))
    }

    fn postfix(&mut self) -> Parsed<Node> {
        let start = self.cursor.span.0;
        let mut node = self.primary()?;
        loop {
            if self.cursor.take("[")? {
                let index = self.expression()?;
                self.cursor.expect("]")?;
                node = self.node(start, NodeKind::Index(Box::new(node), Box::new(index)))?;
            } else if self.cursor.is(".") && !matches!(self.cursor.peek()?.0, Token::Symbol(".")) {
                self.cursor.advance()?;
                let (name, name_span) = self.cursor.name("the name of a method")?;
                self.cursor.expect("(")?;
                let arguments = self.arguments()?;
                node = self.node(start, NodeKind::Method { receiver: Box::new(node), name, name_span, arguments })?;
            } else {
                return Ok(node);
            }
        }
    }

    /// Arguments up to and with the closing parenthesis.
    fn arguments(&mut self) -> Parsed<Vec<Node>> {
        let mut arguments = Vec::new();
        while !self.cursor.is(")") {
            arguments.push(self.expression()?);
            if !self.cursor.take(",")? {
                break;
            }
        }
        self.cursor.expect(")")?;
        Ok(arguments)
    }

    fn primary(&mut self) -> Parsed<Node> {
        let start = self.cursor.span.0;
        match self.cursor.token.clone() {
            Token::Number(value) => {
                self.cursor.advance()?;
                self.node(start, NodeKind::Number(value))
            }
            Token::Symbol("(") => {
                self.cursor.advance()?;
                let inner = self.expression()?;
                self.cursor.expect(")")?;
                Ok(inner)
            }
            Token::Symbol("{") => self.block_expression(start),
            Token::Symbol("'") => self.labelled(start),
            Token::Name(name) => match name.as_str() {
                "true" | "false" => {
                    self.cursor.advance()?;
                    self.node(start, NodeKind::Bool(name == "true"))
                }
                "unsafe" => {
                    self.cursor.advance()?;
                    if !self.cursor.is("{") {
                        return Err(self.cursor.unexpected("`{`"));
                    }
                    self.block_expression(start)
                }
                "if" => self.if_(start),
                "match" => self.match_(start),
                "loop" | "while" | "for" => self.loop_(start, None),
                "break" | "continue" | "return" => self.jump(start),
                _ if KEYWORDS.contains(&name.as_str()) => Err(self.cursor.unexpected("an expression")),
                _ => self.path_or_call(start),
            },
            _ => Err(self.cursor.unexpected("an expression")),
        }
    }

    fn path_or_call(&mut self, start: usize) -> Parsed<Node> {
        let path = self.path("an expression")?;
        if path.len() == 1 && path[0] == "matches" && self.cursor.take("!")? {
            self.cursor.expect("(")?;
            let value = self.expression()?;
            self.cursor.expect(",")?;
            let pattern = self.pattern()?;
            let guard = if self.cursor.take_name("if")? { Some(self.expression()?) } else { None };
            self.cursor.take(",")?;
            self.cursor.expect(")")?;
            let body = self.node(start, NodeKind::Bool(true))?;
            return self.node(start, NodeKind::Matches(Box::new(value), Box::new(Arm { pattern, guard, body })));
        }
        if !self.cursor.take("(")? {
            return self.node(start, NodeKind::Path(path));
        }
        let arguments = self.arguments()?;
        self.node(start, NodeKind::Call(path, arguments))
    }

    /// `a::b::<T>::c`: the segments.
    pub(super) fn path(&mut self, expected: &str) -> Parsed<Vec<String>> {
        let mut path = Vec::new();
        loop {
            if KEYWORDS.iter().any(|keyword| self.cursor.is_name(keyword)) {
                return Err(self.cursor.unexpected(expected));
            }
            path.push(self.cursor.name(expected)?.0);
            if !self.cursor.is(":") || !matches!(self.cursor.peek()?.0, Token::Symbol(":")) {
                return Ok(path);
            }
            self.cursor.advance()?;
            self.cursor.advance()?;
            if self.cursor.is("<") {
                self.generics()?;
                return Ok(path);
            }
        }
    }

    pub(super) fn node(&self, start: usize, kind: NodeKind) -> Parsed<Node> {
        let span = (start, self.cursor.end.max(start));
        let height = kind.height();
        if height > MAX_HEIGHT {
            return Err(self.cursor.error(ParseErrorKind::TooDeep, span));
        }
        Ok(Node { kind, span, height })
    }
}
