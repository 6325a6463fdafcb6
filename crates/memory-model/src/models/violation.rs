//! Why an execution is forbidden.

use std::fmt::{self, Write as _};

use crate::litmus::Layout;
use crate::relation::Relation;
use crate::{EventId, Execution};

/// An axiom of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axiom {
    /// The name, such as `coherence`.
    pub name: &'static str,
    /// The formula, in the notation of the literature.
    pub formula: &'static str,
}

impl fmt::Display for Axiom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.formula)
    }
}

/// One step of a witness: an event is related to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The event from which the step leads.
    pub from: EventId,
    /// The name of the relation.
    pub relation: &'static str,
    /// The event to which the step leads.
    pub to: EventId,
}

/// A violated axiom with its witness: a cycle of steps, each of which starts where the one before ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    /// The axiom.
    pub axiom: Axiom,
    /// The cycle.
    pub cycle: Vec<Step>,
}

impl Violation {
    /// The violation in the program's own names, one step a line.
    #[must_use]
    pub fn describe(&self, execution: &Execution, layout: &Layout) -> String {
        format!("violates {}\n{}", self.axiom, self.describe_steps(execution, layout))
    }

    pub(crate) fn describe_steps(&self, execution: &Execution, layout: &Layout) -> String {
        let mut text = String::new();
        for step in &self.cycle {
            let (from, to) = (execution.describe(step.from, layout), execution.describe(step.to, layout));
            let _ = writeln!(text, "  {from}  --{}-->  {to}", step.relation);
        }
        text
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "violates {}: ", self.axiom)?;
        for step in &self.cycle {
            write!(f, "{} -{}-> ", step.from, step.relation)?;
        }
        match self.cycle.first() {
            Some(first) => write!(f, "{}", first.from),
            None => Ok(()),
        }
    }
}

/// The steps from each event of `path` to the next, each named after the first of the `named` relations that contains it.
pub(super) fn steps(path: &[EventId], named: &[(&'static str, &Relation)]) -> Vec<Step> {
    path.windows(2)
        .filter_map(|pair| {
            let (from, to) = (pair[0], pair[1]);
            let (relation, _) = named.iter().find(|(_, relation)| relation.contains(from, to))?;
            Some(Step { from, relation, to })
        })
        .collect()
}

/// A shortest cycle in the union of the `named` relations, as steps; `None` if there is none.
pub(super) fn shortest_cycle(size: usize, named: &[(&'static str, &Relation)]) -> Option<Vec<Step>> {
    let mut union = Relation::empty(size);
    for (_, relation) in named {
        union |= relation;
    }
    let mut cycle = union.shortest_cycle()?;
    cycle.push(*cycle.first()?);
    Some(steps(&cycle, named))
}

/// A shortest path from one event to another in the union of the `named` relations, as steps: none if both are the same, or if
/// there is no path.
pub(super) fn shortest_path(from: EventId, to: EventId, named: &[(&'static str, &Relation)]) -> Vec<Step> {
    let Some((_, first)) = named.first().filter(|_| from != to) else { return Vec::new() };
    let mut union = Relation::empty(first.size());
    for (_, relation) in named {
        union |= relation;
    }
    union.shortest_path(from, to).map(|path| steps(&path, named)).unwrap_or_default()
}

/// No write comes between the halves of a read-modify-write.
pub(super) const ATOMICITY: Axiom = Axiom { name: "atomicity", formula: "empty(rmw & (fr;co))" };

/// `rmw & (fr;co)`: the read-modify-writes between whose halves a write comes.
pub(super) fn interrupted(execution: &Execution, fr: &Relation) -> Relation {
    execution.rmw().intersection(&fr.compose(execution.co()))
}

/// Checks `empty(rmw & (fr;co))`.
pub(super) fn atomicity(execution: &Execution, fr: &Relation) -> Result<(), Violation> {
    let co = execution.co();
    let broken = interrupted(execution, fr);
    let Some((read, write)) = broken.iter().next() else { return Ok(()) };
    let between = fr.successors(read).find(|&between| co.contains(between, write)).unwrap_or(write);
    let mut cycle = steps(&[read, between, write], &[("fr", fr), ("co", co)]);
    cycle.push(Step { from: write, relation: "rmw^-1", to: read });
    Err(Violation { axiom: ATOMICITY, cycle })
}
