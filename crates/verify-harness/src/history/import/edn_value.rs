//! EDN data: the reader for one value.

use winnow::combinator::{alt, opt};
use winnow::error::ParserError as _;
use winnow::token::{any, take_till, take_while};
use winnow::{Parser, Result};

use super::Value;
use super::token::{Failure, Input, failure, literal, next, word};

/// Values nested deeper than this are refused, so that no input can exhaust the stack.
pub(super) const DEPTH: usize = 64;

const ANY_VALUE: &str = "a value";

/// Skips white space, commas, comments and discarded values.
pub(super) fn space(input: &mut Input<'_>, depth: usize) -> Result<(), Failure> {
    loop {
        match next(input) {
            Some(c) if c.is_whitespace() || c == ',' => {
                any::<_, Failure>.void().parse_next(input)?;
            }
            Some(';') => {
                take_till::<_, _, Failure>(0.., '\n').void().parse_next(input)?;
            }
            Some('#') if input.starts_with("#_") => {
                "#_".void().parse_next(input)?;
                value(input, deeper(input, depth)?)?;
            }
            _ => return Ok(()),
        }
    }
}

fn deeper(input: &Input<'_>, depth: usize) -> Result<usize, Failure> {
    if depth < DEPTH { Ok(depth + 1) } else { Err(failure(input, "nesting at most 64 levels deep")) }
}

/// Reads one value after any space; `depth` levels surround it.
pub(super) fn value(input: &mut Input<'_>, depth: usize) -> Result<Value, Failure> {
    space(input, depth)?;
    match next(input) {
        Some('"') => string(input).map(|text| Value::Text(text.into())),
        Some(':') => {
            literal(input, ":", "a keyword")?;
            word(input, constituent, "the name of a keyword").map(|name| Value::Keyword(name.into()))
        }
        Some('\\') => {
            literal(input, "\\", "a character")?;
            let first = any::<_, Failure>
                .verify(|c: &char| !c.is_whitespace() && !c.is_control())
                .context("a character")
                .parse_next(input)?;
            let mut name = String::from(first);
            if first.is_alphanumeric() {
                let rest = take_while::<_, _, Failure>(0.., constituent).parse_next(input)?;
                name.push_str(rest);
            }
            Ok(Value::Word(name.into()))
        }
        Some('[') => {
            literal(input, "[", "`[`")?;
            elements(input, deeper(input, depth)?, "]", "a value or `]`").map(Value::from)
        }
        Some('(') => {
            literal(input, "(", "`(`")?;
            elements(input, deeper(input, depth)?, ")", "a value or `)`").map(Value::from)
        }
        Some('{') => {
            literal(input, "{", "`{`")?;
            map(input, deeper(input, depth)?)
        }
        Some('#') => tagged(input, deeper(input, depth)?),
        Some(c) if constituent(c) => atom(input),
        _ => Err(failure(input, ANY_VALUE)),
    }
}

/// Reads values up to `close`, which is taken.
fn elements(
    input: &mut Input<'_>,
    depth: usize,
    close: &'static str,
    expected: &'static str,
) -> Result<Vec<Value>, Failure> {
    let mut values = Vec::new();
    loop {
        space(input, depth)?;
        if opt(close).parse_next(input)?.is_some() {
            return Ok(values);
        }
        values.push(value(input, depth).map_err(|fault| at_value(fault, expected))?);
    }
}

fn at_value(fault: Failure, expected: &'static str) -> Failure {
    if fault.expected == ANY_VALUE { Failure { expected, ..fault } } else { fault }
}

fn map(input: &mut Input<'_>, depth: usize) -> Result<Value, Failure> {
    let mut entries = Vec::new();
    loop {
        space(input, depth)?;
        if opt("}").parse_next(input)?.is_some() {
            entries.sort();
            return Ok(Value::Map(entries.into()));
        }
        let key = value(input, depth).map_err(|fault| at_value(fault, "a key or `}`"))?;
        let value = value(input, depth).map_err(|fault| at_value(fault, "the value of the key"))?;
        entries.push((key, value));
    }
}

/// A set, or a value behind a tag, which is passed over: `#jepsen.history.Op{…}` reads as its map.
fn tagged(input: &mut Input<'_>, depth: usize) -> Result<Value, Failure> {
    literal(input, "#", "`#`")?;
    match next(input) {
        Some('{') => {
            literal(input, "{", "`{`")?;
            let mut values = elements(input, depth, "}", "a value or `}`")?;
            values.sort();
            values.dedup();
            Ok(Value::Set(values.into()))
        }
        Some(c) if c.is_alphabetic() => {
            word(input, constituent, "a tag")?;
            value(input, depth).map_err(|fault| at_value(fault, "the value of the tag"))
        }
        _ => Err(failure(input, "`{` or a tag after `#`")),
    }
}

/// A number, a symbol, `nil`, `true` or `false`.
fn atom(input: &mut Input<'_>) -> Result<Value, Failure> {
    let fault = failure(input, "a number");
    let text = word(input, constituent, ANY_VALUE)?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(match text {
            "nil" => Value::Nil,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::Word(text.into()),
        });
    }
    if let Ok(number) = text.strip_suffix('N').unwrap_or(text).parse() {
        return Ok(Value::Integer(number));
    }
    let numeric = |c: char| c.is_ascii_digit() || "+-./eEMN".contains(c);
    if text.chars().all(numeric) { Ok(Value::Number(text.into())) } else { Err(fault) }
}

/// A string with its escapes undone.
fn string(input: &mut Input<'_>) -> Result<String, Failure> {
    literal(input, "\"", "a string")?;
    let mut text = String::new();
    loop {
        let plain = take_till::<_, _, Failure>(0.., ['"', '\\']).parse_next(input)?;
        text.push_str(plain);
        if opt("\"").parse_next(input)?.is_some() {
            return Ok(text);
        }
        let fault = failure(input, "an escape: \\t \\r \\n \\b \\f \\\\ \\\" or \\u and four hexadecimal digits");
        literal(input, "\\", "`\"`, the end of the string")?;
        text.push(escape(input).map_err(|_| fault)?);
    }
}

fn escape(input: &mut Input<'_>) -> Result<char, Failure> {
    let plain = alt((
        "t".value('\t'),
        "r".value('\r'),
        "n".value('\n'),
        "b".value('\u{8}'),
        "f".value('\u{c}'),
        "\\".value('\\'),
        "\"".value('"'),
    ));
    match opt(plain).parse_next(input)? {
        Some(character) => Ok(character),
        None => {
            "u".parse_next(input)?;
            let first = unit(input)?;
            let code = if (0xD800..0xDC00).contains(&first) {
                // The first half of a surrogate pair, as Java writes characters beyond the sixteen-bit plane.
                "\\u".parse_next(input)?;
                let second = unit(input)?;
                if !(0xDC00..0xE000).contains(&second) {
                    return Err(Failure::from_input(input));
                }
                0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            } else {
                first
            };
            char::from_u32(code).ok_or_else(|| Failure::from_input(input))
        }
    }
}

fn unit(input: &mut Input<'_>) -> Result<u32, Failure> {
    take_while(4..=4, |c: char| c.is_ascii_hexdigit())
        .verify_map(|digits| u32::from_str_radix(digits, 16).ok())
        .parse_next(input)
}

fn constituent(c: char) -> bool {
    c.is_alphanumeric() || "_-+*/.!?$%&=<>|:#'".contains(c)
}
