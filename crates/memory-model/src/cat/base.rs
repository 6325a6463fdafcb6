//! The sets and relations that the language takes for granted.

use super::terms::Sort;

/// A set or relation that comes with every execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Base {
    Reads,
    Writes,
    Accesses,
    Fences,
    Updates,
    Atomic,
    NonAtomic,
    Relaxed,
    Acquire,
    Release,
    AcqRel,
    SeqCst,
    Initial,
    Final,
    Po,
    Rf,
    Co,
    Loc,
    Int,
    Ext,
    Id,
    /// Pairs of accesses with different values.
    DifferentValues,
    /// Events that take a lock, or try to; those that take it; those that fail; those that free it.
    Locks,
    LockSuccesses,
    LockFailures,
    Unlocks,
    /// Dependencies on values read: of addresses, of values written, of branches; the first two.
    Addr,
    Data,
    Ctrl,
    Depend,
    /// What the executions of this crate do not have: consume, relations inside of events.
    NoEvents,
    NoPairs,
}

/// The names of the language and what they stand for.
const NAMES: [(&str, Base); 41] = [
    ("R", Base::Reads),
    ("W", Base::Writes),
    ("M", Base::Accesses),
    ("F", Base::Fences),
    ("RMW", Base::Updates),
    ("A", Base::Atomic),
    ("NA", Base::NonAtomic),
    ("RLX", Base::Relaxed),
    ("ACQ", Base::Acquire),
    ("REL", Base::Release),
    ("ACQ_REL", Base::AcqRel),
    ("SC", Base::SeqCst),
    ("CON", Base::NoEvents),
    ("I", Base::Initial),
    ("IW", Base::Initial),
    ("FW", Base::Final),
    ("LK", Base::Locks),
    ("LS", Base::LockSuccesses),
    ("LF", Base::LockFailures),
    ("UL", Base::Unlocks),
    ("Exp", Base::Accesses),
    ("po", Base::Po),
    ("rf", Base::Rf),
    ("co", Base::Co),
    ("loc", Base::Loc),
    ("int", Base::Int),
    ("ext", Base::Ext),
    ("id", Base::Id),
    ("si", Base::Id),
    ("sm", Base::Id),
    ("rmw", Base::NoPairs),
    ("amo", Base::NoPairs),
    ("lxsx", Base::NoPairs),
    ("iico_data", Base::NoPairs),
    ("iico_ctrl", Base::NoPairs),
    ("iico_order", Base::NoPairs),
    ("partial_po", Base::NoPairs),
    ("addr", Base::Addr),
    ("data", Base::Data),
    ("ctrl", Base::Ctrl),
    ("depend", Base::Depend),
];

impl Base {
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|&(_, base)| base)
    }

    /// The names of the language, for suggestions.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|&(name, _)| name)
    }

    /// The name of the base, to print it.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, base)| *base == self).map_or("different-values", |&(name, _)| name)
    }

    pub(super) fn sort(self) -> Sort {
        match self {
            Self::Po
            | Self::Rf
            | Self::Co
            | Self::Loc
            | Self::Int
            | Self::Ext
            | Self::Id
            | Self::DifferentValues
            | Self::Addr
            | Self::Data
            | Self::Ctrl
            | Self::Depend
            | Self::NoPairs => Sort::Relation,
            _ => Sort::Set,
        }
    }

    /// Whether this is a dependency.
    pub(super) fn is_dependency(self) -> bool {
        matches!(self, Self::Addr | Self::Data | Self::Ctrl | Self::Depend)
    }

    /// Whether this comes from the annotations of the execution.
    pub(super) fn is_annotation(self) -> bool {
        self.is_dependency() || matches!(self, Self::Locks | Self::LockSuccesses | Self::LockFailures | Self::Unlocks)
    }

    /// Whether the relation only says of which kind its events are, not how the execution relates them.
    pub(super) fn is_filter(self) -> bool {
        matches!(self, Self::Loc | Self::Int | Self::Ext | Self::Id | Self::DifferentValues)
    }
}
