//! A slot in use: protecting, retiring, counting. The invariants are in [`super`].

use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};

use haphazard::raw::Pointer;

use super::announce::Announce;
use super::hazards::{Hazards, Shared, Slot};
use super::limbo::{Chain, Deferred, Header};
use crate::primitive::{AtomicPtr, fence, ord};

/// What the slots count; each is the sum over all slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// Values put into the collection.
    Added,
    /// Values taken out of it.
    Removed,
    /// Objects handed over for reclamation.
    Retired,
    /// Objects freed thereafter.
    Freed,
}

pub(super) const COUNTS: usize = 4;

/// A slot, held for the length of one operation or for the life of a guard.
pub(crate) struct Entry<'a, const N: usize, A: Announce = ()> {
    pub(super) slot: &'a Slot<N, A>,
    pub(super) shared: &'a Shared<N, A>,
    pub(super) keeper: Keeper,
}

/// What happens to a slot when it is given back. As large as a pointer: an entry is moved about, and what pads a smaller number would
/// be moved in two steps, for which the next one waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Keeper {
    /// Any thread may have it.
    None,
    /// It stays with the thread that keeps it.
    Thread,
}

// SAFETY: whoever holds the entry holds the slot, whichever thread that is: what one did to the slot is seen by the next (I3), and
// an entry by itself drops nothing of the user's.
unsafe impl<const N: usize, A: Announce> Send for Entry<'_, N, A> {}
// SAFETY: a shared entry has no methods.
unsafe impl<const N: usize, A: Announce> Sync for Entry<'_, N, A> {}

impl<const N: usize, A: Announce> Entry<'_, N, A> {
    /// Reads `source` and protects what it leads to with hazard `index`; null needs no protection.
    ///
    /// Unless null, the result may be dereferenced until this slot's hazard `index` is used again or cleared, provided that
    /// whatever `source` leads to is retired through this domain only, after `source` has been changed for good (I5).
    #[inline]
    pub(crate) fn protect<P>(&mut self, index: usize, source: &AtomicPtr<P>) -> *mut P {
        // ord[H13] Relaxed: H5 reads it again, unless the hazard is on it: then H5 read it when that was put there; pairs with none.
        let pointer = source.load(ord!(H13, Relaxed));
        let protected = self.slot.inner.with(|inner| {
            // SAFETY: I3, the slot is ours, and only we write to it.
            unsafe { (*inner).on[index] }
        });
        if pointer.cast() == protected || pointer.is_null() {
            return pointer;
        }
        self.move_hazard(index, source, pointer)
    }

    /// As [`Entry::protect`], where hazard `index` is on what `source` leads to already; else none, and nothing is done.
    #[inline(always)]
    pub(crate) fn protected<P>(&mut self, index: usize, source: &AtomicPtr<P>) -> Option<NonNull<P>> {
        // ord[H29] Relaxed: what it leads to was seen, by H5, when the hazard was put there; pairs with none.
        let pointer = source.load(ord!(H29, Relaxed));
        let protected = self.slot.inner.with(|inner| {
            // SAFETY: I3, the slot is ours, and only we write to it.
            unsafe { (*inner).on[index] }
        });
        NonNull::new(pointer).filter(|_| pointer.cast() == protected)
    }

    fn move_hazard<P>(&mut self, index: usize, source: &AtomicPtr<P>, mut pointer: *mut P) -> *mut P {
        self.slot.inner.with_mut(|inner| {
            // SAFETY: I3, the slot is ours, and this is its only reference.
            let inner = unsafe { &mut *inner };
            while !pointer.is_null() && pointer.cast() != inner.on[index] {
                // Until it is validated the new hazard protects nothing, and the old one no longer does (I4).
                inner.on[index] = ptr::null_mut();
                inner.hazards[index].protect_raw(pointer);
                // The other fence of the pair stands in `haphazard`, where a scan begins.
                // ord[H8] SeqCst: keeps the second look from running before the hazard is visible; pairs with H5.
                fence(ord!(H8, SeqCst));
                // Between a look that finds the same again, and what is done then, stands H8, which acquires, too: H5 is for
                // race detectors, which do not know fences.
                // ord[H5] Acquire: validates, and the object is initialised; pairs with H8, Q7, Q9, Q12, Q13, Q14, D5.
                let again = source.load(ord!(H5, Acquire));
                if again == pointer {
                    inner.on[index] = pointer.cast();
                } else {
                    pointer = again;
                }
            }
        });
        pointer
    }

    /// Takes the slot's hazards off `object`, which the operation is done with; left there, they would keep it from being freed.
    pub(crate) fn unprotect<T>(&mut self, object: *mut T) {
        self.slot.inner.with_mut(|inner| {
            // SAFETY: I3, the slot is ours, and this is its only reference.
            let inner = unsafe { &mut *inner };
            for (hazard, on) in inner.hazards.iter_mut().zip(&mut inner.on) {
                if *on == object.cast() {
                    *on = ptr::null_mut();
                    hazard.reset_protection();
                }
            }
        });
    }

    /// Takes the slot's hazards off whatever they are on.
    pub(crate) fn release_hazards(&mut self) {
        self.slot.inner.with_mut(|inner| {
            // SAFETY: I3, the slot is ours, and this is its only reference.
            let inner = unsafe { &mut *inner };
            for (hazard, on) in inner.hazards.iter_mut().zip(&mut inner.on) {
                *on = ptr::null_mut();
                hazard.reset_protection();
            }
        });
    }

    /// Hands the container `object` over, to be freed as a `P` once no hazard is on it, and frees what can be freed every `batch`
    /// containers. No value is in it: a `P` is dropped in the middle of the engine's work.
    ///
    /// # Safety
    ///
    /// `object` came from `P::into_raw`, is unreachable for good (I5), and is retired only here. The collection's fences are
    /// symmetric.
    pub(crate) unsafe fn retire<T: Send, P: Pointer<T>>(&mut self, object: *mut T, batch: usize) {
        self.unprotect(object);
        let reclaim = self.is_due(batch);
        self.count(Count::Retired, 1);
        // SAFETY: passed on to the caller; and the domain is the one whose hazards protect the object.
        let mut freed = unsafe { self.shared.domain.retire_ptr::<T, P>(object) };
        if reclaim {
            freed += self.shared.domain.eager_reclaim();
        }
        if freed > 0 {
            self.count(Count::Freed, freed);
        }
    }

    /// Hands the container `object` over and takes back the containers that no hazard is on: the caller uses their memory again, or
    /// drops them.
    ///
    /// # Safety
    ///
    /// `object` is unreachable for good (I5), holds no value, and is retired only here. The collection's fences are symmetric.
    pub(crate) unsafe fn exchange(&mut self, object: NonNull<Header>) -> Chain {
        self.unprotect(object.as_ptr());
        self.count(Count::Retired, 1);
        // SAFETY: the object is not freed before it is retired.
        unsafe { object.as_ref() }.set_home(&self.shared.ready);
        // SAFETY: passed on to the caller; `Deferred::from_raw` takes what `as_ptr` gives; and the domain is the one whose hazards
        // protect the object. What this frees in passing is counted where it leaves `ready`.
        let _ = unsafe { self.shared.domain.retire_ptr::<Header, Deferred>(object.as_ptr()) };
        self.shared.domain.eager_reclaim();
        let free = self.shared.ready.take();
        self.count(Count::Freed, free.len());
        free
    }

    /// Counts one more container; tells whether there are `batch` of them, and begins anew.
    fn is_due(&mut self, batch: usize) -> bool {
        self.slot.inner.with_mut(|inner| {
            // SAFETY: I3, the slot is ours, and this is its only reference.
            let inner = unsafe { &mut *inner };
            inner.waiting += 1;
            let due = inner.waiting >= batch;
            if due {
                inner.waiting = 0;
            }
            due
        })
    }

    /// Frees the containers that no hazard is on; says how many.
    pub(super) fn reclaim_containers(mut self) -> usize {
        self.shared.domain.eager_reclaim();
        let free = self.shared.ready.take();
        self.count(Count::Freed, free.len());
        free.len()
    }

    /// Runs `f` with what the slot holds for its holder alone.
    #[inline]
    pub(crate) fn with_private<R>(&mut self, f: impl FnOnce(&mut A::Private) -> R) -> R {
        self.slot.inner.with_mut(|inner| {
            // SAFETY: I3, the slot is ours, and this is its only reference.
            f(unsafe { &mut (*inner).private })
        })
    }

    /// Adds to a count.
    #[inline]
    pub(crate) fn count(&mut self, count: Count, n: usize) {
        // SAFETY: I3, the slot is ours.
        unsafe { self.slot.count(count, n) };
    }
}

impl<const N: usize, A: Announce> Slot<N, A> {
    /// Adds to a count.
    ///
    /// # Safety
    ///
    /// The caller holds the slot's entry (I3), and no other thread uses that meanwhile.
    #[inline]
    pub(super) unsafe fn count(&self, count: Count, n: usize) {
        let total = self.inner.with_mut(|inner| {
            // SAFETY: promised by the caller; and this is the only reference.
            let total = unsafe { &mut (*inner).counts[count as usize] };
            *total = total.wrapping_add(n);
            *total
        });
        // ord[H19] Relaxed: a statistic, written by the slot's owner only; pairs with none.
        self.counts[count as usize].store(total, ord!(H19, Relaxed));
    }
}

/// An entry that does not say how long the collection lives: for handles that keep what leads to it. It keeps the memory of the slots
/// (I1), so it may outlive the collection, in whose slots nothing is protected any more then.
pub(crate) struct Detached<const N: usize, A: Announce> {
    slot: NonNull<Slot<N, A>>,
    shared: NonNull<Shared<N, A>>,
    keeper: Keeper,
}

// SAFETY: as for `Entry`; the reference may be given back by any thread.
unsafe impl<const N: usize, A: Announce> Send for Detached<N, A> {}
// SAFETY: as for `Entry`.
unsafe impl<const N: usize, A: Announce> Sync for Detached<N, A> {}

impl<const N: usize, A: Announce> Entry<'_, N, A> {
    pub(crate) fn detach(self) -> Detached<N, A> {
        let entry = ManuallyDrop::new(self);
        entry.shared.refer();
        Detached { slot: entry.slot.into(), shared: entry.shared.into(), keeper: entry.keeper }
    }
}

impl<const N: usize, A: Announce> Detached<N, A> {
    /// Runs `f` with the entry.
    #[inline(always)]
    pub(crate) fn with<R>(&mut self, f: impl FnOnce(&mut Entry<'_, N, A>) -> R) -> R {
        // SAFETY: I1, I2: kept by the reference that `detach` has counted.
        let slot = unsafe { self.slot.as_ref() };
        // SAFETY: as above.
        let shared = unsafe { self.shared.as_ref() };
        f(&mut ManuallyDrop::new(Entry { slot, shared, keeper: self.keeper }))
    }

    /// Tells whether this is an entry of that collection. No other one is at the address of the structure that this keeps.
    #[inline(always)]
    pub(crate) fn is_of(&self, hazards: &Hazards<N, A>) -> bool {
        hazards.is_at(self.shared.as_ptr())
    }
}

impl<const N: usize, A: Announce> Drop for Detached<N, A> {
    fn drop(&mut self) {
        // SAFETY: as in `with`; the entry is ended once, here.
        unsafe { self.slot.as_ref() }.leave(self.keeper);
        // SAFETY: the reference that `detach` has counted, given back once.
        unsafe { Shared::release(self.shared.as_ptr()) };
    }
}

impl<const N: usize, A: Announce> Drop for Entry<'_, N, A> {
    #[inline]
    fn drop(&mut self) {
        self.slot.leave(self.keeper);
    }
}
