//! What the diagnostics find: [`Report`].

use alloc::vec::Vec;
use core::fmt;
use core::panic::Location;
use core::time::Duration;

use super::{Actor, Primitive};

/// Something that is wrong, or may go wrong another time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Report {
    /// Primitives are asked for in such orders that those who hold them may wait for each other. Each was held when the next was asked for, and the last when the
    /// first was. That they were held at the same time is not needed: this run may have been lucky.
    LockOrder(Vec<Step>),
    /// One waits for what it holds itself.
    Relock(Step),
    /// One was let in and is not polled, while others wait for what it was let in to: the task that should poll it waits for something else, or has
    /// forgotten it (a future that `select!` left behind, a buffered stream that nobody polls).
    Futurelock(Futurelock),
}

/// One who held something and asked for something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The task or thread.
    pub who: Actor,
    /// What it held.
    pub held: Primitive,
    /// Where it had asked for that.
    pub held_at: &'static Location<'static>,
    /// What it asked for.
    pub wanted: Primitive,
    /// Where it did.
    pub wanted_at: &'static Location<'static>,
}

/// A waiter that was let in, and one behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Futurelock {
    /// For what they wait.
    pub primitive: Primitive,
    /// Whose waiter was let in.
    pub granted: Actor,
    /// Where that one had asked.
    pub granted_at: &'static Location<'static>,
    /// For how long it had not been polled then.
    pub unpolled: Duration,
    /// The first that waits behind it.
    pub behind: Actor,
    /// Where that one asks.
    pub behind_at: &'static Location<'static>,
}

impl Report {
    /// The primitives that it is about.
    pub fn primitives(&self) -> impl Iterator<Item = &Primitive> {
        let (steps, primitive) = match self {
            Self::LockOrder(steps) => (&steps[..], None),
            Self::Relock(step) => (core::slice::from_ref(step), None),
            Self::Futurelock(lock) => (&[][..], Some(&lock.primitive)),
        };
        steps.iter().map(|step| &step.held).chain(primitive)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, held, held_at, wanted, wanted_at } = self;
        write!(f, "{who} held {held}, asked for at {held_at}, when it asked for {wanted} at {wanted_at}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LockOrder(steps) => {
                f.write_str("potential deadlock: locks are asked for in different orders")?;
                steps.iter().try_for_each(|step| write!(f, "\n  {step}"))
            }
            Self::Relock(step) => write!(f, "deadlock: {} is asked for by its holder\n  {step}", step.wanted),
            Self::Futurelock(lock) => {
                let Futurelock { primitive, granted, granted_at, unpolled, behind, behind_at } = lock;
                write!(
                    f,
                    "futurelock: {granted} was let in to {primitive}, asked for at {granted_at}, and has not polled for {unpolled:?}\n  \
                     {behind} waits behind it at {behind_at}"
                )
            }
        }
    }
}
