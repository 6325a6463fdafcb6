//! The search over execution graphs: each consistent graph of a program once, in polynomial memory.
//!
//! The algorithm is TruSt (Kokologiannakis, Marmanis, Gladstein, Vafeiadis: *Truly stateless, optimal dynamic partial
//! order reduction*, POPL 2022). A graph grows event by event. A new read takes the coherence-latest write and a new
//! write the last place, which is always consistent; the other coherent choices become [`Choice`]s, tried later on the
//! graph cut back to that event. A new write may besides be read by reads that were added before it: a *revisit* keeps
//! what was there before the read and what the write depends on, and is made only if everything it deletes had been
//! added in the one way that the search will repeat (see [`super::revisit`]).
//!
//! Differences from the paper: read and write halves of a read-modify-write are two events, added together; two of them
//! that read the same write are kept just long enough to compute the revisits of the second write, one of which repairs
//! the conflict.

use super::consistency::{self, Model};
use super::graph::{BlockReason, Event, EventId, Graph, Kind};
use super::interface::{Loc, Site, Strength, Update, Waits};
use super::outlook::{Amount, Outlook};

/// Runs below which what is left of a search is not worth a second worker.
const WORTHWHILE: f64 = 16.0;

/// A choice not yet explored, to be made on the graph cut back to the first `keep` events of its order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    /// `read` takes its value from `write`.
    ReadsFrom { keep: usize, read: EventId, write: EventId },
    /// `write` takes the place `rank` in coherence order.
    Place { keep: usize, write: EventId, rank: u32 },
    /// The free choice `event` takes `value`.
    Value { keep: usize, event: EventId, value: u64 },
    /// `read` takes its value from the later `write`, in a graph of its own.
    Revisit { keep: usize, read: EventId, write: EventId },
}

impl Choice {
    /// The number of events of the graph on which the choice is made.
    pub(crate) fn keep(&self) -> usize {
        match *self {
            Self::ReadsFrom { keep, .. } | Self::Place { keep, .. } => keep,
            Self::Value { keep, .. } | Self::Revisit { keep, .. } => keep,
        }
    }
}

/// A graph and the choices left on it.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(super) graph: Graph,
    pub(super) choices: Vec<Choice>,
}

/// The state of the search.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) model: Model,
    /// The frame being explored; the others wait for it.
    pub(super) current: Frame,
    waiting: Vec<Frame>,
    /// How many events of each thread a revisit keeps.
    pub(super) keep: Vec<u16>,
    /// In a run that follows a recorded execution, or a random one: the choice to make at the next event.
    pub(crate) guided: Option<u32>,
    /// Frames whose memory is to be used again.
    spare: Vec<Frame>,
    /// How many choices wait on the frames that wait.
    older: usize,
    /// What is known of the sizes of parts of the search.
    pub(crate) outlook: Outlook,
}

impl Search {
    pub(crate) fn new(model: Model) -> Self {
        Self {
            model,
            current: Frame::default(),
            waiting: Vec::new(),
            keep: Vec::new(),
            spare: Vec::new(),
            guided: None,
            older: 0,
            outlook: Outlook::default(),
        }
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.current.graph
    }

    pub(crate) fn graph_mut(&mut self) -> &mut Graph {
        &mut self.current.graph
    }

    pub(super) fn push(&mut self, choice: Choice) {
        self.current.choices.push(choice);
    }

    /// The least rank that the next event of `thread` may take at `loc`.
    fn floor(&self, thread: usize, loc: Loc) -> u32 {
        let graph = self.graph();
        let next = EventId::new(thread, graph.len_of(thread));
        consistency::floor(graph, loc, graph.hb_before(next))
    }

    /// Adds an event that leaves no choice.
    pub(crate) fn add(&mut self, thread: usize, event: Event) -> EventId {
        let id = self.current.graph.append(thread, event);
        consistency::set_clocks(&mut self.current.graph, id);
        id
    }

    /// Adds a read, or a read-modify-write with its write half. Returns false if the graph is to be abandoned: two
    /// read-modify-writes read the same write.
    pub(crate) fn add_read(
        &mut self,
        thread: usize,
        loc: Loc,
        asked: Strength,
        update: Option<(Update, Waits)>,
        site: Site,
    ) -> bool {
        let floor = self.floor(thread, loc);
        let latest = self.graph().last_rank(loc);
        let mut event = Event::new(Kind::Read, asked, Some(loc), site);
        event.update = update.map(|(update, _)| update);
        event.waits = update.filter(|(update, _)| update.waits).map(|(_, waits)| waits);
        let read = self.current.graph.append(thread, event);
        let keep = self.graph().order.len();
        let latest_write = match self.guided {
            Some(back) => self.graph().at_rank(loc, latest.saturating_sub(back).max(floor)),
            None => self.graph().latest(loc),
        };
        let others = if self.guided.is_some() { latest } else { floor };
        for rank in others..latest {
            let write = self.graph().at_rank(loc, rank);
            let fruitless = match update {
                Some((update, _)) => update.waits && update.apply(self.graph().value_of(loc, write)).is_none(),
                None => false,
            };
            if !fruitless {
                self.push(Choice::ReadsFrom { keep, read, write });
            }
        }
        self.set_reads_from(read, latest_write);
        self.finish_read(read)
    }

    /// Makes `read` take its value from `write`.
    fn set_reads_from(&mut self, read: EventId, write: EventId) {
        let (asked, update, loc) = {
            let event = self.graph().event(read);
            (event.asked, event.update, event.loc)
        };
        let Some(loc) = loc else { return };
        let writes = update.and_then(|update| update.apply(self.graph().value_of(loc, write))).is_some();
        let asked = match update {
            Some(update) if !writes => update.failure,
            _ => asked,
        };
        let strength = self.model.strength(asked);
        let event = self.current.graph.event_mut(read);
        event.reads_from = write;
        event.rmw = writes;
        event.strength = strength;
        let stamp = event.stamp;
        self.current.graph.sequential |= strength == Strength::SeqCst;
        if !write.is_init() {
            let write = self.current.graph.event_mut(write);
            write.read_early |= write.stamp > stamp;
        }
        consistency::set_clocks(&mut self.current.graph, read);
    }

    /// Adds what follows a read at once: its write half, or the mark that its thread waits.
    fn finish_read(&mut self, read: EventId) -> bool {
        let event = self.graph().event(read);
        let (rmw, waits, loc, site, asked) = (event.rmw, event.waits, event.loc, event.site, event.asked);
        let (update, reads_from) = (event.update, event.reads_from);
        if !rmw {
            if let Some(waits) = waits {
                let block = Event::new(Kind::Block(BlockReason::Waits(waits)), Strength::Plain, None, site);
                self.add(read.thread(), block);
            }
            return true;
        }
        let Some(loc) = loc else { return true };
        let old = self.graph().value_of(loc, reads_from);
        let Some(value) = update.and_then(|update| update.apply(old)) else { return true };
        let rank = self.graph().rank(reads_from);
        let graph = self.graph();
        let conflict = graph.has_rmw_after(loc, rank).then(|| graph.read_half(graph.at_rank(loc, rank + 1)));
        let mut event = Event::new(Kind::Write, self.model.strength(asked), Some(loc), site);
        event.asked = asked;
        event.rmw = true;
        event.value = value;
        let write = self.current.graph.append(read.thread(), event);
        self.current.graph.insert_in_co(loc, write, rank + 1);
        consistency::set_clocks(&mut self.current.graph, write);
        self.push_revisits(write, conflict);
        conflict.is_none()
    }

    /// Adds a write.
    pub(crate) fn add_write(&mut self, thread: usize, loc: Loc, asked: Strength, value: u64, site: Site) -> EventId {
        let floor = self.floor(thread, loc);
        let latest = self.graph().last_rank(loc);
        let mut event = Event::new(Kind::Write, asked, Some(loc), site);
        event.strength = self.model.strength(asked);
        event.value = value;
        let write = self.current.graph.append(thread, event);
        let keep = self.graph().order.len();
        let place = self.guided.map_or(latest + 1, |back| (latest + 1).saturating_sub(back).max(floor + 1));
        let others = if self.guided.is_some() { latest } else { floor };
        for rank in others + 1..=latest {
            if !self.graph().has_rmw_after(loc, rank - 1) {
                self.push(Choice::Place { keep, write, rank });
            }
        }
        self.current.graph.insert_in_co(loc, write, place);
        consistency::set_clocks(&mut self.current.graph, write);
        self.push_revisits(write, None);
        write
    }

    /// Adds a free choice among `0..count`; zero is tried first.
    pub(crate) fn add_choice(&mut self, thread: usize, count: u32, site: Site) -> EventId {
        let id = self.add(thread, Event::new(Kind::Choice { count }, Strength::Plain, None, site));
        let keep = self.graph().order.len();
        if let Some(value) = self.guided {
            self.current.graph.event_mut(id).value = u64::from(value.min(count - 1));
            return id;
        }
        for value in (1..u64::from(count)).rev() {
            self.push(Choice::Value { keep, event: id, value });
        }
        id
    }

    /// Forgets the graph and everything that is left to explore.
    pub(crate) fn restart(&mut self) {
        self.spare.append(&mut self.waiting);
        self.older = 0;
        self.current.choices.clear();
        self.current.graph.clear();
    }

    /// Turns to the next graph to run; false when the search is over.
    pub(crate) fn advance(&mut self) -> bool {
        loop {
            let Some(choice) = self.current.choices.pop() else {
                match self.waiting.pop() {
                    Some(frame) => {
                        self.older -= frame.choices.len();
                        self.spare.push(core::mem::replace(&mut self.current, frame));
                    }
                    None => {
                        self.outlook.leave();
                        return false;
                    }
                }
                continue;
            };
            let waiting = self.older + self.current.choices.len();
            self.outlook.finish(waiting);
            let runs = self.make(choice);
            let revisit = matches!(choice, Choice::Revisit { .. });
            self.outlook.begin(waiting, revisit, self.current.graph.order.len());
            if runs {
                return true;
            }
        }
    }

    /// Takes the choices that came up on the current graph, the earliest first.
    pub(crate) fn take_choices(&mut self) -> Vec<Choice> {
        core::mem::take(&mut self.current.choices)
    }

    /// Turns to `graph` with `choices` left on it.
    pub(crate) fn turn_to(&mut self, graph: &Graph, choices: Vec<Choice>) {
        self.current.graph.clone_from(graph);
        self.current.choices = choices;
    }

    /// Takes about half of what is left away, what would be explored last; nothing if little is left.
    pub(super) fn split(&mut self) -> Vec<Frame> {
        let frames = self.waiting.iter().chain([&self.current]);
        let of_frame = |frame: &Frame| -> Vec<f64> {
            frame.choices.iter().map(|choice| self.outlook.expected_of(&frame.graph, choice).runs).collect()
        };
        let sizes: Vec<f64> = frames.flat_map(of_frame).collect();
        let left: f64 = sizes.iter().sum();
        if left < WORTHWHILE {
            return Vec::new();
        }
        // The oldest choices first; one at least is kept.
        let (mut count, mut given) = (0, 0.0);
        while count + 1 < sizes.len() && given < left / 2.0 {
            given += sizes[count];
            count += 1;
        }
        self.outlook.give_away(count);
        let mut parts = Vec::new();
        while count > 0 {
            let whole = self.waiting.first().is_some_and(|frame| frame.choices.len() <= count);
            let part = if whole {
                self.waiting.remove(0)
            } else {
                // A choice undoes what later ones did to the graph, so the older ones can be made on a copy.
                let frame = self.waiting.first_mut().unwrap_or(&mut self.current);
                Frame { graph: frame.graph.clone(), choices: frame.choices.drain(..count).collect() }
            };
            count -= part.choices.len();
            parts.push(part);
        }
        self.older = self.waiting.iter().map(|frame| frame.choices.len()).sum();
        parts
    }

    /// How large the search is expected to be, as far as it has been explored.
    pub(super) fn expected_size(&self) -> Amount {
        self.outlook.total(self.waiting.iter().chain([&self.current]))
    }

    /// Makes `frame` all there is to explore.
    pub(super) fn adopt(&mut self, frame: Frame) {
        debug_assert!(self.waiting.is_empty() && self.current.choices.is_empty());
        self.current = frame;
    }

    /// Makes `choice`; false if that leads nowhere, but for the choices that it brings up.
    pub(crate) fn make(&mut self, choice: Choice) -> bool {
        match choice {
            Choice::Value { keep, event, value } => {
                self.current.graph.truncate(keep);
                self.current.graph.event_mut(event).value = value;
                true
            }
            Choice::ReadsFrom { keep, read, write } => {
                self.current.graph.truncate(keep);
                self.set_reads_from(read, write);
                self.settle(&[read])
            }
            Choice::Place { keep, write, rank } => {
                self.current.graph.truncate(keep);
                let graph = &mut self.current.graph;
                let Some(loc) = graph.event(write).loc else { return false };
                if graph.event(write).rank != 0 {
                    graph.remove_from_co(loc, write);
                }
                graph.insert_in_co(loc, write, rank);
                let last = graph.order.last().copied().unwrap_or(write);
                if last == write { self.model.allows(self.graph(), &[write]) } else { self.settle(&[write, last]) }
            }
            Choice::Revisit { keep, read, write } => {
                self.current.graph.truncate(keep);
                let mut frame = self.spare.pop().unwrap_or_default();
                self.revisit(read, write, &mut frame.graph);
                core::mem::swap(&mut self.current, &mut frame);
                if frame.choices.is_empty() {
                    self.spare.push(frame);
                } else {
                    self.older += frame.choices.len();
                    self.waiting.push(frame);
                }
                self.set_reads_from(read, write);
                self.push_places_after_revisit(read, write);
                false
            }
        }
    }

    /// Completes the read that ends the graph and checks consistency; `changed` lists the events with new edges.
    fn settle(&mut self, changed: &[EventId]) -> bool {
        let before = self.graph().order.len();
        let Some(&last) = self.graph().order.last() else { return true };
        if self.graph().event(last).kind == Kind::Read && !self.finish_read(last) {
            return false;
        }
        if !self.model.allows(self.graph(), changed) {
            return false;
        }
        match self.graph().order.get(before) {
            Some(&write) if self.model == Model::Sc && self.graph().event(write).kind == Kind::Write => {
                self.model.allows(self.graph(), &[write])
            }
            _ => true,
        }
    }
}
