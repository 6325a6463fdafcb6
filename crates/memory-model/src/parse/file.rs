//! Whole tests: header, initial state, threads, condition.

use std::collections::HashMap;

use super::condition::Names;
use super::cursor::{Cursor, Parsed};
use super::error::{ParseError, ParseErrorKind};
use super::lexer::{Mode, Span, Token, skip};
use super::lower::{Lower, Lowered};
use super::rust;
use super::syntax::Stmt;
use crate::Value;
use crate::litmus::{Condition, Layout, Litmus, Observable, Origin, Quantifier};

/// What the initial state assigns.
enum Initial {
    Variable { name: String, span: Span, length: Option<usize> },
    Register { thread: usize, name: String, span: Span },
}

/// A thread before names are resolved.
struct Source {
    parameters: Vec<Parameter>,
    body: Vec<Stmt>,
}

struct Parameter {
    name: String,
    span: Span,
    is_pointer: bool,
}

/// A register that the initial state sets.
pub(super) struct InitialRegister {
    pub(super) thread: usize,
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) value: Value,
}

/// In which language the threads are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    C,
    Rust,
}

/// Reads a litmus test.
pub(crate) fn litmus(source: &str) -> Result<Litmus, ParseError> {
    let (dialect, name, from) = header(source)?;
    let mut cursor = Cursor::new(source, from)?;
    let mut layout = Layout::default();
    let (lowered, registers) = match dialect {
        Dialect::C => {
            let registers = initial_state(&mut cursor, &mut layout)?;
            let threads = threads(&mut cursor)?;
            (lower(source, &mut layout, &registers, &threads)?, registers)
        }
        Dialect::Rust => {
            let (registers, statics) = rust::initial_state(&mut cursor, &mut layout)?;
            (rust::threads(&mut cursor, &mut layout, &registers, &statics)?, registers)
        }
    };
    if let Some(register) = registers.iter().find(|register| register.thread >= lowered.len()) {
        return Err(cursor.error(ParseErrorKind::UnknownThread(register.thread), register.span));
    }
    let mut litmus = Litmus::new(&name);
    let mut observables = Vec::new();
    for Lowered { thread, spans, observables: names } in lowered {
        litmus.push_thread(thread, origins(source, &spans));
        observables.push(names);
    }
    footer(&mut cursor, litmus.with_layout(layout), &observables)
}

/// What thread `number` is called.
pub(super) fn thread_number(number: usize) -> String {
    format!("P{number}")
}

/// Resolves the names in threads written in C.
fn lower(source: &str, layout: &mut Layout, registers: &[InitialRegister], threads: &[Source]) -> Parsed<Vec<Lowered>> {
    // Variables get their places in the order of their first mention.
    for parameter in threads.iter().flat_map(|thread| &thread.parameters) {
        if parameter.is_pointer {
            layout.variable(&parameter.name);
        }
    }
    let mut lowered = Vec::new();
    for (number, thread) in threads.iter().enumerate() {
        let mut lower = Lower::new(source, layout, number);
        let own = || registers.iter().filter(|register| register.thread == number);
        for Parameter { name, span, is_pointer } in &thread.parameters {
            if *is_pointer {
                lower.parameter(name, *span)?;
            } else {
                let initial = own().find(|register| register.name == *name).map_or(0, |register| register.value);
                lower.initial_register(name, initial, *span)?;
            }
        }
        for register in own() {
            if lower.lookup(&register.name).is_none() {
                lower.initial_register(&register.name, register.value, register.span)?;
            }
        }
        lowered.push(lower.thread(&thread.body)?);
    }
    Ok(lowered)
}

/// Lines, columns and texts of spans.
fn origins(source: &str, spans: &[Span]) -> Vec<Origin> {
    let mut starts = vec![0];
    starts.extend(source.match_indices('\n').map(|(newline, _)| newline + 1));
    let origin = |&(from, to): &Span| {
        let line = starts.partition_point(|&start| start <= from);
        let start = starts[line.saturating_sub(1)];
        let text = source.get(from..to).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        Origin { line, column: source.get(start..from).map_or(0, |before| before.chars().count()) + 1, text }
    };
    spans.iter().map(origin).collect()
}

/// `C` or `Rust` and the name of the test, then anything up to the initial state. Returns also the place of the `{`.
fn header(source: &str) -> Result<(Dialect, String, usize), ParseError> {
    let fail = |kind, span| ParseError::new(kind, span, source);
    let start = skip(source, 0, Mode::Test).map_err(|(kind, span)| fail(kind, span))?;
    let line = source[start..].lines().next().unwrap_or_default();
    let mut words = line.splitn(2, char::is_whitespace);
    let architecture = words.next().unwrap_or_default();
    let dialect = match architecture {
        "C" => Some(Dialect::C),
        "Rust" => Some(Dialect::Rust),
        _ => None,
    };
    let Some(dialect) = dialect else {
        let found = if line.is_empty() { "the end of the test".to_owned() } else { format!("`{architecture}`") };
        let expected = "`C` or `Rust` and the name of the test".to_owned();
        return Err(fail(ParseErrorKind::Unexpected { found, expected }, (start, start + architecture.len())));
    };
    let rest = words.next().unwrap_or_default();
    // The initial state may begin on the same line.
    let length = rest.find('{').unwrap_or(rest.len());
    let name = rest[..length].trim();
    let mut at = start + line.len() - rest.len() + length;
    loop {
        at = skip(source, at, Mode::Test).map_err(|(kind, span)| fail(kind, span))?;
        let rest = &source[at..];
        if rest.starts_with('{') {
            return Ok((dialect, name.to_owned(), at));
        }
        if rest.is_empty() {
            let (found, expected) = ("the end of the test".to_owned(), "the initial state, `{ ... }`".to_owned());
            return Err(fail(ParseErrorKind::Unexpected { found, expected }, (at, at)));
        }
        // A remark, or a line such as `Cycle=...`.
        at += match rest.strip_prefix('"').map(|rest| rest.find('"')) {
            Some(Some(length)) => length + 2,
            Some(None) => return Err(fail(ParseErrorKind::Unterminated("string"), (at, at + 1))),
            None => rest.find('\n').unwrap_or(rest.len()),
        };
    }
}

/// `{ x = 1; int a[2] = {0, 1}; 0:r1 = 5; }`
fn initial_state(cursor: &mut Cursor<'_>, layout: &mut Layout) -> Parsed<Vec<InitialRegister>> {
    cursor.expect("{")?;
    // Two passes, as a value may be the address of a variable that is declared after it.
    let first = cursor.span;
    let mut targets = Vec::new();
    while !cursor.is("}") {
        if cursor.take(";")? {
            continue;
        }
        let target = initial_target(cursor)?;
        if let Initial::Variable { name, span, length } = &target {
            if layout.find(name).is_some() {
                return Err(cursor.error(ParseErrorKind::Redeclared(name.clone()), *span));
            }
            match length {
                None => layout.variable(name),
                Some(length) => {
                    let array = layout.array(name, *length);
                    array.ok_or_else(|| cursor.error(ParseErrorKind::ArrayLength, *span))?
                }
            };
        }
        skip_value(cursor)?;
        targets.push(target);
        if !cursor.is("}") && !cursor.is(";") {
            return Err(cursor.unexpected("`;` or `}`"));
        }
    }
    let mut again = Cursor::new(cursor.source, first.0)?;
    let mut registers = Vec::new();
    for target in targets {
        while again.take(";")? {}
        initial_target(&mut again)?;
        match target {
            Initial::Register { thread, name, span } => {
                let value = if again.take("=")? { again.constant(layout)? } else { 0 };
                registers.push(InitialRegister { thread, name, span, value });
            }
            Initial::Variable { name, span, length } => initial_values(&mut again, layout, &name, span, length)?,
        }
        if !again.is("}") && !again.is(";") {
            return Err(again.unexpected("`;` or `}`"));
        }
    }
    cursor.expect("}")?;
    Ok(registers)
}

fn initial_values(
    cursor: &mut Cursor<'_>,
    layout: &mut Layout,
    name: &str,
    span: Span,
    length: Option<usize>,
) -> Parsed<()> {
    if !cursor.take("=")? {
        return Ok(());
    }
    if length.is_none() {
        let value = cursor.constant(layout)?;
        let location = layout.variable(name);
        layout.set_initial(location, value);
        return Ok(());
    }
    cursor.expect("{")?;
    let mut index = 0;
    while !cursor.is("}") {
        let value = cursor.constant(layout)?;
        let location = layout.element(name, index);
        let location = location.ok_or_else(|| cursor.error(ParseErrorKind::ArrayLength, span))?;
        layout.set_initial(location, value);
        index += 1;
        if !cursor.take(",")? {
            break;
        }
    }
    cursor.expect("}")
}

/// `x`, `[x]`, `int x`, `int *x`, `int a[2]`, `0:r1` or `int 0:r1`.
fn initial_target(cursor: &mut Cursor<'_>) -> Parsed<Initial> {
    if cursor.take("[")? {
        let (name, span) = cursor.name("the name of a variable")?;
        cursor.expect("]")?;
        return Ok(Initial::Variable { name, span, length: None });
    }
    cursor.take_type()?;
    if let Token::Number(thread) = cursor.token {
        let start = cursor.span.0;
        cursor.advance()?;
        cursor.expect(":")?;
        let (name, span) = cursor.name("the name of a register")?;
        let thread = usize::try_from(thread).unwrap_or(usize::MAX);
        return Ok(Initial::Register { thread, name, span: (start, span.1) });
    }
    let (name, span) = cursor.name("a variable, a register or `}`")?;
    let length = if cursor.is("[") { Some(cursor.array_length()?) } else { None };
    Ok(Initial::Variable { name, span, length })
}

/// Goes past `= value`, whatever the value, to the `;` or `}` after it.
fn skip_value(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if !cursor.take("=")? {
        return Ok(());
    }
    let braces = cursor.take("{")?;
    while !cursor.is("}") && !cursor.is(";") && cursor.token != Token::End {
        cursor.advance()?;
    }
    if braces {
        cursor.expect("}")?;
    }
    Ok(())
}

/// `P0 (atomic_int* x, int* y) { ... } P1 ...`
fn threads(cursor: &mut Cursor<'_>) -> Parsed<Vec<Source>> {
    let mut threads = Vec::new();
    while cursor.is_name(&thread_number(threads.len())) {
        cursor.advance()?;
        cursor.expect("(")?;
        let mut parameters = Vec::new();
        while !cursor.is(")") {
            let declared = cursor.take_type()?;
            let Some(is_pointer) = declared else { return Err(cursor.unexpected("the type of a parameter or `)`")) };
            let (name, span) = cursor.name("the name of a parameter")?;
            parameters.push(Parameter { name, span, is_pointer });
            if !cursor.take(",")? {
                break;
            }
        }
        cursor.expect(")")?;
        if !cursor.is("{") {
            return Err(cursor.unexpected("`{`"));
        }
        cursor.mode = Mode::Code;
        cursor.advance()?;
        let body = cursor.statements()?;
        cursor.mode = Mode::Test;
        cursor.expect("}")?;
        threads.push(Source { parameters, body });
    }
    Ok(threads)
}

/// Everything after the threads.
fn footer(cursor: &mut Cursor<'_>, mut litmus: Litmus, threads: &[HashMap<String, Observable>]) -> Parsed<Litmus> {
    let layout = litmus.layout().clone();
    let names = Names { layout: &layout, threads };
    loop {
        if cursor.take_name("locations")? {
            cursor.expect("[")?;
            while !cursor.is("]") {
                let observable = cursor.observable(&names)?;
                litmus = litmus.observe(observable);
                if !cursor.take(";")? {
                    break;
                }
            }
            cursor.expect("]")?;
        } else if cursor.take_name("filter")? {
            let condition = cursor.condition(&names)?;
            litmus = litmus.filter(condition);
        } else if cursor.is_name("regions") {
            // Regions matter to models with scopes only.
            let rest = &cursor.source[cursor.span.1..];
            let end = cursor.span.1 + rest.find('\n').unwrap_or(rest.len());
            *cursor = Cursor::new(cursor.source, end)?;
        } else {
            break;
        }
    }
    let next = format!("`P{}`, `exists`, `~exists`, `forall` or the end of the test", threads.len());
    let quantifier = match &cursor.token {
        Token::End => return Ok(litmus),
        Token::Symbol("~") => {
            cursor.advance()?;
            if !cursor.is_name("exists") {
                return Err(cursor.unexpected("`exists`"));
            }
            Quantifier::NotExists
        }
        Token::Name(name) if name == "exists" => Quantifier::Exists,
        Token::Name(name) if name == "forall" => Quantifier::Forall,
        _ => return Err(cursor.unexpected(&next)),
    };
    cursor.advance()?;
    let condition: Condition = cursor.condition(&names)?;
    if cursor.token != Token::End {
        return Err(cursor.unexpected("`/\\`, `\\/`, `=>` or the end of the test"));
    }
    Ok(match quantifier {
        Quantifier::Exists => litmus.exists(condition),
        Quantifier::NotExists => litmus.not_exists(condition),
        Quantifier::Forall => litmus.forall(condition),
    })
}
