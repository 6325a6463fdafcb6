//! An operation that changes the map: what it needs, and its steps. See [`super::store`].

use core::mem::needs_drop;

use super::entry::Entry;
use super::guard::Guard;
use super::kept;
use super::line::{Claim, FROZEN_WORD, Header, Line, PLAN};
use super::store::{Found, GONE, Look, Rehash, Store, finish, finish_value};
use super::table::{Table, bits_for, tag};
use crate::reclaim::Count;
use crate::reclaim::dead::Finish;
use crate::reclaim::eras::Desk;

pub(super) struct Work<'g, 'h, K, V, G: Guard> {
    store: &'g Store<K, V>,
    guard: &'g G,
    desk: Desk<'g>,
    rehash: Rehash<'h, K>,
}

/// Where a key is, or would be. Passed by value, so that it need not be in memory.
pub(super) struct Place<'g, K, V> {
    hash: u64,
    table: &'g Table,
    /// The line of the key, or the last one of its bucket.
    line: &'g Line,
    /// What that said before it was looked through.
    header: Header,
    found: Option<Found<'g, K, V>>,
    /// The era that was announced then.
    era: usize,
}

impl<K, V> Clone for Place<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Place<'_, K, V> {}

impl<'g, K, V> Place<'g, K, V> {
    pub(super) fn found(&self) -> Option<Found<'g, K, V>> {
        self.found
    }
}

/// An empty place for an entry, which nobody else uses. It is given back if it is not filled.
pub(super) struct Vacant<'w, 'g, 'h, K, V, G: Guard> {
    number: u32,
    work: &'w Work<'g, 'h, K, V, G>,
}

impl<K, V, G: Guard> Drop for Vacant<'_, '_, '_, K, V, G> {
    #[cold]
    fn drop(&mut self) {
        let slab = &self.work.store.slab;
        slab.at(self.number).end();
        slab.give(self.number, &self.work.desk);
    }
}

/// What an operation comes with, and gets back if another one is first.
pub(super) type Back<'w, 'g, 'h, K, V, G> = (Vacant<'w, 'g, 'h, K, V, G>, K, V);

impl<'g, 'h, K, V, G: Guard> Work<'g, 'h, K, V, G> {
    pub(super) fn new(store: &'g Store<K, V>, guard: &'g G, rehash: Rehash<'h, K>) -> Self {
        Self { store, guard, desk: guard.desk(), rehash }
    }

    /// A place for an entry.
    ///
    /// # Panics
    ///
    /// "capacity overflow", if there is none.
    #[inline]
    pub(super) fn vacant(&self) -> Vacant<'_, 'g, 'h, K, V, G> {
        self.reserved(self.store.slab.allocate(self.store.eras(), &self.desk))
    }

    /// Likewise; none if there is no such place, or no memory for it.
    pub(super) fn try_vacant(&self) -> Option<Vacant<'_, 'g, 'h, K, V, G>> {
        self.store.slab.try_allocate(self.store.eras(), &self.desk).map(|number| self.reserved(number))
    }

    #[inline]
    fn reserved(&self, number: u32) -> Vacant<'_, 'g, 'h, K, V, G> {
        self.store.slab.at(number).begin();
        Vacant { number, work: self }
    }

    /// Puts an entry in, and returns the one that it has replaced.
    #[inline]
    pub(super) fn put<'w>(
        &'w self,
        hash: u64,
        mut vacant: Vacant<'w, 'g, 'h, K, V, G>,
        mut key: K,
        mut value: V,
    ) -> Option<&'g Entry<K, V>>
    where
        K: Eq,
    {
        loop {
            let place = self.seek(hash, |other| key == *other);
            let done = match place.found() {
                None => self.add(place, vacant, key, value).map(|_| None),
                Some(found) => self.replace(place, found, vacant, key, value).map(|_| Some(found.entry)),
            };
            match done {
                Ok(old) => return old,
                Err(back) => (vacant, key, value) = back,
            }
        }
    }

    /// Inserts an entry if its key is not there; else gives it back with the one that is.
    #[allow(clippy::type_complexity, reason = "said once, here")]
    pub(super) fn insert_absent(
        &self,
        hash: u64,
        mut key: K,
        mut value: V,
    ) -> Result<&'g Entry<K, V>, (&'g Entry<K, V>, K, V)>
    where
        K: Eq,
    {
        loop {
            let place = self.seek(hash, |other| key == *other);
            if let Some(found) = place.found() {
                return Err((found.entry, key, value));
            }
            match self.add(place, self.vacant(), key, value) {
                Ok(entry) => return Ok(entry),
                Err((_, back, made)) => (key, value) = (back, made),
            }
        }
    }

    /// Inserts an entry if its key is not there, and tells whether it was not; gives it back if there is no place for it.
    pub(super) fn try_insert_absent(&self, hash: u64, mut key: K, mut value: V) -> Result<bool, (K, V)>
    where
        K: Eq,
    {
        loop {
            let place = self.seek(hash, |other| key == *other);
            if place.found().is_some() {
                return Ok(false);
            }
            let Some(vacant) = self.try_vacant() else { return Err((key, value)) };
            match self.add(place, vacant, key, value) {
                Ok(_) => return Ok(true),
                Err((_, back, made)) => (key, value) = (back, made),
            }
        }
    }

    /// Looks for a key, for a reader.
    pub(super) fn find(&self, hash: u64, is_key: impl FnMut(&K) -> bool) -> Option<&'g Entry<K, V>> {
        self.store.find(hash, is_key, self.guard, self.rehash)
    }

    /// Looks for the place of a key.
    #[inline]
    pub(super) fn seek(&self, hash: u64, mut is_key: impl FnMut(&K) -> bool) -> Place<'g, K, V> {
        let tag = tag(hash);
        'again: loop {
            let era = self.guard.begin();
            let Some(mut table) = self.store.table(era) else {
                self.guard.raise();
                continue;
            };
            let mut line = table.home(hash);
            let mut header = line.header();
            loop {
                let mut is_frozen = header.is_frozen();
                if !is_frozen {
                    match self.store.look::<false>(line, header, tag, &mut is_key, era) {
                        Look::Found(found) if found.word & FROZEN_WORD != 0 => is_frozen = true,
                        Look::Found(found) => return Place { hash, table, line, header, found: Some(found), era },
                        Look::Absent if header.is_closed() => line = table.behind(line),
                        Look::Absent => return Place { hash, table, line, header, found: None, era },
                        Look::Changed => {}
                        Look::NewEra => {
                            self.guard.raise();
                            continue 'again;
                        }
                    }
                }
                if is_frozen {
                    let Some(next) = self.store.forward(table, hash, era, &self.desk, self.rehash) else {
                        self.guard.raise();
                        continue 'again;
                    };
                    table = next;
                    line = table.home(hash);
                }
                header = line.header();
            }
        }
    }

    /// The era in which an entry in that place counts as born: the guard keeps it from then on.
    #[inline]
    fn born(&self, place: Place<'g, K, V>, vacant: &Vacant<'_, 'g, 'h, K, V, G>) -> usize {
        let born = self.store.slab.born(vacant.number);
        // The memory may have been made since that era was announced; and the entry is shown to the caller.
        if born > place.era {
            self.guard.raise();
        }
        born
    }

    /// Puts a new entry in the place of none. What it is made of is given back if something has come into the bucket there.
    pub(super) fn add<'w>(
        &'w self,
        place: Place<'g, K, V>,
        vacant: Vacant<'w, 'g, 'h, K, V, G>,
        key: K,
        value: V,
    ) -> Result<&'g Entry<K, V>, Back<'w, 'g, 'h, K, V, G>> {
        self.born(place, &vacant);
        match place.line.claim(place.header) {
            Claim::Overtaken => Err((vacant, key, value)),
            Claim::Full(header) => {
                place.table.prepare(place.line);
                place.line.close(header);
                Err((vacant, key, value))
            }
            Claim::Place(index, claimed) => {
                let entry = self.store.slab.at(vacant.number);
                // SAFETY: the place is empty, and this thread's.
                unsafe { entry.write(key, value) };
                if !place.line.publish(index, claimed, tag(place.hash), vacant.number) {
                    // SAFETY: not published, so it is this thread's.
                    let (key, value) = unsafe { entry.take_back() };
                    return Err((vacant, key, value));
                }
                core::mem::forget(vacant);
                self.desk.count(Count::Added, 1);
                let is_home = core::ptr::eq(place.line, place.table.home(place.hash));
                if !is_home || !place.table.next().is_null() {
                    self.grow();
                }
                Ok(entry)
            }
        }
    }

    /// Puts a new entry in the place of the one that was found there. What it is made of is given back if that has been removed or
    /// replaced.
    #[inline]
    pub(super) fn replace<'w>(
        &'w self,
        place: Place<'g, K, V>,
        found: Found<'g, K, V>,
        vacant: Vacant<'w, 'g, 'h, K, V, G>,
        key: K,
        value: V,
    ) -> Result<&'g Entry<K, V>, Back<'w, 'g, 'h, K, V, G>> {
        let born = self.born(place, &vacant);
        let entry = self.store.slab.at(vacant.number);
        // The birth of the new entry has to stand for that of the one before, too (I6).
        let stays = kept::stays::<K>() && (born <= self.desk.floor() || born <= self.store.slab.born(found.word));
        if stays {
            // SAFETY: the place is empty, and this thread's; and one of the two is emptied without the key, here or by `finish_value`.
            unsafe { entry.write_with_key_of(found.entry, value) };
            if !found.line.replace(found.place, found.word, vacant.number) {
                // SAFETY: not published, so it is this thread's.
                let value = unsafe { entry.take_value_back() };
                return Err((vacant, key, value));
            }
            // SAFETY: unlinked just now, by this thread; the key is the new entry's.
            unsafe { self.retire_by(found, 0, needs_drop::<V>(), finish_value::<K, V>) };
        } else {
            // SAFETY: the place is empty, and this thread's.
            unsafe { entry.write(key, value) };
            if !found.line.replace(found.place, found.word, vacant.number) {
                // SAFETY: not published, so it is this thread's.
                let (key, value) = unsafe { entry.take_back() };
                return Err((vacant, key, value));
            }
            // SAFETY: unlinked just now, by this thread.
            unsafe { self.retire(found, 0) };
        }
        core::mem::forget(vacant);
        Ok(entry)
    }

    /// Removes an entry, which the caller is to retire; false if it has been removed or replaced.
    pub(super) fn remove(&self, found: Found<'g, K, V>) -> bool {
        let done = found.line.remove(found.place, found.word);
        if done {
            self.desk.count(Count::Removed, 1);
        }
        done
    }

    /// Hands an unlinked entry over, with `GONE` if its value was taken.
    ///
    /// # Safety
    ///
    /// This thread has unlinked it, and retires it only here.
    #[inline]
    pub(super) unsafe fn retire(&self, found: Found<'g, K, V>, mark: u32) {
        let needs_drop = needs_drop::<K>() || mark != GONE && needs_drop::<V>();
        // SAFETY: promised by the caller.
        unsafe { self.retire_by(found, mark, needs_drop, finish::<K, V>) };
    }

    /// Likewise, to be finished so, which drops something if it `needs_drop`.
    ///
    /// # Safety
    ///
    /// As for [`Work::retire`]; and `finish` may be called for the entry.
    #[inline]
    unsafe fn retire_by(&self, found: Found<'g, K, V>, mark: u32, needs_drop: bool, finish: Finish) {
        if needs_drop {
            // SAFETY: keys and values may be dropped by whoever may use the map.
            let dead = unsafe { self.store.slab.dead(found.word, mark, finish) };
            // SAFETY: promised by the caller.
            unsafe { self.desk.retire(dead) };
        } else {
            // SAFETY: as above.
            let bare = unsafe { self.store.slab.bare(found.word, mark, finish) };
            // SAFETY: promised by the caller.
            unsafe { self.desk.retire_bare(bare) };
        }
    }

    /// Drops what can be dropped.
    #[inline]
    pub(super) fn settle(&self) {
        self.store.settle(&self.desk);
    }

    /// Whether another guard may be on an entry.
    pub(super) fn is_kept_by_others(&self, found: Found<'g, K, V>) -> bool {
        self.guard.is_kept_by_others(self.store.slab.born(found.word))
    }

    /// Begins to move the table into a larger one if it is full; helps if that has begun.
    #[cold]
    fn grow(&self) {
        let era = self.guard.begin();
        let Some(table) = self.store.table(era) else { return };
        if table.next().is_null() {
            let entries = self.store.len();
            if let Some(bits) = table.outgrown(entries) {
                self.begin(table, bits, entries);
            }
        }
        self.help(table, era);
    }

    /// Begins to move the table into one of `1 << bits` buckets. False if there is no memory for it.
    fn begin(&self, table: &Table, bits: u32, entries: usize) -> bool {
        let Some(next) = Table::new(bits, self.store.eras().now()) else {
            table.refuse(entries);
            return false;
        };
        if !table.set_next(next) {
            // SAFETY: just made, and not published.
            unsafe { Table::free(next) };
        }
        true
    }

    /// Moves a part of the table, if it is being moved. False if the era has advanced meanwhile.
    fn help(&self, table: &'g Table, era: usize) -> bool {
        match self.store.next(table, era) {
            None => false,
            Some(None) => true,
            Some(Some(next)) => self.store.help(table, next, era, &self.desk, self.rehash).is_some(),
        }
    }

    /// Makes room for so many entries; false if that is impossible.
    pub(super) fn reserve(&self, entries: usize) -> bool {
        let Some(bits) = bits_for(entries) else { return false };
        loop {
            let era = self.guard.begin();
            let Some(table) = self.store.table_for(entries, era) else {
                self.guard.raise();
                continue;
            };
            if table.next().is_null() {
                if table.bits() >= bits {
                    return true;
                }
                if !self.begin(table, bits.min(table.bits() + PLAN), entries) {
                    return false;
                }
            }
            if !self.help(table, era) {
                self.guard.raise();
            }
        }
    }
}
