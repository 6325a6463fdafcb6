//! From the code of the threads to the annotations of an execution: which reads each address, value and branch depends on.
//!
//! Each thread is run again with the values that it read. A register depends on the reads whose values were used to compute it; what
//! follows a branch depends on the reads that decided it.

use std::rc::Rc;

use super::graph::Graph;
use super::machine::{Machine, Next, ReadEffect, ThreadState};
use super::sequencing::Mask;
use crate::litmus::{Expr, Op};
use crate::{Annotations, EventId, Execution};

/// The reads of one thread, by their places in it, on which something depends.
struct Sources {
    registers: Vec<Mask>,
    /// What decided the branches so far.
    branches: Mask,
}

impl Sources {
    fn of(&self, expr: &Expr) -> Mask {
        let registers = expr.registers();
        registers.into_iter().filter_map(|register| self.registers.get(register.index)).fold(0, |all, more| all | more)
    }

    fn set(&mut self, register: usize, sources: Mask) {
        if let Some(place) = self.registers.get_mut(register) {
            *place = sources;
        }
    }

    /// Goes past an operation that makes no event.
    fn local(&mut self, op: &Op) {
        match op {
            Op::Assign { reg, value } => {
                let sources = self.of(value);
                self.set(*reg, sources);
            }
            Op::Assume(condition) | Op::JumpIfZero(condition, _) => self.branches |= self.of(condition),
            _ => {}
        }
    }
}

impl Machine<'_> {
    /// The execution of the graph, with its annotations if these are wanted.
    pub(super) fn execution(
        &self,
        graph: &Graph,
        coherence: &[Vec<EventId>],
        threads: &[Rc<ThreadState>],
        annotates: bool,
    ) -> Execution {
        let execution = graph.execution(coherence, threads);
        if !annotates {
            return execution;
        }
        let annotations = self.annotations(&execution);
        execution.with_annotations(annotations)
    }

    fn annotations(&self, execution: &Execution) -> Annotations {
        let layout = self.litmus().layout();
        let mut all = Annotations::none(execution.size());
        all.locations = (0..layout.len()).map(|location| layout.name(crate::Location(location))).collect();
        for state in self.start() {
            self.annotate(execution, state, &mut all);
        }
        all
    }

    fn annotate(&self, execution: &Execution, mut state: Rc<ThreadState>, all: &mut Annotations) {
        let (events, thread) = (execution.events(), state.thread());
        let code = &self.codes()[thread];
        let Some(first) = events.iter().position(|event| event.thread == Some(thread)) else { return };
        let depend = |relation: &mut crate::relation::Relation, sources: Mask, event: EventId| {
            (0..event - first).filter(|place| sources >> place & 1 == 1).for_each(|place| {
                relation.insert(first + place, event);
            });
        };
        let mut sources = Sources { registers: vec![0; state.registers.len()], branches: 0 };
        let mut id = first;
        while let Some(event) = events.get(id).filter(|event| event.thread == Some(thread)) {
            let next = self.advance_seeing(&mut state, |op| sources.local(op));
            let at = state.at;
            let Some(op) = code.ops.get(at) else { return };
            // The writing half of a read-modify-write, or the event itself.
            let last = id + usize::from(event.is_rmw);
            let (address, values, registers): (_, Vec<&Expr>, _) = match op {
                Op::Load { address, reg, .. } => (Some(address), Vec::new(), vec![*reg]),
                Op::Store { address, value, .. } => (Some(address), vec![value], Vec::new()),
                Op::Update { address, operand, old, .. } => (Some(address), vec![operand], vec![*old]),
                Op::CompareExchange(exchange) => {
                    let operands = vec![&exchange.expected, &exchange.new];
                    (Some(&exchange.address), operands, vec![exchange.old, exchange.success])
                }
                _ => (None, Vec::new(), Vec::new()),
            };
            let value = values.into_iter().fold(0, |all, value| all | sources.of(value));
            for half in id..=last {
                depend(&mut all.ctrl, sources.branches, half);
                depend(&mut all.addr, address.map_or(0, |address| sources.of(address)), half);
            }
            if events.get(last).is_some_and(crate::Event::is_write) {
                depend(&mut all.data, value, last);
            }
            if code.locks.contains(&at) {
                (id..=last).for_each(|half| all.locks.insert(half));
            }
            if code.unlocks.contains(&at) {
                all.unlocks.insert(id);
            }
            match next {
                Next::Write { .. } | Next::Fence(_) => self.pass(&mut state),
                Next::Read { action, .. } => {
                    let fits = |effect: &ReadEffect| effect.write.is_some() == event.is_rmw;
                    let Some(effect) = action.effects(event.value).into_iter().flatten().find(fits) else { return };
                    self.read(&mut state, event.value, effect);
                    registers.into_iter().for_each(|register| sources.set(register, 1 << (id - first)));
                }
                Next::Done | Next::Blocked | Next::Cut | Next::Faulty(_) => return,
            }
            id = last + 1;
        }
    }
}
