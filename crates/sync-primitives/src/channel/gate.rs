//! The lock around the state of a channel, and waiting at it in a slot, where only one can wait.

use core::task::{Context, Poll};

#[cfg(any(feature = "std", loom))]
pub(super) use blocking::{block_in_slot, spin};

#[cfg(not(loom))]
use crate::primitive::{AtomicU32, ord};
use crate::primitive::{Lock, LockGuard, seeded};
use crate::wait::{Batch, Panics, Wake};
use crate::watched::{Kind, Probe};

/// The state of a channel: who waits in it, and who of them can go on.
pub(super) trait Served {
    /// Whether nobody waits at all, so that nobody has to be served.
    fn nobody_waits(&self) -> bool;

    /// Takes one out who can go on.
    fn serve(&mut self) -> Option<Wake>;

    /// What threads that spin for something may find, as a set of bits that they know; it is looked at without the lock, and decides nothing.
    #[cfg(not(loom))]
    #[inline]
    fn outlook(&self) -> u32 {
        0
    }
}

/// A state behind a lock; its invariants stand in the [module](super).
#[derive(Debug)]
pub(super) struct Gate<S> {
    guarded: Lock<Guarded<S>>,
    /// What the state looks like to those who spin; see [`spin_for`](Gate::spin_for). In a model nobody spins.
    #[cfg(not(loom))]
    outlook: AtomicU32,
    watch: Probe,
}

#[derive(Debug)]
struct Guarded<S> {
    state: S,
    /// Whether somebody may wait (G4), or spins.
    attended: bool,
}

/// How many pauses, each twice as long as the one before, and how often, before the lock is waited for.
#[cfg(not(loom))]
const PAUSES: u32 = 6;
#[cfg(not(loom))]
const ROUNDS: u32 = 4;

/// The outlook when it is not kept up to date, since nobody is known to need it: there may be anything.
#[cfg(not(loom))]
const ANYTHING: u32 = u32::MAX;

impl<S: Served> Gate<S> {
    /// A gate that nobody watches.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(state: S) -> Self {
        Self::watched_by(Probe::none(), state)
    }

    /// A gate whose lines the diagnostics may watch.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn of(kind: Kind, state: S) -> Self {
        Self::watched_by(Probe::new(kind), state)
    }

    fn watched_by(watch: Probe, state: S) -> Self {
        Self {
            guarded: Lock::new(Guarded { state, attended: false }),
            #[cfg(not(loom))]
            outlook: AtomicU32::new(ANYTHING),
            watch,
        }
    }

    /// Whom to tell what happens in the lines. Not under the lock.
    #[inline]
    pub(super) fn watch(&self) -> &Probe {
        &self.watch
    }

    /// The state, for the last one who has the gate.
    #[inline]
    pub(super) fn into_state(self) -> S {
        self.guarded.into_inner().state
    }

    #[inline]
    fn lock(&self) -> LockGuard<'_, Guarded<S>> {
        #[cfg(not(loom))]
        return match self.guarded.try_lock() {
            Some(guarded) => guarded,
            None => self.lock_late(),
        };
        #[cfg(loom)]
        self.guarded.lock()
    }

    /// Who finds the lock taken stays away from it for a while: the holder has the state in its cache, and goes through several sections in less
    /// time than it takes to fetch that for each in turn.
    #[cfg(not(loom))]
    #[cold]
    fn lock_late(&self) -> LockGuard<'_, Guarded<S>> {
        for _ in 0..ROUNDS {
            let backoff = crate::primitive::Backoff::new();
            for _ in 0..PAUSES {
                backoff.spin();
            }
            if let Some(guarded) = self.guarded.try_lock() {
                return guarded;
            }
        }
        self.guarded.lock()
    }

    /// Looks at the state, or changes it in a way that lets nobody go on, and by which nobody comes to wait.
    #[inline]
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        f(&mut self.lock().state)
    }

    /// As [`with`](Self::with), but somebody may come to wait.
    pub(super) fn join<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        let mut guarded = self.lock();
        guarded.attended |= !seeded!(G4);
        f(&mut guarded.state)
    }

    /// Changes the state, lets those go on who can then, and wakes them.
    #[inline]
    pub(super) fn change<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        let mut guarded = self.lock();
        let outcome = f(&mut guarded.state);
        self.settle(guarded);
        outcome
    }

    /// Gives the lock back, when those who can go on have been let go.
    #[inline]
    fn settle(&self, guarded: LockGuard<'_, Guarded<S>>) {
        if !guarded.attended || seeded!(G2) {
            drop(guarded);
        } else {
            self.serve(guarded);
        }
    }

    /// As [`change`](Self::change), but somebody may come to wait.
    fn change_or_join<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        let mut guarded = self.lock();
        guarded.attended |= !seeded!(G4);
        let outcome = f(&mut guarded.state);
        self.settle(guarded);
        outcome
    }

    /// Gives the lock back; nobody who waits can go on.
    fn give_back(&self, mut guarded: LockGuard<'_, Guarded<S>>) {
        guarded.attended = !guarded.state.nobody_waits();
        #[cfg(not(loom))]
        {
            let outlook = if guarded.attended { guarded.state.outlook() } else { ANYTHING };
            // ord[P1] Relaxed: a hint to those who spin, who take the lock before they believe it; pairs with none.
            self.outlook.store(outlook, ord!(P1, Relaxed));
        }
        drop(guarded);
    }

    /// Mostly there is one to be woken, or none, which takes no batch.
    #[cold]
    fn serve<'a>(&'a self, mut guarded: LockGuard<'a, Guarded<S>>) {
        let Some(first) = guarded.state.serve() else { return self.give_back(guarded) };
        match guarded.state.serve() {
            None => {
                self.give_back(guarded);
                first.wake();
            }
            Some(second) => self.serve_many(guarded, [first, second]),
        }
    }

    #[inline(never)]
    fn serve_many<'a>(&'a self, mut guarded: LockGuard<'a, Guarded<S>>, served: [Wake; 2]) {
        let mut batch = Batch::new();
        served.into_iter().for_each(|wake| batch.push(wake));
        let mut panics = Panics::default();
        loop {
            let full = loop {
                if batch.room() == 0 {
                    break true;
                }
                match guarded.state.serve() {
                    Some(wake) => batch.push(wake),
                    None => break false,
                }
            };
            self.give_back(guarded);
            let rest = Rest(self);
            batch.wake(&mut panics);
            core::mem::forget(rest);
            if !full {
                break;
            }
            guarded = self.lock();
        }
        panics.resume();
    }
}

/// Where a waker's panic cannot be caught, it unwinds past the loop that serves the rest: then this does.
struct Rest<'a, S: Served>(&'a Gate<S>);

impl<S: Served> Drop for Rest<'_, S> {
    fn drop(&mut self) {
        self.0.change(|_| ());
    }
}

/// A condition that only one can wait for: it stands in a slot of the state.
pub(super) trait Single<S> {
    type Output;

    /// The bits of the outlook that promise something to who spins for this.
    #[cfg(any(feature = "std", loom))]
    const OUTLOOK: u32;

    fn slot(state: &mut S) -> &mut Option<Wake>;

    /// What is waited for, if it is there; called under the lock.
    fn take(&mut self, state: &mut S) -> Option<Self::Output>;
}

impl<S: Served> Gate<S> {
    /// Takes what is waited for, or registers the task. What `take` does may let others go on.
    #[inline]
    pub(super) fn poll_slot<C: Single<S>>(&self, condition: &mut C, context: &Context<'_>) -> Poll<C::Output> {
        let mut registered = false;
        // One who is registered is taken out below.
        let at_once = self.change(|state| {
            registered = C::slot(state).is_some();
            if registered { None } else { condition.take(state) }
        });
        match at_once {
            Some(output) => Poll::Ready(output),
            None => self.register_in_slot(condition, context, registered),
        }
    }

    #[cold]
    fn register_in_slot<C: Single<S>>(
        &self,
        condition: &mut C,
        context: &Context<'_>,
        registered: bool,
    ) -> Poll<C::Output> {
        let waker = context.waker();
        // Cloned and dropped without the lock.
        let mut fresh = None;
        if !registered {
            fresh = Some(Wake::Task(waker.clone()));
        }
        loop {
            let mut stale = None;
            let found = self.change_or_join(|state| {
                if let Some(output) = condition.take(state) {
                    stale = C::slot(state).take();
                    return Some(Poll::Ready(output));
                }
                if !C::slot(state).as_ref().is_some_and(|wake| wake.will_wake(waker)) {
                    stale = C::slot(state).replace(fresh.take()?);
                }
                Some(Poll::Pending)
            });
            drop(stale);
            match found {
                Some(found) => return found,
                None => fresh = Some(Wake::Task(waker.clone())),
            }
        }
    }
}

/// Waiting on a blocked thread.
#[cfg(any(feature = "std", loom))]
mod blocking {
    use super::{Gate, Served, Single, Wake};
    #[cfg(not(loom))]
    use crate::primitive::ord;
    use crate::primitive::thread;
    use crate::wait::{Deadline, park};

    /// How often a thread lets others run before it goes to sleep.
    #[cfg(not(loom))]
    const YIELDS: u32 = 256;

    /// Tries, and tries again some times, whenever it looks promising, before a thread goes to sleep, from which it would come back late. In
    /// between it lets others run, of which the other side may be one, and which takes long enough for that to put in, or take out, more
    /// than one value meanwhile: to hand them over one by one costs several times as much. In a model, where time does not pass, it
    /// tries once.
    #[inline]
    pub(in crate::channel) fn spin<T>(
        is_promising: impl Fn() -> bool,
        mut attempt: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        let outcome = attempt();
        #[cfg(not(loom))]
        if outcome.is_none() {
            for _ in 0..YIELDS {
                thread::yield_now();
                if is_promising() {
                    let outcome = attempt();
                    if outcome.is_some() {
                        return outcome;
                    }
                }
            }
        }
        #[cfg(loom)]
        let _ = is_promising;
        outcome
    }

    impl<S: Served> Gate<S> {
        /// As [`spin`]. Who spins leaves the lock to the other side: it takes it only where the outlook has one of these bits, and lets others
        /// know that it spins by that, so that they keep the outlook up to date, until one finds that nobody waits.
        #[inline]
        pub(in crate::channel) fn spin_for<T>(
            &self,
            bits: u32,
            mut attempt: impl FnMut(&mut S) -> Option<T>,
        ) -> Option<T> {
            let mut spins = false;
            spin(
                || self.is_promising(bits),
                || {
                    if core::mem::replace(&mut spins, true) {
                        self.change_or_spin(&mut attempt)
                    } else {
                        self.change(&mut attempt)
                    }
                },
            )
        }

        #[cfg(not(loom))]
        #[cold]
        fn change_or_spin<T>(&self, attempt: impl FnOnce(&mut S) -> Option<T>) -> Option<T> {
            let mut guarded = self.lock();
            let outcome = attempt(&mut guarded.state);
            if outcome.is_none() {
                guarded.attended = true;
                // ord[P3] Relaxed: as P1; pairs with none.
                self.outlook.store(guarded.state.outlook(), ord!(P3, Relaxed));
                drop(guarded);
            } else if guarded.attended {
                self.serve(guarded);
            }
            outcome
        }

        #[cfg(loom)]
        fn change_or_spin<T>(&self, attempt: impl FnOnce(&mut S) -> Option<T>) -> Option<T> {
            self.change(attempt)
        }

        #[cfg(not(loom))]
        fn is_promising(&self, bits: u32) -> bool {
            // ord[P2] Relaxed: a hint, the attempt decides under the lock; pairs with none.
            self.outlook.load(ord!(P2, Relaxed)) & bits != 0
        }

        #[cfg(loom)]
        fn is_promising(&self, _bits: u32) -> bool {
            true
        }
    }

    /// Blocks the thread until the condition has come about; `None` if the deadline comes first.
    pub(in crate::channel) fn block_in_slot<S: Served, C: Single<S>>(
        gate: &Gate<S>,
        condition: &mut C,
        deadline: Option<Deadline>,
    ) -> Option<C::Output> {
        if let Some(output) = gate.spin_for(C::OUTLOOK, |state| condition.take(state)) {
            return Some(output);
        }
        let mut in_time = true;
        let mut registered = false;
        let mut strays = false;
        let outcome = loop {
            let mut wake = None;
            if in_time {
                wake = Some(Wake::Thread(thread::current()));
            }
            // Dropped without the lock.
            let mut stale = None;
            let outcome = gate.change_or_join(|state| {
                let outcome = condition.take(state);
                let slot = C::slot(state);
                // Nobody has taken it out: then parking ended by a token that was not ours.
                strays |= registered && in_time && slot.is_some();
                stale = slot.take();
                if outcome.is_none() {
                    *slot = wake.take();
                }
                outcome
            });
            drop(stale);
            if outcome.is_some() || !in_time {
                break outcome;
            }
            registered = true;
            in_time = park(deadline);
        };
        if strays {
            // The token goes back to whoever waits for it on this thread.
            thread::current().unpark();
        }
        outcome
    }
}
