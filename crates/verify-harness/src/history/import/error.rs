//! What is wrong with a file.

use core::fmt;

use super::Position;

/// A file is not a history in the given format, or not one of the given structure.
///
/// ```
/// use verify_harness::history::import::{Format, read};
///
/// let error = read("queue.log", b"[1] call enq(5)\n[1] retrun\n", Some(Format::Violin)).unwrap_err();
/// assert_eq!((error.position().line, error.position().column), (2, 5));
/// assert_eq!(error.to_string(), "queue.log:2:5: expected `call` or `return`, found `retrun`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    inner: Box<Inner>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    file: String,
    position: Position,
    expected: String,
    found: String,
}

impl ImportError {
    pub(super) fn new(file: &str, position: Position, expected: impl Into<String>, found: impl Into<String>) -> Self {
        let (file, expected, found) = (file.to_owned(), one_line(&expected.into()), one_line(&found.into()));
        Self { inner: Box::new(Inner { file, position, expected, found }) }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.inner.file
    }

    /// The place in it.
    #[must_use]
    pub fn position(&self) -> Position {
        self.inner.position
    }

    /// What would have been right there.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.inner.expected
    }

    /// What stands there.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.inner.found
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { file, position, expected, found } = &*self.inner;
        write!(f, "{file}:{position}: expected {expected}, found {found}")
    }
}

impl core::error::Error for ImportError {}

/// Messages quote the file, which may hold anything: they stay on one line, and within bounds.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut line = String::with_capacity(text.len().min(LONGEST));
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST {
            line.push('…');
            break;
        }
        if character.is_control() { line.extend(character.escape_default()) } else { line.push(character) }
    }
    line
}
