//! What a run knows of one thread.

use super::interface::Op;

/// A thread in the run in progress.
#[derive(Clone, Debug, Default)]
pub(super) struct Strand {
    /// How many of its events have happened in this run.
    pub(super) position: usize,
    /// The operation at which it waits for its turn.
    pub(super) pending: Option<Op>,
    /// Whether it was started in this run. Numbers last for all runs, so one may belong to a thread that only other runs
    /// start.
    pub(super) exists: bool,
    /// How many threads it started in this run.
    pub(super) started: usize,
    /// How many objects it made in this run.
    pub(super) made: usize,
}

impl Strand {
    /// Forgets the run.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}
