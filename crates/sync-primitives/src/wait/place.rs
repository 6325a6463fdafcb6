//! One way to wait for all: as a future, and on a blocked thread.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::list::{State, Waiter};
use super::queue::WaitQueue;
use super::rule::{Entry, Rule, Verdict};
use super::wake::Wake;
use crate::watched::{Site, Watch as _};

/// A reference to a primitive, borrowed or shared, by which its queue is found.
pub(crate) trait Handle {
    type Rule: Rule;

    fn queue(&self) -> &WaitQueue<Self::Rule>;

    /// Enters if that can be done at once.
    #[inline]
    fn try_enter(&self, need: u32) -> bool {
        matches!(self.queue().try_enter(need), Verdict::Enter(_))
    }

    /// Undoes what the waiter was let in to; `entered` is its state, of the two that mean that. The handle is dropped after
    /// that.
    fn give_back(&self, need: u32, entered: State) {
        debug_assert_eq!(entered, State::Entered);
        self.queue().leave(need);
    }
}

/// The primitive is closed: nobody enters any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// What one who arrives does by its rule alone.
pub(crate) fn entry_by_rule<R: Rule>(need: u32) -> impl Fn(usize) -> Entry {
    move |word| match R::admit(word, need) {
        Verdict::Enter(next) => Entry::Enter(next),
        Verdict::Leave => Entry::Leave,
        Verdict::Stay => Entry::Wait,
    }
}

pin_project! {
    /// A future that enters by the rule of the handle's primitive and then gives the handle back, which may now be made a
    /// guard. Dropped before that it leaves the queue, and gives back what it had been let in to.
    pub(crate) struct Place<H>
    where
        H: Handle,
    {
        // `None` once the future is done.
        handle: Option<H>,
        #[pin]
        waiter: Waiter,
        site: Site,
    }

    impl<H: Handle> PinnedDrop for Place<H> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(handle) = this.handle.take() {
                if this.waiter.state() != State::Idle {
                    give_up(&handle, &this.waiter);
                }
            }
        }
    }
}

/// Leaves the queue, and gives back what the waiter had been let in to.
#[cold]
fn give_up<H: Handle>(handle: &H, waiter: &Waiter) {
    handle.queue().watch().gave_up(waiter);
    match leave_queue(handle.queue(), waiter) {
        entered @ (State::Entered | State::EnteredLast) => handle.give_back(waiter.need(), entered),
        State::Idle | State::Queued | State::Left => {}
    }
}

fn leave_queue<R: Rule>(queue: &WaitQueue<R>, waiter: &Waiter) -> State {
    // SAFETY: the waiter joined this queue.
    unsafe { queue.cancel(waiter, |word| word) }
}

impl<H: Handle> Place<H> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(crate) fn new(handle: H, need: u32) -> Self {
        Self { handle: Some(handle), waiter: Waiter::new(need), site: Site::caller() }
    }

    /// What the waiter needs.
    #[inline]
    pub(crate) fn need(&self) -> u32 {
        self.waiter.need()
    }

    /// The handle, until the future gives it back.
    #[cfg(feature = "alloc")]
    pub(crate) fn handle(&self) -> Option<&H> {
        self.handle.as_ref()
    }

    /// Whether the future has given its handle back.
    pub(crate) fn is_done(&self) -> bool {
        self.handle.is_none()
    }

    /// Whether it stands in the queue, as far as it knows without waiting.
    pub(crate) fn is_queued(&self) -> bool {
        self.waiter.state() == State::Queued
    }

    /// Enters, or joins the queue. `need` is what the waiter needs: callers for whom it is a constant hand it over as one, so that
    /// entering at once is the code of that need alone.
    ///
    /// # Panics
    ///
    /// If the future was done already.
    #[inline]
    pub(crate) fn poll_enter(self: Pin<&mut Self>, need: u32, context: &mut Context<'_>) -> Poll<Result<H, Closed>> {
        debug_assert_eq!(need, self.need());
        let this = self.project();
        // In a register while it enters at once; where it has to wait it goes back.
        let handle = this.handle.take().expect("polled after completion");
        let state = this.waiter.state();
        if state == State::Entered || state == State::Idle && handle.try_enter(need) {
            let watch = handle.queue().watch();
            match state {
                State::Idle => watch.entered(Some(context.waker()), *this.site, H::Rule::stake(need), true),
                _ => watch.served(&this.waiter),
            }
            return Poll::Ready(Ok(handle));
        }
        *this.handle = Some(handle);
        wait(this.handle, &this.waiter, state, *this.site, context)
    }
}

/// Joins the queue if the waiter, which stood at `state`, has not, and gives the handle back once it is through.
#[cold]
fn wait<H: Handle>(
    slot: &mut Option<H>,
    waiter: &Waiter,
    state: State,
    site: Site,
    context: &Context<'_>,
) -> Poll<Result<H, Closed>> {
    let Some(handle) = slot else { return Poll::Pending };
    let queue = handle.queue();
    let state = match state {
        State::Idle => {
            queue.watch().waits(waiter, Some(context.waker()), site, H::Rule::stake(waiter.need()));
            join(queue, waiter, context)
        }
        // SAFETY: not idle, so the waiter joined this queue.
        State::Queued => unsafe { queue.look_again(waiter, context) },
        done => Poll::Ready(done),
    };
    match state {
        Poll::Pending => queue.watch().waits_on(waiter),
        Poll::Ready(State::Left) => queue.watch().let_go(waiter),
        Poll::Ready(_) => queue.watch().served(waiter),
    }
    let state = ready!(state);
    match slot.take() {
        Some(handle) if state != State::Left => Poll::Ready(Ok(handle)),
        _ => Poll::Ready(Err(Closed)),
    }
}

#[inline]
fn join<R: Rule>(queue: &WaitQueue<R>, waiter: &Waiter, context: &Context<'_>) -> Poll<State> {
    let wake = || Wake::Task(context.waker().clone());
    // SAFETY: the waiter is idle, its future is pinned, and dropping the future cancels.
    match unsafe { queue.join(waiter, wake, entry_by_rule::<R>(waiter.need())) } {
        State::Queued => Poll::Pending,
        state => Poll::Ready(state),
    }
}

/// Waiting on a blocked thread.
#[cfg(any(feature = "std", loom))]
mod block {
    use core::pin::pin;

    use super::{Closed, Entry, Rule, State, Verdict, WaitQueue, Waiter, Wake, entry_by_rule, leave_queue};
    #[cfg(not(loom))]
    use crate::primitive::spin_loop;
    use crate::primitive::thread;
    use crate::watched::{Site, Watch as _};

    /// How often a thread looks and spins before it queues. Many short looks: a lock that goes to and fro between busy threads is free for moments only, and to sleep
    /// costs more than all of them.
    #[cfg(not(loom))]
    const SPINS: u32 = 32;
    /// The power of two of the longest spin between two looks.
    #[cfg(not(loom))]
    const LONGEST_SPIN: u32 = 3;
    /// How often it then lets other threads run before it looks: the holder may be one that waits for this processor.
    #[cfg(not(loom))]
    const YIELDS: u32 = 16;

    /// When a blocked thread gives up.
    #[cfg(not(loom))]
    pub(crate) type Deadline = std::time::Instant;
    /// Time does not pass in a model.
    #[cfg(loom)]
    pub(crate) type Deadline = core::convert::Infallible;

    /// Why a blocked thread did not enter.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Blocked {
        Closed,
        TimedOut,
    }

    impl From<Closed> for Blocked {
        fn from(Closed: Closed) -> Self {
            Self::Closed
        }
    }

    impl<R: Rule> WaitQueue<R> {
        /// Enters by the rule, blocking the thread as long as it takes, or until the deadline.
        #[inline]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub(crate) fn block(&self, need: u32, deadline: Option<Deadline>) -> Result<(), Blocked> {
            if let Verdict::Enter(_) = self.try_enter(need) {
                self.watch().entered(None, Site::caller(), R::stake(need), true);
                return Ok(());
            }
            self.join_and_block(need, deadline)
        }

        #[cold]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        fn join_and_block(&self, need: u32, deadline: Option<Deadline>) -> Result<(), Blocked> {
            let waiter = pin!(Waiter::new(need));
            self.watch().waits(&waiter, None, Site::caller(), R::stake(need));
            let outcome = match self.block_with(&waiter, deadline, entry_by_rule::<R>(need), || ()) {
                State::Left => Err(Blocked::Closed),
                State::Queued => match leave_queue(self, &waiter) {
                    // Let in at the last moment: what is had is had.
                    State::Entered => Ok(()),
                    State::Left => Err(Blocked::Closed),
                    _ => Err(Blocked::TimedOut),
                },
                _ => Ok(()),
            };
            match outcome {
                Ok(()) => self.watch().served(&waiter),
                Err(Blocked::Closed) => self.watch().let_go(&waiter),
                Err(Blocked::TimedOut) => self.watch().gave_up(&waiter),
            }
            outcome
        }

        /// Enters at once, or as [`spin_then_block`](Self::spin_then_block) does, or finds that the primitive is closed.
        #[inline]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub(crate) fn enter_blocking(&self, need: u32, deadline: Option<Deadline>) -> Result<(), Blocked> {
            match self.try_enter(need) {
                Verdict::Enter(_) => {
                    self.watch().entered(None, Site::caller(), R::stake(need), true);
                    Ok(())
                }
                Verdict::Stay => self.spin_then_block(need, deadline),
                // Nothing to look for any more.
                Verdict::Leave => self.block(need, deadline),
            }
        }

        /// As [`block`](Self::block), for locks that are held for a short time: looks some times whether the lock comes free, spinning and then yielding, before it
        /// queues. It passes nobody by that, since nobody enters past the queue.
        ///
        /// It looks as often where others wait. A queue of threads moves only as fast as sleeping threads wake, and whoever joins it again at once after each turn keeps it
        /// from ever becoming empty: by staying out of it for a moment they let it run dry, and go on without it. Past the deadline it looks once.
        #[cold]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub(crate) fn spin_then_block(&self, need: u32, deadline: Option<Deadline>) -> Result<(), Blocked> {
            // Time does not pass in a model.
            #[cfg(not(loom))]
            {
                let is_over = || deadline.is_some_and(|deadline| Deadline::now() >= deadline);
                for look in 0..SPINS + YIELDS {
                    if is_over() {
                        break;
                    }
                    if let Verdict::Enter(_) = self.try_enter(need) {
                        self.watch().entered(None, Site::caller(), R::stake(need), true);
                        return Ok(());
                    }
                    if look < SPINS {
                        (0..1 << look.min(LONGEST_SPIN)).for_each(|_| spin_loop());
                    } else {
                        thread::yield_now();
                    }
                }
            }
            self.join_and_block(need, deadline)
        }

        /// Joins the queue, calls `joined`, and blocks until the waiter is out of it, or until the deadline: then it is `Queued` still, and must
        /// be taken out by the caller.
        pub(crate) fn block_with(
            &self,
            waiter: &Waiter,
            deadline: Option<Deadline>,
            entry: impl Fn(usize) -> Entry,
            joined: impl FnOnce(),
        ) -> State {
            // Only a panic unwinds past a queued waiter; then it must leave the queue too.
            let guard = Leave(self, waiter);
            // SAFETY: the waiter is on this stack frame's callers' stack, and `guard` or the caller takes it out.
            let mut state = unsafe { self.join(waiter, || Wake::Thread(thread::current()), entry) };
            joined();
            state = park_while_queued(waiter, state, deadline);
            core::mem::forget(guard);
            state
        }
    }

    /// Parks until the waiter, which stands at `state`, is out of its queue, or until the deadline; then it is `Queued` still.
    pub(crate) fn park_while_queued(waiter: &Waiter, mut state: State, deadline: Option<Deadline>) -> State {
        let mut strays = false;
        while state == State::Queued {
            if !park(deadline) {
                break;
            }
            state = waiter.state();
            strays |= state == State::Queued;
        }
        if strays {
            // Parking ended by a token that was not ours: it goes back to whoever waits for it on this thread.
            thread::current().unpark();
        }
        state
    }

    struct Leave<'a, R: Rule>(&'a WaitQueue<R>, &'a Waiter);

    impl<R: Rule> Drop for Leave<'_, R> {
        fn drop(&mut self) {
            leave_queue(self.0, self.1);
        }
    }

    /// The moment when `timeout` is over; `None` if the clock does not reach that far.
    #[cfg(not(loom))]
    pub(crate) fn deadline_after(timeout: core::time::Duration) -> Option<Deadline> {
        Deadline::now().checked_add(timeout)
    }

    /// Parks; `false` if it is too late for that.
    #[cfg(not(loom))]
    pub(crate) fn park(deadline: Option<Deadline>) -> bool {
        let Some(deadline) = deadline else {
            thread::park();
            return true;
        };
        let left = deadline.saturating_duration_since(Deadline::now());
        if left.is_zero() {
            return false;
        }
        thread::park_timeout(left);
        true
    }

    #[cfg(loom)]
    pub(crate) fn park(deadline: Option<Deadline>) -> bool {
        debug_assert!(deadline.is_none());
        thread::park();
        true
    }
}

#[cfg(all(feature = "std", not(loom)))]
pub(crate) use block::deadline_after;
#[cfg(any(feature = "std", loom))]
pub(crate) use block::{Blocked, Deadline};
#[cfg(any(feature = "std", loom))]
pub(crate) use block::{park, park_while_queued};
