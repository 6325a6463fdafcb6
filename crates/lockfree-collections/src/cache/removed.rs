//! What an operation has taken out: told of, and retired, when no lock is held.

use alloc::vec::Vec;
use core::{mem, ptr};

use super::entry::Entry;
use super::memory::Memory;
use super::owned::Owned;
use super::table::Table;
use crate::primitive::Arc;
use crate::reclaim::eras::Desk;

/// Why an entry is not in the cache any more.
///
/// ```
/// use lockfree_collections::cache::RemovalCause;
///
/// assert!(RemovalCause::Size.was_evicted() && !RemovalCause::Explicit.was_evicted());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemovalCause {
    /// Its time was over.
    Expired,
    /// It was removed or invalidated.
    Explicit,
    /// There is another value for its key.
    Replaced,
    /// There was no room for it.
    Size,
}

impl RemovalCause {
    /// Whether the cache removed it by itself.
    ///
    /// ```
    /// # use lockfree_collections::cache::RemovalCause;
    /// assert!(RemovalCause::Expired.was_evicted() && !RemovalCause::Replaced.was_evicted());
    /// ```
    #[must_use]
    pub fn was_evicted(self) -> bool {
        matches!(self, Self::Expired | Self::Size)
    }
}

/// Is told what was removed, and why.
pub(super) type Listener<K, V> = Arc<dyn Fn(&K, &V, RemovalCause) + Send + Sync>;

/// What one operation has taken out. Its drop retires that; so if the listener panics, nothing is left behind.
pub(super) struct Removed<'a, K, V> {
    memory: &'a Memory<K, V>,
    /// The slot of the operation; given up before keys and values are dropped, which may use the cache.
    desk: Option<Desk<'a>>,
    /// Most operations take out one entry: for that nothing is allocated.
    first: Option<(u32, RemovalCause)>,
    rest: Vec<(u32, RemovalCause)>,
    /// A table that was replaced, or null.
    table: *mut Table,
    has_evicted: bool,
    /// What was not put in, as there was no place for it. Dropped last, without a slot and a lock.
    refused: Option<Owned<'a, K, V>>,
}

impl<'a, K, V> Removed<'a, K, V> {
    #[inline]
    pub(super) fn new(memory: &'a Memory<K, V>) -> Self {
        let desk = Some(memory.eras().desk());
        Self { memory, desk, first: None, rest: Vec::new(), table: ptr::null_mut(), has_evicted: false, refused: None }
    }

    #[inline]
    pub(super) fn memory(&self) -> &'a Memory<K, V> {
        self.memory
    }

    /// An entry without a value.
    #[inline]
    pub(super) fn make(&self, hash: u64, key: K) -> Owned<'a, K, V> {
        match &self.desk {
            Some(desk) => Owned::new(self.memory, desk, hash, key),
            None => Owned::new(self.memory, &self.memory.eras().desk(), hash, key),
        }
    }

    /// Gives the slot up for a while: what follows needs one.
    pub(super) fn leave(&mut self) {
        self.desk = None;
    }

    #[inline]
    pub(super) fn push(&mut self, number: u32, cause: RemovalCause) {
        self.has_evicted |= cause == RemovalCause::Size;
        if self.first.is_none() {
            self.first = Some((number, cause));
        } else {
            self.rest.push((number, cause));
        }
    }

    /// An operation puts in one entry at most.
    #[cold]
    pub(super) fn refuse(&mut self, entry: Owned<'a, K, V>) {
        debug_assert!(self.refused.is_none(), "one entry");
        self.refused = Some(entry);
    }

    /// Whether there was no place for what the operation would have put in.
    #[inline]
    pub(super) fn has_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// An operation replaces one table at most.
    pub(super) fn push_table(&mut self, table: *mut Table) {
        debug_assert!(self.table.is_null(), "one table");
        self.table = table;
    }

    /// What was taken out: unlinked, and not retired yet.
    fn iter(&self) -> impl Iterator<Item = (&Entry<K, V>, RemovalCause)> {
        self.first.iter().chain(&self.rest).map(|(number, cause)| (self.memory.at(*number), *cause))
    }

    /// Whether something went for want of room.
    #[inline]
    pub(super) fn has_evicted(&self) -> bool {
        self.has_evicted
    }

    /// The value of the first one.
    pub(super) fn first(&self) -> Option<&V> {
        self.iter().next().map(|(entry, _)| entry.value())
    }

    /// Tells the listener what was taken out. The caller holds no lock.
    pub(super) fn tell(&self, listener: &Listener<K, V>) {
        for (entry, cause) in self.iter() {
            listener(entry.key(), entry.value(), cause);
        }
        if let Some(entry) = self.refused.as_ref().map(Owned::entry) {
            listener(entry.key(), entry.value(), RemovalCause::Size);
        }
    }
}

impl<K, V> Drop for Removed<'_, K, V> {
    #[inline]
    fn drop(&mut self) {
        if self.first.is_none() && self.table.is_null() {
            return;
        }
        let memory = self.memory;
        let desk = &*self.desk.get_or_insert_with(|| memory.eras().desk());
        if let Some((number, _)) = self.first.take() {
            // SAFETY: unlinked, and not retired yet; the bounds of the cache say who may drop.
            unsafe { self.memory.retire(number, desk) };
        }
        if !self.rest.is_empty() {
            for (number, _) in mem::take(&mut self.rest) {
                // SAFETY: as above.
                unsafe { self.memory.retire(number, desk) };
            }
        }
        if !self.table.is_null() {
            // SAFETY: it came from a box, and has been replaced.
            let dead = unsafe { Table::dead(self.table) };
            // SAFETY: T4, and set once.
            unsafe { desk.retire(dead) };
        }
        self.memory.settle(&mut self.desk);
    }
}
