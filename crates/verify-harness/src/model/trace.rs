//! A failing execution as text: one column a thread, one row an event, in an order in which it can happen.

use core::fmt::Write as _;

use super::execution::Execution;
use super::graph::{BlockReason, EventId, Kind};
use super::interface::{Loc, Op, Waits};

/// Names an operation that is about to happen.
pub(super) fn name(op: &Op) -> String {
    match op {
        Op::Load { strength, .. } => format!("load {}", strength.name()),
        Op::Store { strength, .. } => format!("store {}", strength.name()),
        Op::Rmw { strength, .. } => format!("read-modify-write {}", strength.name()),
        Op::Fence { strength } => format!("fence {}", strength.name()),
        Op::PlainRead { .. } => "plain read".to_owned(),
        Op::PlainWrite { .. } => "plain write".to_owned(),
        Op::Free { .. } => "free".to_owned(),
        Op::Spawn => "spawn".to_owned(),
        Op::Join { thread } => format!("join T{thread}"),
        Op::Choose { .. } => "choice".to_owned(),
        Op::Refuse => "refuted assumption".to_owned(),
        Op::Spin => "spin".to_owned(),
        Op::Finish => "end of thread".to_owned(),
    }
}

/// Names that do not change from run to run: of locations and of the program's memory, in the order in which they come up.
struct Names<'a> {
    execution: &'a Execution,
    locations: Vec<Loc>,
    /// Where the blocks begin that values point into.
    blocks: Vec<usize>,
}

impl<'a> Names<'a> {
    fn of(execution: &'a Execution) -> Self {
        let mut names = Self { execution, locations: Vec::new(), blocks: Vec::new() };
        let graph = execution.graph();
        for id in &graph.order {
            let event = graph.event(*id);
            let Some(loc) = event.loc else { continue };
            if !names.locations.contains(&loc) {
                names.locations.push(loc);
            }
            let value = match event.kind {
                Kind::Read => graph.value_of(loc, event.reads_from),
                Kind::Write => event.value,
                _ => continue,
            };
            let block = names.block_of(value).map(|(base, _)| base);
            if let Some(base) = block.filter(|base| !names.blocks.contains(base)) {
                names.blocks.push(base);
            }
        }
        names
    }

    /// The block that `value` points into, and where.
    fn block_of(&self, value: u64) -> Option<(usize, usize)> {
        let address = usize::try_from(value).ok()?;
        self.execution.heap.base_of(address).map(|base| (base, address - base))
    }

    fn location(&self, loc: Option<Loc>) -> String {
        let place = loc.and_then(|loc| self.locations.iter().position(|other| *other == loc));
        place.map_or_else(String::new, |place| format!("m{place}"))
    }

    /// A value; a pointer into the program's memory by the block and the offset, since addresses change from run to run.
    fn value(&self, value: u64) -> String {
        let Some((base, offset)) = self.block_of(value) else { return format!("{value:#x}") };
        let number = self.blocks.iter().position(|other| *other == base).unwrap_or_default();
        if offset == 0 { format!("&b{number}") } else { format!("&b{number}+{offset:#x}") }
    }

    /// Names an event.
    fn describe(&self, id: EventId) -> String {
        let graph = self.execution.graph();
        let event = graph.event(id);
        let loc = self.location(event.loc);
        let strength = event.strength.name();
        match event.kind {
            Kind::Start => "start".to_owned(),
            Kind::Finish => "end".to_owned(),
            Kind::Spawn { child } => format!("spawn T{child}"),
            Kind::Join { child } => format!("join T{child}"),
            Kind::Read => {
                let value = event.loc.map_or(0, |loc| graph.value_of(loc, event.reads_from));
                let from = if event.reads_from.is_init() {
                    "initially".to_owned()
                } else {
                    format!("from T{}.{}", event.reads_from.thread, event.reads_from.index)
                };
                let verb = match (event.update.is_some(), event.rmw) {
                    (true, true) => "update",
                    (true, false) => "failed update",
                    _ => "load",
                };
                format!("{verb} {loc} {strength} reads {} {from}", self.value(value))
            }
            Kind::Write if event.rmw => format!("update {loc} {strength} writes {}", self.value(event.value)),
            Kind::Write => format!("store {loc} {strength} writes {}", self.value(event.value)),
            Kind::Fence => format!("fence {strength}"),
            Kind::PlainRead => format!("plain read {loc}"),
            Kind::PlainWrite => format!("plain write {loc}"),
            Kind::Free => format!("free {loc}"),
            Kind::Choice { count } => format!("choice {} of {count}", event.value),
            Kind::Spin => "spin".to_owned(),
            Kind::Block(BlockReason::Assumption) => "assumption does not hold".to_owned(),
            Kind::Block(BlockReason::Spin) => "spins".to_owned(),
            Kind::Block(BlockReason::Waits(Waits::Lock)) => "waits for a lock".to_owned(),
            Kind::Block(BlockReason::Waits(Waits::Notification)) => "waits for a notification".to_owned(),
            Kind::Block(BlockReason::Waits(Waits::Unpark)) => "waits to be unparked".to_owned(),
        }
    }
}

/// Names an event and its place.
pub(super) fn name_event(execution: &Execution, id: EventId) -> String {
    let place = (execution.name_site)(execution.graph().event(id).site);
    format!("{} at {place}", Names::of(execution).describe(id))
}

/// The current execution as a table.
pub(crate) fn render(execution: &Execution) -> String {
    let graph = execution.graph();
    let names = Names::of(execution);
    // A thread without events yet has no column.
    let threads = graph.threads.iter().rposition(|events| !events.is_empty()).map_or(0, |last| last + 1);
    let shown = |id: &EventId| !matches!(graph.event(*id).kind, Kind::Start | Kind::Spin);
    let rows: Vec<EventId> = graph.order.iter().copied().filter(shown).collect();
    let cells: Vec<(EventId, String)> =
        rows.iter().map(|id| (*id, format!("{}: {}", id.index, names.describe(*id)))).collect();
    let mut widths: Vec<usize> = (0..threads).map(|thread| format!("T{thread}").len()).collect();
    for (id, cell) in &cells {
        widths[id.thread()] = widths[id.thread()].max(cell.chars().count());
    }
    let mut text = String::new();
    for (thread, width) in widths.iter().enumerate() {
        let _ = write!(text, "| {:<width$} ", format!("T{thread}"));
    }
    text.push_str("| at\n");
    for width in &widths {
        let _ = write!(text, "|{}", "-".repeat(width + 2));
    }
    text.push_str("|---\n");
    for (id, cell) in &cells {
        for (thread, width) in widths.iter().enumerate() {
            let cell = if thread == id.thread() { cell.as_str() } else { "" };
            let _ = write!(text, "| {cell:<width$} ");
        }
        let _ = writeln!(text, "| {}", (execution.name_site)(graph.event(*id).site));
    }
    text
}
