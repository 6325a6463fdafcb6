//! The flat code of a thread: what its statements become before they run.

use super::expr::Expr;
use super::statement::{Statement, UpdateOp};
use crate::Ordering;

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
