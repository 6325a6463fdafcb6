//! The memory of an entry: a key and a value, where they stay.

use alloc::alloc::{Layout, alloc, handle_alloc_error};
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use crate::primitive::{Alive, AtomicU32, Plain, deallocate, exposed, ord, whole};
use crate::reclaim::dead::Dead;

/// In the state of an entry: it is in the map.
pub(super) const IN_MAP: u32 = 1 << 31;
/// In the state of an entry: its value has been moved out. The rest of the state counts the nodes that begin with the entry's key.
const TAKEN: u32 = 1 << 30;

/// An entry.
pub(super) struct Item<K, V> {
    key: Plain<ManuallyDrop<K>>,
    value: Plain<ManuallyDrop<V>>,
    state: AtomicU32,
    /// The era of birth.
    born: u32,
    alive: Alive,
}

// SAFETY: a shared entry gives references to its key and its value; who drops them is the list's matter.
unsafe impl<K: Sync, V: Sync> Sync for Item<K, V> {}

impl<K, V> Item<K, V> {
    pub(super) fn allocate(born: u32, key: K, value: V) -> FreshItem<K, V> {
        let (key, value) = (Plain::new(ManuallyDrop::new(key)), Plain::new(ManuallyDrop::new(value)));
        // Nothing to a normal build; a model checker sees key and value written here.
        key.with_mut(|_| ());
        value.with_mut(|_| ());
        let whole = Self { key, value, state: AtomicU32::new(IN_MAP), born, alive: Alive::new() };
        let layout = Layout::new::<Self>();
        // SAFETY: the layout has a size: that of the state at least.
        let block = unsafe { alloc(layout) };
        let Some(item) = NonNull::new(block.cast::<Self>()) else { handle_alloc_error(layout) };
        // SAFETY: the block is ours, and has room for an entry.
        unsafe { item.write(whole) };
        FreshItem(exposed(item))
    }

    #[inline(always)]
    pub(super) fn key(&self) -> &K {
        self.alive.touch();
        self.key.with(|key| {
            // SAFETY: keys are not written while entries are published.
            unsafe { &**key }
        })
    }

    #[inline(always)]
    pub(super) fn value(&self) -> &V {
        self.alive.touch();
        self.value.with(|value| {
            // SAFETY: nor are values, until they are taken; which is when nobody reads them.
            unsafe { &**value }
        })
    }

    pub(super) fn born(&self) -> usize {
        self.born as usize
    }

    /// Whether the thread that removed or replaced the entry has said so.
    pub(super) fn is_removed(&self) -> bool {
        // ord[O35] Relaxed: only whether the bit is there; pairs with none.
        self.state.load(ord!(O35, Relaxed)) & IN_MAP == 0
    }

    /// Counts one more node that begins here; false if nothing leads here any more, which stays so.
    pub(super) fn refer(&self) -> bool {
        // ord[O1] Relaxed: a count, of which the last to let go has seen all; pairs with none.
        let mut state = self.state.load(ord!(O1, Relaxed));
        while state & !TAKEN != 0 {
            // ord[O2] Relaxed: as O1; pairs with none.
            // ord[O7] Relaxed: as O1; pairs with none.
            match self.state.compare_exchange_weak(state, state + 1, ord!(O2, Relaxed), ord!(O7, Relaxed)) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Counts one node less (1), or notes that the entry is not in the map any more (`IN_MAP`); tells whether now nothing leads here.
    pub(super) fn release(&self, part: u32) -> bool {
        // ord[O11] AcqRel: that others let go of it comes before what the last one does; pairs with itself.
        let state = self.state.fetch_sub(part, ord!(O11, AcqRel));
        state & !TAKEN == part
    }

    /// Moves the value out, before `IN_MAP` is released.
    ///
    /// # Safety
    ///
    /// The caller has removed the entry, and nobody else reads its value, now or later.
    pub(super) unsafe fn take_value(&self) -> V {
        // ord[O12] Relaxed: the release of this thread comes after; pairs with none.
        self.state.fetch_or(TAKEN, ord!(O12, Relaxed));
        self.value.with_mut(|value| {
            // SAFETY: promised by the caller; with the bit, it is not dropped with the entry.
            let value = unsafe { value.read() };
            ManuallyDrop::into_inner(value)
        })
    }

    /// The entry as an object to be reclaimed.
    ///
    /// # Safety
    ///
    /// Any thread that uses the list may drop keys and values.
    pub(super) unsafe fn dead(&self) -> Dead {
        // SAFETY: `finish` frees an entry; promised by the caller.
        unsafe { Dead::new((&raw const *self).cast_mut().cast(), 1, self.born(), finish::<K, V>) }
    }
}

/// An entry that is not published, or is no longer: its owner's.
pub(super) struct FreshItem<K, V>(NonNull<Item<K, V>>);

impl<K, V> FreshItem<K, V> {
    /// # Safety
    ///
    /// The entry is the caller's.
    pub(super) unsafe fn from_raw(item: *const Item<K, V>) -> Self {
        // SAFETY: promised by the caller, and exposed by `allocate`.
        Self(unsafe { NonNull::new_unchecked(whole(item)) })
    }

    pub(super) fn item(&self) -> &Item<K, V> {
        // SAFETY: it is ours until `self` is gone.
        unsafe { self.0.as_ref() }
    }

    /// Gives the entry to those who can reach it from now on.
    pub(super) fn publish(self) -> NonNull<Item<K, V>> {
        let item = self.0;
        core::mem::forget(self);
        item
    }

    /// Frees the entry.
    pub(super) fn into_pair(self) -> (K, V) {
        let (key, value) = self.take();
        (key, value.expect("a value that was taken is not asked for"))
    }

    /// Frees the memory, and gives what was in it: the value unless that has been taken.
    fn take(self) -> (K, Option<V>) {
        let block = self.publish();
        // SAFETY: ours, and allocated until below.
        let item = unsafe { block.as_ref() };
        item.alive.end();
        // ord[O13] Relaxed: ours, and who took it let go before; pairs with none.
        let taken = item.state.load(ord!(O13, Relaxed)) & TAKEN != 0;
        let key = item.key.with_mut(|key| {
            // SAFETY: as above; it is not dropped with the memory.
            ManuallyDrop::into_inner(unsafe { key.read() })
        });
        let value = (!taken).then(|| {
            item.value.with_mut(|value| {
                // SAFETY: as for the key.
                ManuallyDrop::into_inner(unsafe { value.read() })
            })
        });
        // SAFETY: it was allocated with this layout, and this is its only owner; what is left in it needs no drop.
        unsafe { deallocate(block.as_ptr().cast(), Layout::new::<Item<K, V>>()) };
        (key, value)
    }
}

/// Drops what is in the entry, when its memory has been freed: dropping a key or a value may panic.
impl<K, V> Drop for FreshItem<K, V> {
    fn drop(&mut self) {
        // If the drop of the one panics, the other is dropped while unwinding.
        let (_key, _value) = Self(self.0).take();
    }
}

/// Drops and frees an entry.
///
/// # Safety
///
/// `object` is an entry that is the caller's.
unsafe fn finish<K, V>(object: *mut (), _: u32) {
    // SAFETY: promised by the caller.
    drop(unsafe { FreshItem::<K, V>::from_raw(object.cast_const().cast()) });
}
