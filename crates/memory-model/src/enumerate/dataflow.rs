//! What the code of a thread may still do from a given operation on: backward data flow over the jumps.

use std::collections::BTreeSet;

use crate::litmus::{BinaryOp, Code, Condition, Expr, Layout, Litmus, Observable, Op};
use crate::{Location, Ordering};

/// A set of locations; those from 127 on are lumped together.
pub(super) type Locations = u128;

/// The set of one location.
pub(super) fn locations(location: Location) -> Locations {
    1 << location.0.min(127)
}

/// What may still happen from one operation on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// The locations that may still be written.
    pub(super) writable: Locations,
    /// The locations that may still be read.
    pub(super) readable: Locations,
    /// Whether some event may still be sequentially consistent.
    pub(super) seq_cst: bool,
    /// The registers whose values may still be used.
    pub(super) registers: BTreeSet<usize>,
    /// The loop counters whose values may still be used.
    pub(super) counters: BTreeSet<usize>,
}

/// The facts at each operation and at the end; the registers `observed` are used after the end, and wherever a thread may stop.
pub(super) fn facts(code: &Code, layout: &Layout, observed: &[usize]) -> Vec<Facts> {
    let end = Facts { registers: observed.iter().copied().collect(), ..Facts::default() };
    let mut facts = vec![end; code.ops.len() + 1];
    loop {
        let mut changed = false;
        for (at, op) in code.ops.iter().enumerate().rev() {
            let mut all = match op {
                Op::Jump(target) => facts[*target].clone(),
                _ => facts[at + 1].clone(),
            };
            if let Op::JumpIfZero(_, target) = op {
                let other = &facts[*target];
                all.writable |= other.writable;
                all.readable |= other.readable;
                all.seq_cst |= other.seq_cst;
                all.registers.extend(&other.registers);
                all.counters.extend(&other.counters);
            }
            all.before(op, layout, observed);
            if all != facts[at] {
                facts[at] = all;
                changed = true;
            }
        }
        if !changed {
            return facts;
        }
    }
}

impl Facts {
    /// From what holds after `op` to what holds before it.
    fn before(&mut self, op: &Op, layout: &Layout, observed: &[usize]) {
        self.readable |= read_by(op, layout);
        self.writable |= written_by(op, layout);
        self.seq_cst |= op.orderings().any(Ordering::is_seq_cst);
        match op {
            Op::EnterLoop(counter) => {
                self.counters.remove(counter);
            }
            Op::Iterate { counter, .. } => {
                self.counters.insert(*counter);
            }
            _ => {}
        }
        for target in targets(op) {
            if !observed.contains(&target) {
                self.registers.remove(&target);
            }
        }
        for expr in op.operands() {
            self.registers.extend(expr.registers().into_iter().map(|register| register.index));
        }
    }
}

/// The locations that the operation may read.
pub(super) fn read_by(op: &Op, layout: &Layout) -> Locations {
    match op {
        Op::Load { address, .. } | Op::Update { address, .. } => at(address, layout),
        Op::CompareExchange(exchange) => at(&exchange.address, layout),
        _ => 0,
    }
}

/// The locations that the operation may write.
fn written_by(op: &Op, layout: &Layout) -> Locations {
    match op {
        Op::Store { address, .. } | Op::Update { address, .. } => at(address, layout),
        Op::CompareExchange(exchange) => at(&exchange.address, layout),
        _ => 0,
    }
}

/// The locations to which the address may lead.
fn at(address: &Expr, layout: &Layout) -> Locations {
    match address {
        Expr::Const(address) => layout.resolve(*address).map_or(0, locations),
        _ => Locations::MAX,
    }
}

/// What the condition, the filter and the final states of the test mention.
pub(super) fn observables(litmus: &Litmus) -> Vec<Observable> {
    let mut observables = litmus.observables();
    observables.extend(litmus.filter_condition().map(Condition::observables).unwrap_or_default());
    observables
}

/// The registers among the [`observables`], by thread.
pub(super) fn observed_registers(litmus: &Litmus) -> Vec<Vec<usize>> {
    let mut observed = vec![Vec::new(); litmus.threads().len()];
    for observable in observables(litmus) {
        let Observable::Register(register) = observable else { continue };
        if let Some(of_thread) = observed.get_mut(register.thread).filter(|of| !of.contains(&register.index)) {
            of_thread.push(register.index);
        }
    }
    observed
}

/// The registers that the operation assigns.
pub(super) fn targets(op: &Op) -> Vec<usize> {
    match op {
        Op::Assign { reg, .. } | Op::Load { reg, .. } | Op::Update { old: reg, .. } => vec![*reg],
        Op::CompareExchange(exchange) => vec![exchange.old, exchange.success],
        _ => Vec::new(),
    }
}

/// Whether the operation may have no defined result: an address that is no constant, a division, a shift.
pub(super) fn may_fault(op: &Op, layout: &Layout) -> bool {
    fn undefined(expr: &Expr) -> bool {
        match expr {
            Expr::Const(_) | Expr::Reg(_) => false,
            Expr::Unary(_, operand) => undefined(operand),
            Expr::Binary(op, left, right) => {
                matches!(op, BinaryOp::Div | BinaryOp::Rem | BinaryOp::Shl | BinaryOp::Shr)
                    || undefined(left)
                    || undefined(right)
            }
        }
    }
    let address = match op {
        Op::Load { address, .. } | Op::Store { address, .. } | Op::Update { address, .. } => Some(address),
        Op::CompareExchange(exchange) => Some(&exchange.address),
        _ => None,
    };
    let nowhere = |address: &Expr| !matches!(address, Expr::Const(at) if layout.resolve(*at).is_some());
    address.is_some_and(nowhere) || op.operands().into_iter().any(undefined)
}
