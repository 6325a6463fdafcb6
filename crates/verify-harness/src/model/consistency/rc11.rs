//! RC11's `psc` axiom: sequentially consistent accesses and fences can be put into one order.
//!
//! `psc = psc_base U psc_fence` must be acyclic, with
//! - `scb = po U (po|diff-loc ; hb ; po|diff-loc) U hb|same-loc U co U fr`,
//! - `psc_base = ([SC] U [F_sc] ; hb?) ; scb ; ([SC] U hb? ; [F_sc])`,
//! - `psc_fence = [F_sc] ; (hb U hb ; eco ; hb) ; [F_sc]`.
//!
//! Only the few sequentially consistent events are nodes; an edge is decided from clocks and from *positions* at a
//! location: a write of rank `n` has position `2n`, a read of it `2n + 1`, and an access is before another in extended
//! coherence order exactly if its position is less.

use super::super::graph::{Event, EventId, Graph, Kind};
use super::super::interface::Strength;

/// Whether `psc` has no cycle. Free when fewer than two sequentially consistent events exist.
pub(super) fn psc_is_acyclic(graph: &Graph) -> bool {
    if !graph.sequential || graph.order.iter().filter(|id| is_node(graph.event(**id))).nth(1).is_none() {
        return true;
    }
    let nodes: Vec<EventId> = graph.order.iter().copied().filter(|id| is_node(graph.event(*id))).collect();
    let sources: Vec<Reach> = nodes.iter().map(|node| Reach::from(graph, *node)).collect();
    let targets: Vec<Sinks> = nodes.iter().map(|node| Sinks::of(graph, *node)).collect();
    let edge = |a: usize, b: usize| a != b && sources[a].reaches(&targets[b]);
    // Depth-first search with the usual three colours.
    let mut colour = vec![0u8; nodes.len()];
    for start in 0..nodes.len() {
        if colour[start] != 0 {
            continue;
        }
        let mut path = vec![(start, 0)];
        colour[start] = 1;
        while let Some((node, next)) = path.last_mut() {
            let (from, to) = (*node, *next);
            if to == nodes.len() {
                colour[from] = 2;
                path.pop();
                continue;
            }
            *next += 1;
            if colour[to] != 2 && edge(from, to) {
                if colour[to] == 1 {
                    return false;
                }
                colour[to] = 1;
                path.push((to, 0));
            }
        }
    }
    true
}

fn is_node(event: &Event) -> bool {
    event.strength == Strength::SeqCst && matches!(event.kind, Kind::Read | Kind::Write | Kind::Fence)
}

/// The position at its location of an access whose value the engine supplies.
fn position(graph: &Graph, event: &Event) -> Option<(usize, u32)> {
    let loc = event.loc?.index();
    match event.kind {
        Kind::Write => Some((loc, 2 * event.rank)),
        Kind::Read => Some((loc, 2 * graph.rank(event.reads_from) + 1)),
        _ => None,
    }
}

/// Where the edges out of a node lead.
struct Reach {
    is_fence: bool,
    /// Per thread: events from this index on follow by `psc_base` along program order or happens-before.
    after: Vec<usize>,
    /// Per location: as `after`, but only events at the location follow. Empty if none do.
    after_at: Vec<Vec<usize>>,
    /// Per location: the least position from which coherence order and from-reads start.
    least: Vec<u32>,
    /// For a fence: per location, the least position of an access that happens after it.
    least_hb: Vec<u32>,
    /// For a fence: what happens after it.
    hb_after: Vec<usize>,
}

/// Where the edges into a node come from.
struct Sinks {
    is_fence: bool,
    /// The node itself first, then, for a fence, what happens before it.
    events: Vec<EventId>,
    /// Per location: the greatest position of a *write* among `events`.
    greatest_write: Vec<u32>,
    /// For a fence: per location, the greatest position of an access that happens before it.
    greatest_hb: Vec<u32>,
    locs: Vec<Option<usize>>,
}

const NONE: u32 = u32::MAX;

/// Per thread, the index of the first event that `id` happens before.
fn hb_after(graph: &Graph, id: EventId) -> Vec<usize> {
    let first = |(thread, events): (usize, &Vec<Event>)| {
        if thread == id.thread() {
            return id.index() + 1;
        }
        let (mut low, mut high) = (0, events.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if graph.hb(EventId::new(thread, middle)).contains(id) { high = middle } else { low = middle + 1 }
        }
        low
    };
    graph.threads.iter().enumerate().map(first).collect()
}

impl Reach {
    fn from(graph: &Graph, node: EventId) -> Self {
        let event = graph.event(node);
        let is_fence = event.kind == Kind::Fence;
        let hb = hb_after(graph, node);
        let mut reach = Self {
            is_fence,
            after: graph.threads.iter().map(Vec::len).collect(),
            after_at: vec![Vec::new(); graph.locations.len()],
            least: vec![NONE; graph.locations.len()],
            least_hb: vec![NONE; graph.locations.len()],
            hb_after: hb.clone(),
        };
        reach.extend(graph, node);
        if is_fence {
            for (thread, first) in hb.iter().enumerate() {
                for index in *first..graph.len_of(thread) {
                    let id = EventId::new(thread, index);
                    reach.extend(graph, id);
                    if let Some((loc, position)) = position(graph, graph.event(id)) {
                        reach.least_hb[loc] = reach.least_hb[loc].min(position);
                    }
                }
            }
        }
        reach
    }

    /// Adds the `scb` edges out of `x`.
    fn extend(&mut self, graph: &Graph, x: EventId) {
        let event = graph.event(x);
        // po
        self.after[x.thread()] = self.after[x.thread()].min(x.index() + 1);
        // hb at the same location; co and fr
        if let Some(loc) = event.loc {
            let after = hb_after(graph, x);
            match &mut self.after_at[loc.index()] {
                least if least.is_empty() => *least = after,
                least => least.iter_mut().zip(after).for_each(|(least, after)| *least = after.min(*least)),
            }
        }
        if let Some((loc, position)) = position(graph, event) {
            self.least[loc] = self.least[loc].min(position);
        }
        // po to another location; hb; po from another location
        let events = &graph.threads[x.thread()];
        let apart = |a: &Event, b: &Event| a.loc.is_none() || b.loc.is_none() || a.loc != b.loc;
        let Some(y) = (x.index() + 1..events.len()).find(|y| apart(event, &events[*y])) else { return };
        for (thread, first) in hb_after(graph, EventId::new(x.thread(), y)).into_iter().enumerate() {
            let events = &graph.threads[thread];
            // What follows the first event elsewhere than `first` is elsewhere than one of the two.
            let elsewhere = (first + 1..events.len()).find(|u| apart(&events[first], &events[*u]));
            if let Some(elsewhere) = elsewhere {
                self.after[thread] = self.after[thread].min(elsewhere);
            }
        }
    }

    fn reaches(&self, sinks: &Sinks) -> bool {
        for (sink, loc) in sinks.events.iter().zip(&sinks.locs) {
            if self.after[sink.thread()] <= sink.index() {
                return true;
            }
            let at = loc.map(|loc| &self.after_at[loc]);
            if at.is_some_and(|after| after.get(sink.thread()).is_some_and(|after| *after <= sink.index())) {
                return true;
            }
        }
        let before = |least: &[u32], greatest: &[u32]| {
            least.iter().zip(greatest).any(|(least, greatest)| *least != NONE && least < greatest)
        };
        // co and fr lead to writes.
        if before(&self.least, &sinks.greatest_write) {
            return true;
        }
        self.is_fence
            && sinks.is_fence
            && (self.hb_after[sinks.events[0].thread()] <= sinks.events[0].index()
                || before(&self.least_hb, &sinks.greatest_hb))
    }
}

impl Sinks {
    fn of(graph: &Graph, node: EventId) -> Self {
        let event = graph.event(node);
        let is_fence = event.kind == Kind::Fence;
        let mut sinks = Self {
            is_fence,
            events: vec![node],
            greatest_write: vec![0; graph.locations.len()],
            greatest_hb: vec![0; graph.locations.len()],
            locs: Vec::new(),
        };
        if is_fence {
            for thread in 0..graph.threads.len() {
                let before = usize::from(graph.hb(node).get(thread)).min(graph.len_of(thread));
                let ids = (0..before).map(|index| EventId::new(thread, index));
                sinks.events.extend(ids.filter(|id| *id != node));
            }
        }
        for id in &sinks.events {
            let event = graph.event(*id);
            sinks.locs.push(event.loc.map(|loc| loc.index()));
            if let Some((loc, position)) = position(graph, event) {
                sinks.greatest_hb[loc] = sinks.greatest_hb[loc].max(position);
                if event.kind == Kind::Write {
                    sinks.greatest_write[loc] = sinks.greatest_write[loc].max(position);
                }
            }
        }
        sinks
    }
}
