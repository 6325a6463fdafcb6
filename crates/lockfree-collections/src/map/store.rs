//! What the map is made of: a table of buckets, and the memory of the entries.
//!
//! **Source.** The bucket of one cache line whose header is changed by compare-exchange, with removed entries' places used again at once,
//! is that of Kondguli et al., "DLHT: A Non-blocking Resizable Hashtable with Fast Deletes and Memory-awareness" (2024), after CLHT (David,
//! Guerraoui and Trigonakis, 2015). Differences: places name entries in memory of the map's, so that references to them can be given out,
//! and replacing and removing is one compare-exchange of a place's word; tags of the hashes tell entries apart without looking at them;
//! a bucket has any number of lines; nobody waits for who moves a bucket, since several may move it at once and do the same (after
//! Cliff Click's table that moves by copying); memory is reclaimed by eras ([`crate::reclaim`]).
//!
//! ```text
//! root --> table { lines[2^bits] } --next--> the one it is being moved into, or null
//!            line { header, tags, words[10] } --link, if closed--> line --> ...
//!                                    word --> entry { key, value } of the slab
//! ```
//!
//! **Invariants.**
//! - I1: an entry is written before its number is in a word that counts; then it stays as it is until the number is in none and no
//!   guard is on it. A word counts if the header says that its place is filled, and it is not `DEAD`.
//! - I2: a place comes to be filled by [`Line::publish`], of one who has claimed it when it was not, or was dead: this adds one to
//!   the header's version. A word that counts changes by compare-exchange: to another entry of the same key, to `DEAD`, or to itself
//!   with `FROZEN_WORD`, after which it stays.
//! - I3: into a bucket comes an entry only in its last line, the one that is not closed; and only if since that line's header was read
//!   nothing else has come into it, and it was not closed. So no two entries that count in a bucket have equal keys.
//! - I4: a frozen line stays as it is, but for words that are not frozen yet; these are frozen before their entry is moved.
//!   A bucket of the next table is not touched but by who moves entries into it, until the bucket they come from is `MOVED`. What these
//!   write is the same whoever does it, down to the places, and only where there was zero, which is never there again.
//! - I5: the next table has no next one before it is the root; it becomes the root when all buckets are `MOVED`. The one before is
//!   retired by who made it so.
//! - I6: a new entry may take over the key of the one whose place it takes, if keys of the type stay ([`super::kept`]): the one before is then
//!   finished without its key, which lasts as long as the new one. So that whoever is on the one before keeps the new one, too, the new
//!   one counts as born no later than that, or than the floor of [`crate::reclaim`]'s eras.
//!
//! **Why a reader is safe** (E4 of [`crate::reclaim`]'s eras). It came to a table that was the root, or next to it, since its fence: it
//! begins at the root again whenever it has announced an era. It follows a word of a bucket that was not `MOVED`, as it has read since
//! that fence, and of a place that counted when the word was read: so the entry was in the map then, or, if the bucket has been moved
//! meanwhile, at the time when that began. What the root or the next one leads to is retired later than they were reached. An entry
//! counts as born with the segment that it is in, which is never too late; who puts one into the map has announced that era, and may be
//! shown it. The key of an entry that has passed it on is dropped with a later entry (I6), which dies later; and whose birth all guards
//! reach that are on the former: as they do that of the entry that they are on, or what was born by the floor, and so by induction.
//!
//! **Linearization points.** Adding a key: the compare-exchange of the header. Replacing, removing: that of the word. Finding: the read of
//! the word; if the bucket is moved by then, the moment when it began to be, or that of reading the header, whichever is later.
//! Not finding: the read of the last line's header; likewise.
//!
//! **Progress.** Lock-free. A claim, or its publication, fails if another one has succeeded, or the line was closed or frozen, which
//! happens once. A claim of a thread that is stopped takes a place, not the line. Whoever finds a frozen bucket can move it alone.
//! Keys are found in constant time on average if the hashes are spread, in time linear in the entries that share a hash.
//!
//! **Limit.** A version has 40 bits (20 where pointers have 32): a thread that is stopped between reading a header and changing it, while
//! an exact multiple of 2^40 entries come into that very line, may take it for unchanged.
//!
//! **What is checked.** `tests/loom_map`: two and three threads, buckets of two places, two of which become four; each operation beside a
//! bucket on its way; batches of one; weakened twins. `tests/loom_stalled.rs`: a thread stopped at each access, also of a move. `tests/stress_map.rs`: recorded histories of native
//! threads. `tests/it/map`: against the map of `std`.

use alloc::alloc::handle_alloc_error;
use core::alloc::Layout;
use core::mem::needs_drop;
use core::ptr;

use super::entry::Entry;
use super::guard::Guard;
use super::line::{DEAD, FROZEN_WORD, Header, Line};
use super::slab::Slab;
use super::table::{SMALLEST, Table, bits_for};
use crate::primitive::{AtomicPtr, ord};
use crate::reclaim::Count;
use crate::reclaim::dead::{Limbo, bare_for};
use crate::reclaim::eras::{BARE_RECORD, Desk, Eras, RECORD};

pub(super) struct Store<K, V> {
    root: AtomicPtr<Table>,
    /// For so many entries the first table is made.
    wanted: usize,
    /// Dropped before the slab: entries that wait in it are in places of that.
    eras: Eras,
    pub(super) slab: Slab<Entry<K, V>>,
}

// SAFETY: the store owns keys and values, and gives them away or drops them.
unsafe impl<K: Send, V: Send> Send for Store<K, V> {}
// SAFETY: threads that share the store get references to the same keys and values, and drop what others made.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Store<K, V> {}

/// An entry, and where it was found.
pub(super) struct Found<'g, K, V> {
    pub(super) entry: &'g Entry<K, V>,
    pub(super) line: &'g Line,
    pub(super) place: usize,
    pub(super) word: u32,
}

impl<K, V> Clone for Found<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Found<'_, K, V> {}

/// What a look at a line says.
pub(super) enum Look<'g, K, V> {
    Found(Found<'g, K, V>),
    Absent,
    /// Something came into the line meanwhile.
    Changed,
    /// The era has advanced meanwhile.
    NewEra,
}

/// The hash of a key, when its entry is moved.
pub(super) type Rehash<'a, K> = &'a dyn Fn(&K) -> u64;

/// In the number of a dead entry: its value was moved out.
pub(super) const GONE: u32 = 1 << 31;

impl<K, V> Store<K, V> {
    /// How many dead entries a slot keeps before it looks for some that can be dropped; such as have nothing to drop count as fewer, by [`bare_for`].
    pub(super) const fn batch() -> usize {
        if cfg!(loom) {
            return 1;
        }
        let size = size_of::<Entry<K, V>>();
        let fit = 12 * 1024 / if size == 0 { 1 } else { size };
        if fit < 8 {
            8
        } else if fit > 1024 {
            1024
        } else {
            fit
        }
    }

    /// How many that are at most.
    pub(super) const fn most() -> usize {
        if needs_drop::<K>() && needs_drop::<V>() { Self::batch() } else { bare_for(Self::batch()) }
    }

    /// What a dead entry takes beyond itself.
    pub(super) const fn record() -> usize {
        if needs_drop::<(K, V)>() { RECORD } else { BARE_RECORD }
    }

    pub(super) fn new(wanted: usize) -> Self {
        Self { root: AtomicPtr::new(ptr::null_mut()), wanted, eras: Eras::new(), slab: Slab::new() }
    }

    #[inline]
    pub(super) fn eras(&self) -> &Eras {
        &self.eras
    }

    #[inline(always)]
    fn root(&self) -> *mut Table {
        // ord[M67] Acquire: the table is initialised, and all of the one before is moved into it; pairs with M68, M70.
        self.root.load(ord!(M67, Acquire))
    }

    pub(super) fn is_started(&self) -> bool {
        !self.root().is_null()
    }

    /// The root, if the era is still what it was; it is made if there is none.
    #[inline(always)]
    pub(super) fn table(&self, era: usize) -> Option<&Table> {
        self.table_for(self.wanted, era)
    }

    /// The root, likewise; if there is none, one for so many entries is made, or for as many as there is memory for.
    #[inline(always)]
    pub(super) fn table_for(&self, entries: usize, era: usize) -> Option<&Table> {
        let root = self.root();
        let root = if root.is_null() { self.start(entries) } else { root };
        // SAFETY: a table that is, or was, the root; if the era has not advanced, it is kept.
        (self.eras.now() == era).then(|| unsafe { &*root })
    }

    /// Makes the first table.
    #[cold]
    #[inline(never)]
    fn start(&self, entries: usize) -> *mut Table {
        let now = self.eras.now();
        let bits = bits_for(entries).unwrap_or(SMALLEST);
        let fresh = Table::new(bits, now).or_else(|| Table::new(SMALLEST, now));
        let fresh = fresh.unwrap_or_else(|| handle_alloc_error(Layout::new::<[Line; 1 << SMALLEST]>()));
        // ord[M68] Release: publishes the table; pairs with M67, M69.
        // ord[M69] Acquire: another thread was first, and its table is used; pairs with M68, M70.
        match self.root.compare_exchange(ptr::null_mut(), fresh, ord!(M68, Release), ord!(M69, Acquire)) {
            Ok(_) => fresh,
            Err(first) => {
                // SAFETY: just made, and not published.
                unsafe { Table::free(fresh) };
                first
            }
        }
    }

    /// Puts the next table in the place of `table`, all of which is moved; retires that.
    pub(super) fn succeed(&self, table: &Table, next: &Table, desk: &Desk<'_>) {
        let (old, new) = ((&raw const *table).cast_mut(), (&raw const *next).cast_mut());
        // ord[M70] Release: all that was moved is there; pairs with M67, M69.
        // ord[M71] Relaxed: another thread was first; pairs with none.
        if self.root.compare_exchange(old, new, ord!(M70, Release), ord!(M71, Relaxed)).is_ok() {
            next.settle();
            // SAFETY: `finish` frees tables; nothing of the user's is in one.
            let dead = unsafe { crate::reclaim::dead::Dead::new(old.cast(), 0, table.born(), finish::<K, V>) };
            // SAFETY: I5, no longer the root, as this thread has seen to.
            unsafe { desk.retire(dead) };
        }
    }

    /// Looks for a key in one line. If `AT_ONCE`, any change of its header will do for giving up, and so does a frozen word: what is found
    /// is in no bucket that was moved.
    #[inline(always)]
    pub(super) fn look<'g, const AT_ONCE: bool>(
        &'g self,
        line: &'g Line,
        header: Header,
        tag: usize,
        is_key: &mut impl FnMut(&K) -> bool,
        era: usize,
    ) -> Look<'g, K, V> {
        let mut candidates = line.candidates(tag);
        while candidates != 0 {
            let place = Line::place_of(candidates);
            candidates &= candidates - 1;
            if !header.is_filled(place) {
                continue;
            }
            let word = line.word(place);
            if word >= DEAD {
                if is_dead(word) {
                    continue;
                }
                if AT_ONCE {
                    return Look::Changed;
                }
            }
            let again = line.header_again();
            if header != again && (AT_ONCE || !header.agrees(again, place)) {
                return Look::Changed;
            }
            if self.eras.now() != era {
                return Look::NewEra;
            }
            let entry = self.slab.at(word & !FROZEN_WORD);
            if is_key(entry.key()) {
                return Look::Found(Found { entry, line, place, word });
            }
        }
        Look::Absent
    }

    /// Looks for a key, for a reader. None if something happens meanwhile, or the bucket is elsewhere.
    #[inline(always)]
    pub(super) fn find_at_once<'g>(
        &'g self,
        hash: u64,
        mut is_key: impl FnMut(&K) -> bool,
        guard: &'g impl Guard,
    ) -> Option<Option<&'g Entry<K, V>>> {
        let era = guard.begin();
        let root = self.root();
        if root.is_null() {
            return Some(None);
        }
        if self.eras.now() != era {
            return None;
        }
        // SAFETY: a table that is, or was, the root; if the era has not advanced, it is kept.
        let table = unsafe { &*root };
        let mut line = table.home(hash);
        loop {
            let header = line.header();
            match self.look::<true>(line, header, super::table::tag(hash), &mut is_key, era) {
                Look::Found(found) => return Some(Some(found.entry)),
                Look::Absent if header.is_last() => return Some(None),
                Look::Absent if header.is_moved() => return None,
                Look::Absent => line = table.behind(line),
                Look::Changed | Look::NewEra => return None,
            }
        }
    }

    /// Looks for a key, for a reader.
    pub(super) fn find<'g>(
        &'g self,
        hash: u64,
        mut is_key: impl FnMut(&K) -> bool,
        guard: &'g impl Guard,
        rehash: Rehash<'_, K>,
    ) -> Option<&'g Entry<K, V>> {
        'again: loop {
            let era = guard.begin();
            if !self.is_started() {
                return None;
            }
            let Some(mut table) = self.table(era) else {
                guard.raise();
                continue;
            };
            let mut line = table.home(hash);
            let mut header = line.header();
            while header.is_moved() {
                let Some(next) = self.forward(table, hash, era, &guard.desk(), rehash) else {
                    guard.raise();
                    continue 'again;
                };
                table = next;
                line = table.home(hash);
                header = line.header();
            }
            loop {
                match self.look::<false>(line, header, super::table::tag(hash), &mut is_key, era) {
                    Look::Found(found) => return Some(found.entry),
                    Look::Absent if header.is_closed() => line = table.behind(line),
                    Look::Absent => return None,
                    Look::Changed => continue 'again,
                    Look::NewEra => {
                        guard.raise();
                        continue 'again;
                    }
                }
                header = line.header();
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        // Entries are counted after they were added, so one may be counted as removed before.
        let removed = self.eras.total(Count::Removed);
        self.eras.total(Count::Added).saturating_sub(removed)
    }

    /// Finishes what can be finished, when an operation is over: a value's `drop` may use the map.
    #[inline]
    pub(super) fn settle(&self, desk: &Desk<'_>) {
        if desk.is_due(Self::batch()) {
            self.finish(desk.collect_bare(&|number| self.slab.born(number)), desk);
        }
    }

    /// Drops the removed entries that no guard needs; tells how many.
    pub(super) fn reclaim(&self) -> usize {
        let desk = self.eras.desk();
        let ready = desk.collect_all(&|number| self.slab.born(number));
        let count = ready.numbered();
        self.finish(ready, &desk);
        count
    }

    #[cold]
    fn finish(&self, mut ready: Limbo, desk: &Desk<'_>) {
        for numbers in ready.bare() {
            self.slab.give_all(numbers, desk);
        }
        ready.finish(true, |number| self.slab.give(number & !GONE, desk));
    }

    /// The two tables, through an exclusive borrow; null where there is none.
    pub(super) fn tables(&mut self) -> [*mut Table; 2] {
        let root = self.root();
        if root.is_null() {
            return [root; 2];
        }
        // SAFETY: the root lives as long as the store.
        [root, unsafe { &*root }.next()]
    }
}

impl<K, V> Drop for Store<K, V> {
    fn drop(&mut self) {
        /// Goes on when the drop of an entry has panicked.
        struct Rest<'a, K, V>(&'a mut Store<K, V>, super::drain::Walk);

        impl<K, V> Rest<'_, K, V> {
            fn run(&mut self) {
                while let Some(number) = self.1.next_number(self.0) {
                    // SAFETY: it was in the map, and nobody uses that any more.
                    unsafe { self.0.slab.at(number).drop_pair() };
                }
            }
        }

        impl<K, V> Drop for Rest<'_, K, V> {
            fn drop(&mut self) {
                self.run();
                for table in self.0.tables() {
                    if !table.is_null() {
                        // SAFETY: nobody uses it any more; those before it were retired.
                        unsafe { Table::free(table) };
                    }
                }
            }
        }

        Rest(self, super::drain::Walk::default()).run();
    }
}

/// Whether the word of a place says that its entry was removed.
#[cold]
fn is_dead(word: u32) -> bool {
    word & !FROZEN_WORD == DEAD
}

/// Drops a dead entry, or frees a table.
///
/// # Safety
///
/// `object` is of that number, and nobody uses it any more.
pub(super) unsafe fn finish<K, V>(object: *mut (), number: u32) {
    if number == 0 {
        // SAFETY: promised by the caller; what has no number is a table.
        return unsafe { Table::free(object.cast()) };
    }
    // SAFETY: promised by the caller; what has a number is an entry, and entries' memory stays.
    let entry = unsafe { &*object.cast::<Entry<K, V>>() };
    if number & GONE != 0 {
        // SAFETY: promised by the caller, and marked so when the value was taken.
        unsafe { entry.drop_key() };
    } else {
        // SAFETY: promised by the caller.
        unsafe { entry.drop_pair() };
    }
}

/// Drops the value of a dead entry, of which another one has the key.
///
/// # Safety
///
/// `object` is the entry of that number, as [`Entry::drop_value`] asks for.
pub(super) unsafe fn finish_value<K, V>(object: *mut (), _: u32) {
    // SAFETY: promised by the caller; entries' memory stays.
    let entry = unsafe { &*object.cast::<Entry<K, V>>() };
    // SAFETY: promised by the caller.
    unsafe { entry.drop_value() };
}
