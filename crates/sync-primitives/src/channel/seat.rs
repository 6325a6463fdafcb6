//! Waiting at a gate in a line, where many can wait: as a future, and on a blocked thread.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

#[cfg(any(feature = "std", loom))]
pub(super) use blocking::block_in_line;
use pin_project_lite::pin_project;

use super::gate::{Gate, Served};
use crate::wait::{Batch, Closed, Line, State, Waiter, Wake};
use crate::watched::{Site, Stake, Watch as _};

/// A condition that many can wait for: they stand in a line of the state.
pub(super) trait Goal<S> {
    /// Whether one who comes and can go on does so though others wait, who can not.
    const PASSES: bool = false;

    fn line(state: &mut S) -> &mut Line;

    /// Whether its being over is what is waited for.
    const AWAITS_END: bool = false;

    /// Whether nobody waits for this any more: it never comes about, or for ever.
    fn is_over(state: &S) -> bool;

    /// Takes `need` of it for one who comes or is the first in line, if there is as much.
    fn take(state: &mut S, need: u32) -> bool;

    /// Undoes `take`, for one who gives up.
    fn give_back(state: &mut S, need: u32);
}

/// Lets those in the line go on who can.
pub(super) fn serve_line<S, G: Goal<S>>(state: &mut S, batch: &mut Batch) {
    while batch.room() > 0 {
        let Some(need) = G::line(state).first_need() else { return };
        let outcome = if G::is_over(state) {
            State::Left
        } else if G::take(state, need) {
            State::Entered
        } else {
            return;
        };
        if let Some(wake) = G::line(state).dismiss_first(outcome) {
            batch.push(wake);
        }
    }
}

/// Tells who watches that one waits no more, and stood there.
fn tell<S: Served, G: Goal<S>>(gate: &Gate<S>, waiter: &Waiter, stood: State) {
    match stood {
        State::Queued => gate.watch().gave_up(waiter),
        State::Left if !G::AWAITS_END => gate.watch().let_go(waiter),
        _ => gate.watch().served(waiter),
    }
}

/// Comes: goes on at once if it can and nobody waits, else joins the line, to be woken by `wake`.
///
/// # Safety
///
/// As of [`Line::join`]; the line is that of the goal.
unsafe fn join<S: Served, G: Goal<S>>(gate: &Gate<S>, waiter: &Waiter, wake: Wake) -> State {
    let mut wake = Some(wake);
    gate.with(|state| {
        if G::is_over(state) {
            return State::Left;
        }
        if (G::PASSES || G::line(state).is_empty()) && G::take(state, waiter.need()) {
            return State::Entered;
        }
        if let Some(wake) = wake.take() {
            // SAFETY: passed on.
            unsafe { G::line(state).join(waiter, wake) };
        }
        State::Queued
    })
}

/// Leaves the line if the waiter is still in it, and says where it stood.
///
/// # Safety
///
/// The waiter joined the line of the goal at this gate.
unsafe fn leave<S: Served, G: Goal<S>>(gate: &Gate<S>, waiter: &Waiter) -> State {
    let mut wake = None;
    // Those behind may be able to go on where this one could not.
    let state = gate.change(|state| {
        let stood = waiter.state();
        if stood == State::Queued {
            // SAFETY: it joined, and is in the line still.
            wake = Some(unsafe { G::line(state).leave(waiter) });
        }
        stood
    });
    drop(wake);
    state
}

/// What leads to a gate, and keeps it alive.
pub(super) trait Keeper {
    type State: Served;

    fn gate(&self) -> &Gate<Self::State>;
}

impl<S: Served> Keeper for &Gate<S> {
    type State = S;

    fn gate(&self) -> &Gate<S> {
        self
    }
}

pin_project! {
    /// A future that reaches the goal, and then gives its keeper back. Dropped before that it leaves the line, and gives back
    /// what it had been let in for.
    pub(super) struct Seat<K, G>
    where
        K: Keeper,
        G: Goal<K::State>,
    {
        // `None` once the future is done.
        keeper: Option<K>,
        #[pin]
        waiter: Waiter,
        site: Site,
        goal: PhantomData<fn() -> G>,
    }

    impl<K: Keeper, G: Goal<K::State>> PinnedDrop for Seat<K, G> {
        fn drop(this: Pin<&mut Self>) {
            this.leave();
        }
    }
}

#[cold]
fn give_up<K: Keeper, G: Goal<K::State>>(keeper: &K, waiter: &Waiter) {
    keeper.gate().watch().gave_up(waiter);
    // SAFETY: the waiter joined at this gate.
    if unsafe { leave::<_, G>(keeper.gate(), waiter) } == State::Entered {
        keeper.gate().change(|state| G::give_back(state, waiter.need()));
    }
}

impl<K: Keeper, G: Goal<K::State>> Seat<K, G> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(keeper: K, need: u32) -> Self {
        Self::at(Site::caller(), keeper, need)
    }

    /// One that was asked for there.
    #[inline]
    pub(super) fn at(site: Site, keeper: K, need: u32) -> Self {
        Self { keeper: Some(keeper), waiter: Waiter::new(need), site, goal: PhantomData }
    }

    /// Where it was asked for.
    #[inline]
    pub(super) fn site(&self) -> Site {
        self.site
    }

    /// Leaves the line, and gives back what it had been let in for; then the future is done.
    pub(super) fn leave(self: Pin<&mut Self>) {
        let this = self.project();
        if let Some(keeper) = this.keeper.take() {
            if this.waiter.state() != State::Idle {
                give_up::<K, G>(&keeper, &this.waiter);
            }
        }
    }

    /// Whether it has not joined the line.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.waiter.state() == State::Idle
    }

    /// What leads to the gate, until the future gives it back.
    #[inline]
    pub(super) fn keeper(&self) -> Option<&K> {
        self.keeper.as_ref()
    }

    /// Takes what leads to the gate, by which the future is done; for one that has not joined the line.
    pub(super) fn take_keeper(self: Pin<&mut Self>) -> Option<K> {
        debug_assert!(self.is_idle());
        self.project().keeper.take()
    }

    /// Goes on if it was let go on, or joins the line.
    ///
    /// # Panics
    ///
    /// If the future was done already.
    pub(super) fn poll(self: Pin<&mut Self>, context: &Context<'_>) -> Poll<Result<K, (K, Closed)>> {
        let this = self.project();
        let keeper = this.keeper.as_ref().expect("polled after completion");
        let state = match this.waiter.state() {
            State::Idle => {
                let wake = Wake::Task(context.waker().clone());
                keeper.gate().watch().waits(&this.waiter, Some(context.waker()), *this.site, Stake::NOTHING);
                // SAFETY: idle, the future is pinned, and dropping it leaves the line.
                unsafe { join::<_, G>(keeper.gate(), &this.waiter, wake) }
            }
            // SAFETY: not idle, so it joined.
            State::Queued => unsafe { look_again::<_, G>(keeper.gate(), &this.waiter, context) },
            done => done,
        };
        if state == State::Queued {
            return Poll::Pending;
        }
        tell::<_, G>(keeper.gate(), &this.waiter, state);
        let keeper = this.keeper.take().expect("it was there a moment ago");
        Poll::Ready(if state == State::Left { Err((keeper, Closed)) } else { Ok(keeper) })
    }
}

/// Where the waiter stands, and whom to wake from now on.
///
/// # Safety
///
/// The waiter joined the line of the goal at this gate.
unsafe fn look_again<S: Served, G: Goal<S>>(gate: &Gate<S>, waiter: &Waiter, context: &Context<'_>) -> State {
    let mut fresh = None;
    loop {
        let mut stale = None;
        let settled = gate.with(|state| {
            let stands = waiter.state();
            // SAFETY: queued, and the lock is held.
            if stands != State::Queued || unsafe { G::line(state).will_wake(waiter, context.waker()) } {
                return Some(stands);
            }
            let wake = fresh.take()?;
            // SAFETY: queued, and the lock is held.
            stale = Some(unsafe { G::line(state).replace_wake(waiter, wake) });
            Some(stands)
        });
        drop(stale);
        match settled {
            Some(state) => return state,
            None => fresh = Some(Wake::Task(context.waker().clone())),
        }
    }
}

/// Waiting on a blocked thread.
#[cfg(any(feature = "std", loom))]
mod blocking {
    use core::pin::pin;

    use super::{Gate, Goal, Served, State, Waiter, Wake, join, leave, tell};
    use crate::primitive::thread;
    use crate::wait::{Blocked, Deadline, park_while_queued};
    use crate::watched::{Site, Stake, Watch as _};

    /// Blocks the thread until it is let go on, or until the deadline.
    #[cold]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(in crate::channel) fn block_in_line<S: Served, G: Goal<S>>(
        gate: &Gate<S>,
        need: u32,
        deadline: Option<Deadline>,
    ) -> Result<(), Blocked> {
        let waiter = pin!(Waiter::new(need));
        let wake = Wake::Thread(thread::current());
        gate.watch().waits(&waiter, None, Site::caller(), Stake::NOTHING);
        // Only a panic unwinds past a queued waiter; then it must leave the line too.
        let guard = Leave::<S, G>(gate, &waiter, core::marker::PhantomData);
        // SAFETY: the waiter is on this stack frame, and is taken out below, or by `guard`.
        let mut state = unsafe { join::<S, G>(gate, &waiter, wake) };
        state = park_while_queued(&waiter, state, deadline);
        core::mem::forget(guard);
        if state == State::Queued {
            // Let go on at the last moment: what is had is had.
            // SAFETY: the waiter joined here.
            state = unsafe { leave::<S, G>(gate, &waiter) };
        }
        tell::<_, G>(gate, &waiter, state);
        match state {
            State::Left => Err(Blocked::Closed),
            State::Queued => Err(Blocked::TimedOut),
            _ => Ok(()),
        }
    }

    struct Leave<'a, S: Served, G: Goal<S>>(&'a Gate<S>, &'a Waiter, core::marker::PhantomData<G>);

    impl<S: Served, G: Goal<S>> Drop for Leave<'_, S, G> {
        fn drop(&mut self) {
            self.0.watch().gave_up(self.1);
            if self.1.state() != State::Idle {
                // SAFETY: not idle, so the waiter joined here.
                unsafe { leave::<S, G>(self.0, self.1) };
            }
        }
    }
}
