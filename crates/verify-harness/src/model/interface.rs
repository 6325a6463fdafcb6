//! The narrow interface through which programs reach the engine.
//!
//! A front end turns what a program does into [`Op`]s: locations are opaque numbers, call sites opaque tokens, values
//! 64-bit words. Nothing here knows whose API the program was written against.

/// A memory location, numbered densely by the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Loc(pub(crate) u32);

impl Loc {
    /// Stands in an operation on an object, whose location is looked up when its turn comes; see [`Op::relocate`].
    pub(crate) const UNPLACED: Self = Self(0);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place in the program's text; only the front end that made it can name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Site(pub(crate) usize);

impl Site {
    /// Set in sites of operations that the program did not write: those that locks and the like are made of. Front ends
    /// leave it clear in their tokens.
    const INNER: usize = 1;

    /// The same place, for an operation that the program did not write.
    #[inline]
    pub(crate) fn inner(self) -> Self {
        Self(self.0 | Self::INNER)
    }

    /// The same place, for an operation that the program wrote.
    #[inline]
    pub(crate) fn outer(self) -> Self {
        Self(self.0 & !Self::INNER)
    }

    /// Whether the program did not write the operation.
    #[inline]
    pub(crate) fn is_inner(self) -> bool {
        self.0 & Self::INNER != 0
    }
}

/// Strength of an atomic access or fence; `Plain` marks non-atomic accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Strength {
    Plain,
    Relaxed,
    Acquire,
    Release,
    AcqRel,
    SeqCst,
}

impl Strength {
    pub(crate) fn acquires(self) -> bool {
        matches!(self, Self::Acquire | Self::AcqRel | Self::SeqCst)
    }

    pub(crate) fn releases(self) -> bool {
        matches!(self, Self::Release | Self::AcqRel | Self::SeqCst)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Relaxed => "Relaxed",
            Self::Acquire => "Acquire",
            Self::Release => "Release",
            Self::AcqRel => "AcqRel",
            Self::SeqCst => "SeqCst",
        }
    }
}

/// The value computation of a read-modify-write: given the value read and two operands, what to write, if anything.
pub(crate) type UpdateFn = fn(old: u64, a: u64, b: u64) -> Option<u64>;

/// A read-modify-write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Update {
    pub(crate) function: UpdateFn,
    pub(crate) a: u64,
    pub(crate) b: u64,
    /// Strength of the read when nothing is written; plain if something always is.
    pub(crate) failure: Strength,
    /// Instead of failing, the thread waits until the update writes.
    pub(crate) waits: bool,
}

impl Update {
    pub(crate) fn apply(&self, old: u64) -> Option<u64> {
        (self.function)(old, self.a, self.b)
    }
}

/// What a waiting thread waits for; reported when it waits for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Waits {
    Lock,
    Notification,
    Unpark,
}

/// One step of a program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// An atomic load, or a plain read of an atomic location.
    Load { loc: Loc, strength: Strength },
    /// An atomic store, or a plain write of an atomic location.
    Store { loc: Loc, strength: Strength, value: u64 },
    /// A read-modify-write; with `update.waits` a thread waits, for the reason in `waits`, until it writes.
    Rmw { loc: Loc, strength: Strength, update: Update, waits: Waits },
    /// A fence.
    Fence { strength: Strength },
    /// A plain read of memory that the engine does not hold.
    PlainRead { loc: Loc },
    /// A plain write of memory that the engine does not hold.
    PlainWrite { loc: Loc },
    /// The location's memory ends here.
    Free { loc: Loc },
    /// Starts a thread; the answer is its number.
    Spawn,
    /// Waits for a thread to finish.
    Join { thread: usize },
    /// A free choice among `0..count`.
    Choose { count: u32 },
    /// The program assumes something that is not so: the execution counts for nothing from here on.
    Refuse,
    /// The end of an iteration of a loop that waits for other threads.
    Spin,
    /// The thread ends.
    Finish,
}

impl Op {
    /// The same operation at `to`, if it has a location.
    #[inline]
    pub(crate) fn relocate(&mut self, to: Loc) {
        match self {
            Self::Load { loc, .. }
            | Self::Store { loc, .. }
            | Self::Rmw { loc, .. }
            | Self::PlainRead { loc }
            | Self::PlainWrite { loc }
            | Self::Free { loc } => *loc = to,
            _ => {}
        }
    }
}

/// What an operation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The value read, the number of the spawned thread, or the choice.
    pub(crate) value: u64,
    /// Whether a read-modify-write wrote.
    pub(crate) wrote: bool,
}
