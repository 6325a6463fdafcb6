//! A place in the source, with the token that stands there.

use super::error::{ParseError, ParseErrorKind};
use super::lexer::{Mode, Span, Token, token};

/// The deepest nesting that is read: more would endanger the stack.
const MAX_DEPTH: usize = 100;

pub(super) struct Cursor<'s> {
    pub(super) source: &'s str,
    pub(super) mode: Mode,
    pub(super) token: Token,
    pub(super) span: Span,
    /// The end of the token before.
    pub(super) end: usize,
    depth: usize,
}

pub(super) type Parsed<T> = Result<T, ParseError>;

impl<'s> Cursor<'s> {
    pub(super) fn new(source: &'s str, from: usize) -> Parsed<Self> {
        Self::in_mode(source, from, Mode::Test)
    }

    pub(super) fn in_mode(source: &'s str, from: usize, mode: Mode) -> Parsed<Self> {
        let mut cursor = Self { source, mode, token: Token::End, span: (from, from), end: from, depth: 0 };
        cursor.advance()?;
        Ok(cursor)
    }

    /// Goes on to the next token and returns the one that stood here.
    pub(super) fn advance(&mut self) -> Parsed<Token> {
        self.end = self.span.1;
        let (next, span) = self.peek()?;
        self.span = span;
        Ok(std::mem::replace(&mut self.token, next))
    }

    /// The token after the one that stands here.
    pub(super) fn peek(&self) -> Parsed<(Token, Span)> {
        token(self.source, self.span.1, self.mode).map_err(|(kind, span)| ParseError::new(kind, span, self.source))
    }

    pub(super) fn is(&self, symbol: &str) -> bool {
        matches!(&self.token, Token::Symbol(here) if *here == symbol)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(&self.token, Token::Name(here) if here == name)
    }

    /// Goes past `symbol` if it stands here.
    pub(super) fn take(&mut self, symbol: &str) -> Parsed<bool> {
        let here = self.is(symbol);
        if here {
            self.advance()?;
        }
        Ok(here)
    }

    /// Goes past the name `name` if it stands here.
    pub(super) fn take_name(&mut self, name: &str) -> Parsed<bool> {
        let here = self.is_name(name);
        if here {
            self.advance()?;
        }
        Ok(here)
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(symbol)? { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    pub(super) fn name(&mut self, expected: &str) -> Parsed<(String, Span)> {
        let span = self.span;
        match &self.token {
            Token::Name(name) => {
                let name = name.clone();
                self.advance()?;
                Ok((name, span))
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    /// The error that something else was expected here.
    pub(super) fn unexpected(&self, expected: &str) -> ParseError {
        let found = match &self.token {
            Token::Name(name) => format!("`{name}`"),
            Token::Number(value) => format!("`{value}`"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
            Token::End => "the end of the test".to_owned(),
        };
        self.error(ParseErrorKind::Unexpected { found, expected: expected.to_owned() }, self.span)
    }

    pub(super) fn error(&self, kind: ParseErrorKind, span: Span) -> ParseError {
        ParseError::new(kind, span, self.source)
    }

    /// Reads something one level deeper.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.enter()?;
        let result = read(self);
        self.leave();
        result
    }

    /// Goes one level deeper; [`leave`](Self::leave) goes back.
    pub(super) fn enter(&mut self) -> Parsed<()> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error(ParseErrorKind::TooDeep, self.span));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }
}
