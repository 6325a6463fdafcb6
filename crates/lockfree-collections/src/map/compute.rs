//! What operations ask for and answer.

use core::fmt;

/// What a closure of [`LockFreeHashMap::compute`](crate::LockFreeHashMap::compute) asks for.
///
/// ```
/// use lockfree_collections::map::{Compute, Operation};
///
/// let map = lockfree_collections::LockFreeHashMap::from([(1, 7)]);
/// let odd = |entry: Option<(&i32, &i32)>| match entry {
///     Some((_, value)) if value % 2 == 1 => Operation::Remove,
///     _ => Operation::Abort("not odd"),
/// };
/// assert!(matches!(map.pin().compute(1, odd), Compute::Removed(1, 7)));
/// assert!(matches!(map.pin().compute(1, odd), Compute::Aborted("not odd")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<V, T> {
    /// Insert the value, or replace the one that is there.
    Insert(V),
    /// Remove the entry, if there is one.
    Remove,
    /// Do nothing but answer this.
    Abort(T),
}

/// What [`LockFreeHashMap::compute`](crate::LockFreeHashMap::compute) has done.
///
/// ```
/// use lockfree_collections::map::{Compute, Operation};
///
/// let map = lockfree_collections::LockFreeHashMap::new();
/// let pinned = map.pin();
/// let done = pinned.compute(1, |_| Operation::<_, ()>::Insert('a'));
/// assert_eq!(done, Compute::Inserted(&1, &'a'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compute<'g, K, V, T> {
    /// The key was not there; it is now, with this value.
    Inserted(&'g K, &'g V),
    /// The value was replaced.
    Updated {
        /// The entry that was there.
        old: (&'g K, &'g V),
        /// The entry that is there instead.
        new: (&'g K, &'g V),
    },
    /// The entry was removed.
    Removed(&'g K, &'g V),
    /// Nothing was done, with the closure's answer.
    Aborted(T),
}

/// The key was there already: see [`LockFreeHashMap::try_insert`](crate::LockFreeHashMap::try_insert).
///
/// ```
/// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
/// let pinned = map.pin();
/// let error = pinned.try_insert(1, 'b').unwrap_err();
/// assert_eq!((error.current, error.not_inserted), (&'a', 'b'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OccupiedError<'a, V: 'a> {
    /// The value that is there.
    pub current: &'a V,
    /// The value that was not inserted.
    pub not_inserted: V,
}

impl<V> fmt::Display for OccupiedError<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key is in the map already")
    }
}

impl<V: fmt::Debug> core::error::Error for OccupiedError<'_, V> {}

/// There is no room for so many entries: see [`LockFreeHashMap::try_reserve`](crate::LockFreeHashMap::try_reserve).
///
/// ```
/// let map = lockfree_collections::LockFreeHashMap::<u8, u8>::new();
/// assert!(map.try_reserve(usize::MAX, &map.guard()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReserveError;

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is not enough memory for so many entries")
    }
}

impl core::error::Error for ReserveError {}

/// There is no room for one more entry: see [`LockFreeHashMap::checked_insert`](crate::LockFreeHashMap::checked_insert).
///
/// ```
/// use lockfree_collections::map::CapacityError;
///
/// let map = lockfree_collections::LockFreeHashMap::new();
/// match map.pin().checked_insert("key", 1) {
///     Ok(old) => assert_eq!(old, None),
///     Err(CapacityError { key, value }) => panic!("no room for {key}: {value}"),
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CapacityError<K, V> {
    /// The key that was not inserted.
    pub key: K,
    /// The value that was not inserted.
    pub value: V,
}

impl<K, V> fmt::Debug for CapacityError<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapacityError").finish_non_exhaustive()
    }
}

impl<K, V> fmt::Display for CapacityError<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no room for one more entry")
    }
}

impl<K, V> core::error::Error for CapacityError<K, V> {}
