//! What a run knows of its threads.

use super::graph::EventId;
use super::interface::Op;

/// How many events of each thread have happened in a run.
#[derive(Debug, Default)]
pub(super) struct Happened {
    counts: Vec<u16>,
}

impl Happened {
    /// Makes room for `threads`.
    pub(super) fn ensure(&mut self, threads: usize) {
        self.counts.resize(threads.max(self.counts.len()), 0);
    }

    /// Nothing has happened.
    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// How many events of `thread` have happened.
    #[inline]
    pub(super) fn of(&self, thread: usize) -> usize {
        self.counts.get(thread).copied().map_or(0, usize::from)
    }

    /// Counts `events` more of `thread`, for which there is room.
    #[inline]
    pub(super) fn add(&mut self, thread: usize, events: usize) {
        self.counts[thread] += events as u16;
    }

    /// Whether `event` has happened; the initial writes always have.
    #[inline]
    pub(super) fn contains(&self, event: EventId) -> bool {
        event.is_init() || self.of(event.thread()) > event.index()
    }
}

/// A thread in the run in progress.
#[derive(Clone, Debug)]
pub(super) struct Strand {
    /// The operation at which it waits for its turn.
    pub(super) pending: Option<Op>,
    /// Whether it was started in this run. Numbers last for all runs, so one may belong to a thread that only other runs
    /// start.
    pub(super) exists: bool,
    /// The event that started it; the initial write for the first thread.
    pub(super) spawn: EventId,
    /// How many threads it started in this run.
    pub(super) started: usize,
    /// How many objects it made in this run.
    pub(super) made: usize,
}

impl Strand {
    /// A thread that was not started.
    pub(super) const NEW: Self = Self { pending: None, exists: false, spawn: EventId::INIT, started: 0, made: 0 };

    /// Forgets the run.
    pub(super) fn reset(&mut self) {
        *self = Self::NEW;
    }
}
