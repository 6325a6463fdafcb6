//! From events to typed histories, and back: what each specification's operations are called in files.

mod counter;
mod key_value;
mod mutex;
mod pair;
mod queue;
mod register;
mod stack;
mod txn;

use super::{Dialect, Event, SpecKind, Value};
use crate::history::Specification;

pub use pair::{Imported, OperationPosition};

/// A specification whose histories can be read from files and written to them.
///
/// Implemented for the [specifications](crate::history::spec) that files name; implement it for your own to read and write
/// histories of your own structures.
///
/// ```
/// use verify_harness::history::import::{Dialect, Event, Interchange, Mismatch, Outcome, Request, SpecKind, Value, read};
/// use verify_harness::history::Specification;
///
/// /// A flag that can be raised once; `raise` answers whether this call raised it.
/// #[derive(Debug)]
/// struct Flag;
/// # impl Specification for Flag {
/// #     type State = bool;
/// #     type Input = ();
/// #     type Output = bool;
/// #     type Key = ();
/// #     fn initial(&self) -> bool { false }
/// #     fn step(&self, raised: &bool, _: &(), output: Option<&bool>) -> Option<bool> {
/// #         output.is_none_or(|&first| first != *raised).then_some(true)
/// #     }
/// # }
///
/// impl Interchange for Flag {
///     fn kind(&self) -> Option<SpecKind> {
///         None
///     }
///     fn input(&self, call: &Event) -> Result<(), Mismatch> {
///         if &*call.function == "raise" { Ok(()) } else { Err(Mismatch::function("`raise`")) }
///     }
///     fn output(&self, _: &(), end: &Event, _: Dialect) -> Result<Outcome<bool>, Mismatch> {
///         match end.value {
///             Value::Bool(first) => Ok(Outcome::Returned(Some(first))),
///             _ => Err(Mismatch::value("true or false")),
///         }
///     }
///     fn request(&self, _: &()) -> Request {
///         Request { function: "raise", key: None, value: Value::Nil }
///     }
///     fn result(&self, _: &(), output: &bool) -> Value {
///         Value::Bool(*output)
///     }
/// }
///
/// let log = read("flag.edn", b"{:process 0 :type :invoke :f :raise} {:process 0 :type :ok :value true}", None)?;
/// assert_eq!(log.history(&Flag)?.history.operations()[0].output, Some(true));
/// # Ok::<(), verify_harness::history::import::ImportError>(())
/// ```
pub trait Interchange: Specification {
    /// The name of the specification in files, if it has one.
    fn kind(&self) -> Option<SpecKind>;

    /// The operation that `call`, a [`Kind::Invoke`](super::Kind::Invoke), asks for.
    ///
    /// # Errors
    ///
    /// The event does not name an operation of this specification, or its value or key does not suit it.
    fn input(&self, call: &Event) -> Result<Self::Input, Mismatch>;

    /// What `end`, a [`Kind::Ok`](super::Kind::Ok), says about the operation `input`.
    ///
    /// # Errors
    ///
    /// The value is none that the operation could return.
    fn output(&self, input: &Self::Input, end: &Event, dialect: Dialect) -> Result<Outcome<Self::Output>, Mismatch>;

    /// What a [`Kind::Fail`](super::Kind::Fail) says about the operation `input`: that it did not take effect, if nothing else.
    fn failure(&self, input: &Self::Input, end: &Event, dialect: Dialect) -> Outcome<Self::Output> {
        let _ = (input, end, dialect);
        Outcome::Never
    }

    /// The event that calls `input`; the inverse of [`input`](Self::input).
    fn request(&self, input: &Self::Input) -> Request;

    /// The value of the event that returns `output`; the inverse of [`output`](Self::output).
    fn result(&self, input: &Self::Input, output: &Self::Output) -> Value;
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<O> {
    /// It returned; `None` if what it returned is not known.
    Returned(Option<O>),
    /// It did not take effect.
    Never,
}

/// What a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The name of the operation.
    pub function: &'static str,
    /// The key it is about, if it has one.
    pub key: Option<Value>,
    /// Its argument; [`Value::Nil`] if it has none.
    pub value: Value,
}

impl Request {
    fn new(function: &'static str, value: Value) -> Self {
        Self { function, key: None, value }
    }
}

/// Why an event is none of a specification; the reader adds where that is and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub(super) part: Part,
    pub(super) expected: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Function,
    Key,
    Value,
}

impl Mismatch {
    /// The event should name one of the operations `expected`.
    #[must_use]
    pub fn function(expected: impl Into<String>) -> Self {
        Self { part: Part::Function, expected: expected.into() }
    }

    /// The event's key should be `expected`.
    #[must_use]
    pub fn key(expected: impl Into<String>) -> Self {
        Self { part: Part::Key, expected: expected.into() }
    }

    /// The event's value should be `expected`.
    #[must_use]
    pub fn value(expected: impl Into<String>) -> Self {
        Self { part: Part::Value, expected: expected.into() }
    }
}

/// Fails if the event has a key.
fn no_key(event: &Event) -> Result<(), Mismatch> {
    if event.key.is_none() { Ok(()) } else { Err(Mismatch::key("no key for this specification")) }
}

/// Fails if the event has a value.
fn no_value(event: &Event) -> Result<(), Mismatch> {
    if event.value.is_nil() { Ok(()) } else { Err(Mismatch::value("no value")) }
}

/// The value of the event, which must be there.
fn some_value(event: &Event) -> Result<Value, Mismatch> {
    if event.value.is_nil() { Err(Mismatch::value("a value")) } else { Ok(event.value.clone()) }
}

/// The end of an operation without a result: its value is left out, or repeats the argument.
fn repeats(end: &Event, argument: &Value) -> Result<(), Mismatch> {
    if end.value.is_nil() || end.value == *argument {
        Ok(())
    } else {
        Err(Mismatch::value(format!("no value, or {argument} again")))
    }
}
