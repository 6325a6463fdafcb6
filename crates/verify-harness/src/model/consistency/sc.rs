//! Sequential consistency: program order, reads-from, coherence order and from-reads form no cycle.

use super::super::graph::{EventId, Graph, Kind};

/// Whether no cycle runs through `changed`; the rest of the graph is taken to be free of cycles.
pub(super) fn is_acyclic_through(graph: &Graph, changed: EventId) -> bool {
    // Per thread, the least index already visited: its successors in program order are visited too.
    let mut visited: Vec<usize> = graph.threads.iter().map(Vec::len).collect();
    let mut stack = Vec::new();
    push_successors(graph, changed, &mut stack);
    while let Some(id) = stack.pop() {
        // Reaching an event of the same thread at or before the changed one closes a cycle.
        if id.thread == changed.thread && id.index <= changed.index {
            return false;
        }
        let end = visited[id.thread()];
        if id.index() >= end {
            continue;
        }
        visited[id.thread()] = id.index();
        for index in id.index()..end {
            if id.thread() == changed.thread() && index == changed.index() {
                return false;
            }
            push_successors(graph, EventId::new(id.thread(), index), &mut stack);
        }
    }
    true
}

/// Pushes the successors of `id` but for those that program order gives through the next event, which is pushed.
fn push_successors(graph: &Graph, id: EventId, stack: &mut Vec<EventId>) {
    let event = graph.event(id);
    if id.index() + 1 < graph.len_of(id.thread()) {
        stack.push(EventId { thread: id.thread, index: id.index + 1 });
    }
    match event.kind {
        Kind::Spawn { child } if graph.len_of(child.into()) > 0 => stack.push(EventId::new(child.into(), 0)),
        Kind::Finish => {
            for (thread, events) in graph.threads.iter().enumerate() {
                let joins = |event: &super::super::graph::Event| matches!(event.kind, Kind::Join { child } if usize::from(child) == id.thread());
                stack.extend(events.iter().position(joins).map(|index| EventId::new(thread, index)));
            }
        }
        Kind::Write | Kind::Read => {
            let Some(loc) = event.loc else { return };
            let rank = if event.kind == Kind::Write { event.rank } else { graph.rank(event.reads_from) };
            // Later writes follow through coherence order; only the next one is needed.
            if rank < graph.last_rank(loc) {
                let next = graph.at_rank(loc, rank + 1);
                // A read-modify-write's own write half follows it by program order already.
                stack.push(next);
            }
            if event.kind == Kind::Write {
                let Some(location) = graph.location(loc) else { return };
                stack.extend(location.reads.iter().filter(|read| graph.event(**read).reads_from == id));
            }
        }
        _ => {}
    }
}
