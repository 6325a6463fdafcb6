//! Tokens.

use super::error::ParseErrorKind;
use crate::Value;

/// A part of the source, in bytes.
pub(super) type Span = (usize, usize);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Number(Value),
    Symbol(&'static str),
    End,
}

/// Symbols, longer ones before their beginnings.
const SYMBOLS: [&str; 53] = [
    "<<=", ">>=", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", "->", "/\\", "\\/", "=>", "{", "}", "(", ")", "[", "]", ";", ",", ":", "?", "=", "<", ">", "+", "-", "*",
    "/", "%", "&", "|", "^", "~", "!", ".", "#", "@", "$", "'", "`",
];

/// Which comments there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Around threads: `(* *)`, nested, beside those of C.
    Test,
    /// In threads: `/* */` and `//`.
    Code,
}

/// The token at or after `from`, with its span.
pub(super) fn token(source: &str, from: usize, mode: Mode) -> Result<(Token, Span), (ParseErrorKind, Span)> {
    let start = skip(source, from, mode)?;
    let rest = &source[start..];
    let Some(first) = rest.chars().next() else { return Ok((Token::End, (start, start))) };
    if first.is_ascii_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        return Ok((Token::Name(rest[..length].to_owned()), (start, start + length)));
    }
    if first.is_ascii_digit() {
        return number(rest, start);
    }
    for symbol in SYMBOLS {
        if rest.starts_with(symbol) {
            return Ok((Token::Symbol(symbol), (start, start + symbol.len())));
        }
    }
    let span = (start, start + first.len_utf8());
    Err((
        ParseErrorKind::Unexpected { found: format!("`{}`", first.escape_debug()), expected: "a token".to_owned() },
        span,
    ))
}

fn number(rest: &str, start: usize) -> Result<(Token, Span), (ParseErrorKind, Span)> {
    let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (text, span) = (&rest[..length], (start, start + length));
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => (hexadecimal, 16),
        None => (digits, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        let found = format!("`{text}`");
        return Err((ParseErrorKind::Unexpected { found, expected: "a number".to_owned() }, span));
    }
    match Value::from_str_radix(digits, radix) {
        Ok(value) => Ok((Token::Number(value), span)),
        Err(_) => Err((ParseErrorKind::NumberTooLarge, span)),
    }
}

/// The first place at or after `from` that is neither white space nor in a comment.
pub(super) fn skip(source: &str, from: usize, mode: Mode) -> Result<usize, (ParseErrorKind, Span)> {
    let mut at = from;
    loop {
        let rest = &source[at..];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(comment) = rest.strip_prefix("/*") {
            at += 2 + comment.find("*/").ok_or((ParseErrorKind::Unterminated("comment"), (at, at + 2)))? + 2;
        } else if mode == Mode::Test && rest.starts_with("(*") {
            at += nested(rest).ok_or((ParseErrorKind::Unterminated("comment"), (at, at + 2)))?;
        } else {
            return Ok(at);
        }
    }
}

/// The length of the nested comment with which `text` starts.
fn nested(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with("(*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*)") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
}
