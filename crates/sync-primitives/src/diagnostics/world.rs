//! What is known of all primitives together: which there are, who holds what, and what was reported.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::panic::Location;
use core::time::Duration;

use super::actor::Key;
use super::order::{Held, Order};
use super::record::Record;
use super::report::{Report, Step};
use super::{Actor, Info, Primitive, clock};
use crate::primitive::os::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use crate::watched::{Kind, Stake};

/// How many reports are kept.
const REPORTS: usize = 256;
const BOUND: Duration = Duration::from_secs(1);

pub(super) struct World {
    next: u64,
    records: BTreeMap<u64, Weak<Record>>,
    held: BTreeMap<Key, Vec<Held>>,
    order: Order,
    reports: VecDeque<Report>,
    bound: Duration,
}

static WORLD: Mutex<World> = Mutex::new(World {
    next: 1,
    records: BTreeMap::new(),
    held: BTreeMap::new(),
    order: Order::new(),
    reports: VecDeque::new(),
    bound: BOUND,
});

type Hook = Arc<dyn Fn(&Report) + Send + Sync>;

static HOOK: Mutex<Option<Hook>> = Mutex::new(None);

/// Locked for a moment, by one who holds no other lock of the diagnostics.
pub(super) fn world() -> MutexGuard<'static, World> {
    WORLD.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn register(kind: Kind, name: Option<&'static str>, made_at: &'static Location<'static>) -> Arc<Record> {
    let mut world = world();
    let id = world.next;
    world.next += 1;
    let record = Arc::new(Record::new(Primitive { id, kind, name, made_at }));
    world.records.insert(id, Arc::downgrade(&record));
    record
}

impl World {
    /// `who` asks for something that it would wait for.
    pub(super) fn ask(
        &mut self,
        who: &Actor,
        wanted: Primitive,
        at: &'static Location<'static>,
        stake: Stake,
    ) -> Vec<Report> {
        // Who can hold nothing of it keeps nobody waiting.
        let (Some(held), true) = (self.held.get(&who.key), stake.amount > 0) else { return Vec::new() };
        self.order.ask(who, held, wanted, at).into_iter().map(Report::LockOrder).collect()
    }

    pub(super) fn hold(&mut self, who: &Actor, primitive: Primitive, at: &'static Location<'static>, stake: Stake) {
        if let Some(given_up) = stake.instead_of {
            self.let_go(who.key, primitive.id, given_up, 1);
        }
        if stake.amount > 0 {
            let Stake { mode, amount, shared, .. } = stake;
            self.held.entry(who.key).or_default().push(Held { primitive, at, mode, amount, shared });
        }
    }

    pub(super) fn let_go(&mut self, key: Key, id: u64, mode: u32, mut amount: usize) {
        let Some(held) = self.held.get_mut(&key) else { return };
        while amount > 0 {
            let found = held.iter().rposition(|held| held.primitive.id == id && held.mode == mode);
            let Some(index) = found else { break };
            let taken = held[index].amount.min(amount);
            amount -= taken;
            held[index].amount -= taken;
            if held[index].amount == 0 {
                held.remove(index);
            }
        }
        if held.is_empty() {
            self.held.remove(&key);
        }
    }

    /// Somebody, `current` if it can be, holds in another mode.
    pub(super) fn turn(&mut self, id: u64, current: Key, from: u32, to: Stake) {
        let of_mode = |held: &Held| held.primitive.id == id && held.mode == from;
        let own = self.held.get_mut(&current).and_then(|held| held.iter_mut().find(|held| of_mode(held)));
        if let Some(held) = own {
            (held.mode, held.shared) = (to.mode, to.shared);
        } else if let Some(held) = self.held.values_mut().flatten().find(|held| of_mode(held)) {
            (held.mode, held.shared) = (to.mode, to.shared);
        }
    }

    /// A primitive is no more.
    pub(super) fn forget(&mut self, id: u64) {
        self.records.remove(&id);
        self.order.forget(id);
        self.held.retain(|_, held| {
            held.retain(|held| held.primitive.id != id);
            !held.is_empty()
        });
    }
}

/// What stalls at a primitive just now.
pub(super) fn stalls(record: &Record) -> Vec<Report> {
    let (bound, now) = (world().bound, clock::now());
    let primitive = record.primitive;
    let mut state = record.state();
    let futurelock = state.futurelock(primitive, bound, now).map(Report::Futurelock);
    let relock = state.relock(primitive.kind, bound, now).map(|(who, held_at, wanted_at)| {
        Report::Relock(Step { who, held: primitive, held_at, wanted: primitive, wanted_at })
    });
    futurelock.into_iter().chain(relock).collect()
}

/// Keeps reports and tells the hook, which may use primitives: no lock is held.
pub(super) fn publish(reports: impl IntoIterator<Item = Report>) -> usize {
    let mut count = 0;
    for report in reports {
        count += 1;
        // Before the hook, which may look at what was reported.
        let mut world = world();
        if world.reports.len() == REPORTS {
            world.reports.pop_front();
        }
        world.reports.push_back(report.clone());
        drop(world);
        let hook = HOOK.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(hook) = hook {
            hook(&report);
        }
    }
    count
}

/// What is known of every primitive that is alive and was used, those that were used first before the others.
///
/// ```
/// use sync_primitives::{RwLock, diagnostics};
///
/// static ROUTES: RwLock<u32> = RwLock::new(0).named("routes");
///
/// drop(ROUTES.try_read());
/// let all = diagnostics::snapshot();
/// let routes = all.iter().find(|info| info.primitive.name == Some("routes")).unwrap();
/// assert_eq!(routes.counts.acquisitions, 1);
/// ```
#[must_use]
pub fn snapshot() -> Vec<Info> {
    let records: Vec<_> = world().records.values().filter_map(Weak::upgrade).collect();
    records.iter().map(|record| record.info()).collect()
}

/// Looks for those who stall: who was let in and is not polled, and tasks that wait for themselves. Returns how many it found and did not know. To be called
/// now and then, by a thread or task that waits for none of them; see the [module](super).
pub fn check() -> usize {
    let records: Vec<_> = world().records.values().filter_map(Weak::upgrade).collect();
    records.iter().map(|record| publish(stalls(record))).sum()
}

/// For how long one who was let in need not be polled before that is reported, and how long a task waits for itself; 1 s at first.
pub fn set_bound(bound: Duration) {
    world().bound = bound;
}

/// Calls `hook` with every report, on the thread that found it, in the middle of what it does. `hook` may use primitives; what is reported of that goes to it, too.
///
/// ```
/// use sync_primitives::diagnostics;
///
/// diagnostics::set_hook(|report| eprintln!("{report}"));
/// ```
pub fn set_hook(hook: impl Fn(&Report) + Send + Sync + 'static) {
    let before = HOOK.lock().unwrap_or_else(PoisonError::into_inner).replace(Arc::new(hook));
    // Foreign code, so not under the lock.
    drop(before);
}

/// What was reported, the oldest first; at most 256 are kept.
#[must_use]
pub fn reports() -> Vec<Report> {
    world().reports.iter().cloned().collect()
}

/// As [`reports`], and forgets them. Who has been reported is not reported again.
#[must_use = "they are forgotten"]
pub fn take_reports() -> Vec<Report> {
    core::mem::take(&mut world().reports).into()
}
