//! `cas-register`: `read`, `write v`, `cas [old new]`.

use super::{Interchange, Mismatch, Outcome, Request, no_key, repeats};
use crate::history::import::{Dialect, Event, FailedCas, NilRead, SpecKind, Value};
use crate::history::spec::{Register, RegisterInput, RegisterOutput};

impl Interchange for Register<Value> {
    fn kind(&self) -> Option<SpecKind> {
        Some(SpecKind::CasRegister)
    }

    fn input(&self, call: &Event) -> Result<RegisterInput<Value>, Mismatch> {
        no_key(call)?;
        match &*call.function {
            // Some logs put the result of a read into its call as well; the end is what counts.
            "read" => Ok(RegisterInput::Read),
            "write" => Ok(RegisterInput::Write(call.value.clone())),
            "cas" => match call.value.as_list() {
                Some([expected, new]) => {
                    Ok(RegisterInput::CompareAndSwap { expected: expected.clone(), new: new.clone() })
                }
                _ => Err(Mismatch::value("the old and the new value, such as [1 2]")),
            },
            _ => Err(Mismatch::function("`read`, `write` or `cas`")),
        }
    }

    fn output(
        &self,
        input: &RegisterInput<Value>,
        end: &Event,
        dialect: Dialect,
    ) -> Result<Outcome<RegisterOutput<Value>>, Mismatch> {
        let output = match input {
            RegisterInput::Read if end.value.is_nil() && dialect.nil_read == NilRead::Unknown => None,
            RegisterInput::Read => Some(RegisterOutput::Value(end.value.clone())),
            RegisterInput::Write(value) => {
                repeats(end, value)?;
                Some(RegisterOutput::Written)
            }
            RegisterInput::CompareAndSwap { expected, new } => Some(RegisterOutput::Swapped(match &end.value {
                Value::Nil => true,
                Value::Bool(swapped) => *swapped,
                Value::List(values) if **values == [expected.clone(), new.clone()] => true,
                _ => return Err(Mismatch::value(format!("no value, true, false, or [{expected} {new}] again"))),
            })),
        };
        Ok(Outcome::Returned(output))
    }

    fn failure(&self, input: &RegisterInput<Value>, end: &Event, dialect: Dialect) -> Outcome<RegisterOutput<Value>> {
        match input {
            RegisterInput::CompareAndSwap { expected, new }
                if dialect.failed_cas == FailedCas::Different
                    && end.value.as_list() == Some(&[expected.clone(), new.clone()]) =>
            {
                Outcome::Returned(Some(RegisterOutput::Swapped(false)))
            }
            _ => Outcome::Never,
        }
    }

    fn request(&self, input: &RegisterInput<Value>) -> Request {
        match input {
            RegisterInput::Read => Request::new("read", Value::Nil),
            RegisterInput::Write(value) => Request::new("write", value.clone()),
            RegisterInput::CompareAndSwap { expected, new } => {
                Request::new("cas", Value::from(vec![expected.clone(), new.clone()]))
            }
        }
    }

    fn result(&self, _: &RegisterInput<Value>, output: &RegisterOutput<Value>) -> Value {
        match output {
            RegisterOutput::Value(value) => value.clone(),
            RegisterOutput::Written => Value::Nil,
            RegisterOutput::Swapped(swapped) => Value::Bool(*swapped),
        }
    }
}
