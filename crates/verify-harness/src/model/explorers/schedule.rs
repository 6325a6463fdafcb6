//! Which thread performs the next access of shared memory.

use core::fmt::Debug;

use super::super::graph::Graph;
use super::super::interface::{Loc, Op, Strength};
use crate::random::Random;

/// The next access of a thread that can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) thread: usize,
    pub(super) loc: Loc,
    pub(super) writes: bool,
}

impl Step {
    /// The access that `op` of `thread` is; `None` if no other thread can tell when it happens. Accesses that are not
    /// atomic belong to these: if their order is not settled by others, they race, whichever comes first.
    pub(super) fn of(thread: usize, op: &Op) -> Option<Self> {
        match *op {
            Op::Load { loc, strength } if strength != Strength::Plain => Some(Self { thread, loc, writes: false }),
            Op::Store { loc, strength, .. } if strength != Strength::Plain => Some(Self { thread, loc, writes: true }),
            Op::Rmw { loc, .. } => Some(Self { thread, loc, writes: true }),
            _ => None,
        }
    }

    /// Whether it can be told in which order the two happen.
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        self.loc == other.loc && (self.writes || other.writes)
    }
}

/// A way to choose which thread is next.
pub(super) trait Schedule: Debug {
    /// An execution begins.
    fn begin(&mut self, _random: &mut Random) {}

    /// Which of `steps`, of which there is at least one, happens next; they are in the order of their threads.
    fn pick(&mut self, steps: &[Step], random: &mut Random) -> usize;

    /// `thread` ends an iteration of a loop that waits for another thread.
    fn yields(&mut self, _thread: usize) {}

    /// The execution `graph` has ended.
    fn end(&mut self, _graph: &Graph) {}
}
