//! Expressions.

use super::super::error::Fault;
use super::super::lexer::Token;
use super::super::syntax::{Binary, Binding, Compare, Expr, ExprKind, Function, Pattern, Span, Split, Unary};
use super::{Parser, tuple};

/// The binary operators with their precedence. All associate to the left, except `++`; for the associative ones that is a matter
/// of the stack only.
const OPERATORS: [(&str, Binary, u8); 5] = [
    ("|", Binary::Union, 1),
    ("++", Binary::Add, 2),
    (";", Binary::Sequence, 3),
    ("\\", Binary::Difference, 4),
    ("&", Binary::Intersection, 5),
];

impl Parser<'_> {
    /// A whole expression, perhaps a tuple without parentheses.
    pub(super) fn expression(&mut self) -> Result<Expr, Fault> {
        self.nested(|parser| {
            let first = parser.operators(0)?;
            if !parser.is_symbol(",") {
                return Ok(first);
            }
            let start = first.span;
            let mut parts = vec![first];
            while parser.skip_symbol(",") {
                parts.push(parser.operators(0)?);
            }
            Ok(parser.finish(ExprKind::Tuple(parts), start))
        })
    }

    fn finish(&self, kind: ExprKind, start: Span) -> Expr {
        Expr { kind, span: start.to(self.previous()) }
    }

    /// An expression of operators of at least this precedence.
    pub(super) fn operators(&mut self, least: u8) -> Result<Expr, Fault> {
        let mut left = self.product()?;
        while let Some(&(symbol, operator, precedence)) =
            OPERATORS.iter().find(|(symbol, _, precedence)| *precedence >= least && self.is_symbol(symbol))
        {
            self.operator()?;
            self.expect_symbol(symbol)?;
            let right = match operator {
                Binary::Add => self.nested(|parser| parser.operators(precedence))?,
                _ => self.operators(precedence + 1)?,
            };
            let span = left.span.to(right.span);
            left = Expr { kind: ExprKind::Binary(operator, Box::new((left, right))), span };
        }
        Ok(left)
    }

    /// `a * b`, or an operand alone.
    fn product(&mut self) -> Result<Expr, Fault> {
        let mut left = self.postfix()?;
        while self.is_symbol("*") {
            self.operator()?;
            self.advance();
            let right = self.postfix()?;
            let span = left.span.to(right.span);
            left = Expr { kind: ExprKind::Binary(Binary::Product, Box::new((left, right))), span };
        }
        Ok(left)
    }

    /// An operand with `~` before and `+`, `*`, `?`, `^-1` behind. A `*` before an operand is left to [`product`](Self::product).
    fn postfix(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        if self.skip_symbol("~") {
            let operand = self.nested(Self::postfix)?;
            return Ok(self.finish(ExprKind::Unary(Unary::Complement, Box::new(operand)), start));
        }
        let mut operand = self.application()?;
        loop {
            let operator = if self.skip_symbol("+") {
                Unary::Plus
            } else if self.skip_symbol("?") {
                Unary::Optional
            } else if self.skip_symbol("^") {
                self.expect_symbol("-1")?;
                Unary::Inverse
            } else if self.is_symbol("*") && !self.starts_operand(1) {
                self.advance();
                Unary::Star
            } else {
                return Ok(operand);
            };
            self.operator()?;
            operand = self.finish(ExprKind::Unary(operator, Box::new(operand)), start);
        }
    }

    /// Whether the token `ahead` can only start an operand, not the next statement.
    fn starts_operand(&self, ahead: usize) -> bool {
        match self.look(ahead) {
            Token::Name(_) | Token::Tag(_) => true,
            Token::Symbol(symbol) => ["(", "{", "[", "_", "0", "~"].contains(symbol),
            Token::Keyword(keyword) => *keyword == "begin",
            Token::String(_) | Token::End => false,
        }
    }

    /// `f a b`, or an operand alone.
    fn application(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        let mut function = self.primary()?;
        if !matches!(function.kind, ExprKind::Name(_)) {
            return Ok(function);
        }
        while self.starts_operand(0) && !self.is_symbol("~") && !self.starts_statement() {
            self.operator()?;
            let argument = self.primary()?;
            function = self.finish(ExprKind::Apply(Box::new((function, argument))), start);
        }
        Ok(function)
    }

    /// A name that opens a statement, where the language has no keyword for it.
    fn starts_statement(&self) -> bool {
        matches!(self.peek(), Token::Name(name) if name == "requires")
            && matches!(self.look(1), Token::Keyword("acyclic" | "irreflexive" | "empty") | Token::Symbol("~"))
    }

    pub(super) fn primary(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        let kind = match self.peek().clone() {
            Token::Name(_) => ExprKind::Name(self.name()?),
            Token::Tag(_) => ExprKind::Tag(self.tag()?),
            Token::Symbol("0") => {
                self.advance();
                ExprKind::Empty
            }
            Token::Symbol("_") => {
                self.advance();
                ExprKind::Universe
            }
            Token::Symbol("(") => {
                self.advance();
                if self.skip_symbol(")") {
                    ExprKind::Tuple(Vec::new())
                } else {
                    let inner = self.expression()?;
                    self.expect_symbol(")")?;
                    return Ok(self.finish(inner.kind, start));
                }
            }
            Token::Symbol("[") => {
                self.advance();
                let inner = self.expression()?;
                self.expect_symbol("]")?;
                ExprKind::Unary(Unary::Identity, Box::new(inner))
            }
            Token::Symbol("{") => {
                self.advance();
                let members = self.arguments("}")?;
                ExprKind::Set(members)
            }
            Token::Keyword("begin") => {
                self.advance();
                let inner = self.expression()?;
                self.expect_keyword("end")?;
                return Ok(self.finish(inner.kind, start));
            }
            Token::Keyword("let") => self.nested(Self::let_in)?,
            Token::Keyword("fun") => self.nested(Self::function)?,
            Token::Keyword("try") => {
                self.advance();
                let tried = self.expression()?;
                self.expect_keyword("with")?;
                let otherwise = self.expression()?;
                ExprKind::Try(Box::new((tried, otherwise)))
            }
            Token::Keyword("if") => self.nested(Self::if_then_else)?,
            Token::Keyword("match") => self.nested(Self::match_with)?,
            _ => return Err(self.unexpected("an expression")),
        };
        Ok(self.finish(kind, start))
    }

    /// Expressions with commas between them, up to and with `close`.
    pub(super) fn arguments(&mut self, close: &'static str) -> Result<Vec<Expr>, Fault> {
        let mut arguments = Vec::new();
        if !self.is_symbol(close) {
            arguments.push(self.operators(0)?);
            while self.skip_symbol(",") {
                arguments.push(self.operators(0)?);
            }
        }
        if self.skip_symbol(close) { Ok(arguments) } else { Err(self.unexpected(format!("`,` or `{close}`"))) }
    }

    fn let_in(&mut self) -> Result<ExprKind, Fault> {
        self.expect_keyword("let")?;
        let is_recursive = self.skip_keyword("rec");
        let bindings = self.bindings()?;
        self.expect_keyword("in")?;
        let body = Box::new(self.expression()?);
        Ok(if is_recursive { ExprKind::LetRec(bindings, body) } else { ExprKind::Let(bindings, body) })
    }

    /// `x = e and f (y) = e ...`.
    pub(super) fn bindings(&mut self) -> Result<Vec<Binding>, Fault> {
        let mut bindings = vec![self.binding()?];
        while self.skip_keyword("and") {
            bindings.push(self.binding()?);
        }
        Ok(bindings)
    }

    fn binding(&mut self) -> Result<Binding, Fault> {
        let start = self.span();
        if self.skip_symbol("(") {
            let pattern = self.binders_in_parentheses()?;
            return self.bound(pattern, None, start);
        }
        let first = self.binder()?;
        if self.is_symbol(",") {
            let mut binders = vec![first];
            while self.skip_symbol(",") {
                binders.push(self.binder()?);
            }
            return self.bound(tuple(binders), None, start);
        }
        if first.is_some() && !self.is_symbol("=") {
            if !self.is_symbol("(") && !self.is_symbol("_") && !matches!(self.peek(), Token::Name(_)) {
                return Err(self.unexpected("`=` or a parameter"));
            }
            let parameter = self.parameter()?;
            return self.bound(Pattern::One(first), Some(parameter), start);
        }
        self.bound(Pattern::One(first), None, start)
    }

    /// `= e`; with a parameter the bound value is a function.
    fn bound(&mut self, pattern: Pattern, parameter: Option<Pattern>, start: Span) -> Result<Binding, Fault> {
        self.expect_symbol("=")?;
        let body = self.expression()?;
        let span = start.to(body.span);
        let value = match parameter {
            Some(parameter) => {
                let span = body.span;
                let function = Function { parameter, body };
                Expr { kind: ExprKind::Function(Box::new(function)), span }
            }
            None => body,
        };
        Ok(Binding { pattern, value, span })
    }

    fn function(&mut self) -> Result<ExprKind, Fault> {
        self.expect_keyword("fun")?;
        let parameter = self.parameter()?;
        self.expect_symbol("->")?;
        let body = self.expression()?;
        Ok(ExprKind::Function(Box::new(Function { parameter, body })))
    }

    fn if_then_else(&mut self) -> Result<ExprKind, Fault> {
        self.expect_keyword("if")?;
        if self.starts_variant() {
            let condition = self.variant()?;
            self.expect_keyword("then")?;
            let then = self.expression()?;
            self.expect_keyword("else")?;
            let otherwise = self.expression()?;
            return Ok(ExprKind::IfVariant(condition, Box::new((then, otherwise))));
        }
        let left = self.expression()?;
        let compare = if self.skip_symbol("=") {
            Compare::Equal
        } else if self.skip_keyword("subset") {
            Compare::Subset
        } else if self.skip_keyword("in") {
            Compare::Member
        } else {
            return Err(self.unexpected("`=`, `subset` or `in`"));
        };
        let right = self.expression()?;
        self.expect_keyword("then")?;
        let then = self.expression()?;
        self.expect_keyword("else")?;
        let otherwise = self.expression()?;
        Ok(ExprKind::If(compare, Box::new((left, right, then, otherwise))))
    }

    /// Whether a condition on variants follows: a string, behind negations and parentheses.
    fn starts_variant(&self) -> bool {
        let rest = self.tokens.get(self.at..).unwrap_or_default().iter().map(|(token, _)| token);
        let mut rest = rest.skip_while(|token| match token {
            Token::Symbol(symbol) => matches!(*symbol, "(" | "~"),
            Token::Name(name) => name == "not",
            _ => false,
        });
        matches!(rest.next(), Some(Token::String(_)))
    }

    fn match_with(&mut self) -> Result<ExprKind, Fault> {
        self.expect_keyword("match")?;
        let value = Box::new(self.expression()?);
        self.expect_keyword("with")?;
        self.skip_symbol("||");
        let is_tags =
            matches!(self.peek(), Token::Tag(_)) || self.is_symbol("_") && matches!(self.look(1), Token::Symbol("->"));
        let kind = if is_tags { self.tag_clauses(value)? } else { self.set_clauses(value)? };
        self.expect_keyword("end")?;
        Ok(kind)
    }

    fn tag_clauses(&mut self, value: Box<Expr>) -> Result<ExprKind, Fault> {
        let (mut clauses, mut otherwise) = (Vec::new(), None);
        loop {
            if self.skip_symbol("_") {
                self.expect_symbol("->")?;
                otherwise = Some(Box::new(self.expression()?));
                break;
            }
            let tag = self.tag()?;
            self.expect_symbol("->")?;
            clauses.push((tag, self.expression()?));
            if !self.skip_symbol("||") {
                break;
            }
        }
        Ok(ExprKind::MatchTag { value, clauses, otherwise })
    }

    fn set_clauses(&mut self, value: Box<Expr>) -> Result<ExprKind, Fault> {
        let (mut empty, mut member) = (None, None);
        loop {
            if empty.is_none() && self.is_symbol("{") {
                self.advance();
                self.expect_symbol("}")?;
                self.expect_symbol("->")?;
                empty = Some(Box::new(self.expression()?));
            } else if member.is_none() && !self.is_symbol("{") {
                let split = self.split()?;
                self.expect_symbol("->")?;
                member = Some((split, Box::new(self.expression()?)));
            } else {
                return Err(self.unexpected("a clause for the other case"));
            }
            match (empty.take(), member.take()) {
                (Some(empty), Some((split, member))) => {
                    return Ok(ExprKind::MatchSet { value, empty, split, member });
                }
                rest => (empty, member) = rest,
            }
            self.expect_symbol("||")?;
        }
    }

    /// `e ++ es`, or `before | e ++ after`.
    fn split(&mut self) -> Result<Split, Fault> {
        let first = self.binder()?;
        if self.skip_symbol("|") {
            let element = self.binder()?;
            self.expect_symbol("++")?;
            return Ok(Split::Middle(first, element, self.binder()?));
        }
        self.expect_symbol("++")?;
        Ok(Split::First(first, self.binder()?))
    }
}
