//! Types, as far as they decide what may be done with a variable.

use super::parser::Parser;
use crate::litmus::Layout;
use crate::parse::cursor::Parsed;
use crate::parse::error::ParseErrorKind;
use crate::parse::lexer::Token;

/// What lies in memory behind a reference or a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Not declared: everything may be done with it.
    Any,
    /// An atomic, of `bool` or of integers and pointers.
    Atomic { is_bool: bool },
    /// An `UnsafeCell`.
    Cell { is_bool: bool },
    /// What `*const T` and `*mut T` point to.
    Plain { is_bool: bool },
}

/// A declared type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Int,
    Bool,
    /// A place in memory: `AtomicI32`, `[AtomicI32; 2]`.
    Memory {
        kind: Kind,
        length: Option<usize>,
    },
    /// A reference or pointer to such a place.
    Pointer(Kind),
}

impl Kind {
    /// Whether the values are of type `bool`.
    pub(super) fn is_bool(self) -> bool {
        match self {
            Self::Any => false,
            Self::Atomic { is_bool } | Self::Cell { is_bool } | Self::Plain { is_bool } => is_bool,
        }
    }

    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Any => "this",
            Self::Atomic { .. } => "an atomic",
            Self::Cell { .. } => "an `UnsafeCell`",
            Self::Plain { .. } => "a pointer",
        }
    }
}

const INTEGERS: [&str; 12] = ["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];

const ATOMICS: [&str; 12] = [
    "AtomicI8",
    "AtomicI16",
    "AtomicI32",
    "AtomicI64",
    "AtomicIsize",
    "AtomicU8",
    "AtomicU16",
    "AtomicU32",
    "AtomicU64",
    "AtomicUsize",
    "AtomicPtr",
    "AtomicBool",
];

impl Parser<'_, '_> {
    /// `i32`, `AtomicBool`, `&UnsafeCell<i32>`, `*mut i32`, `&[AtomicI32; 2]`
    pub(super) fn type_(&mut self) -> Parsed<Type> {
        self.cursor.enter()?;
        let result = self.type_here();
        self.cursor.leave();
        result
    }

    fn type_here(&mut self) -> Parsed<Type> {
        if self.cursor.take("&&")? || self.cursor.take("&")? {
            if self.cursor.take("'")? {
                self.cursor.name("the name of a lifetime")?;
            }
            self.cursor.take_name("mut")?;
            return Ok(Type::Pointer(match self.type_()? {
                Type::Memory { kind, .. } | Type::Pointer(kind) => kind,
                plain => Kind::Plain { is_bool: plain == Type::Bool },
            }));
        }
        if self.cursor.take("*")? {
            if !self.cursor.take_name("const")? && !self.cursor.take_name("mut")? {
                return Err(self.cursor.unexpected("`const` or `mut`"));
            }
            return Ok(Type::Pointer(match self.type_()? {
                Type::Memory { kind, .. } => kind,
                plain => Kind::Plain { is_bool: plain == Type::Bool },
            }));
        }
        if self.cursor.take("[")? {
            let element = self.type_()?;
            let mut length = None;
            if self.cursor.take(";")? {
                let span = self.cursor.span;
                let Token::Number(value) = self.cursor.token else {
                    return Err(self.cursor.unexpected("the length of an array"));
                };
                self.cursor.advance()?;
                let fits = usize::try_from(value).ok().filter(|length| (1..=Layout::MAX_ARRAY).contains(length));
                length = Some(fits.ok_or_else(|| self.cursor.error(ParseErrorKind::ArrayLength, span))?);
            }
            self.cursor.expect("]")?;
            let kind = match element {
                Type::Memory { kind, length: None } => kind,
                other => Kind::Plain { is_bool: other == Type::Bool },
            };
            return Ok(Type::Memory { kind, length });
        }
        if self.cursor.take("(")? {
            self.cursor.expect(")")?;
            return Ok(Type::Int);
        }
        let expected = "a type, such as `i32`, `&AtomicI32` or `&UnsafeCell<i32>`";
        let span = self.cursor.span;
        let path = self.path(expected)?;
        let name = path.last().map_or("", String::as_str);
        let argument = self.generics()?;
        match name {
            "bool" => Ok(Type::Bool),
            "_" => Ok(Type::Int),
            "UnsafeCell" | "SyncUnsafeCell" => {
                Ok(Type::Memory { kind: Kind::Cell { is_bool: argument.as_deref() == Some("bool") }, length: None })
            }
            _ if INTEGERS.contains(&name) => Ok(Type::Int),
            _ if ATOMICS.contains(&name) => {
                Ok(Type::Memory { kind: Kind::Atomic { is_bool: name == "AtomicBool" }, length: None })
            }
            _ => {
                let (found, expected) = (format!("`{name}`"), expected.to_owned());
                Err(self.cursor.error(ParseErrorKind::Unexpected { found, expected }, span))
            }
        }
    }

    /// `<...>`, if it stands here; the name with which it starts.
    pub(super) fn generics(&mut self) -> Parsed<Option<String>> {
        let mut first = None;
        let mut depth = 0_usize;
        loop {
            match &self.cursor.token {
                Token::Symbol("<") => depth += 1,
                Token::Symbol(">") if depth > 0 => depth -= 1,
                Token::Symbol(">>") if depth > 1 => depth -= 2,
                _ if depth == 0 => return Ok(first),
                Token::End => return Err(self.cursor.unexpected("`>`")),
                Token::Name(name) if first.is_none() => first = Some(name.clone()),
                _ => {}
            }
            self.cursor.advance()?;
            if depth == 0 {
                return Ok(first);
            }
        }
    }
}
