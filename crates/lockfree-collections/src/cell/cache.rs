//! A handle for reading one cell often; see [`Cache`].

use core::fmt;
use core::ops::Deref;

use super::hold::Hold;
use super::register::{Cell, Stay};

/// A handle for reading one cell often: it keeps a slot, and as long as the value is the same a load is a load and a compare.
///
/// `A` is whatever leads to the cell: a reference, or an `Arc` of it. It may lead to another cell at any time, and drop one if that is sound
/// for who borrows it: the handle looks which one it is. The handle keeps the value that it read last from being dropped
/// until the next load, [`Cache::release`], or its end. What a load that finds the same value again synchronizes with is the store that it had
/// found first.
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
pub struct Cache<A, H: Hold> {
    stay: Stay<H>,
    /// What was read last: protected as long as the cell is there that `stay` is of.
    lent: Option<H::Lent>,
    cell: A,
}

// SAFETY: it gives references to values, and drops none; the slot may be given back by any thread.
unsafe impl<A: Send, H: Hold<Value: Sync>> Send for Cache<A, H> {}
// SAFETY: a shared one gives a reference to what leads to the cell.
unsafe impl<A: Sync, H: Hold<Value: Sync>> Sync for Cache<A, H> {}

#[allow(private_bounds, reason = "the two cells of this module are what there is")]
impl<A: Deref<Target: Cell<Held = H>>, H: Hold> Cache<A, H> {
    /// A handle to `cell`, which leads to an [`AtomicBox`](super::AtomicBox) or an [`AtomicRc`](super::AtomicRc).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use lockfree_collections::{AtomicBox, cell::Cache};
    ///
    /// let cell = Arc::new(AtomicBox::new(5));
    /// assert_eq!(*Cache::new(&*cell).load(), 5);
    ///
    /// let mut own = Cache::new(cell);
    /// assert_eq!(*own.load(), 5);
    /// ```
    #[must_use]
    pub fn new(cell: A) -> Self {
        Self { stay: cell.register().stay(), lent: None, cell }
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
    pub fn load(&mut self) -> &H::Value {
        // Borrowed for as long as the result, so the cell is there as long: `A` would have to drop it while it is lent. Between two loads the
        // handle lends nothing, and may be moved; then `A` may drop what it led to. So nothing is taken for granted that was so before.
        let register = self.cell.register();
        let pointer = register.peek();
        // In this order: of a cell that is gone, what was lent may be gone, too.
        let same = register.has(&self.stay) && self.lent.as_ref().is_some_and(|lent| H::at(lent) == pointer);
        if !same {
            // What the handle has of the value stays out of sight of what is called: so a loop may keep it in a register.
            let pointer = register.hold(&mut self.stay);
            // SAFETY: protected until the hazard is used again, by this or by `release`, or the cell is dropped.
            self.lent = Some(unsafe { H::lend(pointer) });
        }
        // SAFETY: it was there, or has been written.
        let lent = unsafe { self.lent.as_ref().unwrap_unchecked() };
        // SAFETY: protected by the slot, which is this cell's; its hazard is used again only through `&mut self`, when the reference is gone, and
        // the cell is there until then.
        unsafe { H::show(lent) }
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
        self.lent = None;
        self.stay.with(|entry| entry.let_go());
    }

    /// The cell.
    ///
    /// ```
    /// # use lockfree_collections::{AtomicRc, cell::Cache};
    /// let cell = AtomicRc::from_pointee(1);
    /// assert_eq!(**Cache::new(&cell).arc_swap().load(), 1);
    /// ```
    #[doc(alias = "cell")]
    pub fn arc_swap(&self) -> &A::Target {
        &self.cell
    }

    /// A handle to a part of the value.
    ///
    /// ```
    /// # use lockfree_collections::{AtomicRc, cell::Cache};
    /// use lockfree_collections::cell::cache::Access;
    ///
    /// let cell = AtomicRc::from_pointee((1, "one"));
    /// let mut name = Cache::new(&cell).map(|pair| &pair.1);
    /// assert_eq!(*name.load(), "one");
    /// ```
    pub fn map<F, U>(self, f: F) -> MapCache<A, H, F>
    where
        F: FnMut(&H::Value) -> &U,
    {
        MapCache { inner: self, projection: f }
    }
}

impl<A: Deref<Target: Cell<Held = H>> + Clone, H: Hold> Clone for Cache<A, H> {
    fn clone(&self) -> Self {
        Self::new(self.cell.clone())
    }
}

impl<A: Deref<Target: Cell<Held = H>>, H: Hold> From<A> for Cache<A, H> {
    fn from(cell: A) -> Self {
        Self::new(cell)
    }
}

impl<A, H: Hold> fmt::Debug for Cache<A, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

/// What gives a reference to the present value, or to a part of it: a [`Cache`], or a [`MapCache`].
///
/// ```
/// use lockfree_collections::{AtomicRc, cell::{Cache, cache::Access}};
///
/// fn twice(mut number: impl Access<i32>) -> i32 {
///     number.load() * 2
/// }
/// let cell = AtomicRc::from_pointee(2);
/// assert_eq!(twice(Cache::new(&cell)), 4);
/// ```
pub trait Access<T: ?Sized> {
    /// The present value.
    fn load(&mut self) -> &T;
}

impl<A: Deref<Target: Cell<Held = H>>, H: Hold<Value: Deref<Target = T>>, T: ?Sized> Access<T> for Cache<A, H> {
    fn load(&mut self) -> &T {
        Self::load(self)
    }
}

/// A [`Cache`] and a function that picks a part of the value; see [`Cache::map`].
///
/// ```
/// use lockfree_collections::{AtomicRc, cell::{Cache, cache::{Access, MapCache}}};
///
/// let cell = AtomicRc::from_pointee([1, 2]);
/// let mut second: MapCache<_, _, _> = Cache::new(&cell).map(|both| &both[1]);
/// assert_eq!(*second.load(), 2);
/// ```
#[derive(Clone)]
pub struct MapCache<A: Deref<Target: Cell<Held = H>>, H: Hold, F> {
    inner: Cache<A, H>,
    projection: F,
}

impl<A, H, F, U> Access<U> for MapCache<A, H, F>
where
    A: Deref<Target: Cell<Held = H>>,
    H: Hold,
    F: FnMut(&H::Value) -> &U,
{
    fn load(&mut self) -> &U {
        (self.projection)(self.inner.load())
    }
}

impl<A: Deref<Target: Cell<Held = H>>, H: Hold, F> fmt::Debug for MapCache<A, H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapCache").finish_non_exhaustive()
    }
}
