//! Vector clocks over the threads of one execution.
//!
//! A clock counts, for each thread, how many of its events lie before (or at) a point. Events of a thread are numbered
//! from zero, so event `i` of thread `t` is covered when the clock's entry for `t` exceeds `i`.
//!
//! Each event has four clocks. They stand in one table, in program order of each thread, and have as many *lanes* of
//! eight threads as the graph's threads need: no clock owns memory, and the clocks of a thread are copied as a block.

use super::graph::EventId;

/// Threads of one lane.
const WIDTH: usize = 8;

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

    /// Lane number `lane` of the clock that covers `count` events of `thread`.
    #[inline]
    pub(crate) fn of(lane: usize, thread: usize, count: u16) -> Self {
        // Not an indexed store: what was just stored in part is slow to load as a whole.
        let place = if thread / WIDTH == lane { (thread % WIDTH) as u16 } else { u16::MAX };
        let mut entries = [0, 1, 2, 3, 4, 5, 6, 7];
        for entry in &mut entries {
            *entry = if *entry == place { count } else { 0 };
        }
        Self(entries)
    }
}

/// One lane of each clock of an event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lanes {
    /// Everything before or at the event by program order, reads-from, thread start and join.
    pub(crate) porf: Lane,
    /// Everything that happens before or at the event.
    pub(crate) hb: Lane,
    /// What an acquire fence right after the event would acquire.
    pub(crate) pending: Lane,
    /// What a write releases to an acquiring reader.
    pub(crate) released: Lane,
}

/// One of the clocks of an event; absent entries are zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock<'a> {
    lanes: &'a [Lanes],
    which: fn(&Lanes) -> &Lane,
}

impl<'a> Clock<'a> {
    /// The clock that covers no event.
    pub(crate) const EMPTY: Self = Self { lanes: &[], which: |lanes| &lanes.hb };

    /// The clock of `lanes` that `which` takes.
    #[inline(always)]
    pub(crate) fn new(lanes: &'a [Lanes], which: fn(&Lanes) -> &Lane) -> Self {
        Self { lanes, which }
    }

    /// The entry of `thread`.
    #[inline(always)]
    pub(crate) fn get(self, thread: usize) -> u16 {
        self.lanes.get(thread / WIDTH).map_or(0, |lanes| (self.which)(lanes).0[thread % WIDTH])
    }

    /// Whether the clock covers `event`; the initial writes are covered by every clock.
    #[inline(always)]
    pub(crate) fn contains(self, event: EventId) -> bool {
        event.is_init() || self.get(event.thread()) > event.index
    }
}

/// The clocks of all events of a graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClockTable {
    /// Lanes of a clock.
    lanes: usize,
    /// Per thread and event: the lanes of its clocks.
    threads: Vec<Vec<Lanes>>,
}

impl ClockTable {
    /// Makes room for the clocks of `thread`.
    #[inline]
    pub(crate) fn ensure(&mut self, thread: usize) {
        if thread >= self.threads.len() {
            self.add_thread(thread);
        }
    }

    /// Forgets the clocks of `thread` but for those of its first `events`.
    #[inline]
    pub(crate) fn truncate(&mut self, thread: usize, events: usize) {
        self.threads[thread].truncate(events * self.lanes);
    }

    /// Forgets all clocks. Memory is kept.
    pub(crate) fn clear(&mut self) {
        self.threads.iter_mut().for_each(Vec::clear);
    }

    /// The clocks of `id`.
    #[inline]
    pub(crate) fn get(&self, id: EventId) -> &[Lanes] {
        &self.threads[id.thread()][id.index() * self.lanes..][..self.lanes]
    }

    /// The clocks of `id`, to change them.
    #[inline]
    pub(crate) fn of(&mut self, id: EventId) -> &mut [Lanes] {
        &mut self.threads[id.thread()][id.index() * self.lanes..][..self.lanes]
    }

    /// Makes the clocks of `id`, the last event of its thread, those of the event before it, with itself; it releases nothing.
    #[inline]
    pub(crate) fn follow(&mut self, id: EventId) {
        let clocks = &mut self.threads[id.thread()];
        let at = id.index() * self.lanes;
        clocks.truncate(at);
        for number in 0..self.lanes {
            let own = Lane::of(number, id.thread(), id.index + 1);
            let before = at.checked_sub(self.lanes - number).map(|before| clocks[before]);
            let mut lanes = before.unwrap_or_default();
            lanes.porf.join(own);
            lanes.hb.join(own);
            lanes.pending.join(own);
            lanes.released = Lane::default();
            clocks.push(lanes);
        }
    }

    /// Changes the clocks of `id` by those of `other`, an earlier event; unless that is an initial write.
    #[inline]
    pub(crate) fn join(&mut self, id: EventId, other: EventId, join: impl Fn(&mut Lanes, &Lanes)) {
        if other.is_init() {
            return;
        }
        let (own, earlier) = (id.thread(), other.thread());
        let at = id.index() * self.lanes;
        let (from, to) = if own == earlier {
            self.threads[own].split_at_mut(at)
        } else if own < earlier {
            let (threads, others) = self.threads.split_at_mut(earlier);
            (others[0].as_mut_slice(), &mut threads[own][at..])
        } else {
            let (others, threads) = self.threads.split_at_mut(own);
            (others[earlier].as_mut_slice(), &mut threads[0][at..])
        };
        to.iter_mut().zip(&from[other.index() * self.lanes..]).for_each(|(lanes, other)| join(lanes, other));
    }

    /// Makes this table a copy of `other` that keeps, of each thread, the clocks of the first `keep` events.
    pub(crate) fn restrict(&mut self, other: &Self, keep: &[u16]) {
        self.lanes = other.lanes;
        self.threads.resize_with(other.threads.len(), Vec::new);
        for (thread, (to, from)) in self.threads.iter_mut().zip(&other.threads).enumerate() {
            to.clear();
            to.extend_from_slice(&from[..usize::from(keep[thread]) * self.lanes]);
        }
    }

    #[cold]
    fn add_thread(&mut self, thread: usize) {
        self.threads.resize_with(thread + 1, Vec::new);
        let lanes = thread / WIDTH + 1;
        if lanes <= self.lanes {
            return;
        }
        for clocks in &mut self.threads {
            let mut wider = Vec::new();
            for clock in clocks.chunks(self.lanes.max(1)) {
                wider.extend_from_slice(clock);
                wider.resize(wider.len() + lanes - self.lanes, Lanes::default());
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
    fn lane_of_a_thread_joins_others() {
        let mut a = Lane::of(1, 9, 3);
        assert_eq!((a, Lane::of(0, 9, 7)), (Lane([0, 3, 0, 0, 0, 0, 0, 0]), Lane::default()));
        let mut b = Lane::of(1, 9, 1);
        b.join(Lane::of(1, 15, 4));
        a.join(b);
        assert_eq!(a, Lane([0, 3, 0, 0, 0, 0, 0, 4]));
    }

    #[test]
    fn clock_table_keeps_clocks_when_it_widens() {
        let mut table = ClockTable::default();
        table.ensure(0);
        table.ensure(2);
        let [first, second] = [0, 1].map(|index| EventId::new(2, index));
        table.follow(first);
        table.follow(second);
        table.of(second)[0].porf.join(Lane::of(0, 2, 5));
        table.of(second)[0].released = Lane::of(0, 2, 6);
        table.ensure(19);
        assert_eq!(table.lanes, 3);
        let other = EventId::new(19, 0);
        table.follow(other);
        table.join(other, second, |lanes, second| lanes.porf.join(second.porf));
        table.of(other)[2].released = Lane::of(2, 19, 9);
        let clocks = table.get(EventId::new(2, 1));
        let (porf, released) = (Clock::new(clocks, |of| &of.porf), Clock::new(clocks, |of| &of.released));
        assert_eq!([porf.get(2), released.get(2), porf.get(19), porf.get(99)], [5, 6, 0, 0]);
        assert!(porf.contains(EventId::new(2, 4)) && !porf.contains(EventId::new(2, 5)));
        assert!(Clock::EMPTY.contains(EventId::INIT));
        let mut copy = ClockTable::default();
        let mut keep = [0; 20];
        (keep[2], keep[19]) = (1, 1);
        copy.restrict(&table, &keep);
        let released = |table: &ClockTable| Clock::new(table.get(other), |of| &of.released).get(19);
        let porf = |table: &ClockTable| [2, 19].map(|thread| Clock::new(table.get(other), |of| &of.porf).get(thread));
        assert_eq!((released(&copy), porf(&copy)), (9, [5, 1]));
        assert_eq!(Clock::new(copy.get(first), |of| &of.porf).get(2), 1);
        copy.follow(other);
        assert_eq!((released(&copy), porf(&copy)), (0, [0, 1]));
        copy.truncate(19, 0);
        copy.follow(other);
        copy.join(other, EventId::INIT, |_, _| unreachable!("initial writes have no clocks"));
        assert_eq!((released(&copy), porf(&copy)), (0, [0, 1]));
    }
}
