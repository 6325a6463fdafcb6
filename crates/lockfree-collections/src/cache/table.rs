//! The table of a shard: where the entry of a hash is.
//!
//! **Source.** Linear probing without tombstones (Knuth, The Art of Computer Programming, volume 3, algorithm R): what is removed leaves no
//! trace, the entries behind it move up. One thread at a time changes a table, the one that holds the shard's lock; any number read it
//! without a lock.
//!
//! ```text
//! place: 0, or the number of an entry and the low half of its hash, in which the place is that it would best be in
//! ```
//!
//! **Invariants.**
//! - T1: from the place that its hash chooses to the one where an entry is, no place is empty; at rest, each entry is in one place.
//! - T2: an entry that moves is in its new place before it leaves the old one. `version` is odd while entries move, and otherwise counts
//!   how often some have.
//! - T3: a table is replaced as a whole by a larger one, or an empty one; after that it does not change any more.
//! - T4: an entry leaves the table, or the table is left by all who look for one, before it is retired.
//!
//! **Linearization.** A reader that finds the entry in a place: the reading of that place; or, in a table that has been replaced meanwhile,
//! the moment before that. A reader that meets an empty place and the same even version before and behind: when it reads that; no entry
//! has moved past it. If entries move time and again it gives up after [`TRIES`], and answers as if the key were not there.
//!
//! **Progress.** Readers are wait-free but for eras that advance, for which others have removed.
//!
//! **Reclamation.** Tables and entries by the eras of [`crate::reclaim`]. Its E4: what is in a table was in it when the reader read its
//! place, or when the table was replaced, which was after the reader had read the pointer to it, after its fence.

use alloc::alloc::{Layout, handle_alloc_error};
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::entry::Entry;
use super::memory::Memory;
use crate::primitive::{Alive, AtomicPtr, AtomicU64, AtomicUsize, Backoff, CachePadded, ord, prefetch};
use crate::reclaim::dead::Dead;
use crate::reclaim::eras::Pinned;

pub(super) struct Table {
    /// A power of two.
    places: Box<[AtomicU64]>,
    /// Not beside what every look-up needs, since it changes with one removal in three.
    version: CachePadded<AtomicUsize>,
    born: usize,
    alive: Alive,
}

/// Places of the first table of a shard.
const FIRST: usize = if cfg!(loom) { 4 } else { 16 };
/// How often a reader begins again because entries have moved. In a model it does until they rest: so that a model can tell what is
/// missed for that reason from what is missed for none.
const TRIES: usize = if cfg!(loom) { usize::MAX } else { 16 };

#[inline(always)]
fn word(number: u32, hash: u64) -> u64 {
    u64::from(number) << 32 | hash & u64::from(u32::MAX)
}

/// The number in a place; 0 if that is empty.
#[inline(always)]
fn number(word: u64) -> u32 {
    (word >> 32) as u32
}

/// Whether it may be an entry of this hash that is in a place.
#[inline(always)]
fn is_like(word: u64, hash: u64) -> bool {
    word as u32 == hash as u32
}

impl Table {
    /// A table for so many entries, born in this era.
    pub(super) fn new(entries: usize, born: usize) -> Box<Self> {
        Self::try_new(entries, born).unwrap_or_else(|| handle_alloc_error(Layout::new::<[AtomicU64; FIRST]>()))
    }

    /// Likewise, if there is memory for it.
    fn try_new(entries: usize, born: usize) -> Option<Box<Self>> {
        let wanted = (entries.checked_mul(8)? / 5 + 1).checked_next_power_of_two()?.max(FIRST);
        let mut places = Vec::new();
        places.try_reserve_exact(wanted).ok()?;
        places.extend((0..wanted).map(|_| AtomicU64::new(0)));
        let places = places.into_boxed_slice();
        Some(Box::new(Self { places, version: CachePadded::new(AtomicUsize::new(0)), born, alive: Alive::new() }))
    }

    /// Whether one more entry would make the ways too long.
    #[inline]
    pub(super) fn is_full(&self, entries: usize) -> bool {
        (entries + 1) * 8 > self.places.len() * 5
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    #[inline(always)]
    fn mask(&self) -> usize {
        self.places.len() - 1
    }

    /// All places a look-up may go to, in order; [`Table::at`] takes them round.
    #[inline(always)]
    fn way(&self, hash: u64) -> core::ops::Range<usize> {
        let home = hash as usize & self.mask();
        home..home + self.places.len()
    }

    #[inline(always)]
    fn at(&self, place: usize) -> &AtomicU64 {
        &self.places[place & self.mask()]
    }

    /// Looks for an entry, for a reader.
    ///
    /// # Safety
    ///
    /// The table is what `current` led to at some time since the guard was made, and entries are in `memory`.
    #[inline]
    pub(super) unsafe fn find<'g, K, V>(
        current: &AtomicPtr<Self>,
        memory: &'g Memory<K, V>,
        hash: u64,
        mut is_key: impl FnMut(&K) -> bool,
        pinned: &'g Pinned<'_>,
    ) -> Option<(u32, &'g Entry<K, V>)> {
        let eras = pinned.eras();
        let mut tries = 0;
        'again: loop {
            let era = pinned.upper();
            // ord[CT1] Acquire: the table is initialised, and was born before; pairs with CT2.
            let table = current.load(ord!(CT1, Acquire));
            if eras.now() != era {
                pinned.raise();
                continue;
            }
            // SAFETY: the era was announced, and is the era still; tables are retired when they have been replaced.
            let table = unsafe { &*table };
            table.alive.touch();
            // ord[CT3] Acquire: the moves that it counts are seen; pairs with CT4.
            let version = table.version.load(ord!(CT3, Acquire));
            for place in table.way(hash) {
                // ord[CT5] Acquire: the entry is initialised, and was born before; with a place that was left the version of the move is seen; pairs with CT6, CT7, CT8, CT9.
                let word = table.at(place).load(ord!(CT5, Acquire));
                if word == 0 {
                    break;
                }
                if !is_like(word, hash) {
                    continue;
                }
                if eras.now() != era {
                    pinned.raise();
                    continue 'again;
                }
                // The era was announced, and is the era still; E4 is above: so the guard keeps what is there.
                let entry = memory.at(number(word));
                if is_key(entry.key()) {
                    return Some((number(word), entry));
                }
            }
            // ord[CT10] Relaxed: CT5 has brought the version of whatever was seen of a move; pairs with none.
            if version % 2 == 0 && table.version.load(ord!(CT10, Relaxed)) == version || tries == TRIES {
                return None;
            }
            tries += 1;
            if cfg!(loom) { Backoff::new().snooze() } else { Backoff::new().spin() }
        }
    }

    /// An entry of this hash will be looked for.
    #[inline]
    pub(super) fn prefetch(&self, hash: u64) {
        prefetch(self.at(hash as usize));
    }

    /// The place of an entry for which `is_it`, for who holds the lock.
    #[inline]
    fn place(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<usize> {
        for place in self.way(hash) {
            let word = self.word(place);
            if word == 0 {
                return None;
            }
            if is_like(word, hash) && is_it(number(word)) {
                return Some(place & self.mask());
            }
        }
        None
    }

    #[inline(always)]
    fn word(&self, place: usize) -> u64 {
        // ord[CT11] Relaxed: written under the lock that the caller holds; pairs with none.
        self.at(place).load(ord!(CT11, Relaxed))
    }

    /// The entry in a place, for who holds the lock.
    pub(super) fn entry_at(&self, place: usize) -> Option<u32> {
        Some(number(self.word(place))).filter(|number| *number != 0)
    }

    /// Looks for an entry, for who holds the lock.
    #[inline]
    pub(super) fn get<K, V>(
        &self,
        memory: &Memory<K, V>,
        hash: u64,
        mut is_key: impl FnMut(&K) -> bool,
    ) -> Option<u32> {
        let place = self.place(hash, |number| {
            // T4, and the lock is held: nothing is written there.
            is_key(memory.at(number).key())
        })?;
        self.entry_at(place)
    }

    /// Where this very entry is. The caller holds the lock.
    #[inline]
    fn place_of(&self, number: u32, hash: u64) -> Option<usize> {
        let (mut place, sought) = (self.way(hash).start, word(number, hash));
        loop {
            match self.word(place) {
                0 => return None,
                word if word == sought => return Some(place),
                _ => place += 1,
            }
        }
    }

    /// Whether this very entry is there. The caller holds the lock.
    pub(super) fn has(&self, number: u32, hash: u64) -> bool {
        self.place_of(number, hash).is_some()
    }

    /// Puts an entry in, for whose key there is none. The caller holds the lock, and there is room.
    #[inline]
    pub(super) fn add(&self, number: u32, hash: u64) {
        let mut place = self.way(hash).start;
        while self.word(place) != 0 {
            place += 1;
        }
        // ord[CT6] Release: publishes the entry; pairs with CT5.
        self.at(place).store(word(number, hash), ord!(CT6, Release));
    }

    /// Puts an entry in the place of another, of the same key. The caller holds the lock.
    pub(super) fn replace(&self, old: u32, new: u32, hash: u64) {
        if let Some(place) = self.place_of(old, hash) {
            // ord[CT7] Release: as CT6; pairs with CT5.
            self.at(place).store(word(new, hash), ord!(CT7, Release));
        }
    }

    /// Takes an entry out, and moves those behind it up. The caller holds the lock.
    #[inline]
    pub(super) fn remove(&self, number: u32, hash: u64) {
        let Some(mut hole) = self.place_of(number, hash) else { return };
        let mut moved = None;
        let mut place = hole;
        loop {
            place += 1;
            let word = self.word(place);
            if word == 0 {
                break;
            }
            // How far it is from where it would be best, and from the hole.
            if place.wrapping_sub(word as usize) & self.mask() < place.wrapping_sub(hole) & self.mask() {
                continue;
            }
            if moved.is_none() {
                // ord[CT12] Relaxed: written under the lock; pairs with none.
                let version = self.version.load(ord!(CT12, Relaxed));
                moved = Some(version);
                // ord[CT13] Relaxed: seen by whoever sees a move, by CT8 and CT9; pairs with none.
                self.version.store(version.wrapping_add(1), ord!(CT13, Relaxed));
            }
            // ord[CT8] Release: publishes the entry again, with the version; pairs with CT5.
            self.at(hole).store(word, ord!(CT8, Release));
            hole = place;
        }
        // ord[CT9] Release: brings the version to who finds nothing here; pairs with CT5.
        self.at(hole).store(0, ord!(CT9, Release));
        if let Some(version) = moved {
            // ord[CT4] Release: the moves come before; pairs with CT3.
            self.version.store(version.wrapping_add(2), ord!(CT4, Release));
        }
    }

    /// The table as an object to be reclaimed.
    ///
    /// # Safety
    ///
    /// The table came from a box.
    pub(super) unsafe fn dead(table: *mut Self) -> Dead {
        // SAFETY: promised by the caller.
        let born = unsafe { (*table).born };
        // SAFETY: `finish` frees a table; promised by the caller.
        unsafe { Dead::new(table.cast(), 0, born, finish) }
    }
}

/// Frees a table, not the entries.
///
/// # Safety
///
/// `object` is a table that is the caller's.
unsafe fn finish(object: *mut (), _: u32) {
    // SAFETY: promised by the caller.
    let table = unsafe { Box::from_raw(object.cast::<Table>()) };
    table.alive.end();
}

/// The pointer of a shard to its table, for who holds the lock.
pub(super) struct Current(AtomicPtr<Table>);

impl Current {
    /// With a table for so many entries, if there is memory for it.
    pub(super) fn new(entries: usize, era: usize) -> Self {
        let table = Table::try_new(entries, era).unwrap_or_else(|| Table::new(0, era));
        Self(AtomicPtr::new(Box::into_raw(table)))
    }

    pub(super) fn pointer(&self) -> &AtomicPtr<Table> {
        &self.0
    }

    /// The table, for who holds the lock.
    ///
    /// # Safety
    ///
    /// The caller holds the lock during `'a`, and does not replace the table meanwhile.
    #[inline(always)]
    pub(super) unsafe fn get<'a>(&self) -> &'a Table {
        // ord[CT14] Relaxed: written under the lock; pairs with none.
        let table = self.0.load(ord!(CT14, Relaxed));
        // SAFETY: not retired before it is replaced, which is under the lock.
        unsafe { &*table }
    }

    /// Replaces the table, and returns the old one, to be retired. The caller holds the lock.
    pub(super) fn replace(&self, table: Box<Table>) -> *mut Table {
        // ord[CT15] Relaxed: written under the lock; pairs with none.
        let old = self.0.load(ord!(CT15, Relaxed));
        // ord[CT2] Release: publishes the table, and what is in it; pairs with CT1.
        self.0.store(Box::into_raw(table), ord!(CT2, Release));
        old
    }

    /// Frees the table.
    ///
    /// # Safety
    ///
    /// Nobody uses it any more; called once.
    pub(super) unsafe fn free(&self) {
        // ord[CT16] Relaxed: dropping is exclusive; pairs with none.
        let table = self.0.load(ord!(CT16, Relaxed));
        // SAFETY: promised by the caller.
        unsafe { finish(table.cast(), 0) };
    }
}
