//! The machine that runs the threads of a test: every enumerator and every front end goes through it.
//!
//! A thread runs by itself until it reaches an access or a fence. Writes and fences carry all that is needed; for a read the
//! enumerator chooses the value.

use crate::litmus::{Code, CompareExchange, Expr, Fault, FinalState, Layout, Litmus, Op, UpdateOp};
use crate::{Location, Ordering, Value};

/// The compiled threads of a test.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    litmus: &'a Litmus,
    codes: Vec<Code>,
    /// For each thread and operation, the locations that may be written from there on.
    writable: Vec<Vec<Locations>>,
}

/// A set of locations; those from 127 on are lumped together.
type Locations = u128;

fn locations(location: Location) -> Locations {
    1 << location.0.min(127)
}

/// Where one thread stands.
#[derive(Clone, Debug)]
pub(super) struct ThreadState {
    thread: usize,
    at: usize,
    registers: Vec<Value>,
    iterations: Vec<u32>,
}

/// What a thread is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Write {
        location: Location,
        value: Value,
        ordering: Ordering,
    },
    Fence(Ordering),
    Read {
        location: Location,
        action: ReadAction,
    },
    /// The thread has come to its end.
    Done,
    /// An assumption does not hold.
    Blocked,
    /// A loop has run as often as it may.
    Cut,
    /// An operation without a defined result.
    Faulty(Fault),
}

/// What a pending read does with the value it gets; operands are evaluated already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadAction {
    Load { ordering: Ordering },
    Update { op: UpdateOp, operand: Value, ordering: Ordering },
    CompareExchange { expected: Value, new: Value, success: Ordering, failure: Ordering, weak: bool },
}

/// The events of a read whose value is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadEffect {
    pub(super) ordering: Ordering,
    /// The value and ordering of the write of a successful read-modify-write.
    pub(super) write: Option<(Value, Ordering)>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(litmus: &'a Litmus, loop_bound: u32) -> Self {
        let codes: Vec<Code> = litmus.threads().iter().map(|thread| Code::compile(&thread.body, loop_bound)).collect();
        let writable = codes.iter().map(|code| writable(code, litmus.layout())).collect();
        Self { litmus, codes, writable }
    }

    pub(super) fn litmus(&self) -> &'a Litmus {
        self.litmus
    }

    pub(super) fn start(&self) -> Vec<ThreadState> {
        let threads = self.litmus.threads().iter().zip(&self.codes).enumerate();
        threads
            .map(|(thread, (source, code))| ThreadState {
                thread,
                at: 0,
                registers: vec![0; source.registers.len()],
                iterations: vec![0; code.loops],
            })
            .collect()
    }

    /// Runs the thread up to its next access or fence, which stays pending.
    pub(super) fn advance(&self, state: &mut ThreadState) -> Next {
        match self.try_advance(state) {
            Ok(next) => next,
            Err(fault) => Next::Faulty(fault),
        }
    }

    fn try_advance(&self, state: &mut ThreadState) -> Result<Next, Fault> {
        let ops = &self.codes[state.thread].ops;
        while let Some(op) = ops.get(state.at) {
            match op {
                Op::Assign { reg, value } => {
                    let value = value.evaluate(&state.registers)?;
                    state.set(*reg, value);
                    state.at += 1;
                }
                Op::Jump(target) => state.at = *target,
                Op::JumpIfZero(condition, target) => {
                    let taken = condition.evaluate(&state.registers)? == 0;
                    state.at = if taken { *target } else { state.at + 1 };
                }
                Op::EnterLoop(counter) => {
                    state.iterations[*counter] = 0;
                    state.at += 1;
                }
                Op::Iterate { counter, bound } => {
                    if state.iterations[*counter] >= *bound {
                        return Ok(Next::Cut);
                    }
                    state.iterations[*counter] += 1;
                    state.at += 1;
                }
                Op::Assume(condition) => {
                    if condition.evaluate(&state.registers)? == 0 {
                        return Ok(Next::Blocked);
                    }
                    state.at += 1;
                }
                Op::Fence(ordering) => return Ok(Next::Fence(*ordering)),
                Op::Store { address, value, ordering } => {
                    let location = self.locate(address.evaluate(&state.registers)?)?;
                    let value = value.evaluate(&state.registers)?;
                    return Ok(Next::Write { location, value, ordering: *ordering });
                }
                Op::Load { address, ordering, .. } => {
                    let location = self.locate(address.evaluate(&state.registers)?)?;
                    return Ok(Next::Read { location, action: ReadAction::Load { ordering: *ordering } });
                }
                Op::Update { address, op, operand, ordering, .. } => {
                    let location = self.locate(address.evaluate(&state.registers)?)?;
                    let operand = operand.evaluate(&state.registers)?;
                    let action = ReadAction::Update { op: *op, operand, ordering: *ordering };
                    return Ok(Next::Read { location, action });
                }
                Op::CompareExchange(exchange) => {
                    let location = self.locate(exchange.address.evaluate(&state.registers)?)?;
                    let action = ReadAction::CompareExchange {
                        expected: exchange.expected.evaluate(&state.registers)?,
                        new: exchange.new.evaluate(&state.registers)?,
                        success: exchange.success_ordering,
                        failure: exchange.failure_ordering,
                        weak: exchange.weak,
                    };
                    return Ok(Next::Read { location, action });
                }
            }
        }
        Ok(Next::Done)
    }

    /// Goes past the pending write or fence.
    pub(super) fn pass(&self, state: &mut ThreadState) {
        state.at += 1;
    }

    /// Gives the pending read its value and goes past it.
    pub(super) fn read(&self, state: &mut ThreadState, value: Value, effect: ReadEffect) {
        match self.codes[state.thread].ops.get(state.at) {
            Some(Op::Load { reg, .. } | Op::Update { old: reg, .. }) => state.set(*reg, value),
            Some(Op::CompareExchange(exchange)) => {
                let CompareExchange { old, success, .. } = **exchange;
                state.set(old, value);
                state.set(success, Value::from(effect.write.is_some()));
            }
            _ => {}
        }
        state.at += 1;
    }

    /// Whether the thread may still write `location`, the pending operation included.
    pub(super) fn may_write(&self, state: &ThreadState, location: Location) -> bool {
        self.writable[state.thread].get(state.at).is_some_and(|writable| writable & locations(location) != 0)
    }

    /// The number of accesses and fences before the one at which the thread stands, in the order of its statements.
    pub(super) fn ordinal(&self, state: &ThreadState) -> usize {
        self.codes[state.thread].ops.iter().take(state.at).filter(|op| op.is_event()).count()
    }

    /// The registers of all threads, with the given memory.
    pub(super) fn final_state(&self, states: &[ThreadState], memory: Vec<Value>) -> FinalState {
        FinalState { registers: states.iter().map(|state| state.registers.clone()).collect(), memory }
    }

    fn locate(&self, address: Value) -> Result<Location, Fault> {
        self.litmus.layout().resolve(address).ok_or(Fault::InvalidAddress(address))
    }
}

/// For each operation, the locations that it or an operation reachable from it may write: the least fixed point along the jumps.
fn writable(code: &Code, layout: &Layout) -> Vec<Locations> {
    let written = |address: &Expr| match address {
        Expr::Const(address) => layout.resolve(*address).map_or(0, locations),
        _ => Locations::MAX,
    };
    let mut writable = vec![0; code.ops.len() + 1];
    loop {
        let mut changed = false;
        for (at, op) in code.ops.iter().enumerate().rev() {
            let (own, jump) = match op {
                Op::Store { address, .. } | Op::Update { address, .. } => (written(address), None),
                Op::CompareExchange(exchange) => (written(&exchange.address), None),
                Op::Jump(target) | Op::JumpIfZero(_, target) => (0, Some(*target)),
                _ => (0, None),
            };
            let next = if matches!(op, Op::Jump(_)) { 0 } else { writable[at + 1] };
            let all = own | next | jump.map_or(0, |target| writable[target]);
            changed |= all != writable[at];
            writable[at] = all;
        }
        if !changed {
            return writable;
        }
    }
}

impl ReadAction {
    /// What follows from reading `value`: the effect, and a second one if the access may also fail spuriously.
    pub(super) fn effects(self, value: Value) -> [Option<ReadEffect>; 2] {
        let update = |new: Value, ordering: Ordering| {
            Some(ReadEffect { ordering: ordering.read_part(), write: Some((new, ordering.write_part())) })
        };
        match self {
            Self::Load { ordering } => [Some(ReadEffect { ordering, write: None }), None],
            Self::Update { op, operand, ordering } => [update(op.apply(value, operand), ordering), None],
            Self::CompareExchange { expected, new, success, failure, weak } => {
                let failure = Some(ReadEffect { ordering: failure, write: None });
                if value != expected {
                    return [failure, None];
                }
                [update(new, success), if weak { failure } else { None }]
            }
        }
    }
}

impl ThreadState {
    pub(super) fn thread(&self) -> usize {
        self.thread
    }

    fn set(&mut self, register: usize, value: Value) {
        if let Some(place) = self.registers.get_mut(register) {
            *place = value;
        }
    }
}
