//! Executions: events with the relations between them.

use std::fmt::Write as _;

use crate::annotations::Annotations;
use crate::litmus::Layout;
use crate::relation::{EventSet, Relation};
use crate::{Event, EventId, Location, Value};

/// One candidate execution (an *execution graph*): events, program order, reads-from and coherence order.
///
/// Events are sorted: first the initial write of every location, then the events of thread 0 in an order that extends program order,
/// then those of thread 1, and so on. Program order is total in each thread, but for [unsequenced](Self::with_unsequenced) reads. Whether a candidate is allowed is for a [`Model`](crate::models::Model) to say; an `Execution` only
/// guarantees that it is well formed (see [`Execution::new`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Execution {
    events: Vec<Event>,
    po: Relation,
    rf: Relation,
    co: Relation,
    rmw: Relation,
    annotations: Option<Box<Annotations>>,
}

/// Why parts do not form an execution; see [`Execution::new`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Malformed {
    /// The events are not sorted as [`Execution`] describes; the id of the first one out of place.
    Unsorted(EventId),
    /// The list of sources or the relation has another size than the list of events.
    Size,
    /// This read has no source, or its source is not a write of the same location and value.
    ReadsFrom(EventId),
    /// This half of a read-modify-write has no other half beside it: a read, then a write of the same location.
    ReadModifyWrite(EventId),
    /// The order of writes of this location is not an order of all its writes that starts with the initial one.
    Coherence(Location),
    /// These events cannot be unsequenced: they are no plain reads of one thread, or program order would not be transitive.
    Unsequenced(EventId, EventId),
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsorted(event) => write!(f, "event {event} is not in its place by thread and program order"),
            Self::Size => f.write_str("one source per event is expected"),
            Self::ReadsFrom(event) => write!(f, "event {event} does not read from a write of its location and value"),
            Self::ReadModifyWrite(event) => {
                write!(f, "event {event} is half of a read-modify-write without the other half")
            }
            Self::Unsequenced(first, second) => write!(f, "events {first} and {second} cannot be unsequenced"),
            Self::Coherence(Location(location)) => {
                write!(f, "the writes of location {location} are not ordered, the initial one first")
            }
        }
    }
}

impl std::error::Error for Malformed {}

impl Execution {
    /// Assembles an execution.
    ///
    /// `sources[e]` is the write from which the read `e` reads, and `None` for other events; `coherence[l]` lists the writes of
    /// location `l` in coherence order, the initial write first. A write with [`Event::is_rmw`] belongs to the read just before
    /// it in program order.
    ///
    /// # Errors
    ///
    /// [`Malformed`], if the parts do not fit together.
    pub fn new(events: Vec<Event>, sources: &[Option<EventId>], coherence: &[Vec<EventId>]) -> Result<Self, Malformed> {
        let size = events.len();
        let place =
            |event: &Event| (event.thread.map_or(0, |thread| thread + 1), event.location_if_initial(), event.index);
        if let Some(at) = events.windows(2).position(|pair| place(&pair[0]) >= place(&pair[1])) {
            return Err(Malformed::Unsorted(at + 1));
        }
        if sources.len() != size {
            return Err(Malformed::Size);
        }
        let (mut po, mut rf, mut co, mut rmw) =
            (Relation::empty(size), Relation::empty(size), Relation::empty(size), Relation::empty(size));
        for (id, event) in events.iter().enumerate() {
            if event.is_initial() {
                continue;
            }
            for (later, _) in events.iter().enumerate().skip(id + 1).take_while(|(_, next)| next.thread == event.thread)
            {
                po.insert(id, later);
            }
            if event.is_rmw {
                let (read, write) = if event.is_read() { (id, id + 1) } else { (id.wrapping_sub(1), id) };
                let halves = events.get(read).zip(events.get(write)).is_some_and(|(a, b)| {
                    a.is_rmw
                        && b.is_rmw
                        && a.is_read()
                        && b.is_write()
                        && a.thread == b.thread
                        && a.location == b.location
                });
                if !halves {
                    return Err(Malformed::ReadModifyWrite(id));
                }
                rmw.insert(read, write);
            }
            if event.is_read() {
                let source = sources[id].filter(|&source| {
                    events.get(source).is_some_and(|write| {
                        write.is_write() && write.location == event.location && write.value == event.value
                    })
                });
                rf.insert(source.ok_or(Malformed::ReadsFrom(id))?, id);
            }
        }
        let mut ordered = 0;
        for (location, writes) in coherence.iter().enumerate() {
            let location = Location(location);
            let fits = |(place, &write): (usize, &EventId)| {
                events.get(write).is_some_and(|event| {
                    event.is_write() && event.location == Some(location) && event.is_initial() == (place == 0)
                })
            };
            if !writes.iter().enumerate().all(fits) {
                return Err(Malformed::Coherence(location));
            }
            for (place, &earlier) in writes.iter().enumerate() {
                for &later in &writes[place + 1..] {
                    co.insert(earlier, later);
                }
                if co.contains(earlier, earlier) {
                    return Err(Malformed::Coherence(location));
                }
            }
            ordered += writes.len();
        }
        if ordered != events.iter().filter(|event| event.is_write()).count() {
            let missing = events
                .iter()
                .enumerate()
                .find(|(id, event)| event.is_write() && !coherence.iter().any(|writes| writes.contains(id)));
            return Err(Malformed::Coherence(missing.and_then(|(_, event)| event.location).unwrap_or(Location(0))));
        }
        Ok(Self { events, po, rf, co, rmw, annotations: None })
    }

    /// The execution without the `pairs` of reads, the earlier one first, in program order: those of operands that C leaves unsequenced.
    ///
    /// # Errors
    ///
    /// [`Malformed::Unsequenced`], if a pair is not of reads of one thread that are in program order and no halves of read-modify-writes,
    /// or if program order is not transitive without the pairs.
    pub fn with_unsequenced(mut self, pairs: &[(EventId, EventId)]) -> Result<Self, Malformed> {
        if pairs.is_empty() {
            return Ok(self);
        }
        for &(first, second) in pairs {
            let is_read = |id: EventId| self.events.get(id).is_some_and(|event| event.is_read() && !event.is_rmw);
            if !(is_read(first) && is_read(second) && self.po.contains(first, second)) {
                return Err(Malformed::Unsequenced(first, second));
            }
        }
        self.po = self.po.difference(&Relation::from_pairs(self.size(), pairs.iter().copied()));
        let missing = self.po.compose(&self.po).difference(&self.po);
        match missing.iter().next() {
            Some((first, second)) => Err(Malformed::Unsequenced(first, second)),
            None => Ok(self),
        }
    }

    /// The execution with what the text of its program says beside its events.
    ///
    /// # Panics
    ///
    /// If the annotations are not over the events of this execution.
    #[must_use]
    pub fn with_annotations(mut self, annotations: Annotations) -> Self {
        assert_eq!(annotations.size(), self.size(), "annotations of another execution");
        self.annotations = Some(Box::new(annotations));
        self
    }

    /// What the text of the program says beside the events: dependencies and locks. `None` if the execution was made from events
    /// alone; those of [`enumerate::executions`](crate::enumerate::executions) and
    /// [`Enumerator::for_each`](crate::enumerate::Enumerator::for_each) have them.
    #[must_use]
    pub fn annotations(&self) -> Option<&Annotations> {
        self.annotations.as_deref()
    }

    /// The events; an [`EventId`] is an index into them.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The number of events, initial writes included.
    #[must_use]
    pub fn size(&self) -> usize {
        self.events.len()
    }

    /// Program order: transitive, within each thread, without the initial writes. Total in each thread, but for
    /// [unsequenced](Self::with_unsequenced) reads.
    #[must_use]
    #[doc(alias = "program order")]
    pub fn po(&self) -> &Relation {
        &self.po
    }

    /// Sequenced-before as RC11 has it: [program order](Self::po), and every initial write before every event of a thread.
    #[must_use]
    #[doc(alias = "sequenced before")]
    pub fn sb(&self) -> Relation {
        let initial = self.set(Event::is_initial);
        self.po.union(&Relation::product(&initial, &initial.complement()))
    }

    /// Reads-from: from each write to the reads of its value.
    #[must_use]
    #[doc(alias = "reads from")]
    pub fn rf(&self) -> &Relation {
        &self.rf
    }

    /// Coherence order (modification order): total over the writes of each location, the initial write first.
    #[must_use]
    #[doc(alias = "mo")]
    #[doc(alias = "modification order")]
    pub fn co(&self) -> &Relation {
        &self.co
    }

    /// From the read to the write of each successful read-modify-write.
    #[must_use]
    pub fn rmw(&self) -> &Relation {
        &self.rmw
    }

    /// From-reads (reads-before), `rf^-1;co`: from a read to the writes that overwrite what it read.
    #[must_use]
    #[doc(alias = "reads before")]
    #[doc(alias = "rb")]
    pub fn fr(&self) -> Relation {
        self.rf.inverse().compose(&self.co)
    }

    /// Communication, `rf | co | fr`.
    #[must_use]
    pub fn com(&self) -> Relation {
        let mut com = self.fr();
        com |= &self.rf;
        com |= &self.co;
        com
    }

    /// Extended coherence order, `(rf | co | fr)+`.
    #[must_use]
    #[doc(alias = "extended coherence order")]
    pub fn eco(&self) -> Relation {
        // eco = rf | co;rf? | fr;rf?, since co is transitive and fr;co is in fr.
        let fr = self.fr();
        let mut eco = self.co.compose(&self.rf);
        eco |= &fr.compose(&self.rf);
        eco |= &fr;
        eco |= &self.rf;
        eco |= &self.co;
        eco
    }

    /// The pairs of events that access the same location.
    #[must_use]
    pub fn same_location(&self) -> Relation {
        Relation::from_fn(self.size(), |a, b| {
            self.events[a].location.is_some() && self.events[a].location == self.events[b].location
        })
    }

    /// The set of those events for which `member` holds.
    #[must_use]
    pub fn set(&self, mut member: impl FnMut(&Event) -> bool) -> EventSet {
        EventSet::from_fn(self.size(), |id| member(&self.events[id]))
    }

    /// The pairs of `relation` whose ends lie in different threads (an initial write is in a thread of its own).
    ///
    /// # Panics
    ///
    /// If the relation is not over the events of this execution.
    #[must_use]
    pub fn external(&self, relation: &Relation) -> Relation {
        assert_eq!(relation.size(), self.size(), "a relation over the events of another execution");
        let internal =
            |a: usize, b: usize| self.events[a].thread.is_some() && self.events[a].thread == self.events[b].thread;
        Relation::from_pairs(self.size(), relation.iter().filter(|&(a, b)| !internal(a, b)))
    }

    /// The final value of each location: that of its last write in coherence order.
    #[must_use]
    pub fn final_memory(&self) -> Vec<Value> {
        let mut memory = Vec::new();
        for (id, event) in self.events.iter().enumerate() {
            if let (true, Some(Location(location))) = (event.is_write(), event.location) {
                if self.co.successors(id).next().is_none() {
                    if memory.len() <= location {
                        memory.resize(location + 1, 0);
                    }
                    memory[location] = event.value;
                }
            }
        }
        memory
    }

    /// The values read, by thread and program order.
    #[must_use]
    pub fn reads(&self) -> Vec<Vec<Value>> {
        let mut reads: Vec<Vec<Value>> = Vec::new();
        for event in &self.events {
            let Some(thread) = event.thread else { continue };
            if reads.len() <= thread {
                reads.resize(thread + 1, Vec::new());
            }
            if event.is_read() {
                reads[thread].push(event.value);
            }
        }
        reads
    }

    /// One event in the program's own names, such as `T0: W[rel] x=1`; empty for an id outside the execution.
    #[must_use]
    pub fn describe(&self, id: EventId, layout: &Layout) -> String {
        let Some(event) = self.events.get(id) else { return String::new() };
        let mut text = match event.thread {
            Some(thread) => format!("T{thread}: "),
            None => "init: ".to_owned(),
        };
        match event.location {
            None => {
                let _ = write!(text, "F[{}]", event.ordering);
            }
            Some(location) => {
                let letter = if event.is_read() { 'R' } else { 'W' };
                let (name, value) = (layout.name(location), layout.display_value(event.value));
                let _ = write!(text, "{letter}[{}] {name}={value}", event.ordering);
            }
        }
        text
    }
}

impl Event {
    /// Initial writes are sorted by location; other events only by thread and index.
    fn location_if_initial(&self) -> Option<Location> {
        if self.is_initial() { self.location } else { None }
    }
}
