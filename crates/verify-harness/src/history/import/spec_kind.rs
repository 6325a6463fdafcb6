//! The specifications that files and command lines name.

use core::fmt;
use core::str::FromStr;

/// One of the specifications that a recorded history can be judged by.
///
/// ```
/// use verify_harness::history::import::SpecKind;
///
/// assert_eq!("cas-register".parse(), Ok(SpecKind::CasRegister));
/// assert_eq!(SpecKind::KeyValue.to_string(), "kv");
/// assert_eq!("heap".parse::<SpecKind>().unwrap_err().to_string(),
///     "expected cas-register, kv, queue, stack, mutex, counter or multi-register, found `heap`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpecKind {
    /// `cas-register`: read, write, compare and swap; starts as nil.
    CasRegister,
    /// `kv`: get, put, append on strings; every key starts as the empty string.
    KeyValue,
    /// `queue`: enqueue, dequeue.
    Queue,
    /// `stack`: push, pop.
    Stack,
    /// `mutex`: acquire, release, try-acquire; starts free.
    Mutex,
    /// `counter`: add, fetch-add, read; starts as 0.
    Counter,
    /// `multi-register`: transactions of reads and writes; every register starts as 0.
    MultiRegister,
}

impl SpecKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::CasRegister, Self::KeyValue, Self::Queue, Self::Stack, Self::Mutex, Self::Counter, Self::MultiRegister];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CasRegister => "cas-register",
            Self::KeyValue => "kv",
            Self::Queue => "queue",
            Self::Stack => "stack",
            Self::Mutex => "mutex",
            Self::Counter => "counter",
            Self::MultiRegister => "multi-register",
        }
    }

    /// All names, for messages.
    pub(super) fn list() -> String {
        let names = Self::ALL.map(Self::as_str);
        match names.split_last() {
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        }
    }
}

impl fmt::Display for SpecKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SpecKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| UnknownName { expected: Self::list(), found: name.to_owned() })
    }
}

/// A name that is none of those it could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    pub(super) expected: String,
    pub(super) found: String,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found `{}`", self.expected, self.found.escape_debug())
    }
}

impl core::error::Error for UnknownName {}
