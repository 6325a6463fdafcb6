//! Reclamation for guards that hand out any number of references: intervals of eras.
//!
//! **Source.** Wen, Izraelevitz, Cai, Beadle and Scott, "Interval-based memory reclamation" (2018), the variant 2GE-IBR.
//! Differences: the eras advance with batches of retired objects, not with allocations; the era in which an object died is read
//! behind the reclaimer's fence, for a whole batch; the fence may be asymmetric, as in [`super`].
//!
//! A hazard protects one object. A map's guard gives out references that all last as long as the guard, and there may be a
//! million of them: as many hazards would have to be searched by whoever frees. So a guard announces an interval instead. Each
//! object is born in an era and dies in one; a guard keeps what was alive at some time in its interval. Unlike an epoch's,
//! a guard's interval ends with the last era it has looked at: what is born later it does not keep, however long it stalls.
//!
//! ```text
//! era: n            slot: [lower, upper]  of the guard that holds it; lower is NEVER if none does
//! object: born <= the era in which it was published; died >= the era in which it was unlinked
//! kept: some slot with born <= upper and died >= lower
//! ```
//!
//! **Invariants** (beyond those of [`super`]; a *reader* is an operation under a guard).
//! - E1: `era` only grows. `lower` of a guard is an era that was read before the guard's first fence, and stays; `upper` only grows
//!   while the guard lives.
//! - E2: an object's `born` was read from `era` before the object was published.
//! - E3: a reader knows an era `e` that was announced (`upper >= e`) before a fence that came before its reads; it follows a pointer
//!   only if, after it had read the pointer, `era` was `e` still; else it announces again and begins anew. With E2 what it follows
//!   was born by `e`.
//! - E4: what a reader follows was reachable at some time since that fence. (For the collection to prove.)
//! - E5: an object is retired once, by the thread that has unlinked it; `died` is read from `era` after a fence that comes after.
//!
//! **Why what a guard reaches is kept.** Take a reader's fence and the fence of the thread that frees, passed after unlinking
//! and before reading `died` and the slots. If the latter is first, the reader sees the object unlinked, and E4 says that it is not
//! reached (in the model: whatever made it unreachable happens before that fence, and reads after the reader's see it). If the
//! reader's is first, the interval is seen or a later one of the same guard: born by `e <= upper`; and `died` is at least what the
//! reader, or its guard, had read as `lower` before, since the read of `died` comes after that fence, and `era` does not go back.
//!
//! **Floor.** Who has run the fence of who frees, and looked at the slots, knows an era up to which every guard keeps what it reaches, be
//! that reached before or later: the least `upper` that was announced, or the era that was read before the fence. For a guard whose
//! fence was before has announced that much, and one whose fence comes after sees at least that era, and by E3 announces it before it
//! follows anything. So what is born by then is kept for all guards on it, whatever it is that they have reached.
//!
//! **Bound.** A guard that looks at nothing more keeps what was in the collection when it looked last, at most; if objects count as born
//! with the memory they are in, as the map's do, at most as many as that memory has room for. Each slot keeps a
//! batch beyond that, or a quarter more than guards kept when it was looked at last, if that is more. A guard that goes on reading keeps what was removed since it was made; `refresh` begins a new interval.
//!
//! **Progress.** A reader begins anew only when the era has advanced, which takes a batch of removals.
//!
//! **What is checked.** `tests/loom_map`, with batches of one; `tests/garbage.rs`, in bytes. The asymmetric fence is argued, as in
//! [`super`], not model-checked.

use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ptr;

use super::announce::Announce;
use super::dead::{Bare, Dead, Estate, Limbo, Numbers};
use super::entry::{Count, Entry, Keeper};
use super::hazards::{Fences, Hazards, Shared, Slot};
use crate::primitive::{AtomicUsize, CachePadded, barrier, fence, ord};

/// The lower end of no interval.
const NEVER: usize = usize::MAX;

/// The era that does not end: from then on nothing counts as born too late for a guard.
const LAST: usize = (u32::MAX - 1) as usize;

/// What a slot announces: the eras whose objects its guard keeps.
pub(crate) struct Interval {
    lower: AtomicUsize,
    upper: AtomicUsize,
}

impl Default for Interval {
    fn default() -> Self {
        Self { lower: AtomicUsize::new(NEVER), upper: AtomicUsize::new(0) }
    }
}

impl Announce for Interval {
    type Private = Estate;
}

/// The eras of one collection, and the slots of its guards.
pub(crate) struct Eras {
    hazards: Hazards<0, Interval>,
    era: CachePadded<AtomicUsize>,
}

/// What an object in limbo takes beyond itself.
pub(crate) const RECORD: usize = size_of::<Dead>();

/// What a bare one takes.
pub(crate) const BARE_RECORD: usize = size_of::<Bare>();

type Visit<'a> = Entry<'a, 0, Interval>;

impl Eras {
    pub(crate) fn new() -> Self {
        Self { hazards: Hazards::new(Fences::Asymmetric), era: CachePadded::new(AtomicUsize::new(0)) }
    }

    /// The present era.
    #[inline]
    pub(crate) fn now(&self) -> usize {
        // Read after a pointer that was read with Acquire, it is no older than the birth of what that leads to (E2, coherence).
        // ord[E1] Relaxed: E1, a number; what it is compared with was announced before a fence; pairs with none.
        self.era.load(ord!(E1, Relaxed))
    }

    /// Begins an interval.
    #[inline]
    pub(crate) fn pin(&self) -> Pinned<'_> {
        let pinned = Pinned { eras: self, entry: self.hazards.enter() };
        pinned.begin();
        pinned
    }

    /// A slot without an interval, for what a shared guard cannot do in its own.
    #[inline]
    pub(crate) fn desk(&self) -> Desk<'_> {
        let own = self.hazards.enter();
        // SAFETY: it goes with the desk, which does not leave its thread.
        let desk = unsafe { Desk::at(self, &own) };
        Desk { _own: Some(own), ..desk }
    }

    /// Takes over what free slots have in limbo, and drops what no guard keeps; tells how many.
    pub(crate) fn reclaim(&self) -> usize {
        let desk = self.desk();
        let ready = desk.collect_all(&|_| 0);
        drop(desk);
        let count = ready.numbered();
        drop(ready);
        count
    }

    pub(crate) fn total(&self, count: Count) -> usize {
        self.hazards.total(count)
    }

    pub(crate) fn slots(&self) -> usize {
        self.hazards.slots()
    }

    pub(crate) fn garbage(&self) -> usize {
        self.hazards.garbage()
    }

    /// Runs the fence of who frees; false if nothing has been ordered.
    fn heavy(asymmetric: bool) -> bool {
        if asymmetric {
            return barrier::heavy();
        }
        // ord[E2] SeqCst: unlinking comes before the look at the slots; pairs with E3.
        fence(ord!(E2, SeqCst));
        true
    }

    /// Calls `visit` with the slots that announce an interval, and its ends. The fence of who frees has been run.
    fn intervals(shared: &Shared<0, Interval>, mut visit: impl FnMut(&Slot<0, Interval>, usize, usize)) {
        shared.for_each(|slot| {
            // ord[E6] Acquire: the readings of a guard that has ended are over; pairs with E7, E8.
            let lower = slot.announced.lower.load(ord!(E6, Acquire));
            if lower != NEVER {
                // ord[E9] Relaxed: at least what was announced before a fence that came before ours; pairs with none.
                visit(slot, lower, slot.announced.upper.load(ord!(E9, Relaxed)));
            }
        });
    }

    /// Takes the objects in limbo that no guard keeps.
    ///
    /// # Safety
    ///
    /// No other thread uses the entry meanwhile.
    #[cold]
    unsafe fn flush(
        &self,
        slot: &Slot<0, Interval>,
        shared: &Shared<0, Interval>,
        born: &dyn Fn(u32) -> usize,
    ) -> Limbo {
        // SAFETY: promised by the caller.
        let mut limbo = unsafe { slot.take_limbo() };
        let before = self.now();
        if limbo.is_empty() || !Self::heavy(shared.asymmetric) {
            // SAFETY: as above.
            unsafe { slot.put_limbo(limbo) };
            return Limbo::default();
        }
        let now = self.now();
        limbo.date(now);
        if now < LAST {
            // It matters only that it advances; if another thread was first, it has.
            // ord[E4] Relaxed: E1, a number; pairs with none.
            // ord[E5] Relaxed: as E4; pairs with none.
            _ = self.era.compare_exchange(now, now + 1, ord!(E4, Relaxed), ord!(E5, Relaxed));
        }
        let mut intervals = Vec::new();
        Self::intervals(shared, |_, lower, upper| intervals.push((lower, upper)));
        let floor = intervals.iter().map(|&(_, upper)| upper).fold(before, usize::min);
        // SAFETY: promised by the caller.
        unsafe { slot.raise_floor(floor) };
        let mut ready = Limbo::default();
        // A guard that has announced this era, as a caller's has as a rule, keeps all that died in it.
        let keeps_new = intervals.iter().any(|&(_, upper)| upper >= now);
        let end = if keeps_new { limbo.dated } else { limbo.objects.len() };
        let oldest = intervals.iter().map(|&(lower, _)| lower).min().unwrap_or(NEVER);
        let keeps =
            |born: usize, died: u32| intervals.iter().any(|&(lower, upper)| born <= upper && died as usize >= lower);
        limbo.release_bare(keeps_new.then_some(now), oldest, |number, died| keeps(born(number), died), &mut ready);
        if limbo.objects[..end].iter().all(|dead| (dead.died as usize) < oldest) {
            limbo.release_first(end, &mut ready);
        } else {
            for index in (0..end).rev() {
                let dead = &limbo.objects[index];
                if !keeps(dead.born as usize, dead.died) {
                    limbo.release(index, &mut ready);
                }
            }
        }
        limbo.dated = limbo.objects.len();
        // SAFETY: promised by the caller.
        unsafe { slot.put_limbo(limbo) };
        // SAFETY: as above.
        unsafe { slot.count(Count::Freed, ready.numbered()) };
        ready
    }
}

/// A slot to retire and to count in: a guard's, or one for the length of an operation.
pub(crate) struct Desk<'a> {
    eras: &'a Eras,
    slot: &'a Slot<0, Interval>,
    shared: &'a Shared<0, Interval>,
    /// What holds the slot, unless a guard does.
    _own: Option<Visit<'a>>,
    /// One thread uses it.
    not_sync: PhantomData<*mut ()>,
}

impl<'a> Desk<'a> {
    /// # Safety
    ///
    /// The slot is held by the visit for as long, and used by no other thread meanwhile.
    #[inline(always)]
    unsafe fn at(eras: &'a Eras, visit: &Visit<'a>) -> Self {
        Self { eras, slot: visit.slot, shared: visit.shared, _own: None, not_sync: PhantomData }
    }

    /// Adds to a count of the collection's.
    #[inline]
    pub(crate) fn count(&self, count: Count, n: usize) {
        // SAFETY: the slot is this desk's, by `Pinned::desk` or `Eras::desk`.
        unsafe { self.slot.count(count, n) };
    }

    /// Hands an unlinked object over.
    ///
    /// # Safety
    ///
    /// The object is unreachable (E5), and retired only here.
    #[inline]
    pub(crate) unsafe fn retire(&self, dead: Dead) {
        if dead.is_counted() {
            self.count(Count::Retired, 1);
        }
        // SAFETY: as in `count`; promised by the caller.
        unsafe { self.slot.push_limbo(dead) };
    }

    /// Hands an unlinked object over in which there is nothing to drop. The collection looks by [`Desk::collect_bare`].
    ///
    /// # Safety
    ///
    /// The object is unreachable (E5), and retired only here.
    #[inline]
    pub(crate) unsafe fn retire_bare(&self, bare: Bare) {
        self.count(Count::Retired, 1);
        // SAFETY: as in `count`; promised by the caller.
        unsafe { self.slot.push_bare(bare) };
    }

    /// With `batch` objects handed over, returns those that no guard keeps, to be finished. None of them is bare.
    #[inline]
    pub(crate) fn collect(&self, batch: usize) -> Option<Limbo> {
        self.is_due(batch).then(|| self.collect_bare(&|_| 0))
    }

    /// Whether `batch` objects have been handed over.
    #[inline]
    pub(crate) fn is_due(&self, batch: usize) -> bool {
        // SAFETY: as in `count`.
        unsafe { self.slot.is_full(batch) }
    }

    /// Returns the objects that no guard keeps, to be finished. `born` tells of a number no later era than that in which its object came to be.
    pub(crate) fn collect_bare(&self, born: &dyn Fn(u32) -> usize) -> Limbo {
        // SAFETY: as in `count`.
        unsafe { self.eras.flush(self.slot, self.shared, born) }
    }

    /// Takes over what free slots have in limbo, and returns all that no guard keeps, as [`Desk::collect_bare`].
    pub(crate) fn collect_all(&self, born: &dyn Fn(u32) -> usize) -> Limbo {
        let shared = self.shared;
        shared.for_each(|slot| {
            if slot.claim() {
                let left = Visit { slot, shared, keeper: Keeper::None };
                // SAFETY: claimed.
                let limbo = unsafe { left.slot.take_limbo() };
                // SAFETY: as in `count`.
                unsafe { self.slot.put_limbo(limbo) };
            }
        });
        self.collect_bare(born)
    }

    /// An era of which it is known that all guards keep what is born by then, if it dies after they have begun; see [`self`].
    #[inline]
    pub(crate) fn floor(&self) -> usize {
        // SAFETY: as in `count`.
        unsafe { self.slot.floor() }
    }

    /// Works on the slot's numbers; `f` uses no desk.
    #[inline]
    pub(crate) fn numbers<R>(&self, f: impl FnOnce(&mut Numbers) -> R) -> R {
        // SAFETY: as in `count`; promised by the caller.
        unsafe { self.slot.numbers(f) }
    }
}

/// An interval of eras, announced until this is dropped.
pub(crate) struct Pinned<'a> {
    eras: &'a Eras,
    entry: Visit<'a>,
}

impl<'a> Pinned<'a> {
    pub(crate) fn eras(&self) -> &'a Eras {
        self.eras
    }

    #[inline]
    fn begin(&self) {
        let now = self.eras.now();
        let announced = &self.entry.slot.announced;
        // ord[E10] Relaxed: seen by whoever frees and passes a fence after ours; pairs with none.
        announced.upper.store(now, ord!(E10, Relaxed));
        // ord[E7] Release: what a guard before this one read is over; pairs with E6.
        announced.lower.store(now, ord!(E7, Release));
        self.light();
    }

    /// Begins a new interval: nothing that was reached so far is kept.
    pub(crate) fn refresh(&mut self) {
        self.begin();
    }

    /// The era up to which everything is kept that is reached.
    #[inline]
    pub(crate) fn upper(&self) -> usize {
        // ord[E11] Relaxed: what this thread announced itself, or another that uses the guard: see `raise_shared`; pairs with none.
        self.entry.slot.announced.upper.load(ord!(E11, Relaxed))
    }

    /// Extends the interval to the present era; by the only thread that uses this.
    #[cold]
    pub(crate) fn raise(&self) {
        // ord[E12] Relaxed: as E10; pairs with none.
        self.entry.slot.announced.upper.store(self.eras.now(), ord!(E12, Relaxed));
        self.light();
    }

    /// As `raise`, when several threads use this; returns the present era.
    pub(crate) fn raise_shared(&self) -> usize {
        let now = self.eras.now();
        // ord[E13] Relaxed: as E10; pairs with none.
        self.entry.slot.announced.upper.fetch_max(now, ord!(E13, Relaxed));
        self.light();
        now
    }

    #[inline]
    fn light(&self) {
        if self.entry.shared.asymmetric {
            barrier::light();
        } else {
            // ord[E3] SeqCst: the interval is announced before anything is read under it; pairs with E2.
            fence(ord!(E3, SeqCst));
        }
    }

    /// Lends the slot.
    ///
    /// # Safety
    ///
    /// No other thread uses this meanwhile.
    #[inline]
    pub(crate) unsafe fn desk(&self) -> Desk<'_> {
        // SAFETY: promised by the caller, and the guard is borrowed for as long.
        unsafe { Desk::at(self.eras, &self.entry) }
    }

    /// Tells whether another guard may be reading the unlinked object that was born in `born`.
    ///
    /// If not, all that others did with it is over, and seen.
    pub(crate) fn is_kept_by_others(&self, born: usize) -> bool {
        if !Eras::heavy(self.entry.shared.asymmetric) {
            return true;
        }
        let mut kept = false;
        Eras::intervals(self.entry.shared, |slot, _, upper| kept |= !ptr::eq(slot, self.entry.slot) && born <= upper);
        kept
    }
}

impl Drop for Pinned<'_> {
    #[inline]
    fn drop(&mut self) {
        // ord[E8] Release: what was read is over; pairs with E6.
        self.entry.slot.announced.lower.store(NEVER, ord!(E8, Release));
    }
}
