//! A table: as many buckets as it was made with, and what is needed to move it into the next one.
//!
//! A bucket is a line, and such as are chained to it. Entries are in the bucket that the highest bits of their hash name; so what is in
//! a bucket goes, when the table is moved into a larger one, to neighbouring buckets there, to which nothing else comes.

use alloc::alloc::Layout;
use alloc::boxed::Box;
use core::ptr::{self, NonNull};

use super::grown::{Grown, Spot, allocate, free};
use super::line::{Line, TAG};
use crate::primitive::{Alive, AtomicPtr, AtomicUsize, deallocate, exposed, ord, whole};

/// The logarithm of the least number of buckets.
pub(super) const SMALLEST: u32 = if cfg!(loom) { 1 } else { 2 };

/// The logarithm of the largest.
const LARGEST: u32 = if cfg!(loom) { 4 } else { 28 };

/// So many entries a bucket has on average when the table is full.
pub(super) const CROWD: usize = if cfg!(loom) {
    1
} else if usize::BITS == 64 {
    8
} else {
    3
};

/// So many buckets are moved at a time.
const CHUNK: usize = if cfg!(loom) { 1 } else { 8 };

pub(super) struct Table {
    lines: NonNull<Line>,
    /// What is left of a hash when the bucket is shifted out of it is this long.
    shift: u32,
    bits: u32,
    /// The era in which the table was made.
    born: u32,
    next: AtomicPtr<Table>,
    /// Where the next chunk to be moved begins, round and round.
    cursor: AtomicUsize,
    /// How many buckets are moved.
    moved: AtomicUsize,
    /// Further lines, and how many of them were handed out; how many of these when the table came to be.
    more: Grown<Line>,
    extended: AtomicUsize,
    at_first: AtomicUsize,
    /// For how many entries there was no memory for a larger table.
    refused: AtomicUsize,
    alive: Alive,
}

/// The tag of a hash.
#[inline(always)]
pub(super) fn tag(hash: u64) -> usize {
    (hash >> 20) as usize & ((1 << TAG) - 1)
}

/// The logarithm of the number of buckets for so many entries.
pub(super) fn bits_for(entries: usize) -> Option<u32> {
    let bits = entries.div_ceil(CROWD).checked_next_power_of_two()?.trailing_zeros().max(SMALLEST);
    (bits <= LARGEST).then_some(bits)
}

impl Table {
    /// A table of `1 << bits` buckets; none if there is no memory for it.
    pub(super) fn new(bits: u32, born: usize) -> Option<*mut Self> {
        if bits > LARGEST {
            return None;
        }
        let lines = allocate(1 << bits)?;
        let table = NonNull::from(Box::leak(Box::new(Self {
            lines,
            shift: u64::BITS - bits,
            bits,
            born: u32::try_from(born).unwrap_or(u32::MAX),
            next: AtomicPtr::new(ptr::null_mut()),
            cursor: AtomicUsize::new(0),
            moved: AtomicUsize::new(0),
            more: Grown::new(),
            extended: AtomicUsize::new(0),
            at_first: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            alive: Alive::new(),
        })));
        Some(exposed(table).as_ptr())
    }

    /// # Safety
    ///
    /// `table` came from `new`, and nobody uses it any more.
    pub(super) unsafe fn free(table: *mut Self) {
        // It may have been published by a reference to it.
        let table = whole(table);
        {
            // SAFETY: promised by the caller.
            let this = unsafe { &*table };
            this.alive.end();
            // SAFETY: as many lines were allocated; the caller's promise is about them, too.
            unsafe { free(this.lines, this.buckets()) };
        }
        // SAFETY: promised by the caller.
        let more = unsafe { &raw mut (*table).more };
        // SAFETY: promised by the caller; what is left are the further lines.
        unsafe { ptr::drop_in_place(more) };
        // SAFETY: it came from a box, and the rest needs no drop.
        unsafe { deallocate(table.cast(), Layout::new::<Self>()) };
    }

    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    pub(super) fn born(&self) -> usize {
        self.born as usize
    }

    pub(super) fn buckets(&self) -> usize {
        1 << self.bits
    }

    /// The bucket of a hash.
    #[inline(always)]
    pub(super) fn bucket(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    /// The first line of a bucket.
    #[inline(always)]
    pub(super) fn line(&self, bucket: usize) -> &Line {
        self.alive.touch();
        debug_assert!(bucket < self.buckets());
        // SAFETY: `bucket` names one of the buckets.
        let line = unsafe { self.lines.add(bucket) };
        // SAFETY: the lines live as long as the table.
        unsafe { line.as_ref() }
    }

    /// The first line of the bucket of a hash.
    #[inline(always)]
    pub(super) fn home(&self, hash: u64) -> &Line {
        self.line(self.bucket(hash))
    }

    /// The line behind a closed one.
    #[inline(always)]
    pub(super) fn behind(&self, line: &Line) -> &Line {
        self.alive.touch();
        let behind = line.behind();
        assert!(!cfg!(loom) || !behind.is_null(), "a line that was never written");
        // SAFETY: a closed line leads to one, which lives as long as the table.
        unsafe { &*behind }
    }

    /// The line that is, or will be, behind `line`.
    pub(super) fn prepare<'a>(&'a self, line: &'a Line) -> &'a Line {
        let behind = line.prepare(|| {
            // ord[M44] Relaxed: a number, given once; pairs with none.
            let spot = Spot::of(self.extended.fetch_add(1, ord!(M44, Relaxed)));
            self.more.ensure(spot);
            (&raw const *self.more.at(spot.name())).cast_mut()
        });
        // SAFETY: lines live as long as the table.
        unsafe { &*behind }
    }

    /// The table that this one is being moved into, or null.
    #[inline(always)]
    pub(super) fn next(&self) -> *mut Self {
        // ord[M45] Acquire: the table is initialised; pairs with M46.
        self.next.load(ord!(M45, Acquire))
    }

    /// Begins to move the table into another one; gives that back if another thread has begun.
    pub(super) fn set_next(&self, next: *mut Self) -> bool {
        // ord[M46] Release: publishes the table; pairs with M45.
        // ord[M47] Relaxed: nothing is read through it; pairs with none.
        self.next.compare_exchange(ptr::null_mut(), next, ord!(M46, Release), ord!(M47, Relaxed)).is_ok()
    }

    /// Some buckets that the caller may move; all of them in turn.
    pub(super) fn chunk(&self) -> core::ops::Range<usize> {
        let size = CHUNK.min(self.buckets());
        // ord[M48] Relaxed: a number; pairs with none.
        let begin = self.cursor.fetch_add(size, ord!(M48, Relaxed)) % self.buckets();
        begin..begin + size
    }

    /// Counts a bucket as moved, which was not before.
    pub(super) fn count_moved(&self) {
        // ord[M49] Release: what was moved is there for who finds that all is; pairs with M50.
        self.moved.fetch_add(1, ord!(M49, Release));
    }

    pub(super) fn is_moved(&self) -> bool {
        // ord[M50] Acquire: all that was moved is there; pairs with M49.
        self.moved.load(ord!(M50, Acquire)) == self.buckets()
    }

    /// Says that the table has taken the last one's place.
    pub(super) fn settle(&self) {
        // ord[M51] Relaxed: a statistic; pairs with none.
        let extended = self.extended.load(ord!(M51, Relaxed));
        // ord[M52] Relaxed: as M51; pairs with none.
        self.at_first.store(extended, ord!(M52, Relaxed));
    }

    /// How large a table for so many entries should be, if this one no longer will do.
    pub(super) fn outgrown(&self, entries: usize) -> Option<u32> {
        // ord[M53] Relaxed: as M51; pairs with none.
        if entries / 2 < self.refused.load(ord!(M53, Relaxed)) {
            return None;
        }
        if entries > self.buckets() * CROWD {
            return Some(self.bits + 1);
        }
        // ord[M54] Relaxed: as M51; pairs with none.
        let at_first = self.at_first.load(ord!(M54, Relaxed));
        // ord[M55] Relaxed: as M51; pairs with none.
        let extended = self.extended.load(ord!(M55, Relaxed));
        // What was removed from a closed line leaves a place that is not used again but in another table.
        (extended > self.buckets() + 2 * at_first).then_some(self.bits)
    }

    /// Says that there was no memory for a larger table.
    pub(super) fn refuse(&self, entries: usize) {
        // ord[M56] Relaxed: as M51; pairs with none.
        self.refused.store(entries.max(1), ord!(M56, Relaxed));
    }
}
