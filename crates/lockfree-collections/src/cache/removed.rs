//! What an operation has taken out: told of, and retired, when no lock is held.

use alloc::vec::Vec;
use core::mem;

use super::entry::{Entry, Handle};
use super::stats::Counts;
use super::table::Table;
use crate::primitive::Arc;
use crate::reclaim::eras::Eras;

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
    eras: &'a Eras,
    /// Most operations take out one entry: for that nothing is allocated.
    first: Option<(Handle<K, V>, RemovalCause)>,
    rest: Vec<(Handle<K, V>, RemovalCause)>,
    tables: Vec<*mut Table<K, V>>,
}

/// How many unlinked entries a thread keeps before it looks for some that can be dropped.
pub(super) const fn batch<K, V>() -> usize {
    if cfg!(loom) {
        return 1;
    }
    let fit = 32 * 1024 / size_of::<Entry<K, V>>();
    if fit < 8 {
        8
    } else if fit > 128 {
        128
    } else {
        fit
    }
}

impl<'a, K, V> Removed<'a, K, V> {
    pub(super) fn new(eras: &'a Eras) -> Self {
        Self { eras, first: None, rest: Vec::new(), tables: Vec::new() }
    }

    pub(super) fn push(&mut self, handle: Handle<K, V>, cause: RemovalCause) {
        if self.first.is_none() {
            self.first = Some((handle, cause));
        } else {
            self.rest.push((handle, cause));
        }
    }

    pub(super) fn push_table(&mut self, table: *mut Table<K, V>) {
        self.tables.push(table);
    }

    fn iter(&self) -> impl Iterator<Item = (&Entry<K, V>, RemovalCause)> {
        self.first.iter().chain(&self.rest).map(|(handle, cause)| {
            // SAFETY: unlinked, and not retired yet; nobody else retires it.
            (unsafe { handle.get() }, *cause)
        })
    }

    /// Whether something went for want of room.
    pub(super) fn has_evicted(&self) -> bool {
        self.iter().any(|(_, cause)| cause == RemovalCause::Size)
    }

    /// The value of the first one.
    pub(super) fn first(&self) -> Option<&V> {
        self.iter().next().map(|(entry, _)| entry.value())
    }

    /// Counts what was taken out, and tells the listener; then it is retired. The caller holds no lock.
    pub(super) fn tell(self, counts: &Counts, listener: Option<&Listener<K, V>>) {
        for (entry, cause) in self.iter() {
            counts.removed(cause, entry.weight());
        }
        if let Some(listener) = listener {
            for (entry, cause) in self.iter() {
                listener(entry.key(), entry.value(), cause);
            }
        }
    }
}

impl<K, V> Drop for Removed<'_, K, V> {
    fn drop(&mut self) {
        for (handle, _) in self.first.take().into_iter().chain(mem::take(&mut self.rest)) {
            // SAFETY: unlinked, and not retired yet; the bounds of the cache say who may drop.
            let dead = unsafe { handle.dead() };
            // SAFETY: T4, and pushed once.
            unsafe { self.eras.desk().retire(dead) };
        }
        for table in mem::take(&mut self.tables) {
            // SAFETY: it came from a box, and has been replaced.
            let dead = unsafe { Table::dead(table) };
            // SAFETY: as above.
            unsafe { self.eras.desk().retire(dead) };
        }
        // The drops of keys and values run last, without the slot: they may use the cache.
        let ready = self.eras.desk().collect(batch::<K, V>());
        drop(ready);
    }
}
