//! The random walk over execution graphs: which write a read takes its value from, and where a write is placed.
//!
//! A new access is offered the coherent choices; one is drawn, and drawn again among the others as long as the memory
//! model forbids it. The newest is always allowed. Every consistent execution can come up: each has an order in which
//! reads follow the writes they read, every beginning of it is consistent, and so the walk can take its steps.

use super::super::consistency;
use super::super::execution::Execution;
use super::super::graph::{EventId, Kind};
use super::super::interface::{Loc, Op, Site, Update};
use crate::random::Random;

/// The choice of the newest write, or of the place after all others: choices count back from it.
pub(super) const NEWEST: u32 = 0;

/// How far before the newest write of `loc` those are that `thread` may read next, or read and update with `update`.
fn readable(execution: &Execution, thread: usize, loc: Loc, update: Option<&Update>) -> Vec<u32> {
    let graph = execution.graph();
    let hb = graph.hb_before(EventId::new(thread, graph.len_of(thread)));
    let fits = |rank: &u32| {
        let Some(update) = update else { return true };
        match update.apply(graph.value_of(loc, graph.at_rank(loc, *rank))) {
            Some(_) => !graph.has_rmw_after(loc, *rank),
            None => !update.waits,
        }
    };
    let latest = graph.last_rank(loc);
    (consistency::floor(graph, loc, hb)..=latest).filter(fits).map(|rank| latest - rank).collect()
}

/// A random choice for `op`, the next access of `thread`, that the memory model allows.
pub(super) fn choose(execution: &mut Execution, thread: usize, op: Op, site: Site, random: &mut Random) -> u32 {
    let graph = execution.graph();
    let mut choices = match &op {
        Op::Load { loc, .. } => readable(execution, thread, *loc, None),
        Op::Rmw { loc, update, .. } => readable(execution, thread, *loc, Some(update)),
        Op::Store { loc, .. } => {
            let hb = graph.hb_before(EventId::new(thread, graph.len_of(thread)));
            let floor = consistency::floor(graph, *loc, hb);
            let free = |rank: &u32| !graph.has_rmw_after(*loc, rank - 1);
            let last = graph.last_rank(*loc) + 1;
            (floor + 1..=last).filter(free).map(|rank| last - rank).collect()
        }
        _ => return NEWEST,
    };
    // The last one is the newest, which needs no check: an update that waits comes here only once it could write.
    while choices.len() > 1 {
        let index = random.index(choices.len());
        if index == choices.len() - 1 || is_allowed(execution, thread, op, choices[index], site) {
            return choices[index];
        }
        choices.remove(index);
    }
    choices.pop().unwrap_or(NEWEST)
}

/// Whether the memory model allows `choice` for the next access of `thread`, which is tried and undone.
fn is_allowed(execution: &mut Execution, thread: usize, op: Op, choice: u32, site: Site) -> bool {
    let search = &mut execution.search;
    let before = search.graph().order.len();
    search.guided = Some(choice);
    let fits = match op {
        Op::Load { loc, strength } => search.add_read(thread, loc, strength, None, site),
        Op::Rmw { loc, strength, update, waits } => search.add_read(thread, loc, strength, Some((update, waits)), site),
        Op::Store { loc, strength, value } => {
            search.add_write(thread, loc, strength, value, site);
            true
        }
        _ => true,
    };
    let graph = search.graph();
    let accesses = |id: &EventId| matches!(graph.event(*id).kind, Kind::Read | Kind::Write);
    let added: Vec<EventId> = graph.order[before..].iter().copied().filter(accesses).collect();
    let allowed = fits && search.model.allows(graph, &added);
    search.graph_mut().truncate(before);
    allowed
}
