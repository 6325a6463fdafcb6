//! Vector clocks over the threads of one execution.
//!
//! A clock counts, for each thread, how many of its events lie before (or at) a point. Events of a thread are numbered
//! from zero, so event `i` of thread `t` is covered when the clock's entry for `t` exceeds `i`.
//!
//! Each event has four clocks. They stand in one table, in program order of each thread, and have as many *lanes* of
//! eight threads as the graph's threads need: no clock owns memory, and a graph's clocks are copied as a block.

use super::graph::EventId;

/// Threads of one lane.
const WIDTH: usize = 8;

/// Clocks of an event.
const KINDS: usize = 4;

/// The entries of eight threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(16))]
pub(crate) struct Lane([u16; WIDTH]);

impl Lane {
    /// The pointwise maximum of both.
    #[inline]
    pub(crate) fn join(&mut self, other: Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = (*own).max(other);
        }
    }

    /// Raises the entry of `thread`, if this lane, number `lane`, has it, to at least `count`.
    #[inline]
    pub(crate) fn raise(&mut self, lane: usize, thread: usize, count: u16) {
        if thread / WIDTH == lane {
            let entry = &mut self.0[thread % WIDTH];
            *entry = (*entry).max(count);
        }
    }
}

/// A vector clock; absent entries are zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock<'a>(&'a [Lane]);

impl Clock<'_> {
    /// The clock that covers no event.
    pub(crate) const EMPTY: Self = Self(&[]);

    /// The entry of `thread`.
    #[inline]
    pub(crate) fn get(self, thread: usize) -> u16 {
        self.0.get(thread / WIDTH).map_or(0, |lane| lane.0[thread % WIDTH])
    }

    /// Whether the clock covers `event`; the initial writes are covered by every clock.
    #[inline]
    pub(crate) fn contains(self, event: EventId) -> bool {
        event.is_init() || self.get(event.thread()) > event.index
    }
}

/// The clocks of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// Everything before or at the event by program order, reads-from, thread start and join.
    Porf,
    /// Everything that happens before or at the event.
    Hb,
    /// What an acquire fence right after the event would acquire.
    Pending,
    /// What a write releases to an acquiring reader.
    Released,
}

/// One lane of each clock of an event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lanes {
    pub(crate) porf: Lane,
    pub(crate) hb: Lane,
    pub(crate) pending: Lane,
    pub(crate) released: Lane,
}

/// The clocks of all events of a graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClockTable {
    /// Lanes of a clock.
    lanes: usize,
    /// Per thread and event: the lanes of each of its clocks.
    threads: Vec<Vec<Lane>>,
}

impl ClockTable {
    /// Lanes of a clock.
    #[inline]
    pub(crate) fn lanes(&self) -> usize {
        self.lanes
    }

    /// Makes room for the clocks of the next event of `thread`.
    pub(crate) fn push(&mut self, thread: usize) {
        if thread >= self.threads.len() {
            self.threads.resize_with(thread + 1, Vec::new);
            if thread >= self.lanes * WIDTH {
                self.widen(thread / WIDTH + 1);
            }
        }
        let clocks = &mut self.threads[thread];
        clocks.resize(clocks.len() + KINDS * self.lanes, Lane::default());
    }

    /// Forgets the clocks of the last event of `thread`.
    pub(crate) fn pop(&mut self, thread: usize) {
        let clocks = &mut self.threads[thread];
        clocks.truncate(clocks.len() - KINDS * self.lanes);
    }

    /// A clock of `id`.
    #[inline]
    pub(crate) fn get(&self, id: EventId, which: Which) -> Clock<'_> {
        let at = (id.index() * KINDS + which as usize) * self.lanes;
        Clock(&self.threads[id.thread()][at..at + self.lanes])
    }

    /// Lane number `lane` of each clock of `id`.
    #[inline]
    pub(crate) fn of(&self, id: EventId, lane: usize) -> Lanes {
        let at = id.index() * KINDS * self.lanes;
        let clocks = &self.threads[id.thread()][at..at + KINDS * self.lanes];
        let lane = |which: Which| clocks[which as usize * self.lanes + lane];
        Lanes {
            porf: lane(Which::Porf),
            hb: lane(Which::Hb),
            pending: lane(Which::Pending),
            released: lane(Which::Released),
        }
    }

    /// Sets lane number `lane` of each clock of `id`.
    #[inline]
    pub(crate) fn set(&mut self, id: EventId, lane: usize, lanes: &Lanes) {
        let at = id.index() * KINDS * self.lanes;
        let clocks = &mut self.threads[id.thread()][at..at + KINDS * self.lanes];
        clocks[Which::Porf as usize * self.lanes + lane] = lanes.porf;
        clocks[Which::Hb as usize * self.lanes + lane] = lanes.hb;
        clocks[Which::Pending as usize * self.lanes + lane] = lanes.pending;
        clocks[Which::Released as usize * self.lanes + lane] = lanes.released;
    }

    /// Makes this table a copy of `other` that keeps, of each thread, the clocks of the first `keep` events.
    pub(crate) fn restrict(&mut self, other: &Self, keep: &[u16]) {
        self.lanes = other.lanes;
        self.threads.resize_with(other.threads.len(), Vec::new);
        for (thread, (to, from)) in self.threads.iter_mut().zip(&other.threads).enumerate() {
            to.clear();
            to.extend_from_slice(&from[..usize::from(keep[thread]) * KINDS * self.lanes]);
        }
    }

    /// Gives each clock `lanes` lanes.
    fn widen(&mut self, lanes: usize) {
        for clocks in &mut self.threads {
            let mut wider = Vec::new();
            for clock in clocks.chunks(self.lanes.max(1)) {
                wider.extend_from_slice(clock);
                wider.resize(wider.len() + lanes - self.lanes, Lane::default());
            }
            *clocks = wider;
        }
        self.lanes = lanes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lane_joins_and_raises_its_own_threads() {
        let (mut a, mut b) = (Lane::default(), Lane::default());
        a.raise(1, 9, 3);
        a.raise(1, 9, 2);
        a.raise(0, 9, 7);
        b.raise(1, 9, 1);
        b.raise(1, 15, 4);
        a.join(b);
        assert_eq!(a, Lane([0, 3, 0, 0, 0, 0, 0, 4]));
    }

    #[test]
    fn clock_table_keeps_clocks_when_it_widens() {
        let mut table = ClockTable::default();
        let lanes_of = |thread: usize, count: u16| {
            let mut lanes = Lanes::default();
            lanes.porf.raise(thread / WIDTH, thread, count);
            lanes.released.raise(thread / WIDTH, thread, count + 1);
            lanes
        };
        table.push(0);
        table.push(2);
        table.push(2);
        table.set(EventId::new(2, 1), 0, &lanes_of(2, 5));
        table.push(19);
        assert_eq!(table.lanes(), 3);
        table.set(EventId::new(19, 0), 2, &lanes_of(19, 8));
        let (porf, released) =
            (table.get(EventId::new(2, 1), Which::Porf), table.get(EventId::new(2, 1), Which::Released));
        assert_eq!([porf.get(2), released.get(2), porf.get(19), porf.get(99)], [5, 6, 0, 0]);
        assert!(porf.contains(EventId::new(2, 4)) && !porf.contains(EventId::new(2, 5)));
        assert!(Clock::EMPTY.contains(EventId::INIT));
        let mut copy = ClockTable::default();
        let mut keep = [0; 20];
        (keep[2], keep[19]) = (1, 1);
        copy.restrict(&table, &keep);
        assert_eq!(copy.get(EventId::new(19, 0), Which::Released).get(19), 9);
        copy.pop(19);
        copy.push(19);
        assert_eq!(copy.get(EventId::new(19, 0), Which::Porf).get(19), 0);
    }
}
