//! `kv`: `get`, `put s`, `append s`, each with a key.

use super::{Interchange, Mismatch, Outcome, Request, repeats};
use crate::history::import::{Dialect, Event, NilRead, SpecKind, Value};
use crate::history::spec::{KeyValue, KeyValueInput, KeyValueOutput};

impl Interchange for KeyValue {
    fn kind(&self) -> Option<SpecKind> {
        Some(SpecKind::KeyValue)
    }

    fn input(&self, call: &Event) -> Result<KeyValueInput, Mismatch> {
        let key = || match &call.key {
            Some(Value::Text(key) | Value::Word(key) | Value::Keyword(key)) => Ok(key.to_string()),
            Some(Value::Integer(key)) => Ok(key.to_string()),
            _ => Err(Mismatch::key("a key: a string")),
        };
        let value = || match &call.value {
            Value::Text(text) => Ok(text.to_string()),
            _ => Err(Mismatch::value("a string")),
        };
        match &*call.function {
            "get" => Ok(KeyValueInput::Get(key()?)),
            "put" => Ok(KeyValueInput::Put(key()?, value()?)),
            "append" => Ok(KeyValueInput::Append(key()?, value()?)),
            _ => Err(Mismatch::function("`get`, `put` or `append`")),
        }
    }

    fn output(
        &self,
        input: &KeyValueInput,
        end: &Event,
        dialect: Dialect,
    ) -> Result<Outcome<KeyValueOutput>, Mismatch> {
        let output = match input {
            KeyValueInput::Get(_) => match &end.value {
                Value::Nil if dialect.nil_read == NilRead::Unknown => None,
                Value::Nil => Some(KeyValueOutput::Value(String::new())),
                Value::Text(text) => Some(KeyValueOutput::Value(text.to_string())),
                _ => return Err(Mismatch::value("a string")),
            },
            KeyValueInput::Put(_, value) | KeyValueInput::Append(_, value) => {
                repeats(end, &Value::from(value.as_str()))?;
                Some(KeyValueOutput::Done)
            }
        };
        Ok(Outcome::Returned(output))
    }

    fn request(&self, input: &KeyValueInput) -> Request {
        let (function, key, value) = match input {
            KeyValueInput::Get(key) => ("get", key, Value::Nil),
            KeyValueInput::Put(key, value) => ("put", key, Value::from(value.as_str())),
            KeyValueInput::Append(key, value) => ("append", key, Value::from(value.as_str())),
        };
        Request { function, key: Some(Value::from(key.as_str())), value }
    }

    fn result(&self, _: &KeyValueInput, output: &KeyValueOutput) -> Value {
        match output {
            KeyValueOutput::Value(value) => Value::from(value.as_str()),
            KeyValueOutput::Done => Value::Nil,
        }
    }
}
