//! What events are called in the test's own terms.

use std::collections::BTreeSet;

use crate::enumerate::statements;
use crate::litmus::{Litmus, Origin};
use crate::{EventId, Execution, Kind};

/// The names of the events of one execution: `P1 line 9`, or `P1 access 2` for a test that was not parsed.
///
/// ```
/// use memory_model::enumerate;
/// use memory_model::explain::Places;
/// use memory_model::litmus::Litmus;
/// use memory_model::models::Sc;
///
/// let test = Litmus::parse("Rust W\n{ x: AtomicI32; }\nfn P0() {\n  x.store(1, Relaxed);\n}\n")?;
/// let execution = &enumerate::executions(&test, &Sc)?[0];
/// let places = Places::new(&test, execution);
/// assert_eq!(places.name(0), "the initial write of x");
/// assert_eq!(places.name(1), "P0 line 4");
/// assert_eq!(places.text(1), "x.store(1, Relaxed)");
/// assert_eq!(places.effect(1), "writes x=1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Places<'a> {
    litmus: &'a Litmus,
    execution: &'a Execution,
    statements: Vec<Option<usize>>,
}

impl<'a> Places<'a> {
    /// The names of the events of `execution`, an execution of `litmus`.
    #[must_use]
    pub fn new(litmus: &'a Litmus, execution: &'a Execution) -> Self {
        Self { litmus, execution, statements: statements(litmus, execution) }
    }

    /// Where the event stands in the source, if the test has one.
    #[must_use]
    pub fn origin(&self, id: EventId) -> Option<&'a Origin> {
        let thread = self.execution.events().get(id)?.thread?;
        let statement = (*self.statements.get(id)?)?;
        self.litmus.origin(thread, statement)
    }

    /// `P1 line 9`; with the column if other accesses of the thread stand on that line, and with the iteration if the statement ran
    /// several times.
    #[must_use]
    pub fn name(&self, id: EventId) -> String {
        let Some(event) = self.execution.events().get(id) else { return String::new() };
        let Some(thread) = event.thread else {
            let location = event.location.map_or_else(String::new, |location| self.litmus.layout().name(location));
            return format!("the initial write of {location}");
        };
        let Some(origin) = self.origin(id) else { return format!("P{thread} access {}", self.access(id)) };
        let mut name = format!("P{thread} line {}", origin.line);
        let own = |&other: &EventId| self.execution.events()[other].thread == Some(thread);
        let others = || (0..self.execution.size()).filter(own);
        let columns: BTreeSet<usize> = others()
            .filter_map(|other| self.origin(other))
            .filter(|other| other.line == origin.line)
            .map(|other| other.column)
            .collect();
        if columns.len() > 1 {
            name += &format!(":{}", origin.column);
        }
        // The halves of a read-modify-write are one run of the statement.
        let runs: Vec<EventId> = others()
            .filter(|&other| self.statements[other] == self.statements[id] && !self.is_second_half(other))
            .collect();
        if runs.len() > 1 {
            let run = runs.iter().filter(|&&other| other <= id).count();
            name += &format!(" (run {run})");
        }
        name
    }

    /// The text of the access or fence in the source; for a test without one, the event, as `W[rlx] x=1`.
    #[must_use]
    pub fn text(&self, id: EventId) -> String {
        if let Some(origin) = self.origin(id) {
            return origin.text.clone();
        }
        let text = self.execution.describe(id, self.litmus.layout());
        text.split_once(": ").map_or(text.clone(), |(_, event)| event.to_owned())
    }

    /// `reads x=1`, `writes x=1` or `is a fence`.
    #[must_use]
    pub fn effect(&self, id: EventId) -> String {
        let Some(event) = self.execution.events().get(id) else { return String::new() };
        let layout = self.litmus.layout();
        let verb = match event.kind {
            Kind::Read => "reads",
            Kind::Write => "writes",
            Kind::Fence => return "is a fence".to_owned(),
        };
        let name = event.location.map_or_else(String::new, |location| layout.name(location));
        format!("{verb} {name}={}", layout.display_value(event.value))
    }

    /// The location, by name; empty for a fence.
    pub(super) fn location(&self, id: EventId) -> String {
        let location = self.execution.events().get(id).and_then(|event| event.location);
        location.map_or_else(String::new, |location| self.litmus.layout().name(location))
    }

    /// The number of the access or fence among those that its thread ran, from 1.
    fn access(&self, id: EventId) -> usize {
        let events = self.execution.events();
        let thread = events[id].thread;
        (0..=id).filter(|&other| events[other].thread == thread && !self.is_second_half(other)).count()
    }

    /// Whether the event is the write of a read-modify-write.
    fn is_second_half(&self, id: EventId) -> bool {
        self.execution.events().get(id).is_some_and(|event| event.is_rmw && event.is_write())
    }
}
