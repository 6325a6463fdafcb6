//! A cell whose value is shared; see [`AtomicRc`].

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::access::{Access, Map};
use super::guard::{Displaced, Guard};
use super::ref_cnt::{AsRaw, RefCnt};
use super::register::{Cell, Register};
use crate::primitive::{Arc, Backoff, Weak};
use crate::reclaim::Telemetry;

/// A cell that holds an `Arc`, which any number of threads may read without touching its count, and replace.
///
/// The names are those of the crate `arc-swap`. What differs on purpose:
/// - a [`Guard`] borrows the cell, but for one made by [`Guard::from_inner`];
/// - a replaced `Arc` is let go of not at once but a few stores later, as told under *Drop* of [`AtomicRcAny`]; so the `Arc` that
///   `swap` returns has company for a while. [`AtomicRcAny::reclaim`] lets go of what the thread that calls it has replaced.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::AtomicRc;
///
/// let settings = AtomicRc::from_pointee(String::from("quiet"));
/// let seen = settings.load();
/// settings.store(Arc::new(String::from("verbose")));
/// assert_eq!(seen.as_str(), "quiet");
/// assert_eq!(settings.load_full().as_str(), "verbose");
/// ```
#[doc(alias = "ArcSwap")]
#[doc(alias = "AtomicArc")]
pub type AtomicRc<T> = AtomicRcAny<Arc<T>>;

/// A cell that holds an `Arc` or nothing.
///
/// ```
/// use lockfree_collections::AtomicRcOption;
///
/// let cell = AtomicRcOption::empty();
/// assert!(cell.load().is_none());
/// cell.store(Some(std::sync::Arc::new(1)));
/// assert_eq!(cell.load_full().as_deref(), Some(&1));
/// ```
#[doc(alias = "ArcSwapOption")]
pub type AtomicRcOption<T> = AtomicRcAny<Option<Arc<T>>>;

/// A cell that holds a weak reference.
///
/// ```
/// use std::sync::{Arc, Weak};
/// use lockfree_collections::AtomicWeak;
///
/// let cell = AtomicWeak::new(Weak::new());
/// let one = Arc::new(1);
/// cell.store(Arc::downgrade(&one));
/// assert_eq!(cell.load().upgrade(), Some(one));
/// assert_eq!(cell.load().upgrade(), None);
/// ```
#[doc(alias = "ArcSwapWeak")]
pub type AtomicWeak<T> = AtomicRcAny<Weak<T>>;

/// A cell that holds a reference-counted value: see [`AtomicRc`], [`AtomicRcOption`] and [`AtomicWeak`].
///
/// # Guarantees
///
/// - *Order*: linearizable; loads and stores act as on one atomic variable.
/// - *Progress*: `load`, `store` and `swap` are lock-free, as far as the global allocator is; so is `compare_and_swap`, which tries
///   again only if another store came between. A guard that is held stops nobody.
/// - *Memory*: as [`AtomicBox`](super::AtomicBox), in whose place is what the `Arc` points to; at most 129 replaced ones for each slot.
///   An `Arc` that is stored again and again while it is read waits in each slot once.
/// - *Drop*: a replaced `Arc` is dropped by a thread that uses the cell, some stores later, or with the cell.
/// - *Happens-before*: what a thread did before a store is seen by the thread that loads the value.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::cell::AtomicRcAny;
///
/// let cell: AtomicRcAny<Arc<i32>> = AtomicRcAny::new(Arc::new(1));
/// assert_eq!(*cell.swap(Arc::new(2)), 1);
/// ```
pub struct AtomicRcAny<V: RefCnt> {
    register: Register<V>,
}

// No code of the user runs inside an operation but for `drop`, which runs when it is over.
impl<V: RefCnt + RefUnwindSafe> UnwindSafe for AtomicRcAny<V> {}
impl<V: RefCnt + RefUnwindSafe> RefUnwindSafe for AtomicRcAny<V> {}

impl<T> AtomicRcAny<Arc<T>> {
    /// A cell that holds a new `Arc` of `value`.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRc::from_pointee(1);
    /// assert_eq!(**cell.load(), 1);
    /// ```
    #[must_use]
    pub fn from_pointee(value: T) -> Self {
        Self::new(Arc::new(value))
    }
}

impl<T> AtomicRcAny<Option<Arc<T>>> {
    /// A cell that holds a new `Arc` of the value, if there is one.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRcOption::from_pointee(1);
    /// assert!(cell.load().is_some());
    /// ```
    #[must_use]
    pub fn from_pointee(value: impl Into<Option<T>>) -> Self {
        Self::new(value.into().map(Arc::new))
    }

    /// A cell that holds nothing, also in a constant.
    ///
    /// ```
    /// use lockfree_collections::AtomicRcOption;
    ///
    /// static LATEST: AtomicRcOption<String> = AtomicRcOption::const_empty();
    /// assert!(LATEST.load().is_none());
    /// ```
    #[cfg(not(loom))]
    #[must_use]
    pub const fn const_empty() -> Self {
        Self { register: Register::null() }
    }

    /// A cell that holds nothing.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRcOption::<u8>::empty();
    /// assert!(cell.load().is_none());
    /// ```
    #[must_use]
    pub fn empty() -> Self {
        Self::new(None)
    }
}

impl<V: RefCnt> AtomicRcAny<V> {
    /// A cell that holds `value`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// let cell = lockfree_collections::AtomicRc::new(Arc::new(1));
    /// assert_eq!(**cell.load(), 1);
    /// ```
    #[must_use]
    pub fn new(value: V) -> Self {
        Self { register: Register::new(value) }
    }

    /// Reads the value without touching its count: a guard that keeps it.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRc::from_pointee(1);
    /// let guard = cell.load();
    /// assert_eq!(**guard, 1);
    /// ```
    #[inline]
    pub fn load(&self) -> Guard<'_, V> {
        self.register.load()
    }

    /// Reads the value: a clone that is independent of the cell.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRc::from_pointee(1);
    /// let one = cell.load_full();
    /// drop(cell);
    /// assert_eq!(*one, 1);
    /// ```
    #[must_use]
    pub fn load_full(&self) -> V {
        V::clone(&self.load())
    }

    /// Replaces the value.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRc::from_pointee(1);
    /// cell.store(std::sync::Arc::new(2));
    /// assert_eq!(**cell.load(), 2);
    /// ```
    pub fn store(&self, value: V) {
        let old = self.register.swap(value);
        // SAFETY: just taken off the register.
        unsafe { self.register.retire(old) };
    }

    /// Replaces the value and returns the old one.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRc::from_pointee(1);
    /// assert_eq!(*cell.swap(std::sync::Arc::new(2)), 1);
    /// ```
    pub fn swap(&self, value: V) -> V {
        let old = self.register.swap(value);
        // SAFETY: just taken off the register.
        let old = unsafe { Displaced::new(&self.register, old) };
        V::clone(&old)
    }

    /// Replaces the value if it is `current`, compared by pointer; returns the value that was there before either way.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use lockfree_collections::{AtomicRc, cell::RefCnt};
    ///
    /// let cell = AtomicRc::from_pointee(1);
    /// let one = cell.load_full();
    /// let found = cell.compare_and_swap(&one, Arc::new(2));
    /// assert!(Arc::ptr_eq(&one, &found));
    ///
    /// let found = cell.compare_and_swap(&one, Arc::new(3));
    /// assert_eq!((**found, **cell.load()), (2, 2));
    /// ```
    pub fn compare_and_swap(&self, current: impl AsRaw<V::Base>, mut new: V) -> Guard<'_, V> {
        let pointer = current.as_raw();
        let backoff = Backoff::new();
        loop {
            let found = self.load();
            if found.pointer() != pointer {
                return found;
            }
            let fresh = V::into_ptr(new);
            if self.register.compare_exchange(pointer, fresh) {
                // The guard goes on protecting what it has found; this takes another slot.
                // SAFETY: just taken off the register.
                unsafe { self.register.retire(pointer) };
                return found;
            }
            // SAFETY: made above, and not published.
            new = unsafe { V::from_ptr(fresh) };
            backoff.spin();
        }
    }

    /// Replaces the value by `f` of it, trying again if it has been replaced meanwhile; returns the old one.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRc::from_pointee(20);
    /// let old = cell.rcu(|value| **value + 1);
    /// assert_eq!((*old, **cell.load()), (20, 21));
    /// ```
    #[doc(alias = "update")]
    pub fn rcu<R: Into<V>>(&self, mut f: impl FnMut(&V) -> R) -> V {
        let backoff = Backoff::new();
        loop {
            let current = self.load();
            let new = V::into_ptr(f(&current).into());
            if self.register.compare_exchange(current.pointer(), new) {
                // SAFETY: just taken off the register.
                let old = unsafe { Displaced::new(&self.register, current.pointer()) };
                current.release();
                return V::clone(&old);
            }
            // SAFETY: made above, and not published.
            drop(unsafe { V::from_ptr(new) });
            backoff.spin();
        }
    }

    /// The value.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRc::from_pointee(1);
    /// assert_eq!(*cell.into_inner(), 1);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> V {
        self.register.into_inner()
    }

    /// Gives a part of the present value to who does not know the cell; see [`access`](super::access).
    ///
    /// ```
    /// use lockfree_collections::AtomicRc;
    /// use lockfree_collections::cell::access::Access;
    ///
    /// let cell = AtomicRc::from_pointee((1, "one"));
    /// let name = cell.map(|pair: &(i32, &'static str)| &pair.1);
    /// assert_eq!(*name.load(), "one");
    /// ```
    pub fn map<I, R, F>(&self, f: F) -> Map<&Self, I, F>
    where
        F: Fn(&I) -> &R + Clone,
        Self: Access<I>,
    {
        Map::new(self, f)
    }

    /// Lets go of replaced values that nobody reads, and tells how many there were: of those that this thread replaced, and of those
    /// that threads left which have ended.
    ///
    /// A thread that runs keeps what it replaced, up to a batch, and holds back the value that it read last, also when its guard is gone,
    /// until it reads another, reclaims, or ends. So where counts must be exact, each thread calls this, those that only read first.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let one = Arc::new(1);
    /// let cell = lockfree_collections::AtomicRc::new(Arc::clone(&one));
    /// cell.store(Arc::new(2));
    /// cell.reclaim();
    /// assert_eq!(Arc::strong_count(&one), 1);
    /// ```
    pub fn reclaim(&self) -> usize {
        self.register.reclaim()
    }

    /// Tells how much memory the cell holds back, and how much it may.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicRc::from_pointee(1);
    /// cell.store(std::sync::Arc::new(2));
    /// assert_eq!(cell.telemetry().retired, 1);
    /// ```
    #[must_use]
    pub fn telemetry(&self) -> Telemetry {
        self.register.telemetry()
    }
}

impl<V: RefCnt> Cell for AtomicRcAny<V> {
    type Held = V;

    fn register(&self) -> &Register<V> {
        &self.register
    }
}

impl<V: RefCnt + Default> Default for AtomicRcAny<V> {
    fn default() -> Self {
        Self::new(V::default())
    }
}

impl<V: RefCnt> From<V> for AtomicRcAny<V> {
    fn from(value: V) -> Self {
        Self::new(value)
    }
}

impl<V: RefCnt + fmt::Debug> fmt::Debug for AtomicRcAny<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtomicRc").field(&self.load()).finish()
    }
}

impl<V: RefCnt + fmt::Display> fmt::Display for AtomicRcAny<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        V::fmt(&self.load(), f)
    }
}
