//! Events: what every format is read into.

use core::fmt;

use super::{Dialect, Format, SpecKind, Value};

/// A place in a file; lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// A client: one operation at a time.
    Client(u64),
    /// Something else that the log speaks of, such as Jepsen's `:nemesis`, which breaks the network; its events say nothing about
    /// the structure and are passed over.
    Other(Box<str>),
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(number) => write!(f, "{number}"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// What happened to the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It was called.
    Invoke,
    /// It returned.
    Ok,
    /// It returned, and is known not to have taken effect.
    Fail,
    /// It returned, so it took effect, but what it returned is not known.
    Unknown,
    /// Nobody knows: it may take effect at any time from its call on, or never. Its process does nothing more.
    Info,
}

impl Kind {
    /// The word for it in all formats that have one: `invoke`, `ok`, `fail`, `unknown`, `info`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Info => "info",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::Invoke, Self::Ok, Self::Fail, Self::Unknown, Self::Info].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One event: an operation is called, or an open one ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who.
    pub process: Process,
    /// What happened.
    pub kind: Kind,
    /// Which operation, such as `read`; empty where the format does not repeat it at the return.
    pub function: Box<str>,
    /// The key, where events have one.
    pub key: Option<Value>,
    /// The argument at a call, the result at a return; [`Value::Nil`] where there is none.
    pub value: Value,
    /// Where the event begins.
    pub position: Position,
    /// Where its function stands.
    pub function_position: Position,
    /// Where its value stands.
    pub value_position: Position,
}

/// The events of one file, in time order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLog {
    pub(super) name: String,
    pub(super) format: Format,
    pub(super) declared: Option<SpecKind>,
    pub(super) dialect: Dialect,
    pub(super) events: Vec<Event>,
}

impl EventLog {
    /// The name of the file, as error messages give it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The format the file was read as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The specification the file says it is a history of, if it says so.
    #[must_use]
    pub fn declared(&self) -> Option<SpecKind> {
        self.declared
    }

    /// The events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How the events are understood where logs disagree.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The same events, understood as `dialect` says.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }
}
