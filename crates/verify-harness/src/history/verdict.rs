//! What a check says.

use core::fmt;

use super::counterexample::Counterexample;

/// The verdict on a history. `Unknown` is neither a pass nor a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The history is linearizable.
    Linearizable {
        /// A witness: the operations, by position, in an order that respects real time and is legal. Pending operations that
        /// need not have taken effect are left out.
        order: Vec<usize>,
        /// How many configurations were visited.
        configurations: u64,
    },
    /// The history is not linearizable.
    NotLinearizable {
        /// Why not.
        counterexample: Box<Counterexample>,
        /// How many configurations were visited before the verdict was clear.
        configurations: u64,
    },
    /// A limit was reached first.
    Unknown {
        /// Which limit.
        reason: Reason,
        /// How many configurations were visited.
        configurations: u64,
        /// How far the search came: the operations, by position, of a legal prefix of an order.
        prefix: Vec<usize>,
    },
}

/// The limit that ended a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// As many configurations were visited as [`Checker::max_configurations`](super::Checker::max_configurations) allows.
    Configurations,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configurations => f.write_str("the limit on configurations was reached"),
        }
    }
}

impl Verdict {
    /// Whether the history was shown to be linearizable.
    #[must_use]
    pub fn is_linearizable(&self) -> bool {
        matches!(self, Self::Linearizable { .. })
    }

    /// Whether the history was shown not to be linearizable.
    #[must_use]
    pub fn is_not_linearizable(&self) -> bool {
        matches!(self, Self::NotLinearizable { .. })
    }

    /// Whether a limit was reached first.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// The counterexample, if there is one.
    #[must_use]
    pub fn counterexample(&self) -> Option<&Counterexample> {
        match self {
            Self::NotLinearizable { counterexample, .. } => Some(counterexample),
            _ => None,
        }
    }

    /// How many configurations were visited.
    #[must_use]
    pub fn configurations(&self) -> u64 {
        match self {
            Self::Linearizable { configurations, .. }
            | Self::NotLinearizable { configurations, .. }
            | Self::Unknown { configurations, .. } => *configurations,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linearizable { order, configurations } => {
                write!(f, "linearizable: {} operations ordered, {configurations} configurations", order.len())
            }
            Self::NotLinearizable { counterexample, .. } => counterexample.fmt(f),
            Self::Unknown { reason, configurations, prefix } => {
                write!(f, "unknown: {reason} ({configurations}); {} operations could be ordered", prefix.len())
            }
        }
    }
}
