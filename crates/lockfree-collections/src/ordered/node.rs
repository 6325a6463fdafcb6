//! The memory of an entry: a key, a value, and what is behind it on each of its levels.

use alloc::alloc::{Layout, alloc, handle_alloc_error};
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};

use crate::primitive::{Alive, AtomicPtr, AtomicUsize, Plain, deallocate, ord};
use crate::reclaim::dead::Dead;

/// What leads on: a pointer to a node, or null at the end; with the mark if the node that it stands in is removed from that level.
pub(super) type Word<K, V> = *mut Node<K, V>;

/// A word in its place.
pub(super) type Link<K, V> = AtomicPtr<Node<K, V>>;

const MARK: usize = 1;

#[inline(always)]
pub(super) fn is_marked<K, V>(word: Word<K, V>) -> bool {
    word.addr() & MARK != 0
}

#[inline(always)]
pub(super) fn marked<K, V>(word: Word<K, V>) -> Word<K, V> {
    word.map_addr(|address| address | MARK)
}

#[inline(always)]
pub(super) fn unmarked<K, V>(word: Word<K, V>) -> Word<K, V> {
    word.map_addr(|address| address & !MARK)
}

/// An entry.
pub(super) struct Node<K, V> {
    /// What is behind it on the lowest level.
    next: Link<K, V>,
    /// The same on the levels above that: as many words as there are, at the end of this allocation.
    upper: *const Link<K, V>,
    height: usize,
    /// How many levels lead to this node, and one for the thread that is putting it there.
    references: AtomicUsize,
    pair: Plain<Pair<K, V>>,
    alive: Alive,
}

struct Pair<K, V> {
    key: ManuallyDrop<K>,
    value: ManuallyDrop<V>,
    /// The era of birth.
    born: usize,
}

// SAFETY: a shared node gives references to its key and its value; who drops them is the list's matter.
unsafe impl<K: Sync, V: Sync> Sync for Node<K, V> {}

impl<K, V> Node<K, V> {
    /// Makes a node of `height` levels, with a reference for the lowest and one for the caller.
    pub(super) fn allocate(height: usize, born: usize, key: K, value: V) -> Fresh<K, V> {
        let pair = Plain::new(Pair { key: ManuallyDrop::new(key), value: ManuallyDrop::new(value), born });
        // Nothing to a normal build; a model checker sees the pair written here.
        pair.with_mut(|_| ());
        let (layout, upper) = Self::layout(height);
        // SAFETY: the layout has a size: that of the words of a node at least.
        let block = unsafe { alloc(layout) };
        let Some(node) = NonNull::new(block.cast::<Self>()) else { handle_alloc_error(layout) };
        // SAFETY: within the block, by the layout.
        let upper = unsafe { block.add(upper) }.cast::<Link<K, V>>();
        for level in 1..height {
            // SAFETY: as above.
            let place = unsafe { upper.add(level - 1) };
            // SAFETY: as above; the block is ours.
            unsafe { place.write(AtomicPtr::new(ptr::null_mut())) };
        }
        let next = AtomicPtr::new(ptr::null_mut());
        let whole = Self { next, upper, height, references: AtomicUsize::new(2), pair, alive: Alive::new() };
        // SAFETY: the block is ours, and has room for a node, by the layout.
        unsafe { node.write(whole) };
        Fresh(node)
    }

    /// The memory of a node of `height` levels, and where in it the words of the upper ones begin.
    fn layout(height: usize) -> (Layout, usize) {
        let upper = Layout::array::<Link<K, V>>(height - 1).expect("levels are few");
        let (layout, offset) = Layout::new::<Self>().extend(upper).expect("nodes are small");
        (layout.pad_to_align(), offset)
    }

    /// Says that the node is being used, to whoever watches.
    #[inline(always)]
    pub(super) fn touch(&self) {
        self.alive.touch();
    }

    #[inline(always)]
    pub(super) fn link(&self, level: usize) -> &Link<K, V> {
        if level == 0 {
            return &self.next;
        }
        debug_assert!(level < self.height);
        // SAFETY: within the node's allocation: walks are on a level only at nodes that are on it, others look at `height`.
        let link = unsafe { self.upper.add(level - 1) };
        // SAFETY: initialised with the node, and lives as long.
        unsafe { &*link }
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    pub(super) fn word(&self) -> Word<K, V> {
        (&raw const *self).cast_mut()
    }

    #[inline(always)]
    fn pair(&self) -> &Pair<K, V> {
        self.pair.with(|pair| {
            // SAFETY: pairs are not written while nodes are published.
            unsafe { &*pair }
        })
    }

    #[inline(always)]
    pub(super) fn key(&self) -> &K {
        &self.pair().key
    }

    #[inline(always)]
    pub(super) fn value(&self) -> &V {
        &self.pair().value
    }

    pub(super) fn born(&self) -> usize {
        self.pair().born
    }

    /// Counts one more level, which is about to lead here.
    pub(super) fn refer(&self) {
        // ord[O1] Relaxed: by the thread that has a reference, which goes last; pairs with none.
        self.references.fetch_add(1, ord!(O1, Relaxed));
    }

    /// Counts one less; tells whether that was the last.
    pub(super) fn release(&self) -> bool {
        // ord[O2] AcqRel: what others did to take the node off their levels comes before what its last thread does; pairs with itself.
        self.references.fetch_sub(1, ord!(O2, AcqRel)) == 1
    }

    /// The node as an object to be reclaimed.
    ///
    /// # Safety
    ///
    /// Any thread that uses the list may drop keys and values.
    pub(super) unsafe fn dead(&self) -> Dead {
        // SAFETY: `finish` frees a node; promised by the caller.
        unsafe { Dead::new(self.word().cast(), 1, self.born(), finish::<K, V>) }
    }
}

/// A node that is not published, or is no longer: its owner's.
pub(super) struct Fresh<K, V>(NonNull<Node<K, V>>);

impl<K, V> Fresh<K, V> {
    /// # Safety
    ///
    /// `word` leads to a node that is the caller's.
    pub(super) unsafe fn from_word(word: Word<K, V>) -> Self {
        // SAFETY: promised by the caller.
        Self(unsafe { NonNull::new_unchecked(word) })
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
        // If the drop of the one panics, the other is dropped while unwinding.
        let _value = ManuallyDrop::into_inner(pair.value);
        let _key = ManuallyDrop::into_inner(pair.key);
    }
}

/// The memory of a node, freed when this is dropped.
struct Memory<K, V>(NonNull<Node<K, V>>);

impl<K, V> Drop for Memory<K, V> {
    fn drop(&mut self) {
        // SAFETY: ours, and initialised.
        let height = unsafe { self.0.as_ref() }.height;
        let (layout, _) = Node::<K, V>::layout(height);
        // SAFETY: it was allocated with this layout, and this is its only owner; what is left in it needs no drop.
        unsafe { deallocate(self.0.as_ptr().cast(), layout) };
    }
}

/// Drops and frees a node.
///
/// # Safety
///
/// `object` is a node that is the caller's.
unsafe fn finish<K, V>(object: *mut (), _: u32) {
    // SAFETY: promised by the caller.
    drop(unsafe { Fresh::<K, V>::from_word(object.cast()) });
}
