//! What the line and EDN parsers share: input with offsets, and failures that say what was expected.

use winnow::error::{AddContext, ParserError};
use winnow::stream::{LocatingSlice, Location as _, Stream};
use winnow::token::take_while;
use winnow::{Parser, Result};

/// Text that knows how far it has been read.
pub(super) type Input<'a> = LocatingSlice<&'a str>;

/// The parsers look ahead by a character or two and never go back, so the first failure is the one to report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) offset: usize,
    pub(super) expected: &'static str,
}

impl ParserError<Input<'_>> for Failure {
    type Inner = Self;

    fn from_input(input: &Input<'_>) -> Self {
        failure(input, "")
    }

    fn into_inner(self) -> core::result::Result<Self, Self> {
        Ok(self)
    }
}

impl<'a> AddContext<Input<'a>, &'static str> for Failure {
    fn add_context(self, _: &Input<'a>, _: &<Input<'a> as Stream>::Checkpoint, expected: &'static str) -> Self {
        if self.expected.is_empty() { Self { expected, ..self } } else { self }
    }
}

/// The failure that `expected` does not stand next in `input`.
pub(super) fn failure(input: &Input<'_>, expected: &'static str) -> Failure {
    Failure { offset: input.current_token_start(), expected }
}

/// How far `input` has been read.
pub(super) fn offset(input: &Input<'_>) -> usize {
    input.current_token_start()
}

/// The next character, not taken.
pub(super) fn next(input: &Input<'_>) -> Option<char> {
    input.peek_token()
}

/// Takes `literal`, or fails saying `expected`.
pub(super) fn literal<'a>(
    input: &mut Input<'a>,
    literal: &'static str,
    expected: &'static str,
) -> Result<&'a str, Failure> {
    literal.context(expected).parse_next(input)
}

/// Takes at least one character of those that `part` admits, or fails saying `expected`.
pub(super) fn word<'a>(
    input: &mut Input<'a>,
    part: impl Fn(char) -> bool,
    expected: &'static str,
) -> Result<&'a str, Failure> {
    take_while(1.., part).context(expected).parse_next(input)
}

/// Takes any blanks; how many there were.
pub(super) fn blanks(input: &mut Input<'_>) -> Result<usize, Failure> {
    take_while(0.., [' ', '\t']).map(str::len).parse_next(input)
}

/// Takes at least one blank, or fails saying `expected`.
pub(super) fn blank(input: &mut Input<'_>, expected: &'static str) -> Result<(), Failure> {
    take_while(1.., [' ', '\t']).void().context(expected).parse_next(input)
}

/// Takes a whole number without sign.
pub(super) fn number(input: &mut Input<'_>, expected: &'static str) -> Result<u64, Failure> {
    let fault = failure(input, expected);
    let digits = word(input, |c| c.is_ascii_digit(), expected)?;
    digits.parse().map_err(|_| fault)
}

/// Fails unless everything has been read.
pub(super) fn end(input: &Input<'_>, expected: &'static str) -> Result<(), Failure> {
    if input.is_empty() { Ok(()) } else { Err(failure(input, expected)) }
}
