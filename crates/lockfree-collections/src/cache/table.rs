//! The table of a shard: where the entry of a hash is.
//!
//! **Source.** Linear probing without tombstones (Knuth, The Art of Computer Programming, volume 3, algorithm R): what is removed leaves no
//! trace, the entries behind it move up. One thread at a time changes a table, the one that holds the shard's lock; any number read it
//! without a lock.
//!
//! ```text
//! place: null, or a pointer to an entry with four bits of its hash below
//! ```
//!
//! **Invariants.**
//! - T1: from the place that its hash chooses to the one where an entry is, no place is null; at rest, each entry is in one place.
//! - T2: an entry that moves is in its new place before it leaves the old one. `version` is odd while entries move, and otherwise counts
//!   how often some have.
//! - T3: a table is replaced as a whole by a larger one, or an empty one; after that it does not change any more.
//! - T4: an entry leaves the table, or the table is left by all who look for one, before it is retired.
//!
//! **Linearization.** A reader that finds the entry in a place: the reading of that place; or, in a table that has been replaced meanwhile,
//! the moment before that. A reader that meets null and the same even version before and behind: when it reads the null; no entry
//! has moved past it. If entries move time and again it gives up after [`TRIES`], and answers as if the key were not there.
//!
//! **Progress.** Readers are wait-free but for eras that advance, for which others have removed.
//!
//! **Reclamation.** Tables and entries by the eras of [`crate::reclaim`]. Its E4: what is in a table was in it when the reader read its
//! place, or when the table was replaced, which was after the reader had read the pointer to it, after its fence.

use alloc::boxed::Box;
use core::ptr;

use super::entry::{Entry, Handle};
use crate::primitive::{Alive, AtomicPtr, AtomicUsize, Backoff, Plain, ord};
use crate::reclaim::dead::Dead;
use crate::reclaim::eras::{Eras, Pinned};

type Place<K, V> = AtomicPtr<Entry<K, V>>;

pub(super) struct Table<K, V> {
    places: Box<[Place<K, V>]>,
    /// The low bits of the hash of what is in each place, for who holds the lock: to move an entry it need not be looked at.
    homes: Box<[Plain<u32>]>,
    version: AtomicUsize,
    born: usize,
    alive: Alive,
}

/// Places of the first table of a shard.
const FIRST: usize = if cfg!(loom) { 4 } else { 16 };
/// How often a reader begins again because entries have moved. In a model it does until they rest: so that a model can tell what is
/// missed for that reason from what is missed for none.
const TRIES: usize = if cfg!(loom) { usize::MAX } else { 16 };
/// Bits of a pointer to an entry that are zero.
const TAG: usize = 15;

/// The bits of a hash that stand with the pointer.
#[inline]
fn tag(hash: u64) -> usize {
    (hash >> 54) as usize & TAG
}

#[inline]
fn tagged<K, V>(handle: Handle<K, V>, hash: u64) -> *mut Entry<K, V> {
    handle.as_ptr().map_addr(|address| address | tag(hash))
}

#[inline]
fn untagged<K, V>(word: *mut Entry<K, V>) -> Option<Handle<K, V>> {
    let entry = word.map_addr(|address| address & !TAG);
    // SAFETY: places hold null and pointers to entries.
    (!entry.is_null()).then(|| unsafe { Handle::from_ptr(entry) })
}

impl<K, V> Table<K, V> {
    /// A table for so many entries, born in this era.
    pub(super) fn new(entries: usize, born: usize) -> Box<Self> {
        let places = (entries * 8 / 5 + 1).next_power_of_two().max(FIRST);
        let homes = (0..places).map(|_| Plain::new(0)).collect();
        let places = (0..places).map(|_| AtomicPtr::new(ptr::null_mut())).collect();
        Box::new(Self { places, homes, version: AtomicUsize::new(0), born, alive: Alive::new() })
    }

    /// Whether one more entry would make the ways too long.
    pub(super) fn is_full(&self, entries: usize) -> bool {
        (entries + 1) * 8 > self.places.len() * 5
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    fn mask(&self) -> usize {
        self.places.len() - 1
    }

    /// All places a look-up may go to, in order.
    fn way(&self, hash: u64) -> impl Iterator<Item = usize> + use<K, V> {
        let mask = self.mask();
        (0..=mask).map(move |step| (hash as u32 as usize).wrapping_add(step) & mask)
    }

    /// Looks for an entry, for a reader.
    ///
    /// # Safety
    ///
    /// The table is what `current` led to at some time since the guard was made.
    #[inline]
    pub(super) unsafe fn find<'g>(
        current: &AtomicPtr<Self>,
        hash: u64,
        mut is_key: impl FnMut(&K) -> bool,
        pinned: &'g Pinned<'_>,
    ) -> Option<&'g Entry<K, V>> {
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
                let word = table.places[place].load(ord!(CT5, Acquire));
                let Some(handle) = untagged(word) else { break };
                if word.addr() & TAG != tag(hash) {
                    continue;
                }
                if eras.now() != era {
                    pinned.raise();
                    continue 'again;
                }
                // SAFETY: the era was announced, and is the era still; E4 is above.
                let entry = unsafe { handle.get() };
                if entry.hash() == hash && is_key(entry.key()) {
                    return Some(entry);
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

    /// The place of an entry for which `is_it`, for who holds the lock.
    fn place(&self, hash: u64, mut is_it: impl FnMut(Handle<K, V>) -> bool) -> Option<usize> {
        for place in self.way(hash) {
            let word = self.word(place);
            let handle = untagged(word)?;
            if word.addr() & TAG == tag(hash) && is_it(handle) {
                return Some(place);
            }
        }
        None
    }

    fn word(&self, place: usize) -> *mut Entry<K, V> {
        // ord[CT11] Relaxed: written under the lock that the caller holds; pairs with none.
        self.places[place].load(ord!(CT11, Relaxed))
    }

    /// Where the way of what is in a place begins, for who holds the lock.
    fn home(&self, place: usize) -> usize {
        // SAFETY: read and written under the lock only.
        self.homes[place].with(|home| unsafe { *home }) as usize
    }

    fn set_home(&self, place: usize, home: u32) {
        // SAFETY: as in `home`.
        self.homes[place].with_mut(|place| unsafe { *place = home });
    }

    /// The entry in a place, for who holds the lock.
    pub(super) fn at(&self, place: usize) -> Option<Handle<K, V>> {
        untagged(self.word(place))
    }

    /// Looks for an entry, for who holds the lock.
    pub(super) fn get(&self, hash: u64, mut is_key: impl FnMut(&K) -> bool) -> Option<Handle<K, V>> {
        let place = self.place(hash, |handle| {
            // SAFETY: T4, and the lock is held.
            let entry = unsafe { handle.get() };
            entry.hash() == hash && is_key(entry.key())
        })?;
        self.at(place)
    }

    /// Whether this very entry is there. The caller holds the lock.
    pub(super) fn find_entry(&self, entry: &Entry<K, V>) -> Option<Handle<K, V>> {
        let place = self.place(entry.hash(), |other| core::ptr::eq(other.as_ptr(), entry))?;
        self.at(place)
    }

    /// Puts an entry in, for whose key there is none. The caller holds the lock, and there is room.
    pub(super) fn add(&self, handle: Handle<K, V>, hash: u64) {
        let place = self.way(hash).find(|place| self.word(*place).is_null()).expect("a table has room");
        self.set_home(place, hash as u32);
        // ord[CT6] Release: publishes the entry; pairs with CT5.
        self.places[place].store(tagged(handle, hash), ord!(CT6, Release));
    }

    /// Puts an entry in the place of another, of the same key. The caller holds the lock.
    pub(super) fn replace(&self, old: Handle<K, V>, new: Handle<K, V>, hash: u64) {
        if let Some(place) = self.place(hash, |other| other == old) {
            // ord[CT7] Release: as CT6; pairs with CT5.
            self.places[place].store(tagged(new, hash), ord!(CT7, Release));
        }
    }

    /// Takes an entry out, and moves those behind it up. The caller holds the lock.
    pub(super) fn remove(&self, handle: Handle<K, V>, hash: u64) {
        let Some(mut hole) = self.place(hash, |other| other == handle) else { return };
        // ord[CT12] Relaxed: written under the lock; pairs with none.
        let version = self.version.load(ord!(CT12, Relaxed));
        let mut moved = false;
        let mut place = hole;
        loop {
            place = (place + 1) & self.mask();
            let word = self.word(place);
            if word.is_null() {
                break;
            }
            let home = self.home(place);
            // How far it is from where it would be best, and from the hole.
            if place.wrapping_sub(home) & self.mask() < place.wrapping_sub(hole) & self.mask() {
                continue;
            }
            if !moved {
                moved = true;
                // ord[CT13] Relaxed: seen by whoever sees a move, by CT8 and CT9; pairs with none.
                self.version.store(version.wrapping_add(1), ord!(CT13, Relaxed));
            }
            // ord[CT8] Release: publishes the entry again, with the version; pairs with CT5.
            self.places[hole].store(word, ord!(CT8, Release));
            self.set_home(hole, home as u32);
            hole = place;
        }
        // ord[CT9] Release: brings the version to who finds nothing here; pairs with CT5.
        self.places[hole].store(ptr::null_mut(), ord!(CT9, Release));
        if moved {
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
        unsafe { Dead::new(table.cast(), 1, born, finish::<K, V>) }
    }
}

/// Frees a table, not the entries.
///
/// # Safety
///
/// `object` is a table that is the caller's.
unsafe fn finish<K, V>(object: *mut (), _: u32) {
    // SAFETY: promised by the caller.
    let table = unsafe { Box::from_raw(object.cast::<Table<K, V>>()) };
    table.alive.end();
}

/// The pointer of a shard to its table, for who holds the lock.
pub(super) struct Current<K, V>(AtomicPtr<Table<K, V>>);

impl<K, V> Current<K, V> {
    pub(super) fn new(eras: &Eras) -> Self {
        Self(AtomicPtr::new(Box::into_raw(Table::new(0, eras.now()))))
    }

    pub(super) fn pointer(&self) -> &AtomicPtr<Table<K, V>> {
        &self.0
    }

    /// The table, for who holds the lock.
    ///
    /// # Safety
    ///
    /// The caller holds the lock during `'a`, and does not replace the table meanwhile.
    pub(super) unsafe fn get<'a>(&self) -> &'a Table<K, V> {
        // ord[CT14] Relaxed: written under the lock; pairs with none.
        let table = self.0.load(ord!(CT14, Relaxed));
        // SAFETY: not retired before it is replaced, which is under the lock.
        unsafe { &*table }
    }

    /// Replaces the table, and returns the old one, to be retired. The caller holds the lock.
    pub(super) fn replace(&self, table: Box<Table<K, V>>) -> *mut Table<K, V> {
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
        unsafe { finish::<K, V>(table.cast(), 1) };
    }
}
