//! Backward revisits: an earlier read takes its value from a later write.
//!
//! When write `w` joins the graph, an earlier read `r` of its location may read it. The revisit keeps the events up to
//! `r` and those `w` depends on, and deletes the others. Many graphs lead to the same result in this way; exactly one of
//! them has every deleted event, and `r`, *maximally added*: for an event `e`, let its *previous* events be those not
//! younger than `e` and those `w` depends on; then
//! - no previous read reads from `e`,
//! - the write that `e` is (or reads from) is previous, and no previous write follows it in coherence order,
//! - a free choice took its first value.
//!
//! Making the revisit only then visits each graph once without remembering any.

use super::consistency;
use super::exploration::{Choice, Search};
use super::graph::{EventId, Graph, Kind};
use super::interface::Strength;

impl Search {
    /// Pushes the revisits that the new write `write` allows. If it is the write half of a read-modify-write and that of
    /// `conflict` has read the same write, only those that leave out or change `conflict`.
    pub(super) fn push_revisits(&mut self, write: EventId, mut conflict: Option<EventId>) {
        let event = self.graph().event(write);
        let Some(loc) = event.loc else { return };
        if event.strength == Strength::Plain || self.guided.is_some() {
            // Nothing else is explored. Or: a read that could see it instead of what it saw would race with it.
            return;
        }
        let graph = &self.current.graph;
        let keep = graph.order.len();
        let prefix = graph.porf(write);
        let before = self.current.choices.len();
        // The youngest read first: what its revisit deletes, that of an older one deletes too.
        let mut events = graph.by_stamp.iter().rev().filter(|id| !prefix.contains(**id));
        'reads: for read in graph.locations[loc.index()].reads.iter().rev().copied() {
            if prefix.contains(read) {
                continue;
            }
            for id in events.by_ref() {
                if !is_maximal(graph, *id, write) {
                    break 'reads;
                }
                if *id == read {
                    break;
                }
            }
            conflict = conflict.filter(|conflict| *conflict != read);
            if conflict.is_none() && graph.event(read).strength != Strength::Plain {
                self.current.choices.push(Choice::Revisit { keep, read, write });
            }
        }
        self.current.choices[before..].reverse();
    }

    /// Makes `kept` the graph that the revisit of `read` by `write` keeps, in which `write` has no place in coherence
    /// order yet and `read` keeps its old clocks.
    pub(super) fn revisit(&mut self, read: EventId, write: EventId, kept: &mut Graph) {
        let graph = &self.current.graph;
        self.keep.clear();
        self.keep.extend(kept_of_threads(graph, read, write));
        kept.restrict(graph, &self.keep, read);
        if let Some(loc) = kept.event(write).loc {
            kept.remove_from_co(loc, write);
            kept.event_mut(write).rank = 0;
        }
    }

    /// Pushes the places that `write` may take after it revisited `read`.
    pub(super) fn push_places_after_revisit(&mut self, read: EventId, write: EventId) {
        let graph = self.graph();
        let keep = graph.order.len();
        let event = graph.event(write);
        let Some(loc) = event.loc else { return };
        let read_floor = consistency::floor(graph, loc, graph.hb_before(read));
        let places: Vec<u32> = if event.rmw {
            let rank = graph.rank(graph.event(graph.read_half(write)).reads_from);
            let conflict = graph.has_rmw_after(loc, rank);
            Some(rank + 1).filter(|place| !conflict && *place > read_floor).into_iter().collect()
        } else {
            let floor = consistency::floor(graph, loc, graph.hb_before(write)).max(read_floor);
            (floor + 1..=graph.last_rank(loc) + 1).filter(|rank| !graph.has_rmw_after(loc, rank - 1)).collect()
        };
        for rank in places {
            self.push(Choice::Place { keep, write, rank });
        }
    }
}

/// How many events of each thread the revisit of `read` by `write` keeps.
fn kept_of_threads(graph: &Graph, read: EventId, write: EventId) -> impl Iterator<Item = u16> {
    let stamp = graph.event(read).stamp;
    let prefix = graph.porf(write);
    graph.threads.iter().enumerate().map(move |(thread, events)| {
        let needed = prefix.get(thread);
        let younger = events[needed.into()..].iter().position(|event| event.stamp > stamp);
        younger.map_or(events.len() as u16, |younger| needed + younger as u16)
    })
}

/// How many events the revisit of `read` by `write` keeps.
pub(super) fn kept(graph: &Graph, read: EventId, write: EventId) -> usize {
    kept_of_threads(graph, read, write).map(usize::from).sum()
}

/// Whether `id` was added maximally with respect to what the revisit by `write` keeps and what is older than `id`.
fn is_maximal(graph: &Graph, id: EventId, write: EventId) -> bool {
    let event = graph.event(id);
    let prefix = graph.porf(write);
    let previous =
        |other: EventId| other != write && (graph.event(other).stamp <= event.stamp || prefix.contains(other));
    let (from, loc) = match (event.kind, event.loc) {
        (Kind::Choice { .. }, _) => return event.value == 0,
        (Kind::Read, Some(loc)) => (event.reads_from, loc),
        (Kind::Write, Some(loc)) => {
            // What `write` depends on does not read from what the revisit deletes, so only an older read is previous.
            if event.read_early {
                return false;
            }
            (id, loc)
        }
        _ => return true,
    };
    if !from.is_init() && !previous(from) {
        return false;
    }
    let rank = graph.rank(from) as usize;
    !graph.locations[loc.index()].co[rank..].iter().any(|later| previous(*later))
}
