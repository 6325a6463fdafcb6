//! The lock around the state of a channel, and waiting at it in a slot, where only one can wait.

use core::task::{Context, Poll};

#[cfg(any(feature = "std", loom))]
pub(super) use blocking::{block_in_slot, spin};

use crate::primitive::{Lock, LockGuard, seeded};
use crate::wait::{Batch, Panics, Wake};
use crate::watched::{Kind, Probe};

/// The state of a channel: who waits in it, and who of them can go on.
pub(super) trait Served {
    /// Whether nobody waits at all, so that nobody has to be served.
    fn nobody_waits(&self) -> bool;

    /// Takes those out who can go on, as long as there is room for them.
    fn serve(&mut self, batch: &mut Batch);
}

/// A state behind a lock; its invariants stand in the [module](super).
#[derive(Debug)]
pub(super) struct Gate<S> {
    state: Lock<S>,
    watch: Probe,
}

impl<S: Served> Gate<S> {
    /// A gate that nobody watches.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(state: S) -> Self {
        Self { state: Lock::new(state), watch: Probe::none() }
    }

    /// A gate whose lines the diagnostics may watch.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn of(kind: Kind, state: S) -> Self {
        Self { state: Lock::new(state), watch: Probe::new(kind) }
    }

    /// Whom to tell what happens in the lines. Not under the lock.
    #[inline]
    pub(super) fn watch(&self) -> &Probe {
        &self.watch
    }

    /// Looks at the state, or changes it in a way that lets nobody go on.
    #[inline]
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        f(&mut self.state.lock())
    }

    /// Changes the state, lets those go on who can then, and wakes them.
    #[inline]
    pub(super) fn change<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        let mut state = self.state.lock();
        let outcome = f(&mut state);
        if state.nobody_waits() || seeded!(G2) {
            drop(state);
        } else {
            self.serve(state);
        }
        outcome
    }

    #[cold]
    fn serve<'a>(&'a self, mut state: LockGuard<'a, S>) {
        let mut batch = Batch::new();
        let mut panics = Panics::default();
        loop {
            state.serve(&mut batch);
            let full = batch.room() == 0;
            drop(state);
            let rest = Rest(self);
            batch.wake(&mut panics);
            core::mem::forget(rest);
            if !full {
                break;
            }
            state = self.state.lock();
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

    fn slot(state: &mut S) -> &mut Option<Wake>;

    /// What is waited for, if it is there; called under the lock.
    fn take(&mut self, state: &mut S) -> Option<Self::Output>;
}

impl<S: Served> Gate<S> {
    /// Takes what is waited for, or registers the task. What `take` does may let others go on.
    #[inline]
    pub(super) fn poll_slot<C: Single<S>>(&self, condition: &mut C, context: &Context<'_>) -> Poll<C::Output> {
        // One who is registered is taken out below.
        let at_once = self.change(|state| if C::slot(state).is_none() { condition.take(state) } else { None });
        match at_once {
            Some(output) => Poll::Ready(output),
            None => self.register_in_slot(condition, context),
        }
    }

    #[cold]
    fn register_in_slot<C: Single<S>>(&self, condition: &mut C, context: &Context<'_>) -> Poll<C::Output> {
        enum Found<T> {
            Done(T),
            Registered,
            Strange,
        }
        let waker = context.waker();
        let mut fresh = None;
        loop {
            // Dropped without the lock.
            let mut stale = None;
            let found = self.change(|state| match condition.take(state) {
                Some(output) => {
                    stale = C::slot(state).take();
                    Found::Done(output)
                }
                None if C::slot(state).as_ref().is_some_and(|wake| wake.will_wake(waker)) => Found::Registered,
                None if fresh.is_some() => {
                    stale = core::mem::replace(C::slot(state), fresh.take());
                    Found::Registered
                }
                None => Found::Strange,
            });
            drop(stale);
            match found {
                Found::Done(output) => return Poll::Ready(output),
                Found::Registered => return Poll::Pending,
                Found::Strange => fresh = Some(Wake::Task(waker.clone())),
            }
        }
    }
}

/// Lets whoever stands in a slot go on, if there is room.
pub(super) fn serve_slot(slot: &mut Option<Wake>, batch: &mut Batch) {
    if batch.room() > 0 {
        if let Some(wake) = slot.take() {
            batch.push(wake);
        }
    }
}

/// Waiting on a blocked thread.
#[cfg(any(feature = "std", loom))]
mod blocking {
    use super::{Gate, Served, Single, Wake};
    use crate::primitive::thread;
    use crate::wait::{Deadline, park};

    /// How often a thread pauses before it goes to sleep, each time twice as long as before.
    #[cfg(not(loom))]
    const PAUSES: u32 = 7;
    /// How often it lets others run after that.
    #[cfg(not(loom))]
    const YIELDS: u32 = 128;

    /// Tries some times before a thread goes to sleep, from which it would come back late: with growing pauses for a microsecond or two, then
    /// letting others run in between, of which the other side may be one. In a model, where time does not pass, it tries once.
    #[inline]
    pub(in crate::channel) fn spin<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
        #[cfg(not(loom))]
        {
            let backoff = crate::primitive::Backoff::new();
            for round in 0..PAUSES + YIELDS {
                let outcome = attempt();
                if outcome.is_some() {
                    return outcome;
                }
                if round < PAUSES {
                    backoff.spin();
                } else {
                    thread::yield_now();
                }
            }
        }
        attempt()
    }

    /// Blocks the thread until the condition has come about; `None` if the deadline comes first.
    pub(in crate::channel) fn block_in_slot<S: Served, C: Single<S>>(
        gate: &Gate<S>,
        condition: &mut C,
        deadline: Option<Deadline>,
    ) -> Option<C::Output> {
        if let Some(output) = spin(|| gate.change(|state| condition.take(state))) {
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
            let outcome = gate.change(|state| {
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
