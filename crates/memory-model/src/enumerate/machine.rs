//! The machine that runs the threads of a test: every enumerator and every front end goes through it.
//!
//! A thread runs by itself until it reaches an access or a fence. Writes and fences carry all that is needed; for a read the
//! enumerator chooses the value.

use std::rc::Rc;

use super::dataflow::{Facts, facts, locations, observed_registers, read_by};
use super::sequencing::{Mask, Sequencing};
use super::waiting::Waiting;
use crate::litmus::{Code, CompareExchange, Fault, FinalState, Litmus, Op, UpdateOp};
use crate::{Location, Ordering, Value};

/// The compiled threads of a test.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    litmus: &'a Litmus,
    codes: Vec<Code>,
    /// For each thread and operation, what may happen from there on.
    facts: Vec<Vec<Facts>>,
    /// Whether loops that wait are told from those that are cut.
    knows_waiting: bool,
}

/// Where one thread stands.
#[derive(Clone, Debug)]
pub(super) struct ThreadState {
    thread: usize,
    pub(super) at: usize,
    pub(super) registers: Vec<Value>,
    pub(super) iterations: Vec<u32>,
    /// For each loop, whether it waits.
    pub(super) waiting: Vec<Waiting>,
    /// Which of its events program order relates, where that is not all of them.
    pub(super) sequencing: Option<Box<Sequencing>>,
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
        let observed = observed_registers(litmus);
        let facts =
            codes.iter().zip(&observed).map(|(code, observed)| facts(code, litmus.layout(), observed)).collect();
        Self { litmus, codes, facts, knows_waiting: false }
    }

    /// Tells loops that wait from those that are cut. Only for models that allow fewer reads.
    pub(super) fn with_waiting(mut self, knows_waiting: bool) -> Self {
        self.knows_waiting = knows_waiting;
        self
    }

    pub(super) fn litmus(&self) -> &'a Litmus {
        self.litmus
    }

    pub(super) fn start(&self) -> Vec<Rc<ThreadState>> {
        let threads = self.litmus.threads().iter().zip(&self.codes).enumerate();
        threads
            .map(|(thread, (source, code))| {
                let (registers, iterations) = (vec![0; source.registers.len()], vec![0; code.loops]);
                let sequencing = code.is_partial.then(Box::default);
                // Where program order is partial, taking away an iteration is another matter.
                let loops = if self.knows_waiting && sequencing.is_none() { code.loops } else { 0 };
                Rc::new(ThreadState {
                    thread,
                    at: 0,
                    registers,
                    iterations,
                    waiting: vec![Waiting::default(); loops],
                    sequencing,
                })
            })
            .collect()
    }

    /// Runs the thread up to its next access or fence, which stays pending.
    pub(super) fn advance(&self, state: &mut Rc<ThreadState>) -> Next {
        let stays = |op: &Op| {
            matches!(op, Op::Fence(_) | Op::Store { .. } | Op::Load { .. } | Op::Update { .. } | Op::CompareExchange(_))
        };
        let result = match self.codes[state.thread].ops.get(state.at) {
            Some(op) if !stays(op) => self.run(Rc::make_mut(state), |_| {}),
            _ => Ok(None),
        };
        self.stopped(state, result)
    }

    /// [Advances](Self::advance), and shows `look` each operation on the way before it is done.
    pub(super) fn advance_seeing(&self, state: &mut Rc<ThreadState>, look: impl FnMut(&Op)) -> Next {
        let result = self.run(Rc::make_mut(state), look);
        self.stopped(state, result)
    }

    /// What a thread that has [run](Self::run) is about to do.
    fn stopped(&self, state: &ThreadState, result: Result<Option<Next>, Fault>) -> Next {
        let next = result.and_then(|stopped| stopped.map_or_else(|| self.pending(state), Ok));
        next.unwrap_or_else(Next::Faulty)
    }

    /// Runs the thread up to its next access, fence or end, or until it stops for another reason.
    fn run(&self, state: &mut ThreadState, mut look: impl FnMut(&Op)) -> Result<Option<Next>, Fault> {
        let ops = &self.codes[state.thread].ops;
        while let Some(op) = ops.get(state.at) {
            look(op);
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
                    if let Some(waiting) = state.waiting.get_mut(*counter) {
                        *waiting = Waiting::default();
                    }
                    state.at += 1;
                }
                Op::Iterate { counter, bound } => {
                    let matters = self.matters(state, *counter);
                    if state.iterations[*counter] >= *bound {
                        // The thread stays here, and may be asked again.
                        let waits = state.waiting.get(*counter).is_some_and(|waiting| waiting.waits(&matters));
                        return Ok(Some(if waits { Next::Blocked } else { Next::Cut }));
                    }
                    if let Some(waiting) = state.waiting.get_mut(*counter) {
                        waiting.iterate(matters);
                    }
                    state.iterations[*counter] += 1;
                    state.at += 1;
                }
                Op::Assume(condition) => {
                    if condition.evaluate(&state.registers)? == 0 {
                        return Ok(Some(Next::Blocked));
                    }
                    state.at += 1;
                }
                Op::Operands(mark) => {
                    if let Some(sequencing) = &mut state.sequencing {
                        sequencing.mark(*mark);
                    }
                    state.at += 1;
                }
                Op::Fence(_) | Op::Store { .. } | Op::Load { .. } | Op::Update { .. } | Op::CompareExchange(_) => break,
            }
        }
        Ok(None)
    }

    /// What the thread will still look at, beside the number of iterations of this loop.
    fn matters(&self, state: &ThreadState, counter: usize) -> Vec<Value> {
        if state.waiting.is_empty() {
            return Vec::new();
        }
        let facts = self.facts(state);
        let registers = facts.registers.iter().map(|&register| state.registers[register]);
        let counters = facts.counters.iter().filter(|&&other| other != counter);
        let counters = counters.map(|&other| Value::from(state.iterations[other]));
        registers.chain(counters).collect()
    }

    /// The access or fence at which the thread stands, or its end.
    fn pending(&self, state: &ThreadState) -> Result<Next, Fault> {
        let Some(op) = self.codes[state.thread].ops.get(state.at) else { return Ok(Next::Done) };
        Ok(match op {
            Op::Fence(ordering) => Next::Fence(*ordering),
            Op::Store { address, value, ordering } => {
                let location = self.locate(address.evaluate(&state.registers)?)?;
                let value = value.evaluate(&state.registers)?;
                Next::Write { location, value, ordering: *ordering }
            }
            Op::Load { address, ordering, .. } => {
                let location = self.locate(address.evaluate(&state.registers)?)?;
                Next::Read { location, action: ReadAction::Load { ordering: *ordering } }
            }
            Op::Update { address, op, operand, ordering, .. } => {
                let location = self.locate(address.evaluate(&state.registers)?)?;
                let operand = operand.evaluate(&state.registers)?;
                Next::Read { location, action: ReadAction::Update { op: *op, operand, ordering: *ordering } }
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
                Next::Read { location, action }
            }
            Op::Assign { .. }
            | Op::Jump(_)
            | Op::JumpIfZero(..)
            | Op::EnterLoop(_)
            | Op::Iterate { .. }
            | Op::Operands(_)
            | Op::Assume(_) => unreachable!("the thread has run past its local operations"),
        })
    }

    /// Goes past the pending write or fence.
    pub(super) fn pass(&self, state: &mut Rc<ThreadState>) {
        let state = Rc::make_mut(state);
        if let Some(sequencing) = &mut state.sequencing {
            sequencing.add();
        }
        state.waiting.iter_mut().for_each(Waiting::disturb);
        state.at += 1;
    }

    /// Gives the pending read its value and goes past it.
    pub(super) fn read(&self, state: &mut Rc<ThreadState>, value: Value, effect: ReadEffect) {
        let state = Rc::make_mut(state);
        if let Some(sequencing) = &mut state.sequencing {
            sequencing.add();
            if effect.write.is_some() {
                sequencing.add();
            }
        }
        if effect.write.is_some() || !effect.ordering.is_atomic() {
            state.waiting.iter_mut().for_each(Waiting::disturb);
        }
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
        self.facts(state).writable & locations(location) != 0
    }

    /// What the thread may still do, the pending operation included.
    pub(super) fn facts(&self, state: &ThreadState) -> &Facts {
        let facts = &self.facts[state.thread];
        &facts[state.at.min(facts.len() - 1)]
    }

    /// Whether the operation may read `location`.
    pub(super) fn may_read(&self, op: &Op, location: Location) -> bool {
        read_by(op, self.litmus.layout()) & locations(location) != 0
    }

    /// Whether some operation of the test may release, and some may acquire.
    pub(super) fn synchronizes(&self) -> bool {
        let orderings = || self.codes.iter().flat_map(|code| &code.ops).flat_map(Op::orderings);
        orderings().any(Ordering::is_release) && orderings().any(Ordering::is_acquire)
    }

    /// Whether the program order of some thread is not total.
    pub(super) fn is_partial(&self) -> bool {
        self.codes.iter().any(|code| code.is_partial)
    }

    /// Whether some operation of the test has this ordering.
    pub(super) fn has(&self, ordering: Ordering) -> bool {
        self.codes.iter().flat_map(|code| &code.ops).flat_map(Op::orderings).any(|has| has == ordering)
    }

    /// Whether some fence of the test is sequentially consistent.
    pub(super) fn has_seq_cst_fence(&self) -> bool {
        self.codes.iter().flat_map(|code| &code.ops).any(|op| matches!(op, Op::Fence(Ordering::SeqCst)))
    }

    /// The code of each thread.
    pub(super) fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// The number of accesses and fences before the one at which the thread stands, in the order of its statements.
    pub(super) fn ordinal(&self, state: &ThreadState) -> usize {
        self.codes[state.thread].ops.iter().take(state.at).filter(|op| op.is_event()).count()
    }

    /// The registers of all threads, with the given memory.
    pub(super) fn final_state(&self, states: &[Rc<ThreadState>], memory: Vec<Value>) -> FinalState {
        FinalState { registers: states.iter().map(|state| state.registers.clone()).collect(), memory }
    }

    fn locate(&self, address: Value) -> Result<Location, Fault> {
        self.litmus.layout().resolve(address).ok_or(Fault::InvalidAddress(address))
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

    /// The events of the thread, by their places in it, that program order has before the next one.
    pub(super) fn before(&self) -> Mask {
        self.sequencing.as_ref().map_or(Mask::MAX, |sequencing| sequencing.before())
    }

    fn set(&mut self, register: usize, value: Value) {
        if let Some(place) = self.registers.get_mut(register) {
            *place = value;
        }
    }
}
