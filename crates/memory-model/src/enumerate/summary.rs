//! What an enumeration found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Ending;
use super::graph::Finished;
use super::machine::Machine;
use crate::litmus::{Fault, Layout, Observable, Quantifier};
use crate::models::Model;
use crate::{Event, Execution, Kind, Location, Ordering, Value};

/// What a complete execution made visible: the values that were read, and the final memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    /// The values read by each thread, in program order. Read-modify-writes count, failed ones too.
    pub reads: Vec<Vec<Value>>,
    /// The final value of each location, in the order of [`Layout`].
    pub memory: Vec<Value>,
}

impl Outcome {
    /// The outcome with the values of locations named: `T0: [0] T1: [1, 0] x=1 y=1`.
    #[must_use]
    pub fn describe(&self, layout: &Layout) -> String {
        let mut parts: Vec<String> =
            self.reads.iter().enumerate().map(|(thread, reads)| format!("T{thread}: {reads:?}")).collect();
        for (location, &value) in self.memory.iter().enumerate() {
            parts.push(format!("{}={}", layout.name(Location(location)), layout.display_value(value)));
        }
        parts.join(" ")
    }
}

/// One access of a data race, by its place in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Access {
    /// The thread.
    pub thread: usize,
    /// The place among the events of the thread.
    pub index: usize,
    /// Read or write.
    pub kind: Kind,
    /// How strongly the access is ordered.
    pub ordering: Ordering,
}

/// A data race: two conflicting accesses, at least one of them non-atomic, that happens-before does not order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Race {
    /// Where both go.
    pub location: Location,
    /// The access of the lower thread.
    pub first: Access,
    /// The access of the higher thread.
    pub second: Access,
}

/// How often the condition of a test holds among its executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observation {
    /// In all of them.
    Always,
    /// In some but not all.
    Sometimes,
    /// In none, though there are executions. Also said when there is no execution at all.
    Never,
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "Always",
            Self::Sometimes => "Sometimes",
            Self::Never => "Never",
        })
    }
}

/// What was found under one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The number of complete executions (that pass the test's filter, if it has one).
    pub executions: u64,
    /// The number of those that satisfy the condition, whatever its quantifier.
    pub satisfying: u64,
    /// How the condition is meant.
    pub quantifier: Quantifier,
    /// The outcomes, with the number of complete executions of each; empty if the enumerator was told to go
    /// [without](super::Enumerator::without_outcomes).
    pub outcomes: BTreeMap<Outcome, u64>,
    /// The values of the test's [observables](crate::litmus::Litmus::observables), with the number of complete executions of each.
    pub states: BTreeMap<Vec<Value>, u64>,
    /// The data races in executions of any ending.
    pub races: BTreeSet<Race>,
    /// The names of what the model [remarks](Model::flags) on executions of any ending, and whether it makes the test undefined.
    pub flags: BTreeMap<String, bool>,
    /// The operations without a defined result that were reached, with their threads.
    pub faults: BTreeSet<(usize, Fault)>,
    /// The number of executions stopped at an assumption, or in loops that wait for what does not come.
    pub blocked: u64,
    /// The number of executions in which a loop ran into its bound and might go on otherwise; if not 0, the exploration is incomplete.
    pub cut: u64,
    /// The number of candidates on which the model was asked: the work done.
    pub candidates: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            executions: 0,
            satisfying: 0,
            quantifier: Quantifier::Forall,
            outcomes: BTreeMap::new(),
            states: BTreeMap::new(),
            races: BTreeSet::new(),
            flags: BTreeMap::new(),
            faults: BTreeSet::new(),
            blocked: 0,
            cut: 0,
            candidates: 0,
        }
    }
}

impl Summary {
    /// How often the condition holds, whatever its quantifier.
    #[must_use]
    pub fn observation(&self) -> Observation {
        match self.satisfying {
            0 => Observation::Never,
            all if all == self.executions => Observation::Always,
            _ => Observation::Sometimes,
        }
    }

    /// Whether the condition holds as quantified, within the loop bound.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.quantifier {
            Quantifier::Exists => self.satisfying > 0,
            Quantifier::NotExists => self.satisfying == 0,
            Quantifier::Forall => self.satisfying == self.executions,
        }
    }

    /// Whether no execution had to be given up: the counts are those of the whole test, not of a bounded part.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.cut == 0
    }

    /// Whether some execution has undefined behaviour: a data race, an operation without a defined result, or a flag of the model
    /// that says so.
    #[must_use]
    pub fn is_undefined(&self) -> bool {
        !self.races.is_empty() || !self.faults.is_empty() || self.flags.values().any(|&is_undefined| is_undefined)
    }
}

/// Makes a summary of candidates.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    machine: &'a Machine<'a>,
    model: &'a dyn Model,
    observables: Vec<Observable>,
    outcomes: bool,
    summary: Summary,
}

impl<'a> Collector<'a> {
    pub(super) fn new(machine: &'a Machine<'a>, model: &'a dyn Model, outcomes: bool) -> Self {
        let litmus = machine.litmus();
        let summary = Summary { quantifier: litmus.quantifier(), ..Summary::default() };
        Self { machine, model, observables: litmus.observables(), outcomes, summary }
    }

    /// Adds an allowed candidate; without its execution it has no races.
    pub(super) fn add(&mut self, finished: &Finished<'_>, execution: Option<&Execution>) {
        let (litmus, summary) = (self.machine.litmus(), &mut self.summary);
        let state = self.machine.final_state(finished.threads, finished.memory());
        if litmus.filter_condition().is_some_and(|filter| !filter.holds(&state, litmus.layout())) {
            return;
        }
        for (execution, (first, second)) in
            execution.into_iter().flat_map(|it| self.model.races(it).into_iter().map(move |race| (it, race)))
        {
            let (first, second) = (execution.events()[first], execution.events()[second]);
            let Some(location) = first.location else { continue };
            summary.races.insert(Race { location, first: access(&first), second: access(&second) });
        }
        let flags = execution.into_iter().flat_map(|execution| self.model.flags(execution));
        summary.flags.extend(flags.map(|flag| (flag.name, flag.is_undefined)));
        match finished.ending {
            Ending::Complete => {}
            Ending::Blocked => {
                summary.blocked += 1;
                return;
            }
            Ending::Cut => {
                summary.cut += 1;
                return;
            }
            Ending::Faulty { thread, fault } => {
                summary.faults.insert((thread, fault));
                return;
            }
        }
        summary.executions += 1;
        summary.satisfying += u64::from(litmus.condition().holds(&state, litmus.layout()));
        let value = |observable: &Observable| state.value(observable, litmus.layout());
        *summary.states.entry(self.observables.iter().map(value).collect()).or_default() += 1;
        if self.outcomes {
            let mut reads = vec![Vec::new(); litmus.threads().len()];
            for event in finished.graph.events.iter().filter(|event| event.is_read()) {
                if let Some(reads) = event.thread.and_then(|thread| reads.get_mut(thread)) {
                    reads.push(event.value);
                }
            }
            *summary.outcomes.entry(Outcome { reads, memory: state.memory }).or_default() += 1;
        }
    }

    /// The summary of the executions added, out of so many candidates.
    pub(super) fn finish(self, candidates: u64) -> Summary {
        Summary { candidates, ..self.summary }
    }
}

fn access(event: &Event) -> Access {
    Access { thread: event.thread.unwrap_or(0), index: event.index, kind: event.kind, ordering: event.ordering }
}
