//! `mutex`: `acquire` (`lock`), `release` (`unlock`), `try-acquire` (`try-lock`).

use super::{Interchange, Mismatch, Outcome, Request, no_key, no_value};
use crate::history::import::{Dialect, Event, SpecKind, Value};
use crate::history::spec::{Mutex, MutexInput, MutexOutput};

impl Interchange for Mutex {
    fn kind(&self) -> Option<SpecKind> {
        Some(SpecKind::Mutex)
    }

    fn input(&self, call: &Event) -> Result<MutexInput, Mismatch> {
        no_key(call)?;
        let input = match &*call.function {
            "acquire" | "lock" => MutexInput::Lock,
            "release" | "unlock" => MutexInput::Unlock,
            "try-acquire" | "try-lock" => MutexInput::TryLock,
            _ => return Err(Mismatch::function("`acquire`, `release` or `try-acquire`")),
        };
        no_value(call).map(|()| input)
    }

    fn output(&self, input: &MutexInput, end: &Event, _: Dialect) -> Result<Outcome<MutexOutput>, Mismatch> {
        let output = match (input, &end.value) {
            (MutexInput::Lock | MutexInput::Unlock, Value::Nil) => MutexOutput::Done,
            (MutexInput::TryLock, Value::Bool(taken)) => MutexOutput::Tried(*taken),
            (MutexInput::TryLock, _) => return Err(Mismatch::value("whether the lock was taken: true or false")),
            _ => return Err(Mismatch::value("no value")),
        };
        Ok(Outcome::Returned(Some(output)))
    }

    fn request(&self, input: &MutexInput) -> Request {
        let function = match input {
            MutexInput::Lock => "acquire",
            MutexInput::Unlock => "release",
            MutexInput::TryLock => "try-acquire",
        };
        Request::new(function, Value::Nil)
    }

    fn result(&self, _: &MutexInput, output: &MutexOutput) -> Value {
        match output {
            MutexOutput::Done => Value::Nil,
            MutexOutput::Tried(taken) => Value::Bool(*taken),
        }
    }
}
