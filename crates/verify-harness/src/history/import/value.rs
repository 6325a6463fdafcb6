//! Values as recorded histories hold them.

use core::fmt;

/// A value of an event: an argument, a result, or a key.
///
/// `Debug` and `Display` both print the value as EDN would, so that counterexamples stay readable.
///
/// ```
/// use verify_harness::history::import::Value;
///
/// let value = Value::from(vec![Value::from(1), Value::Nil, Value::from("a \"b\"")]);
/// assert_eq!(value.to_string(), r#"[1 nil "a \"b\""]"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Value {
    /// Nothing: EDN's `nil`, JSON's `null`.
    #[default]
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits.
    Integer(i64),
    /// Any other number, as it was written.
    Number(Box<str>),
    /// A bare word: an EDN symbol or character, a value of a call/return log.
    Word(Box<str>),
    /// An EDN keyword, without its colon.
    Keyword(Box<str>),
    /// A string.
    Text(Box<str>),
    /// A vector or list, in order.
    List(Box<[Value]>),
    /// A set, sorted, without duplicates.
    Set(Box<[Value]>),
    /// A map, sorted by key.
    Map(Box<[(Value, Value)]>),
}

impl Value {
    /// Whether this is [`Value::Nil`].
    #[must_use]
    pub fn is_nil(&self) -> bool {
        *self == Self::Nil
    }

    /// The whole number, if this is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// The characters of a string, word or keyword.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) | Self::Word(text) | Self::Keyword(text) = self { Some(text) } else { None }
    }

    /// The elements of a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(values) = self { Some(values) } else { None }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<Vec<Self>> for Value {
    fn from(values: Vec<Self>) -> Self {
        Self::List(values.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nil, Into::into)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(text) | Self::Word(text) => f.write_str(text),
            Self::Keyword(text) => write!(f, ":{text}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(values) => sequence(f, "[", values, "]"),
            Self::Set(values) => sequence(f, "#{", values, "}"),
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key} {value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn sequence(f: &mut fmt::Formatter<'_>, open: &str, values: &[Value], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (index, value) in values.iter().enumerate() {
        write!(f, "{}{value}", if index == 0 { "" } else { " " })?;
    }
    f.write_str(close)
}
