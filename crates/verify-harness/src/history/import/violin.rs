//! Call/return logs, as Violin writes them: `[THREAD] call FUNCTION(VALUE)` and `[THREAD] return VALUE`.

use winnow::Result;

use super::source::Source;
use super::token::{Failure, Input, blank, blanks, end, failure, literal, next, number, offset, word};
use super::{Event, ImportError, Kind, Process, SpecKind, Value};

/// Reads a whole file, and the specification that its `# @object` line names.
pub(super) fn read(source: &mut Source<'_>) -> core::result::Result<(Vec<Event>, Option<SpecKind>), ImportError> {
    let mut events = Vec::new();
    let mut declared = None;
    let mut blank = true;
    for (start, content) in source.lines() {
        blank = false;
        if let Some(comment) = content.strip_prefix('#') {
            if let Some(object) = comment.trim_start().strip_prefix("@object") {
                let object = object.trim();
                declared = object.strip_prefix("atomic-").unwrap_or(object).parse().ok();
            }
            continue;
        }
        let parts = line(&mut Input::new(content)).map_err(|failure| source.fail(start, &failure))?;
        events.push(Event {
            process: Process::Client(parts.thread),
            kind: parts.kind,
            function: parts.function.into(),
            key: None,
            value: parts.value,
            position: source.event_position(start),
            function_position: source.position(start + parts.function_at),
            value_position: source.position(start + parts.value_at),
        });
    }
    if blank {
        return Err(source.error(source.text.len(), "an event, such as [1] call push(5)"));
    }
    Ok((events, declared))
}

struct Parts<'a> {
    thread: u64,
    kind: Kind,
    function_at: usize,
    function: &'a str,
    value_at: usize,
    value: Value,
}

fn line<'a>(input: &mut Input<'a>) -> Result<Parts<'a>, Failure> {
    literal(input, "[", "`[`, a thread and `]`")?;
    let thread = number(input, "the number of a thread")?;
    literal(input, "]", "`]`")?;
    blank(input, "a blank after the thread")?;
    let fault = failure(input, "`call` or `return`");
    let parts = match word(input, part, fault.expected)? {
        "call" => {
            blank(input, "a blank after `call`")?;
            let function_at = offset(input);
            let function = word(input, part, "the name of an operation, such as `push`")?;
            let mut value_at = offset(input);
            let mut argument = Value::Nil;
            if next(input) == Some('(') {
                literal(input, "(", "`(`")?;
                blanks(input)?;
                value_at = offset(input);
                if next(input) != Some(')') {
                    argument = value(input, "a value or `)`")?;
                    blanks(input)?;
                }
                literal(input, ")", "`)`")?;
            }
            Parts { thread, kind: Kind::Invoke, function_at, function, value_at, value: argument }
        }
        "return" => {
            let function_at = fault.offset;
            blanks(input)?;
            let value_at = offset(input);
            let value = if input.is_empty() { Value::Nil } else { value(input, "a value")? };
            Parts { thread, kind: Kind::Ok, function_at, function: "", value_at, value }
        }
        _ => return Err(fault),
    };
    blanks(input)?;
    end(input, "the end of the line")?;
    Ok(parts)
}

fn value(input: &mut Input<'_>, expected: &'static str) -> Result<Value, Failure> {
    let text = word(input, part, expected)?;
    Ok(match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text.parse().map_or_else(|_| Value::Word(text.into()), Value::Integer),
    })
}

fn part(c: char) -> bool {
    c.is_alphanumeric() || "-_.+?!".contains(c)
}
