//! An entry before it is published.

use alloc::boxed::Box;
use core::ptr::NonNull;

use super::entry::Entry;
use super::flight::Whereabouts;
use super::memory::Memory;
use crate::reclaim::eras::Desk;

/// An entry that is not published: its maker's.
pub(super) struct Owned<'a, K, V> {
    memory: &'a Memory<K, V>,
    home: Home<K, V>,
    filled: bool,
}

/// Where it is.
enum Home<K, V> {
    /// In the place of that number.
    Place(u32),
    /// In no place, since there was none: it will not be published, and so none is needed. Allocated, and not moved: others look at the key.
    Apart(NonNull<Apart<K, V>>),
}

struct Apart<K, V> {
    hash: u64,
    entry: Entry<K, V>,
}

impl<'a, K, V> Owned<'a, K, V> {
    /// An entry without a value.
    #[inline]
    pub(super) fn new(memory: &'a Memory<K, V>, desk: &Desk<'_>, hash: u64, key: K) -> Self {
        let Some(number) = memory.allocate(desk) else { return Self::apart(memory, hash, key) };
        // SAFETY: the place is empty, and ours.
        unsafe { memory.at(number).begin(key) };
        // SAFETY: as above.
        unsafe { memory.mark(number).set_hash(hash) };
        Self { memory, home: Home::Place(number), filled: false }
    }

    #[cold]
    fn apart(memory: &'a Memory<K, V>, hash: u64, key: K) -> Self {
        let apart = Box::new(Apart { hash, entry: Entry::vacant() });
        // SAFETY: it is empty, and ours.
        unsafe { apart.entry.begin(key) };
        Self { memory, home: Home::Apart(NonNull::from(Box::leak(apart))), filled: false }
    }

    /// Puts the value in. Others read at most the hash and the key meanwhile: this is an entry that is not published.
    #[inline]
    pub(super) fn fill(&mut self, value: V, weight: u32) {
        debug_assert!(!self.filled, "filled once");
        // SAFETY: ours; the value is not what a flight's followers read.
        unsafe { self.entry().fill(value) };
        self.filled = true;
        if let Some(number) = self.number().filter(|_| self.memory.weighs()) {
            // SAFETY: ours.
            unsafe { self.memory.extra(number).set_weight(weight) };
        }
    }

    #[inline]
    pub(super) fn entry(&self) -> &Entry<K, V> {
        match self.home {
            Home::Place(number) => self.memory.at(number),
            // SAFETY: it is freed when this is dropped.
            Home::Apart(apart) => unsafe { &(*apart.as_ptr()).entry },
        }
    }

    #[inline]
    pub(super) fn hash(&self) -> u64 {
        match self.home {
            Home::Place(number) => self.memory.mark(number).hash(),
            // SAFETY: as in `entry`.
            Home::Apart(apart) => unsafe { (*apart.as_ptr()).hash },
        }
    }

    /// What tells it from others, and leads to it while the caller keeps it.
    pub(super) fn whereabouts(&self) -> Whereabouts {
        Whereabouts((&raw const *self.entry()).cast())
    }

    /// The number of its place, if it has one.
    #[inline]
    pub(super) fn number(&self) -> Option<u32> {
        match self.home {
            Home::Place(number) => Some(number),
            Home::Apart(_) => None,
        }
    }

    /// The entry, for those who can reach it from now on.
    ///
    /// # Errors
    ///
    /// If it has no place, it cannot be published, and is the caller's still.
    #[inline]
    pub(super) fn publish(self) -> Result<u32, Self> {
        let Some(number) = self.number() else { return Err(self) };
        core::mem::forget(self);
        Ok(number)
    }
}

/// Empties the place, and gives it back before anything is dropped: dropping a key or a value may panic.
impl<K, V> Drop for Owned<'_, K, V> {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: ours, and it has a key.
        let (_key, value) = unsafe { self.entry().empty() };
        match self.home {
            Home::Place(number) => self.memory.give(number),
            // SAFETY: it came from a box, and is not used any more.
            Home::Apart(apart) => drop(unsafe { Box::from_raw(apart.as_ptr()) }),
        }
        if self.filled {
            // SAFETY: filled. If its drop panics, the key is dropped while unwinding.
            drop(unsafe { value.assume_init() });
        }
    }
}
