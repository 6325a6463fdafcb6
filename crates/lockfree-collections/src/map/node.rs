//! The memory of an entry, and the words that lead to it.

use alloc::alloc::Layout;
use alloc::boxed::Box;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use super::table::Cell;
use crate::primitive::{Alive, AtomicPtr, Plain, deallocate};
use crate::reclaim::eras::Dead;

/// A word of the list: null with `CELL`, at its end; else a pointer to a node, or to a cell with `CELL`; in a node, with
/// `REMOVED` if that has been removed or replaced.
pub(super) type Word = *mut ();

const REMOVED: usize = 1;
const CELL: usize = 2;

/// What a word leads to.
pub(super) enum Target<'a, K, V> {
    End,
    Cell(&'a Cell),
    Node(&'a Node<K, V>),
}

pub(super) fn end() -> Word {
    core::ptr::without_provenance_mut(CELL)
}

pub(super) fn cell_word(cell: &Cell) -> Word {
    (&raw const *cell).cast_mut().cast::<()>().map_addr(|address| address | CELL)
}

#[inline(always)]
pub(super) fn is_removed(word: Word) -> bool {
    word.addr() & REMOVED != 0
}

pub(super) fn removed(word: Word) -> Word {
    word.map_addr(|address| address | REMOVED)
}

#[inline(always)]
pub(super) fn live(word: Word) -> Word {
    word.map_addr(|address| address & !REMOVED)
}

/// An entry. `next` is a word; the rest is not written while the entry is published.
pub(super) struct Node<K, V> {
    pub(super) next: AtomicPtr<()>,
    /// Where in the list the entry is: its hash, with the lowest bit set.
    pub(super) order: usize,
    pair: Plain<Pair<K, V>>,
    alive: Alive,
}

struct Pair<K, V> {
    key: ManuallyDrop<K>,
    value: ManuallyDrop<V>,
    /// The era of birth, or `MOVED` when the value is no longer here.
    born: usize,
}

const MOVED: usize = usize::MAX;

// SAFETY: a shared node gives references to its key and its value; who drops them is the list's matter.
unsafe impl<K: Sync, V: Sync> Sync for Node<K, V> {}

impl<K, V> Node<K, V> {
    pub(super) fn allocate(order: usize, born: usize, key: K, value: V) -> Fresh<K, V> {
        let pair = Plain::new(Pair { key: ManuallyDrop::new(key), value: ManuallyDrop::new(value), born });
        // Nothing to a normal build; a model checker sees the pair written here.
        pair.with_mut(|_| ());
        let node = Self { next: AtomicPtr::new(end()), order, pair, alive: Alive::new() };
        Fresh(NonNull::from(Box::leak(Box::new(node))))
    }

    /// What `word` leads to, whether its node has been removed or not.
    ///
    /// # Safety
    ///
    /// `word` is a word of the list, and a node it leads to is not freed during `'a`.
    #[inline(always)]
    pub(super) unsafe fn at<'a>(word: Word) -> Target<'a, K, V> {
        if word.addr() & (CELL | REMOVED) == 0 {
            // A broken model may find the zeros of a cell that is not in the list.
            assert!(!cfg!(loom) || !live(word).is_null(), "a word that was never written");
            // SAFETY: promised by the caller; without marks the word is a pointer to a node.
            let node: &'a Self = unsafe { &*word.cast::<Self>() };
            node.alive.touch();
            return Target::Node(node);
        }
        // SAFETY: passed on to the caller.
        unsafe { Self::at_marked(word) }
    }

    /// As `at`, for any word.
    ///
    /// # Safety
    ///
    /// As for `at`.
    #[inline(never)]
    unsafe fn at_marked<'a>(word: Word) -> Target<'a, K, V> {
        if word.addr() & CELL == 0 {
            // SAFETY: promised by the caller; without its mark the word is a pointer to a node.
            let node: &'a Self = unsafe { &*live(word).cast::<Self>() };
            node.alive.touch();
            return Target::Node(node);
        }
        let cell = word.map_addr(|address| address & !(CELL | REMOVED)).cast::<Cell>();
        // SAFETY: null, or a cell, which lives as long as the list.
        match unsafe { cell.as_ref() } {
            Some(cell) => Target::Cell(cell),
            None => Target::End,
        }
    }

    pub(super) fn word(&self) -> Word {
        (&raw const *self).cast_mut().cast()
    }

    #[inline(always)]
    pub(super) fn key(&self) -> &K {
        self.pair.with(|pair| {
            // SAFETY: pairs are not written while nodes are published.
            let pair = unsafe { &*pair };
            &*pair.key
        })
    }

    #[inline(always)]
    pub(super) fn value(&self) -> &V {
        self.pair.with(|pair| {
            // SAFETY: as in `key`; `move_value` has promised that nobody looks any more.
            let pair = unsafe { &*pair };
            &*pair.value
        })
    }

    pub(super) fn born(&self) -> usize {
        // SAFETY: as in `key`.
        self.pair.with(|pair| unsafe { (*pair).born })
    }

    /// Moves the value out of a node that will be finished later.
    ///
    /// # Safety
    ///
    /// The node has been unlinked and handed over, nobody else reads it, and it is not finished meanwhile; this is called once.
    pub(super) unsafe fn move_value(&self) -> V {
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &mut *pair };
            pair.born = MOVED;
            // SAFETY: called once; `born` says that it is gone.
            unsafe { ManuallyDrop::take(&mut pair.value) }
        })
    }

    /// The node as an object to be reclaimed.
    ///
    /// # Safety
    ///
    /// Any thread that uses the list may drop keys and values.
    pub(super) unsafe fn dead(&self) -> Dead {
        // SAFETY: `finish` frees a node; promised by the caller.
        unsafe { Dead::new(self.word(), self.born(), finish::<K, V>) }
    }
}

/// A node that is not published, or is no longer: its owner's.
pub(super) struct Fresh<K, V>(NonNull<Node<K, V>>);

impl<K, V> Fresh<K, V> {
    /// # Safety
    ///
    /// `word` leads to a node that is the caller's.
    pub(super) unsafe fn from_word(word: Word) -> Self {
        // SAFETY: promised by the caller.
        Self(unsafe { NonNull::new_unchecked(live(word).cast()) })
    }

    pub(super) fn node(&self) -> &Node<K, V> {
        // SAFETY: it is ours until `self` is gone.
        unsafe { self.0.as_ref() }
    }

    /// Gives the node to those who can reach it from now on.
    pub(super) fn publish(self) {
        core::mem::forget(self);
    }

    /// Frees the node.
    pub(super) fn into_pair(self) -> (K, V) {
        let (pair, memory) = self.take();
        drop(memory);
        (ManuallyDrop::into_inner(pair.key), ManuallyDrop::into_inner(pair.value))
    }

    fn take(self) -> (Pair<K, V>, Memory<K, V>) {
        let memory = Memory(self.0);
        core::mem::forget(self);
        // SAFETY: ours, allocated until `memory` is dropped.
        let node = unsafe { memory.0.as_ref() };
        node.alive.end();
        let pair = node.pair.with_mut(|pair| {
            // SAFETY: as above; the pair is not dropped with the memory.
            unsafe { pair.read() }
        });
        (pair, memory)
    }
}

/// Drops what is in the node, and frees it, the memory first: dropping a key or a value may panic.
impl<K, V> Drop for Fresh<K, V> {
    fn drop(&mut self) {
        let (pair, memory) = Self(self.0).take();
        drop(memory);
        let value = (pair.born != MOVED).then(|| ManuallyDrop::into_inner(pair.value));
        // If the drop of the one panics, the other is dropped while unwinding.
        let _value = value;
        let _key = ManuallyDrop::into_inner(pair.key);
    }
}

/// The memory of a node, freed when this is dropped.
struct Memory<K, V>(NonNull<Node<K, V>>);

impl<K, V> Drop for Memory<K, V> {
    fn drop(&mut self) {
        // SAFETY: it came from a box of this layout, and this is its only owner.
        unsafe { deallocate(self.0.as_ptr().cast(), Layout::new::<Node<K, V>>()) };
    }
}

/// Drops and frees a node.
///
/// # Safety
///
/// `object` is a node that is the caller's.
unsafe fn finish<K, V>(object: *mut ()) {
    // SAFETY: promised by the caller.
    drop(unsafe { Fresh::<K, V>::from_word(object) });
}
