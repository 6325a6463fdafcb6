//! A walk over all entries through an exclusive borrow, which takes them out.

use core::ptr;

use super::line::{Line, PLACES};
use super::store::Store;
use super::table::Table;

/// Where such a walk is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// Whether it is in the table that the root is being moved into.
    second: bool,
    bucket: usize,
    line: *const Line,
    place: usize,
}

impl Default for Walk {
    fn default() -> Self {
        Self { second: false, bucket: 0, line: ptr::null(), place: 0 }
    }
}

impl Walk {
    /// Takes the next entry out of the map: its number.
    pub(super) fn next_number<K, V>(&mut self, store: &mut Store<K, V>) -> Option<u32> {
        let [root, next] = store.tables();
        loop {
            let table = if self.second { next } else { root };
            // SAFETY: null, or a table that lives as long as the store.
            let table = unsafe { table.as_ref() }?;
            if self.bucket == table.buckets() {
                if self.second {
                    return None;
                }
                *self = Self { second: true, ..Self::default() };
                continue;
            }
            if self.line.is_null() {
                // SAFETY: not null, or there would be no `table`.
                let root = unsafe { &*root };
                if !self.counts(root, table) {
                    self.bucket += 1;
                    continue;
                }
                self.line = table.line(self.bucket);
                self.place = 0;
            }
            // SAFETY: lines live as long as their table.
            let line = unsafe { &*self.line };
            if self.place < PLACES {
                self.place += 1;
                if let Some(number) = line.take(self.place - 1) {
                    return Some(number);
                }
            } else if line.header().is_closed() {
                self.line = table.behind(line);
                self.place = 0;
            } else {
                self.line = ptr::null();
                self.bucket += 1;
            }
        }
    }

    /// Whether the bucket is the one that counts, of the two its entries may be in.
    fn counts(&self, root: &Table, table: &Table) -> bool {
        let from = if self.second { self.bucket >> (table.bits() - root.bits()) } else { self.bucket };
        root.line(from).header().is_moved() == self.second
    }
}
