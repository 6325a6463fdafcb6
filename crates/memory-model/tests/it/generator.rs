//! Random straight-line programs, with an interpreter of their own that knows only interleavings.

use std::collections::BTreeSet;

use memory_model::Ordering::{self, AcqRel, Acquire, NonAtomic, Relaxed, Release, SeqCst};
use memory_model::Value;
use memory_model::enumerate::Outcome;
use memory_model::litmus::{Condition, Expr, Litmus, Observable, Place, Reg, ThreadBuilder, memory, reg};
use verify_harness::random::Random;

const NAMES: [&str; 3] = ["x", "y", "z"];

/// What is stored: a number, or one more than what the thread read last.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operand {
    Number(Value),
    LastPlusOne,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Load(usize, Ordering),
    Store(usize, Operand, Ordering),
    FetchAdd(usize, Value, Ordering),
    Exchange(usize, Value, Ordering),
    CompareExchange(usize, Value, Value, Ordering, Ordering),
    Fence(Ordering),
}

#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) locations: usize,
    pub(crate) threads: Vec<Vec<Op>>,
}

/// The shape of the programs to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) threads: usize,
    pub(crate) accesses: usize,
    pub(crate) locations: usize,
}

impl Program {
    pub(crate) fn random(random: &mut Random, shape: Shape) -> Self {
        let threads = (0..shape.threads)
            .map(|_| {
                let accesses = 1 + random.index(shape.accesses);
                let mut ops = Vec::new();
                for access in 0..accesses {
                    if access > 0 && random.index(4) == 0 {
                        ops.push(Op::Fence(random.pick(&[Acquire, Release, AcqRel, SeqCst, SeqCst])));
                    }
                    ops.push(Self::access(random, shape.locations));
                }
                ops
            })
            .collect();
        Self { locations: shape.locations, threads }
    }

    fn access(random: &mut Random, locations: usize) -> Op {
        let location = random.index(locations);
        let update = [Relaxed, Acquire, Release, AcqRel, SeqCst];
        match random.index(12) {
            0..=3 => Op::Load(location, random.pick(&[NonAtomic, Relaxed, Relaxed, Acquire, Acquire, SeqCst, SeqCst])),
            4..=8 => {
                let ordering = random.pick(&[NonAtomic, Relaxed, Relaxed, Release, Release, SeqCst, SeqCst]);
                let operand = if random.index(5) == 0 {
                    Operand::LastPlusOne
                } else {
                    Operand::Number(1 + random.index(2) as Value)
                };
                Op::Store(location, operand, ordering)
            }
            9 => Op::FetchAdd(location, 1, random.pick(&update)),
            10 => Op::Exchange(location, 3, random.pick(&update)),
            _ => Op::CompareExchange(
                location,
                random.index(2) as Value,
                2,
                random.pick(&update),
                random.pick(&[Relaxed, Acquire, SeqCst]),
            ),
        }
    }

    /// Whether some access or fence is sequentially consistent.
    pub(crate) fn has_seq_cst(&self) -> bool {
        self.threads.iter().flatten().any(|op| match *op {
            Op::Load(_, ordering)
            | Op::Store(.., ordering)
            | Op::FetchAdd(.., ordering)
            | Op::Exchange(.., ordering)
            | Op::Fence(ordering) => ordering == SeqCst,
            Op::CompareExchange(.., success, failure) => success == SeqCst || failure == SeqCst,
        })
    }

    /// Without plain accesses; sequentially consistent accesses, but not fences, may stay.
    pub(crate) fn without_plain_accesses(mut self, keeps_seq_cst: bool) -> Self {
        for op in self.threads.iter_mut().flatten() {
            let weaker = |ordering: &mut Ordering, sc: Ordering| match *ordering {
                NonAtomic => *ordering = Relaxed,
                SeqCst if !keeps_seq_cst => *ordering = sc,
                _ => {}
            };
            match op {
                Op::Load(_, ordering) => weaker(ordering, Acquire),
                Op::Store(.., ordering) => weaker(ordering, Release),
                Op::FetchAdd(.., ordering) | Op::Exchange(.., ordering) | Op::Fence(ordering) => {
                    weaker(ordering, AcqRel)
                }
                Op::CompareExchange(.., success, failure) => {
                    weaker(success, AcqRel);
                    weaker(failure, Acquire);
                }
            }
        }
        self
    }

    /// Lets some threads do what the first one does; sometimes all write the same value.
    pub(crate) fn with_equal_threads(mut self, random: &mut Random) -> Self {
        if random.index(2) == 0 {
            for op in self.threads.iter_mut().flatten() {
                match op {
                    Op::Store(_, operand, _) => *operand = Operand::Number(1),
                    Op::Exchange(_, value, _) => *value = 1,
                    Op::CompareExchange(_, _, new, ..) => *new = 1,
                    _ => {}
                }
            }
        }
        for thread in 1..self.threads.len() {
            if random.index(3) > 0 {
                self.threads[thread] = self.threads[0].clone();
            }
        }
        self
    }

    /// Makes most accesses and fences sequentially consistent, so that their order decides.
    pub(crate) fn strengthened(mut self, random: &mut Random) -> Self {
        for op in self.threads.iter_mut().flatten() {
            if random.index(4) == 0 {
                continue;
            }
            match op {
                Op::Load(_, ordering)
                | Op::Store(.., ordering)
                | Op::FetchAdd(.., ordering)
                | Op::Exchange(.., ordering)
                | Op::CompareExchange(.., ordering, _)
                | Op::Fence(ordering) => *ordering = SeqCst,
            }
        }
        self
    }

    pub(crate) fn litmus(&self) -> Litmus {
        let mut litmus = Litmus::new("random");
        for name in &NAMES[..self.locations] {
            litmus = litmus.init(name, 0);
        }
        for ops in &self.threads {
            litmus = litmus.thread(|t| {
                let mut last: Option<Reg> = None;
                for op in ops {
                    match *op {
                        Op::Load(location, ordering) => last = Some(t.load(NAMES[location], ordering)),
                        Op::Store(location, operand, ordering) => match (operand, last) {
                            (Operand::Number(value), _) => t.store(NAMES[location], value, ordering),
                            (Operand::LastPlusOne, Some(last)) => t.store(NAMES[location], last + 1, ordering),
                            (Operand::LastPlusOne, None) => t.store(NAMES[location], 1, ordering),
                        },
                        Op::FetchAdd(location, value, ordering) => {
                            last = Some(t.fetch_add(NAMES[location], value, ordering));
                        }
                        Op::Exchange(location, value, ordering) => {
                            last = Some(t.exchange(NAMES[location], value, ordering));
                        }
                        Op::CompareExchange(location, expected, new, success, failure) => {
                            last = Some(t.compare_exchange(NAMES[location], expected, new, success, failure).old);
                        }
                        Op::Fence(ordering) => t.fence(ordering),
                    }
                }
            });
        }
        litmus
    }

    /// The outcomes of all interleavings: sequential consistency as an operational semantics.
    pub(crate) fn interleavings(&self) -> BTreeSet<Outcome> {
        let mut outcomes = BTreeSet::new();
        let mut stack = vec![Interleaved {
            at: vec![0; self.threads.len()],
            reads: vec![Vec::new(); self.threads.len()],
            memory: vec![0; self.locations],
        }];
        while let Some(state) = stack.pop() {
            let mut ended = true;
            for (thread, ops) in self.threads.iter().enumerate() {
                let Some(&op) = ops.get(state.at[thread]) else { continue };
                ended = false;
                let mut next = state.clone();
                next.at[thread] += 1;
                next.step(thread, op);
                stack.push(next);
            }
            if ended {
                outcomes.insert(Outcome { reads: state.reads, memory: state.memory });
            }
        }
        outcomes
    }
}

impl Program {
    /// The outcomes of the x86-TSO machine: each thread has a buffer of stores that empties into the memory at any time, first in
    /// first out. Loads look into the buffer first; read-modify-writes and sequentially consistent stores and fences leave it
    /// empty.
    pub(crate) fn buffered(&self) -> BTreeSet<Outcome> {
        let mut outcomes = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut stack = vec![Buffered {
            at: vec![0; self.threads.len()],
            reads: vec![Vec::new(); self.threads.len()],
            memory: vec![0; self.locations],
            buffers: vec![Vec::new(); self.threads.len()],
        }];
        while let Some(state) = stack.pop() {
            if !seen.insert(state.clone()) {
                continue;
            }
            let mut ended = true;
            for (thread, ops) in self.threads.iter().enumerate() {
                if !state.buffers[thread].is_empty() {
                    ended = false;
                    let mut next = state.clone();
                    let (location, value) = next.buffers[thread].remove(0);
                    next.memory[location] = value;
                    stack.push(next);
                }
                let Some(&op) = ops.get(state.at[thread]) else { continue };
                ended = false;
                let mut next = state.clone();
                next.at[thread] += 1;
                if next.step(thread, op) {
                    stack.push(next);
                }
            }
            if ended {
                outcomes.insert(Outcome { reads: state.reads, memory: state.memory });
            }
        }
        outcomes
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Buffered {
    at: Vec<usize>,
    reads: Vec<Vec<Value>>,
    memory: Vec<Value>,
    buffers: Vec<Vec<(usize, Value)>>,
}

impl Buffered {
    /// Whether the thread can do the operation now.
    fn step(&mut self, thread: usize, op: Op) -> bool {
        let Self { reads, memory, buffers, .. } = self;
        let (reads, buffer) = (&mut reads[thread], &mut buffers[thread]);
        match op {
            Op::Load(location, _) => {
                let buffered = buffer.iter().rev().find(|(place, _)| *place == location);
                reads.push(buffered.map_or(memory[location], |(_, value)| *value));
            }
            Op::Store(location, operand, SeqCst) if buffer.is_empty() => memory[location] = operand.value(reads),
            Op::Store(_, _, SeqCst) => return false,
            Op::Store(location, operand, _) => buffer.push((location, operand.value(reads))),
            Op::Fence(SeqCst) => return buffer.is_empty(),
            Op::Fence(_) => {}
            // A compare-exchange that fails is a locked instruction as well, but the model sees a mere read: it may run early.
            Op::CompareExchange(location, expected, new, ..) => {
                let buffered = buffer.iter().rev().find(|(place, _)| *place == location);
                let value = buffered.map_or(memory[location], |(_, value)| *value);
                if value == expected {
                    if !buffer.is_empty() {
                        return false;
                    }
                    memory[location] = new;
                }
                reads.push(value);
            }
            Op::FetchAdd(location, value, _) => {
                if !buffer.is_empty() {
                    return false;
                }
                reads.push(memory[location]);
                memory[location] += value;
            }
            Op::Exchange(location, value, _) => {
                if !buffer.is_empty() {
                    return false;
                }
                reads.push(memory[location]);
                memory[location] = value;
            }
        }
        true
    }
}

#[derive(Clone, Debug)]
struct Interleaved {
    at: Vec<usize>,
    reads: Vec<Vec<Value>>,
    memory: Vec<Value>,
}

impl Interleaved {
    fn step(&mut self, thread: usize, op: Op) {
        let Self { reads, memory, .. } = self;
        let reads = &mut reads[thread];
        match op {
            Op::Load(location, _) => reads.push(memory[location]),
            Op::Store(location, operand, _) => memory[location] = operand.value(reads),
            Op::FetchAdd(location, value, _) => {
                reads.push(memory[location]);
                memory[location] += value;
            }
            Op::Exchange(location, value, _) => {
                reads.push(memory[location]);
                memory[location] = value;
            }
            Op::CompareExchange(location, expected, new, ..) => {
                reads.push(memory[location]);
                if memory[location] == expected {
                    memory[location] = new;
                }
            }
            Op::Fence(_) => {}
        }
    }
}

/// A random test with branches, loops, assumptions, weak exchanges and computed addresses: two threads over `x`, `y` and pointers
/// to them. Its orderings are any, or neither plain nor sequentially consistent; both threads may be equal.
pub(crate) fn structured(random: &mut Random, weak: bool) -> Litmus {
    let mut litmus = Litmus::new("structured").init("x", 0).init("y", 0);
    let are_equal = random.index(3) == 0;
    let mut other = random.clone();
    for thread in 0..2 {
        litmus = litmus.thread(|t| {
            let mut known = Vec::new();
            let random = if thread == 1 && are_equal { &mut other } else { &mut *random };
            block(t, random, &mut known, 3, 2, weak);
        });
    }
    litmus
}

/// Makes some registers and variables part of the final states of `litmus`, and gives it a condition.
pub(crate) fn observed(litmus: Litmus, random: &mut Random) -> Litmus {
    let mut observed = Vec::new();
    let density = 2 + random.index(4);
    for (thread, of) in litmus.threads().iter().enumerate() {
        let registers = (0..of.registers.len()).map(|register| Observable::Register(reg(thread, register)));
        observed.extend(registers.filter(|_| random.index(density) == 0));
    }
    observed.extend(NAMES.into_iter().filter(|name| litmus.layout().find(name).is_some()).map(memory));
    observed.retain(|observable| matches!(observable, Observable::Register(_)) || random.index(2) == 0);
    let condition = match observed.first() {
        Some(first) => first.clone().is(random.index(3) as Value),
        None => Condition::True,
    };
    let litmus = observed.into_iter().fold(litmus, Litmus::observe);
    match random.index(4) {
        0 => litmus.filter(!condition.clone()).exists(condition),
        1 => litmus.filter(condition),
        _ => litmus.exists(condition),
    }
}

/// At most `length` statements, nested at most `depth` deep, over the registers that are `known`.
fn block(
    t: &mut ThreadBuilder<'_>,
    random: &mut Random,
    known: &mut Vec<Reg>,
    length: usize,
    depth: usize,
    weak: bool,
) {
    for _ in 0..1 + random.index(length) {
        let condition = |random: &mut Random, known: &[Reg]| match known {
            [] => Expr::from(1),
            _ => known[random.index(known.len())].equals(random.index(2) as Value),
        };
        match random.index(if depth == 0 { 6 } else { 9 }) {
            0 if random.index(3) == 0 => {
                // Operands in no order: two loads, or a load beside a sum of two.
                let orderings: [Ordering; 3] = [(); 3].map(|()| random.pick(&[Relaxed, Acquire]));
                let [first, second, third] = orderings;
                let is_nested = random.index(2) == 0;
                let (one, other) = t.unsequenced(
                    |t| t.load("x", first),
                    |t| {
                        if is_nested {
                            let (y, x) = t.unsequenced(|t| t.load("y", second), |t| t.load("x", third));
                            t.assign(y + x)
                        } else {
                            t.load("y", second)
                        }
                    },
                );
                known.extend([one, other]);
            }
            0 | 1 => {
                let place = place(t, random, known);
                known.push(t.load(
                    place,
                    random.pick(if weak { &[Relaxed, Acquire] } else { &[NonAtomic, Relaxed, Acquire, SeqCst][..] }),
                ));
            }
            2 | 3 => {
                let place = place(t, random, known);
                t.store(
                    place,
                    1 + random.index(2) as Value,
                    random.pick(if weak { &[Relaxed, Release] } else { &[NonAtomic, Relaxed, Release, SeqCst][..] }),
                );
            }
            4 => {
                let place = place(t, random, known);
                let (success, failure) = (random.pick(&[Relaxed, AcqRel]), random.pick(&[Relaxed, Acquire]));
                let exchanged = if random.index(2) == 0 {
                    t.compare_exchange(place, random.index(2) as Value, 1, success, failure)
                } else {
                    t.compare_exchange_weak(place, 0, 1, success, failure)
                };
                known.extend([exchanged.old, exchanged.success]);
            }
            5 => match random.index(3) {
                0 => t.fence(random.pick(if weak { &[Acquire, Release] } else { &[Acquire, Release, SeqCst][..] })),
                1 => known.push(t.fetch_add("y", 1, random.pick(&[Relaxed, Acquire, Release]))),
                _ => {
                    let condition = condition(random, known);
                    t.assume(condition);
                }
            },
            6 | 7 => {
                let condition = condition(random, known);
                let mut then = random.clone();
                let mut otherwise = Random::new(random.next_u64());
                random.next_u64();
                let (mut left, mut right) = (known.clone(), known.clone());
                t.if_else(
                    condition,
                    |t| block(t, &mut then, &mut left, 2, depth - 1, weak),
                    |t| block(t, &mut otherwise, &mut right, 1, depth - 1, weak),
                );
            }
            _ => {
                let wanted = random.index(2) as Value;
                let mut body = Random::new(random.next_u64());
                let mut inner = known.clone();
                t.while_nonzero(
                    |t| t.load("x", Relaxed).equals(wanted),
                    |t| {
                        if body.index(2) == 0 {
                            block(t, &mut body, &mut inner, 1, 0, weak);
                        }
                    },
                );
            }
        }
    }
}

/// `x`, `y`, or the one or the other by the value of a register.
fn place(t: &mut ThreadBuilder<'_>, random: &mut Random, known: &[Reg]) -> Place {
    match (random.index(4), known) {
        (0, [.., last]) => {
            let (x, y) = (t.address("x"), t.address("y"));
            Place::Pointer(x.clone() + (y - x) * last.equals(1))
        }
        (choice, _) => NAMES[choice % 2].into(),
    }
}

impl Operand {
    pub(crate) fn value(self, reads: &[Value]) -> Value {
        match self {
            Self::Number(value) => value,
            Self::LastPlusOne => reads.last().map_or(1, |last| last + 1),
        }
    }
}
