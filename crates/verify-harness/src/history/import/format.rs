//! The formats, telling them apart, and reading a file in one of them.

use core::fmt;
use core::str::FromStr;

use super::source::Source;
use super::spec_kind::UnknownName;
use super::{Dialect, EventLog, ImportError, edn, jepsen, jsonl, violin};

/// A format of recorded histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `jepsen`: log lines, `INFO  jepsen.util - 3 :invoke :write 4`.
    Jepsen,
    /// `edn`: maps with `:process`, `:type`, `:f` and `:value`, as Jepsen and Knossos keep them.
    Edn,
    /// `violin`: calls and returns, `[3] call push(4)`.
    Violin,
    /// `jsonl`: JSON Lines, this project's [own format](super::jsonl).
    JsonLines,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Jepsen, Self::Edn, Self::Violin, Self::JsonLines];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jepsen => "jepsen",
            Self::Edn => "edn",
            Self::Violin => "violin",
            Self::JsonLines => "jsonl",
        }
    }

    /// Tells the format from the first line that is not blank.
    ///
    /// ```
    /// use verify_harness::history::import::Format;
    ///
    /// assert_eq!(Format::detect(b"INFO  jepsen.util - 0 :invoke :read nil"), Some(Format::Jepsen));
    /// assert_eq!(Format::detect(b"; a comment\n[{:process 0 :type :invoke}]"), Some(Format::Edn));
    /// assert_eq!(Format::detect(b"[1] call push(3)"), Some(Format::Violin));
    /// assert_eq!(Format::detect(b"{\"process\": 0}"), Some(Format::JsonLines));
    /// assert_eq!(Format::detect(b"hello"), None);
    /// ```
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let lines = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).split(|&byte| byte == b'\n');
        let line = lines.map(<[u8]>::trim_ascii).find(|line| !line.is_empty())?;
        let second = line[1..].trim_ascii_start().first();
        match line[0] {
            b'I' if line.starts_with(b"INFO") => Some(Self::Jepsen),
            b'{' if second == Some(&b'"') => Some(Self::JsonLines),
            b'[' if second.is_some_and(u8::is_ascii_digit) => Some(Self::Violin),
            b'#' if line.get(1).is_none_or(|&byte| byte.is_ascii_whitespace() || byte == b'@') => Some(Self::Violin),
            b'{' | b'[' | b'(' | b'#' | b';' => Some(Self::Edn),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == name);
        found.ok_or_else(|| UnknownName { expected: "jepsen, edn, violin or jsonl".to_owned(), found: name.to_owned() })
    }
}

/// Reads the events of the file `name`, whose content is `bytes`, in O(length); without a `format` it is told from the content.
///
/// ```
/// use verify_harness::history::import::{Kind, Process, Value, read};
///
/// let log = read("etcd.log", b"INFO  jepsen.util - 0 :invoke :write 4\nINFO  jepsen.util - 0 :ok :write 4\n", None)?;
/// assert_eq!(log.events().len(), 2);
/// assert_eq!(log.events()[0].kind, Kind::Invoke);
/// assert_eq!(log.events()[0].process, Process::Client(0));
/// assert_eq!(log.events()[0].value, Value::Integer(4));
/// # Ok::<(), verify_harness::history::import::ImportError>(())
/// ```
///
/// # Errors
///
/// [`ImportError`] says where the file is not what it should be, what it should be there, and what stands there instead. A file
/// without anything in it is an error too: a recording that was cut off must not pass.
pub fn read(name: &str, bytes: &[u8], format: Option<Format>) -> Result<EventLog, ImportError> {
    let mut source = Source::new(name, bytes)?;
    let Some(format) = format.or_else(|| Format::detect(bytes)) else {
        let blank = source.text.len() - source.text.trim_start().len();
        return Err(source.error(blank, "a Jepsen log, EDN, a call/return log or JSON lines"));
    };
    let (events, declared) = match format {
        Format::Jepsen => (jepsen::read(&mut source)?, None),
        Format::Edn => (edn::read(&mut source)?, None),
        Format::Violin => violin::read(&mut source)?,
        Format::JsonLines => jsonl::read(&mut source)?,
    };
    Ok(EventLog { name: name.to_owned(), format, declared, dialect: Dialect::of(format), events })
}
