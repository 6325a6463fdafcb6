//! EDN histories: maps with `:process`, `:type`, `:f` and `:value`, one after the other or in a vector or list, as Jepsen and
//! Knossos write them.

use winnow::combinator::opt;
use winnow::{Parser, Result};

use super::edn_value::{space, value};
use super::source::{Source, excerpt};
use super::token::{Failure, Input, end, failure, literal, next, offset, word};
use super::{Event, ImportError, Kind, Process, Value};

const EVENT: &str = "an event, such as {:process 0, :type :invoke, :f :read, :value nil}";

/// Reads a whole file.
pub(super) fn read(source: &mut Source<'_>) -> core::result::Result<Vec<Event>, ImportError> {
    let mut input = Input::new(source.text);
    let mut events = Vec::new();
    let close = open(&mut input).map_err(|failure| source.fail(0, &failure))?;
    while let Some(entries) = event(&mut input, close).map_err(|failure| source.fail(0, &failure))? {
        events.push(entries.into_event(source)?);
    }
    if events.is_empty() && close.is_none() {
        return Err(source.error(source.text.len(), EVENT));
    }
    Ok(events)
}

/// Takes the bracket around all events, if there is one, and gives the one that closes it.
fn open(input: &mut Input<'_>) -> Result<Option<&'static str>, Failure> {
    space(input, 0)?;
    opt(winnow::combinator::alt(("[".value("]"), "(".value(")")))).parse_next(input)
}

/// Reads the next event; `None` at the end.
fn event(input: &mut Input<'_>, close: Option<&'static str>) -> Result<Option<Entries>, Failure> {
    space(input, 0)?;
    match (next(input), close) {
        (None, None) => return Ok(None),
        (Some(']'), Some("]")) | (Some(')'), Some(")")) => {
            winnow::token::any::<_, Failure>.void().parse_next(input)?;
            space(input, 0)?;
            end(input, "nothing after the bracket that closes the history")?;
            return Ok(None);
        }
        (Some('#'), _) => {
            literal(input, "#", "`#`")?;
            word(input, |c| c.is_alphanumeric() || "._-/".contains(c), "a tag, such as #jepsen.history.Op")?;
            space(input, 0)?;
        }
        _ => {}
    }
    let expected = match close {
        None => EVENT,
        Some("]") => "an event or `]`",
        Some(_) => "an event or `)`",
    };
    let start = offset(input);
    literal(input, "{", expected)?;
    let mut entries = Entries { start, ..Entries::default() };
    loop {
        space(input, 1)?;
        if opt("}").parse_next(input)?.is_some() {
            return Ok(Some(entries));
        }
        let key_fault = failure(input, "each key once");
        if next(input) != Some(':') {
            return Err(failure(input, "a keyword or `}`"));
        }
        let key = value(input, 1)?;
        space(input, 1)?;
        let at = offset(input);
        let value = value(input, 1)?;
        let slot = match key.as_text() {
            Some("process") => &mut entries.process,
            Some("type") => &mut entries.kind,
            Some("f") => &mut entries.function,
            Some("key") => &mut entries.key,
            Some("value") => &mut entries.value,
            _ => continue,
        };
        if slot.replace((at, value)).is_some() {
            return Err(key_fault);
        }
    }
}

/// The entries of a map that mean something here, each with the offset of its value.
#[derive(Default)]
struct Entries {
    start: usize,
    process: Option<(usize, Value)>,
    kind: Option<(usize, Value)>,
    function: Option<(usize, Value)>,
    key: Option<(usize, Value)>,
    value: Option<(usize, Value)>,
}

impl Entries {
    fn into_event(self, source: &mut Source<'_>) -> core::result::Result<Event, ImportError> {
        let (at, process) = self.process.ok_or_else(|| missing(source, self.start, ":process"))?;
        let process = process_of(process).ok_or_else(|| source.error(at, "a process: a number or a keyword"))?;
        let (at, kind) = self.kind.ok_or_else(|| missing(source, self.start, ":type"))?;
        let kind = match kind {
            Value::Keyword(word) => Kind::from_word(&word),
            _ => None,
        };
        let kind = kind.ok_or_else(|| source.error(at, "`:invoke`, `:ok`, `:fail` or `:info`"))?;
        let (function_at, function) = match self.function {
            Some((at, Value::Keyword(name) | Value::Word(name) | Value::Text(name))) => (at, name),
            Some((at, _)) => return Err(source.error(at, "the name of an operation, such as `:read`")),
            None if kind == Kind::Invoke => return Err(missing(source, self.start, ":f")),
            None => (self.start, Box::default()),
        };
        let (value_at, value) = self.value.unwrap_or((self.start, Value::Nil));
        Ok(Event {
            process,
            kind,
            function,
            key: self.key.map(|(_, key)| key),
            value,
            position: source.event_position(self.start),
            function_position: source.position(function_at),
            value_position: source.position(value_at),
        })
    }
}

fn missing(source: &mut Source<'_>, start: usize, key: &str) -> ImportError {
    ImportError::new(source.name, source.position(start), format!("an event with {key}"), "none")
}

fn process_of(value: Value) -> Option<Process> {
    match value {
        Value::Integer(number) => u64::try_from(number).ok().map(Process::Client),
        Value::Keyword(name) | Value::Word(name) | Value::Text(name) => Some(Process::Other(name)),
        _ => None,
    }
}

/// How a value is shown as found.
pub(super) fn found(value: &Value) -> String {
    let shown = value.to_string();
    if shown.chars().count() <= 60 { format!("`{shown}`") } else { excerpt(&shown) }
}
