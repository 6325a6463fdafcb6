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

/// A place among operands that program order does not relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Before the first operand.
    Begin,
    /// Between two.
    Next,
    /// After the last one.
    End,
}

/// One operation of a thread's flat code; `If` and `While` have become jumps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Assign {
        reg: usize,
        value: Expr,
    },
    Load {
        reg: usize,
        address: Expr,
        ordering: Ordering,
    },
    Store {
        address: Expr,
        value: Expr,
        ordering: Ordering,
    },
    Update {
        old: usize,
        address: Expr,
        op: UpdateOp,
        operand: Expr,
        ordering: Ordering,
    },
    CompareExchange(Box<CompareExchange>),
    Fence(Ordering),
    Assume(Expr),
    /// Where operands that program order does not relate begin, change and end.
    Operands(Mark),
    Jump(usize),
    JumpIfZero(Expr, usize),
    /// Sets the iterations of a loop to 0.
    EnterLoop(usize),
    /// Counts an iteration; above the bound the thread is cut.
    Iterate {
        counter: usize,
        bound: u32,
    },
}

impl Op {
    /// The expressions that the operation evaluates.
    pub(crate) fn operands(&self) -> Vec<&Expr> {
        match self {
            Self::Assign { value, .. } => vec![value],
            Self::Load { address, .. } => vec![address],
            Self::Store { address, value, .. } => vec![address, value],
            Self::Update { address, operand, .. } => vec![address, operand],
            Self::CompareExchange(exchange) => vec![&exchange.address, &exchange.expected, &exchange.new],
            Self::Assume(condition) | Self::JumpIfZero(condition, _) => vec![condition],
            Self::Fence(_) | Self::Operands(_) | Self::Jump(_) | Self::EnterLoop(_) | Self::Iterate { .. } => {
                Vec::new()
            }
        }
    }

    /// The orderings that the operation may have.
    pub(crate) fn orderings(&self) -> impl Iterator<Item = Ordering> + use<> {
        let (first, second) = match self {
            Self::Load { ordering, .. }
            | Self::Store { ordering, .. }
            | Self::Update { ordering, .. }
            | Self::Fence(ordering) => (Some(*ordering), None),
            Self::CompareExchange(exchange) => (Some(exchange.success_ordering), Some(exchange.failure_ordering)),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }

    fn operands_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Self::Assign { value, .. } => vec![value],
            Self::Load { address, .. } => vec![address],
            Self::Store { address, value, .. } => vec![address, value],
            Self::Update { address, operand, .. } => vec![address, operand],
            Self::CompareExchange(exchange) => {
                let CompareExchange { address, expected, new, .. } = &mut **exchange;
                vec![address, expected, new]
            }
            Self::Assume(condition) | Self::JumpIfZero(condition, _) => vec![condition],
            Self::Fence(_) | Self::Operands(_) | Self::Jump(_) | Self::EnterLoop(_) | Self::Iterate { .. } => {
                Vec::new()
            }
        }
    }

    /// Whether the operation makes events; see [`Statement::is_event`].
    pub(crate) fn is_event(&self) -> bool {
        matches!(
            self,
            Self::Load { .. } | Self::Store { .. } | Self::Update { .. } | Self::CompareExchange(_) | Self::Fence(_)
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CompareExchange {
    pub(crate) old: usize,
    pub(crate) success: usize,
    pub(crate) address: Expr,
    pub(crate) expected: Expr,
    pub(crate) new: Expr,
    pub(crate) success_ordering: Ordering,
    pub(crate) failure_ordering: Ordering,
    pub(crate) weak: bool,
}

/// The flat code of one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) ops: Vec<Op>,
    pub(crate) loops: usize,
    /// The operations that take a lock, and those that free one.
    pub(crate) locks: Vec<usize>,
    pub(crate) unlocks: Vec<usize>,
    /// Whether program order is not total.
    pub(crate) is_partial: bool,
}

impl Code {
    pub(crate) fn compile(body: &[Statement], default_bound: u32) -> Self {
        let mut code = Self::default();
        code.block(body, default_bound);
        // Code knows no threads, so that equal threads have equal code.
        for expr in code.ops.iter_mut().flat_map(Op::operands_mut) {
            expr.forget_thread();
        }
        code
    }

    fn block(&mut self, body: &[Statement], default_bound: u32) {
        for statement in body {
            let op = match statement.clone() {
                Statement::Assign { reg, value } => Op::Assign { reg: reg.index, value },
                Statement::Load { reg, address, ordering } => Op::Load { reg: reg.index, address, ordering },
                Statement::Store { address, value, ordering } => Op::Store { address, value, ordering },
                Statement::Update { old, address, op, operand, ordering } => {
                    Op::Update { old: old.index, address, op, operand, ordering }
                }
                Statement::CompareExchange {
                    old,
                    success,
                    address,
                    expected,
                    new,
                    success_ordering,
                    failure_ordering,
                    weak,
                } => Op::CompareExchange(Box::new(CompareExchange {
                    old: old.index,
                    success: success.index,
                    address,
                    expected,
                    new,
                    success_ordering,
                    failure_ordering,
                    weak,
                })),
                Statement::Lock { old, success, address } => {
                    self.locks.push(self.ops.len());
                    self.ops.push(Op::CompareExchange(Box::new(CompareExchange {
                        old: old.index,
                        success: success.index,
                        address,
                        expected: Expr::Const(0),
                        new: Expr::Const(1),
                        success_ordering: Ordering::Acquire,
                        failure_ordering: Ordering::Relaxed,
                        weak: false,
                    })));
                    Op::Assume(success.into())
                }
                Statement::Unlock { address } => {
                    self.unlocks.push(self.ops.len());
                    Op::Store { address, value: Expr::Const(0), ordering: Ordering::Release }
                }
                Statement::Fence(ordering) => Op::Fence(ordering),
                Statement::Unsequenced(operands) => {
                    self.is_partial = true;
                    let mut mark = Mark::Begin;
                    for operand in &operands {
                        self.ops.push(Op::Operands(mark));
                        self.block(operand, default_bound);
                        mark = Mark::Next;
                    }
                    if mark == Mark::Begin {
                        continue;
                    }
                    Op::Operands(Mark::End)
                }
                Statement::Assume(condition) => Op::Assume(condition),
                Statement::If { condition, then, otherwise } => {
                    let branch = self.ops.len();
                    self.ops.push(Op::JumpIfZero(condition, 0));
                    self.block(&then, default_bound);
                    let skip = self.ops.len();
                    self.ops.push(Op::Jump(0));
                    self.set_target(branch);
                    self.block(&otherwise, default_bound);
                    self.set_target(skip);
                    continue;
                }
                Statement::While { head, condition, body, bound } => {
                    let counter = self.loops;
                    self.loops += 1;
                    self.ops.push(Op::EnterLoop(counter));
                    let start = self.ops.len();
                    self.block(&head, default_bound);
                    let exit = self.ops.len();
                    self.ops.push(Op::JumpIfZero(condition, 0));
                    self.ops.push(Op::Iterate { counter, bound: bound.unwrap_or(default_bound) });
                    self.block(&body, default_bound);
                    self.ops.push(Op::Jump(start));
                    self.set_target(exit);
                    continue;
                }
            };
            self.ops.push(op);
        }
    }

    /// Lets the jump at `at` lead to the operation emitted next.
    fn set_target(&mut self, at: usize) {
        let next = self.ops.len();
        if let Op::Jump(target) | Op::JumpIfZero(_, target) = &mut self.ops[at] {
            *target = next;
        }
    }
}
