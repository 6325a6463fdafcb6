//! What an enumeration found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Candidate, Ending};
use crate::litmus::{Fault, Layout, Litmus, Quantifier};
use crate::models::Model;
use crate::{Event, Kind, Location, Ordering, Value};

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
    /// The outcomes, with the number of complete executions of each.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// The values of the test's [observables](Litmus::observables), with the number of complete executions of each.
    pub states: BTreeMap<Vec<Value>, u64>,
    /// The data races in executions of any ending.
    pub races: BTreeSet<Race>,
    /// The names of what the model [remarks](Model::flags) on executions of any ending, and whether it makes the test undefined.
    pub flags: BTreeMap<String, bool>,
    /// The operations without a defined result that were reached, with their threads.
    pub faults: BTreeSet<(usize, Fault)>,
    /// The number of executions stopped at an assumption.
    pub blocked: u64,
    /// The number of executions in which a loop ran into its bound; if not 0, the exploration is incomplete.
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

    pub(super) fn add(&mut self, litmus: &Litmus, model: &dyn Model, candidate: &Candidate) {
        let Candidate { execution, state, ending } = candidate;
        if litmus.filter_condition().is_some_and(|filter| !filter.holds(state, litmus.layout())) {
            return;
        }
        for (first, second) in model.races(execution) {
            let (first, second) = (execution.events()[first], execution.events()[second]);
            let Some(location) = first.location else { continue };
            self.races.insert(Race { location, first: access(&first), second: access(&second) });
        }
        self.flags.extend(model.flags(execution).into_iter().map(|flag| (flag.name, flag.is_undefined)));
        match ending {
            Ending::Complete => {}
            Ending::Blocked => {
                self.blocked += 1;
                return;
            }
            Ending::Cut => {
                self.cut += 1;
                return;
            }
            Ending::Faulty { thread, fault } => {
                self.faults.insert((*thread, *fault));
                return;
            }
        }
        self.executions += 1;
        self.satisfying += u64::from(litmus.condition().holds(state, litmus.layout()));
        let mut reads = execution.reads();
        reads.resize(litmus.threads().len(), Vec::new());
        *self.outcomes.entry(Outcome { reads, memory: state.memory.clone() }).or_default() += 1;
        let observed = litmus.observables().iter().map(|observable| state.value(observable, litmus.layout())).collect();
        *self.states.entry(observed).or_default() += 1;
    }
}

fn access(event: &Event) -> Access {
    Access { thread: event.thread.unwrap_or(0), index: event.index, kind: event.kind, ordering: event.ordering }
}
