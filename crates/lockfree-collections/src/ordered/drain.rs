//! Taking everything out, through an exclusive borrow.

use super::item::{FreshItem, IN_MAP};
use super::leaf::Entries;
use super::list::{LEVELS, List};
use super::node::{FreshNode, is_marked, unmarked};
use crate::primitive::ord;

/// What is left of the leaf that entries are taken from.
pub(super) struct Rest<K, V> {
    entries: Entries<K, V>,
    at: usize,
}

impl<K, V> Default for Rest<K, V> {
    fn default() -> Self {
        Self { entries: Entries::NONE, at: 0 }
    }
}

/// A node that was taken off a level.
struct Off<K, V> {
    node: FreshNode<K, V>,
    /// Whether it had no mark there.
    is_live: bool,
    /// Whether that was its last level.
    is_last: bool,
}

impl<K, V> Off<K, V> {
    /// Frees the node, if it is on no other level; returns the entry that it begins with, if nothing else leads there.
    fn free(self) -> Option<FreshItem<K, V>> {
        if !self.is_last {
            self.node.publish();
            return None;
        }
        // SAFETY: the node is counted in its state until now.
        let first = unsafe { self.node.node().first().as_ref() }?;
        // SAFETY: exclusive, and nothing leads to the entry any more.
        first.release(1).then(|| unsafe { FreshItem::from_raw(first) })
    }
}

impl<K, V> Rest<K, V> {
    /// The next entry, in order. Those that are not in the map any more are dropped; if such a drop panics, this may be called again.
    pub(super) fn pop(&mut self, list: &mut List<K, V>) -> Option<FreshItem<K, V>> {
        loop {
            // SAFETY: null, or in the map, and exclusive.
            if let Some(item) = unsafe { self.entries.get(self.at).as_ref() } {
                self.at += 1;
                let last = item.release(IN_MAP);
                debug_assert!(last, "nodes that begin here have been freed");
                // SAFETY: as above; it is passed by.
                return Some(unsafe { FreshItem::from_raw(item) });
            }
            for level in (1..LEVELS).rev() {
                while let Some(off) = take_off(list, level) {
                    drop(off.free());
                }
            }
            let mut off = take_off(list, 0)?;
            debug_assert!(off.is_last, "a node is on the lowest level, or on none");
            if off.is_live {
                *self = Self { entries: off.node.take_leaf().entries(), at: 0 };
            }
            drop(off.free());
        }
    }

    /// Drops all entries, also if a drop panics.
    pub(super) fn finish(&mut self, list: &mut List<K, V>) {
        crate::drain::to_the_end(|| self.pop(list).is_some());
    }
}

/// Takes the first node off a level.
fn take_off<K, V>(list: &mut List<K, V>, level: usize) -> Option<Off<K, V>> {
    // ord[O44] Relaxed: exclusive, whatever shared the map has synchronised; pairs with none.
    let word = list.head(level).load(ord!(O44, Relaxed));
    if word.is_null() {
        return None;
    }
    // SAFETY: exclusive, and a node on a level is not freed; it is the caller's if it is on no other.
    let node = unsafe { FreshNode::from_word(word) };
    // ord[O45] Relaxed: exclusive, as O44; pairs with none.
    let next = node.node().link(level).load(ord!(O45, Relaxed));
    // ord[O46] Relaxed: exclusive, as O44; pairs with none.
    list.head(level).store(unmarked(next), ord!(O46, Relaxed));
    let is_last = node.node().release();
    Some(Off { node, is_live: !is_marked(next), is_last })
}

impl<K, V> Drop for List<K, V> {
    fn drop(&mut self) {
        Rest::default().finish(self);
    }
}
