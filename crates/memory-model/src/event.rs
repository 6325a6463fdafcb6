//! Events: the accesses and fences of which an execution consists.

use std::fmt;

use crate::Ordering;

/// A value held by a register or a memory location.
///
/// Arithmetic wraps. Addresses of locations are values too; see [`Layout`](crate::litmus::Layout).
pub type Value = i64;

/// An index into the events of an execution.
pub type EventId = usize;

/// A memory location, by its index in the [`Layout`](crate::litmus::Layout) of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location(pub usize);

/// What an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Reads a location.
    Read,
    /// Writes a location.
    Write,
    /// Orders its surroundings.
    Fence,
}

/// One event of an execution.
///
/// A successful read-modify-write is, as in the literature on axiomatic models, *two* events: a read and the write immediately
/// after it in program order, related by [`rmw`](crate::Execution::rmw). That is why [`Kind`] has no fourth variant; ask
/// [`is_rmw`](Self::is_rmw). A failed compare-exchange is a read alone.
#[doc(alias = "Operation")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// The thread, or `None` for the initial write of a location.
    pub thread: Option<usize>,
    /// The position in program order among the events of the thread, from 0.
    pub index: usize,
    /// Read, write or fence.
    pub kind: Kind,
    /// The location accessed; `None` for fences.
    pub location: Option<Location>,
    /// The value read or written; 0 for fences.
    pub value: Value,
    /// The ordering. The halves of a read-modify-write bear [`Ordering::read_part`] and [`Ordering::write_part`] of its
    /// ordering.
    pub ordering: Ordering,
    /// Whether the event is one half of a successful read-modify-write.
    pub is_rmw: bool,
}

impl Event {
    /// The initial write of `value` to `location`.
    #[must_use]
    pub fn initial(location: Location, value: Value) -> Self {
        Self {
            thread: None,
            index: 0,
            kind: Kind::Write,
            location: Some(location),
            value,
            ordering: Ordering::NonAtomic,
            is_rmw: false,
        }
    }

    /// Whether this is the initial write of its location.
    #[must_use]
    pub fn is_initial(&self) -> bool {
        self.thread.is_none()
    }

    /// Whether the event reads.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.kind == Kind::Read
    }

    /// Whether the event writes; initial writes do.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.kind == Kind::Write
    }

    /// Whether the event is a fence.
    #[must_use]
    pub fn is_fence(&self) -> bool {
        self.kind == Kind::Fence
    }

    /// Whether both events access the same location, at least one of them writing: the precondition of a data race.
    #[must_use]
    pub fn conflicts_with(&self, other: &Self) -> bool {
        self.location.is_some() && self.location == other.location && (self.is_write() || other.is_write())
    }
}

impl fmt::Display for Event {
    /// `T0.1:W[rel] loc2=5`; [`Execution::describe`](crate::Execution::describe) prints the program's own names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.thread {
            Some(thread) => write!(f, "T{thread}.{}:", self.index)?,
            None => f.write_str("init:")?,
        }
        let letter = match self.kind {
            Kind::Read => "R",
            Kind::Write => "W",
            Kind::Fence => "F",
        };
        write!(f, "{letter}[{}]", self.ordering)?;
        if let Some(Location(location)) = self.location {
            write!(f, " loc{location}={}", self.value)?;
        }
        Ok(())
    }
}
