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
    /// In threads written in C: `/* */` and `//`.
    Code,
    /// In threads written in Rust: `/* */`, nested, and `//`; numbers may bear `_` and a type.
    Rust,
}

/// The types that a number may bear in Rust.
const RUST_SUFFIXES: [&str; 12] =
    ["isize", "usize", "i128", "u128", "i64", "u64", "i32", "u32", "i16", "u16", "i8", "u8"];

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
        return number(rest, start, mode);
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

fn number(rest: &str, start: usize, mode: Mode) -> Result<(Token, Span), (ParseErrorKind, Span)> {
    let is_rust = mode == Mode::Rust;
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || is_rust && c == '_')).unwrap_or(rest.len());
    let (text, span) = (&rest[..length], (start, start + length));
    let plain = text.replace('_', "");
    let digits = if is_rust {
        let suffix = RUST_SUFFIXES.iter().find_map(|suffix| plain.strip_suffix(suffix));
        suffix.unwrap_or(&plain)
    } else {
        text.trim_end_matches(['u', 'U', 'l', 'L'])
    };
    let radixes: &[(&str, u32)] = if is_rust { &[("0x", 16), ("0o", 8), ("0b", 2)] } else { &[("0x", 16), ("0X", 16)] };
    let prefixed = radixes.iter().find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)));
    let (digits, radix) = prefixed.unwrap_or((digits, 10));
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
        } else if mode == Mode::Rust && rest.starts_with("/*") {
            at += nested(rest, "/*", "*/").ok_or((ParseErrorKind::Unterminated("comment"), (at, at + 2)))?;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            at += 2 + comment.find("*/").ok_or((ParseErrorKind::Unterminated("comment"), (at, at + 2)))? + 2;
        } else if mode == Mode::Test && rest.starts_with("(*") {
            at += nested(rest, "(*", "*)").ok_or((ParseErrorKind::Unterminated("comment"), (at, at + 2)))?;
        } else {
            return Ok(at);
        }
    }
}

/// The length of the nested comment with which `text` starts.
fn nested(text: &str, open: &str, close: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(open) {
            depth += 1;
            at += 2;
        } else if rest.starts_with(close) {
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
