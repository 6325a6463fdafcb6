//! The memory of a cache: places of entries, which are used again when nobody looks at what was there.
//!
//! The places are those of the map's slab, and they are recycled in the same way: each slot of [`crate::reclaim::eras`] has free places of its
//! own. So to put an entry in allocates nothing as a rule, and to take one out frees nothing; the place that a thread fills is one that
//! it emptied shortly before.

use core::mem::needs_drop;

use super::entry::{Entry, Extra, Mark};
use crate::map::grown::{Grown, PLACES};
use crate::map::slab::Slab;
use crate::primitive::prefetch;
use crate::reclaim::Telemetry;
use crate::reclaim::dead::Limbo;
use crate::reclaim::eras::{Desk, Eras, RECORD};

pub(super) struct Memory<K, V> {
    /// Dropped before the slab: entries that wait in it are in places of that.
    eras: Eras,
    slab: Slab<Entry<K, V>>,
    /// With the same numbers.
    marks: Grown<Mark>,
    /// Likewise, if entries weigh something else than 1, or do not live for ever.
    extras: Grown<Extra>,
    weighs: bool,
    has_extras: bool,
}

impl<K, V> Memory<K, V> {
    /// How many entries are kept. The other places are for those that are put in, or have been taken out and are looked at; if readers keep
    /// all of these, nothing is put in.
    pub(super) const MOST: usize = PLACES / 8 * 7;

    /// Of a cache whose entries weigh something else than 1, or do not live for ever, or not.
    pub(super) fn new(weighs: bool, dies: bool) -> Self {
        let (marks, extras) = (Grown::new(), Grown::new());
        Self { eras: Eras::new(), slab: Slab::new(), marks, extras, weighs, has_extras: weighs || dies }
    }

    #[inline(always)]
    pub(super) fn weighs(&self) -> bool {
        self.weighs
    }

    pub(super) fn eras(&self) -> &Eras {
        &self.eras
    }

    /// The place of a number that was handed out. What is there is not written while it can be reached.
    #[inline(always)]
    pub(super) fn at(&self, number: u32) -> &Entry<K, V> {
        self.slab.at(number)
    }

    /// What the policy writes about the entry there.
    #[inline(always)]
    pub(super) fn mark(&self, number: u32) -> &Mark {
        self.marks.at(number)
    }

    /// What else there is, if entries have weights or lifetimes.
    #[inline(always)]
    pub(super) fn extra(&self, number: u32) -> &Extra {
        self.extras.at(number)
    }

    #[inline(always)]
    pub(super) fn weight(&self, number: u32) -> u32 {
        if self.weighs { self.extra(number).weight() } else { 1 }
    }

    /// A number whose place is empty; none if all are in use, or there is no memory for more.
    #[inline]
    pub(super) fn allocate(&self, desk: &Desk<'_>) -> Option<u32> {
        let number = self.slab.try_allocate_prepared(&self.eras, desk, |number| {
            self.marks.try_ensure_named(number)?;
            if self.has_extras { self.extras.try_ensure_named(number) } else { Ok(()) }
        })?;
        // Who fills a place waits for it, at the latest at the next lock.
        if let Some(next) = self.slab.ahead(desk) {
            prefetch(self.at(next));
            prefetch(self.mark(next));
        }
        Some(number)
    }

    /// Takes a number back whose place is empty.
    pub(super) fn give(&self, number: u32) {
        self.slab.give(number, &self.eras.desk());
    }

    /// Hands an unlinked entry over.
    ///
    /// # Safety
    ///
    /// It was in a table, nobody can reach it from now on, and this is called once; who may use the cache may drop keys and values.
    #[inline]
    pub(super) unsafe fn retire(&self, number: u32, desk: &Desk<'_>) {
        // SAFETY: `finish` empties the place of an entry; promised by the caller.
        let dead = unsafe { self.slab.dead(number, 0, finish::<K, V>) };
        // SAFETY: promised by the caller.
        unsafe { desk.retire(dead) };
    }

    const NEEDS_DROP: bool = needs_drop::<K>() || needs_drop::<V>();

    /// How many unlinked entries a thread keeps before it looks for some whose places can be used again: not many if somebody may wait
    /// for their drops.
    const fn batch() -> usize {
        if cfg!(loom) {
            return 1;
        }
        let size = size_of::<Entry<K, V>>();
        let fit = 16 * 1024 / if size == 0 { 1 } else { size };
        let most = if Self::NEEDS_DROP { 128 } else { 512 };
        if fit < 8 {
            8
        } else if fit > most {
            most
        } else {
            fit
        }
    }

    /// Empties places that nobody looks at, if there may be enough of them. Keys and values are dropped last, without a slot: their
    /// drops may use the cache.
    #[inline]
    pub(super) fn settle(&self, desk: &mut Option<Desk<'_>>) {
        let Some(own) = desk else { return };
        if let Some(ready) = own.collect(Self::batch()) {
            self.finish(ready, desk);
        }
    }

    #[cold]
    fn finish(&self, ready: Limbo, desk: &mut Option<Desk<'_>>) {
        match desk {
            Some(desk) if !Self::NEEDS_DROP => {
                ready.finish(false, |number| self.slab.give(number, desk));
            }
            _ => {
                *desk = None;
                ready.finish(true, |number| self.give(number));
            }
        }
    }

    /// Takes over what free slots have in limbo, and drops what nobody looks at; tells how much.
    pub(super) fn reclaim(&self) -> usize {
        let desk = self.eras.desk();
        let ready = desk.collect_all(&|_| 0);
        let count = ready.numbered();
        self.finish(ready, &mut Some(desk));
        count
    }

    pub(super) fn telemetry(&self, live: usize) -> Telemetry {
        let slots = self.eras.slots();
        let extra = if self.has_extras { size_of::<Extra>() } else { 0 };
        Telemetry {
            live,
            retired: self.eras.garbage(),
            bound: slots * Self::batch(),
            slots,
            object_bytes: size_of::<Entry<K, V>>() + size_of::<Mark>() + extra + RECORD,
        }
    }
}

/// Drops the key and the value of an entry.
///
/// # Safety
///
/// `object` is an entry that is the caller's.
unsafe fn finish<K, V>(object: *mut (), _: u32) {
    // SAFETY: promised by the caller; entries' memory stays.
    let entry = unsafe { &*object.cast::<Entry<K, V>>() };
    // SAFETY: it was published, so it is full; promised by the caller.
    drop(unsafe { entry.take() });
}

impl<K, V> core::fmt::Debug for Memory<K, V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}
