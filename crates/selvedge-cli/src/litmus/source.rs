//! Reading the files of tests.

use std::io::{self, Read as _};
use std::path::Path;

use memory_model::litmus::Litmus;
use memory_model::parse::ParseError;

/// Why a file has no verdict.
#[derive(Debug)]
pub enum Problem {
    /// It cannot be read.
    Unreadable { name: String, error: String },
    /// It is no litmus test.
    Malformed { name: String, error: Box<ParseError> },
    /// It is too large for the enumerator, or not valid.
    Undecided { name: String, error: String },
    /// What was found cannot be written.
    Unwritable { name: String, error: String },
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed { name, error } => write!(f, "{name}:{error}"),
            Self::Unreadable { name, error } | Self::Undecided { name, error } => write!(f, "{name}: {error}"),
            Self::Unwritable { name, error } => write!(f, "{name}: cannot be written: {error}"),
        }
    }
}

/// What a file is called in messages.
pub fn display_name(path: &Path) -> String {
    if is_stdin(path) { "<stdin>".to_owned() } else { path.display().to_string() }
}

/// Reads a test.
pub fn read(path: &Path) -> Result<Litmus, Problem> {
    let name = display_name(path);
    let content = if is_stdin(path) {
        let mut content = Vec::new();
        io::stdin().lock().read_to_end(&mut content).map(|_| content)
    } else {
        std::fs::read(path)
    };
    let content = content.map_err(|error| Problem::Unreadable { name: name.clone(), error: error.to_string() })?;
    let content = String::from_utf8(content)
        .map_err(|_| Problem::Unreadable { name: name.clone(), error: "this is no text in UTF-8".to_owned() })?;
    Litmus::parse(&content).map_err(|error| Problem::Malformed { name, error: Box::new(error) })
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
