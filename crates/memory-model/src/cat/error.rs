//! Errors in models, with their place in the source.

use std::fmt;

use super::syntax::{SourceFile, Span};
use crate::excerpt::Excerpt;

/// Why a model cannot be read or evaluated, and where.
///
/// `Display` shows the line with a caret under the culprit:
///
/// ```
/// use memory_model::cat::CatModel;
///
/// let error = CatModel::parse("mine", "let hb = po |").unwrap_err();
/// assert_eq!((error.line, error.column), (1, 14));
/// assert_eq!(
///     error.to_string(),
///     "mine:1:14: expected an expression, found the end of the file\n  |\n1 | let hb = po |\n  |              ^",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CatError {
    /// What is wrong.
    pub kind: CatErrorKind,
    /// The name of the file.
    pub file: String,
    /// The bytes of the file that are wrong; empty at its end.
    pub span: (usize, usize),
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    excerpt: Box<Excerpt>,
}

/// What is wrong with a model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CatErrorKind {
    /// Something else must stand here.
    Unexpected {
        /// What was found.
        found: String,
        /// What must stand here.
        expected: String,
    },
    /// A comment or string that does not end.
    Unterminated(&'static str),
    /// Too many levels of nesting, of calls or of files.
    TooDeep,
    /// A file that nobody has.
    UnknownFile(String),
    /// A name that is bound neither by the model nor by the language.
    Unbound {
        /// The name.
        name: String,
        /// A bound name that is similar.
        suggestion: Option<String>,
    },
    /// A value of another type than the operation takes.
    Type {
        /// What the operation takes.
        expected: String,
        /// What it was given.
        found: String,
    },
    /// A `match` without a clause for the value.
    NoClause(String),
    /// `fail` was called, and no `try` caught it.
    Failed,
    /// A recursive definition that does not reach a fixed point: it is not monotone.
    NoFixedPoint,
    /// An assertion of the model that does not hold.
    Assertion(String),
    /// A generator with more orders than can be enumerated, or a computation that does not end.
    TooLarge,
    /// Something that makes no sense at this place.
    Misplaced(&'static str),
    /// A primitive that has no meaning for the executions of this crate.
    Unsupported(String),
}

impl fmt::Display for CatErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found, expected } => write!(f, "expected {expected}, found {found}"),
            Self::Unterminated(what) => write!(f, "this {what} does not end"),
            Self::TooDeep => f.write_str("this is nested too deeply"),
            Self::UnknownFile(name) => write!(f, "there is no file `{name}`"),
            Self::Unbound { name, suggestion: None } => write!(f, "the name `{name}` is not bound"),
            Self::Unbound { name, suggestion: Some(suggestion) } => {
                write!(f, "the name `{name}` is not bound; did you mean `{suggestion}`?")
            }
            Self::Type { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::NoClause(value) => write!(f, "no clause for {value}"),
            Self::Failed => f.write_str("the model fails here"),
            Self::NoFixedPoint => f.write_str("this recursive definition has no least fixed point"),
            Self::Assertion(name) => write!(f, "the assertion `{name}` does not hold"),
            Self::TooLarge => f.write_str("this is too large to be computed"),
            Self::Misplaced(what) => write!(f, "{what} cannot stand here"),
            Self::Unsupported(what) => write!(f, "`{what}` has no meaning for C and Rust executions"),
        }
    }
}

impl fmt::Display for CatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, file, line, column, excerpt, .. } = self;
        writeln!(f, "{file}:{line}:{column}: {kind}")?;
        excerpt.fmt_below(f)
    }
}

impl std::error::Error for CatError {}

/// An error before its place is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: CatErrorKind,
    pub(super) span: Span,
}

impl Fault {
    pub(super) fn new(kind: CatErrorKind, span: Span) -> Self {
        Self { kind, span }
    }

    pub(super) fn unexpected(found: impl Into<String>, expected: impl Into<String>, span: Span) -> Self {
        Self::new(CatErrorKind::Unexpected { found: found.into(), expected: expected.into() }, span)
    }

    pub(super) fn locate(self, files: &[SourceFile]) -> CatError {
        let Self { kind, span } = self;
        let (name, source) = files.get(span.file).map_or(("?", ""), |file| (&*file.name, &*file.text));
        let excerpt = Excerpt::new(source, span.start, span.end);
        CatError {
            kind,
            file: name.to_owned(),
            span: (span.start, span.end),
            line: excerpt.line,
            column: excerpt.column,
            excerpt: Box::new(excerpt),
        }
    }
}
