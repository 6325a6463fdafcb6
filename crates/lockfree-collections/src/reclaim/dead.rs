//! What a slot keeps for the collection's memory: unlinked objects, and numbers of places that may be used again.
//!
//! Of an object with nothing in it to drop no more is kept than its number, in lists that have one date each: most of what an update costs
//! would be writing, moving and reading records, which would take more of the processor's cache than the objects.

use alloc::vec::Vec;
use core::mem;

use super::eras::Interval;
use super::hazards::Slot;

/// An unlinked object. It has a number, of its place if that will be used again; but 0 if it is not of those that are counted.
pub(crate) struct Dead {
    object: *mut (),
    finish: Finish,
    number: u32,
    pub(super) born: u32,
    pub(super) died: u32,
}

/// Drops the object of that number: what becomes of its memory is the collection's matter.
pub(crate) type Finish = unsafe fn(*mut (), u32);

impl Dead {
    pub(super) fn is_counted(&self) -> bool {
        self.number != 0
    }

    /// # Safety
    ///
    /// `finish` may be called with this, by any thread that uses the collection, when nobody reads the object.
    pub(crate) unsafe fn new(object: *mut (), number: u32, born: usize, finish: Finish) -> Self {
        // Eras end before this does.
        Self { object, finish, number, born: u32::try_from(born).unwrap_or(u32::MAX), died: 0 }
    }
}

/// An unlinked object in which there is nothing to drop: only its number goes on. The model checker watches its end all the same.
pub(crate) struct Bare {
    number: u32,
    #[cfg(loom)]
    dead: Dead,
}

impl Bare {
    /// The object of that number, which is `dead`.
    #[cfg_attr(not(loom), allow(unused_variables, reason = "natively nothing is done to it"))]
    #[inline(always)]
    pub(crate) fn new(number: u32, dead: impl FnOnce() -> Dead) -> Self {
        Self {
            number,
            #[cfg(loom)]
            dead: dead(),
        }
    }

    /// Ends it; its number.
    #[inline(always)]
    fn finish(self) -> u32 {
        #[cfg(loom)]
        // SAFETY: promised to `Dead::new`; it has left the list, and nobody can reach it any more.
        unsafe {
            (self.dead.finish)(self.dead.object, self.dead.number);
        }
        self.number
    }
}

/// Bare objects that died in one era.
struct Died {
    era: u32,
    bare: Vec<Bare>,
}

/// For how many objects that have something to drop a number of bare ones counts: for three in five. They are little to keep, nothing hangs
/// on them, and nobody waits for them.
#[inline]
fn weight(bare: usize) -> usize {
    if cfg!(loom) { bare } else { bare * 3 / 5 }
}

/// How many bare objects count for as many others.
pub(crate) const fn bare_for(others: usize) -> usize {
    if cfg!(loom) { others } else { (others * 5).div_ceil(3) }
}

/// Unlinked objects that one thread owns; dropping it drops them.
#[derive(Default)]
pub(crate) struct Limbo {
    /// Bare objects that have not been looked at; and such as have, and how many these are.
    fresh: Vec<Bare>,
    died: Vec<Died>,
    bare: usize,
    pub(super) objects: Vec<Dead>,
    /// So many of them, the first ones, have been looked at: `died` is set.
    pub(super) dated: usize,
    /// How many of them have no number.
    others: usize,
    /// With some of these, a look is worth while after so many operations, each time twice as many.
    wait: usize,
    waited: usize,
}

impl Limbo {
    #[inline]
    pub(super) fn push(&mut self, dead: Dead) {
        if dead.number == 0 {
            self.others += 1;
            (self.wait, self.waited) = (1, 0);
        }
        self.objects.push(dead);
    }

    #[inline]
    pub(super) fn push_bare(&mut self, bare: Bare) {
        self.fresh.push(bare);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.fresh.is_empty() && self.died.is_empty()
    }

    /// Sets the era in which those died that have not been looked at.
    pub(super) fn date(&mut self, era: usize) {
        for dead in &mut self.objects[self.dated..] {
            dead.died = era as u32;
        }
        if !self.fresh.is_empty() {
            // It will be as long again.
            let room = Vec::with_capacity(self.fresh.len());
            let bare = mem::replace(&mut self.fresh, room);
            self.bare += bare.len();
            self.died.push(Died { era: era as u32, bare });
        }
    }

    /// Moves those bare ones to `ready` that died before the era `oldest`, or are not kept, as `keeps` says of a number and the era in which it
    /// died; but none of the era `new`.
    pub(super) fn release_bare(
        &mut self,
        new: Option<usize>,
        oldest: usize,
        keeps: impl Fn(u32, u32) -> bool,
        ready: &mut Self,
    ) {
        self.died.retain_mut(|Died { era, bare }| {
            if new == Some(*era as usize) {
                return true;
            }
            let mut free = Vec::new();
            if (*era as usize) < oldest {
                mem::swap(bare, &mut free);
            } else {
                for index in (0..bare.len()).rev() {
                    if !keeps(bare[index].number, *era) {
                        free.push(bare.swap_remove(index));
                    }
                }
            }
            self.bare -= free.len();
            ready.bare += free.len();
            if !free.is_empty() {
                ready.died.push(Died { era: *era, bare: free });
            }
            !bare.is_empty()
        });
    }

    /// Ends the bare ones that have been looked at; their numbers, by the eras in which they died.
    pub(crate) fn bare(&mut self) -> impl Iterator<Item = impl Iterator<Item = u32>> {
        self.bare = 0;
        mem::take(&mut self.died).into_iter().map(|died| died.bare.into_iter().map(Bare::finish))
    }

    /// Moves one that can be dropped to `ready`.
    pub(super) fn release(&mut self, index: usize, ready: &mut Self) {
        let dead = self.objects.swap_remove(index);
        if dead.number == 0 {
            self.others -= 1;
            ready.others += 1;
        }
        ready.objects.push(dead);
    }

    /// Moves the first `count` to `ready`, which is empty.
    pub(super) fn release_first(&mut self, count: usize, ready: &mut Self) {
        if count == self.objects.len() {
            // It will be as long again.
            ready.objects = mem::replace(&mut self.objects, Vec::with_capacity(count));
        } else {
            ready.objects.extend(self.objects.drain(..count));
        }
        if self.others > 0 {
            ready.others = ready.objects.iter().filter(|dead| dead.number == 0).count();
            self.others -= ready.others;
        }
    }

    /// How many of the objects have numbers.
    pub(crate) fn numbered(&self) -> usize {
        self.objects.len() - self.others + self.bare
    }

    /// Adds to what is there. Those that are not dated have to come last; dating some of them again does no harm, it is later then.
    fn append(&mut self, mut other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        if self.objects.is_empty() {
            self.dated = other.dated;
        }
        self.objects.append(&mut other.objects);
        self.fresh.append(&mut other.fresh);
        self.died.append(&mut other.died);
        self.bare += mem::take(&mut other.bare);
        self.others += mem::take(&mut other.others);
        self.wait = self.wait.max(other.wait);
    }

    /// Whether a look is worth while: `batch` objects have come since the last one, bare ones by their [`weight`], and a quarter of those
    /// that were kept then; so looking takes constant time for each object, even if a guard keeps many.
    #[inline]
    fn is_full(&mut self, batch: usize) -> bool {
        if self.others > 0 {
            self.waited += 1;
            if self.waited >= self.wait {
                (self.wait, self.waited) = (self.wait.saturating_mul(2), 0);
                return true;
            }
        }
        weight(self.fresh.len()) + self.objects.len() - self.dated >= batch.max((self.dated + self.bare) / 4)
    }

    /// Drops all, and passes the numbers on to `give`; goes on if a drop panics. If what has a number needs no drop, there is less to do.
    pub(crate) fn finish(mut self, needs_drop: bool, mut give: impl FnMut(u32)) {
        if !needs_drop && !cfg!(loom) {
            self.objects.iter().filter(|dead| dead.number != 0).for_each(|dead| give(dead.number));
            if self.others == 0 {
                self.objects.clear();
            } else {
                self.objects.retain(|dead| dead.number == 0);
            }
        }

        struct Rest<G: FnMut(u32)> {
            limbo: Limbo,
            give: G,
            /// What is being dropped; 0 if nothing is.
            number: u32,
        }

        impl<G: FnMut(u32)> Rest<G> {
            fn run(&mut self) {
                loop {
                    let number = mem::take(&mut self.number);
                    if number != 0 {
                        (self.give)(number);
                    }
                    let Some(dead) = self.limbo.objects.pop() else { return };
                    self.number = dead.number;
                    // SAFETY: promised to `Dead::new`; it has left the list, and nobody can reach it any more.
                    unsafe { (dead.finish)(dead.object, dead.number) };
                }
            }
        }

        impl<G: FnMut(u32)> Drop for Rest<G> {
            fn drop(&mut self) {
                self.run();
            }
        }

        Rest { limbo: self, give, number: 0 }.run();
    }
}

impl Drop for Limbo {
    fn drop(&mut self) {
        if cfg!(loom) {
            mem::take(&mut self.fresh).into_iter().for_each(|bare| _ = bare.finish());
            self.bare().for_each(|numbers| numbers.for_each(drop));
        }
        if !self.objects.is_empty() {
            mem::take(self).finish(true, |_| ());
        }
    }
}

/// Numbers of places that this slot may fill: such as were emptied; and which new ones are this slot's.
#[derive(Default)]
pub(crate) struct Numbers {
    pub(crate) free: Vec<u32>,
    pub(crate) next: usize,
    pub(crate) end: usize,
}

/// What only the holder of the slot uses.
#[derive(Default)]
pub(crate) struct Estate {
    limbo: Limbo,
    numbers: Numbers,
    floor: usize,
}

impl Slot<0, Interval> {
    /// # Safety
    ///
    /// The caller holds the slot's entry, no other thread uses that meanwhile, and `f` does not come back here.
    #[inline]
    unsafe fn estate<R>(&self, f: impl FnOnce(&mut Estate) -> R) -> R {
        self.inner.with_mut(|inner| {
            // SAFETY: promised by the caller; so this is the only reference.
            f(unsafe { &mut (*inner).private })
        })
    }

    /// # Safety
    ///
    /// The caller holds the slot's entry, and no other thread uses that meanwhile.
    pub(super) unsafe fn take_limbo(&self) -> Limbo {
        // SAFETY: promised by the caller.
        unsafe { self.estate(|estate| mem::take(&mut estate.limbo)) }
    }

    /// Adds to what is there.
    ///
    /// # Safety
    ///
    /// As for `take_limbo`.
    pub(super) unsafe fn put_limbo(&self, limbo: Limbo) {
        // SAFETY: promised by the caller.
        unsafe { self.estate(|estate| estate.limbo.append(limbo)) }
    }

    /// # Safety
    ///
    /// As for `take_limbo`; the object is unreachable, and retired only here.
    #[inline]
    pub(super) unsafe fn push_limbo(&self, dead: Dead) {
        // SAFETY: promised by the caller.
        unsafe { self.estate(|estate| estate.limbo.push(dead)) }
    }

    /// # Safety
    ///
    /// As for `push_limbo`.
    #[inline]
    pub(super) unsafe fn push_bare(&self, bare: Bare) {
        // SAFETY: promised by the caller.
        unsafe { self.estate(|estate| estate.limbo.push_bare(bare)) }
    }

    /// Whether a look at the limbo is worth while.
    ///
    /// # Safety
    ///
    /// As for `take_limbo`.
    #[inline]
    pub(super) unsafe fn is_full(&self, batch: usize) -> bool {
        // SAFETY: promised by the caller.
        unsafe { self.estate(|estate| estate.limbo.is_full(batch)) }
    }

    /// An era up to which all guards keep what they reach.
    ///
    /// # Safety
    ///
    /// As for `take_limbo`.
    #[inline]
    pub(super) unsafe fn floor(&self) -> usize {
        // SAFETY: promised by the caller.
        unsafe { self.estate(|estate| estate.floor) }
    }

    /// Raises the floor to an era, if it is lower.
    ///
    /// # Safety
    ///
    /// As for `take_limbo`.
    pub(super) unsafe fn raise_floor(&self, era: usize) {
        // SAFETY: promised by the caller.
        unsafe { self.estate(|estate| estate.floor = estate.floor.max(era)) }
    }

    /// # Safety
    ///
    /// As for `take_limbo`; `f` does not come back here.
    #[inline]
    pub(super) unsafe fn numbers<R>(&self, f: impl FnOnce(&mut Numbers) -> R) -> R {
        // SAFETY: promised by the caller.
        unsafe { self.estate(|estate| f(&mut estate.numbers)) }
    }
}
