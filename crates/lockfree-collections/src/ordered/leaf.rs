//! Leaves: the entries of a node, in order. A leaf does not change; one that differs by an entry takes its place.

use alloc::alloc::{Layout, alloc, handle_alloc_error};
use core::ptr::{self, NonNull};

use super::item::Item;
use super::rank::Aim;
use crate::primitive::{Alive, Plain, deallocate, exposed, prefetch, whole};
use crate::reclaim::dead::Dead;

/// Entries that a node may keep.
pub(super) const MOST: usize = if cfg!(loom) { 2 } else { 15 };

/// Entries of a node that is about to be split: one more.
const ROOM: usize = MOST + 1;

/// What a node leads to: a leaf, or null for no entries; frozen if the node is about to be replaced.
pub(super) type LeafWord<K, V> = *mut Leaf<K, V>;

const FROZEN: usize = 1;

#[inline(always)]
pub(super) fn is_frozen<K, V>(word: LeafWord<K, V>) -> bool {
    word.addr() & FROZEN != 0
}

#[inline(always)]
pub(super) fn frozen<K, V>(word: LeafWord<K, V>) -> LeafWord<K, V> {
    word.map_addr(|address| address | FROZEN)
}

#[inline(always)]
pub(super) fn unfrozen<K, V>(word: LeafWord<K, V>) -> LeafWord<K, V> {
    word.map_addr(|address| address & !FROZEN)
}

/// Entries in order.
pub(super) struct Entries<K, V> {
    len: usize,
    /// The numbers of their keys.
    ranks: [u64; ROOM],
    items: [*const Item<K, V>; ROOM],
}

impl<K, V> Clone for Entries<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Entries<K, V> {}

impl<K, V> Entries<K, V> {
    pub(super) const NONE: Self = Self { len: 0, ranks: [0; ROOM], items: [ptr::null(); ROOM] };

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// An entry; null behind the last.
    #[inline(always)]
    pub(super) fn get(&self, at: usize) -> *const Item<K, V> {
        if at < self.len { self.items[at] } else { ptr::null() }
    }

    #[inline(always)]
    pub(super) fn rank(&self, at: usize) -> u64 {
        self.ranks[at]
    }

    /// Says that all entries will be wanted soon.
    #[inline(always)]
    pub(super) fn prefetch(&self) {
        self.items[..self.len].iter().for_each(|item| prefetch(*item));
    }

    /// How many entries are before.
    ///
    /// # Safety
    ///
    /// The entries are not freed meanwhile.
    #[inline(always)]
    pub(super) unsafe fn count(&self, aim: &Aim<impl Fn(&K) -> bool>) -> usize {
        aim.count(&self.ranks[..self.len], |at| {
            // SAFETY: promised by the caller.
            unsafe { &*self.items[at] }.key()
        })
    }

    pub(super) fn with(mut self, at: usize, rank: u64, item: *const Item<K, V>) -> Self {
        self.ranks.copy_within(at..self.len, at + 1);
        self.items.copy_within(at..self.len, at + 1);
        self.len += 1;
        self.with_other(at, rank, item)
    }

    pub(super) fn with_other(mut self, at: usize, rank: u64, item: *const Item<K, V>) -> Self {
        (self.ranks[at], self.items[at]) = (rank, item);
        self
    }

    pub(super) fn without(mut self, at: usize) -> Self {
        self.ranks.copy_within(at + 1..self.len, at);
        self.items.copy_within(at + 1..self.len, at);
        self.len -= 1;
        self
    }

    /// Those from `at` on are given back.
    pub(super) fn split(&mut self, at: usize) -> Self {
        let mut right = Self::NONE;
        right.len = self.len - at;
        right.ranks[..right.len].copy_from_slice(&self.ranks[at..self.len]);
        right.items[..right.len].copy_from_slice(&self.items[at..self.len]);
        self.len = at;
        right
    }
}

/// The entries of a node at some time.
pub(super) struct Leaf<K, V> {
    entries: Plain<Entries<K, V>>,
    /// The era of birth.
    born: u32,
    alive: Alive,
}

impl<K, V> Leaf<K, V> {
    pub(super) fn allocate(born: u32, entries: Entries<K, V>) -> FreshLeaf<K, V> {
        if entries.len == 0 {
            return FreshLeaf(ptr::null_mut());
        }
        let layout = Layout::new::<Self>();
        // SAFETY: the layout has a size.
        let block = unsafe { alloc(layout) };
        let Some(leaf) = NonNull::new(block.cast::<Self>()) else { handle_alloc_error(layout) };
        let entries = Plain::new(entries);
        // Nothing to a normal build; a model checker sees the entries written here.
        entries.with_mut(|_| ());
        // SAFETY: the block is ours, and has room for a leaf.
        unsafe { leaf.write(Self { entries, born, alive: Alive::new() }) };
        FreshLeaf(exposed(leaf).as_ptr())
    }

    #[inline(always)]
    pub(super) fn entries(&self) -> &Entries<K, V> {
        self.alive.touch();
        self.entries.with(|entries| {
            // SAFETY: leaves are not written.
            unsafe { &*entries }
        })
    }

    /// The leaf as an object to be reclaimed.
    pub(super) fn dead(&self) -> Dead {
        let object = (&raw const *self).cast_mut().cast();
        // SAFETY: `finish` frees a leaf, whose entries it leaves alone.
        unsafe { Dead::new(object, 1, self.born as usize, finish::<K, V>) }
    }
}

/// A leaf that is not published, or is no longer: its owner's. Null if it has no entries.
pub(super) struct FreshLeaf<K, V>(LeafWord<K, V>);

impl<K, V> FreshLeaf<K, V> {
    /// # Safety
    ///
    /// The leaf is the caller's, or there is none.
    pub(super) unsafe fn from_word(word: LeafWord<K, V>) -> Self {
        let leaf = unfrozen(word);
        Self(if leaf.is_null() { leaf } else { whole(leaf) })
    }

    pub(super) fn word(&self) -> LeafWord<K, V> {
        self.0
    }

    /// What was in it.
    pub(super) fn entries(&self) -> Entries<K, V> {
        // SAFETY: null, or ours.
        unsafe { self.0.as_ref() }.map_or(Entries::NONE, |leaf| *leaf.entries())
    }

    /// Gives the leaf to those who can reach it from now on.
    pub(super) fn publish(self) {
        core::mem::forget(self);
    }
}

impl<K, V> Drop for FreshLeaf<K, V> {
    fn drop(&mut self) {
        // SAFETY: null, or ours.
        let Some(leaf) = (unsafe { self.0.as_ref() }) else { return };
        leaf.alive.end();
        leaf.entries.with_mut(|_| ());
        // SAFETY: it was allocated with this layout, and this is its only owner; nothing in it needs a drop.
        unsafe { deallocate(self.0.cast(), Layout::new::<Leaf<K, V>>()) };
    }
}

/// Frees a leaf.
///
/// # Safety
///
/// `object` is a leaf that is the caller's.
unsafe fn finish<K, V>(object: *mut (), _: u32) {
    // SAFETY: promised by the caller.
    drop(unsafe { FreshLeaf::<K, V>::from_word(object.cast()) });
}
