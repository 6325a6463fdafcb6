//! What each primitive carries to be watched: [`Probe`].

use core::panic::Location;
use core::task::Waker;

use super::record::{Leaver, Record};
use super::report::{Report, Step};
use super::world::{self, world};
use super::{Actor, Info, Primitive, clock};
use crate::primitive::os::{Arc, OnceLock};
use crate::wait::Waiter;
use crate::watched::{Kind, Stake, Watch};

/// Where something was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site(&'static Location<'static>);

impl Site {
    #[track_caller]
    pub(crate) const fn caller() -> Self {
        Self(Location::caller())
    }
}

/// A part of a primitive that tells the diagnostics what happens; its record is made when something does.
pub(crate) struct Probe {
    /// `None` of a queue that nobody watches.
    kind: Option<Kind>,
    name: Option<&'static str>,
    made_at: &'static Location<'static>,
    record: OnceLock<Arc<Record>>,
}

impl Probe {
    #[track_caller]
    pub(crate) const fn none() -> Self {
        Self { kind: None, name: None, made_at: Location::caller(), record: OnceLock::new() }
    }

    #[track_caller]
    pub(crate) const fn new(kind: Kind) -> Self {
        Self { kind: Some(kind), name: None, made_at: Location::caller(), record: OnceLock::new() }
    }

    pub(crate) const fn name(&mut self, name: &'static str) {
        self.name = Some(name);
    }

    fn record(&self) -> Option<&Arc<Record>> {
        let kind = self.kind?;
        Some(self.record.get_or_init(|| world::register(kind, self.name, self.made_at)))
    }

    /// What is known of the primitive.
    pub(crate) fn info(&self) -> Info {
        let unwatched =
            || Record::new(Primitive { id: 0, kind: Kind::Mutex, name: self.name, made_at: self.made_at }).info();
        self.record().map_or_else(unwatched, |record| record.info())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if let Some(record) = self.record.get() {
            world().forget(record.primitive.id);
        }
    }
}

impl core::fmt::Debug for Probe {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Probe").field("name", &self.name).finish_non_exhaustive()
    }
}

fn address(node: &Waiter) -> usize {
    core::ptr::from_ref(node).addr()
}

impl Watch for Probe {
    fn entered(&self, waker: Option<&Waker>, Site(at): Site, stake: Stake, would_wait: bool) {
        let Some(record) = self.record() else { return };
        let who = Actor::current(waker);
        record.state().entered(&who, at, stake, clock::now());
        let circles = would_wait.then(|| world().ask(&who, record.primitive, at, stake));
        world().hold(&who, record.primitive, at, stake);
        world::publish(circles.into_iter().flatten());
    }

    fn refused(&self) {
        if let Some(record) = self.record() {
            record.state().refused();
        }
    }

    fn waits(&self, node: &Waiter, waker: Option<&Waker>, Site(at): Site, stake: Stake) {
        let Some(record) = self.record() else { return };
        let who = Actor::current(waker);
        let held_at = {
            let mut state = record.state();
            let held_at = waker.is_none().then(|| state.holds_it_itself(record.primitive.kind, &who, stake)).flatten();
            state.waits(address(node), who.clone(), waker.is_some(), at, stake, clock::now());
            held_at
        };
        let relock = held_at.map(|held_at| {
            let (held, wanted) = (record.primitive, record.primitive);
            Report::Relock(Step { who: who.clone(), held, held_at, wanted, wanted_at: at })
        });
        let circles = world().ask(&who, record.primitive, at, stake);
        world::publish(relock.into_iter().chain(circles).chain(world::stalls(record)));
    }

    fn waits_on(&self, _node: &Waiter) {
        if let Some(record) = self.record() {
            world::publish(world::stalls(record));
        }
    }

    fn granted(&self, node: &Waiter, let_in: bool) {
        if let Some(record) = self.record() {
            record.state().granted(address(node), let_in, clock::now());
        }
    }

    fn served(&self, node: &Waiter) {
        let Some(record) = self.record() else { return };
        let served = record.state().served(address(node), clock::now());
        if let Some((who, at, stake)) = served {
            world().hold(&who, record.primitive, at, stake);
        }
    }

    fn gave_up(&self, node: &Waiter) {
        if let Some(record) = self.record() {
            record.state().gave_up(address(node));
        }
    }

    fn let_go(&self, node: &Waiter) {
        let Some(record) = self.record() else { return };
        if record.primitive.kind.is_left_by_all() {
            self.served(node);
        } else {
            record.state().dismissed(address(node));
        }
    }

    fn left(&self, mode: u32, amount: usize) {
        let Some(record) = self.record() else { return };
        let current = Actor::current(None).key;
        let leavers = record.state().left(current, mode, amount);
        let mut world = world();
        for leaver in leavers {
            match leaver {
                Leaver::Known(key, amount) => world.let_go(key, record.primitive.id, mode, amount),
                // Whoever it was: nothing follows any more from what any of them holds here.
                Leaver::OneOf(keys) => {
                    keys.into_iter().for_each(|key| world.let_go(key, record.primitive.id, mode, usize::MAX));
                }
            }
        }
    }

    fn turned(&self, from: u32, to: Stake) {
        let Some(record) = self.record() else { return };
        let key = Actor::current(None).key;
        record.state().turned(key, from, to.mode);
        world().turn(record.primitive.id, key, from, to);
    }
}
