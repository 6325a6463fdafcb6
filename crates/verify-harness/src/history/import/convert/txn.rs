//! `multi-register`: `txn [[:read k v] [:write k v] …]`.

use super::{Interchange, Mismatch, Outcome, Request, no_key};
use crate::history::import::{Access, Dialect, Event, MultiRegister, NilRead, SpecKind, Value};

const EXPECTED: &str = "reads and writes, such as [[:read :x nil] [:write :y 1]]";

impl Interchange for MultiRegister {
    fn kind(&self) -> Option<SpecKind> {
        Some(SpecKind::MultiRegister)
    }

    fn input(&self, call: &Event) -> Result<Vec<Access>, Mismatch> {
        no_key(call)?;
        if &*call.function != "txn" {
            return Err(Mismatch::function("`txn`"));
        }
        accesses(&call.value).map(|accesses| accesses.into_iter().map(|(access, _)| access).collect())
    }

    fn output(
        &self,
        input: &Vec<Access>,
        end: &Event,
        dialect: Dialect,
    ) -> Result<Outcome<Vec<Option<Value>>>, Mismatch> {
        let accesses = accesses(&end.value)?;
        if !accesses.iter().map(|(access, _)| access).eq(input) {
            return Err(Mismatch::value("the same reads and writes as in the call"));
        }
        let known = |value: Option<Value>| value.filter(|value| !value.is_nil() || dialect.nil_read == NilRead::Absent);
        let reads = accesses.into_iter().filter_map(|(access, value)| match access {
            Access::Read(_) => Some(known(value)),
            Access::Write(..) => None,
        });
        Ok(Outcome::Returned(Some(reads.collect())))
    }

    fn request(&self, input: &Vec<Access>) -> Request {
        Request::new("txn", rows(input, &mut std::iter::repeat(None)))
    }

    fn result(&self, input: &Vec<Access>, output: &Vec<Option<Value>>) -> Value {
        rows(input, &mut output.iter().cloned())
    }
}

/// One row an access; a read whose value is not known has no third column.
fn rows(accesses: &[Access], reads: &mut dyn Iterator<Item = Option<Value>>) -> Value {
    let row = |access: &Access| match access {
        Access::Read(key) => {
            let read = reads.next().flatten();
            Value::List([Value::from("read"), key.clone()].into_iter().chain(read).collect())
        }
        Access::Write(key, value) => Value::from(vec![Value::from("write"), key.clone(), value.clone()]),
    };
    Value::List(accesses.iter().map(row).collect())
}

/// Each access with the value that stands in its row.
fn accesses(value: &Value) -> Result<Vec<(Access, Option<Value>)>, Mismatch> {
    let mismatch = || Mismatch::value(EXPECTED);
    let access = |row: &Value| {
        let row = row.as_list().ok_or_else(mismatch)?;
        match (row.first().and_then(Value::as_text), &row[1.min(row.len())..]) {
            (Some("read" | "r"), [key]) => Ok((Access::Read(key.clone()), None)),
            (Some("read" | "r"), [key, value]) => Ok((Access::Read(key.clone()), Some(value.clone()))),
            (Some("write" | "w"), [key, value]) => Ok((Access::Write(key.clone(), value.clone()), None)),
            _ => Err(mismatch()),
        }
    };
    value.as_list().ok_or_else(mismatch)?.iter().map(access).collect()
}
