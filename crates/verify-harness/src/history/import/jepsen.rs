//! Jepsen's log lines: `INFO  jepsen.util - PROCESS :invoke|:ok|:fail|:info :FUNCTION VALUE`.

use winnow::Result;

use super::edn_value::{space, value};
use super::source::Source;
use super::token::{Failure, Input, blank, blanks, end, failure, literal, next, number, offset, word};
use super::{Event, ImportError, Kind, Process, Value};

/// Reads a whole file.
pub(super) fn read(source: &mut Source<'_>) -> core::result::Result<Vec<Event>, ImportError> {
    let mut events = Vec::new();
    for (start, content) in source.lines() {
        let parts = line(&mut Input::new(content)).map_err(|failure| source.fail(start, &failure))?;
        events.push(Event {
            process: parts.process,
            kind: parts.kind,
            function: parts.function.into(),
            key: None,
            value: parts.value,
            position: source.event_position(start),
            function_position: source.position(start + parts.function_at),
            value_position: source.position(start + parts.value_at),
        });
    }
    if events.is_empty() {
        return Err(source.error(source.text.len(), "an event, such as INFO jepsen.util - 0 :invoke :read nil"));
    }
    Ok(events)
}

struct Parts<'a> {
    process: Process,
    kind: Kind,
    function_at: usize,
    function: &'a str,
    value_at: usize,
    value: Value,
}

fn line<'a>(input: &mut Input<'a>) -> Result<Parts<'a>, Failure> {
    literal(input, "INFO", "`INFO`")?;
    blank(input, "a blank after `INFO`")?;
    literal(input, "jepsen.util", "`jepsen.util`")?;
    blank(input, "a blank after `jepsen.util`")?;
    literal(input, "-", "`-`")?;
    blank(input, "a blank after `-`")?;
    let process = if next(input) == Some(':') {
        Process::Other(keyword(input, "a process: a number or a keyword")?.into())
    } else {
        Process::Client(number(input, "a process: a number or a keyword")?)
    };
    blank(input, "a blank after the process")?;
    let fault = failure(input, "`:invoke`, `:ok`, `:fail` or `:info`");
    let kind = keyword(input, fault.expected)?;
    let kind = Kind::from_word(kind).ok_or(fault)?;
    blank(input, "a blank after the type of event")?;
    let function_at = offset(input);
    let function = keyword(input, "the name of an operation, such as `:read`")?;
    blank(input, "a blank after the operation")?;
    let value_at = offset(input);
    let value = value(input, 0)?;
    // Newer logs add a column that says what went wrong.
    if blanks(input)? > 0 && !input.is_empty() {
        super::edn_value::value(input, 0)?;
        space(input, 0)?;
    }
    end(input, "the end of the line")?;
    Ok(Parts { process, kind, function_at, function, value_at, value })
}

fn keyword<'a>(input: &mut Input<'a>, expected: &'static str) -> Result<&'a str, Failure> {
    literal(input, ":", expected)?;
    word(input, |c| c.is_alphanumeric() || "-_?!*.".contains(c), expected)
}
