//! What is drawn: the events of each thread and the edges between them.

use std::collections::BTreeSet;

use memory_model::explain::Places;
use memory_model::{EventId, Execution, Location};

use crate::litmus::judge::{Exhibit, Verdict};

/// An execution as nodes and edges; how they look is for the renderers to say.
#[derive(Debug)]
pub struct Drawing {
    pub title: String,
    pub caption: String,
    /// The initial writes, by event.
    pub initial: Vec<Node>,
    /// The events of each thread in program order.
    pub threads: Vec<Vec<Node>>,
    pub edges: Vec<Edge>,
    /// The cycle that forbids the execution, in its order: from where, by what, to where.
    pub cycle: Vec<(EventId, &'static str, EventId)>,
}

#[derive(Debug)]
pub struct Node {
    pub event: EventId,
    /// `a`, `b`, ... for events of threads; `x=0` for initial writes.
    pub letter: String,
    /// `W[rlx] x=1`
    pub label: String,
    /// `line 4`, if the test has a source.
    pub place: String,
}

/// What an edge means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    ProgramOrder,
    ReadsFrom,
    Coherence,
    FromReads,
    Atomic,
    Synchronizes,
    Race,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: EventId,
    pub to: EventId,
    pub kind: Kind,
    pub label: String,
    /// Whether the edge is part of the cycle that forbids the execution.
    pub in_cycle: bool,
}

impl Drawing {
    pub fn new(verdict: &Verdict, exhibit: &Exhibit<'_>) -> Self {
        let Exhibit { execution, violation, race, caption } = *exhibit;
        let litmus = &verdict.litmus;
        let places = Places::new(litmus, execution);
        let mut letters = letters();
        let mut initial = Vec::new();
        let mut threads: Vec<Vec<Node>> = litmus.threads().iter().map(|_| Vec::new()).collect();
        for (event, data) in execution.events().iter().enumerate() {
            let described = execution.describe(event, litmus.layout());
            let label = described.split_once(": ").map_or(described.clone(), |(_, label)| label.to_owned());
            match data.thread {
                None => {
                    let letter = label.split_once(' ').map_or(label.clone(), |(_, value)| value.to_owned());
                    initial.push(Node { event, letter, label, place: String::new() });
                }
                Some(thread) => {
                    let place = places.origin(event).map_or_else(String::new, |origin| format!("line {}", origin.line));
                    if let Some(column) = threads.get_mut(thread) {
                        column.push(Node { event, letter: letters(), label, place });
                    }
                }
            }
        }
        let mut edges = edges(execution);
        if let Some((first, second)) = race {
            edges.push(Edge { from: first, to: second, kind: Kind::Race, label: "race".to_owned(), in_cycle: false });
        }
        for step in violation.iter().flat_map(|violation| &violation.cycle) {
            // `rmw^-1` leads back along an edge that is drawn the other way.
            let (from, to, relation) = match step.relation.strip_suffix("^-1") {
                Some(relation) => (step.to, step.from, relation),
                None => (step.from, step.to, step.relation),
            };
            let kind = kind(relation);
            let drawn = edges.iter_mut().find(|edge| (edge.from, edge.to, edge.kind) == (from, to, kind));
            match drawn {
                Some(edge) => edge.in_cycle = true,
                None => edges.push(Edge { from, to, kind, label: relation.to_owned(), in_cycle: true }),
            }
        }
        let violated = violation.map_or_else(String::new, |violation| format!("; violates {}", violation.axiom));
        let mut drawing = Self {
            title: format!("{} under {}: {}", litmus.name(), verdict.model, verdict.summary.observation()),
            caption: format!("{caption}{violated}"),
            initial,
            threads,
            edges,
            cycle: violation.map_or_else(Vec::new, |violation| {
                violation.cycle.iter().map(|step| (step.from, step.relation, step.to)).collect()
            }),
        };
        drawing.drop_idle_initial();
        drawing
    }

    /// The node of an event.
    pub fn node(&self, event: EventId) -> Option<&Node> {
        self.initial.iter().chain(self.threads.iter().flatten()).find(|node| node.event == event)
    }

    /// Drops the initial writes of locations that nothing accesses.
    fn drop_idle_initial(&mut self) {
        let used: BTreeSet<EventId> = self.edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
        self.initial.retain(|node| used.contains(&node.event));
    }
}

/// `a`, `b`, ..., `z`, `a1`, `b1`, ...
fn letters() -> impl FnMut() -> String {
    let mut count = 0_usize;
    move || {
        let letter = char::from(b'a' + u8::try_from(count % 26).unwrap_or(0));
        let round = count / 26;
        count += 1;
        if round == 0 { letter.to_string() } else { format!("{letter}{round}") }
    }
}

fn kind(relation: &str) -> Kind {
    match relation {
        "po" | "sb" | "ppo" | "fence" => Kind::ProgramOrder,
        "rf" => Kind::ReadsFrom,
        "co" => Kind::Coherence,
        "fr" => Kind::FromReads,
        "rmw" | "same operation" => Kind::Atomic,
        "sw" => Kind::Synchronizes,
        _ => Kind::Other,
    }
}

/// The edges that determine an execution: immediate program order, reads-from, immediate coherence, and from-reads to the next write.
fn edges(execution: &Execution) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut push = |from: EventId, to: EventId, kind: Kind, label: &str| {
        edges.push(Edge { from, to, kind, label: label.to_owned(), in_cycle: false });
    };
    let events = execution.events();
    for (id, event) in events.iter().enumerate() {
        let next = events.get(id + 1).filter(|next| event.thread.is_some() && next.thread == event.thread);
        match next {
            Some(_) if execution.rmw().contains(id, id + 1) => push(id, id + 1, Kind::Atomic, "rmw"),
            Some(_) => push(id, id + 1, Kind::ProgramOrder, "po"),
            None => {}
        }
    }
    for (from, to) in execution.rf().iter() {
        push(from, to, Kind::ReadsFrom, "rf");
    }
    let locations: BTreeSet<Location> = events.iter().filter_map(|event| event.location).collect();
    for location in locations {
        let mut writes: Vec<EventId> =
            (0..events.len()).filter(|&id| events[id].is_write() && events[id].location == Some(location)).collect();
        writes.sort_by_key(|&id| std::cmp::Reverse(execution.co().successors(id).count()));
        for pair in writes.windows(2) {
            push(pair[0], pair[1], Kind::Coherence, "co");
            for read in execution.rf().successors(pair[0]) {
                // The write of a read-modify-write follows its own read in program order.
                if !execution.rmw().contains(read, pair[1]) {
                    push(read, pair[1], Kind::FromReads, "fr");
                }
            }
        }
    }
    edges
}
