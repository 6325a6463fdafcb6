//! A failing execution as text: one column a thread, one row an event, in an order in which it can happen.

use core::fmt::Write as _;

use super::execution::Execution;
use super::graph::{BlockReason, EventId, Graph, Kind};
use super::interface::{Op, Waits};

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

/// Names an event.
pub(super) fn describe(graph: &Graph, id: EventId) -> String {
    let event = graph.event(id);
    let loc = event.loc.map_or_else(String::new, |loc| format!("m{}", loc.0));
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
            format!("{verb} {loc} {strength} reads {value:#x} {from}")
        }
        Kind::Write if event.rmw => format!("update {loc} {strength} writes {:#x}", event.value),
        Kind::Write => format!("store {loc} {strength} writes {:#x}", event.value),
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

/// The current execution as a table.
pub(crate) fn render(execution: &Execution) -> String {
    let graph = execution.graph();
    // A thread without events yet has no column.
    let threads = graph.threads.iter().rposition(|events| !events.is_empty()).map_or(0, |last| last + 1);
    let shown = |id: &EventId| !matches!(graph.event(*id).kind, Kind::Start | Kind::Spin);
    let rows: Vec<EventId> = graph.order.iter().copied().filter(shown).collect();
    let cells: Vec<(EventId, String)> =
        rows.iter().map(|id| (*id, format!("{}: {}", id.index, describe(graph, *id)))).collect();
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
