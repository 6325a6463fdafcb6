//! Selvedge's own format for histories: JSON Lines, one event a line, in time order.
//!
//! ```json
//! {"selvedge-history": 1, "spec": "queue"}
//! {"process": 0, "type": "invoke", "f": "enqueue", "value": 7}
//! {"process": 1, "type": "invoke", "f": "dequeue"}
//! {"process": 0, "type": "ok"}
//! {"process": 1, "type": "ok", "value": 7}
//! ```
//!
//! # The first line
//!
//! It may be left out. `"selvedge-history"` is the version of the format, 1. `"spec"` names the specification the history is
//! meant for (a [`SpecKind`]); `"note"` may hold any text.
//!
//! # Events
//!
//! | field | at a call | at an end |
//! |---|---|---|
//! | `"process"` | a number: who calls. A process has at most one operation open | whose open operation ends |
//! | `"type"` | `"invoke"` | `"ok"`, `"fail"`, `"unknown"` or `"info"` |
//! | `"f"` | the operation | may be left out; must be the same otherwise |
//! | `"key"` | the key, where the specification has keys | may be left out; must be the same otherwise |
//! | `"value"` | the argument; left out or `null` if there is none | the result; left out or `null` if there is none |
//!
//! `"time"`, `"index"`, `"error"` and `"note"` may be there and are passed over; any other field is an error. A process that is a
//! string rather than a number, such as `"nemesis"`, is no client: its events are passed over.
//!
//! The ends say different things.
//!
//! - `ok`: the operation returned `value`.
//! - `fail`: it is known not to have taken effect. It is dropped from the history.
//! - `unknown`: it returned, so it took effect in between, but its result is not known.
//! - `info`: nobody knows; it may take effect at any time from its call on, or never. Its process calls nothing more. An operation
//!   that has no end at all is understood in the same way.
//!
//! # Operations
//!
//! | `"spec"` | `"f"` | `"value"` at the call | `"value"` at `ok` |
//! |---|---|---|---|
//! | `cas-register` | `read` | | the value; a register starts as `null` |
//! | | `write` | the value | |
//! | | `cas` | `[old, new]` | `true` (or nothing) if it swapped, `false` if not |
//! | `kv` | `get` (with `"key"`, a string) | | the string; every key starts as `""` |
//! | | `put`, `append` (with `"key"`) | a string | |
//! | `queue` | `enqueue` | the value | nothing, or `false` if the queue was full and nothing changed |
//! | | `dequeue` | | the value; `null` if the queue was empty |
//! | `stack` | `push` | the value | |
//! | | `pop` | | the value; `null` if the stack was empty |
//! | `mutex` | `acquire`, `release` | | |
//! | | `try-acquire` | | whether the lock was taken |
//! | `counter` | `add` | a number | |
//! | | `fetch-add` | a number | the counter before; it starts as 0 |
//! | | `read` | | the counter |
//! | `multi-register` | `txn` | `[["read", key, null], ["write", key, value], …]` | the same with what was read; `["read", key]` if that is not known |

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;

use serde_json::value::RawValue;

use super::convert::Interchange;
use super::source::Source;
use super::{Event, ImportError, Kind, Process, SpecKind, Value};
use crate::history::{History, Operation};

const VERSION: i64 = 1;

/// Reads a whole file, and the specification that its first line names.
pub(super) fn read(source: &mut Source<'_>) -> Result<(Vec<Event>, Option<SpecKind>), ImportError> {
    let mut events = Vec::new();
    let mut declared = None;
    let mut first = true;
    for (start, content) in source.lines() {
        let fields = Line::read(source, start, content)?;
        if std::mem::take(&mut first) && fields.has("selvedge-history") {
            declared = fields.header(source)?;
        } else {
            events.push(fields.event(source)?);
        }
    }
    if first {
        return Err(
            source.error(source.text.len(), r#"an event, such as {"process": 0, "type": "invoke", "f": "read"}"#)
        );
    }
    Ok((events, declared))
}

/// One line's fields, unread.
struct Line<'a> {
    start: usize,
    content: &'a str,
    fields: HashMap<String, &'a RawValue>,
}

impl<'a> Line<'a> {
    fn read(source: &mut Source<'_>, start: usize, content: &'a str) -> Result<Self, ImportError> {
        if !content.starts_with('{') {
            return Err(source.error(start, "a JSON object"));
        }
        match serde_json::from_str(content) {
            Ok(fields) => Ok(Self { start, content, fields }),
            Err(error) => Err(json_error(source, start, content, &error)),
        }
    }

    fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// A field's value and the offset of it.
    fn value(&self, source: &mut Source<'_>, field: &str) -> Result<Option<(usize, Value)>, ImportError> {
        let Some(raw) = self.fields.get(field) else { return Ok(None) };
        let at = self.start + self.column(raw);
        match serde_json::from_str(raw.get()) {
            Ok(value) => Ok(Some((at, from_json(value)))),
            Err(error) => Err(json_error(source, at, raw.get(), &error)),
        }
    }

    fn only(&self, source: &mut Source<'_>, known: &[&str], expected: &str) -> Result<(), ImportError> {
        let unknown = self.fields.iter().filter(|(field, _)| !known.contains(&field.as_str()));
        // The leftmost, so that the message does not depend on the order of a hash map.
        match unknown.min_by_key(|(_, raw)| raw.get().as_ptr() as usize) {
            None => Ok(()),
            Some((field, raw)) => {
                let position = source.position(self.start + self.column(raw));
                Err(ImportError::new(source.name, position, expected, format!("the field `{}`", field.escape_debug())))
            }
        }
    }

    /// Raw values are slices of the line, so the distance of the two addresses is the offset.
    fn column(&self, raw: &RawValue) -> usize {
        (raw.get().as_ptr() as usize).saturating_sub(self.content.as_ptr() as usize).min(self.content.len())
    }

    fn missing(&self, source: &mut Source<'_>, field: &str) -> ImportError {
        let position = source.position(self.start);
        ImportError::new(source.name, position, format!("an event with the field `{field}`"), "none")
    }

    fn header(&self, source: &mut Source<'_>) -> Result<Option<SpecKind>, ImportError> {
        let expected = "the fields `selvedge-history`, `spec` and `note` only";
        self.only(source, &["selvedge-history", "spec", "note"], expected)?;
        match self.value(source, "selvedge-history")? {
            Some((_, Value::Integer(VERSION))) | None => {}
            Some((at, _)) => return Err(source.error(at, "version 1 of the format")),
        }
        match self.value(source, "spec")? {
            None => Ok(None),
            Some((at, name)) => match name.as_text().and_then(|name| name.parse().ok()) {
                Some(spec) => Ok(Some(spec)),
                None => Err(source.error(at, format!("a specification: {}", SpecKind::list()))),
            },
        }
    }

    fn event(&self, source: &mut Source<'_>) -> Result<Event, ImportError> {
        let known = ["process", "type", "f", "key", "value", "time", "index", "error", "note"];
        self.only(
            source,
            &known,
            "the fields `process`, `type`, `f`, `key`, `value`, `time`, `index`, `error` and `note` only",
        )?;
        let process = match self.value(source, "process")? {
            Some((at, Value::Integer(number))) => Process::Client(
                u64::try_from(number).map_err(|_| source.error(at, "a process: a number from 0 on, or a string"))?,
            ),
            Some((_, Value::Text(name))) => Process::Other(name),
            Some((at, _)) => return Err(source.error(at, "a process: a number from 0 on, or a string")),
            None => return Err(self.missing(source, "process")),
        };
        let kind = match self.value(source, "type")? {
            Some((at, value)) => {
                let kind = if let Value::Text(word) = &value { Kind::from_word(word) } else { None };
                kind.ok_or_else(|| source.error(at, r#""invoke", "ok", "fail", "unknown" or "info""#))?
            }
            None => return Err(self.missing(source, "type")),
        };
        let (function_at, function) = match self.value(source, "f")? {
            Some((at, Value::Text(name))) => (at, name),
            Some((at, _)) => return Err(source.error(at, r#"the name of an operation, such as "read""#)),
            None if kind == Kind::Invoke => return Err(self.missing(source, "f")),
            None => (self.start, Box::default()),
        };
        let key = self.value(source, "key")?.map(|(_, key)| key);
        let (value_at, value) = self.value(source, "value")?.unwrap_or((self.start, Value::Nil));
        Ok(Event {
            process,
            kind,
            function,
            key,
            value,
            position: source.event_position(self.start),
            function_position: source.position(function_at),
            value_position: source.position(value_at),
        })
    }
}

/// Translates what serde_json says, which counts columns in bytes.
fn json_error(source: &mut Source<'_>, start: usize, content: &str, error: &serde_json::Error) -> ImportError {
    let mut offset = error.column().saturating_sub(1).min(content.len());
    if error.is_eof() {
        offset = content.len();
    }
    while !content.is_char_boundary(offset) {
        offset -= 1;
    }
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    match message.strip_prefix("expected ") {
        Some(expected) => source.error(start + offset, expected),
        None => source.error(start + offset, format!("a JSON object on one line ({message})")),
    }
}

/// `serde_json` has bounded the depth.
fn from_json(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::Number(number.to_string().into()), Value::Integer)
        }
        serde_json::Value::String(text) => Value::Text(text.into()),
        serde_json::Value::Array(values) => Value::List(values.into_iter().map(from_json).collect()),
        serde_json::Value::Object(entries) => {
            let mut entries: Vec<_> =
                entries.into_iter().map(|(key, value)| (Value::Text(key.into()), from_json(value))).collect();
            entries.sort();
            Value::Map(entries.into())
        }
    }
}

fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Nil => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Integer(number) => (*number).into(),
        Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(&**text)),
        Value::Word(text) | Value::Keyword(text) | Value::Text(text) => (&**text).into(),
        Value::List(values) | Value::Set(values) => values.iter().map(to_json).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.as_text().map_or_else(|| key.to_string(), str::to_owned), to_json(value)))
            .collect(),
    }
}

/// Writes `history` in the [format of its own](self), so that a recorded history can be kept, shipped and judged again.
///
/// Read again it is the same history up to the names of its processes and its stamps, of which only the order is kept. (A
/// process that calls at the very stamp of its last return gets another number, since those two operations are concurrent.)
/// The cost is O(n log n) for n operations.
///
/// ```
/// use verify_harness::history::import::{Format, SpecKind, read, write_jsonl};
/// use verify_harness::history::spec::{Counter, CounterInput, CounterOutput};
/// use verify_harness::history::{History, Operation};
///
/// let history = History::new(vec![
///     Operation::returned(0, 0, 2, CounterInput::Add(3), CounterOutput::Added),
///     Operation::returned(1, 1, 3, CounterInput::Get, CounterOutput::Value(3)),
/// ])?;
/// let mut file = Vec::new();
/// write_jsonl(&mut file, &Counter, &history)?;
/// assert!(file.starts_with(b"{\"selvedge-history\": 1, \"spec\": \"counter\"}\n"));
///
/// let log = read("counter.jsonl", &file, None)?;
/// assert_eq!((log.format(), log.declared()), (Format::JsonLines, Some(SpecKind::Counter)));
/// assert_eq!(log.history(&Counter)?.history, history);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of `out`.
pub fn write_jsonl<S: Interchange>(
    out: &mut impl io::Write,
    spec: &S,
    history: &History<S::Input, S::Output>,
) -> io::Result<()> {
    match spec.kind() {
        Some(kind) => writeln!(out, r#"{{"selvedge-history": {VERSION}, "spec": "{kind}"}}"#)?,
        None => writeln!(out, r#"{{"selvedge-history": {VERSION}}}"#)?,
    }
    let operations = history.operations();
    let processes = distinct_processes(operations, &history.in_process_order());
    // Calls before returns at one stamp: such operations are concurrent.
    let calls = operations.iter().enumerate().map(|(index, operation)| (operation.call, false, index));
    let returns = operations.iter().enumerate().filter_map(|(index, operation)| Some((operation.ret?, true, index)));
    let mut order: Vec<_> = calls.chain(returns).collect();
    order.sort_unstable();
    let mut line = String::new();
    for (_, returned, index) in order {
        let operation = &operations[index];
        line.clear();
        // Writing to a string cannot fail.
        let _ = write!(line, r#"{{"process": {}"#, processes[index]);
        if returned {
            let kind = if operation.output.is_some() { Kind::Ok } else { Kind::Unknown };
            let _ = write!(line, r#", "type": "{}""#, kind.as_str());
            if let Some(output) = &operation.output {
                field(&mut line, "value", &spec.result(&operation.input, output));
            }
        } else {
            let call = spec.request(&operation.input);
            let _ = write!(line, r#", "type": "invoke", "f": "{}""#, call.function);
            field(&mut line, "key", &call.key.unwrap_or(Value::Nil));
            field(&mut line, "value", &call.value);
        }
        writeln!(out, "{line}}}")?;
    }
    Ok(())
}

fn field(line: &mut String, name: &str, value: &Value) {
    if !value.is_nil() {
        let _ = write!(line, r#", "{name}": {}"#, to_json(value));
    }
}

/// A process number for each operation, such that no process returns and calls at one stamp.
fn distinct_processes<I, O>(operations: &[Operation<I, O>], in_process_order: &[usize]) -> Vec<u64> {
    let mut processes: Vec<u64> = operations.iter().map(|operation| operation.process).collect();
    let mut taken: std::collections::HashSet<u64> = processes.iter().copied().collect();
    let mut next = 0;
    for pair in in_process_order.windows(2) {
        let (first, second) = (&operations[pair[0]], &operations[pair[1]]);
        if first.process != second.process {
            continue;
        }
        processes[pair[1]] = processes[pair[0]];
        if first.ret == Some(second.call) {
            while !taken.insert(next) {
                next += 1;
            }
            processes[pair[1]] = next;
        }
    }
    processes
}
