//! Keys of partial candidates: equal keys, equal numbers of ways to go on.
//!
//! A key holds what the future of a partial candidate depends on, and nothing of its past: for each thread its place, the registers
//! and counters that may still be used, and what it has seen, as the latest write of each location; for each location its writes
//! in coherence order, from the first that anyone may still read or write behind. Values that no one uses are left out. The
//! threads of a class (see [`Keys::new`]) are sorted by what is noted of them.

use super::dataflow::{locations, may_fault, observables, observed_registers, targets};
use super::machine::{Machine, Next};
use super::sequencing::Mask;
use super::state::State;
use super::step::Builder;
use crate::litmus::{Code, Expr, Observable, Op};
use crate::{Location, Value};

/// What of a test decides what is noted.
#[derive(Debug)]
pub(super) struct Keys {
    /// The classes of interchangeable threads.
    pub(super) classes: Vec<Vec<usize>>,
    /// For each location, whether the values of its writes may be used when they are read.
    valued: Vec<bool>,
    /// For each location, whether its final value may be used.
    observed: Vec<bool>,
}

/// The places of the latest writes seen, by location; 0 where nothing depends on it.
struct Places<'a> {
    state: &'a State,
    /// For each location that may still be accessed, the first place that matters.
    bases: Vec<Option<usize>>,
}

impl Keys {
    /// Threads are interchangeable if their code is equal, none of their registers is observed, and none can fault.
    pub(super) fn new(machine: &Machine<'_>) -> Self {
        let litmus = machine.litmus();
        let layout = litmus.layout();
        let mut observed = vec![false; layout.len()];
        for observable in observables(litmus) {
            if let Observable::Memory { name, element } = observable {
                if let Some(Location(location)) = layout.element(&name, element) {
                    observed[location] = true;
                }
            }
        }
        let registers = observed_registers(litmus);
        let mut valued = vec![false; layout.len()];
        for (code, observed_registers) in machine.codes().iter().zip(&registers) {
            for (location, valued) in valued.iter_mut().enumerate() {
                let uses = |op: &Op| uses_value(op, code, observed_registers, observed[location]);
                *valued |= code.ops.iter().any(|op| machine.may_read(op, Location(location)) && uses(op));
            }
        }
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for (thread, code) in machine.codes().iter().enumerate() {
            let is_alone = !registers[thread].is_empty() || code.ops.iter().any(|op| may_fault(op, layout));
            let equal = |class: &&mut Vec<usize>| {
                let other = class[0];
                registers[other].is_empty()
                    && machine.codes()[other] == *code
                    && litmus.threads()[other].registers.len() == litmus.threads()[thread].registers.len()
            };
            match classes.iter_mut().find(equal).filter(|_| !is_alone) {
                Some(class) => class.push(thread),
                None => classes.push(vec![thread]),
            }
        }
        Self { classes, valued, observed }
    }

    /// Makes `key` the key of `state`.
    pub(super) fn key(&self, builder: &Builder<'_>, state: &State, key: &mut Vec<Value>) {
        let machine = builder.machine;
        let is_running =
            |thread: &usize| matches!(state.pending[*thread], Next::Read { .. } | Next::Write { .. } | Next::Fence(_));
        let running: Vec<usize> = (0..state.threads.len()).filter(is_running).collect();
        let (mut readable, mut writable) = (0, 0);
        for &thread in &running {
            let facts = machine.facts(&state.threads[thread]);
            readable |= facts.readable;
            writable |= facts.writable;
        }
        let base = |location: usize| {
            let users = running.iter().filter(|&&thread| {
                let facts = machine.facts(&state.threads[thread]);
                (facts.readable | facts.writable) & locations(Location(location)) != 0
            });
            users.map(|&thread| state.floor(Location(location), state.views[thread].before)).min()
        };
        let places = Places { state, bases: (0..self.valued.len()).map(base).collect() };

        key.clear();
        for class in &self.classes {
            if let [thread] = class[..] {
                places.thread(builder, thread, is_running(&thread), key);
                continue;
            }
            let members = class.iter().map(|&thread| {
                let mut noted = Vec::with_capacity(16);
                places.thread(builder, thread, is_running(&thread), &mut noted);
                noted
            });
            let mut members: Vec<Vec<Value>> = members.collect();
            members.sort_unstable();
            key.extend(members.into_iter().flatten());
        }
        for (location, order) in state.coherence.iter().enumerate() {
            let is_read = readable & locations(Location(location)) != 0;
            let is_written = writable & locations(Location(location)) != 0;
            if let Some(base) = places.bases[location] {
                key.push((order.len() - base) as Value);
                for &write in &order[base..] {
                    if is_read && self.valued[location] {
                        key.push(state.graph.events[write].value);
                    }
                    if is_read && builder.synchronizes {
                        places.see(state.written[write].released, key);
                    }
                }
                if is_written {
                    let is_rmw = |&write: &usize| Value::from(state.graph.events[write].is_rmw);
                    key.extend(order[base + 1..].iter().map(is_rmw));
                }
            }
            if self.observed[location] {
                key.extend(order.last().map(|&last| state.graph.events[last].value));
            }
        }
    }
}

impl Places<'_> {
    /// Notes what matters of a thread.
    fn thread(&self, builder: &Builder<'_>, thread: usize, is_running: bool, noted: &mut Vec<Value>) {
        let state = self.state;
        let at = &state.threads[thread];
        let facts = builder.machine.facts(at);
        noted.push(at.at as Value);
        noted.extend(facts.registers.iter().map(|&register| at.registers[register]));
        for &counter in &facts.counters {
            noted.push(at.iterations[counter].into());
            at.waiting.get(counter).into_iter().for_each(|waiting| waiting.note(noted));
        }
        if !is_running {
            return;
        }
        let view = &state.views[thread];
        if builder.synchronizes {
            self.see(view.before, noted);
            self.see(view.acquirable, noted);
            self.see(view.fenced, noted);
            state.headed(thread).iter().for_each(|&headed| self.see(headed, noted));
        } else {
            let used = facts.readable | facts.writable;
            for location in (0..self.bases.len()).filter(|&location| used & locations(Location(location)) != 0) {
                noted.push(self.place(location, view.before));
            }
        }
        if let Next::Read { location, action } = state.pending[thread] {
            let order = &state.coherence[location.0];
            let floor = state.floor(location, view.before);
            let possible = (floor..order.len()).filter(|&place| state.may_read_from(thread, location, action, place));
            let possible = possible.fold(0_u128, |all, place| all | 1 << (place - floor));
            noted.extend([possible as Value, (possible >> 64) as Value]);
        }
    }

    /// Notes what was seen of all locations.
    fn see(&self, seen: Mask, noted: &mut Vec<Value>) {
        noted.extend((0..self.bases.len()).map(|location| self.place(location, seen)));
    }

    fn place(&self, location: usize, seen: Mask) -> Value {
        let Some(base) = self.bases[location] else { return 0 };
        self.state.floor(Location(location), seen).saturating_sub(base) as Value
    }
}

/// Whether the operation, when it reads, does more with the value than to forget it.
fn uses_value(op: &Op, code: &Code, observed_registers: &[usize], is_observed: bool) -> bool {
    let is_used = |register: &usize| {
        let mentions = |expr: &Expr| expr.registers().iter().any(|mentioned| mentioned.index == *register);
        observed_registers.contains(register) || code.ops.iter().flat_map(Op::operands).any(mentions)
    };
    match op {
        Op::CompareExchange(_) => true,
        Op::Update { .. } => is_observed || targets(op).iter().any(is_used),
        _ => targets(op).iter().any(is_used),
    }
}
