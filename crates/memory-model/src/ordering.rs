//! How strongly an access or a fence orders its surroundings.

use std::fmt;

/// The ordering of an access or a fence.
///
/// The five atomic orderings are those of `std::sync::atomic::Ordering`; [`Ordering::NonAtomic`] marks plain accesses, so that
/// one type describes every event of an execution. The variants are not totally ordered by strength: `Acquire` and `Release`
/// are incomparable; ask [`is_acquire`](Self::is_acquire) and [`is_release`](Self::is_release) instead.
///
/// ```
/// use memory_model::Ordering;
///
/// assert!(Ordering::AcqRel.is_acquire() && Ordering::AcqRel.is_release());
/// assert!(!Ordering::Relaxed.is_release());
/// assert_eq!(Ordering::AcqRel.read_part(), Ordering::Acquire);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ordering {
    /// A plain access: conflicting unordered plain accesses are a data race.
    NonAtomic,
    /// Atomic, ordered only per location.
    Relaxed,
    /// A read that synchronizes with the release it reads from.
    Acquire,
    /// A write that publishes everything before it.
    Release,
    /// Both, for read-modify-writes and fences.
    AcqRel,
    /// Additionally part of the single total order of sequentially consistent events.
    SeqCst,
}

impl Ordering {
    /// All orderings, from the weakest on.
    pub const ALL: [Self; 6] =
        [Self::NonAtomic, Self::Relaxed, Self::Acquire, Self::Release, Self::AcqRel, Self::SeqCst];

    /// Whether the access is atomic: at least relaxed.
    #[must_use]
    pub fn is_atomic(self) -> bool {
        self != Self::NonAtomic
    }

    /// Whether a read or fence with this ordering is at least an acquire.
    #[must_use]
    pub fn is_acquire(self) -> bool {
        matches!(self, Self::Acquire | Self::AcqRel | Self::SeqCst)
    }

    /// Whether a write or fence with this ordering is at least a release.
    #[must_use]
    pub fn is_release(self) -> bool {
        matches!(self, Self::Release | Self::AcqRel | Self::SeqCst)
    }

    /// Whether the event takes part in the order of sequentially consistent events.
    #[must_use]
    pub fn is_seq_cst(self) -> bool {
        self == Self::SeqCst
    }

    /// The ordering of the read of a read-modify-write that bears this ordering.
    #[must_use]
    pub fn read_part(self) -> Self {
        match self {
            Self::Release => Self::Relaxed,
            Self::AcqRel => Self::Acquire,
            other => other,
        }
    }

    /// The ordering of the write of a read-modify-write that bears this ordering.
    #[must_use]
    pub fn write_part(self) -> Self {
        match self {
            Self::Acquire => Self::Relaxed,
            Self::AcqRel => Self::Release,
            other => other,
        }
    }

    /// The short name used in the literature and in printed executions: `na`, `rlx`, `acq`, `rel`, `acq_rel`, `sc`.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        match self {
            Self::NonAtomic => "na",
            Self::Relaxed => "rlx",
            Self::Acquire => "acq",
            Self::Release => "rel",
            Self::AcqRel => "acq_rel",
            Self::SeqCst => "sc",
        }
    }
}

impl fmt::Display for Ordering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short_name())
    }
}
