//! The slots that a thread keeps.
//!
//! A thread has a few places; a collection's address says which one is its. A place keeps one slot of one collection, from the
//! first operation until another collection needs the place or the thread ends. It keeps the memory of the slots too (I1),
//! so that "the place's structure is at the address of this collection's" means "is this collection's"; no value, and nothing
//! that a value owns, is kept.
//!
//! Without `std` there are no thread-locals, and no thread keeps slots.

use super::announce::Announce;
use super::hazards::{Shared, Slot};
use crate::primitive::whole;

pub(super) use places::place_of;

#[cfg(any(feature = "std", loom))]
mod places {
    use core::cell::Cell;
    use core::ptr;

    use crate::primitive::thread_local;

    /// How many slots a thread keeps.
    const PLACES: usize = 16;

    type Release = unsafe fn(*const (), *const ());

    struct Place {
        shared: Cell<*const ()>,
        slot: Cell<*const ()>,
        release: Cell<Option<Release>>,
    }

    struct Places([Place; PLACES]);

    impl Place {
        const fn new() -> Self {
            Self { shared: Cell::new(ptr::null()), slot: Cell::new(ptr::null()), release: Cell::new(None) }
        }

        fn vacate(&self) {
            let shared = self.shared.replace(ptr::null());
            if let Some(release) = self.release.take() {
                // SAFETY: the three were put here together by `keep`, whose caller promised it.
                unsafe { release(shared, self.slot.get()) };
            }
        }
    }

    impl Places {
        const fn new() -> Self {
            Self([const { Place::new() }; PLACES])
        }

        #[inline(always)]
        fn at(&self, place: usize) -> &Place {
            &self.0[place % PLACES]
        }
    }

    /// Which place is that of the structure at `shared`.
    pub(in crate::reclaim) fn place_of(shared: *const ()) -> usize {
        // The structures are at least 128 bytes apart; two folds, since allocators like multiples of large powers of two.
        let address = shared.addr() >> 7;
        (address ^ (address >> 4) ^ (address >> 11)) % PLACES
    }

    /// As below: a checker drops a thread's values in any order.
    #[cfg(loom)]
    impl Drop for Places {
        fn drop(&mut self) {
            self.0.iter().for_each(Place::vacate);
        }
    }

    /// Vacates the thread's places when it ends. Apart from them, so that they need no destructor, and looking into them no question
    /// whether it has run.
    struct End;

    impl Drop for End {
        fn drop(&mut self) {
            let _ = PLACES_OF_THREAD.try_with(|places| places.0.iter().for_each(Place::vacate));
        }
    }

    #[cfg(not(loom))]
    thread_local! {
        static PLACES_OF_THREAD: Places = const { Places::new() };
        static END_OF_THREAD: End = const { End };
    }

    #[cfg(loom)]
    thread_local! {
        static PLACES_OF_THREAD: Places = Places::new();
        static END_OF_THREAD: End = End;
    }

    #[inline(always)]
    fn is_on() -> bool {
        #[cfg(loom)]
        return crate::primitive::weaken::is_cached();
        #[cfg(not(loom))]
        true
    }

    /// The slot of `shared` that this thread keeps, or null. Null, too, once the thread's locals are being destroyed.
    #[inline(always)]
    pub(super) fn find(shared: *const (), place: usize) -> *const () {
        if !is_on() {
            return ptr::null();
        }
        let found = PLACES_OF_THREAD.try_with(|places| {
            let place = places.at(place);
            if place.shared.get() == shared { place.slot.get() } else { ptr::null() }
        });
        found.unwrap_or(ptr::null())
    }

    /// Keeps `slot`, unless a slot of `shared` is kept already or the thread is ending. Tells whether it is kept.
    ///
    /// # Safety
    ///
    /// `release` may be called with `shared` and `slot` once, at any time until the thread ends.
    pub(super) unsafe fn keep(shared: *const (), slot: *const (), release: Release) -> bool {
        if !is_on() {
            return false;
        }
        // First of all, so that what is kept below is given back.
        if END_OF_THREAD.try_with(|_| {}).is_err() {
            return false;
        }
        let kept = PLACES_OF_THREAD.try_with(|places| {
            let place = places.at(place_of(shared));
            if place.shared.get() == shared {
                return false;
            }
            place.vacate();
            place.shared.set(shared);
            place.slot.set(slot);
            place.release.set(Some(release));
            true
        });
        kept.unwrap_or(false)
    }
}

#[cfg(not(any(feature = "std", loom)))]
mod places {
    use core::ptr;

    pub(super) fn find(_: *const (), _: usize) -> *const () {
        ptr::null()
    }

    pub(in crate::reclaim) fn place_of(_: *const ()) -> usize {
        0
    }

    pub(super) unsafe fn keep(_: *const (), _: *const (), _: unsafe fn(*const (), *const ())) -> bool {
        false
    }
}

/// The slot of `shared` that this thread keeps.
#[inline(always)]
pub(super) fn find<const N: usize, A: Announce>(shared: &Shared<N, A>) -> Option<&Slot<N, A>> {
    let slot = places::find((&raw const *shared).cast(), shared.place).cast::<Slot<N, A>>();
    // SAFETY: null, or a slot of `shared` (I1), which lives as long as that (I2).
    unsafe { slot.as_ref() }
}

/// Keeps `slot`, which the caller has claimed, for this thread. Tells whether it is kept.
pub(super) fn keep<const N: usize, A: Announce>(shared: &Shared<N, A>, slot: &Slot<N, A>) -> bool {
    let pointer = (&raw const *shared).cast();
    // SAFETY: the claim is the slot's only one, and the reference counted below, before this thread does anything else, is the
    // one that `release` gives back.
    let kept = unsafe { places::keep(pointer, (&raw const *slot).cast(), release::<N, A>) };
    if kept {
        shared.refer();
    }
    kept
}

/// # Safety
///
/// `slot` is a slot of `shared`, kept by `keep`; this is called once.
unsafe fn release<const N: usize, A: Announce>(shared: *const (), slot: *const ()) {
    let shared = shared.cast::<Shared<N, A>>();
    // SAFETY: the reference counted by `keep` has kept the structure, slots included.
    let slot = unsafe { &*slot.cast::<Slot<N, A>>() };
    slot.give_back();
    // SAFETY: as above; it is given back here.
    unsafe { Shared::release(whole(shared)) };
}
