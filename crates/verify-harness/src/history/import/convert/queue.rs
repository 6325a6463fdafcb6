//! `queue`: `enqueue v` (`enq`, `add`, `push`), `dequeue` (`deq`, `remove`, `pop`, `poll`).

use super::{Interchange, Mismatch, Outcome, Request, no_key, no_value, repeats, some_value};
use crate::history::import::{Dialect, Event, SpecKind, Value};
use crate::history::spec::{Queue, QueueInput, QueueOutput};

impl Interchange for Queue<Value> {
    fn kind(&self) -> Option<SpecKind> {
        Some(SpecKind::Queue)
    }

    fn input(&self, call: &Event) -> Result<QueueInput<Value>, Mismatch> {
        no_key(call)?;
        match &*call.function {
            "enqueue" | "enq" | "add" | "push" => Ok(QueueInput::Enqueue(some_value(call)?)),
            "dequeue" | "deq" | "remove" | "pop" | "poll" => no_value(call).map(|()| QueueInput::Dequeue),
            _ => Err(Mismatch::function("`enqueue` or `dequeue`")),
        }
    }

    fn output(
        &self,
        input: &QueueInput<Value>,
        end: &Event,
        _: Dialect,
    ) -> Result<Outcome<QueueOutput<Value>>, Mismatch> {
        let output = match input {
            QueueInput::Enqueue(_) if end.value == Value::Bool(false) => QueueOutput::Full,
            QueueInput::Enqueue(_) if end.value == Value::Bool(true) => QueueOutput::Enqueued,
            QueueInput::Enqueue(value) => {
                repeats(end, value)?;
                QueueOutput::Enqueued
            }
            QueueInput::Dequeue => QueueOutput::Dequeued(taken(&end.value)),
        };
        Ok(Outcome::Returned(Some(output)))
    }

    fn request(&self, input: &QueueInput<Value>) -> Request {
        match input {
            QueueInput::Enqueue(value) => Request::new("enqueue", value.clone()),
            QueueInput::Dequeue => Request::new("dequeue", Value::Nil),
        }
    }

    fn result(&self, _: &QueueInput<Value>, output: &QueueOutput<Value>) -> Value {
        match output {
            QueueOutput::Enqueued | QueueOutput::Dequeued(None) => Value::Nil,
            QueueOutput::Full => Value::Bool(false),
            QueueOutput::Dequeued(Some(value)) => value.clone(),
        }
    }
}

/// What a removal took: nothing if it says `nil` or `empty`.
pub(super) fn taken(value: &Value) -> Option<Value> {
    match value {
        Value::Nil => None,
        Value::Word(word) | Value::Keyword(word) if **word == *"empty" => None,
        _ => Some(value.clone()),
    }
}
