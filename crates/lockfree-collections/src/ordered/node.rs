//! Nodes: where the entries of a part of the order are found, and what is behind them on each level.

use alloc::alloc::{Layout, alloc, handle_alloc_error};
use core::ptr::{self, NonNull};

use super::item::Item;
use super::leaf::{FreshLeaf, LeafWord};
use super::rank::Aim;
use crate::primitive::{Alive, AtomicPtr, AtomicU32, Plain, deallocate, exposed, ord, prefetch, whole};
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

/// Levels whose words stand in the node itself: with what a walk asks for they take a cache line.
const NEAR: usize = 4;

/// Leads to the entries from its first key on, up to the first key of the node behind.
#[repr(C, align(64))]
pub(super) struct Node<K, V> {
    start: Plain<Start<K, V>>,
    leaf: AtomicPtr<super::leaf::Leaf<K, V>>,
    /// How many levels lead to this node, and one for the thread that is putting it there.
    references: AtomicU32,
    /// The era of birth.
    born: u32,
    near: [Link<K, V>; NEAR],
    /// The words of the levels above: as many as there are, at the end of this allocation.
    far: *const Link<K, V>,
    height: usize,
    alive: Alive,
}

/// Where the entries of a node begin.
struct Start<K, V> {
    /// The number of the first key.
    rank: u64,
    /// The entry with that key; null for the first node, which begins before all keys.
    first: *const Item<K, V>,
}

impl<K, V> Node<K, V> {
    /// Makes a node of `height` levels, with a reference for the lowest and one for the caller, which begins with `first`; that has been
    /// told so.
    pub(super) fn allocate(
        height: usize,
        born: u32,
        rank: u64,
        first: *const Item<K, V>,
        leaf: FreshLeaf<K, V>,
    ) -> FreshNode<K, V> {
        let start = Plain::new(Start { rank, first });
        // Nothing to a normal build; a model checker sees the beginning written here.
        start.with_mut(|_| ());
        let (layout, far) = Self::layout(height);
        // SAFETY: the layout has a size: that of the words of a node at least.
        let block = unsafe { alloc(layout) };
        let Some(node) = NonNull::new(block.cast::<Self>()) else { handle_alloc_error(layout) };
        // SAFETY: within the block, by the layout.
        let far = unsafe { block.add(far) }.cast::<Link<K, V>>();
        for level in NEAR..height {
            // SAFETY: as above.
            let place = unsafe { far.add(level - NEAR) };
            // SAFETY: as above; the block is ours.
            unsafe { place.write(AtomicPtr::new(ptr::null_mut())) };
        }
        let whole = Self {
            start,
            leaf: AtomicPtr::new(leaf.word()),
            references: AtomicU32::new(2),
            born,
            near: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            far,
            height,
            alive: Alive::new(),
        };
        leaf.publish();
        // SAFETY: the block is ours, and has room for a node, by the layout.
        unsafe { node.write(whole) };
        FreshNode(exposed(node))
    }

    /// The memory of a node of `height` levels, and where in it the words of the far ones begin.
    fn layout(height: usize) -> (Layout, usize) {
        let far = Layout::array::<Link<K, V>>(height.saturating_sub(NEAR)).expect("levels are few");
        let (layout, offset) = Layout::new::<Self>().extend(far).expect("nodes are small");
        (layout.pad_to_align(), offset)
    }

    /// Says that the node is being used, to whoever watches.
    #[inline(always)]
    pub(super) fn touch(&self) {
        self.alive.touch();
    }

    #[inline(always)]
    pub(super) fn link(&self, level: usize) -> &Link<K, V> {
        if level < NEAR {
            return &self.near[level];
        }
        debug_assert!(level < self.height);
        // SAFETY: within the node's allocation: walks are on a level only at nodes that are on it, others look at `height`.
        let link = unsafe { self.far.add(level - NEAR) };
        // SAFETY: initialised with the node, and lives as long.
        unsafe { &*link }
    }

    #[inline(always)]
    pub(super) fn leaf(&self) -> &AtomicPtr<super::leaf::Leaf<K, V>> {
        &self.leaf
    }

    /// Says that the node behind will be wanted soon.
    #[inline(always)]
    pub(super) fn prefetch_next(&self) {
        if !cfg!(loom) {
            // ord[O47] Relaxed: nothing is read through it; pairs with none.
            prefetch(self.near[0].load(ord!(O47, Relaxed)));
        }
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    pub(super) fn word(&self) -> Word<K, V> {
        (&raw const *self).cast_mut()
    }

    #[inline(always)]
    fn start(&self) -> &Start<K, V> {
        self.start.with(|start| {
            // SAFETY: it is not written while nodes are published.
            unsafe { &*start }
        })
    }

    /// The entry that it begins with; null for the first node.
    pub(super) fn first(&self) -> *const Item<K, V> {
        self.start().first
    }

    /// Where the node begins.
    pub(super) fn rank(&self) -> u64 {
        self.start().rank
    }

    /// The key that it begins with; none for the first node.
    #[inline(always)]
    pub(super) fn key(&self) -> Option<&K> {
        // SAFETY: the node is counted in the state of the entry, which is not freed before it.
        unsafe { self.first().as_ref() }.map(Item::key)
    }

    /// Whether the node begins before.
    #[inline(always)]
    pub(super) fn is_before(&self, aim: &Aim<impl Fn(&K) -> bool>) -> bool {
        aim.passes(self.rank(), || self.key())
    }

    /// Counts one more level, which is about to lead here.
    pub(super) fn refer(&self) {
        // ord[O14] Relaxed: by the thread that has a reference, which goes last; pairs with none.
        self.references.fetch_add(1, ord!(O14, Relaxed));
    }

    /// Counts one less; tells whether that was the last.
    pub(super) fn release(&self) -> bool {
        // ord[O16] AcqRel: what others did to take the node off their levels comes before what its last thread does; pairs with itself.
        self.references.fetch_sub(1, ord!(O16, AcqRel)) == 1
    }

    /// Whether a level leads here.
    pub(super) fn is_referred(&self) -> bool {
        // ord[O17] Relaxed: a guess; pairs with none.
        self.references.load(ord!(O17, Relaxed)) != 0
    }

    /// The node as an object to be reclaimed.
    pub(super) fn dead(&self) -> Dead {
        // SAFETY: `finish` frees a node and its last leaf, and leaves entries alone.
        unsafe { Dead::new(self.word().cast(), 1, self.born as usize, finish::<K, V>) }
    }
}

/// A node that is not published, or is no longer: its owner's. It is freed with its leaf, but nothing is done to entries.
pub(super) struct FreshNode<K, V>(NonNull<Node<K, V>>);

impl<K, V> FreshNode<K, V> {
    /// # Safety
    ///
    /// `word` leads to a node that is the caller's.
    pub(super) unsafe fn from_word(word: Word<K, V>) -> Self {
        // SAFETY: promised by the caller, and exposed by `allocate`.
        Self(unsafe { NonNull::new_unchecked(whole(word)) })
    }

    pub(super) fn node(&self) -> &Node<K, V> {
        // SAFETY: it is ours until `self` is gone.
        unsafe { self.0.as_ref() }
    }

    /// Gives the node to those who can reach it from now on.
    pub(super) fn publish(self) -> NonNull<Node<K, V>> {
        let node = self.0;
        core::mem::forget(self);
        node
    }

    /// Takes its leaf out.
    pub(super) fn take_leaf(&mut self) -> FreshLeaf<K, V> {
        // ord[O18] Relaxed: ours; pairs with none.
        let word: LeafWord<K, V> = self.node().leaf.load(ord!(O18, Relaxed));
        // ord[O19] Relaxed: ours; pairs with none.
        self.node().leaf.store(ptr::null_mut(), ord!(O19, Relaxed));
        // SAFETY: a node's own, and no longer that.
        unsafe { FreshLeaf::from_word(word) }
    }
}

impl<K, V> Drop for FreshNode<K, V> {
    fn drop(&mut self) {
        drop(self.take_leaf());
        let node = self.node();
        node.alive.end();
        node.start.with_mut(|_| ());
        let (layout, _) = Node::<K, V>::layout(node.height);
        // SAFETY: it was allocated with this layout, and this is its only owner; what is left in it needs no drop.
        unsafe { deallocate(self.0.as_ptr().cast(), layout) };
    }
}

/// Frees a node.
///
/// # Safety
///
/// `object` is a node that is the caller's.
unsafe fn finish<K, V>(object: *mut (), _: u32) {
    // SAFETY: promised by the caller.
    drop(unsafe { FreshNode::<K, V>::from_word(object.cast()) });
}
