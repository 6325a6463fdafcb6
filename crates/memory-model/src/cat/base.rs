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
    /// What the executions of this crate do not have: lock events, consume, dependencies.
    NoEvents,
    NoPairs,
    /// Dependencies, which are not tracked; empty like [`NoPairs`](Self::NoPairs).
    NoDependencies,
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
    ("LK", Base::NoEvents),
    ("LS", Base::NoEvents),
    ("LF", Base::NoEvents),
    ("UL", Base::NoEvents),
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
    ("addr", Base::NoDependencies),
    ("data", Base::NoDependencies),
    ("ctrl", Base::NoDependencies),
    ("depend", Base::NoDependencies),
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
            | Self::NoPairs
            | Self::NoDependencies => Sort::Relation,
            _ => Sort::Set,
        }
    }

    /// Whether the relation only says of which kind its events are, not how the execution relates them.
    pub(super) fn is_filter(self) -> bool {
        matches!(self, Self::Loc | Self::Int | Self::Ext | Self::Id | Self::DifferentValues)
    }
}
