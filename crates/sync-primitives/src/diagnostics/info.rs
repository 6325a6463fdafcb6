//! What the diagnostics tell of a primitive: [`Info`].

use alloc::vec::Vec;
use core::fmt;
use core::panic::Location;
use core::time::Duration;

use super::{Actor, Histogram};
use crate::watched::Kind;

/// Which primitive it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Primitive {
    /// A number that no other primitive of the process has or had.
    pub id: u64,
    /// What it is.
    pub kind: Kind,
    /// What `named` has called it.
    pub name: Option<&'static str>,
    /// Where it was made.
    pub made_at: &'static Location<'static>,
}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.name();
        match self.name {
            Some(name) => write!(f, "{kind} `{name}`"),
            None => write!(f, "the {kind} made at {}", self.made_at),
        }
    }
}

/// How often something has happened at a primitive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Entered: locked, read, written, permits acquired; of what tells of an event, told; of a barrier, passed; of a channel, let go on after waiting.
    pub acquisitions: u64,
    /// Could not enter at once and waited, with whatever outcome.
    pub contended: u64,
    /// Would not wait, and did not enter.
    pub refused: u64,
    /// Gave up waiting: the future was dropped, or the time was over.
    pub cancelled: u64,
    /// Of those, how many had been let in already; what they had been given went on.
    pub cancelled_granted: u64,
    /// Waited and got nothing: the semaphore or the channel was closed.
    pub dismissed: u64,
}

/// One who holds a primitive, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The task or thread.
    pub who: Actor,
    /// Where it asked.
    pub at: &'static Location<'static>,
    /// Since when it has it, by the clock of the diagnostics.
    pub since: Duration,
    /// How many permits; 1 of what has none.
    pub amount: usize,
}

/// One who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The task or thread.
    pub who: Actor,
    /// Where it asked.
    pub at: &'static Location<'static>,
    /// Since when it waits, by the clock of the diagnostics.
    pub since: Duration,
    /// When it was let in, if it was and was not polled since.
    pub granted: Option<Duration>,
}

/// What is known of a primitive. It is a copy of what was known at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// Which one.
    pub primitive: Primitive,
    /// What has happened.
    pub counts: Counts,
    /// How long those waited who had to wait and entered.
    pub waits: Histogram,
    /// How long it took those to notice that they had been let in: a part of the wait.
    pub pickups: Histogram,
    /// Who holds it, those who came first before the others. Where a guard was dropped by somebody else than who got it, and several could have
    /// been the one, this names one too many or the wrong one.
    pub holders: Vec<Holder>,
    /// Who waits, in the order in which they came.
    pub waiting: Vec<Waiting>,
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { primitive, counts, waits, holders, waiting, .. } = self;
        write!(f, "{primitive}: {} acquisitions, {} had to wait", counts.acquisitions, counts.contended)?;
        if let Some(most) = waits.percentile(99) {
            write!(f, " (99 of 100 at most {most:?}, one {:?})", waits.longest())?;
        }
        write!(f, ", {} refused, {} gave up", counts.refused, counts.cancelled)?;
        for Holder { who, at, amount, .. } in holders {
            write!(f, "\n  held by {who}, asked for at {at}")?;
            if *amount > 1 {
                write!(f, " ({amount})")?;
            }
        }
        for Waiting { who, at, granted, .. } in waiting {
            let state = if granted.is_some() { "let in and not polled since" } else { "waits" };
            write!(f, "\n  {who} {state}, asked at {at}")?;
        }
        Ok(())
    }
}
