//! Statements: what a thread does, one memory access at a time.

use super::expr::{Expr, Reg};
use crate::{Ordering, Value};

/// How a read-modify-write computes the value it writes from the one it read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpdateOp {
    /// Writes the operand.
    Exchange,
    /// Writes the sum, wrapping.
    Add,
    /// Writes the difference, wrapping.
    Sub,
    /// Writes the bitwise and.
    And,
    /// Writes the bitwise or.
    Or,
    /// Writes the bitwise exclusive or.
    Xor,
    /// Writes the complement of the bitwise and.
    Nand,
    /// Writes the larger one.
    Max,
    /// Writes the smaller one.
    Min,
}

impl UpdateOp {
    /// The value written when `old` was read and `operand` given.
    #[must_use]
    pub fn apply(self, old: Value, operand: Value) -> Value {
        match self {
            Self::Exchange => operand,
            Self::Add => old.wrapping_add(operand),
            Self::Sub => old.wrapping_sub(operand),
            Self::And => old & operand,
            Self::Or => old | operand,
            Self::Xor => old ^ operand,
            Self::Nand => !(old & operand),
            Self::Max => old.max(operand),
            Self::Min => old.min(operand),
        }
    }
}

/// One statement. Each touches memory at most once, so the order of accesses is the order of statements.
///
/// Addresses are expressions whose value is the address of a location; see [`Layout`](super::Layout).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Statement {
    /// `reg = value`, without touching memory.
    Assign {
        /// The register assigned.
        reg: Reg,
        /// Its new value.
        value: Expr,
    },
    /// `reg = load(address)`.
    Load {
        /// The register that receives the value.
        reg: Reg,
        /// Where it is read.
        address: Expr,
        /// How strongly.
        ordering: Ordering,
    },
    /// `store(address, value)`.
    Store {
        /// Where it is written.
        address: Expr,
        /// What is written.
        value: Expr,
        /// How strongly.
        ordering: Ordering,
    },
    /// `old = update(address, operand)`: an unconditional read-modify-write.
    Update {
        /// The register that receives the value read.
        old: Reg,
        /// Where.
        address: Expr,
        /// How the new value comes about.
        op: UpdateOp,
        /// The other operand.
        operand: Expr,
        /// How strongly.
        ordering: Ordering,
    },
    /// `(old, success) = compare_exchange(address, expected, new)`.
    CompareExchange {
        /// The register that receives the value read.
        old: Reg,
        /// The register that receives 1 on success and 0 on failure.
        success: Reg,
        /// Where.
        address: Expr,
        /// The value that must be found.
        expected: Expr,
        /// The value written then.
        new: Expr,
        /// How strongly on success.
        success_ordering: Ordering,
        /// How strongly on failure.
        failure_ordering: Ordering,
        /// Whether it may fail although the expected value was found.
        weak: bool,
    },
    /// Takes the lock at `address`: an acquire compare-exchange of 0 with 1; the thread goes no further if that fails.
    Lock {
        /// The register that receives the value read.
        old: Reg,
        /// The register that receives 1.
        success: Reg,
        /// Where.
        address: Expr,
    },
    /// Frees the lock at `address`: a release store of 0.
    Unlock {
        /// Where.
        address: Expr,
    },
    /// A fence.
    Fence(Ordering),
    /// Evaluates operands, from the first to the last, whose accesses program order does not relate with one another: those of one
    /// operand come before or after those of another. Operands only read memory.
    Unsequenced(Vec<Vec<Statement>>),
    /// Goes no further unless the value is other than 0: only executions in which it is are complete.
    Assume(Expr),
    /// Runs one of two branches.
    If {
        /// Other than 0: the first branch.
        condition: Expr,
        /// The first branch.
        then: Vec<Statement>,
        /// The second branch.
        otherwise: Vec<Statement>,
    },
    /// Evaluates `head`, then, while `condition` is other than 0, runs `body` and `head` again.
    While {
        /// The accesses of the loop's condition.
        head: Vec<Statement>,
        /// The condition, over registers that `head` may have assigned.
        condition: Expr,
        /// The body.
        body: Vec<Statement>,
        /// How often the body may run before the execution is given up as cut; `None` takes the enumerator's bound.
        bound: Option<u32>,
    },
}

impl Statement {
    /// Whether the statement itself accesses memory or is a fence: each time it runs, it makes one event, or two if it is a
    /// read-modify-write that succeeds.
    pub(crate) fn is_event(&self) -> bool {
        match self {
            Self::Load { .. }
            | Self::Store { .. }
            | Self::Update { .. }
            | Self::CompareExchange { .. }
            | Self::Lock { .. }
            | Self::Unlock { .. }
            | Self::Fence(_) => true,
            Self::Assign { .. } | Self::Assume(_) | Self::Unsequenced(_) | Self::If { .. } | Self::While { .. } => {
                false
            }
        }
    }

    /// Whether the statement does no more than to read memory, to assign registers, and to branch: what an operand may do beside others.
    pub(crate) fn only_reads(&self) -> bool {
        match self {
            Self::Assign { .. } | Self::Load { .. } => true,
            Self::If { then, otherwise, .. } => then.iter().chain(otherwise).all(Self::only_reads),
            Self::Unsequenced(operands) => operands.iter().flatten().all(Self::only_reads),
            _ => false,
        }
    }

    /// Whether the statement, or one inside of it, makes events.
    pub(crate) fn has_events(&self) -> bool {
        match self {
            Self::If { then, otherwise, .. } => then.iter().chain(otherwise).any(Self::has_events),
            Self::While { head, body, .. } => head.iter().chain(body).any(Self::has_events),
            Self::Unsequenced(operands) => operands.iter().flatten().any(Self::has_events),
            _ => self.is_event(),
        }
    }

    /// The constants from which the statement may compute what it writes.
    pub(crate) fn constants(&self) -> Vec<Value> {
        match self {
            Self::Load { .. } | Self::Fence(_) | Self::Assume(_) => Vec::new(),
            Self::Assign { value, .. } | Self::Store { value, .. } => value.constants(),
            Self::Update { operand, .. } => operand.constants(),
            Self::CompareExchange { new, .. } => new.constants(),
            Self::Lock { .. } => vec![1],
            Self::Unlock { .. } => vec![0],
            Self::Unsequenced(operands) => operands.iter().flatten().flat_map(Self::constants).collect(),
            Self::If { then, otherwise, .. } => then.iter().chain(otherwise).flat_map(Self::constants).collect(),
            Self::While { head, body, .. } => head.iter().chain(body).flat_map(Self::constants).collect(),
        }
    }
}

/// Whether an access or fence may bear an ordering, by the rules of C++ and Rust.
pub(crate) mod allowed {
    use crate::Ordering;

    pub(crate) fn load(ordering: Ordering) -> bool {
        !matches!(ordering, Ordering::Release | Ordering::AcqRel)
    }

    pub(crate) fn store(ordering: Ordering) -> bool {
        !matches!(ordering, Ordering::Acquire | Ordering::AcqRel)
    }

    pub(crate) fn update(ordering: Ordering) -> bool {
        ordering.is_atomic()
    }

    pub(crate) fn failed_update(ordering: Ordering) -> bool {
        ordering.is_atomic() && load(ordering)
    }

    pub(crate) fn fence(ordering: Ordering) -> bool {
        ordering.is_atomic() && ordering != Ordering::Relaxed
    }
}
