//! The queue: a word, a list, and the rule that connects them. Its invariants stand in the [module](super).

use core::marker::PhantomData;
use core::task::{Context, Poll};

use super::HAS_WAITERS;
use super::list::{List, State, Waiter};
use super::lock::ListLock;
use super::rule::{Entry, Rule, Verdict};
use super::wake::Wake;
use crate::policy::sealed::{Joins, Sealed};
use crate::primitive::{AtomicUsize, UnsafeCell, const_fn, ord};
use crate::watched::{Kind, Probe};

pub(super) type Order<R> = <<R as Rule>::Policy as Sealed>::Order;

/// The queue of a primitive whose word is read by the rule `R`.
pub(crate) struct WaitQueue<R: Rule> {
    pub(super) word: AtomicUsize,
    pub(super) lock: ListLock,
    /// What the policy knows of those who wait.
    order: UnsafeCell<Order<R>>,
    pub(super) watch: Probe,
    rule: PhantomData<fn() -> R>,
}

// SAFETY: by I1 the list is reached under the list lock only; the nodes in it belong to others, who are `Send`.
unsafe impl<R: Rule> Send for WaitQueue<R> {}
// SAFETY: as for `Send`.
unsafe impl<R: Rule> Sync for WaitQueue<R> {}

// Foreign code, which may panic, is never called while the queue is being changed.
impl<R: Rule> core::panic::UnwindSafe for WaitQueue<R> {}
impl<R: Rule> core::panic::RefUnwindSafe for WaitQueue<R> {}

impl<R: Rule> WaitQueue<R> {
    const_fn! {
        /// A queue in which nobody waits, with this word.
        pub(crate) const fn new(word: usize) -> Self {
            Self::with(Probe::none(), word, <R::Policy as Sealed>::ORDER)
        }
    }

    const_fn! {
        /// The same of a primitive that the diagnostics may watch.
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub(crate) const fn of(kind: Kind, word: usize) -> Self {
            Self::with(Probe::new(kind), word, <R::Policy as Sealed>::ORDER)
        }
    }

    const_fn! {
        /// The same with what its policy begins with.
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub(crate) const fn in_order(kind: Kind, word: usize, order: Order<R>) -> Self {
            Self::with(Probe::new(kind), word, order)
        }
    }

    const_fn! {
        const fn with(watch: Probe, word: usize, order: Order<R>) -> Self {
            let order = UnsafeCell::new(order);
            Self { word: AtomicUsize::new(word), lock: ListLock::new(), order, watch, rule: PhantomData }
        }
    }

    /// Calls the primitive by a name.
    pub(crate) const fn name(&mut self, name: &'static str) {
        self.watch.name(name);
    }

    /// Whom to tell what happens.
    #[inline]
    pub(crate) fn watch(&self) -> &Probe {
        &self.watch
    }

    /// The word, for primitives' own fast paths. They leave the queue's bits alone, enter only while `HAS_WAITERS` is clear
    /// (I3), and after a change that may let somebody in call [`attend`](WaitQueue::attend) (I4).
    #[inline]
    pub(crate) fn word(&self) -> &AtomicUsize {
        &self.word
    }

    /// The word as one that owns the primitive sees it.
    #[inline]
    pub(crate) fn peek(&self) -> usize {
        // ord[W13] Relaxed: a look that decides nothing; pairs with none.
        self.word.load(ord!(W13, Relaxed))
    }

    /// # Safety
    ///
    /// The caller holds the list lock, and `f` does not come here again.
    #[inline]
    pub(super) unsafe fn with_order<T>(&self, f: impl FnOnce(&mut Order<R>) -> T) -> T {
        self.order.get_mut().with(|order| {
            // SAFETY: I1: the lock is held.
            let order = unsafe { &mut *order };
            f(order)
        })
    }
}

impl<R: Rule> WaitQueue<R> {
    /// Enters if nobody waits and the rule permits it. Never waits.
    #[inline]
    pub(crate) fn try_enter(&self, need: u32) -> Verdict {
        let mut word = self.peek();
        loop {
            match R::admit(word, need) {
                // To enter with nothing is to pass nobody.
                Verdict::Enter(next) if word & HAS_WAITERS != 0 && next != word => return Verdict::Stay,
                // ord[W3] Acquire: sees all that was done by those who left before; pairs with W8, W11, W15, X3, S1, L1, L2, L4.
                // ord[W4] Relaxed: a failed attempt reads nothing that is protected; pairs with none.
                Verdict::Enter(next) => {
                    match self.word.compare_exchange(word, next, ord!(W3, Acquire), ord!(W4, Relaxed)) {
                        Ok(_) => return Verdict::Enter(next),
                        Err(now) => word = now,
                    }
                }
                verdict => return verdict,
            }
        }
    }

    /// Enters or joins the queue, as `entry` says of the word. `wake` is called once, without the lock, unless there is nothing to wait for.
    ///
    /// # Safety
    ///
    /// The waiter is the caller's, is idle, and stays where it is; before its memory is used for anything else, the caller has
    /// seen by its state that it is out of the list, or has called [`cancel`](Self::cancel) (I2).
    #[inline]
    pub(crate) unsafe fn join(
        &self,
        waiter: &Waiter,
        wake: impl FnOnce() -> Wake,
        entry: impl Fn(usize) -> Entry,
    ) -> State {
        let wake = wake();
        let mut list = self.lock.lock();
        loop {
            let word = self.look_inside();
            let then = match entry(word) {
                Entry::Enter(next) if word & HAS_WAITERS == 0 || next == word => {
                    if !self.enter(word, next) {
                        continue;
                    }
                    self.settle(list, next, |word| word);
                    return State::Entered;
                }
                Entry::Leave => {
                    self.settle(list, word, |word| word);
                    return State::Left;
                }
                Entry::Join { word, need } => {
                    // SAFETY: the waiter is the caller's and in no list.
                    unsafe { waiter.set_need(need) };
                    word
                }
                Entry::Enter(_) | Entry::Wait => word,
            };
            let then = then | HAS_WAITERS;
            if then != word {
                // ord[W20] Acquire: who joins sees what was done before a notification that found nobody, which may have left the word as it
                // was. In a model F1, which comes behind, acquires as much, so no model misses this one; pairs with W8.
                // ord[W21] Relaxed: W14 looks again; pairs with none.
                if self.word.compare_exchange(word, then, ord!(W20, Acquire), ord!(W21, Relaxed)).is_err() {
                    continue;
                }
            }
            // SAFETY: the lock is held; the rest is the caller's promise.
            unsafe { self.insert(&mut list, then, waiter, wake) };
            return if self.settle(list, then, |word| word) { State::Queued } else { waiter.state() };
        }
    }

    /// Makes the word `next`, by which one enters, if it is `word` still.
    #[inline]
    fn enter(&self, word: usize, next: usize) -> bool {
        // ord[W17] Acquire: as W3, since the word may have come back to what it was; pairs with X3, S1, L1, L2, L4, W8, W11, W15.
        // ord[W18] Relaxed: W14 looks again; pairs with none.
        self.word.compare_exchange(word, next, ord!(W17, Acquire), ord!(W18, Relaxed)).is_ok()
    }

    /// The word as the holder of the list lock sees it.
    #[inline]
    pub(super) fn look_inside(&self) -> usize {
        // ord[W14] Acquire: the past of the word that decides now, and who finds that what it waits for has happened sees what was done
        // before; pairs with W8, W11, W15, S1, L1, L4.
        self.word.load(ord!(W14, Acquire))
    }

    /// Takes the list, waiting for it, and says what the word is then.
    #[inline]
    pub(super) fn lock_list(&self) -> (List, usize) {
        let list = self.lock.lock();
        let word = self.look_inside();
        (list, word)
    }

    /// # Safety
    ///
    /// As of [`List::insert`].
    #[inline]
    unsafe fn insert(&self, list: &mut List, word: usize, waiter: &Waiter, wake: Wake) {
        let need = waiter.need();
        let put = |order: &mut Order<R>| {
            let note = R::Policy::note(order, need, R::cost(need));
            let enters = matches!(R::admit(word, need), Verdict::Enter(_));
            let passes = |other: &Waiter| {
                if R::Policy::IN_ORDER || R::is_first(other.need()) {
                    return None;
                }
                R::Policy::passes(Joins { want: need, note, enters }, other.need(), other.note())
            };
            // SAFETY: passed on.
            unsafe { list.insert(waiter, R::end(need), wake, note, passes) }
        };
        // SAFETY: the lock is held.
        unsafe { self.with_order(put) };
    }

    /// Looks again: where the waiter stands, and whom to wake from now on.
    ///
    /// # Safety
    ///
    /// The waiter joined this queue.
    pub(crate) unsafe fn look_again(&self, waiter: &Waiter, context: &Context<'_>) -> Poll<State> {
        let state = waiter.state();
        if state != State::Queued {
            return Poll::Ready(state);
        }
        let mut fresh = None;
        loop {
            let (list, word) = self.lock_list();
            let state = waiter.state();
            if state != State::Queued {
                self.settle(list, word, |word| word);
                return Poll::Ready(state);
            }
            // SAFETY: queued, and the lock is held.
            if unsafe { waiter.will_wake(context.waker()) } {
                return self.settle_and_look(list, word, waiter);
            }
            if let Some(wake) = fresh.take() {
                // SAFETY: queued, and the lock is held.
                let stale = unsafe { waiter.replace_wake(wake) };
                let state = self.settle_and_look(list, word, waiter);
                // Foreign code, so not under the lock.
                drop(stale);
                return state;
            }
            self.settle(list, word, |word| word);
            fresh = Some(Wake::Task(context.waker().clone()));
        }
    }

    /// Settles, and looks whether the waiter, which was queued, was let in by that.
    fn settle_and_look(&self, list: List, word: usize, waiter: &Waiter) -> Poll<State> {
        if self.settle(list, word, |word| word) {
            return Poll::Pending;
        }
        match waiter.state() {
            State::Queued => Poll::Pending,
            state => Poll::Ready(state),
        }
    }

    /// Takes the waiter out of the queue if it is still there, changing the word by `withdraw` in the same step, and says where
    /// it stood: `Queued` if it is out by this, otherwise what it has come to before, which is the caller's to give back.
    ///
    /// # Safety
    ///
    /// The waiter joined this queue, or is idle.
    pub(crate) unsafe fn cancel(&self, waiter: &Waiter, withdraw: impl Fn(usize) -> usize) -> State {
        let state = waiter.state();
        if state != State::Queued {
            return state;
        }
        let (list, word) = self.lock_list();
        let state = waiter.state();
        if state == State::Queued {
            let gave_up = |order: &mut Order<R>| R::Policy::gave_up(order, waiter.need(), R::cost(waiter.need()));
            // SAFETY: the lock is held.
            unsafe { self.with_order(gave_up) };
            let mut list = list;
            // SAFETY: queued, and the lock is held.
            unsafe { list.unlink(waiter) };
            self.settle(list, word, withdraw);
            // Foreign code, so not under the lock.
            // SAFETY: the waiter is the caller's, and has just been taken out.
            unsafe { waiter.drop_wake() };
        } else {
            self.settle(list, word, |word| word);
        }
        state
    }
}

impl<R: Rule> core::fmt::Debug for WaitQueue<R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WaitQueue").field("word", &format_args!("{:#x}", self.peek())).finish_non_exhaustive()
    }
}
