//! Statements of threads.

use super::cursor::{Cursor, Parsed};
use super::error::ParseErrorKind;
use super::expression::is_type;
use super::lexer::Token;
use super::syntax::{Node, Stmt};
use crate::litmus::Layout;

impl Cursor<'_> {
    /// Statements up to a closing brace, which stays.
    pub(super) fn statements(&mut self) -> Parsed<Vec<Stmt>> {
        let mut body = Vec::new();
        while !self.is("}") {
            if self.token == Token::End {
                return Err(self.unexpected("a statement or `}`"));
            }
            self.statement(&mut body)?;
        }
        Ok(body)
    }

    /// One statement: several for a declaration of several variables, none for `;`.
    fn statement(&mut self, body: &mut Vec<Stmt>) -> Parsed<()> {
        self.nested(|cursor| cursor.statement_here(body))
    }

    fn statement_here(&mut self, body: &mut Vec<Stmt>) -> Parsed<()> {
        if self.take(";")? {
            return Ok(());
        }
        if self.take("{")? {
            let inner = self.statements()?;
            self.expect("}")?;
            body.push(Stmt::Block(inner));
        } else if self.take_name("if")? {
            let condition = self.parenthesized()?;
            let then = self.branch()?;
            let otherwise = if self.take_name("else")? { self.branch()? } else { Vec::new() };
            body.push(Stmt::If { condition, then, otherwise });
        } else if self.take_name("while")? {
            let condition = Some(self.parenthesized()?);
            let inner = self.branch()?;
            body.push(Stmt::Loop { init: Vec::new(), first: false, condition, step: None, body: inner });
        } else if self.take_name("do")? {
            let inner = self.branch()?;
            if !self.take_name("while")? {
                return Err(self.unexpected("`while`"));
            }
            let condition = Some(self.parenthesized()?);
            self.expect(";")?;
            body.push(Stmt::Loop { init: Vec::new(), first: true, condition, step: None, body: inner });
        } else if self.take_name("for")? {
            body.push(self.for_loop()?);
        } else {
            self.simple(body)?;
            self.expect(";")?;
        }
        Ok(())
    }

    fn for_loop(&mut self) -> Parsed<Stmt> {
        self.expect("(")?;
        let mut init = Vec::new();
        if !self.is(";") {
            self.simple(&mut init)?;
        }
        self.expect(";")?;
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        let step = if self.is(")") { None } else { Some(self.expression()?) };
        self.expect(")")?;
        let body = self.branch()?;
        Ok(Stmt::Loop { init, first: false, condition, step, body })
    }

    /// A declaration or an expression, without its semicolon.
    fn simple(&mut self, body: &mut Vec<Stmt>) -> Parsed<()> {
        if !matches!(&self.token, Token::Name(name) if is_type(name)) {
            let node = self.expression()?;
            body.push(Stmt::Expression(node));
            return Ok(());
        }
        self.take_type()?;
        loop {
            let (name, span) = self.name("the name of a variable")?;
            let array = if self.is("[") { Some(self.array_declarator()?) } else { None };
            let value = if array.is_none() && self.take("=")? { Some(self.expression()?) } else { None };
            body.push(Stmt::Declare { name, span, array, value });
            if !self.take(",")? {
                return Ok(());
            }
            while self.take("*")? {}
        }
    }

    /// `[2] = {1, 2}`, the initial values being optional.
    fn array_declarator(&mut self) -> Parsed<(usize, Vec<Node>)> {
        let length = self.array_length()?;
        let start = self.span.0;
        let mut values = Vec::new();
        if self.take("=")? {
            self.expect("{")?;
            while !self.is("}") {
                values.push(self.expression()?);
                if !self.take(",")? {
                    break;
                }
            }
            self.expect("}")?;
        }
        if values.len() > length {
            return Err(self.error(ParseErrorKind::ArrayLength, (start, self.end)));
        }
        Ok((length, values))
    }

    /// `[2]`
    pub(super) fn array_length(&mut self) -> Parsed<usize> {
        self.expect("[")?;
        let span = self.span;
        let Token::Number(length) = self.token else { return Err(self.unexpected("the length of an array")) };
        self.advance()?;
        self.expect("]")?;
        usize::try_from(length)
            .ok()
            .filter(|length| (1..=Layout::MAX_ARRAY).contains(length))
            .ok_or_else(|| self.error(ParseErrorKind::ArrayLength, span))
    }

    fn parenthesized(&mut self) -> Parsed<Node> {
        self.expect("(")?;
        let node = self.expression()?;
        self.expect(")")?;
        Ok(node)
    }

    /// The body of a loop or of a branch.
    fn branch(&mut self) -> Parsed<Vec<Stmt>> {
        let mut body = Vec::new();
        self.statement(&mut body)?;
        Ok(body)
    }
}
