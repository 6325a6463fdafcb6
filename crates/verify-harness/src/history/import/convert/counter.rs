//! `counter`: `add n`, `fetch-add n`, `read` (`get`), `increment` (`inc`), `decrement` (`dec`).

use super::{Interchange, Mismatch, Outcome, Request, no_key, repeats};
use crate::history::import::{Dialect, Event, NilRead, SpecKind, Value};
use crate::history::spec::{Counter, CounterInput, CounterOutput};

impl Interchange for Counter {
    fn kind(&self) -> Option<SpecKind> {
        Some(SpecKind::Counter)
    }

    fn input(&self, call: &Event) -> Result<CounterInput, Mismatch> {
        no_key(call)?;
        let number = || call.value.as_integer().ok_or_else(|| Mismatch::value("a whole number"));
        let one = || if call.value.is_nil() { Ok(1) } else { number() };
        match &*call.function {
            "add" => Ok(CounterInput::Add(number()?)),
            "increment" | "inc" => Ok(CounterInput::Add(one()?)),
            "decrement" | "dec" => Ok(CounterInput::Add(one()?.wrapping_neg())),
            "fetch-add" => Ok(CounterInput::FetchAdd(number()?)),
            "read" | "get" => Ok(CounterInput::Get),
            _ => Err(Mismatch::function("`add`, `fetch-add` or `read`")),
        }
    }

    fn output(&self, input: &CounterInput, end: &Event, dialect: Dialect) -> Result<Outcome<CounterOutput>, Mismatch> {
        let output = match (input, &end.value) {
            (CounterInput::Add(n), value) => {
                // A decrement repeats its argument, not what was added.
                if *n >= 0 || *value != Value::Integer(n.wrapping_neg()) {
                    repeats(end, &Value::Integer(*n))?;
                }
                Some(CounterOutput::Added)
            }
            (_, Value::Integer(value)) => Some(CounterOutput::Value(*value)),
            (CounterInput::Get, Value::Nil) if dialect.nil_read == NilRead::Unknown => None,
            _ => return Err(Mismatch::value("a whole number")),
        };
        Ok(Outcome::Returned(output))
    }

    fn request(&self, input: &CounterInput) -> Request {
        match input {
            CounterInput::Add(n) => Request::new("add", Value::Integer(*n)),
            CounterInput::FetchAdd(n) => Request::new("fetch-add", Value::Integer(*n)),
            CounterInput::Get => Request::new("read", Value::Nil),
        }
    }

    fn result(&self, _: &CounterInput, output: &CounterOutput) -> Value {
        match output {
            CounterOutput::Added => Value::Nil,
            CounterOutput::Value(value) => Value::Integer(*value),
        }
    }
}
