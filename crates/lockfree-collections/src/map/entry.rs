//! The memory of an entry.

use core::mem::MaybeUninit;
use core::ptr;

use super::grown::Zeros;
use super::kept;
use crate::primitive::{Alive, Plain, SharedAlive};

/// A place for a key and its value. What is there is not written while the place's number is in a table.
pub(super) struct Entry<K, V> {
    pair: Plain<MaybeUninit<Pair<K, V>>>,
    alive: Alive,
}

struct Pair<K, V> {
    key: K,
    value: V,
    /// The key's, of which several entries may have the bits: natively without size.
    known: SharedAlive,
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
    /// Begins the use of a place, which is empty, and the caller's.
    #[inline(always)]
    pub(super) fn begin(&self) {
        self.alive.renew();
    }

    /// Ends the use of a place that was not filled.
    #[inline(always)]
    pub(super) fn end(&self) {
        self.alive.end();
    }

    /// Fills the place.
    ///
    /// # Safety
    ///
    /// It is empty, in use, and the caller's.
    #[inline]
    pub(super) unsafe fn write(&self, key: K, value: V) {
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &mut *pair };
            pair.write(Pair { key, value, known: SharedAlive::new(kept::stays::<K>()) });
        });
    }

    /// Fills the place with the key of `other`, which is no longer that entry's if this one takes its place in the map.
    ///
    /// # Safety
    ///
    /// As for [`Entry::write`]. Either this entry or `other` is emptied without its key: by [`Entry::drop_value`] or
    /// [`Entry::take_value_back`] and nothing else.
    #[inline]
    pub(super) unsafe fn write_with_key_of(&self, other: &Self, value: V) {
        let (key, known) = (&raw const *other.key(), other.pair().known.clone());
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &mut *pair }.as_mut_ptr();
            // The bits: a key that were moved would, in the eyes of the language, be the only one.
            // SAFETY: the place is allocated, and its key's.
            let place = unsafe { &raw mut (*pair).key };
            // SAFETY: different entries.
            unsafe { ptr::copy_nonoverlapping(key, place, 1) };
            // SAFETY: the place is allocated.
            let place = unsafe { &raw mut (*pair).value };
            // SAFETY: it is empty, and the caller's.
            unsafe { place.write(value) };
            // SAFETY: the place is allocated.
            let place = unsafe { &raw mut (*pair).known };
            // SAFETY: it is empty, and the caller's.
            unsafe { place.write(known) };
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
        let pair = self.pair();
        pair.known.touch();
        &pair.key
    }

    #[inline(always)]
    pub(super) fn value(&self) -> &V {
        &self.pair().value
    }

    /// Where the value is: for who has the map for himself.
    pub(super) fn value_mut(&self) -> *mut V {
        self.alive.touch();
        self.pair.with_mut(|pair| {
            let pair = pair.cast::<Pair<K, V>>();
            // SAFETY: the place is allocated.
            unsafe { &raw mut (*pair).value }
        })
    }

    /// Moves out what is there, and ends the use of the place.
    ///
    /// # Safety
    ///
    /// As for [`Entry::take_back`].
    pub(super) unsafe fn take(&self) -> (K, V) {
        self.alive.end();
        // SAFETY: promised by the caller.
        unsafe { self.take_back() }
    }

    /// Moves out what is there.
    ///
    /// # Safety
    ///
    /// The place is the caller's, and full; it is empty then.
    pub(super) unsafe fn take_back(&self) -> (K, V) {
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
            // SAFETY: promised by the caller.
            unsafe { pair.assume_init_ref() }.known.end();
            // SAFETY: promised by the caller. If the drop of the one panics, the other is still dropped.
            unsafe { pair.assume_init_drop() };
        });
    }

    /// Drops the value, when the key is another entry's.
    ///
    /// # Safety
    ///
    /// As for [`Entry::take`], after [`Entry::write_with_key_of`] this one.
    pub(super) unsafe fn drop_value(&self) {
        self.alive.end();
        // SAFETY: promised by the caller.
        drop(unsafe { self.take_value_back() });
    }

    /// Moves the value out, when the key is another entry's.
    ///
    /// # Safety
    ///
    /// As for [`Entry::drop_value`].
    pub(super) unsafe fn take_value_back(&self) -> V {
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { &mut *pair }.as_mut_ptr();
            // SAFETY: the pair is allocated.
            let known = unsafe { &raw mut (*pair).known };
            // SAFETY: it is there, and nobody uses it any more.
            unsafe { ptr::drop_in_place(known) };
            // SAFETY: the pair is allocated.
            let value = unsafe { &raw const (*pair).value };
            // SAFETY: it is there, and is not used here any more.
            unsafe { value.read() }
        })
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
            let pair = unsafe { &mut *pair }.as_mut_ptr();
            // SAFETY: the pair is allocated, and it is there.
            let known = unsafe { &raw mut (*pair).known };
            // SAFETY: it is there, and nobody uses it any more.
            let known = unsafe { known.read() };
            known.end();
            // SAFETY: the pair is allocated, and its key is there.
            let key = unsafe { &raw mut (*pair).key };
            // SAFETY: the key is there; nothing is done to the value.
            unsafe { ptr::drop_in_place(key) };
        });
    }
}
