//! Errors with their place in the source.

use std::fmt;

use crate::Ordering;
use crate::excerpt::Excerpt;

/// Why a litmus test cannot be read, and where.
///
/// `Display` shows the line with a caret under the culprit:
///
/// ```
/// use memory_model::litmus::Litmus;
///
/// let error = Litmus::parse("C test\n{}\nP0 (int* x) {\n  *x = 1\n}\n").unwrap_err();
/// assert_eq!((error.line, error.column), (5, 1));
/// assert_eq!(
///     error.to_string(),
///     "5:1: expected `;`, found `}`\n  |\n5 | }\n  | ^",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// The bytes of the source that are wrong; empty at its end.
    pub span: (usize, usize),
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    excerpt: Box<Excerpt>,
}

/// What is wrong with a litmus test.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Something else must stand here.
    Unexpected {
        /// What was found.
        found: String,
        /// What must stand here.
        expected: String,
    },
    /// A comment or string that does not end.
    Unterminated(&'static str),
    /// A number that does not fit into 64 bits.
    NumberTooLarge,
    /// A name that is neither a parameter nor a local variable here.
    UnknownName(String),
    /// A register that the thread does not declare.
    UnknownRegister {
        /// The thread.
        thread: usize,
        /// The register.
        name: String,
    },
    /// A thread that the test does not have.
    UnknownThread(usize),
    /// A function that is not known.
    UnknownFunction {
        /// Its name.
        name: String,
        /// A known function of a similar name.
        suggestion: Option<&'static str>,
    },
    /// A call with the wrong number of arguments.
    Arguments {
        /// The function.
        function: String,
        /// The number that it takes.
        expected: usize,
        /// The number that was given.
        found: usize,
    },
    /// A method that this has not.
    NoMethod {
        /// Its name.
        name: String,
        /// What was to be called: `an atomic`, `an UnsafeCell`, ...
        receiver: &'static str,
        /// A method of a similar name, or one that does what is wanted.
        suggestion: Option<&'static str>,
    },
    /// A variable that is assigned though it is not declared `mut`.
    Immutable(String),
    /// A `break`, `continue` or `return` inside an operand.
    Jump,
    /// Operands of which C leaves open which one comes first, though one of them writes.
    Unsequenced,
    /// A name that is declared already.
    Redeclared(String),
    /// An ordering that the operation cannot have.
    Ordering {
        /// The operation.
        operation: String,
        /// The ordering.
        ordering: Ordering,
    },
    /// Something that can be neither assigned nor pointed to.
    NotAPlace,
    /// An array with too few or too many elements, or an index outside of one.
    ArrayLength,
    /// Too many levels of nesting.
    TooDeep,
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found, expected } => write!(f, "expected {expected}, found {found}"),
            Self::Unterminated(what) => write!(f, "this {what} does not end"),
            Self::NumberTooLarge => f.write_str("this number does not fit into 64 bits"),
            Self::UnknownName(name) => write!(f, "`{name}` is neither a parameter nor a local variable here"),
            Self::UnknownRegister { thread, name } => write!(f, "P{thread} declares no variable `{name}`"),
            Self::UnknownThread(thread) => write!(f, "there is no thread P{thread}"),
            Self::UnknownFunction { name, suggestion: None } => write!(f, "the function `{name}` is not known"),
            Self::UnknownFunction { name, suggestion: Some(suggestion) } => {
                write!(f, "the function `{name}` is not known; did you mean `{suggestion}`?")
            }
            Self::Arguments { function, expected, found } => {
                write!(f, "`{function}` takes {expected} arguments, not {found}")
            }
            Self::NoMethod { name, receiver, suggestion: None } => write!(f, "{receiver} has no method `{name}`"),
            Self::NoMethod { name, receiver, suggestion: Some(suggestion) } => {
                write!(f, "{receiver} has no method `{name}`; did you mean `{suggestion}`?")
            }
            Self::Immutable(name) => write!(f, "`{name}` is assigned, but it is not declared `mut`"),
            Self::Jump => f.write_str(
                "`break`, `continue` and `return` may stand in statements, branches and the value of a `let`, not in operands",
            ),
            Self::Unsequenced => f.write_str(
                "C leaves open which of these operands comes first, and one of them writes: give it a statement of its own",
            ),
            Self::Redeclared(name) => write!(f, "`{name}` is declared already"),
            Self::Ordering { operation, ordering } => write!(f, "{operation} cannot be {ordering:?}"),
            Self::NotAPlace => f.write_str("this can be neither assigned nor pointed to"),
            Self::ArrayLength => write!(f, "an array has between 1 and {} elements", crate::litmus::Layout::MAX_ARRAY),
            Self::TooDeep => f.write_str("this is nested too deeply"),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, line, column, excerpt, .. } = self;
        writeln!(f, "{line}:{column}: {kind}")?;
        excerpt.fmt_below(f)
    }
}

impl std::error::Error for ParseError {}

impl ParseError {
    pub(super) fn new(kind: ParseErrorKind, span: (usize, usize), source: &str) -> Self {
        let excerpt = Excerpt::new(source, span.0, span.1);
        Self { kind, span, line: excerpt.line, column: excerpt.column, excerpt: Box::new(excerpt) }
    }
}
