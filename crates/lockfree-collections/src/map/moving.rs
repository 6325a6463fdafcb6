//! Moving a table into the next one: bucket by bucket, by whoever comes.
//!
//! A bucket is frozen, line by line from the first; then its words; then it is decided to which new bucket each entry goes, and the
//! decision written into the lines' headers, since the hash function may be a bad one and say different things to different threads;
//! then the new buckets are filled, in the order of the old places; then the old one is marked as moved. Any number of threads may do all
//! of this to the same bucket at any speed: see I4 of [`super::store`].

use alloc::vec::Vec;

use super::line::{Header, Line, PLACES, PLAN, TAG};
use super::store::{Rehash, Store};
use super::table::{Table, tag};
use crate::reclaim::eras::Desk;

/// An entry on its way.
#[derive(Clone, Copy, Debug)]
struct Item {
    /// Which of the new buckets it goes to.
    to: usize,
    tag: usize,
    number: u32,
}

impl<K, V> Store<K, V> {
    /// The table to go on in, when the bucket of `hash` is frozen in `table`: sees to it that the bucket is moved. None if the era has
    /// advanced meanwhile.
    #[cold]
    #[inline(never)]
    pub(super) fn forward<'g>(
        &'g self,
        table: &'g Table,
        hash: u64,
        era: usize,
        desk: &Desk<'_>,
        rehash: Rehash<'_, K>,
    ) -> Option<&'g Table> {
        let next = self.next(table, era)?.expect("a frozen bucket is moved somewhere");
        self.move_bucket(table, next, table.bucket(hash), era, rehash)?;
        self.help(table, next, era, desk, rehash)?;
        Some(next)
    }

    /// The next table, if there is one.
    pub(super) fn next<'g>(&'g self, table: &'g Table, era: usize) -> Option<Option<&'g Table>> {
        let next = table.next();
        if self.eras().now() != era {
            return None;
        }
        // SAFETY: null, or next to what was the root; as the era has not advanced, it is kept.
        Some(unsafe { next.as_ref() })
    }

    /// Moves some buckets, and puts the next table in the place of this one if all are moved.
    pub(super) fn help(
        &self,
        table: &Table,
        next: &Table,
        era: usize,
        desk: &Desk<'_>,
        rehash: Rehash<'_, K>,
    ) -> Option<()> {
        if !table.is_moved() {
            for bucket in table.chunk() {
                self.move_bucket(table, next, bucket, era, rehash)?;
            }
        }
        if table.is_moved() {
            self.succeed(table, next, desk);
        }
        Some(())
    }

    fn move_bucket(&self, table: &Table, next: &Table, bucket: usize, era: usize, rehash: Rehash<'_, K>) -> Option<()> {
        let home = table.line(bucket);
        if home.header().is_moved() {
            return Some(());
        }
        // So many new buckets there are for each old one.
        let spread = 1 << (next.bits() - table.bits());
        let mut items = Vec::new();
        let mut line = home;
        loop {
            let header = line.freeze();
            self.gather(line, header, (next, spread), era, rehash, &mut items)?;
            if !header.is_closed() {
                break;
            }
            line = table.behind(line);
        }
        // Stable: in the order of the places.
        items.sort_by_key(|item| item.to);
        let first = bucket * spread;
        for group in items.chunk_by(|one, other| one.to == other.to) {
            fill(next, first + group[0].to, group);
        }
        if home.set_moved() {
            table.count_moved();
        }
        Some(())
    }

    /// Freezes the words of a line, and decides where the entries go.
    fn gather(
        &self,
        line: &Line,
        header: Header,
        (next, spread): (&Table, usize),
        era: usize,
        rehash: Rehash<'_, K>,
        items: &mut Vec<Item>,
    ) -> Option<()> {
        let before = items.len();
        let mut places = [0; PLACES];
        let mut plan = 0;
        for place in (0..PLACES).filter(|place| header.is_filled(*place)) {
            let Some(number) = line.freeze_word(place) else { continue };
            if self.eras().now() != era {
                return None;
            }
            let hash = rehash(self.slab.at(number).key());
            plan |= (next.bucket(hash) & (spread - 1)) << (PLAN as usize * place);
            places[items.len() - before] = place;
            items.push(Item { to: 0, tag: tag(hash), number });
        }
        if items.len() > before {
            let header = line.plan(header, plan);
            for (item, place) in items[before..].iter_mut().zip(places) {
                item.to = header.planned(place);
            }
        }
        Some(())
    }
}

/// Fills a bucket of the new table with entries; whoever does it does the same.
fn fill(next: &Table, bucket: usize, mut items: &[Item]) {
    let mut line = next.line(bucket);
    loop {
        let (now, later) = items.split_at(items.len().min(PLACES));
        let mut tags = 0;
        for (place, item) in now.iter().enumerate() {
            line.fill(place, item.number);
            tags |= item.tag << (place * TAG as usize);
        }
        let behind = (!later.is_empty()).then(|| next.prepare(line));
        line.fill_header(now.len(), tags, behind.is_some());
        let Some(behind) = behind else { return };
        (line, items) = (behind, later);
    }
}
