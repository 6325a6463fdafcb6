//! The memory of an entry.

use core::mem::MaybeUninit;
use core::ptr;

use super::grown::Zeros;
use crate::primitive::{Alive, Plain};

/// A place for a key and its value. What is there is not written while the place's number is in a table.
pub(super) struct Entry<K, V> {
    pair: Plain<MaybeUninit<Pair<K, V>>>,
    alive: Alive,
}

struct Pair<K, V> {
    key: K,
    value: V,
}

// SAFETY: nothing there is a value of the pair; natively `alive` has no size.
unsafe impl<K, V> Zeros for Entry<K, V> {
    #[cfg(loom)]
    fn new() -> Self {
        let alive = Alive::new();
        alive.end();
        Self { pair: Plain::new(MaybeUninit::uninit()), alive }
    }
}

// SAFETY: a shared entry gives references to its key and its value; who moves or drops them is the map's matter.
unsafe impl<K: Sync, V: Sync> Sync for Entry<K, V> {}

impl<K, V> Entry<K, V> {
    /// Fills the place.
    ///
    /// # Safety
    ///
    /// It is empty, and the caller's.
    #[inline]
    pub(super) unsafe fn write(&self, key: K, value: V) {
        self.alive.renew();
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &mut *pair };
            pair.write(Pair { key, value });
        });
    }

    #[inline(always)]
    fn pair(&self) -> &Pair<K, V> {
        self.alive.touch();
        self.pair.with(|pair| {
            // SAFETY: what is there is not written while it can be reached.
            let pair = unsafe { &*pair };
            // SAFETY: it was written before it could be reached.
            unsafe { pair.assume_init_ref() }
        })
    }

    #[inline(always)]
    pub(super) fn key(&self) -> &K {
        &self.pair().key
    }

    #[inline(always)]
    pub(super) fn value(&self) -> &V {
        &self.pair().value
    }

    /// Moves out what is there.
    ///
    /// # Safety
    ///
    /// The place is the caller's, and full; it is empty then.
    pub(super) unsafe fn take(&self) -> (K, V) {
        self.alive.end();
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &*pair };
            // SAFETY: promised by the caller.
            let pair = unsafe { pair.assume_init_read() };
            (pair.key, pair.value)
        })
    }

    /// Moves the value out of a place that will be emptied later, by [`Entry::drop_key`].
    ///
    /// # Safety
    ///
    /// Nobody else uses the value, now or later.
    pub(super) unsafe fn take_value(&self) -> V {
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &*pair };
            // SAFETY: it was written before it could be reached.
            let pair = unsafe { pair.assume_init_ref() };
            // SAFETY: promised by the caller.
            unsafe { ptr::read(&raw const pair.value) }
        })
    }

    /// Drops what is there.
    ///
    /// # Safety
    ///
    /// As for [`Entry::take`].
    pub(super) unsafe fn drop_pair(&self) {
        self.alive.end();
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &mut *pair };
            // SAFETY: promised by the caller. If the drop of the one panics, the other is still dropped.
            unsafe { pair.assume_init_drop() };
        });
    }

    /// Drops the key, when the value is gone.
    ///
    /// # Safety
    ///
    /// As for [`Entry::take`], after [`Entry::take_value`].
    pub(super) unsafe fn drop_key(&self) {
        self.alive.end();
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &mut *pair };
            // SAFETY: the pair is allocated, and its key is there.
            let key = unsafe { &raw mut (*pair.as_mut_ptr()).key };
            // SAFETY: the key is there; nothing is done to the value.
            unsafe { ptr::drop_in_place(key) };
        });
    }
}
