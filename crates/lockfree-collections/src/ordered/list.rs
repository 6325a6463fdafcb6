//! The levels of the ordered map.
//!
//! **Source.** Pugh, "Skip lists: a probabilistic alternative to balanced trees" (1990); each level is a list of Harris, "A pragmatic
//! implementation of non-blocking linked lists" (2001), put together as by Fraser, "Practical lock-freedom" (2004), and Herlihy and
//! Shavit, "The Art of Multiprocessor Programming" (2008). Differences: a mark on the lowest level decides alone whether an entry is
//! removed, and the levels above follow; a value is replaced by marking its node with the word that leads to the new one, in one
//! step, as in the hash map; a node counts the levels that lead to it, so that it is retired once and when none does
//! (as in crossbeam-skiplist); memory is reclaimed by eras ([`crate::reclaim`]).
//!
//! ```text
//! heads[1] ------------> B ---------------------> D -> null
//! heads[0] -> A -------> B -> C ----------------> D -> null
//! C is removed:               C { next: MARK | D }
//! C is replaced by C':        C { next: MARK | C' } -> C' { next: D }
//! ```
//!
//! **Invariants.**
//! - I1: keys do not fall along a level; they rise along its nodes without a mark there.
//! - I2: key and value of a published node stay as they are. A word of a node changes until it is marked, and never again. The
//!   lowest is marked by one thread, which has thereby removed or replaced the entry; then the others are, by anyone.
//! - I3: a node is on a level from the compare-exchange that puts it there to the one that takes it off. The latter changes
//!   the word that leads to the node, which is unmarked, to what its own marked word leads to; so it happens once.
//!   `references` counts the levels that it is on, and the thread that is putting it there.
//! - I4: whoever takes the last reference away retires the node: then it is on no level, and will be on none.
//! - I5: a walk follows unmarked words only, of nodes that are on that level; on finding a mark it takes the node off, or starts again.
//!
//! **Why a walk is safe** (E4 of [`crate::reclaim`]'s eras). Let the fence of the thread that frees a node Y come before the reader's. Each
//! word that led to Y on some level had been changed or marked by then: an unmarked word of a node on that level that leads to Y means
//! that Y is on it (I3), and by I4 it was on none. No later word leads to Y either: a node is put before Y, or a marked one before Y is
//! taken off, by an exchange that finds an unmarked word leading to Y, or to a node on that level before Y. So the reader finds no
//! unmarked word that leads to Y.
//!
//! **Linearization points.** Adding: the exchange of the lowest word before (O6). Replacing, removing: that of the node's own lowest
//! word (O8, O7). Finding: the read of the node's lowest word without a mark (O4). Not finding: the read of the word that leads beyond
//! the key, which has no mark (O3 or O4).
//!
//! **Progress.** Lock-free: a walk starts again when another thread has changed a word, or when it has found a node whose levels
//! are not all marked, which it then marks itself; or when the era advanced, for which others have removed.
//!
//! **What is checked.** `tests/loom_ordered.rs`: two levels, every node on both; two threads, batches of one; weakened twins.
//! `tests/loom_stalled.rs`: stopped threads. `tests/stress_map.rs`: recorded histories. `tests/it/ordered.rs`: against the maps of `std`.

use core::marker::PhantomData;
use core::ptr;

use super::node::{Fresh, Link, Node, Word, is_marked, marked, unmarked};
use crate::primitive::{AtomicPtr, AtomicUsize, ord};
use crate::random::Seeds;
use crate::reclaim::Count;
use crate::reclaim::eras::{Eras, Pinned};

/// Levels: one node in four is on each next one.
pub(super) const LEVELS: usize = if cfg!(loom) { 2 } else { 14 };

pub(super) struct List<K, V> {
    heads: [Link<K, V>; LEVELS],
    /// Levels that have been used so far.
    used: AtomicUsize,
    eras: Eras,
    seeds: Seeds,
    /// Makes the bounds below the only ones.
    owns: PhantomData<(K, V)>,
}

// SAFETY: the list owns keys and values, and gives them away or drops them.
unsafe impl<K: Send, V: Send> Send for List<K, V> {}
// SAFETY: threads that share the list get references to the same keys and values, and drop what others made.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for List<K, V> {}

/// Between two neighbours, on each level.
pub(super) struct Place<'g, K, V> {
    /// The last node before; none if that is the head.
    before: [Option<&'g Node<K, V>>; LEVELS],
    /// What is behind that: unmarked.
    behind: [Word<K, V>; LEVELS],
}

impl<'g, K, V> Place<'g, K, V> {
    /// The neighbour before.
    pub(super) fn last_before(&self) -> Option<&'g Node<K, V>> {
        self.before[0]
    }

    /// The neighbour behind.
    pub(super) fn first_behind(&self) -> Option<&'g Node<K, V>> {
        // SAFETY: null, or a node that the walk has looked at under the guard.
        unsafe { self.behind[0].as_ref() }
    }
}

/// Takes a reference away when putting a node on its levels is over, or has panicked.
struct Building<'a, 'g, K, V> {
    list: &'a List<K, V>,
    node: &'a Node<K, V>,
    pin: &'g Pinned<'g>,
}

impl<K, V> Drop for Building<'_, '_, K, V> {
    fn drop(&mut self) {
        self.list.release(self.node, self.pin);
    }
}

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

    pub(super) fn new() -> Self {
        Self {
            heads: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            used: AtomicUsize::new(if cfg!(loom) { LEVELS } else { 1 }),
            eras: Eras::new(),
            seeds: Seeds::new(),
            owns: PhantomData,
        }
    }

    pub(super) fn eras(&self) -> &Eras {
        &self.eras
    }

    pub(super) fn len(&self) -> usize {
        // Entries are counted after they were added, so one may be counted as removed before.
        let removed = self.eras.total(Count::Removed);
        self.eras.total(Count::Added).saturating_sub(removed)
    }

    #[inline(always)]
    fn link<'a>(&'a self, node: Option<&'a Node<K, V>>, level: usize) -> &'a Link<K, V> {
        match node {
            Some(node) => node.link(level),
            None => &self.heads[level],
        }
    }

    fn height(&self) -> usize {
        if cfg!(loom) {
            return LEVELS;
        }
        let mut random = self.seeds.random();
        let mut height = 1;
        while height < LEVELS && random.below(4) == 0 {
            height += 1;
        }
        height
    }

    /// Walks to the place behind all keys that `is_before` says yes to; it says so of a beginning of the order. Takes removed nodes off
    /// on its way.
    pub(super) fn seek<'g>(&'g self, mut is_before: impl FnMut(&K) -> bool, pin: &'g Pinned<'_>) -> Place<'g, K, V> {
        'again: loop {
            let era = pin.upper();
            let mut place = Place { before: [None; LEVELS], behind: [ptr::null_mut(); LEVELS] };
            let mut before: Option<&'g Node<K, V>> = None;
            // ord[O9] Relaxed: fewer levels than there are only take longer; pairs with none.
            for level in (0..self.used.load(ord!(O9, Relaxed))).rev() {
                // ord[O3] Acquire: the node behind the word is initialised, and was born before; pairs with O5, O6, O8, O10.
                let mut word = self.link(before, level).load(ord!(O3, Acquire));
                if is_marked(word) {
                    if let Some(removed) = before {
                        Self::mark_upper(removed);
                    }
                    continue 'again;
                }
                loop {
                    if self.eras.now() != era {
                        pin.raise();
                        continue 'again;
                    }
                    // SAFETY: null, or I5 and E3: the era was announced, and it is the era still.
                    let Some(node): Option<&'g Node<K, V>> = (unsafe { word.as_ref() }) else { break };
                    node.touch();
                    // ord[O4] Acquire: as O3; pairs with O5, O6, O8, O10.
                    let next = node.link(level).load(ord!(O4, Acquire));
                    if is_marked(next) {
                        let Some(next) = self.take_off(before, node, next, level, pin) else { continue 'again };
                        word = next;
                    } else if is_before(node.key()) {
                        before = Some(node);
                        word = next;
                    } else {
                        break;
                    }
                }
                place.before[level] = before;
                place.behind[level] = word;
            }
            return place;
        }
    }

    /// The neighbour behind a node that was in the list.
    pub(super) fn after<'g>(&'g self, node: &'g Node<K, V>, pin: &'g Pinned<'_>) -> Option<&'g Node<K, V>>
    where
        K: Ord,
    {
        let era = pin.upper();
        // ord[O33] Acquire: as O3; pairs with O5, O6, O8, O10.
        let word = node.link(0).load(ord!(O33, Acquire));
        if !is_marked(word) && self.eras.now() == era {
            // SAFETY: null, or I5 and E3, as in `seek`.
            let next: &'g Node<K, V> = unsafe { word.as_ref() }?;
            next.touch();
            // ord[O34] Relaxed: only whether there is a mark; pairs with none.
            if !is_marked(next.link(0).load(ord!(O34, Relaxed))) {
                return Some(next);
            }
        }
        self.seek(|key| key <= node.key(), pin).first_behind()
    }

    /// Drops nodes that no guard keeps, if there are enough to look for some.
    pub(super) fn collect(&self, pin: &Pinned<'_>) {
        // SAFETY: a guard is used by one thread.
        let desk = unsafe { pin.desk() };
        drop(desk.collect(Self::batch()));
    }

    /// Takes a node that is marked on this level off it; none if the word before has changed.
    fn take_off(
        &self,
        before: Option<&Node<K, V>>,
        node: &Node<K, V>,
        next: Word<K, V>,
        level: usize,
        pin: &Pinned<'_>,
    ) -> Option<Word<K, V>> {
        let next = unmarked(next);
        // ord[O5] Release: hands on what `next` leads to; pairs with O3, O4.
        // ord[O11] Relaxed: nothing is read through it; pairs with none.
        self.link(before, level).compare_exchange(node.word(), next, ord!(O5, Release), ord!(O11, Relaxed)).ok()?;
        self.release(node, pin);
        Some(next)
    }

    /// Takes a reference to a node away, and retires it if that was the last.
    fn release(&self, node: &Node<K, V>, pin: &Pinned<'_>) {
        if node.release() {
            // SAFETY: keys and values may be dropped by whoever may use the map.
            let dead = unsafe { node.dead() };
            // SAFETY: a guard is used by one thread.
            let desk = unsafe { pin.desk() };
            // SAFETY: I4.
            unsafe { desk.retire(dead) };
        }
    }

    /// Marks the levels above the lowest.
    fn mark_upper(node: &Node<K, V>) {
        for level in (1..node.height()).rev() {
            let link = node.link(level);
            // ord[O12] Relaxed: only to be marked; pairs with none.
            let mut word = link.load(ord!(O12, Relaxed));
            while !is_marked(word) {
                // ord[O13] Relaxed: continues what put the word there; pairs with none.
                // ord[O14] Relaxed: as O12; pairs with none.
                match link.compare_exchange_weak(word, marked(word), ord!(O13, Relaxed), ord!(O14, Relaxed)) {
                    Ok(_) => break,
                    Err(now) => word = now,
                }
            }
        }
    }

    /// Removes a node; false if another thread has removed or replaced it.
    pub(super) fn remove(&self, node: &Node<K, V>, pin: &Pinned<'_>) -> bool
    where
        K: Ord,
    {
        // ord[O15] Relaxed: only to be marked; pairs with none.
        let mut next = node.link(0).load(ord!(O15, Relaxed));
        loop {
            if is_marked(next) {
                return false;
            }
            // ord[O7] Relaxed: continues what put the word there; pairs with none.
            // ord[O16] Relaxed: as O15; pairs with none.
            match node.link(0).compare_exchange(next, marked(next), ord!(O7, Relaxed), ord!(O16, Relaxed)) {
                Ok(_) => break,
                Err(now) => next = now,
            }
        }
        self.count(Count::Removed, pin);
        self.bury(node, pin);
        true
    }

    /// Sees to it that a node that is marked on the lowest level is taken off all.
    fn bury(&self, node: &Node<K, V>, pin: &Pinned<'_>)
    where
        K: Ord,
    {
        Self::mark_upper(node);
        // Past its key: a new one may stand behind it.
        self.seek(|key| key <= node.key(), pin);
    }

    fn count(&self, count: Count, pin: &Pinned<'_>) {
        // SAFETY: a guard is used by one thread.
        let desk = unsafe { pin.desk() };
        desk.count(count, 1);
    }

    /// A new node, to be published.
    pub(super) fn allocate(&self, key: K, value: V) -> Fresh<K, V> {
        Node::allocate(self.height(), self.eras.now(), key, value)
    }

    /// Puts a new node in, in the place of that of its key if there is one: which is returned, too.
    pub(super) fn put<'g>(
        &'g self,
        mut new: Fresh<K, V>,
        pin: &'g Pinned<'_>,
    ) -> (&'g Node<K, V>, Option<&'g Node<K, V>>)
    where
        K: Ord,
    {
        loop {
            let place = self.seek(|key| key < new.node().key(), pin);
            let old = place.first_behind().filter(|node| node.key().cmp(new.node().key()).is_eq());
            let done = match old {
                Some(old) => self.replace(old, new, pin),
                None => self.add(&place, new, pin),
            };
            match done {
                Ok(node) => return (node, old),
                Err(back) => new = back,
            }
        }
    }

    /// Puts a new node where no node of its key is. It is given back if the list has changed there.
    pub(super) fn add<'g>(
        &'g self,
        place: &Place<'g, K, V>,
        new: Fresh<K, V>,
        pin: &'g Pinned<'_>,
    ) -> Result<&'g Node<K, V>, Fresh<K, V>>
    where
        K: Ord,
    {
        let behind = place.behind[0];
        // ord[O17] Relaxed: published by O6; pairs with none.
        new.node().link(0).store(behind, ord!(O17, Relaxed));
        let link = self.link(place.before[0], 0);
        // ord[O6] Release: publishes the node; pairs with O3, O4.
        // ord[O18] Relaxed: nothing is read through it; pairs with none.
        if link.compare_exchange(behind, new.node().word(), ord!(O6, Release), ord!(O18, Relaxed)).is_err() {
            return Err(new);
        }
        Ok(self.publish(new, pin))
    }

    /// Puts a new node in the place of another of its key. It is given back if that has been removed or replaced.
    pub(super) fn replace<'g>(
        &'g self,
        old: &'g Node<K, V>,
        new: Fresh<K, V>,
        pin: &'g Pinned<'_>,
    ) -> Result<&'g Node<K, V>, Fresh<K, V>>
    where
        K: Ord,
    {
        loop {
            // Relaxable: O8 continues what put the word there, and whoever follows the new node has followed that.
            // ord[O19] Acquire: what it leads to is handed on; pairs with O5, O6, O8, O10.
            let next = old.link(0).load(ord!(O19, Acquire));
            if is_marked(next) {
                return Err(new);
            }
            // ord[O20] Relaxed: published by O8; pairs with none.
            new.node().link(0).store(next, ord!(O20, Relaxed));
            let word = marked(new.node().word());
            // ord[O8] Release: publishes the node; pairs with O3, O4.
            // ord[O21] Relaxed: nothing is read through it; pairs with none.
            if old.link(0).compare_exchange(next, word, ord!(O8, Release), ord!(O21, Relaxed)).is_ok() {
                break;
            }
        }
        self.count(Count::Removed, pin);
        let node = self.publish(new, pin);
        self.bury(old, pin);
        Ok(node)
    }

    /// Puts a node that is on the lowest level on the others.
    fn publish<'g>(&'g self, new: Fresh<K, V>, pin: &'g Pinned<'_>) -> &'g Node<K, V>
    where
        K: Ord,
    {
        let word = new.node().word();
        new.publish();
        // SAFETY: the reference that `Building` takes away below keeps it; and then the guard does, see there.
        let node: &'g Node<K, V> = unsafe { &*word };
        self.count(Count::Added, pin);
        let building = Building { list: self, node, pin };
        if node.born() > pin.upper() {
            // The guard keeps the node from now on: it is announced, with a fence, before the reference is taken away.
            pin.raise();
        }
        let height = node.height();
        // ord[O22] Relaxed: as O9; pairs with none.
        if self.used.load(ord!(O22, Relaxed)) < height {
            // ord[O23] Relaxed: as O9; pairs with none.
            self.used.fetch_max(height, ord!(O23, Relaxed));
        }
        let whole = (1..height).all(|level| self.put_on(node, level, pin));
        // ord[O32] Relaxed: only whether there is a mark; one that is missed is found by who walks here next; pairs with none.
        if !whole || height > 1 && is_marked(node.link(0).load(ord!(O32, Relaxed))) {
            // Perhaps it was put on a level after the thread that removed it had looked there.
            self.bury(node, pin);
        }
        drop(building);
        node
    }

    /// Puts a node on a level; false if it has been removed.
    fn put_on(&self, node: &Node<K, V>, level: usize, pin: &Pinned<'_>) -> bool
    where
        K: Ord,
    {
        loop {
            let place = self.seek(|key| key < node.key(), pin);
            let behind = place.behind[level];
            // ord[O24] Relaxed: only to be changed; pairs with none.
            let old = node.link(level).load(ord!(O24, Relaxed));
            // ord[O25] Relaxed: published by O10; pairs with none.
            // ord[O26] Relaxed: it is marked, and not followed; pairs with none.
            let set = node.link(level).compare_exchange(unmarked(old), behind, ord!(O25, Relaxed), ord!(O26, Relaxed));
            // ord[O27] Relaxed: only whether there is a mark; pairs with none.
            if set.is_err() || is_marked(node.link(0).load(ord!(O27, Relaxed))) {
                return false;
            }
            node.refer();
            let link = self.link(place.before[level], level);
            // ord[O10] Release: publishes the node, and hands on what is behind it; pairs with O3, O4.
            // ord[O28] Relaxed: nothing is read through it; pairs with none.
            if link.compare_exchange(behind, node.word(), ord!(O10, Release), ord!(O28, Relaxed)).is_ok() {
                return true;
            }
            // Not the last: the caller has one.
            node.release();
        }
    }

    /// Takes all nodes out, through an exclusive borrow, in order; those that are not in the map any more are dropped.
    pub(super) fn pop(&mut self) -> Option<Fresh<K, V>> {
        loop {
            for level in (1..LEVELS).rev() {
                self.pop_level(level);
            }
            let (node, live, last) = self.pop_of(0)?;
            debug_assert!(last, "a node is on the lowest level, or on none");
            if live {
                return Some(node);
            }
            drop(node);
        }
    }

    /// Takes all nodes off a level, and drops those that are on no other.
    fn pop_level(&mut self, level: usize) {
        while let Some((node, _, last)) = self.pop_of(level) {
            if last { drop(node) } else { node.publish() }
        }
    }

    /// Takes the first node off a level; says whether it was not marked there, and whether that was its last.
    fn pop_of(&mut self, level: usize) -> Option<(Fresh<K, V>, bool, bool)> {
        // ord[O29] Relaxed: exclusive, whatever shared the map has synchronised; pairs with none.
        let word = self.heads[level].load(ord!(O29, Relaxed));
        if word.is_null() {
            return None;
        }
        // SAFETY: exclusive, and a node on a level is not freed; it is the caller's if it is on no other.
        let node = unsafe { Fresh::from_word(word) };
        // ord[O30] Relaxed: exclusive, as O29; pairs with none.
        let next = node.node().link(level).load(ord!(O30, Relaxed));
        // ord[O31] Relaxed: exclusive, as O29; pairs with none.
        self.heads[level].store(unmarked(next), ord!(O31, Relaxed));
        let last = node.node().release();
        Some((node, !is_marked(next), last))
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
            }
        }

        Rest(self).run();
    }
}
