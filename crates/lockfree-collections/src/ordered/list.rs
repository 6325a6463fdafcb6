//! The levels of the ordered map: how nodes are found, put in and taken out.
//!
//! **Source.** Pugh, "Skip lists: a probabilistic alternative to balanced trees" (1990); each level is a list of Harris, "A pragmatic
//! implementation of non-blocking linked lists" (2001), put together as by Fraser, "Practical lock-freedom" (2004), and Herlihy and
//! Shavit, "The Art of Multiprocessor Programming" (2008). Leaves that are replaced as a whole, and frozen before their node is: after
//! Braginsky and Petrank, "Locality-conscious lock-free linked lists" (2011); that nodes are removed when they are empty and not
//! before: Johnson and Shasha, "B-trees with inserts and deletes: why free-at-empty is better than merge-at-half" (1993). Differences:
//! entries do not move, and leaves only lead to them, with numbers in the order of keys ([`super::rank`]); a leaf is frozen by
//! the very change after which its node must be replaced, so there is nothing to vote on; a node is replaced by marking it with the word
//! that leads to the new ones, in one step, as entries are in the hash map; a node counts the levels that lead to it, so that
//! it is retired once and when none does (as in crossbeam-skiplist); memory is reclaimed by eras ([`crate::reclaim`]).
//!
//! ```text
//! heads[1] --------------------------> B ---------------------> D -> null
//! heads[0] -> A (begins before all) -> B -> C ----------------> D -> null
//!             leaf: 1 3 4              leaf: 7 8   leaf: 20 21  leaf: 30
//! an entry is added to B:        B { leaf: [7 8] } becomes B { leaf: [7 8 9] }
//! 7 is removed from B:           B { leaf: FROZEN | [8] }, then B { next: MARK | B' } -> B' { leaf: [8], next: C }
//! B has one entry too many:      B { leaf: FROZEN | [7..15] }, then B { next: MARK | B1 } -> B1 { [7..11] } -> B2 { [12..15], next: C }
//! the last of B is removed:      B { leaf: FROZEN | null }, then B { next: MARK | C }
//! ```
//!
//! **Invariants.** (A node is *live* if a level leads to it and its lowest word has no mark.)
//! - I1: along a level, nodes do not begin at lesser keys than those before them, and live ones begin at greater keys. The first live node
//!   of the lowest level begins before all keys; it is on no other level.
//! - I2: what a node begins with, an entry and a leaf stay as they are once they are published. A word of a node changes until it is marked,
//!   and never again; so does its leaf until it is frozen. The lowest word is marked only when the leaf is frozen.
//! - I3: a node is on a level from the compare-exchange that puts it there to the one that takes it off. The latter changes
//!   the word that leads to the node, which is unmarked, to what its own marked word leads to; so it happens once.
//!   `references` counts the levels that it is on, and the thread that is putting it there.
//! - I4: whoever takes the last reference away retires the node: then it is on no level, and will be on none.
//! - I5: a walk follows unmarked words only, of nodes that are on that level; on finding a mark it takes the node off, or starts again.
//!   It uses a leaf only if its node had no mark on the lowest level before it read the leaf, or after if that is frozen.
//! - I6: the map consists of the entries in the leaves of the live nodes. All keys in a node's leaf are at least the one that
//!   it begins with, and less than the one that the next live node begins with. What belongs to a node whose leaf is not frozen only grows:
//!   the next node may be removed, or begin later; and only a split, which freezes, puts a node between.
//! - I7: the leaf of a live node, unless it is frozen or the first one's, begins with the entry that the node begins with.
//! - I8: the state of an entry says whether it is in the map, and how many nodes begin with it that have not been retired. Whoever takes the
//!   last of it away retires the entry. An entry that has left the map does not come back, and what nothing leads to is not counted again.
//!
//! **Why a walk is safe** (E4 of [`crate::reclaim`]'s eras). Let the fence of the thread that frees Y come before the reader's.
//! Y a node: each word that led to it on some level had been changed or marked by then: an unmarked word of a node on that level that
//! leads to Y means that Y is on it (I3), and by I4 it was on none. No later word leads to Y either: a node is put before Y, or a marked one
//! before Y is taken off, by an exchange that finds an unmarked word leading to Y, or to a node on that level before Y. So the reader finds
//! no unmarked word that leads to Y. Y a leaf: it was replaced in its node before that fence, or went with its node. Y an
//! entry: the nodes that begin with it had been retired. Its last leaf in a live node had been replaced, and all nodes whose leaves it was
//! in before that were marked before: the reader finds these marks (I5).
//!
//! **Linearization points.** Adding, replacing, removing: the exchange of a leaf (O6). Finding and not finding: the read of the
//! leaf, not frozen (O15); or, if it is frozen, the read of the node's lowest word without a mark after that (O20). Finding the first entry
//! of the next node: the first look whether the leaf before is there still (O21), after that one's was read and before it is looked at again.
//!
//! **Progress.** Lock-free: a walk starts again when another thread has changed a word, or when it has found a node whose levels
//! are not all marked, which it then marks itself; or when the era advanced, for which others have removed. A change that finds a frozen
//! leaf replaces its node itself.
//!
//! **What is checked.** `tests/loom_ordered.rs`: two levels, every node but the first on both, two entries in a leaf; two threads and three,
//! batches of one; weakened twins of all orderings. `tests/loom_stalled.rs`: stopped threads. `tests/stress_map.rs`: recorded histories. `tests/it/ordered.rs`: against
//! the maps of `std`.

use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use super::item::Item;
use super::leaf::{Entries, Leaf};
use super::node::{FreshNode, Link, Node, Word, is_marked, marked, unmarked};
use super::rank::Aim;
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

/// Takes a reference away when putting a node on its levels is over, or has panicked.
pub(super) struct Building<'a, 'g, K, V> {
    list: &'a List<K, V>,
    node: &'g Node<K, V>,
    pin: &'g Pinned<'g>,
}

impl<K, V> Drop for Building<'_, '_, K, V> {
    fn drop(&mut self) {
        self.list.release(self.node, self.pin);
    }
}

impl<K, V> List<K, V> {
    /// How many unlinked objects a slot keeps before it looks for some that can be dropped.
    #[cfg(loom)]
    pub(super) fn batch() -> usize {
        if crate::weaken::is_patient() { 128 } else { 1 }
    }

    /// How many unlinked objects a slot keeps before it looks for some that can be dropped.
    #[cfg(not(loom))]
    pub(super) const fn batch() -> usize {
        let fit = 32 * 1024 / Self::object_bytes();
        if fit < 8 {
            8
        } else if fit > 128 {
            128
        } else {
            fit
        }
    }

    /// The bytes of the greatest of the objects that are reclaimed, but for what some nodes have in addition.
    pub(super) const fn object_bytes() -> usize {
        let (leaf, item) = (size_of::<Leaf<K, V>>(), size_of::<Item<K, V>>());
        if leaf > item { leaf } else { item }
    }

    pub(super) fn new() -> Self {
        let list = Self {
            heads: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            used: AtomicUsize::new(if cfg!(loom) { LEVELS } else { 1 }),
            eras: Eras::new(),
            seeds: Seeds::new(),
            owns: PhantomData,
        };
        let first = list.fresh_node(1, 0, ptr::null(), Entries::NONE);
        // The reference of who puts it on its levels.
        first.node().release();
        // ord[O22] Relaxed: whatever shares the map publishes it; pairs with none.
        list.heads[0].store(first.publish().as_ptr(), ord!(O22, Relaxed));
        list
    }

    pub(super) fn eras(&self) -> &Eras {
        &self.eras
    }

    /// The era, as what is born now notes it.
    pub(super) fn born(&self) -> u32 {
        // Eras end before this does.
        u32::try_from(self.eras.now()).unwrap_or(u32::MAX)
    }

    pub(super) fn len(&self) -> usize {
        // Entries are counted after they were added, so one may be counted as removed before.
        let removed = self.eras.total(Count::Removed);
        self.eras.total(Count::Added).saturating_sub(removed)
    }

    /// For who owns the list alone: the word that leads to the first node of a level.
    pub(super) fn head(&mut self, level: usize) -> &Link<K, V> {
        &self.heads[level]
    }

    #[inline(always)]
    fn link<'a>(&'a self, node: Option<&'a Node<K, V>>, level: usize) -> &'a Link<K, V> {
        match node {
            Some(node) => node.link(level),
            None => &self.heads[level],
        }
    }

    /// How many levels a new node is on.
    pub(super) fn height(&self) -> usize {
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

    /// A node that begins with `first`, which has been told so.
    pub(super) fn fresh_node(
        &self,
        height: usize,
        rank: u64,
        first: *const Item<K, V>,
        entries: Entries<K, V>,
    ) -> FreshNode<K, V> {
        let born = self.born();
        Node::allocate(height, born, rank, first, Leaf::allocate(born, entries))
    }

    /// Walks to the last node that begins before; also returns the word behind it. `visit` hears of both on each level. Takes
    /// removed nodes off on its way.
    #[inline]
    pub(super) fn walk<'g>(
        &'g self,
        aim: &Aim<impl Fn(&K) -> bool>,
        pin: &'g Pinned<'_>,
        mut visit: impl FnMut(usize, Option<&'g Node<K, V>>, Word<K, V>),
    ) -> (&'g Node<K, V>, Word<K, V>) {
        'again: loop {
            let era = pin.upper();
            let mut before: Option<&'g Node<K, V>> = None;
            let mut behind = ptr::null_mut();
            // ord[O9] Relaxed: fewer levels than there are only take longer; pairs with none.
            for level in (0..self.used.load(ord!(O9, Relaxed))).rev() {
                // ord[O3] Acquire: the node behind the word is initialised, and was born before; pairs with O5, O8, O10.
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
                    // ord[O4] Acquire: as O3; pairs with O5, O8, O10.
                    let next = node.link(level).load(ord!(O4, Acquire));
                    if is_marked(next) {
                        let Some(next) = self.take_off(before, node, next, level, pin) else { continue 'again };
                        word = next;
                    } else if node.is_before(aim) {
                        before = Some(node);
                        word = next;
                    } else {
                        break;
                    }
                }
                visit(level, before, word);
                behind = word;
            }
            return (before.expect("the first node begins before all keys"), behind);
        }
    }

    /// Looks for objects to drop, if many wait for it. What is dropped may use the map.
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
        // ord[O23] Relaxed: nothing is read through it; pairs with none.
        self.link(before, level).compare_exchange(node.word(), next, ord!(O5, Release), ord!(O23, Relaxed)).ok()?;
        self.release(node, pin);
        Some(next)
    }

    /// Takes a reference to a node away, and retires it if that was the last.
    fn release(&self, node: &Node<K, V>, pin: &Pinned<'_>) {
        if node.release() {
            // SAFETY: a guard is used by one thread.
            let desk = unsafe { pin.desk() };
            // SAFETY: I4.
            unsafe { desk.retire(node.dead()) };
            // SAFETY: the node is counted in its state, until now.
            if let Some(first) = unsafe { node.first().as_ref() } {
                self.let_go(first, 1, pin);
            }
        }
    }

    /// Takes a part of an entry's state away, and retires it if that was the last.
    pub(super) fn let_go(&self, item: &Item<K, V>, part: u32, pin: &Pinned<'_>) {
        if item.release(part) {
            // SAFETY: keys and values may be dropped by whoever may use the map.
            let dead = unsafe { item.dead() };
            // SAFETY: a guard is used by one thread.
            let desk = unsafe { pin.desk() };
            // SAFETY: I8.
            unsafe { desk.retire(dead) };
        }
    }

    /// Marks the levels above the lowest.
    fn mark_upper(node: &Node<K, V>) {
        for level in (1..node.height()).rev() {
            let link = node.link(level);
            // ord[O24] Relaxed: only to be marked; pairs with none.
            let mut word = link.load(ord!(O24, Relaxed));
            while !is_marked(word) {
                // ord[O25] Relaxed: continues what put the word there; pairs with none.
                // ord[O26] Relaxed: as O24; pairs with none.
                match link.compare_exchange_weak(word, marked(word), ord!(O25, Relaxed), ord!(O26, Relaxed)) {
                    Ok(_) => break,
                    Err(now) => word = now,
                }
            }
        }
    }

    /// Sees to it that a node that is marked on the lowest level is taken off all.
    pub(super) fn bury(&self, node: &Node<K, V>, pin: &Pinned<'_>)
    where
        K: Ord,
    {
        Self::mark_upper(node);
        let Some(key) = node.key() else {
            // It is on the lowest level only, and the first there.
            self.walk(&Aim::end(|_: &K| false), pin, |_, _, _| ());
            return;
        };
        self.walk(&Aim::at(key, |other: &K| other < key), pin, |_, _, _| ());
        if node.is_referred() {
            // One that begins with the same key may have been put before it on some level.
            self.walk(&Aim::at(key, |other: &K| other <= key), pin, |_, _, _| ());
        }
    }

    /// Publishes what a marked node is replaced by, in the place of its lowest word `next`; false if that has changed.
    pub(super) fn replace(&self, node: &Node<K, V>, next: Word<K, V>, by: Word<K, V>) -> bool {
        // ord[O8] Release: publishes the nodes, and hands on, with what put `next` there, what they lead to; pairs with O3, O4.
        // ord[O27] Relaxed: nothing is read through it; pairs with none.
        node.link(0).compare_exchange(next, marked(by), ord!(O8, Release), ord!(O27, Relaxed)).is_ok()
    }

    /// Gives a new node to others, which has been put on the lowest level by `replace`; until what is returned is dropped it is not retired.
    pub(super) fn publish<'a, 'g>(&'a self, new: FreshNode<K, V>, pin: &'g Pinned<'g>) -> Building<'a, 'g, K, V> {
        let node: NonNull<Node<K, V>> = new.publish();
        // SAFETY: born in an era that the guard has announced, with a fence, before it was put there.
        Building { list: self, node: unsafe { node.as_ref() }, pin }
    }
}

impl<K: Ord, V> Building<'_, '_, K, V> {
    /// Puts the node on the levels above the lowest.
    pub(super) fn build(&self) {
        let (list, node) = (self.list, self.node);
        let height = node.height();
        // ord[O28] Relaxed: as O9; pairs with none.
        if list.used.load(ord!(O28, Relaxed)) < height {
            // ord[O29] Relaxed: as O9; pairs with none.
            list.used.fetch_max(height, ord!(O29, Relaxed));
        }
        let whole = (1..height).all(|level| self.put_on(level));
        // ord[O30] Relaxed: only whether there is a mark; one that is missed is found by who walks here next; pairs with none.
        if !whole || height > 1 && is_marked(node.link(0).load(ord!(O30, Relaxed))) {
            // Perhaps it was put on a level after the thread that removed it had looked there.
            list.bury(node, self.pin);
        }
    }

    /// Puts the node on a level; false if it has been removed.
    fn put_on(&self, level: usize) -> bool {
        let (list, node) = (self.list, self.node);
        let key = node.key().expect("the first node is on the lowest level only");
        let aim = Aim::at(key, |other: &K| other < key);
        loop {
            let (mut before, mut behind) = (None, ptr::null_mut());
            list.walk(&aim, self.pin, |at, node, word| {
                if at == level {
                    (before, behind) = (node, word);
                }
            });
            // ord[O31] Relaxed: only to be changed; pairs with none.
            let old = node.link(level).load(ord!(O31, Relaxed));
            // ord[O32] Relaxed: published by O10; pairs with none.
            // ord[O33] Relaxed: it is marked, and not followed; pairs with none.
            let set = node.link(level).compare_exchange(unmarked(old), behind, ord!(O32, Relaxed), ord!(O33, Relaxed));
            // ord[O34] Relaxed: only whether there is a mark; pairs with none.
            if set.is_err() || is_marked(node.link(0).load(ord!(O34, Relaxed))) {
                return false;
            }
            node.refer();
            let link = list.link(before, level);
            // ord[O10] Release: publishes the node, and hands on what is behind it; pairs with O3, O4.
            // ord[O36] Relaxed: nothing is read through it; pairs with none.
            if link.compare_exchange(behind, node.word(), ord!(O10, Release), ord!(O36, Relaxed)).is_ok() {
                return true;
            }
            // Not the last: the caller has one.
            node.release();
        }
    }
}
