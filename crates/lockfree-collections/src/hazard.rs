//! Hazard pointers for one collection: a domain, and slots of hazard pointers that threads borrow for one operation.
//!
//! **Source.** Michael, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects" (2004), as implemented by the
//! `haphazard` crate; the slots are a long-lived renaming by scanning, after Moir and Anderson (1995).
//!
//! **Why a domain for each collection.** `haphazard` has one global domain and lets users make their own. The global one
//! would keep retired memory alive after its collection is gone, so it only fits values that live for ever; and one stalled
//! thread would hold back the garbage of unrelated collections. A domain of its own is dropped with the collection, so
//! values may borrow, the bound on garbage is the collection's own, and nothing outlives it. The price is that hazard
//! pointers borrow the domain, so a thread cannot keep one in a thread-local: hence the slots.
//!
//! **Why slots.** Making a hazard pointer for each operation costs more than the operation, and `haphazard` guards its list
//! of free records by a lock bit, which would block. A slot holds its hazard pointers for as long as the collection lives;
//! an operation takes a free slot by one compare-exchange on a line that no other thread uses, and gives it back by a store.
//!
//! **Sticky protection.** A slot leaves its hazards on what they protected last. If the next operation finds the same
//! pointer in the collection, it is protected already and needs neither store nor fence.
//!
//! ```text
//! Hazards --> Shared { domain, buckets[B] }        bucket --> Slot --> Slot --> null
//!                                                             { busy, next, hazard[N], on[N], counts }
//! ```
//!
//! **Invariants.**
//! - I1: `shared` goes from null to one `Shared`, once, and stays until the collection is dropped.
//! - I2: slots are only appended, and freed with `Shared`; `next` goes from null to one slot, once.
//! - I3: `inner` of a slot is accessed only by whoever turned `busy` from false to true and has not turned it back.
//! - I4: if `on[i]` is not null, hazard `i` holds `on[i]`, has held it without interruption since a validation, and
//!   whatever is there has not been freed since: it was reachable at the validation, and every scan after it sees the hazard.
//! - I5: a pointer is retired once, after the last store that made it reachable has been overwritten.
//!
//! **Why a validated hazard is seen.** The reader stores the hazard (in `haphazard`), passes the fence `H8` and reads the
//! source again. Whoever frees has unlinked the object, then passed a sequentially consistent fence in `haphazard`, then
//! reads the hazards. Of the two fences one comes first: if the reader's, the scan sees the hazard; if the scan's, the
//! reader sees the source changed and tries again. With I5 the source does not change back to an object that was retired.
//!
//! **Progress.** Lock-free: a failed compare-exchange on `busy`, `next` or `shared` means that another thread succeeded.
//! `haphazard` spins only on its list of free records, which stays empty since slots keep theirs. (The allocator may lock.)
//!
//! **What is checked.** Every model test of the collections runs through this file; those with `crowd` in the name make all
//! threads share one list and begin without slots.

use alloc::boxed::Box;
use core::ptr;

use haphazard::raw::Pointer;
use haphazard::{Domain, HazardPointer};

use crate::primitive::{AtomicBool, AtomicPtr, AtomicUsize, BUCKETS, CachePadded, Plain, fence, ord, thread_hint};

/// Marks the domains of this crate.
pub(crate) struct Family;

/// The hazard pointers of one collection, `N` to a slot.
pub(crate) struct Hazards<const N: usize> {
    shared: AtomicPtr<Shared<N>>,
}

struct Shared<const N: usize> {
    domain: Domain<Family>,
    buckets: [Link<N>; BUCKETS],
}

type Link<const N: usize> = AtomicPtr<CachePadded<Slot<N>>>;

struct Slot<const N: usize> {
    busy: AtomicBool,
    next: Link<N>,
    inner: Plain<Inner<N>>,
    counts: [AtomicUsize; COUNTS],
}

struct Inner<const N: usize> {
    hazards: [HazardPointer<'static, Family>; N],
    on: [*mut u8; N],
    /// What `counts` says; only the owner writes, so it need not read the atomics back.
    counts: [usize; COUNTS],
    /// How many objects this slot has retired since it last reclaimed.
    waiting: usize,
}

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

const COUNTS: usize = 4;

/// A slot, held for the length of one operation.
pub(crate) struct Entry<'a, const N: usize> {
    slot: &'a Slot<N>,
    domain: &'a Domain<Family>,
}

impl<const N: usize> Hazards<N> {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { shared: AtomicPtr::new(ptr::null_mut()) }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { shared: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Takes a slot.
    #[inline]
    pub(crate) fn enter(&self) -> Entry<'_, N> {
        let shared = self.shared();
        let mut link = &shared.buckets[thread_hint()];
        loop {
            // ord[H1] Acquire: the slot behind the pointer is initialised; pairs with H6.
            let slot = link.load(ord!(H1, Acquire));
            if slot.is_null() {
                return shared.enter_new(link);
            }
            // SAFETY: I2, slots live as long as `shared`, which `self` keeps alive.
            let slot = unsafe { &**slot };
            // ord[H2] Relaxed: only a guess whether trying is worth while; pairs with none.
            let busy = slot.busy.load(ord!(H2, Relaxed));
            // ord[H3] Acquire: what the last holder did to the slot is over and seen; pairs with H9.
            // ord[H4] Relaxed: a lost race leads to the next slot, nothing is read from this one; pairs with none.
            if !busy && slot.busy.compare_exchange(false, true, ord!(H3, Acquire), ord!(H4, Relaxed)).is_ok() {
                return Entry { slot, domain: &shared.domain };
            }
            link = &slot.next;
        }
    }

    /// The sum of one count over all slots; approximate while operations run.
    pub(crate) fn total(&self, count: Count) -> usize {
        let Some(shared) = self.existing() else { return 0 };
        let mut total = 0_usize;
        for bucket in &shared.buckets {
            let mut link = bucket;
            loop {
                // ord[H10] Acquire: the slot behind the pointer is initialised; pairs with H6.
                let slot = link.load(ord!(H10, Acquire));
                if slot.is_null() {
                    break;
                }
                // SAFETY: I2, slots live as long as `shared`, which `self` keeps alive.
                let slot = unsafe { &**slot };
                // ord[H11] Relaxed: a statistic; pairs with none.
                total = total.wrapping_add(slot.counts[count as usize].load(ord!(H11, Relaxed)));
                link = &slot.next;
            }
        }
        total
    }

    /// How many objects are retired and not yet freed; approximate while operations run.
    pub(crate) fn garbage(&self) -> usize {
        // What is freed was retired before: reading in this order cannot go below zero by much, and not wrap.
        let freed = self.total(Count::Freed);
        self.total(Count::Retired).saturating_sub(freed)
    }

    fn existing(&self) -> Option<&Shared<N>> {
        // ord[H12] Acquire: the structure behind the pointer is initialised; pairs with H14.
        let shared = self.shared.load(ord!(H12, Acquire));
        // SAFETY: I1, the pointer is null or leads to what lives as long as `self`.
        unsafe { shared.as_ref() }
    }

    #[inline]
    fn shared(&self) -> &Shared<N> {
        match self.existing() {
            Some(shared) => shared,
            None => self.start(),
        }
    }

    #[cold]
    fn start(&self) -> &Shared<N> {
        let fresh = Shared::new();
        // ord[H14] Release: publishes the structure; pairs with H12, H15.
        // ord[H15] Acquire: another thread was first, and its structure is used; pairs with H14.
        match self.shared.compare_exchange(ptr::null_mut(), fresh, ord!(H14, Release), ord!(H15, Acquire)) {
            // SAFETY: I1, just installed.
            Ok(_) => unsafe { &*fresh },
            Err(first) => {
                // SAFETY: `fresh` came from `Shared::new` and no other thread has seen it.
                unsafe { Shared::free(fresh) };
                // SAFETY: I1, the pointer was not null.
                unsafe { &*first }
            }
        }
    }
}

impl<const N: usize> Drop for Hazards<N> {
    fn drop(&mut self) {
        // ord[H16] Relaxed: dropping is exclusive, whatever shared the collection has synchronised; pairs with none.
        let shared = self.shared.load(ord!(H16, Relaxed));
        if !shared.is_null() {
            // SAFETY: I1, it came from `Shared::new`; `&mut self` proves that no entry is left.
            unsafe { Shared::free(shared) };
        }
    }
}

impl<const N: usize> Shared<N> {
    fn new() -> *mut Self {
        let buckets = core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut()));
        let shared = Box::into_raw(Box::new(Self { domain: Domain::new(&Family), buckets }));
        #[cfg(loom)]
        if !crate::primitive::weaken::is_crowded() {
            // Making a slot is the same few steps for every thread: models would spend most of their executions on it.
            // SAFETY: just allocated.
            let this = unsafe { &*shared };
            for bucket in &this.buckets {
                drop(this.enter_new(bucket));
            }
        }
        shared
    }

    /// Appends a slot at or behind `link` and enters it.
    #[cold]
    fn enter_new(&self, mut link: &Link<N>) -> Entry<'_, N> {
        let domain = &raw const self.domain;
        // SAFETY: the hazard pointers made from this reference are dropped by `free` before the domain is.
        let domain: &'static Domain<Family> = unsafe { &*domain };
        let slot = Box::into_raw(Box::new(CachePadded::new(Slot {
            busy: AtomicBool::new(true),
            next: AtomicPtr::new(ptr::null_mut()),
            inner: Plain::new(Inner {
                hazards: core::array::from_fn(|_| HazardPointer::new_in_domain(domain)),
                on: [ptr::null_mut(); N],
                counts: [0; COUNTS],
                waiting: 0,
            }),
            counts: core::array::from_fn(|_| AtomicUsize::new(0)),
        })));
        // ord[H6] Release: publishes the slot; pairs with H1, H7, H10.
        // ord[H7] Acquire: another thread appended first, and its link is followed; pairs with H6.
        while let Err(next) = link.compare_exchange(ptr::null_mut(), slot, ord!(H6, Release), ord!(H7, Acquire)) {
            // SAFETY: I2, slots live as long as `self`.
            let next = unsafe { &*next };
            link = &next.next;
        }
        // SAFETY: I2; the slot is appended, and busy in our name.
        let slot = unsafe { &**slot };
        Entry { slot, domain: &self.domain }
    }

    /// Frees everything, retired objects included.
    ///
    /// # Safety
    ///
    /// `this` came from [`Shared::new`], no entry is left, and this is the last use.
    unsafe fn free(this: *mut Self) {
        for index in 0..BUCKETS {
            // SAFETY: `this` is valid until the end of this function.
            let bucket = unsafe { &(*this).buckets[index] };
            // ord[H17] Relaxed: exclusive, see the safety requirement; pairs with none.
            let mut slot = bucket.load(ord!(H17, Relaxed));
            while !slot.is_null() {
                // SAFETY: I2, the slot came from a box and is freed here only. Its hazard pointers go back to the domain,
                // which is still there.
                let owned = unsafe { Box::from_raw(slot) };
                // ord[H18] Relaxed: exclusive, see the safety requirement; pairs with none.
                slot = owned.next.load(ord!(H18, Relaxed));
            }
        }
        // SAFETY: it came from a box; no hazard pointer refers to its domain any more. The domain frees what was retired.
        drop(unsafe { Box::from_raw(this) });
    }
}

impl<const N: usize> Entry<'_, N> {
    /// Reads `source` and protects what it leads to with hazard `index`; null needs no protection.
    ///
    /// Unless null, the result may be dereferenced until this slot's hazard `index` is used again or cleared, provided that
    /// whatever `source` leads to is retired through this domain only, after `source` has been changed for good (I5).
    #[inline]
    pub(crate) fn protect<P>(&mut self, index: usize, source: &AtomicPtr<P>) -> *mut P {
        // H13 and H5 are relaxable: H8 stands between either and the first use, and is an acquire fence, too. They are kept for
        // race detectors that do not know fences.
        // ord[H13] Acquire: the object behind the pointer is initialised; pairs with Q7, Q9, Q12, Q13, Q14, S2, S5.
        let mut pointer = source.load(ord!(H13, Acquire));
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
                // ord[H5] Acquire: validates, and the object is initialised; pairs with H8, Q7, Q9, Q12, Q13, Q14, S2, S5.
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

    /// Hands `object` over, to be freed as a `P` once no hazard is on it, and frees what can be freed every `batch` objects.
    ///
    /// # Safety
    ///
    /// `object` came from `P::into_raw`, is unreachable for good (I5), and is retired only here.
    pub(crate) unsafe fn retire<T: Send, P: Pointer<T>>(&mut self, object: *mut T, batch: usize) {
        let reclaim = self.slot.inner.with_mut(|inner| {
            // SAFETY: I3, the slot is ours, and this is its only reference.
            let inner = unsafe { &mut *inner };
            for (hazard, on) in inner.hazards.iter_mut().zip(&mut inner.on) {
                if *on == object.cast() {
                    // The operation is done with it; left there, the hazard would keep the object from being freed.
                    *on = ptr::null_mut();
                    hazard.reset_protection();
                }
            }
            inner.waiting += 1;
            let reclaim = inner.waiting >= batch;
            if reclaim {
                inner.waiting = 0;
            }
            reclaim
        });
        self.count(Count::Retired, 1);
        // SAFETY: passed on to the caller; and the domain is the one whose hazards protect the object.
        let mut freed = unsafe { self.domain.retire_ptr::<T, P>(object) };
        if reclaim {
            freed += self.domain.eager_reclaim();
        }
        if freed > 0 {
            self.count(Count::Freed, freed);
        }
    }

    /// Frees what is retired and not protected; says how many objects.
    pub(crate) fn reclaim(&mut self) -> usize {
        let freed = self.domain.eager_reclaim();
        self.count(Count::Freed, freed);
        freed
    }

    /// Adds to a count.
    #[inline]
    pub(crate) fn count(&mut self, count: Count, n: usize) {
        let total = self.slot.inner.with_mut(|inner| {
            // SAFETY: I3, the slot is ours, and this is its only reference.
            let total = unsafe { &mut (*inner).counts[count as usize] };
            *total = total.wrapping_add(n);
            *total
        });
        // ord[H19] Relaxed: a statistic, written by the slot's owner only; pairs with none.
        self.slot.counts[count as usize].store(total, ord!(H19, Relaxed));
    }
}

impl<const N: usize> Drop for Entry<'_, N> {
    #[inline]
    fn drop(&mut self) {
        // ord[H9] Release: what this operation did to the slot is seen by the next holder; pairs with H3.
        self.slot.busy.store(false, ord!(H9, Release));
    }
}
