//! What reading a cell gives: a guard, a handle that stays, or a value that has been replaced.

use core::fmt;
use core::ops::Deref;
use core::ptr::NonNull;

use super::node::Node;
use super::register::Register;
use crate::reclaim::Entry;

/// A value of a cell, protected: it stays as it is, and is not dropped, while the guard lives, whatever is stored meanwhile.
///
/// Made by `load`. A guard blocks nobody: neither stores nor loads of other threads, nor those of its own. It may be sent to
/// other threads and held across `.await`. It holds one slot of the cell and one value back; forgetting it (with
/// [`core::mem::forget`]) keeps these until the cell is dropped.
///
/// ```
/// use lockfree_collections::AtomicBox;
///
/// let cell = AtomicBox::new(String::from("old"));
/// let guard = cell.load();
/// cell.store(String::from("new"));
/// assert_eq!(*guard, "old");
/// assert_eq!(*cell.load(), "new");
/// ```
#[must_use = "a guard protects a value only while it is held"]
pub struct Guard<'a, V> {
    entry: Entry<'a, 1>,
    node: NonNull<Node<V>>,
}

// SAFETY: a guard gives references and drops no value; the slot may be given back by any thread.
unsafe impl<V: Sync> Send for Guard<'_, V> {}
// SAFETY: as above.
unsafe impl<V: Sync> Sync for Guard<'_, V> {}

impl<'a, V> Guard<'a, V> {
    /// # Safety
    ///
    /// `entry` has `node` protected.
    #[inline]
    pub(super) unsafe fn new(entry: Entry<'a, 1>, node: NonNull<Node<V>>) -> Self {
        Self { entry, node }
    }

    pub(super) fn node(&self) -> NonNull<Node<V>> {
        self.node
    }

    /// Ends the guard, and does not leave its slot on the value, as dropping it would: for values that have just been replaced.
    pub(super) fn release(mut self) {
        self.entry.unprotect(self.node.as_ptr());
    }

    /// Returns a clone of the value and ends the guard: another `Arc` to the same, if the value is an `Arc`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use lockfree_collections::{AtomicRc, cell::Guard};
    ///
    /// let cell = AtomicRc::from_pointee(1);
    /// let one: Arc<i32> = Guard::into_inner(cell.load());
    /// assert_eq!(*one, 1);
    /// ```
    #[must_use]
    pub fn into_inner(this: Self) -> V
    where
        V: Clone,
    {
        V::clone(&this)
    }
}

impl<V> Deref for Guard<'_, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        // SAFETY: protected by the entry, promised to `new`.
        unsafe { Node::value(self.node) }
    }
}

impl<V: fmt::Debug> fmt::Debug for Guard<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        V::fmt(self, f)
    }
}

impl<V: fmt::Display> fmt::Display for Guard<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        V::fmt(self, f)
    }
}

/// A handle for reading one cell often: it keeps a slot, and as long as the value is the same a load is a load and a compare.
///
/// It keeps the value that it read last from being dropped until the next load, [`Cache::release`], or its end.
///
/// ```
/// use lockfree_collections::{AtomicRc, cell::Cache};
///
/// let settings = AtomicRc::from_pointee(10);
/// let mut cache = Cache::new(&settings);
/// assert_eq!(**cache.load(), 10);
/// settings.store(std::sync::Arc::new(11));
/// assert_eq!(**cache.load(), 11);
/// ```
pub struct Cache<'a, V> {
    register: &'a Register<V>,
    entry: Entry<'a, 1>,
}

impl<'a, V> Cache<'a, V> {
    /// A handle to `cell`, an [`AtomicBox`](super::AtomicBox) or an [`AtomicRc`](super::AtomicRc).
    ///
    /// ```
    /// use lockfree_collections::{AtomicBox, cell::Cache};
    ///
    /// let cell = AtomicBox::new(5);
    /// assert_eq!(*Cache::new(&cell).load(), 5);
    /// ```
    #[must_use]
    #[allow(private_bounds, reason = "the two cells of this module are what there is")]
    pub fn new(cell: &'a impl Cell<V>) -> Self {
        let register = cell.register();
        Self { register, entry: register.enter() }
    }

    /// The present value. Lock-free; wait-free if the value is the same as at the last load.
    ///
    /// ```
    /// # use lockfree_collections::{AtomicBox, cell::Cache};
    /// let cell = AtomicBox::new(String::from("text"));
    /// let mut cache = Cache::new(&cell);
    /// assert_eq!(cache.load(), "text");
    /// ```
    #[inline]
    pub fn load(&mut self) -> &V {
        let node = self.register.protect(&mut self.entry);
        // SAFETY: protected by the entry, whose hazard is used again only through `&mut self`, when the reference is gone.
        unsafe { Node::value(node) }
    }

    /// Lets go of the value that was read last, so that it can be dropped when it is replaced.
    ///
    /// ```
    /// # use lockfree_collections::{AtomicBox, cell::Cache};
    /// let cell = AtomicBox::new(1);
    /// let mut cache = Cache::new(&cell);
    /// assert_eq!(*cache.load(), 1);
    /// cell.store(2);
    /// assert_eq!(cell.reclaim(), 0);
    /// cache.release();
    /// assert_eq!(cell.reclaim(), 1);
    /// ```
    pub fn release(&mut self) {
        self.entry.release_hazards();
    }
}

impl<V> fmt::Debug for Cache<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

/// What has a register.
pub(super) trait Cell<V> {
    fn register(&self) -> &Register<V>;
}

/// A value that has been replaced. It is dropped, some time after this is, when no guard is on it any more.
///
/// Others may still be reading it, so it can be looked at, and not be moved out.
///
/// ```
/// use lockfree_collections::AtomicBox;
///
/// let cell = AtomicBox::new(1);
/// let old = cell.swap(2);
/// assert_eq!(*old, 1);
/// ```
#[must_use = "to drop the old value, `store` is shorter"]
pub struct Displaced<'a, V> {
    register: &'a Register<V>,
    node: NonNull<Node<V>>,
}

// SAFETY: it gives references, and its drop may drop values that other threads made.
unsafe impl<V: Send + Sync> Send for Displaced<'_, V> {}
// SAFETY: a shared one gives references only.
unsafe impl<V: Sync> Sync for Displaced<'_, V> {}

impl<'a, V> Displaced<'a, V> {
    /// # Safety
    ///
    /// `node` came from `swap` or a successful `compare_exchange` of `register`, and is the caller's.
    pub(super) unsafe fn new(register: &'a Register<V>, node: NonNull<Node<V>>) -> Self {
        Self { register, node }
    }
}

impl<V> Deref for Displaced<'_, V> {
    type Target = V;

    fn deref(&self) -> &V {
        // SAFETY: not retired before this is dropped.
        unsafe { Node::value(self.node) }
    }
}

impl<V> Drop for Displaced<'_, V> {
    fn drop(&mut self) {
        // SAFETY: promised to `new`.
        unsafe { self.register.retire(self.node) };
    }
}

impl<V: fmt::Debug> fmt::Debug for Displaced<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        V::fmt(self, f)
    }
}
