//! Execution graphs: events, program order, reads-from, coherence order.
//!
//! Each thread's events stand in program order. An event carries its stamp (when it joined the graph), what it reads
//! from, and its clocks; a location carries its writes in coherence order. The `order` list is a linear extension of
//! program order and reads-from: re-running a program along it is always possible.

use super::clocks::{Clock, ClockTable};
use super::interface::{Loc, Site, Strength, Update, Waits};

/// An event: a thread and a position in its program order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EventId {
    pub(crate) thread: u16,
    pub(crate) index: u16,
}

impl EventId {
    /// Stands for every location's initial write.
    pub(crate) const INIT: Self = Self { thread: u16::MAX, index: u16::MAX };

    pub(crate) fn new(thread: usize, index: usize) -> Self {
        debug_assert!(thread < usize::from(u16::MAX) && index < usize::from(u16::MAX));
        Self { thread: thread as u16, index: index as u16 }
    }

    #[inline]
    pub(crate) fn is_init(self) -> bool {
        self.thread == u16::MAX
    }

    #[inline]
    pub(crate) fn thread(self) -> usize {
        usize::from(self.thread)
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        usize::from(self.index)
    }
}

/// Why a thread has no further events in a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum BlockReason {
    /// A waiting read-modify-write could not write.
    Waits(Waits),
    /// The program assumes something that is not so here.
    Assumption,
    /// Two iterations of a waiting loop in a row changed nothing.
    Spin,
}

/// What an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Start,
    Finish,
    Spawn { child: u16 },
    Join { child: u16 },
    Read,
    Write,
    Fence,
    PlainRead,
    PlainWrite,
    Free,
    Choice { count: u32 },
    Spin,
    Block(BlockReason),
}

/// An event of an execution graph; its clocks stand in the graph's clock table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) kind: Kind,
    /// The strength in force; for a read-modify-write it depends on whether it wrote.
    pub(crate) strength: Strength,
    /// The strength asked for.
    pub(crate) asked: Strength,
    /// For a read: its read-modify-write writes. For a write: it is the second half of a read-modify-write.
    pub(crate) rmw: bool,
    /// For a write: a read that is older than it reads from it, by a revisit.
    pub(crate) read_early: bool,
    pub(crate) loc: Option<Loc>,
    pub(crate) site: Site,
    pub(crate) stamp: u32,
    /// A write's place in coherence order, counted from one; the initial write has rank zero.
    pub(crate) rank: u32,
    /// The value written or chosen.
    pub(crate) value: u64,
    pub(crate) reads_from: EventId,
    pub(crate) update: Option<Update>,
    pub(crate) waits: Option<Waits>,
    /// One more than the index of the thread's last release fence; zero without one.
    pub(crate) release_fence: u16,
}

impl Event {
    pub(crate) fn new(kind: Kind, strength: Strength, loc: Option<Loc>, site: Site) -> Self {
        Self {
            kind,
            strength,
            asked: strength,
            rmw: false,
            read_early: false,
            loc,
            site,
            stamp: 0,
            rank: 0,
            value: 0,
            reads_from: EventId::INIT,
            update: None,
            waits: None,
            release_fence: 0,
        }
    }
}

/// What a graph knows of one location.
#[derive(Clone, Debug, Default)]
pub(crate) struct Location {
    /// The value before any write, as of the graph's latest run.
    pub(crate) initial: u64,
    /// Writes in coherence order, without the initial one.
    pub(crate) co: Vec<EventId>,
    /// Reads whose value the engine supplies, in the order they were added.
    pub(crate) reads: Vec<EventId>,
    /// Accesses whose value the engine does not supply, and frees, in the order they were added.
    pub(crate) plain: Vec<EventId>,
    /// Whether an access whose value the engine supplies is not atomic, here or in a graph that this one came from.
    pub(crate) mixed: bool,
}

/// An execution graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(crate) threads: Vec<Vec<Event>>,
    pub(crate) clocks: ClockTable,
    pub(crate) locations: Vec<Location>,
    /// A linear extension of program order and reads-from over all events.
    pub(crate) order: Vec<EventId>,
    /// All events by stamp.
    pub(crate) by_stamp: Vec<EventId>,
    /// Whether an event is sequentially consistent, here or in a graph that this one came from.
    pub(crate) sequential: bool,
    next_stamp: u32,
}

impl Graph {
    #[inline]
    pub(crate) fn event(&self, id: EventId) -> &Event {
        &self.threads[id.thread()][id.index()]
    }

    #[inline]
    pub(crate) fn event_mut(&mut self, id: EventId) -> &mut Event {
        &mut self.threads[id.thread()][id.index()]
    }

    #[inline]
    pub(crate) fn len_of(&self, thread: usize) -> usize {
        self.threads.get(thread).map_or(0, Vec::len)
    }

    #[inline]
    pub(crate) fn last_of(&self, thread: usize) -> Option<&Event> {
        self.threads.get(thread).and_then(|events| events.last())
    }

    #[inline]
    pub(crate) fn location(&self, loc: Loc) -> Option<&Location> {
        self.locations.get(loc.index())
    }

    pub(crate) fn location_mut(&mut self, loc: Loc) -> &mut Location {
        if self.locations.len() <= loc.index() {
            self.locations.resize_with(loc.index() + 1, Location::default);
        }
        &mut self.locations[loc.index()]
    }

    /// The value that reading `write` of `loc` gives.
    #[inline]
    pub(crate) fn value_of(&self, loc: Loc, write: EventId) -> u64 {
        if write.is_init() {
            self.location(loc).map_or(0, |location| location.initial)
        } else {
            self.event(write).value
        }
    }

    /// The write of `loc` that is last in coherence order.
    pub(crate) fn latest(&self, loc: Loc) -> EventId {
        self.location(loc).and_then(|location| location.co.last()).copied().unwrap_or(EventId::INIT)
    }

    /// Whether `thread` has ended.
    pub(crate) fn is_finished(&self, thread: usize) -> bool {
        self.last_of(thread).is_some_and(|event| event.kind == Kind::Finish)
    }

    /// The place of `write` in coherence order; zero for the initial write.
    #[inline]
    pub(crate) fn rank(&self, write: EventId) -> u32 {
        if write.is_init() { 0 } else { self.event(write).rank }
    }

    /// The write at `rank` of `loc`.
    pub(crate) fn at_rank(&self, loc: Loc, rank: u32) -> EventId {
        match rank.checked_sub(1) {
            None => EventId::INIT,
            Some(index) => self.locations[loc.index()].co[index as usize],
        }
    }

    /// The rank of the last write of `loc` in coherence order.
    #[inline]
    pub(crate) fn last_rank(&self, loc: Loc) -> u32 {
        self.location(loc).map_or(0, |location| location.co.len() as u32)
    }

    /// The read half of the read-modify-write whose write half is `write`.
    pub(crate) fn read_half(&self, write: EventId) -> EventId {
        debug_assert!(self.event(write).rmw);
        EventId { thread: write.thread, index: write.index - 1 }
    }

    /// Whether the write right after `rank` is a read-modify-write that reads the one at `rank`.
    pub(crate) fn has_rmw_after(&self, loc: Loc, rank: u32) -> bool {
        if rank >= self.last_rank(loc) {
            return false;
        }
        let next = self.at_rank(loc, rank + 1);
        self.event(next).rmw && self.event(self.read_half(next)).reads_from == self.at_rank(loc, rank)
    }

    /// Puts `write` at `rank`, moving later writes up.
    pub(crate) fn insert_in_co(&mut self, loc: Loc, write: EventId, rank: u32) {
        self.location_mut(loc).co.insert(rank as usize - 1, write);
        self.renumber(loc, rank as usize - 1);
    }

    /// Takes `write` out of coherence order.
    pub(crate) fn remove_from_co(&mut self, loc: Loc, write: EventId) {
        let index = self.event(write).rank as usize - 1;
        debug_assert_eq!(self.locations[loc.index()].co[index], write);
        self.locations[loc.index()].co.remove(index);
        self.renumber(loc, index);
    }

    fn renumber(&mut self, loc: Loc, from: usize) {
        for index in from..self.locations[loc.index()].co.len() {
            let write = self.locations[loc.index()].co[index];
            self.event_mut(write).rank = index as u32 + 1;
        }
    }

    /// Everything before or at `id` by program order, reads-from, thread start and join.
    #[inline]
    pub(crate) fn porf(&self, id: EventId) -> Clock<'_> {
        Clock::new(self.clocks.get(id), |lanes| &lanes.porf)
    }

    /// Everything that happens before or at `id`.
    #[inline]
    pub(crate) fn hb(&self, id: EventId) -> Clock<'_> {
        Clock::new(self.clocks.get(id), |lanes| &lanes.hb)
    }

    /// Everything that happens before `id`, but for `id` itself.
    pub(crate) fn hb_before(&self, id: EventId) -> Clock<'_> {
        match id.index.checked_sub(1) {
            Some(index) => self.hb(EventId { thread: id.thread, index }),
            None => Clock::EMPTY,
        }
    }

    /// Appends `event` to `thread`, with a fresh stamp; its clocks must be set.
    pub(crate) fn append(&mut self, thread: usize, mut event: Event) -> EventId {
        if self.threads.len() <= thread {
            self.threads.resize_with(thread + 1, Vec::new);
        }
        let id = EventId::new(thread, self.threads[thread].len());
        event.stamp = self.next_stamp;
        self.next_stamp += 1;
        self.sequential |= event.strength == Strength::SeqCst;
        self.order.push(id);
        self.by_stamp.push(id);
        self.clocks.ensure(thread);
        if let Some(loc) = event.loc {
            let location = self.location_mut(loc);
            match event.kind {
                Kind::Read => location.reads.push(id),
                Kind::PlainRead | Kind::PlainWrite | Kind::Free => location.plain.push(id),
                _ => {}
            }
            location.mixed |= matches!(event.kind, Kind::Read | Kind::Write) && event.strength == Strength::Plain;
        }
        self.threads[thread].push(event);
        id
    }

    /// Removes all events. Memory is kept.
    pub(crate) fn clear(&mut self) {
        self.threads.iter_mut().for_each(Vec::clear);
        for location in &mut self.locations {
            location.co.clear();
            location.reads.clear();
            location.plain.clear();
            location.mixed = false;
        }
        self.order.clear();
        self.by_stamp.clear();
        self.clocks.clear();
        self.sequential = false;
        self.next_stamp = 0;
    }

    /// Removes the events after the first `len` of the order, which are the youngest.
    pub(crate) fn truncate(&mut self, len: usize) {
        while self.order.len() > len {
            let Some(id) = self.order.pop() else { return };
            let youngest = self.by_stamp.pop();
            debug_assert_eq!(youngest, Some(id));
            debug_assert_eq!(self.threads[id.thread()].len(), id.index() + 1);
            let event = self.event(id);
            if let Some(loc) = event.loc {
                match event.kind {
                    Kind::Write => self.remove_from_co(loc, id),
                    Kind::Read => drop(self.locations[loc.index()].reads.pop()),
                    Kind::PlainRead | Kind::PlainWrite | Kind::Free => drop(self.locations[loc.index()].plain.pop()),
                    _ => {}
                }
            }
            self.threads[id.thread()].pop();
            self.clocks.truncate(id.thread(), id.index());
        }
    }

    /// Makes this graph a copy of `other` that keeps, of each thread, the first `keep` events. `last`, on which no kept
    /// event may depend, comes last in the order and is about to read from elsewhere. Memory is reused.
    pub(crate) fn restrict(&mut self, other: &Self, keep: &[u16], last: EventId) {
        let kept = |id: &EventId| keep[id.thread()] > id.index;
        let copy = |to: &mut Vec<EventId>, from: &[EventId]| {
            to.clear();
            to.extend_from_slice(from);
            to.retain(kept);
        };
        self.threads.resize_with(other.threads.len(), Vec::new);
        for (thread, (to, from)) in self.threads.iter_mut().zip(&other.threads).enumerate() {
            to.clear();
            to.extend_from_slice(&from[..usize::from(keep[thread])]);
        }
        self.clocks.restrict(&other.clocks, keep);
        self.locations.resize_with(other.locations.len(), Location::default);
        for (to, from) in self.locations.iter_mut().zip(&other.locations) {
            to.initial = from.initial;
            to.mixed = from.mixed;
            copy(&mut to.co, &from.co);
            copy(&mut to.reads, &from.reads);
            copy(&mut to.plain, &from.plain);
        }
        for location in &self.locations {
            for (index, write) in location.co.iter().enumerate() {
                let event = &mut self.threads[write.thread()][write.index()];
                event.rank = index as u32 + 1;
                event.read_early = false;
            }
            for read in location.reads.iter().filter(|read| **read != last) {
                let event = self.threads[read.thread()][read.index()];
                if !event.reads_from.is_init() {
                    let write = &mut self.threads[event.reads_from.thread()][event.reads_from.index()];
                    write.read_early |= write.stamp > event.stamp;
                }
            }
        }
        self.order.clear();
        self.order.extend_from_slice(&other.order);
        self.order.retain(|id| kept(id) && *id != last);
        self.order.push(last);
        copy(&mut self.by_stamp, &other.by_stamp);
        self.sequential = other.sequential;
        self.next_stamp = other.next_stamp;
    }
}
