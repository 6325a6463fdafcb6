//! What is known of one primitive.

use alloc::vec::Vec;
use core::panic::Location;
use core::time::Duration;

use super::actor::Key;
use super::report::Futurelock;
use super::{Actor, Counts, Histogram, Holder, Info, Primitive, Waiting};
use crate::primitive::os::{Mutex, MutexGuard, PoisonError};
use crate::watched::{Kind, Stake};

/// One in the queue, or let in and not aware of it.
struct Queued {
    node: usize,
    who: Actor,
    at: &'static Location<'static>,
    stake: Stake,
    since: Duration,
    task: bool,
    /// When it was let in, and whether that holds up others.
    granted: Option<(Duration, bool)>,
    reported: bool,
}

struct Holding {
    who: Actor,
    at: &'static Location<'static>,
    since: Duration,
    mode: u32,
    amount: usize,
}

pub(super) struct State {
    counts: Counts,
    waits: Histogram,
    pickups: Histogram,
    holders: Vec<Holding>,
    queue: Vec<Queued>,
}

/// What is known of one primitive.
pub(super) struct Record {
    pub(super) primitive: Primitive,
    state: Mutex<State>,
}

/// Whose holding has ended, as far as can be told.
pub(super) enum Leaver {
    /// This one's, and so much of it.
    Known(Key, usize),
    /// One of these.
    OneOf(Vec<Key>),
}

impl Record {
    pub(super) fn new(primitive: Primitive) -> Self {
        let state = State {
            counts: Counts::default(),
            waits: Histogram::new(),
            pickups: Histogram::new(),
            holders: Vec::new(),
            queue: Vec::new(),
        };
        Self { primitive, state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn info(&self) -> Info {
        let state = self.state();
        let holder = |holding: &Holding| Holder {
            who: holding.who.clone(),
            at: holding.at,
            since: holding.since,
            amount: holding.amount,
        };
        let waiting = |queued: &Queued| Waiting {
            who: queued.who.clone(),
            at: queued.at,
            since: queued.since,
            granted: queued.granted.map(|(when, _)| when),
        };
        Info {
            primitive: self.primitive,
            counts: state.counts,
            waits: state.waits.clone(),
            pickups: state.pickups.clone(),
            holders: state.holders.iter().map(holder).collect(),
            waiting: state.queue.iter().map(waiting).collect(),
        }
    }
}

impl State {
    pub(super) fn refused(&mut self) {
        self.counts.refused += 1;
    }

    pub(super) fn entered(&mut self, who: &Actor, at: &'static Location<'static>, stake: Stake, now: Duration) {
        self.counts.acquisitions += 1;
        if let Some(given_up) = stake.instead_of {
            self.take_out(who.key, given_up, 1);
        }
        if stake.amount > 0 {
            let Stake { mode, amount, .. } = stake;
            self.holders.push(Holding { who: who.clone(), at, since: now, mode, amount });
        }
    }

    /// Where `who` got what it holds already, if it must wait for that: of permits, if nobody else has any.
    pub(super) fn holds_it_itself(&self, kind: Kind, who: &Actor, stake: Stake) -> Option<&'static Location<'static>> {
        if stake.amount == 0 || stake.instead_of.is_some() {
            return None;
        }
        let own = self.holders.iter().find(|holding| holding.who.key == who.key)?;
        // Permits may come from others.
        let alone = kind != Kind::Semaphore
            || self.holders.iter().all(|holding| holding.who.key == who.key)
                && self.queue.iter().all(|queued| queued.granted.is_none());
        alone.then_some(own.at)
    }

    pub(super) fn waits(
        &mut self,
        node: usize,
        who: Actor,
        task: bool,
        at: &'static Location<'static>,
        stake: Stake,
        now: Duration,
    ) {
        self.counts.contended += 1;
        self.queue.push(Queued { node, who, at, stake, since: now, task, granted: None, reported: false });
    }

    pub(super) fn granted(&mut self, node: usize, let_in: bool, now: Duration) {
        if let Some(queued) = self.queue.iter_mut().find(|queued| queued.node == node) {
            queued.granted = Some((now, let_in));
        }
    }

    /// Takes it out of the queue: who it was, where it asked, and for what.
    pub(super) fn served(&mut self, node: usize, now: Duration) -> Option<(Actor, &'static Location<'static>, Stake)> {
        let index = self.queue.iter().position(|queued| queued.node == node)?;
        let Queued { who, at, stake, since, granted, .. } = self.queue.remove(index);
        self.waits.add(now.saturating_sub(since));
        if let Some((when, _)) = granted {
            self.pickups.add(now.saturating_sub(when));
        }
        self.entered(&who, at, stake, now);
        Some((who, at, stake))
    }

    /// Takes out of the queue one that was let go with nothing.
    pub(super) fn dismissed(&mut self, node: usize) {
        if let Some(index) = self.queue.iter().position(|queued| queued.node == node) {
            self.queue.remove(index);
            self.counts.dismissed += 1;
        }
    }

    pub(super) fn gave_up(&mut self, node: usize) {
        if let Some(index) = self.queue.iter().position(|queued| queued.node == node) {
            match self.queue.remove(index).granted {
                Some((_, false)) => self.counts.dismissed += 1,
                Some((_, true)) => {
                    self.counts.cancelled += 1;
                    self.counts.cancelled_granted += 1;
                }
                None => self.counts.cancelled += 1,
            }
        }
    }

    /// Somebody who held so much in this mode leaves: `current`, or another that is the only one it can be.
    pub(super) fn left(&mut self, current: Key, mode: u32, mut amount: usize) -> Vec<Leaver> {
        let mut leavers = Vec::new();
        while amount > 0 {
            let mut keys: Vec<Key> =
                self.holders.iter().filter(|holding| holding.mode == mode).map(|holding| holding.who.key).collect();
            let Some(first) = keys.first().copied() else { break };
            let leaver = if keys.contains(&current) { current } else { first };
            let taken = self.take_out(leaver, mode, amount);
            amount -= taken.min(amount);
            if leaver == current || keys.iter().all(|key| *key == first) {
                leavers.push(Leaver::Known(leaver, taken));
            } else {
                keys.dedup();
                leavers.push(Leaver::OneOf(keys));
            }
        }
        leavers
    }

    /// Takes up to so much from the latest that this one holds, and says how much that was.
    fn take_out(&mut self, key: Key, mode: u32, amount: usize) -> usize {
        let found = self.holders.iter().rposition(|holding| holding.who.key == key && holding.mode == mode);
        let Some(index) = found else { return amount };
        let taken = self.holders[index].amount.min(amount);
        self.holders[index].amount -= taken;
        if self.holders[index].amount == 0 {
            self.holders.remove(index);
        }
        taken
    }

    /// One who held in one mode holds in another.
    pub(super) fn turned(&mut self, current: Key, from: u32, to: u32) {
        let mut of_mode = self.holders.iter_mut().filter(|holding| holding.mode == from);
        let first = of_mode.next();
        let own = of_mode.find(|holding| holding.who.key == current);
        if let Some(holding) = own.or(first) {
            holding.mode = to;
        }
    }

    /// A task that was let in longer ago than `bound` and was not polled since, while others wait behind it. Each is found once.
    pub(super) fn futurelock(&mut self, primitive: Primitive, bound: Duration, now: Duration) -> Option<Futurelock> {
        let behind = self.queue.iter().find(|queued| queued.granted.is_none())?;
        let (behind, behind_at) = (behind.who.clone(), behind.at);
        let late = |queued: &&mut Queued| {
            let holds_up = queued.granted.filter(|(when, let_in)| *let_in && now.saturating_sub(*when) > bound);
            queued.task && !queued.reported && holds_up.is_some()
        };
        let granted = self.queue.iter_mut().find(late)?;
        granted.reported = true;
        let unpolled = granted.granted.map_or(Duration::ZERO, |(when, _)| now.saturating_sub(when));
        let (granted, granted_at) = (granted.who.clone(), granted.at);
        Some(Futurelock { primitive, granted, granted_at, unpolled, behind, behind_at })
    }

    /// A task with a name that has waited longer than `bound` for what it holds itself: where it took that, and where it waits. Each is found once.
    pub(super) fn relock(
        &mut self,
        kind: Kind,
        bound: Duration,
        now: Duration,
    ) -> Option<(Actor, &'static Location<'static>, &'static Location<'static>)> {
        let late = |queued: &Queued| {
            let named = matches!(queued.who.key, Key::Task(_));
            named && !queued.reported && queued.granted.is_none() && now.saturating_sub(queued.since) > bound
        };
        let found = self.queue.iter().enumerate().find_map(|(index, queued)| {
            let held_at = late(queued).then(|| self.holds_it_itself(kind, &queued.who, queued.stake)).flatten()?;
            Some((index, held_at))
        });
        let (index, held_at) = found?;
        let queued = &mut self.queue[index];
        queued.reported = true;
        Some((queued.who.clone(), held_at, queued.at))
    }
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mutex => "mutex",
            Self::RwLock => "rwlock",
            Self::Semaphore => "semaphore",
            Self::Condvar => "condvar",
            Self::Notify => "notify",
            Self::Event => "event",
            Self::Barrier => "barrier",
            Self::SetOnce => "set-once",
            Self::Channel => "channel",
            Self::Broadcast => "broadcast channel",
            Self::Watch => "watch channel",
        }
    }

    /// Whether those who are let go with nothing have got what they waited for.
    pub(super) fn is_left_by_all(self) -> bool {
        matches!(self, Self::Notify | Self::Barrier | Self::SetOnce)
    }
}
