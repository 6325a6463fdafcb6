//! Entries: references to a key and its value that block nobody.

use alloc::rc::Rc;
use core::fmt;
use core::ptr::NonNull;

use super::change::Place;
use super::item::Item;
use super::list::List;
use super::rank::Aim;
use crate::reclaim::eras::Pinned;

/// What keeps an entry.
pub(super) enum Keep<'a> {
    Own(Pinned<'a>),
    Shared(Rc<Pinned<'a>>),
}

impl<'a> Keep<'a> {
    pub(super) fn pin(&self) -> &Pinned<'a> {
        match self {
            Self::Own(pin) => pin,
            Self::Shared(pin) => pin,
        }
    }
}

/// A reference to an entry of a [`LockFreeSkipMap`](super::LockFreeSkipMap), which may have been removed or replaced meanwhile.
///
/// It blocks nobody: not other threads, and not this one. While it lives, what was in the map when the operation ran that made it is not
/// freed, and not much more. It stays in the thread that it was made in.
///
/// ```
/// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a'), (2, 'b')]);
/// let entry = map.front().unwrap();
/// map.remove(&1);
/// assert_eq!((entry.key(), entry.value(), entry.is_removed()), (&1, &'a', true));
/// assert_eq!(entry.next().unwrap().key(), &2);
/// ```
#[must_use = "an entry keeps memory while it is held"]
pub struct Entry<'a, K, V> {
    list: &'a List<K, V>,
    keep: Keep<'a>,
    /// Reached, or published, under `keep`.
    item: NonNull<Item<K, V>>,
}

impl<'a, K, V> Entry<'a, K, V> {
    /// # Safety
    ///
    /// The entry is one of the list's, and was reached or published under `keep`.
    pub(super) unsafe fn new(list: &'a List<K, V>, keep: Keep<'a>, item: NonNull<Item<K, V>>) -> Self {
        Self { list, keep, item }
    }

    fn item(&self) -> &Item<K, V> {
        // SAFETY: `keep` keeps it.
        unsafe { self.item.as_ref() }
    }

    /// The key.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// assert_eq!(map.front().unwrap().key(), &1);
    /// ```
    #[must_use]
    pub fn key(&self) -> &K {
        self.item().key()
    }

    /// The value that the key had when the entry was found.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// assert_eq!(map.front().unwrap().value(), &'a');
    /// ```
    #[must_use]
    pub fn value(&self) -> &V {
        self.item().value()
    }

    /// Whether the entry has been removed, or its value replaced: by a call that has returned, or is about to.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// assert!(!map.front().unwrap().is_removed());
    /// ```
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.item().is_removed()
    }
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    /// Removes the entry; false if that has been done, or its value was replaced.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a')]);
    /// let entry = map.front().unwrap();
    /// assert!(entry.remove());
    /// assert!(!entry.remove() && map.is_empty());
    /// ```
    pub fn remove(&self) -> bool {
        let pin = self.keep.pin();
        let removed = self.list.remove_item(self.item(), pin);
        self.list.collect(pin);
        removed
    }

    /// The entry with the next greater key, if there is one now.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(map.front().unwrap().next().unwrap().value(), &'b');
    /// ```
    #[must_use]
    pub fn next(&self) -> Option<Entry<'a, K, V>> {
        let key = self.key();
        let aim = Aim::at(key, |other: &K| other <= key);
        self.list.entry_at(|list, pin| item_of(list.first_behind(&aim, pin)))
    }

    /// The entry with the next smaller key, if there is one now.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeSkipMap::from([(1, 'a'), (2, 'b')]);
    /// assert_eq!(map.back().unwrap().prev().unwrap().value(), &'a');
    /// ```
    #[must_use]
    pub fn prev(&self) -> Option<Entry<'a, K, V>> {
        let key = self.key();
        let aim = Aim::at(key, |other: &K| other < key);
        self.list.entry_at(|list, pin| item_of(list.last_before(&aim, pin)))
    }
}

/// The entry at a place.
pub(super) fn item_of<K, V>(place: Option<Place<'_, K, V>>) -> Option<NonNull<Item<K, V>>> {
    place.and_then(|(spot, at)| spot.item(at)).map(NonNull::from)
}

impl<K, V> List<K, V> {
    /// The entry that `find` finds, under a guard of its own.
    pub(super) fn entry_at(
        &self,
        find: impl FnOnce(&Self, &Pinned<'_>) -> Option<NonNull<Item<K, V>>>,
    ) -> Option<Entry<'_, K, V>> {
        let pin = self.eras().pin();
        let item = find(self, &pin);
        self.collect(&pin);
        // SAFETY: found under this guard.
        Some(unsafe { Entry::new(self, Keep::Own(pin), item?) })
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Entry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(self.key()).field(self.value()).finish()
    }
}
