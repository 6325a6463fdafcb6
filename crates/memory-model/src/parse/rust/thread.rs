//! Initial states and threads of tests written in Rust.

use std::collections::HashMap;

use super::lower::Lower;
use super::parser::Parser;
use super::syntax::Block;
use super::types::{Kind, Type};
use crate::Value;
use crate::litmus::Layout;
use crate::parse::cursor::{Cursor, Parsed};
use crate::parse::error::ParseErrorKind;
use crate::parse::file::{InitialRegister, thread_number};
use crate::parse::lexer::{Mode, Span, Token};
use crate::parse::lower::Lowered;

/// What the initial state declares.
struct Declared {
    target: Target,
    span: Span,
}

enum Target {
    Variable { name: String, kind: Kind, length: Option<usize> },
    Register { thread: usize, name: String },
}

/// The shared variables that the initial state declares.
pub(in crate::parse) struct Statics(Vec<(String, Kind)>);

/// `{ x: AtomicI32 = 0; static a: [AtomicI32; 2] = [0, 1]; p = &x; 0:r0 = 5; }`
pub(in crate::parse) fn initial_state(
    cursor: &mut Cursor<'_>,
    layout: &mut Layout,
) -> Parsed<(Vec<InitialRegister>, Statics)> {
    cursor.mode = Mode::Rust;
    cursor.expect("{")?;
    // Two passes, as a value may be the address of a variable that is declared after it.
    let first = cursor.span.0;
    let mut declared = Vec::new();
    while !cursor.is("}") {
        if cursor.take(";")? {
            continue;
        }
        let Declared { target, span } = target(cursor)?;
        if let Target::Variable { name, length, .. } = &target {
            if layout.find(name).is_some() {
                return Err(cursor.error(ParseErrorKind::Redeclared(name.clone()), span));
            }
            match length {
                None => drop(layout.variable(name)),
                Some(length) => drop(layout.array(name, *length)),
            }
        }
        skip_value(cursor)?;
        declared.push(target);
        if !cursor.is("}") && !cursor.is(";") {
            return Err(cursor.unexpected("`;` or `}`"));
        }
    }
    let mut registers = Vec::new();
    let mut statics = Vec::new();
    let mut again = Cursor::in_mode(cursor.source, first, Mode::Rust)?;
    while !again.is("}") {
        if again.take(";")? {
            continue;
        }
        let Declared { target, span } = target(&mut again)?;
        let has_value = again.take("=")?;
        match target {
            Target::Register { thread, name } => {
                let value = if has_value { value(&mut again, layout)? } else { 0 };
                registers.push(InitialRegister { thread, name, span, value });
            }
            Target::Variable { name, kind, length } => {
                if has_value {
                    values(&mut again, layout, &name, span, length)?;
                }
                statics.push((name, kind));
            }
        }
        if !again.is("}") && !again.is(";") {
            return Err(again.unexpected("`;` or `}`"));
        }
    }
    cursor.mode = Mode::Test;
    cursor.expect("}")?;
    Ok((registers, Statics(statics)))
}

/// `x`, `[x]`, `x: AtomicI32`, `static x: AtomicI32`, `0:r0`
fn target(cursor: &mut Cursor<'_>) -> Parsed<Declared> {
    if cursor.take("[")? {
        let (name, span) = cursor.name("the name of a variable")?;
        cursor.expect("]")?;
        return Ok(Declared { target: Target::Variable { name, kind: Kind::Any, length: None }, span });
    }
    if let Token::Number(thread) = cursor.token {
        let start = cursor.span.0;
        cursor.advance()?;
        cursor.expect(":")?;
        let (name, span) = cursor.name("the name of a register")?;
        let thread = usize::try_from(thread).unwrap_or(usize::MAX);
        return Ok(Declared { target: Target::Register { thread, name }, span: (start, span.1) });
    }
    if cursor.take_name("static")? {
        cursor.take_name("mut")?;
    }
    let (name, span) = cursor.name("a variable, a register or `}`")?;
    if !cursor.take(":")? {
        return Ok(Declared { target: Target::Variable { name, kind: Kind::Any, length: None }, span });
    }
    let declared = Parser { cursor }.type_()?;
    let target = match declared {
        Type::Memory { kind, length } => Target::Variable { name, kind, length },
        // A plain variable is accessed through a pointer, as an `UnsafeCell` is.
        Type::Bool => Target::Variable { name, kind: Kind::Plain { is_bool: true }, length: None },
        Type::Int | Type::Pointer(_) => Target::Variable { name, kind: Kind::Plain { is_bool: false }, length: None },
    };
    Ok(Declared { target, span })
}

/// Goes past `= value`, whatever the value, to the `;` or `}` after it.
fn skip_value(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if !cursor.take("=")? {
        return Ok(());
    }
    let mut depth = 0_usize;
    loop {
        match cursor.token {
            Token::Symbol("[" | "(") => depth += 1,
            Token::Symbol("]" | ")") => depth = depth.saturating_sub(1),
            Token::Symbol(";" | "}") if depth == 0 => return Ok(()),
            Token::End => return Ok(()),
            _ => {}
        }
        cursor.advance()?;
    }
}

/// The initial value of a variable, or those of an array: `5`, `[0, 1]`, `[0; 2]`.
fn values(cursor: &mut Cursor<'_>, layout: &mut Layout, name: &str, span: Span, length: Option<usize>) -> Parsed<()> {
    let Some(length) = length else {
        let value = value(cursor, layout)?;
        let location = layout.variable(name);
        layout.set_initial(location, value);
        return Ok(());
    };
    cursor.expect("[")?;
    let mut index = 0;
    while !cursor.is("]") {
        let value = value(cursor, layout)?;
        let repeated = index == 0 && cursor.take(";")?;
        if repeated && cursor.token != Token::Number(length as Value) {
            return Err(cursor.unexpected("the length of the array"));
        }
        let last = if repeated { length } else { index + 1 };
        for index in index..last {
            let location = layout.element(name, index);
            let location = location.ok_or_else(|| cursor.error(ParseErrorKind::ArrayLength, span))?;
            layout.set_initial(location, value);
        }
        index = last;
        if repeated {
            cursor.advance()?;
            break;
        }
        if !cursor.take(",")? {
            break;
        }
    }
    cursor.expect("]")
}

/// `5`, `true`, `&x`, `AtomicI32::new(5)`
fn value(cursor: &mut Cursor<'_>, layout: &Layout) -> Parsed<Value> {
    if cursor.is_name("true") || cursor.is_name("false") {
        let value = cursor.is_name("true");
        cursor.advance()?;
        return Ok(Value::from(value));
    }
    let is_path = matches!(cursor.token, Token::Name(_)) && matches!(cursor.peek()?.0, Token::Symbol(":"));
    if !is_path {
        return cursor.constant(layout);
    }
    let span = cursor.span;
    let path = Parser { cursor }.path("a value")?;
    let function = path.last().map_or("", String::as_str);
    match function {
        "new" => {
            cursor.expect("(")?;
            cursor.enter()?;
            let value = value(cursor, layout);
            cursor.leave();
            cursor.expect(")")?;
            value
        }
        "null" | "null_mut" => {
            cursor.expect("(")?;
            cursor.expect(")")?;
            Ok(0)
        }
        _ => {
            let kind = ParseErrorKind::UnknownFunction { name: path.join("::"), suggestion: None };
            Err(cursor.error(kind, span))
        }
    }
}

/// A thread before names are resolved.
struct Source {
    parameters: Vec<(String, Type, Span)>,
    body: Block,
}

/// `fn P0(x: &AtomicI32) { ... } fn P1() { ... }`; the variables of the initial state are known in all threads.
pub(in crate::parse) fn threads(
    cursor: &mut Cursor<'_>,
    layout: &mut Layout,
    registers: &[InitialRegister],
    statics: &Statics,
) -> Parsed<Vec<Lowered>> {
    let mut sources = Vec::new();
    while cursor.is_name("fn") || cursor.is_name(&thread_number(sources.len())) {
        sources.push(thread(cursor, sources.len())?);
    }
    // Variables get their places in the order of their first mention.
    let mut kinds: HashMap<String, Kind> = statics.0.iter().cloned().collect();
    for (name, declared, span) in sources.iter().flat_map(|source| &source.parameters) {
        let Type::Pointer(kind) = declared else { continue };
        layout.variable(name);
        let known = kinds.entry(name.clone()).or_insert(*kind);
        if *known == Kind::Any {
            *known = *kind;
        } else if known != kind {
            let (found, expected) = (kind.describe().to_owned(), known.describe());
            let expected = format!("{expected}, as it is declared before");
            return Err(cursor.error(ParseErrorKind::Unexpected { found, expected }, *span));
        }
    }
    let mut lowered = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let mut lower = Lower::new(cursor.source, layout, number);
        for (name, _) in &statics.0 {
            let (location, kind) = (layout.find(name), kinds.get(name).copied());
            if let Some((location, kind)) = location.zip(kind) {
                lower.global(name, location, kind);
            }
        }
        let initial = |name: &str| registers.iter().find(|known| known.thread == number && known.name == name);
        let mut names: Vec<&str> = Vec::new();
        for (name, declared, span) in &source.parameters {
            if names.contains(&name.as_str()) {
                return Err(cursor.error(ParseErrorKind::Redeclared(name.clone()), *span));
            }
            names.push(name);
            match declared {
                Type::Pointer(_) => {
                    if let (Some(location), Some(kind)) = (layout.find(name), kinds.get(name)) {
                        lower.shared(name, location, *kind);
                    }
                }
                other => lower.initial_register(name, initial(name).map_or(0, |known| known.value), *other),
            }
        }
        for register in registers.iter().filter(|register| register.thread == number) {
            if !names.contains(&register.name.as_str()) {
                if lower.knows(&register.name) {
                    return Err(cursor.error(ParseErrorKind::Redeclared(register.name.clone()), register.span));
                }
                lower.initial_register(&register.name, register.value, Type::Int);
            }
        }
        lowered.push(lower.thread(&source.body)?);
    }
    Ok(lowered)
}

fn thread(cursor: &mut Cursor<'_>, number: usize) -> Parsed<Source> {
    cursor.mode = Mode::Rust;
    cursor.take_name("fn")?;
    let name = thread_number(number);
    if !cursor.take_name(&name)? {
        return Err(cursor.unexpected(&format!("`{name}`")));
    }
    cursor.expect("(")?;
    let mut parameters = Vec::new();
    while !cursor.is(")") {
        cursor.take_name("mut")?;
        let (name, span) = cursor.name("a parameter or `)`")?;
        cursor.expect(":")?;
        let declared = Parser { cursor }.type_()?;
        if let Type::Memory { .. } = declared {
            let (found, expected) = ("a value in memory".to_owned(), "a reference to it, `&...`".to_owned());
            return Err(cursor.error(ParseErrorKind::Unexpected { found, expected }, (span.1, cursor.end)));
        }
        parameters.push((name, declared, span));
        if !cursor.take(",")? {
            break;
        }
    }
    cursor.expect(")")?;
    if !cursor.is("{") {
        return Err(cursor.unexpected("`{`"));
    }
    cursor.advance()?;
    let mut parser = Parser { cursor };
    let body = parser.block_body()?;
    let cursor = parser.cursor;
    cursor.mode = Mode::Test;
    cursor.expect("}")?;
    Ok(Source { parameters, body })
}
