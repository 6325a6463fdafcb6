//! Guards: while one lives, what was reached under it stays.

use core::fmt;
use core::marker::PhantomData;

use sealed::Sealed;

use crate::reclaim::eras::{Desk, Eras, Pinned};

/// What a map's operations want: a [`LocalGuard`] or an [`OwnedGuard`] of that map.
///
/// References that an operation returns last as long as the guard. A guard blocks nobody. While it lives, at most as many removed
/// entries stay as the map had had room for until the guard's last operation, and those that were removed between its operations.
///
/// ```
/// use lockfree_collections::LockFreeHashMap;
/// use lockfree_collections::map::Guard;
///
/// fn longest<'g>(map: &LockFreeHashMap<u32, String>, guard: &'g impl Guard) -> Option<&'g String> {
///     map.values(guard).max_by_key(|text| text.len())
/// }
///
/// let map = LockFreeHashMap::from([(1, String::from("a")), (2, String::from("abc"))]);
/// assert_eq!(longest(&map, &map.guard()).map(String::as_str), Some("abc"));
/// ```
pub trait Guard: Sealed {
    /// Begins anew: what was reached under the guard so far, to which no reference can be left, need not stay any more.
    ///
    /// ```
    /// use lockfree_collections::LockFreeHashMap;
    /// use lockfree_collections::map::Guard;
    ///
    /// let map = LockFreeHashMap::from([(1, 'a')]);
    /// let mut guard = map.guard();
    /// assert_eq!(map.remove(&1, &guard), Some(&'a'));
    /// assert_eq!(map.reclaim(), 0);
    /// guard.refresh();
    /// drop(guard);
    /// assert_eq!(map.reclaim(), 1);
    /// ```
    fn refresh(&mut self);
}

/// A guard for one thread at a time; cheap to make. See [`LockFreeHashMap::guard`](crate::LockFreeHashMap::guard).
///
/// ```
/// use lockfree_collections::LockFreeHashMap;
///
/// let map = LockFreeHashMap::from([(1, 'a')]);
/// let guard = map.guard();
/// let value = map.get(&1, &guard);
/// map.insert(1, 'b', &guard);
/// assert_eq!((value, map.get(&1, &guard)), (Some(&'a'), Some(&'b')));
/// ```
#[must_use = "a guard protects only while it is held"]
pub struct LocalGuard<'a> {
    pinned: Pinned<'a>,
    /// Operations write to the guard's slot: so it may be sent, and not shared.
    not_sync: PhantomData<core::cell::Cell<()>>,
}

/// A guard that several threads may use at once, and that may be held across `.await`. See
/// [`LockFreeHashMap::owned_guard`](crate::LockFreeHashMap::owned_guard).
///
/// ```
/// use lockfree_collections::LockFreeHashMap;
///
/// let map = LockFreeHashMap::from([(1, 'a')]);
/// let guard = map.owned_guard();
/// let value = std::thread::scope(|scope| scope.spawn(|| map.get(&1, &guard)).join().unwrap());
/// assert_eq!(value, Some(&'a'));
/// ```
#[must_use = "a guard protects only while it is held"]
pub struct OwnedGuard<'a> {
    pinned: Pinned<'a>,
}

impl<'a> LocalGuard<'a> {
    #[inline]
    pub(super) fn new(eras: &'a Eras) -> Self {
        Self { pinned: eras.pin(), not_sync: PhantomData }
    }
}

impl<'a> OwnedGuard<'a> {
    pub(super) fn new(eras: &'a Eras) -> Self {
        Self { pinned: eras.pin() }
    }
}

impl Guard for LocalGuard<'_> {
    fn refresh(&mut self) {
        self.pinned.refresh();
    }
}

impl Guard for OwnedGuard<'_> {
    fn refresh(&mut self) {
        self.pinned.refresh();
    }
}

impl fmt::Debug for LocalGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalGuard").finish_non_exhaustive()
    }
}

impl fmt::Debug for OwnedGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedGuard").finish_non_exhaustive()
    }
}

pub(super) mod sealed {
    use super::{Desk, Eras};

    /// What the map needs of a guard.
    #[allow(private_interfaces, reason = "sealed: nobody outside can name or call any of this")]
    pub trait Sealed {
        fn eras(&self) -> &Eras;
        /// The era that an operation may begin with: announced, with a fence after it.
        fn begin(&self) -> usize;
        /// Announces the present era.
        fn raise(&self);
        /// What an operation retires and counts with: one for all of it.
        fn desk(&self) -> Desk<'_>;
        /// Whether another guard may be on an unlinked object that was born then.
        fn is_kept_by_others(&self, born: usize) -> bool;
    }
}

#[allow(private_interfaces, reason = "see `Sealed`")]
impl Sealed for LocalGuard<'_> {
    fn eras(&self) -> &Eras {
        self.pinned.eras()
    }

    #[inline(always)]
    fn begin(&self) -> usize {
        self.pinned.upper()
    }

    fn raise(&self) {
        self.pinned.raise();
    }

    #[inline]
    fn desk(&self) -> Desk<'_> {
        // SAFETY: a local guard is not `Sync`.
        unsafe { self.pinned.desk() }
    }

    fn is_kept_by_others(&self, born: usize) -> bool {
        self.pinned.is_kept_by_others(born)
    }
}

/// Several threads may use the guard at once: each announces by itself, and retires in a slot of its own.
#[allow(private_interfaces, reason = "see `Sealed`")]
impl Sealed for OwnedGuard<'_> {
    fn eras(&self) -> &Eras {
        self.pinned.eras()
    }

    fn begin(&self) -> usize {
        self.pinned.raise_shared()
    }

    fn raise(&self) {
        self.pinned.raise_shared();
    }

    fn desk(&self) -> Desk<'_> {
        self.eras().desk()
    }

    fn is_kept_by_others(&self, born: usize) -> bool {
        self.pinned.is_kept_by_others(born)
    }
}
