//! Whole tests: header, initial state, threads, condition.

use std::collections::HashMap;

use super::condition::Names;
use super::cursor::{Cursor, Parsed};
use super::error::{ParseError, ParseErrorKind};
use super::lexer::{Mode, Span, Token, skip};
use super::lower::Lower;
use super::syntax::Stmt;
use crate::Value;
use crate::litmus::{Condition, Layout, Litmus, Observable, Quantifier};

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

/// Registers that the initial state sets, by thread.
type Registers = Vec<(usize, String, Span, Value)>;

/// Reads a litmus test.
pub(crate) fn litmus(source: &str) -> Result<Litmus, ParseError> {
    let (name, from) = header(source)?;
    let mut cursor = Cursor::new(source, from)?;
    let mut layout = Layout::default();
    let registers = initial_state(&mut cursor, &mut layout)?;
    let threads = threads(&mut cursor)?;
    // Variables get their places in the order of their first mention.
    for parameter in threads.iter().flat_map(|thread| &thread.parameters) {
        if parameter.is_pointer {
            layout.variable(&parameter.name);
        }
    }
    let mut litmus = Litmus::new(&name);
    let mut observables = Vec::new();
    for (number, thread) in threads.iter().enumerate() {
        let mut lower = Lower::new(source, &mut layout, number);
        let initial = |name: &str| registers.iter().find(|(thread, known, ..)| *thread == number && known == name);
        for Parameter { name, span, is_pointer } in &thread.parameters {
            if *is_pointer {
                lower.parameter(name, *span)?;
            } else {
                lower.initial_register(name, initial(name).map_or(0, |(.., value)| *value), *span)?;
            }
        }
        for (thread, name, span, value) in &registers {
            if *thread == number && lower.lookup(name).is_none() {
                lower.initial_register(name, *value, *span)?;
            }
        }
        let (lowered, names) = lower.thread(&thread.body)?;
        litmus.push_thread(lowered);
        observables.push(names);
    }
    if let Some((thread, _, span, _)) = registers.iter().find(|(thread, ..)| *thread >= threads.len()) {
        return Err(cursor.error(ParseErrorKind::UnknownThread(*thread), *span));
    }
    litmus = footer(&mut cursor, litmus.with_layout(layout), &observables)?;
    Ok(litmus)
}

/// `C` and the name of the test, then anything up to the initial state. Returns the name and the place of the `{`.
fn header(source: &str) -> Result<(String, usize), ParseError> {
    let fail = |kind, span| ParseError::new(kind, span, source);
    let start = skip(source, 0, Mode::Test).map_err(|(kind, span)| fail(kind, span))?;
    let line = source[start..].lines().next().unwrap_or_default();
    let mut words = line.splitn(2, char::is_whitespace);
    let architecture = words.next().unwrap_or_default();
    if architecture != "C" {
        let found = if line.is_empty() { "the end of the test".to_owned() } else { format!("`{architecture}`") };
        let expected = "`C` and the name of the test".to_owned();
        return Err(fail(ParseErrorKind::Unexpected { found, expected }, (start, start + architecture.len())));
    }
    let rest = words.next().unwrap_or_default();
    // The initial state may begin on the same line.
    let length = rest.find('{').unwrap_or(rest.len());
    let name = rest[..length].trim();
    let mut at = start + line.len() - rest.len() + length;
    loop {
        at = skip(source, at, Mode::Test).map_err(|(kind, span)| fail(kind, span))?;
        let rest = &source[at..];
        if rest.starts_with('{') {
            return Ok((name.to_owned(), at));
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
fn initial_state(cursor: &mut Cursor<'_>, layout: &mut Layout) -> Parsed<Registers> {
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
    let mut registers = Registers::new();
    for target in targets {
        while again.take(";")? {}
        initial_target(&mut again)?;
        match target {
            Initial::Register { thread, name, span } => {
                let value = if again.take("=")? { again.constant(layout)? } else { 0 };
                registers.push((thread, name, span, value));
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
    while cursor.is_name(&format!("P{}", threads.len())) {
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
