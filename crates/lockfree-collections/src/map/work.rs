//! An operation that changes the map: what it needs, and its steps. See [`super::store`].

use super::entry::Entry;
use super::guard::Guard;
use super::line::{Claim, FROZEN_WORD, Header, Line, PLAN};
use super::store::{Found, Look, Rehash, Store, finish};
use super::table::{Table, bits_for, tag};
use crate::reclaim::Count;
use crate::reclaim::eras::Desk;

pub(super) struct Work<'g, 'h, K, V, G: Guard> {
    store: &'g Store<K, V>,
    guard: &'g G,
    desk: Desk<'g>,
    rehash: Rehash<'h, K>,
}

/// Where a key is, or would be.
pub(super) struct Place<'g, K, V> {
    hash: u64,
    table: &'g Table,
    /// The line of the key, or the last one of its bucket.
    line: &'g Line,
    /// What that said before it was looked through.
    header: Header,
    found: Option<Found<'g, K, V>>,
}

impl<'g, K, V> Place<'g, K, V> {
    pub(super) fn found(&self) -> Option<Found<'g, K, V>> {
        self.found
    }
}

/// An entry that is not published: its maker's.
pub(super) struct Fresh<'w, 'g, 'h, K, V, G: Guard> {
    number: u32,
    work: &'w Work<'g, 'h, K, V, G>,
}

impl<'g, K, V, G: Guard> Fresh<'_, 'g, '_, K, V, G> {
    #[inline]
    pub(super) fn key(&self) -> &K {
        self.work.store.slab.at(self.number).key()
    }

    /// Gives the entry to those who can reach it from now on.
    #[inline]
    fn publish(self) -> &'g Entry<K, V> {
        let entry = self.work.store.slab.at(self.number);
        core::mem::forget(self);
        entry
    }

    /// Empties the place, and gives it back.
    pub(super) fn into_pair(self) -> (K, V) {
        let pair = self.work.empty(self.number);
        core::mem::forget(self);
        pair
    }
}

impl<K, V, G: Guard> Drop for Fresh<'_, '_, '_, K, V, G> {
    #[cold]
    fn drop(&mut self) {
        drop(self.work.empty(self.number));
    }
}

impl<'g, 'h, K, V, G: Guard> Work<'g, 'h, K, V, G> {
    pub(super) fn new(store: &'g Store<K, V>, guard: &'g G, rehash: Rehash<'h, K>) -> Self {
        Self { store, guard, desk: guard.desk(), rehash }
    }

    /// A new entry, to be published.
    #[inline]
    pub(super) fn allocate(&self, key: K, value: V) -> Fresh<'_, 'g, 'h, K, V, G> {
        self.fill(self.store.slab.allocate(self.store.eras(), &self.desk), key, value)
    }

    /// Likewise, if there is a place for one; else gives back what would be in it.
    pub(super) fn try_allocate(&self, key: K, value: V) -> Result<Fresh<'_, 'g, 'h, K, V, G>, (K, V)> {
        match self.store.slab.try_allocate(self.store.eras(), &self.desk) {
            Some(number) => Ok(self.fill(number, key, value)),
            None => Err((key, value)),
        }
    }

    #[inline]
    fn fill(&self, number: u32, key: K, value: V) -> Fresh<'_, 'g, 'h, K, V, G> {
        // SAFETY: the place is empty, and this thread's.
        unsafe { self.store.slab.at(number).write(key, value) };
        Fresh { number, work: self }
    }

    /// Puts an entry in, and returns the one that it has replaced.
    #[inline]
    pub(super) fn put<'w>(&'w self, hash: u64, mut fresh: Fresh<'w, 'g, 'h, K, V, G>) -> Option<&'g Entry<K, V>>
    where
        K: Eq,
    {
        loop {
            let place = self.seek(hash, |other| fresh.key() == other);
            let done = match place.found() {
                None => self.add(&place, fresh).map(|_| None),
                Some(found) => self.replace(found, fresh).map(|_| Some(found.entry)),
            };
            match done {
                Ok(old) => return old,
                Err(back) => fresh = back,
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
            match self.add(&place, self.allocate(key, value)) {
                Ok(entry) => return Ok(entry),
                Err(back) => (key, value) = back.into_pair(),
            }
        }
    }

    /// Empties the place of an entry that is not published, and gives it back.
    fn empty(&self, number: u32) -> (K, V) {
        let slab = &self.store.slab;
        // SAFETY: not published, so it is this thread's.
        let pair = unsafe { slab.at(number).take() };
        slab.give(number, &self.desk);
        pair
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
                        Look::Found(found) => return Place { hash, table, line, header, found: Some(found) },
                        Look::Absent if header.is_closed() => line = table.behind(line),
                        Look::Absent => return Place { hash, table, line, header, found: None },
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

    /// Puts a new entry in the place of none. It is given back if something has come into the bucket there.
    pub(super) fn add<'w>(
        &'w self,
        place: &Place<'g, K, V>,
        new: Fresh<'w, 'g, 'h, K, V, G>,
    ) -> Result<&'g Entry<K, V>, Fresh<'w, 'g, 'h, K, V, G>> {
        match place.line.claim(place.header) {
            Claim::Overtaken => Err(new),
            Claim::Full(header) => {
                place.table.prepare(place.line);
                place.line.close(header);
                Err(new)
            }
            Claim::Place(index, claimed) => {
                if !place.line.publish(index, claimed, tag(place.hash), new.number) {
                    return Err(new);
                }
                let entry = new.publish();
                self.desk.count(Count::Added, 1);
                let is_home = core::ptr::eq(place.line, place.table.home(place.hash));
                if !is_home || !place.table.next().is_null() {
                    self.grow();
                }
                Ok(entry)
            }
        }
    }

    /// Puts a new entry in the place of another. It is given back if that has been removed or replaced.
    #[inline]
    pub(super) fn replace<'w>(
        &'w self,
        found: Found<'g, K, V>,
        new: Fresh<'w, 'g, 'h, K, V, G>,
    ) -> Result<&'g Entry<K, V>, Fresh<'w, 'g, 'h, K, V, G>> {
        if !found.line.replace(found.place, found.word, new.number) {
            return Err(new);
        }
        let entry = new.publish();
        // SAFETY: unlinked just now, by this thread.
        unsafe { self.retire(found, 0) };
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
        // SAFETY: keys and values may be dropped by whoever may use the map.
        let dead = unsafe { self.store.slab.dead(found.word, mark, finish::<K, V>) };
        // SAFETY: promised by the caller.
        unsafe { self.desk.retire(dead) };
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
