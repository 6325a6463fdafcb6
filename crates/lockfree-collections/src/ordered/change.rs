//! Finding entries in leaves, and replacing leaves. The invariants are told in [`super::list`].

use core::ptr::{self, NonNull};

use super::item::{FreshItem, IN_MAP, Item};
use super::leaf::{Entries, Leaf, LeafWord, MOST, frozen, is_frozen, unfrozen};
use super::list::{Building, List};
use super::node::{FreshNode, Node, Word, is_marked};
use super::rank::Aim;
use crate::primitive::ord;
use crate::reclaim::Count;
use crate::reclaim::eras::Pinned;

/// A node, and the entries that it had at some time.
pub(super) struct Spot<'g, K, V> {
    node: &'g Node<K, V>,
    word: LeafWord<K, V>,
    leaf: Option<&'g Leaf<K, V>>,
}

impl<K, V> Clone for Spot<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Spot<'_, K, V> {}

impl<'g, K, V> Spot<'g, K, V> {
    /// What `from_parts` makes it of again.
    pub(super) fn parts(&self) -> (NonNull<Node<K, V>>, LeafWord<K, V>) {
        (NonNull::from(self.node), self.word)
    }

    /// # Safety
    ///
    /// It was found under a guard that lives for longer than `'g`.
    pub(super) unsafe fn from_parts(node: NonNull<Node<K, V>>, word: LeafWord<K, V>) -> Self {
        // SAFETY: promised by the caller.
        let node = unsafe { node.as_ref() };
        // SAFETY: as above; or null.
        let leaf = unsafe { unfrozen(word).as_ref() };
        Self { node, word, leaf }
    }

    #[inline(always)]
    fn entries(&self) -> Option<&'g Entries<K, V>> {
        self.leaf.map(Leaf::entries)
    }

    /// An entry.
    #[inline(always)]
    pub(super) fn item(&self, at: usize) -> Option<&'g Item<K, V>> {
        let item = self.entries()?.get(at);
        // SAFETY: null, or reached with the leaf, under the guard that keeps that.
        unsafe { item.as_ref() }
    }

    /// Says that all these entries, and the node behind, will be wanted soon.
    pub(super) fn prefetch(&self) {
        self.node.prefetch_next();
        if let Some(entries) = self.entries() {
            entries.prefetch();
        }
    }

    /// How many entries are before.
    #[inline(always)]
    fn count(&self, aim: &Aim<impl Fn(&K) -> bool>) -> usize {
        // SAFETY: as in `item`.
        self.entries().map_or(0, |entries| unsafe { entries.count(aim) })
    }
}

/// An entry's place.
pub(super) type Place<'g, K, V> = (Spot<'g, K, V>, usize);

/// What has become of a new entry.
pub(super) struct Put<'g, K, V> {
    /// The entry of its key now.
    pub(super) item: &'g Item<K, V>,
    /// That which was replaced.
    pub(super) old: Option<&'g Item<K, V>>,
    /// The new one, if there was one before that was to be left.
    pub(super) left: Option<FreshItem<K, V>>,
}

/// What to do with a new entry of whose key there is one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meet {
    Replace,
    Leave,
}

/// Notes that an entry is not in the map any more, when what has to be done before is done, or has panicked.
struct LetGo<'a, 'g, K, V> {
    list: &'a List<K, V>,
    item: &'a Item<K, V>,
    pin: &'g Pinned<'g>,
}

impl<K, V> Drop for LetGo<'_, '_, K, V> {
    fn drop(&mut self) {
        self.list.let_go(self.item, IN_MAP, self.pin);
    }
}

impl<K, V> List<K, V> {
    /// A new entry, to be put in.
    pub(super) fn fresh_item(&self, key: K, value: V) -> FreshItem<K, V> {
        Item::allocate(self.born(), key, value)
    }

    fn count(&self, count: Count, pin: &Pinned<'_>) {
        // SAFETY: a guard is used by one thread.
        let desk = unsafe { pin.desk() };
        desk.count(count, 1);
    }

    /// The entries of a node that a walk has just found on the lowest level; none if it has been replaced, or the era has advanced.
    #[inline(always)]
    fn look<'g>(&'g self, node: &'g Node<K, V>, pin: &'g Pinned<'_>) -> Option<Spot<'g, K, V>> {
        let era = pin.upper();
        // ord[O15] Acquire: the leaf and its entries are initialised, and were born before; pairs with O6.
        let word = node.leaf().load(ord!(O15, Acquire));
        if self.eras().now() != era {
            pin.raise();
            return None;
        }
        // ord[O20] Relaxed: only whether there is a mark, after the leaf was read; pairs with none.
        if is_frozen(word) && is_marked(node.link(0).load(ord!(O20, Relaxed))) {
            return None;
        }
        // SAFETY: null, or I5 and E3: the era was announced, and it is the era still.
        let leaf = unsafe { unfrozen(word).as_ref() };
        Some(Spot { node, word, leaf })
    }

    /// The entries of the last node that begins before, and the word behind it.
    #[inline]
    fn locate<'g>(&'g self, aim: &Aim<impl Fn(&K) -> bool>, pin: &'g Pinned<'_>) -> (Spot<'g, K, V>, Word<K, V>) {
        loop {
            let (node, behind) = self.walk(aim, pin, |_, _, _| ());
            if let Some(spot) = self.look(node, pin) {
                return (spot, behind);
            }
        }
    }
}

impl<K: Ord, V> List<K, V> {
    /// The last entry before `upto`, if it is of the wanted key.
    #[inline]
    pub(super) fn find<'g>(
        &'g self,
        upto: &Aim<impl Fn(&K) -> bool>,
        is_key: impl Fn(&K) -> bool,
        pin: &'g Pinned<'_>,
    ) -> Option<&'g Item<K, V>> {
        let (spot, _) = self.locate(upto, pin);
        let at = spot.count(upto).checked_sub(1)?;
        spot.item(at).filter(|item| is_key(item.key()))
    }

    /// The first entry that is not before: its place.
    pub(super) fn first_behind<'g>(
        &'g self,
        aim: &Aim<impl Fn(&K) -> bool>,
        pin: &'g Pinned<'_>,
    ) -> Option<Place<'g, K, V>> {
        loop {
            let (spot, behind) = self.locate(aim, pin);
            let at = spot.count(aim);
            if spot.item(at).is_some() {
                return Some((spot, at));
            }
            // SAFETY: null, or the walk has looked at it under the guard, and found no mark.
            let next: &Node<K, V> = unsafe { behind.as_ref() }?;
            let Some(other) = self.look(next, pin) else { continue };
            if other.leaf.is_none() {
                self.settle(&other, pin);
                continue;
            }
            // The one leaf was there while the other was: at the time of the first look.
            if self.is_there(&spot) && self.is_there(&other) {
                return Some((other, 0));
            }
        }
    }

    /// Whether a node still has its entries; asked after something else was read.
    fn is_there(&self, spot: &Spot<'_, K, V>) -> bool {
        // ord[O21] Acquire: what is asked next is asked later; pairs with none.
        let word = spot.node.leaf().load(ord!(O21, Acquire));
        // ord[O37] Relaxed: as O20; pairs with none.
        word == spot.word && (!is_frozen(word) || !is_marked(spot.node.link(0).load(ord!(O37, Relaxed))))
    }

    /// The last entry that is before: its place.
    pub(super) fn last_before<'g>(
        &'g self,
        aim: &Aim<impl Fn(&K) -> bool>,
        pin: &'g Pinned<'_>,
    ) -> Option<Place<'g, K, V>> {
        loop {
            let (spot, _) = self.locate(aim, pin);
            if let Some(at) = spot.count(aim).checked_sub(1) {
                return Some((spot, at));
            }
            if spot.node.first().is_null() {
                return None;
            }
            // What it began with has been removed (I7).
            self.settle(&spot, pin);
        }
    }

    /// The entries of the next node that has some, after `spot` was found some time ago; at least what has been there since.
    pub(super) fn after<'g>(&'g self, spot: &Spot<'g, K, V>, pin: &'g Pinned<'_>) -> Option<Place<'g, K, V>> {
        let era = pin.upper();
        // ord[O38] Acquire: as O3; pairs with O5, O8, O10.
        let word = spot.node.link(0).load(ord!(O38, Acquire));
        if !is_marked(word) && self.eras().now() == era {
            // SAFETY: null, or I5 and E3, as in `walk`.
            let next: &'g Node<K, V> = unsafe { word.as_ref() }?;
            next.touch();
            // ord[O39] Relaxed: only whether there is a mark, before the leaf is read; pairs with none.
            if !is_marked(next.link(0).load(ord!(O39, Relaxed))) {
                if let Some(spot) = self.look(next, pin).filter(|spot| spot.leaf.is_some()) {
                    return Some((spot, 0));
                }
            }
        }
        let last = spot.item(spot.entries()?.len() - 1)?.key();
        self.first_behind(&Aim::at(last, |key: &K| key <= last), pin)
    }

    /// Puts a new entry in. If there is one of its key, that is either replaced or left.
    pub(super) fn put<'g>(&'g self, new: FreshItem<K, V>, meet: Meet, pin: &'g Pinned<'_>) -> Put<'g, K, V> {
        loop {
            let key = new.item().key();
            let upto = Aim::at(key, |other: &K| other <= key);
            let (spot, _) = self.locate(&upto, pin);
            let behind = spot.count(&upto);
            let entries = spot.entries().copied().unwrap_or(Entries::NONE);
            let old = behind.checked_sub(1).and_then(|at| spot.item(at)).filter(|item| item.key().cmp(key).is_eq());
            if let (Some(old), Meet::Leave) = (old, meet) {
                return Put { item: old, old: None, left: Some(new) };
            }
            let (rank, item) = (super::rank::rank(key).unwrap_or(0), ptr::from_ref(new.item()));
            let entries = match old {
                Some(_) => entries.with_other(behind - 1, rank, item),
                None if is_frozen(spot.word) => {
                    self.settle(&spot, pin);
                    continue;
                }
                None => entries.with(behind, rank, item),
            };
            let Some(now) = self.swap(&spot, entries, pin) else { continue };
            let item = new.publish();
            match old {
                Some(old) => self.let_go(old, IN_MAP, pin),
                None => self.count(Count::Added, pin),
            }
            self.settle(&now, pin);
            // SAFETY: born in an era that the guard had announced before it was published.
            return Put { item: unsafe { item.as_ref() }, old, left: None };
        }
    }

    /// Removes the entry before `upto` if it is the one that is meant, and calls `end` with it before it is let go of.
    pub(super) fn remove<'g, R>(
        &'g self,
        upto: &Aim<impl Fn(&K) -> bool>,
        is_meant: impl Fn(&Item<K, V>) -> bool,
        pin: &'g Pinned<'_>,
        end: impl FnOnce(&'g Item<K, V>) -> R,
    ) -> Option<R> {
        loop {
            let (spot, _) = self.locate(upto, pin);
            let at = spot.count(upto).checked_sub(1)?;
            let item = spot.item(at).filter(|item| is_meant(item))?;
            let entries = spot.entries()?.without(at);
            let Some(now) = self.swap(&spot, entries, pin) else { continue };
            self.count(Count::Removed, pin);
            let removed = LetGo { list: self, item, pin };
            let result = end(item);
            drop(removed);
            self.settle(&now, pin);
            return Some(result);
        }
    }

    /// Removes this entry; false if another thread has removed or replaced it.
    pub(super) fn remove_item(&self, item: &Item<K, V>, pin: &Pinned<'_>) -> bool {
        let key = item.key();
        let is_meant = |other: &Item<K, V>| ptr::eq(other, item);
        self.remove(&Aim::at(key, |other: &K| other <= key), is_meant, pin, |_| ()).is_some()
    }

    /// Replaces the leaf of a node by one with these entries; tells what is there then. None if it has changed meanwhile, or if it was
    /// frozen, which is then settled.
    fn swap<'g>(
        &'g self,
        spot: &Spot<'g, K, V>,
        entries: Entries<K, V>,
        pin: &'g Pinned<'_>,
    ) -> Option<Spot<'g, K, V>> {
        if is_frozen(spot.word) {
            self.settle(spot, pin);
            return None;
        }
        let node = spot.node;
        let first = node.first();
        let leaf = Leaf::allocate(self.born(), entries);
        if self.born() as usize > pin.upper() {
            // What was born up to now is kept from now on: the era is announced, with a fence, before it is published.
            pin.raise();
        }
        let ends = entries.len() > MOST || !first.is_null() && entries.get(0) != first;
        let word = if ends { frozen(leaf.word()) } else { leaf.word() };
        // ord[O6] Release: publishes the leaf, and a new entry in it; pairs with O15.
        // ord[O40] Relaxed: nothing is read through it; pairs with none.
        node.leaf().compare_exchange(spot.word, word, ord!(O6, Release), ord!(O40, Relaxed)).ok()?;
        leaf.publish();
        if let Some(old) = spot.leaf {
            // SAFETY: a guard is used by one thread.
            let desk = unsafe { pin.desk() };
            // SAFETY: it was replaced, by this thread.
            unsafe { desk.retire(old.dead()) };
        }
        // SAFETY: null, or born in an era that the guard had announced before it was published.
        let leaf = unsafe { unfrozen(word).as_ref() };
        Some(Spot { node, word, leaf })
    }

    /// Replaces a node whose leaf is frozen, unless that has been done.
    fn settle<'g>(&'g self, spot: &Spot<'g, K, V>, pin: &'g Pinned<'_>) {
        if !is_frozen(spot.word) {
            return;
        }
        let node = spot.node;
        let mut left = spot.entries().copied().unwrap_or(Entries::NONE);
        let right = if left.len() > MOST {
            // Keys that come in their order leave full nodes behind.
            // ord[O41] Relaxed: a guess; pairs with none.
            let is_last = node.link(0).load(ord!(O41, Relaxed)).is_null();
            left.split(if is_last { MOST } else { left.len() / 2 })
        } else {
            Entries::NONE
        };
        let is_first = node.first().is_null();
        let Some(left) = self.successor(&left, is_first, pin) else { return };
        let Some(right) = self.successor(&right, false, pin) else { return };
        if self.born() as usize > pin.upper() {
            // As in `swap`.
            pin.raise();
        }
        loop {
            // ord[O42] Relaxed: O8 continues what put the word there, and whoever follows the new nodes has followed that; pairs with none.
            let next = node.link(0).load(ord!(O42, Relaxed));
            if is_marked(next) {
                return;
            }
            let behind_left = right.node().map_or(next, Node::word);
            for (new, behind) in [(&right, next), (&left, behind_left)] {
                if let Some(new) = new.node() {
                    // ord[O43] Relaxed: published by O8; pairs with none.
                    new.link(0).store(behind, ord!(O43, Relaxed));
                }
            }
            if self.replace(node, next, left.node().map_or(next, Node::word)) {
                break;
            }
        }
        let building = [left, right].map(|mut new| new.node.take().map(|new| self.publish(new, pin)));
        self.bury(node, pin);
        building.iter().flatten().for_each(Building::build);
    }

    /// A node to take the place of one whose leaf is frozen: with these entries, and without if it is the first; else no node is made
    /// for none. None if that has been replaced.
    fn successor<'a>(
        &'a self,
        entries: &Entries<K, V>,
        is_first: bool,
        pin: &'a Pinned<'a>,
    ) -> Option<Successor<'a, K, V>> {
        let mut new = Successor { list: self, pin, node: None };
        if is_first {
            new.node = Some(self.fresh_node(1, 0, ptr::null(), *entries));
        } else if entries.len() > 0 {
            let first = entries.get(0);
            // SAFETY: reached with the leaf, under the guard.
            if !unsafe { &*first }.refer() {
                return None;
            }
            new.node = Some(self.fresh_node(self.height(), entries.rank(0), first, *entries));
        }
        Some(new)
    }
}

/// A node that may be put in the place of another; if it is not, the entry that it begins with is told so.
struct Successor<'a, K, V> {
    list: &'a List<K, V>,
    pin: &'a Pinned<'a>,
    node: Option<FreshNode<K, V>>,
}

impl<K, V> Successor<'_, K, V> {
    fn node(&self) -> Option<&Node<K, V>> {
        self.node.as_ref().map(FreshNode::node)
    }
}

impl<K, V> Drop for Successor<'_, K, V> {
    fn drop(&mut self) {
        let Some(new) = self.node.take() else { return };
        // SAFETY: told that it begins there, so not freed.
        if let Some(first) = unsafe { new.node().first().as_ref() } {
            self.list.let_go(first, 1, self.pin);
        }
    }
}
