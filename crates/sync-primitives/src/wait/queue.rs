//! The queue: a word, a list, and the rule that connects them. Its invariants stand in the [module](super).

use core::marker::PhantomData;
use core::task::{Context, Poll};

use super::list::{List, State, Waiter};
use super::rule::{Entry, Rule, Verdict};
use super::wake::{Batch, Panics, Wake};
use super::{HAS_WAITERS, LIST_LOCK};
use crate::policy::sealed::{Joins, Sealed};
use crate::primitive::{AtomicUsize, Backoff, UnsafeCell, const_fn, ord};
use crate::watched::{Kind, Probe, Watch as _};

type Order<R> = <<R as Rule>::Policy as Sealed>::Order;

/// The list, and what the policy knows of it.
struct Ordered<R: Rule> {
    list: List,
    order: Order<R>,
}

/// The queue of a primitive whose word is read by the rule `R`.
pub(crate) struct WaitQueue<R: Rule> {
    word: AtomicUsize,
    list: UnsafeCell<Ordered<R>>,
    watch: Probe,
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
            let list = UnsafeCell::new(Ordered { list: List::new(), order });
            Self { word: AtomicUsize::new(word), list, watch, rule: PhantomData }
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
    unsafe fn with_order<T>(&self, f: impl FnOnce(&mut Ordered<R>) -> T) -> T {
        self.list.get_mut().with(|list| {
            // SAFETY: I1: the lock is held.
            let list = unsafe { &mut *list };
            f(list)
        })
    }

    /// # Safety
    ///
    /// As of [`with_order`](Self::with_order).
    #[inline]
    unsafe fn with_list<T>(&self, f: impl FnOnce(&mut List) -> T) -> T {
        // SAFETY: passed on.
        unsafe { self.with_order(|ordered| f(&mut ordered.list)) }
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
                // ord[W3] Acquire: sees all that was done by those who left before; pairs with W8, W12.
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

    /// One who had entered with `need` leaves.
    pub(crate) fn leave(&self, need: u32) {
        self.change(|word| R::leave(word, need));
    }

    /// Changes the word and lets in who may enter then. Never waits for the list lock: whoever holds it sees the change before
    /// it can unlock, and does the work.
    pub(crate) fn change(&self, change: impl Fn(usize) -> usize) {
        let mut word = self.peek();
        loop {
            if word & (HAS_WAITERS | LIST_LOCK) == HAS_WAITERS {
                match self.lock_list_from(word) {
                    Ok(word) => return self.settle(word, change),
                    Err(now) => word = now,
                }
            } else {
                // ord[W8] Release: all that was done inside is seen by whoever enters by this; pairs with W3, W5, W7.
                // ord[W9] Relaxed: nothing is decided by a failed attempt; pairs with none.
                match self.word.compare_exchange(word, change(word), ord!(W8, Release), ord!(W9, Relaxed)) {
                    Ok(_) => return,
                    Err(now) => word = now,
                }
            }
        }
    }

    /// As [`change`](Self::change), but under the list lock if anybody waits or arrives: for a change that takes away what others
    /// may enter by (while the list is locked, that only grows, so W11 cannot take one state of the word for an equal, later
    /// one), and for one that must see all that was done by those who wait. It waits for the list lock.
    pub(crate) fn change_alone(&self, change: impl Fn(usize) -> usize) {
        let mut word = self.peek();
        while word & (HAS_WAITERS | LIST_LOCK) == 0 {
            // ord[W22] Relaxed: what is taken is given to nobody; pairs with none.
            // ord[W23] Relaxed: as W9; pairs with none.
            match self.word.compare_exchange(word, change(word), ord!(W22, Relaxed), ord!(W23, Relaxed)) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        let word = self.lock_list();
        self.settle(word, change);
    }

    /// To be called after a fast path changed the word in a way that may let somebody in; `before` is the word it found.
    #[inline]
    pub(crate) fn attend(&self, before: usize) {
        if before & (HAS_WAITERS | LIST_LOCK) == HAS_WAITERS {
            self.serve();
        }
    }

    /// Lets in who may enter, unless there is somebody who will see to it.
    #[cold]
    fn serve(&self) {
        if let Some(word) = self.try_lock_list() {
            self.settle(word, |word| word);
        }
    }

    /// Locks the list if the word is `word` still, in which the lock is free; returns the word after that.
    #[inline]
    fn lock_list_from(&self, word: usize) -> Result<usize, usize> {
        let locked = word | LIST_LOCK;
        // ord[W5] Acquire: sees the list as the last holder left it, and the past of the word; pairs with W8, W12.
        // ord[W10] Relaxed: a failed attempt reads nothing that is protected; pairs with none.
        self.word.compare_exchange(word, locked, ord!(W5, Acquire), ord!(W10, Relaxed)).map(|_| locked)
    }

    /// Locks the list if somebody waits and nobody holds the lock.
    fn try_lock_list(&self) -> Option<usize> {
        let mut word = self.peek();
        while word & (HAS_WAITERS | LIST_LOCK) == HAS_WAITERS {
            match self.lock_list_from(word) {
                Ok(word) => return Some(word),
                Err(now) => word = now,
            }
        }
        None
    }

    /// Locks the list, waiting for it.
    #[inline]
    fn lock_list(&self) -> usize {
        let word = self.peek();
        if word & LIST_LOCK == 0 {
            if let Ok(word) = self.lock_list_from(word) {
                return word;
            }
        }
        self.lock_list_contended()
    }

    #[cold]
    fn lock_list_contended(&self) -> usize {
        let backoff = Backoff::new();
        let mut word = self.peek();
        loop {
            if word & LIST_LOCK != 0 {
                backoff.snooze();
                word = self.peek();
                continue;
            }
            match self.lock_list_from(word) {
                Ok(word) => return word,
                Err(now) => word = now,
            }
        }
    }

    /// Gives the list lock back, by which the word becomes `base`, if it is `word` still; returns it otherwise.
    #[inline]
    fn unlock_list(&self, word: usize, base: usize) -> Result<(), usize> {
        // ord[W12] Release: the next holder sees the list; who enters past the queue sees what was done inside; pairs
        // with W3, W5, W6.
        // ord[W14] Acquire: the past of the word that decides now; pairs with W8.
        match self.word.compare_exchange(word, base & !LIST_LOCK, ord!(W12, Release), ord!(W14, Acquire)) {
            Ok(_) => Ok(()),
            Err(now) => Err(now),
        }
    }

    /// Applies `change` to the word, lets in everybody who may enter then, gives the list lock back and wakes. The caller
    /// holds the list lock, and `word` is the word it saw last.
    #[inline]
    fn settle(&self, word: usize, change: impl Fn(usize) -> usize) {
        let base = change(word);
        let first_stays = |list: &mut List| {
            // SAFETY: the caller holds the lock.
            unsafe { list.first() }.is_some_and(|first| R::admit(base, first.need()) == Verdict::Stay)
        };
        // The common case by itself: as the loop finds nobody.
        // SAFETY: the caller holds the lock.
        if unsafe { self.with_list(first_stays) } {
            if let Err(now) = self.unlock_list(word, base) {
                self.settle_many(now, change);
            }
        } else {
            self.settle_many(word, change);
        }
    }

    /// As [`settle`](Self::settle), whoever may enter.
    #[inline(never)]
    fn settle_many(&self, mut word: usize, change: impl Fn(usize) -> usize) {
        let mut change = Some(change);
        let mut batch = Batch::new();
        let mut panics = Panics::default();
        loop {
            let base = change.as_ref().map_or(word, |change| change(word));
            if base == word {
                self.let_go(word, &mut batch);
            }
            let (next, count) = self.survey(base, batch.room());
            let mut base = base;
            if count > 0 {
                if next != word {
                    // Nobody can enter by what the word says as long as `HAS_WAITERS` is set, and it is set until W12. But that the
                    // primitive is closed, or that an event has happened, is seen at once.
                    // ord[W11] Release: as W8; pairs with W6, S2, O2, K1.
                    // ord[W7] Acquire: the past of the word that decides now; pairs with W8.
                    match self.word.compare_exchange(word, next, ord!(W11, Release), ord!(W7, Acquire)) {
                        Ok(_) => word = next,
                        Err(now) => {
                            word = now;
                            continue;
                        }
                    }
                }
                change = None;
                self.let_in(base, count, &mut batch);
                // Whoever is first now was looked at, or the batch is full.
                base = next;
            }
            // SAFETY: the caller holds the lock.
            let empty = unsafe { self.with_list(|list| list.is_empty()) };
            match self.unlock_list(word, if empty { base & !HAS_WAITERS } else { base }) {
                Ok(()) => change = None,
                Err(now) => {
                    word = now;
                    continue;
                }
            }
            let full = batch.room() == 0;
            let rest = Rest(self);
            batch.wake(&mut panics);
            core::mem::forget(rest);
            if !full {
                break;
            }
            match self.try_lock_list() {
                Some(now) => word = now,
                None => break,
            }
        }
        panics.resume();
    }

    /// How many of the first `room` in the list may enter, and the word after that. The caller holds the list lock.
    fn survey(&self, mut word: usize, room: usize) -> (usize, usize) {
        let mut count = 0;
        let look = |list: &mut List| {
            // SAFETY: the caller holds the lock.
            let mut next = unsafe { list.first() };
            while let Some(waiter) = next {
                if count == room {
                    break;
                }
                match R::admit(word, waiter.need()) {
                    Verdict::Stay => break,
                    Verdict::Enter(after) => word = after,
                    Verdict::Leave => {}
                }
                count += 1;
                // SAFETY: the caller holds the lock, and `waiter` is in the list.
                next = unsafe { list.behind(waiter) };
            }
        };
        // SAFETY: the caller holds the lock.
        unsafe { self.with_list(look) };
        (word, count)
    }

    /// Lets those at the front go who leave the word, which is `word`, as it is, as far as there is room. The caller holds the list lock.
    fn let_go(&self, word: usize, batch: &mut Batch) {
        let take = |ordered: &mut Ordered<R>| {
            let Ordered { list, order } = ordered;
            // SAFETY: the caller holds the lock.
            while let Some(waiter) = unsafe { list.first() } {
                let state = match R::admit(word, waiter.need()) {
                    Verdict::Enter(after) if after == word => State::Entered,
                    Verdict::Leave => State::Left,
                    Verdict::Enter(_) | Verdict::Stay => return,
                };
                if batch.room() == 0 {
                    return;
                }
                self.watch.granted(waiter, state == State::Entered);
                if state == State::Entered && !R::Policy::PLAIN {
                    R::Policy::served(order, waiter.need(), waiter.note());
                }
                // SAFETY: the caller holds the lock, and the waiter is the first in the list.
                batch.push(unsafe { list.dismiss(waiter, state) });
            }
        };
        // SAFETY: the caller holds the lock.
        unsafe { self.with_order(take) };
    }

    /// Lets the first `count` in, whom `survey` found to be able to with this word. The caller holds the list lock.
    fn let_in(&self, mut word: usize, count: usize, batch: &mut Batch) {
        for _ in 0..count {
            let take = |ordered: &mut Ordered<R>| {
                let Ordered { list, order } = ordered;
                // SAFETY: the caller holds the lock.
                let waiter = unsafe { list.first() }?;
                let state = match R::admit(word, waiter.need()) {
                    Verdict::Enter(after) => {
                        word = after;
                        if !R::Policy::PLAIN {
                            R::Policy::served(order, waiter.need(), waiter.note());
                        }
                        State::Entered
                    }
                    Verdict::Stay | Verdict::Leave => State::Left,
                };
                self.watch.granted(waiter, state == State::Entered);
                // SAFETY: the caller holds the lock, and the waiter is the first in the list.
                Some(unsafe { list.dismiss(waiter, state) })
            };
            // SAFETY: the caller holds the lock.
            if let Some(wake) = unsafe { self.with_order(take) } {
                batch.push(wake);
            }
        }
    }

    /// Lets the last in the list go with [`State::EnteredLast`], if there is one and it would have to stay otherwise; else
    /// changes the word by `change`.
    pub(crate) fn release_last(&self, change: impl Fn(usize) -> usize) {
        let mut word = self.peek();
        loop {
            if word & HAS_WAITERS == 0 && word & LIST_LOCK == 0 {
                // ord[W15] Release: as W8; pairs with W3, W5, W7.
                // ord[W16] Relaxed: as W9; pairs with none.
                match self.word.compare_exchange(word, change(word), ord!(W15, Release), ord!(W16, Relaxed)) {
                    Ok(_) => return,
                    Err(now) => {
                        word = now;
                        continue;
                    }
                }
            }
            word = self.lock_list();
            let take = |list: &mut List| {
                // SAFETY: the lock is held.
                let last = unsafe { list.last() }?;
                if R::admit(word, last.need()) != Verdict::Stay {
                    return None;
                }
                // SAFETY: the lock is held, and the waiter is the last in the list.
                Some(unsafe { list.dismiss(last, State::EnteredLast) })
            };
            // SAFETY: the lock is held.
            let wake = unsafe { self.with_list(take) };
            let mut panics = Panics::default();
            match wake {
                Some(wake) => {
                    self.settle(word, |word| word);
                    panics.catch(|| wake.wake());
                }
                None => self.settle(word, change),
            }
            return panics.resume();
        }
    }

    /// Enters or joins the queue, as `entry` says of the word. `wake` is called once, without the lock, unless there is nothing to wait for.
    ///
    /// # Safety
    ///
    /// The waiter is the caller's, is idle, and stays where it is; before its memory is used for anything else, the caller has
    /// seen by its state that it is out of the list, or has called [`cancel`](Self::cancel) (I2).
    pub(crate) unsafe fn join(
        &self,
        waiter: &Waiter,
        wake: impl FnOnce() -> Wake,
        entry: impl Fn(usize) -> Entry,
    ) -> State {
        let mut word = self.look();
        if entry(word) == Entry::Leave {
            return State::Left;
        }
        let wake = wake();
        let backoff = Backoff::new();
        loop {
            match entry(word) {
                Entry::Enter(next) if word & HAS_WAITERS == 0 || next == word => {
                    // ord[W17] Acquire: as W3, since the word may have come back to what it was; pairs with X3, S1, W8, W12.
                    // ord[W18] Relaxed: W6 looks again; pairs with none.
                    if self.word.compare_exchange(word, next, ord!(W17, Acquire), ord!(W18, Relaxed)).is_ok() {
                        return State::Entered;
                    }
                }
                Entry::Leave => return State::Left,
                Entry::Enter(_) | Entry::Join { .. } if word & LIST_LOCK != 0 => pause(&backoff),
                joining @ (Entry::Enter(_) | Entry::Join { .. }) => {
                    let then = match joining {
                        Entry::Join { word, need } => {
                            // SAFETY: the waiter is the caller's and in no list.
                            unsafe { waiter.set_need(need) };
                            word
                        }
                        _ => word,
                    };
                    let then = then | LIST_LOCK | HAS_WAITERS;
                    // ord[W20] Acquire: as W5; pairs with W8, W12.
                    // ord[W21] Relaxed: W6 looks again; pairs with none.
                    if self.word.compare_exchange(word, then, ord!(W20, Acquire), ord!(W21, Relaxed)).is_ok() {
                        // SAFETY: the lock is held; the rest is the caller's promise.
                        unsafe { self.insert(then, waiter, wake) };
                        self.settle(then, |word| word);
                        return waiter.state();
                    }
                }
            }
            word = self.look();
        }
    }

    /// The word as one who comes sees it.
    #[inline]
    fn look(&self) -> usize {
        // ord[W6] Acquire: who finds that what it waits for has happened sees what was done before; pairs with W8, W11, W12.
        self.word.load(ord!(W6, Acquire))
    }

    /// # Safety
    ///
    /// As of [`List::insert`].
    unsafe fn insert(&self, word: usize, waiter: &Waiter, wake: Wake) {
        let need = waiter.need();
        let put = |ordered: &mut Ordered<R>| {
            let note = R::Policy::note(&mut ordered.order, need, R::cost(need));
            let enters = matches!(R::admit(word, need), Verdict::Enter(_));
            let passes = |other: &Waiter, noted| {
                let new = Joins { want: need, note, enters };
                if R::is_first(other.need()) { None } else { R::Policy::passes(new, other.need(), noted) }
            };
            // SAFETY: passed on.
            unsafe { ordered.list.insert(waiter, R::end(need), wake, note, passes) }
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
            let word = self.lock_list();
            let state = waiter.state();
            if state != State::Queued {
                self.settle(word, |word| word);
                return Poll::Ready(state);
            }
            // SAFETY: queued, and the lock is held.
            if unsafe { waiter.will_wake(context.waker()) } {
                self.settle(word, |word| word);
                return Poll::Pending;
            }
            if let Some(wake) = fresh.take() {
                // SAFETY: queued, and the lock is held.
                let stale = unsafe { waiter.replace_wake(wake) };
                self.settle(word, |word| word);
                // Foreign code, so not under the lock.
                drop(stale);
                return Poll::Pending;
            }
            self.settle(word, |word| word);
            fresh = Some(Wake::Task(context.waker().clone()));
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
        let word = self.lock_list();
        let state = waiter.state();
        if state == State::Queued {
            let take = |ordered: &mut Ordered<R>| {
                R::Policy::gave_up(&mut ordered.order, waiter.need(), R::cost(waiter.need()));
                // SAFETY: queued, and the lock is held.
                unsafe { ordered.list.remove(waiter) }
            };
            // SAFETY: the lock is held.
            let wake = unsafe { self.with_order(take) };
            self.settle(word, withdraw);
            drop(wake);
        } else {
            self.settle(word, |word| word);
        }
        state
    }
}

impl<R: Rule> core::fmt::Debug for WaitQueue<R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WaitQueue").field("word", &format_args!("{:#x}", self.peek())).finish_non_exhaustive()
    }
}

#[cold]
fn pause(backoff: &Backoff) {
    backoff.snooze();
}

/// Where a waker's panic cannot be caught, it unwinds past the loop that serves the rest: then this does.
struct Rest<'a, R: Rule>(&'a WaitQueue<R>);

impl<R: Rule> Drop for Rest<'_, R> {
    fn drop(&mut self) {
        self.0.serve();
    }
}
