//! `stack`: `push v` (`add`), `pop` (`remove`).

use super::queue::taken;
use super::{Interchange, Mismatch, Outcome, Request, no_key, no_value, repeats, some_value};
use crate::history::import::{Dialect, Event, SpecKind, Value};
use crate::history::spec::{Stack, StackInput, StackOutput};

impl Interchange for Stack<Value> {
    fn kind(&self) -> Option<SpecKind> {
        Some(SpecKind::Stack)
    }

    fn input(&self, call: &Event) -> Result<StackInput<Value>, Mismatch> {
        no_key(call)?;
        match &*call.function {
            "push" | "add" => Ok(StackInput::Push(some_value(call)?)),
            "pop" | "remove" => no_value(call).map(|()| StackInput::Pop),
            _ => Err(Mismatch::function("`push` or `pop`")),
        }
    }

    fn output(
        &self,
        input: &StackInput<Value>,
        end: &Event,
        _: Dialect,
    ) -> Result<Outcome<StackOutput<Value>>, Mismatch> {
        let output = match input {
            StackInput::Push(_) if end.value == Value::Bool(true) => StackOutput::Pushed,
            StackInput::Push(value) => {
                repeats(end, value)?;
                StackOutput::Pushed
            }
            StackInput::Pop => StackOutput::Popped(taken(&end.value)),
        };
        Ok(Outcome::Returned(Some(output)))
    }

    fn request(&self, input: &StackInput<Value>) -> Request {
        match input {
            StackInput::Push(value) => Request::new("push", value.clone()),
            StackInput::Pop => Request::new("pop", Value::Nil),
        }
    }

    fn result(&self, _: &StackInput<Value>, output: &StackOutput<Value>) -> Value {
        match output {
            StackOutput::Pushed | StackOutput::Popped(None) => Value::Nil,
            StackOutput::Popped(Some(value)) => value.clone(),
        }
    }
}
