//! A cell that owns its value; see [`AtomicBox`].

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;

use super::guard::{Displaced, Guard};
use super::hold::{Hold, Owned};
use super::node::Node;
use super::register::{Cell, Register};
use crate::primitive::Backoff;
use crate::reclaim::Telemetry;

/// A cell that owns one value, which any number of threads may read, without copying it, and replace.
///
/// # Guarantees
///
/// - *Order*: linearizable; loads and stores act as on one atomic variable.
/// - *Progress*: `load`, `store`, `swap` and `compare_exchange` are lock-free, as far as the global allocator is. A guard that is
///   held stops nobody.
/// - *Memory*: one allocation for each value. Replaced values wait for their readers: with `H` slots (one for each thread that uses
///   the cell, one for each further guard at the same time) at most `129 * H` of them, fewer if values are large (32 KiB for each
///   slot, but eight values), whatever readers do; a thread stopped in the middle of freeing keeps as many again.
///   [`AtomicBox::telemetry`] tells the present numbers, [`AtomicBox::reclaim`] drops what can be dropped.
/// - *Drop*: a replaced value is dropped by a thread that uses the cell, some stores later, or with the cell. Its `drop` may use
///   the cell again; if it panics, the panic comes out of the operation that dropped it, and the others are still dropped.
/// - *Happens-before*: what a thread did before a store is seen by the thread that loads the value.
///
/// Values may borrow: the cell owns its reclamation domain, and no value outlives the cell.
///
/// # Examples
///
/// ```
/// use lockfree_collections::AtomicBox;
///
/// let table = AtomicBox::new(vec![1, 2, 3]);
/// std::thread::scope(|scope| {
///     scope.spawn(|| table.store(vec![4, 5]));
///     let sum: i32 = table.load().iter().sum();
///     assert!(sum == 6 || sum == 9);
/// });
/// assert_eq!(table.into_inner(), [4, 5]);
/// ```
#[doc(alias = "AtomicWrapper")]
#[doc(alias = "AtomicCell")]
pub struct AtomicBox<T> {
    register: Register<Owned<T>>,
}

// No code of the user runs inside an operation but for `drop`, which runs when it is over.
impl<T: RefUnwindSafe> UnwindSafe for AtomicBox<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for AtomicBox<T> {}

impl<T> AtomicBox<T> {
    /// A cell that holds `value`.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(1);
    /// assert_eq!(*cell.load(), 1);
    /// ```
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { register: Register::new(value) }
    }

    /// Reads the value: a guard that keeps it.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new([1, 2]);
    /// let both = cell.load();
    /// assert_eq!(both[0] + both[1], 3);
    /// ```
    #[inline]
    pub fn load(&self) -> Guard<'_, Owned<T>> {
        self.register.load()
    }

    /// Replaces the value. The old one is dropped when no guard is on it any more, not necessarily at once.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(1);
    /// cell.store(2);
    /// assert_eq!(*cell.load(), 2);
    /// ```
    pub fn store(&self, value: T) {
        let old = self.register.swap(value);
        // SAFETY: just taken off the register.
        unsafe { self.register.retire(old) };
    }

    /// Replaces the value and returns the old one, which others may be reading still.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(1);
    /// assert_eq!(*cell.swap(2), 1);
    /// ```
    pub fn swap(&self, value: T) -> Displaced<'_, Owned<T>> {
        let old = self.register.swap(value);
        // SAFETY: just taken off the register.
        unsafe { Displaced::new(&self.register, old) }
    }

    /// Puts the default value into the cell and returns the one that was there, as [`core::mem::take`] does.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(Some(1));
    /// assert_eq!(*cell.take(), Some(1));
    /// assert_eq!(*cell.load(), None);
    /// ```
    pub fn take(&self) -> Displaced<'_, Owned<T>>
    where
        T: Default,
    {
        self.swap(T::default())
    }

    /// Replaces the value if it still is the one that `current` guards: that very one, not one that is equal.
    ///
    /// # Errors
    ///
    /// If it is not, returns a guard of the value that is there now, and `new`.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(1);
    /// let current = cell.load();
    /// assert_eq!(*cell.compare_exchange(&current, 2).unwrap(), 1);
    ///
    /// let error = cell.compare_exchange(&current, 3).unwrap_err();
    /// assert_eq!((*error.current, error.new), (2, 3));
    /// ```
    pub fn compare_exchange(
        &self,
        current: &Guard<'_, Owned<T>>,
        new: T,
    ) -> Result<Displaced<'_, Owned<T>>, CompareExchangeError<'_, T>> {
        let new = Owned::give(new);
        if self.register.compare_exchange(current.pointer(), new) {
            // SAFETY: just taken off the register, since it was there: the guard may be another cell's, but then it was not.
            return Ok(unsafe { Displaced::new(&self.register, current.pointer()) });
        }
        // SAFETY: given above, and not published.
        let new = unsafe { Owned::take(new) };
        Err(CompareExchangeError { current: self.load(), new })
    }

    /// Replaces the value by `f` of it, trying again if it has been replaced meanwhile; returns the old one.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(20);
    /// let old = cell.update(|value| value + 1);
    /// assert_eq!((*old, *cell.load()), (20, 21));
    /// ```
    #[doc(alias = "rcu")]
    pub fn update(&self, mut f: impl FnMut(&T) -> T) -> Displaced<'_, Owned<T>> {
        let backoff = Backoff::new();
        loop {
            let current = self.load();
            let new = f(&current);
            if let Ok(old) = self.compare_exchange(&current, new) {
                current.release();
                return old;
            }
            backoff.spin();
        }
    }

    /// A reference to the value, through an exclusive borrow.
    ///
    /// ```
    /// let mut cell = lockfree_collections::AtomicBox::new(1);
    /// *cell.get_mut() += 1;
    /// assert_eq!(cell.into_inner(), 2);
    /// ```
    #[must_use]
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: what a box's register has is a node.
        let node = unsafe { NonNull::new_unchecked(self.register.present()) };
        // SAFETY: exclusively borrowed: no guard is left, and nobody replaces it.
        unsafe { Node::value_mut(node) }
    }

    /// The value.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(String::from("text"));
    /// assert_eq!(cell.into_inner(), "text");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        self.register.into_inner()
    }

    /// Drops replaced values that nobody reads, and tells how many there were: of those that this thread replaced, and of those that
    /// threads left which have ended.
    ///
    /// Stores do this by themselves from time to time. A thread that runs keeps what it replaced, up to a batch, and holds back the value
    /// that it read last, also when its guard is gone, until it reads another, reclaims, or ends. Time in proportion to the values
    /// retired and the slots in use.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(1);
    /// cell.store(2);
    /// assert_eq!(cell.reclaim(), 1);
    /// ```
    pub fn reclaim(&self) -> usize {
        self.register.reclaim()
    }

    /// Tells how much memory the cell holds back, and how much it may.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(1);
    /// cell.store(2);
    /// assert_eq!(cell.telemetry().retired, 1);
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.register.telemetry()
    }
}

impl<T> Cell for AtomicBox<T> {
    type Held = Owned<T>;

    fn register(&self) -> &Register<Owned<T>> {
        &self.register
    }
}

impl<T: Default> Default for AtomicBox<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for AtomicBox<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: fmt::Debug> fmt::Debug for AtomicBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtomicBox").field(&self.load()).finish()
    }
}

/// Another value was in the cell: see [`AtomicBox::compare_exchange`].
///
/// ```
/// let cell = lockfree_collections::AtomicBox::new(1);
/// let seen = cell.load();
/// cell.store(2);
/// let error = cell.compare_exchange(&seen, 3).unwrap_err();
/// assert_eq!((*error.current, error.new), (2, 3));
/// ```
pub struct CompareExchangeError<'a, T> {
    /// The value that was there a moment later.
    pub current: Guard<'a, Owned<T>>,
    /// The value that was not stored.
    pub new: T,
}

impl<T> fmt::Debug for CompareExchangeError<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompareExchangeError").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for CompareExchangeError<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cell holds another value than the one compared with")
    }
}

impl<T> core::error::Error for CompareExchangeError<'_, T> {}
