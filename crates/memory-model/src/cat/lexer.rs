//! Tokens.

use super::error::{CatErrorKind, Fault};
use super::syntax::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    /// `'name`.
    Tag(String),
    String(String),
    Keyword(&'static str),
    Symbol(&'static str),
    End,
}

impl Token {
    /// For error messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Name(name) => format!("`{name}`"),
            Self::Tag(name) => format!("`'{name}`"),
            Self::String(_) => "a string".to_owned(),
            Self::Keyword(text) | Self::Symbol(text) => format!("`{text}`"),
            Self::End => "the end of the file".to_owned(),
        }
    }
}

const KEYWORDS: [&str; 34] = [
    "let",
    "rec",
    "and",
    "when",
    "acyclic",
    "irreflexive",
    "show",
    "unshow",
    "empty",
    "subset",
    "as",
    "fun",
    "in",
    "undefined_unless",
    "flag",
    "assert",
    "include",
    "begin",
    "end",
    "procedure",
    "call",
    "enum",
    "debug",
    "match",
    "with",
    "forall",
    "from",
    "do",
    "try",
    "if",
    "then",
    "else",
    "instructions",
    "default",
];

/// Symbols, longer ones before their beginnings.
const SYMBOLS: [&str; 24] = [
    "||", "++", "->", "-1", "&&", "(", ")", "{", "}", "[", "]", "_", "0", "|", "&", "*", "~", "+", "^", "\\", "?", "=",
    ";", ",",
];

/// All tokens of `source`, the last one [`Token::End`].
pub(super) fn tokens(source: &str, file: usize) -> Result<Vec<(Token, Span)>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at = skip(source, at, file)?;
        let (token, end) = token(source, at, file)?;
        let is_last = token == Token::End;
        tokens.push((token, Span { file, start: at, end }));
        if is_last {
            return Ok(tokens);
        }
        at = end;
    }
}

/// The token at `start`, and where it ends.
fn token(source: &str, start: usize, file: usize) -> Result<(Token, usize), Fault> {
    let rest = &source[start..];
    let Some(first) = rest.chars().next() else { return Ok((Token::End, start)) };
    if let Some(length) = name(rest) {
        let text = &rest[..length];
        let token = match KEYWORDS.iter().find(|&&keyword| keyword == text) {
            Some(keyword) => Token::Keyword(keyword),
            None => Token::Name(text.to_owned()),
        };
        return Ok((token, start + length));
    }
    if let Some(length) = rest.strip_prefix('\'').and_then(name) {
        return Ok((Token::Tag(rest[1..=length].to_owned()), start + 1 + length));
    }
    if let Some(text) = rest.strip_prefix('"') {
        let span = Span { file, start, end: start + 1 };
        let length = text.find('"').ok_or(Fault::new(CatErrorKind::Unterminated("string"), span))?;
        return Ok((Token::String(text[..length].to_owned()), start + length + 2));
    }
    if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        return Ok((Token::Symbol(symbol), start + symbol.len()));
    }
    let span = Span { file, start, end: start + first.len_utf8() };
    Err(Fault::unexpected(format!("`{}`", first.escape_debug()), "a token", span))
}

/// The length of the name with which `text` starts: letters, digits, `_`, `.` and `-` after a letter, perhaps with a `_` before
/// and a prime behind.
fn name(text: &str) -> Option<usize> {
    let letters = text.strip_prefix('_').unwrap_or(text);
    letters.chars().next().filter(char::is_ascii_alphabetic)?;
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let length = text.len() - letters.len() + letters.find(|c| !inside(c)).unwrap_or(letters.len());
    // `name->` is the name and an arrow.
    let length = if text[..length].ends_with('-') && text[length..].starts_with('>') { length - 1 } else { length };
    Some(if text[length..].starts_with('\'') { length + 1 } else { length })
}

/// The first place at or after `from` that is neither white space nor in a comment.
fn skip(source: &str, from: usize, file: usize) -> Result<usize, Fault> {
    let mut at = from;
    loop {
        let rest = &source[at..];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
        } else if rest.starts_with("//") || rest.starts_with('#') {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("(*") {
            let span = Span { file, start: at, end: at + 2 };
            at += comment(rest).ok_or(Fault::new(CatErrorKind::Unterminated("comment"), span))?;
        } else {
            return Ok(at);
        }
    }
}

/// The length of the nested comment with which `text` starts.
fn comment(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = &text[at..];
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
