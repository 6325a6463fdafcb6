//! Changing the word of a queue, and letting in whoever may enter then. The invariants stand in the [module](super).

use core::iter;

use super::HAS_WAITERS;
use super::list::{List, State, Waiter};
use super::queue::{Order, WaitQueue};
use super::rule::{Rule, Verdict};
use super::wake::{Batch, Panics, Wake, wake_alone};
use crate::fence;
use crate::policy::sealed::Sealed;
use crate::primitive::{ord, seeded, spin_loop};
use crate::watched::Watch as _;

/// How often one whose change somebody else may have to see to looks whether the list comes free, before it makes sure of that.
/// A list is locked for some tens of nanoseconds, unless its holder lost the processor; a barrier for all takes some microseconds.
const LOOKS: usize = if cfg!(loom) { 0 } else { 32 };

/// No change of the word.
const UNCHANGED: Option<fn(usize) -> usize> = None;

/// What there is to do at the front of the list.
struct Survey {
    /// The word once they are in.
    word: usize,
    /// How many may enter.
    count: usize,
    /// Whether nobody is left behind them.
    all: bool,
}

impl<R: Rule> WaitQueue<R> {
    /// One who had entered with `need` leaves.
    pub(crate) fn leave(&self, need: u32) {
        self.change(|word| R::leave(word, need));
    }

    /// Changes the word and lets in who may enter then. Never waits for the list lock: whoever holds it sees the change when it
    /// has given the lock back at the latest, and does the work.
    pub(crate) fn change(&self, change: impl Fn(usize) -> usize) {
        let mut word = self.peek();
        while word & HAS_WAITERS == 0 {
            match self.publish(word, change(word)) {
                Ok(()) => return,
                Err(now) => word = now,
            }
        }
        if let Some(list) = self.lock.try_lock() {
            let word = self.look_inside();
            self.settle(list, word, change);
            return;
        }
        while let Err(now) = self.publish(word, change(word)) {
            word = now;
        }
        if word & HAS_WAITERS != 0 {
            self.see_to_it();
        }
    }

    /// Makes the word `then` if it is `word` still.
    #[inline]
    fn publish(&self, word: usize, then: usize) -> Result<(), usize> {
        // ord[W8] Release: all that was done inside is seen by whoever enters by this; pairs with W3, W11, W14, W17, W20.
        // ord[W9] Relaxed: nothing is decided by a failed attempt; pairs with none.
        self.word.compare_exchange(word, then, ord!(W8, Release), ord!(W9, Relaxed)).map(|_| ())
    }

    /// As [`change`](Self::change), but under the list lock if anybody waits: for a change that takes away what others
    /// may enter by (so that what a holder of the list lock has read of it is there still, I4), and for one that must see all that
    /// was done by those who wait. It waits for the list lock.
    pub(crate) fn change_alone(&self, change: impl Fn(usize) -> usize) {
        let mut word = self.peek();
        while word & HAS_WAITERS == 0 {
            // ord[W22] Relaxed: what is taken is given to nobody; pairs with none.
            // ord[W23] Relaxed: as W9; pairs with none.
            match self.word.compare_exchange(word, change(word), ord!(W22, Relaxed), ord!(W23, Relaxed)) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        let (list, word) = self.lock_list();
        self.settle(list, word, change);
    }

    /// To be called after a fast path changed the word in a way that may let somebody in; `before` is the word it found.
    #[inline]
    pub(crate) fn attend(&self, before: usize) {
        if before & HAS_WAITERS != 0 {
            self.serve();
        }
    }

    /// Lets in who may enter, after a change of the word. Never waits for the list lock.
    #[cold]
    fn serve(&self) {
        match self.lock.try_lock() {
            Some(list) => self.settle_now(list),
            None => self.see_to_it(),
        }
    }

    /// Lets in who may enter, and gives the list back.
    fn settle_now(&self, list: List) {
        let word = self.look_inside();
        self.settle(list, word, |word| word);
    }

    /// The same where somebody had the list: behind the fence, whoever has it will see what this thread has done to the word, or this
    /// thread gets the list.
    #[cold]
    fn see_to_it(&self) {
        for () in iter::repeat_n((), LOOKS) {
            if let Some(list) = self.lock.try_lock() {
                return self.settle_now(list);
            }
            spin_loop();
        }
        // Without the barrier nobody is bound to see it.
        let list = if fence::try_heavy() { self.lock.try_lock() } else { Some(self.lock.lock()) };
        if let Some(list) = list {
            self.settle_now(list);
        }
    }

    /// Gives the list back, `word` being what the word was when last seen, and `HAS_WAITERS` being right in it; whether it has changed
    /// since, so that somebody has to look again. To an empty list nobody has: who joins it looks.
    #[inline]
    fn give_back_list(&self, list: List, word: usize) -> bool {
        let waits = !list.is_empty();
        self.lock.unlock(list);
        waits && {
            fence::light_at_last();
            // ord[W19] Relaxed: what it says is looked at under the lock; pairs with none.
            self.word.load(ord!(W19, Relaxed)) != word
        }
    }

    /// Makes the word `then` if it is `word` still. The caller holds the list lock.
    #[inline]
    fn swing(&self, word: usize, then: usize) -> bool {
        // Nobody enters past the queue by what this writes as long as `HAS_WAITERS` is set. But that the
        // primitive is closed, or that an event has happened, is seen at once.
        // ord[W11] AcqRel: as W8; and the word may be what it was again, by others whom those who are let in come after; pairs with W3, W8, W14,
        // W17, L5, S2, O2, K1.
        // ord[W7] Relaxed: W14 looks again; pairs with none.
        self.word.compare_exchange(word, then, ord!(W11, AcqRel), ord!(W7, Relaxed)).is_ok()
    }

    /// Applies `change` to the word, lets in everybody who may enter then, gives the list lock back and wakes. The caller
    /// holds the list lock, and `word` is the word it saw last. Whether all who wait had to stay.
    #[inline]
    pub(super) fn settle(&self, list: List, word: usize, change: impl Fn(usize) -> usize) -> bool {
        let base = change(word);
        // The common cases by themselves; what they do is what the loop does.
        // SAFETY: the caller holds the lock.
        let first = unsafe { list.first() };
        let then = match first.map(|first| R::admit(base, first.need())) {
            None => base & !HAS_WAITERS,
            Some(Verdict::Stay) => base,
            Some(Verdict::Enter(next)) if next == word && base != word => {
                self.let_one_in(list, word, change);
                return false;
            }
            Some(_) => {
                self.settle_many(list, word, Some(change), None);
                return false;
            }
        };
        if then != word && !self.swing(word, then) {
            self.settle_many(list, self.look_inside(), Some(change), None);
            return false;
        }
        let again = self.give_back_list(list, then);
        if again {
            self.look_after();
        }
        !again
    }

    /// Lets in who may enter by what the word has become since this thread gave the list back. Whoever has it now will look too.
    #[cold]
    fn look_after(&self) {
        if let Some((list, word)) = self.take_again() {
            self.settle_many(list, word, UNCHANGED, None);
        }
    }

    /// The list and the word, unless somebody has the list, who will look then.
    #[inline]
    fn take_again(&self) -> Option<(List, usize)> {
        self.lock.try_lock().map(|list| (list, self.look_inside()))
    }

    /// As [`settle`](Self::settle), where the first that waits takes just what `change` gives, which leaves the word as it is.
    #[inline]
    fn let_one_in(&self, mut list: List, word: usize, change: impl Fn(usize) -> usize) {
        // SAFETY: the caller holds the lock.
        let Some(first) = (unsafe { list.first() }) else {
            return self.settle_many(list, word, Some(change), None);
        };
        // SAFETY: the caller holds the lock, and `first` is in the list.
        let second = unsafe { list.behind(first) };
        let second_stays = second.is_none_or(|second| R::admit(word, second.need()) == Verdict::Stay);
        if !second_stays && !seeded!(SECOND_IS_LOOKED_AT) {
            return self.settle_many(list, word, Some(change), None);
        }
        // SAFETY: the caller holds the lock, and the waiter is the first in the list.
        let wake = unsafe { self.admit_first(&mut list, first) };
        if list.is_empty() {
            // Whatever the word has become: nobody is left for whom that matters.
            // ord[W26] Relaxed: gives nothing, and who joins sees the rest by the list lock; pairs with none.
            self.word.fetch_and(!HAS_WAITERS, ord!(W26, Relaxed));
        }
        if self.give_back_list(list, word) {
            if let Some(list) = self.lock.try_lock() {
                let word = self.look_inside();
                let woken = if seeded!(FIRST_IS_WOKEN) { None } else { Some(wake) };
                return self.settle_many(list, word, UNCHANGED, woken);
            }
        }
        wake_alone(wake);
    }

    /// Lets `first` in, and returns whom to wake.
    ///
    /// # Safety
    ///
    /// The caller holds the list lock, and `first` is the first in the list. It must not be used any more.
    #[inline]
    unsafe fn admit_first(&self, list: &mut List, first: &Waiter) -> Wake {
        self.watch.granted(first, true);
        if !R::Policy::PLAIN {
            let served = |order: &mut Order<R>| R::Policy::served(order, first.need(), first.note());
            // SAFETY: the caller holds the lock.
            unsafe { self.with_order(served) };
        }
        // SAFETY: passed on.
        unsafe { list.dismiss(first, State::Entered) }
    }

    /// As [`settle`](Self::settle), whoever may enter. `woken` was let in before, and is yet to be woken.
    #[inline(never)]
    fn settle_many(
        &self,
        mut list: List,
        mut word: usize,
        mut change: Option<impl Fn(usize) -> usize>,
        woken: Option<Wake>,
    ) {
        let mut batch = Batch::new();
        if let Some(wake) = woken {
            batch.push(wake);
        }
        let mut panics = Panics::default();
        loop {
            let base = change.as_ref().map_or(word, |change| change(word));
            if base == word {
                self.let_go(&mut list, word, &mut batch);
            }
            let Survey { word: next, count, all } = self.survey(&list, base, batch.room());
            let then = if all { next & !HAS_WAITERS } else { next };
            if then != word {
                if !self.swing(word, then) {
                    word = self.look_inside();
                    continue;
                }
                word = then;
            }
            change = None;
            self.let_in(&mut list, base, count, &mut batch);
            // Whoever is first now was looked at, or the batch is full.
            let again = self.give_back_list(list, word);
            let full = batch.room() == 0;
            if again && !full {
                if let Some(own) = self.take_again() {
                    (list, word) = own;
                    continue;
                }
            }
            let rest = Rest(self);
            batch.wake(&mut panics);
            core::mem::forget(rest);
            if !full {
                break;
            }
            match self.take_again() {
                Some(own) => (list, word) = own,
                None => break,
            }
        }
        panics.resume();
    }

    /// How many of the first `room` in the list may enter. The caller holds the list lock.
    fn survey(&self, list: &List, mut word: usize, room: usize) -> Survey {
        let mut count = 0;
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
        Survey { word, count, all: next.is_none() }
    }

    /// Lets those at the front go who leave the word, which is `word`, as it is, as far as there is room. The caller holds the list lock.
    fn let_go(&self, list: &mut List, word: usize, batch: &mut Batch) {
        // SAFETY: the caller holds the lock.
        while let Some(waiter) = unsafe { list.first() } {
            let verdict = R::admit(word, waiter.need());
            let enters = match verdict {
                Verdict::Enter(after) => after == word,
                Verdict::Leave | Verdict::Stay => false,
            };
            if batch.room() == 0 || !enters && verdict != Verdict::Leave {
                return;
            }
            // SAFETY: the caller holds the lock, and the waiter is the first in the list.
            batch.push(unsafe { self.dismiss_first(list, waiter, enters) });
        }
    }

    /// Lets `first` in, or go with nothing, and returns whom to wake.
    ///
    /// # Safety
    ///
    /// As of [`admit_first`](Self::admit_first).
    unsafe fn dismiss_first(&self, list: &mut List, first: &Waiter, enters: bool) -> Wake {
        if enters {
            // SAFETY: passed on.
            return unsafe { self.admit_first(list, first) };
        }
        self.watch.granted(first, false);
        // SAFETY: passed on.
        unsafe { list.dismiss(first, State::Left) }
    }

    /// Lets the first `count` in, whom `survey` found to be able to with this word. The caller holds the list lock.
    fn let_in(&self, list: &mut List, mut word: usize, count: usize, batch: &mut Batch) {
        for _ in 0..count {
            // SAFETY: the caller holds the lock.
            let Some(waiter) = (unsafe { list.first() }) else { return };
            let enters = match R::admit(word, waiter.need()) {
                Verdict::Enter(after) => {
                    word = after;
                    true
                }
                Verdict::Leave | Verdict::Stay => false,
            };
            // SAFETY: the caller holds the lock, and the waiter is the first in the list.
            batch.push(unsafe { self.dismiss_first(list, waiter, enters) });
        }
    }

    /// Lets the last in the list go with [`State::EnteredLast`], if there is one and it would have to stay otherwise; else
    /// changes the word by `change`.
    pub(crate) fn release_last(&self, change: impl Fn(usize) -> usize) {
        let mut word = self.peek();
        loop {
            if word & HAS_WAITERS == 0 {
                // ord[W15] Release: as W8; pairs with W3, W14, W17.
                // ord[W16] Relaxed: as W9; pairs with none.
                match self.word.compare_exchange(word, change(word), ord!(W15, Release), ord!(W16, Relaxed)) {
                    Ok(_) => return,
                    Err(now) => {
                        word = now;
                        continue;
                    }
                }
            }
            let (mut list, word) = self.lock_list();
            // SAFETY: the lock is held.
            let wake = match unsafe { list.last() } {
                Some(last) if R::admit(word, last.need()) == Verdict::Stay => {
                    // SAFETY: the lock is held, and the waiter is the last in the list.
                    Some(unsafe { list.dismiss(last, State::EnteredLast) })
                }
                _ => None,
            };
            let mut panics = Panics::default();
            match wake {
                Some(wake) => {
                    self.settle(list, word, |word| word);
                    panics.catch(|| wake.wake());
                }
                None => {
                    self.settle(list, word, change);
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
