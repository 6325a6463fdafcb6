//! The list of all entries, in the order of their hashes: what the map is made of.
//!
//! **Source.** Shalev and Shavit, "Split-ordered lists: lock-free extensible hash tables" (2006), on the list of Michael, "High
//! performance dynamic lock-free hash tables and list-based sets" (2002); readers walk over removed nodes, as in Heller et al., "A lazy
//! concurrent list-based set algorithm" (2005). Differences: buckets take the high bits of a mixed hash, so that the order of the
//! hashes is the list's and no bits need be reversed; the dummy nodes are the elements of the directory themselves ([`super::table`]);
//! a thread that finds a bucket's cell being put into the list walks from the bucket that it was split off instead of waiting;
//! a value is replaced by marking its node with the word that leads to the new one, in one step; memory is reclaimed by eras
//! ([`crate::reclaim`]).
//!
//! ```text
//! cell 0 -> node -> node -> cell 1 -> node -> cell 2 -> cell 3 -> node -> node -> end
//!                                                                  | (removed)   = `next` has the mark REMOVED
//! replaced: node A { next: REMOVED | B } -> node B -> ...           B is in the list from the moment that A is marked
//! ```
//!
//! **Invariants.**
//! - I1: the list begins with cell 0, and orders never fall along it. Cells have even orders, each its own; nodes have odd ones. Cells
//!   stay for ever.
//! - I2: a node is published once; then its order, key and value stay as they are (but for `take`, when nobody reads them). Its `next`
//!   changes until it is marked, and never again.
//! - I3: among the nodes of one order, no two that are not marked have equal keys. New ones come behind the last of them, new
//!   ones in the place of others directly behind these.
//! - I4: a marked node is taken off the list by changing the word that leads to it to what its own `next` leads to, which succeeds
//!   once; whoever succeeds retires it. What leads to it is then a cell or an unmarked node: so no node is reachable through
//!   unlinked ones that was unlinked before they were.
//!
//! **Why a walk is safe** (E4 of [`crate::reclaim`]'s eras). By induction each node that a reader is at was reachable at some time
//! since its fence. It reads `next`. If the node is unmarked then, it is in the list, and so is the node behind. If it is marked, `next`
//! has not changed since; when the node was last reachable, or when it was marked if that was later, the node behind was
//! reachable through it (I4). If the era has advanced meanwhile the reader starts again from a cell.
//!
//! **Why there are no duplicates** (I3). A thread that adds a key has walked over all nodes of that order and found it in none; it then
//! changes the word that led it beyond them. Had another thread added the key meanwhile, that word would have changed, or its node
//! would have been marked: either way the compare-exchange fails.
//!
//! **Linearization points.** Adding a key: the compare-exchange of the word before. Replacing, removing: that of the node's own `next`.
//! Finding: the read of the node's `next` without a mark. Not finding: the read of the word that leads beyond the key's order, if
//! its node is unmarked then; else a moment before, when the node was last in the list.
//!
//! **Progress.** Lock-free: an attempt fails if another operation succeeded, or the era advanced, for which others have removed.
//! Keys are found in constant time on average if the hashes are spread, in time linear in the entries that share a hash.
//!
//! **What is checked.** `tests/loom_map.rs`: two threads, two operations each, two buckets that become four; batches of one.
//! `tests/stress_map.rs`: recorded histories of native threads. `tests/it/map.rs`: against the map of `std`.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ptr;

use super::guard::Guard;
use super::node::{Fresh, Node, Target, Word, cell_word, is_removed, live, removed};
use super::table::{Bucket, Cell, Table};
use crate::primitive::{AtomicPtr, ord};
use crate::reclaim::Count;
use crate::reclaim::eras::Eras;

pub(super) struct List<K, V> {
    table: AtomicPtr<Table>,
    eras: Eras,
    /// So many buckets the table has to begin with.
    buckets: usize,
    /// Makes the bounds below the only ones.
    owns: PhantomData<(*mut K, *mut V)>,
}

// SAFETY: the list owns keys and values, and gives them away or drops them.
unsafe impl<K: Send, V: Send> Send for List<K, V> {}
// SAFETY: threads that share the list get references to the same keys and values, and drop what others made.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for List<K, V> {}

/// Where a key is, or would be.
pub(super) struct Position<'g, K, V> {
    /// What leads to `word`; in a cell, or in a node that was in the list.
    link: &'g AtomicPtr<()>,
    /// The node of the key if it is there, else what is behind.
    word: Word,
    found: Option<Found<'g, K, V>>,
    /// How many nodes were passed.
    passed: usize,
}

/// A node that was in the list.
pub(super) struct Found<'g, K, V> {
    pub(super) node: &'g Node<K, V>,
    /// What was behind it.
    next: Word,
}

impl<K, V> Clone for Found<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Found<'_, K, V> {}

impl<'g, K, V> Position<'g, K, V> {
    pub(super) fn found(&self) -> Option<Found<'g, K, V>> {
        self.found
    }
}

/// So many nodes passed before a key is added are enough to ask whether there are more entries than buckets.
const LONG: usize = if cfg!(loom) { 1 } else { 2 };

impl<K, V> List<K, V> {
    /// How many unlinked nodes a slot keeps before it looks for some that can be dropped.
    pub(super) const fn batch() -> usize {
        if cfg!(loom) {
            return 1;
        }
        let fit = 32 * 1024 / size_of::<Node<K, V>>();
        if fit < 8 {
            8
        } else if fit > 128 {
            128
        } else {
            fit
        }
    }

    pub(super) fn new(buckets: usize) -> Self {
        Self { table: AtomicPtr::new(ptr::null_mut()), eras: Eras::new(), buckets, owns: PhantomData }
    }

    #[inline]
    pub(super) fn eras(&self) -> &Eras {
        &self.eras
    }

    #[inline(always)]
    fn existing(&self) -> Option<&Table> {
        // ord[M16] Acquire: the table behind the pointer is initialised; pairs with M17.
        let table = self.table.load(ord!(M16, Acquire));
        // SAFETY: null, or a table that lives as long as the list.
        unsafe { table.as_ref() }
    }

    #[inline(always)]
    fn table(&self) -> &Table {
        match self.existing() {
            Some(table) => table,
            None => self.start(),
        }
    }

    #[cold]
    fn start(&self) -> &Table {
        let fresh = Box::into_raw(Box::new(Table::new(self.buckets)));
        // ord[M17] Release: publishes the table; pairs with M16, M18.
        // ord[M18] Acquire: another thread was first, and its table is used; pairs with M17.
        match self.table.compare_exchange(ptr::null_mut(), fresh, ord!(M17, Release), ord!(M18, Acquire)) {
            // SAFETY: installed, for as long as the list lives.
            Ok(_) => unsafe { &*fresh },
            Err(first) => {
                // SAFETY: it came from a box, and no other thread has seen it.
                drop(unsafe { Box::from_raw(fresh) });
                // SAFETY: not null, and lives as long as the list.
                unsafe { &*first }
            }
        }
    }

    /// A new node, to be published.
    pub(super) fn allocate(&self, order: usize, key: K, value: V) -> Fresh<K, V> {
        Node::allocate(order, self.eras.now(), key, value)
    }

    /// The cell from which to walk to `order`.
    #[inline(always)]
    fn before<'g>(&'g self, order: usize, guard: &'g impl Guard) -> &'g Cell {
        self.before_in(self.table(), order, guard)
    }

    #[inline(always)]
    fn before_in<'g>(&'g self, table: &'g Table, order: usize, guard: &'g impl Guard) -> &'g Cell {
        let bucket = table.bucket(order);
        match table.ready(bucket) {
            Some(cell) => cell,
            None => self.prepare(table, bucket, guard),
        }
    }

    /// Puts the bucket's cell into the list, or finds one before it.
    #[cold]
    fn prepare<'g>(&'g self, table: &'g Table, bucket: Bucket, guard: &'g impl Guard) -> &'g Cell {
        let Some(parent) = bucket.parent() else { return table.first() };
        let before = match table.ready(parent) {
            Some(cell) => cell,
            None => self.prepare(table, parent, guard),
        };
        let Some(cell) = table.cell(bucket) else { return before };
        let order = bucket.order();
        if !cell.claim(order) {
            return before;
        }
        loop {
            let place = self.seek_from(|| before, order, |_| false, guard);
            // ord[M19] Relaxed: published by M20; pairs with none.
            cell.next.store(place.word, ord!(M19, Relaxed));
            if Self::link(&place, cell_word(cell)) {
                break;
            }
        }
        cell.ready(order);
        cell
    }

    /// Puts `word` into the list, where `place` is.
    fn link(place: &Position<'_, K, V>, word: Word) -> bool {
        // ord[M20] Release: publishes what `word` leads to; pairs with M22, M23, M24.
        // ord[M21] Relaxed: nothing is read through it; pairs with none.
        place.link.compare_exchange(place.word, word, ord!(M20, Release), ord!(M21, Relaxed)).is_ok()
    }

    /// Looks for a key, for a reader: walks over removed nodes.
    #[inline]
    pub(super) fn find<'g>(
        &'g self,
        order: usize,
        mut is_key: impl FnMut(&K) -> bool,
        guard: &'g impl Guard,
    ) -> Option<&'g Node<K, V>> {
        let table = self.existing()?;
        'again: loop {
            let cell = self.before_in(table, order, guard);
            let era = guard.begin();
            let mut link = &cell.next;
            loop {
                // ord[M22] Acquire: what is behind the word is initialised, and was born before; pairs with M20, M25, M27.
                let word = link.load(ord!(M22, Acquire));
                if self.eras.now() != era {
                    guard.raise();
                    continue 'again;
                }
                // SAFETY: the era was announced, and it is the era still: see the walk above.
                match unsafe { Node::<K, V>::at(word) } {
                    Target::End => return None,
                    Target::Cell(cell) => {
                        if cell.order() > order {
                            return None;
                        }
                        link = &cell.next;
                    }
                    Target::Node(node) => {
                        if node.order > order {
                            return None;
                        }
                        if node.order == order && is_key(node.key()) {
                            // ord[M28] Relaxed: only whether there is a mark; pairs with none.
                            if !is_removed(node.next.load(ord!(M28, Relaxed))) {
                                return Some(node);
                            }
                        }
                        link = &node.next;
                    }
                }
            }
        }
    }

    /// Looks for the place of a key, for a writer: takes removed nodes off the list on its way.
    pub(super) fn seek<'g>(
        &'g self,
        order: usize,
        is_key: impl FnMut(&K) -> bool,
        guard: &'g impl Guard,
    ) -> Position<'g, K, V> {
        self.seek_from(|| self.before(order, guard), order, is_key, guard)
    }

    fn seek_from<'g>(
        &'g self,
        mut begin: impl FnMut() -> &'g Cell,
        order: usize,
        mut is_key: impl FnMut(&K) -> bool,
        guard: &'g impl Guard,
    ) -> Position<'g, K, V> {
        'again: loop {
            let cell = begin();
            let era = guard.begin();
            let mut link = &cell.next;
            let mut passed = 0;
            loop {
                // ord[M23] Acquire: as M22; pairs with M20, M25, M27.
                let word = link.load(ord!(M23, Acquire));
                if is_removed(word) {
                    continue 'again;
                }
                if self.eras.now() != era {
                    guard.raise();
                    continue 'again;
                }
                let absent = Position { link, word, found: None, passed };
                // SAFETY: the era was announced, and it is the era still: see the walk above.
                let node = match unsafe { Node::<K, V>::at(word) } {
                    Target::End => return absent,
                    Target::Cell(cell) => {
                        if cell.order() > order {
                            return absent;
                        }
                        link = &cell.next;
                        continue;
                    }
                    Target::Node(node) => node,
                };
                // ord[M24] Acquire: what it leads to may be handed on, by M25, M26, M27; pairs with M20, M25, M27.
                let next = node.next.load(ord!(M24, Acquire));
                if is_removed(next) {
                    self.unlink(link, node, live(next), guard);
                    continue;
                }
                if node.order > order {
                    return absent;
                }
                if node.order == order && is_key(node.key()) {
                    return Position { found: Some(Found { node, next }), ..absent };
                }
                passed += 1;
                link = &node.next;
            }
        }
    }

    /// Takes a removed node off the list, unless another thread has, or what leads to it is removed itself.
    fn unlink(&self, link: &AtomicPtr<()>, node: &Node<K, V>, next: Word, guard: &impl Guard) {
        // ord[M25] Release: hands on what `next` leads to; pairs with M22, M23, M24.
        // ord[M29] Relaxed: nothing is read through it; pairs with none.
        if link.compare_exchange(node.word(), next, ord!(M25, Release), ord!(M29, Relaxed)).is_ok() {
            // SAFETY: keys and values may be dropped by whoever may use the map.
            let dead = unsafe { node.dead() };
            // SAFETY: I4, unlinked just now, by this thread.
            unsafe { guard.retire(dead) };
        }
    }

    /// Puts a new node in the place of none. It is given back if the list has changed there.
    pub(super) fn add<'g>(
        &'g self,
        place: &Position<'g, K, V>,
        new: Fresh<K, V>,
        guard: &'g impl Guard,
    ) -> Result<&'g Node<K, V>, Fresh<K, V>> {
        let word = new.node().word();
        // ord[M30] Relaxed: published by M20; pairs with none.
        new.node().next.store(place.word, ord!(M30, Relaxed));
        if !Self::link(place, word) {
            return Err(new);
        }
        new.publish();
        guard.count(Count::Added, 1);
        if place.passed >= LONG {
            self.grow_if_full();
        }
        // SAFETY: published just now, under the guard, with an era that has been announced.
        Ok(unsafe { Self::node_at(word) })
    }

    #[cold]
    fn grow_if_full(&self) {
        let table = self.table();
        if self.len() > table.buckets() {
            table.grow();
        }
    }

    /// Puts a new node in the place of another. It is given back if that has been removed or replaced, or its neighbour has changed.
    pub(super) fn replace<'g>(
        &'g self,
        place: &Position<'g, K, V>,
        found: Found<'g, K, V>,
        new: Fresh<K, V>,
        guard: &'g impl Guard,
    ) -> Result<&'g Node<K, V>, Fresh<K, V>> {
        let word = new.node().word();
        // ord[M31] Relaxed: published by M27; pairs with none.
        new.node().next.store(found.next, ord!(M31, Relaxed));
        if !Self::mark(found, word) {
            return Err(new);
        }
        new.publish();
        self.finish_removal(place, found, word, guard);
        // SAFETY: as in `add`.
        Ok(unsafe { Self::node_at(word) })
    }

    /// Removes a node; false if it has been removed or replaced, or its neighbour has changed.
    pub(super) fn remove<'g>(
        &'g self,
        place: &Position<'g, K, V>,
        found: Found<'g, K, V>,
        guard: &'g impl Guard,
    ) -> bool {
        if !Self::mark(found, found.next) {
            return false;
        }
        guard.count(Count::Removed, 1);
        self.finish_removal(place, found, found.next, guard);
        true
    }

    /// Marks a node, with what is behind it from now on.
    fn mark(found: Found<'_, K, V>, next: Word) -> bool {
        // ord[M27] Release: publishes what is behind; pairs with M22, M23, M24.
        // ord[M32] Relaxed: nothing is read through it; pairs with none.
        found.node.next.compare_exchange(found.next, removed(next), ord!(M27, Release), ord!(M32, Relaxed)).is_ok()
    }

    /// Sees to it that a node that this thread has marked is taken off the list.
    fn finish_removal(&self, place: &Position<'_, K, V>, found: Found<'_, K, V>, next: Word, guard: &impl Guard) {
        // ord[M26] Release: hands on what `next` leads to; pairs with M22, M23, M24.
        // ord[M33] Relaxed: nothing is read through it; pairs with none.
        if place.link.compare_exchange(place.word, next, ord!(M26, Release), ord!(M33, Relaxed)).is_ok() {
            // SAFETY: keys and values may be dropped by whoever may use the map.
            let dead = unsafe { found.node.dead() };
            // SAFETY: I4, unlinked just now, by this thread.
            unsafe { guard.retire(dead) };
        } else {
            // To the end of the order, past all its removed nodes.
            self.seek(found.node.order, |_| false, guard);
        }
    }

    /// # Safety
    ///
    /// `word` leads to a node that is not freed during `'g`.
    unsafe fn node_at<'g>(word: Word) -> &'g Node<K, V> {
        // SAFETY: promised by the caller.
        unsafe { &*word.cast::<Node<K, V>>() }
    }

    /// The words of the first entries, for walks over all of them.
    pub(super) fn first(&self) -> Option<&AtomicPtr<()>> {
        Some(&self.existing()?.first().next)
    }

    /// What leads to the entries from `order` on, or a little before.
    pub(super) fn link_before<'g>(&'g self, order: usize, guard: &'g impl Guard) -> &'g AtomicPtr<()> {
        &self.before(order, guard).next
    }

    pub(super) fn len(&self) -> usize {
        // Entries are counted after they were added, so one may be counted as removed before.
        let removed = self.eras.total(Count::Removed);
        self.eras.total(Count::Added).saturating_sub(removed)
    }

    /// Makes room for so many entries; false if that is impossible.
    pub(super) fn reserve(&self, entries: usize) -> bool {
        self.table().reserve(entries)
    }

    /// Takes the first node out, through an exclusive borrow.
    pub(super) fn pop(&mut self) -> Option<Fresh<K, V>> {
        let table = self.existing()?;
        let first = &table.first().next;
        loop {
            // ord[M34] Relaxed: exclusive, whatever shared the map has synchronised; pairs with none.
            let word = first.load(ord!(M34, Relaxed));
            // SAFETY: exclusive; nodes in the list are not freed.
            let (next, found) = match unsafe { Node::<K, V>::at(word) } {
                Target::End => return None,
                Target::Cell(cell) => (&cell.next, false),
                Target::Node(node) => (&node.next, true),
            };
            // ord[M35] Relaxed: exclusive, as M34; pairs with none.
            let next = next.load(ord!(M35, Relaxed));
            // ord[M36] Relaxed: exclusive, as M34; pairs with none.
            first.store(live(next), ord!(M36, Relaxed));
            if found {
                // SAFETY: it has left the list, and no guard is left.
                let node = unsafe { Fresh::from_word(word) };
                if is_removed(next) {
                    drop(node);
                    continue;
                }
                return Some(node);
            }
        }
    }
}

impl<K, V> Drop for List<K, V> {
    fn drop(&mut self) {
        /// Goes on when the drop of an entry has panicked.
        struct Rest<'a, K, V>(&'a mut List<K, V>);

        impl<K, V> Rest<'_, K, V> {
            fn run(&mut self) {
                while let Some(node) = self.0.pop() {
                    drop(node);
                }
            }
        }

        impl<K, V> Drop for Rest<'_, K, V> {
            fn drop(&mut self) {
                self.run();
                // ord[M37] Relaxed: exclusive, as M34; pairs with none.
                let table = self.0.table.load(ord!(M37, Relaxed));
                if !table.is_null() {
                    // SAFETY: it came from a box; the list is empty, and going.
                    drop(unsafe { Box::from_raw(table) });
                }
            }
        }

        Rest(self).run();
    }
}
