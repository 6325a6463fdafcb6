//! Conditions on final states.

use std::collections::HashMap;

use super::cursor::{Cursor, Parsed};
use super::error::ParseErrorKind;
use super::lexer::Token;
use crate::Value;
use crate::litmus::{Comparison, Condition, Layout, Observable};

/// The longest chain of `/\`, `\/` or `=>`: the tree of a chain is as deep as the chain is long.
const MAX_CHAIN: usize = 200;

/// What the names in conditions stand for.
pub(super) struct Names<'a> {
    pub(super) layout: &'a Layout,
    pub(super) threads: &'a [HashMap<String, Observable>],
}

impl Cursor<'_> {
    /// `=>`, to the right; binds least.
    pub(super) fn condition(&mut self, names: &Names<'_>) -> Parsed<Condition> {
        self.nested(|cursor| {
            let left =
                cursor.chain(names, "\\/", &|cursor, names| cursor.chain(names, "/\\", &Self::condition_atom))?;
            if !cursor.take("=>")? {
                return Ok(left);
            }
            let right = cursor.condition(names)?;
            Ok(!left | right)
        })
    }

    fn chain(
        &mut self,
        names: &Names<'_>,
        operator: &str,
        operand: &dyn Fn(&mut Self, &Names<'_>) -> Parsed<Condition>,
    ) -> Parsed<Condition> {
        let mut left = operand(self, names)?;
        let mut chain = 0;
        while self.is(operator) {
            chain += 1;
            if chain > MAX_CHAIN {
                return Err(self.error(ParseErrorKind::TooDeep, self.span));
            }
            self.advance()?;
            let right = operand(self, names)?;
            left = if operator == "/\\" { left & right } else { left | right };
        }
        Ok(left)
    }

    fn condition_atom(&mut self, names: &Names<'_>) -> Parsed<Condition> {
        if self.take("~")? || self.take_name("not")? {
            return self.nested(|cursor| Ok(!cursor.condition_atom(names)?));
        }
        if self.take("(")? {
            let inner = self.condition(names)?;
            self.expect(")")?;
            return Ok(inner);
        }
        let declared = |name: &str| names.layout.find(name).is_some();
        if self.is_name("true") && !declared("true") {
            self.advance()?;
            return Ok(Condition::True);
        }
        if self.is_name("false") && !declared("false") {
            self.advance()?;
            return Ok(Condition::False);
        }
        let left = self.observable(names)?;
        let comparison = match self.token {
            Token::Symbol("=" | "==") => Comparison::Equal,
            Token::Symbol("!=") => Comparison::NotEqual,
            Token::Symbol("<") => Comparison::Less,
            Token::Symbol("<=") => Comparison::LessOrEqual,
            Token::Symbol(">") => Comparison::Greater,
            Token::Symbol(">=") => Comparison::GreaterOrEqual,
            _ => return Err(self.unexpected("`=` or another comparison")),
        };
        self.advance()?;
        let right = self.observed_value(names)?;
        Ok(Condition::Compare(left, comparison, right))
    }

    /// A register `0:r1`, or memory `x`, `[x]`, `a[1]`, `*x`.
    pub(super) fn observable(&mut self, names: &Names<'_>) -> Parsed<Observable> {
        if let Token::Number(_) = self.token {
            return self.register(names);
        }
        if self.take("[")? {
            let observable = self.memory(names)?;
            self.expect("]")?;
            return Ok(observable);
        }
        self.take("*")?;
        self.memory(names)
    }

    fn register(&mut self, names: &Names<'_>) -> Parsed<Observable> {
        let start = self.span;
        let Token::Number(thread) = self.token else { return Err(self.unexpected("a register, such as `0:r1`")) };
        self.advance()?;
        self.expect(":")?;
        let (name, span) = self.name("the name of a register")?;
        let number = usize::try_from(thread).unwrap_or(usize::MAX);
        let registers = names.threads.get(number);
        let registers = registers.ok_or_else(|| self.error(ParseErrorKind::UnknownThread(number), start))?;
        let found = registers.get(&name).cloned();
        let found = found.ok_or_else(|| {
            self.error(ParseErrorKind::UnknownRegister { thread: number, name: name.clone() }, (start.0, span.1))
        })?;
        self.element(found, names)
    }

    fn memory(&mut self, names: &Names<'_>) -> Parsed<Observable> {
        let (name, span) = self.name("a register or a variable, such as `0:r1` or `x`")?;
        if names.layout.find(&name).is_none() {
            return Err(self.error(ParseErrorKind::UnknownName(name), span));
        }
        self.element(Observable::Memory { name, element: 0 }, names)
    }

    /// The index after the name of an array.
    fn element(&mut self, observable: Observable, names: &Names<'_>) -> Parsed<Observable> {
        let Observable::Memory { name, .. } = &observable else { return Ok(observable) };
        if !names.layout.is_array(name) || !self.take("[")? {
            return Ok(observable);
        }
        let span = self.span;
        let Token::Number(index) = self.token else { return Err(self.unexpected("an index")) };
        self.advance()?;
        self.expect("]")?;
        let element = usize::try_from(index).ok().filter(|&index| names.layout.element(name, index).is_some());
        let element = element.ok_or_else(|| self.error(ParseErrorKind::ArrayLength, span))?;
        Ok(Observable::Memory { name: name.clone(), element })
    }

    /// The right side of a comparison: a number, the address of a variable, or a register.
    fn observed_value(&mut self, names: &Names<'_>) -> Parsed<Observable> {
        if let Token::Number(_) = self.token {
            if matches!(self.peek()?.0, Token::Symbol(":")) {
                return self.register(names);
            }
        }
        self.constant(names.layout).map(Observable::Constant)
    }

    /// A number, with a sign or not, or an address: `x`, `&x`, `&a[1]`.
    pub(super) fn constant(&mut self, layout: &Layout) -> Parsed<Value> {
        let negative = self.take("-")?;
        if let Token::Number(value) = self.token {
            self.advance()?;
            return Ok(if negative { value.wrapping_neg() } else { value });
        }
        if negative {
            return Err(self.unexpected("a number"));
        }
        self.take("&")?;
        let (name, span) = self.name("a number or an address")?;
        let mut index = 0;
        if layout.is_array(&name) && self.take("[")? {
            let Token::Number(value) = self.token else { return Err(self.unexpected("an index")) };
            index = usize::try_from(value).unwrap_or(usize::MAX);
            self.advance()?;
            self.expect("]")?;
        }
        match layout.element(&name, index) {
            Some(location) => Ok(layout.address(location)),
            None if layout.find(&name).is_some() => Err(self.error(ParseErrorKind::ArrayLength, (span.0, self.end))),
            None => Err(self.error(ParseErrorKind::UnknownName(name), span)),
        }
    }
}
