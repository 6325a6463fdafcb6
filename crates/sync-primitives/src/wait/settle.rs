//! Changing the word of a queue, and letting in whoever may enter then. The invariants stand in the [module](super).

use super::list::{List, State, Waiter};
use super::queue::{Order, Ordered, WaitQueue};
use super::rule::{Rule, Verdict};
use super::wake::{Batch, Panics, Wake, wake_alone};
use super::{HAS_WAITERS, LIST_LOCK};
use crate::policy::sealed::Sealed;
use crate::primitive::{Backoff, ord, seeded};
use crate::watched::Watch as _;

impl<R: Rule> WaitQueue<R> {
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
                    Ok(word) => {
                        self.settle(word, change);
                        return;
                    }
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
    pub(super) fn lock_list(&self) -> usize {
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
    /// holds the list lock, and `word` is the word it saw last. Whether all who wait had to stay.
    #[inline]
    pub(super) fn settle(&self, word: usize, change: impl Fn(usize) -> usize) -> bool {
        let base = change(word);
        // The two common cases by themselves; what they do is what the loop does.
        let first = |list: &mut List| {
            // SAFETY: the caller holds the lock.
            unsafe { list.first() }.map(|first| R::admit(base, first.need()))
        };
        // SAFETY: the caller holds the lock.
        match unsafe { self.with_list(first) } {
            Some(Verdict::Stay) => match self.unlock_list(word, base) {
                Ok(()) => return true,
                Err(now) => self.settle_many(now, Some(change), None),
            },
            Some(Verdict::Enter(next)) if next == word && base != word => self.let_one_in(word, change),
            _ => self.settle_many(word, Some(change), None),
        }
        false
    }

    /// As [`settle`](Self::settle), where the first that waits takes just what `change` gives, which leaves the word as it is.
    #[inline]
    fn let_one_in(&self, word: usize, change: impl Fn(usize) -> usize) {
        let take = |ordered: &mut Ordered<R>| {
            let Ordered { list, order } = ordered;
            // SAFETY: the caller holds the lock.
            let first = unsafe { list.first() }?;
            // SAFETY: the caller holds the lock, and `first` is in the list.
            let second = unsafe { list.behind(first) };
            let second_stays = second.is_none_or(|second| R::admit(word, second.need()) == Verdict::Stay);
            if !second_stays && !seeded!(SECOND_IS_LOOKED_AT) {
                return None;
            }
            // SAFETY: the caller holds the lock, and the waiter is the first in the list.
            let wake = unsafe { self.admit_first(list, order, first) };
            Some((wake, list.is_empty()))
        };
        // SAFETY: the caller holds the lock.
        let Some((wake, empty)) = (unsafe { self.with_order(take) }) else {
            return self.settle_many(word, Some(change), None);
        };
        match self.unlock_list(word, if empty { word & !HAS_WAITERS } else { word }) {
            Ok(()) => wake_alone(wake),
            Err(now) => {
                let woken = if seeded!(FIRST_IS_WOKEN) { None } else { Some(wake) };
                self.settle_many(now, None::<fn(usize) -> usize>, woken);
            }
        }
    }

    /// Lets `first` in, and returns whom to wake.
    ///
    /// # Safety
    ///
    /// The caller holds the list lock, and `first` is the first in the list. It must not be used any more.
    #[inline]
    unsafe fn admit_first(&self, list: &mut List, order: &mut Order<R>, first: &Waiter) -> Wake {
        self.watch.granted(first, true);
        if !R::Policy::PLAIN {
            R::Policy::served(order, first.need(), first.note());
        }
        // SAFETY: passed on.
        unsafe { list.dismiss(first, State::Entered) }
    }

    /// As [`settle`](Self::settle), whoever may enter. `woken` was let in before, and is yet to be woken.
    #[inline(never)]
    fn settle_many(&self, mut word: usize, mut change: Option<impl Fn(usize) -> usize>, woken: Option<Wake>) {
        let mut batch = Batch::new();
        if let Some(wake) = woken {
            batch.push(wake);
        }
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
                let Verdict::Enter(after) = R::admit(word, waiter.need()) else {
                    self.watch.granted(waiter, false);
                    // SAFETY: the caller holds the lock, and the waiter is the first in the list.
                    return Some(unsafe { list.dismiss(waiter, State::Left) });
                };
                word = after;
                // SAFETY: as above.
                Some(unsafe { self.admit_first(list, order, waiter) })
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
                None => {
                    self.settle(word, change);
                }
            }
            return panics.resume();
        }
    }
}

/// Where a waker's panic cannot be caught, it unwinds past the loop that serves the rest: then this does.
struct Rest<'a, R: Rule>(&'a WaitQueue<R>);

impl<R: Rule> Drop for Rest<'_, R> {
    fn drop(&mut self) {
        self.0.serve();
    }
}
