//! The parser: a file becomes a list of statements.
//!
//! Recursive descent with one token of lookahead, precedence climbing for the operators. Nesting is bounded, so that no source
//! overflows the stack.

mod expression;
mod statement;

use super::error::{CatErrorKind, Fault};
use super::lexer::{Token, tokens};
use super::syntax::{Names, Pattern, Span, Statement, Symbol};

/// A file that was read.
#[derive(Debug)]
pub(super) struct File {
    pub(super) title: Option<String>,
    pub(super) statements: Vec<Statement>,
}

/// Reads a whole file; its names go to `names`, and `file` into its spans.
pub(super) fn parse(source: &str, file: usize, names: &mut Names) -> Result<File, Fault> {
    let mut parser = Parser { tokens: tokens(source, file)?, at: 0, depth: 0, operators: 0, names };
    let title = parser.title();
    let mut statements = Vec::new();
    while *parser.peek() != Token::End {
        statements.push(parser.statement()?);
    }
    Ok(File { title, statements })
}

/// The levels of nesting that are read.
const MAX_DEPTH: usize = 32;

/// The operators that are read on one level of nesting. With [`MAX_DEPTH`] this bounds the height of syntax trees.
const MAX_OPERATORS: usize = 128;

struct Parser<'n> {
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
    operators: usize,
    names: &'n mut Names,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.look(0)
    }

    /// The token `ahead` places further; the last one is the end of the file.
    fn look(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).or(self.tokens.last()).map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(Span::default(), |&(_, span)| span)
    }

    /// The span of the token read last.
    fn previous(&self) -> Span {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(Span::default(), |&(_, span)| span)
    }

    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Keyword(found) if *found == keyword)
    }

    fn skip_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn skip_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        if found {
            self.advance();
        }
        found
    }

    fn expect_symbol(&mut self, symbol: &'static str) -> Result<(), Fault> {
        if self.skip_symbol(symbol) { Ok(()) } else { Err(self.unexpected(format!("`{symbol}`"))) }
    }

    fn expect_keyword(&mut self, keyword: &'static str) -> Result<(), Fault> {
        if self.skip_keyword(keyword) { Ok(()) } else { Err(self.unexpected(format!("`{keyword}`"))) }
    }

    fn unexpected(&self, expected: impl Into<String>) -> Fault {
        Fault::unexpected(self.peek().describe(), expected, self.span())
    }

    fn name(&mut self) -> Result<Symbol, Fault> {
        let Token::Name(text) = self.peek() else { return Err(self.unexpected("a name")) };
        let text = text.clone();
        self.advance();
        Ok(self.names.intern(&text))
    }

    fn tag(&mut self) -> Result<Symbol, Fault> {
        let Token::Tag(text) = self.peek() else { return Err(self.unexpected("a tag")) };
        let text = text.clone();
        self.advance();
        Ok(self.names.intern(&text))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let Token::String(text) = self.peek() else { return Err(self.unexpected("a string")) };
        let text = text.clone();
        self.advance();
        Ok(text)
    }

    /// `name` or `_`.
    fn binder(&mut self) -> Result<Option<Symbol>, Fault> {
        if self.skip_symbol("_") {
            return Ok(None);
        }
        match self.peek() {
            Token::Name(_) => self.name().map(Some),
            _ => Err(self.unexpected("a name or `_`")),
        }
    }

    /// Binders with commas between them, after the opening parenthesis; reads the closing one.
    fn binders_in_parentheses(&mut self) -> Result<Pattern, Fault> {
        let mut binders = Vec::new();
        if !self.is_symbol(")") {
            binders.push(self.binder()?);
            while self.skip_symbol(",") {
                binders.push(self.binder()?);
            }
        }
        self.expect_symbol(")")?;
        Ok(tuple(binders))
    }

    /// `x`, `_`, or `(x, y)`.
    fn parameter(&mut self) -> Result<Pattern, Fault> {
        if self.skip_symbol("(") { self.binders_in_parentheses() } else { Ok(Pattern::One(self.binder()?)) }
    }

    /// Runs `read` one level of nesting deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::new(CatErrorKind::TooDeep, self.span()));
        }
        self.depth += 1;
        let outside = std::mem::take(&mut self.operators);
        let result = read(self);
        self.operators = outside;
        self.depth -= 1;
        result
    }

    /// Counts an operator of this level.
    fn operator(&mut self) -> Result<(), Fault> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS { Err(Fault::new(CatErrorKind::TooDeep, self.span())) } else { Ok(()) }
    }
}

/// A list of one binder is that binder.
fn tuple(binders: Vec<Option<Symbol>>) -> Pattern {
    match *binders {
        [one] => Pattern::One(one),
        _ => Pattern::Tuple(binders),
    }
}
