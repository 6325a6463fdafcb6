//! The hazard pointers of one collection: the structure that is shared, and its slots. The invariants are in [`super`].

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};

use haphazard::{Domain, HazardPointer};

use super::announce::Announce;
use super::cache;
use super::entry::{COUNTS, Count, Entry, Keeper};
use super::limbo::{Chain, Ready};
use crate::primitive::{
    Alive, AtomicBool, AtomicPtr, AtomicUsize, BUCKETS, CachePadded, Plain, barrier, exposed, ord, thread_hint,
};

/// What is left of a collection, to be dropped last of all.
pub(super) struct Remains<A: Announce> {
    _containers: Chain,
    _private: Vec<A::Private>,
}

/// Marks the domains of this crate.
pub(crate) struct Family;

/// Which fences a collection's readers and reclaimers pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fences {
    /// A sequentially consistent one on both sides: for what changes often, or moves its hazards seldom.
    Symmetric,
    /// None for readers, a dear one for reclaimers, where the system has it: for what is read much more often than changed.
    Asymmetric,
}

/// The hazard pointers of one collection, `N` to a slot; and what else its threads announce there, an `A` each.
pub(crate) struct Hazards<const N: usize, A: Announce = ()> {
    shared: AtomicPtr<Shared<N, A>>,
    fences: Fences,
}

pub(super) struct Shared<const N: usize, A: Announce = ()> {
    pub(super) domain: ManuallyDrop<Domain<Family>>,
    /// Whether readers pass no fence.
    pub(super) asymmetric: bool,
    /// Which of a thread's places is this structure's.
    pub(super) place: usize,
    pub(super) ready: Ready,
    buckets: [Link<N, A>; BUCKETS],
    /// One for the collection, one for each slot kept by a thread, one for each handle.
    references: CachePadded<AtomicUsize>,
    alive: Alive,
}

type Link<const N: usize, A> = AtomicPtr<CachePadded<Slot<N, A>>>;

pub(super) struct Slot<const N: usize, A: Announce = ()> {
    claimed: AtomicBool,
    pub(super) busy: AtomicBool,
    next: Link<N, A>,
    pub(super) inner: Plain<Inner<N, A>>,
    /// Read by other threads while the holder writes to it.
    pub(super) announced: A,
    pub(super) counts: [AtomicUsize; COUNTS],
}

pub(super) struct Inner<const N: usize, A: Announce = ()> {
    pub(super) hazards: ManuallyDrop<[HazardPointer<'static, Family>; N]>,
    pub(super) on: [*mut u8; N],
    /// What `counts` says; only the owner writes, so it need not read the atomics back.
    pub(super) counts: [usize; COUNTS],
    /// How many containers this slot has retired since it last reclaimed.
    pub(super) waiting: usize,
    /// What goes with what is announced, for the holder alone.
    pub(super) private: A::Private,
}

impl<const N: usize, A: Announce> Hazards<N, A> {
    #[cfg(not(loom))]
    pub(crate) const fn new(fences: Fences) -> Self {
        Self { shared: AtomicPtr::new(ptr::null_mut()), fences }
    }

    #[cfg(loom)]
    pub(crate) fn new(fences: Fences) -> Self {
        Self { shared: AtomicPtr::new(ptr::null_mut()), fences }
    }

    /// Takes a slot.
    #[inline]
    pub(crate) fn enter(&self) -> Entry<'_, N, A> {
        match self.enter_kept() {
            Some(entry) => entry,
            None => self.shared().enter_elsewhere(),
        }
    }

    /// Takes the slot that this thread keeps, if it is there and free: the way for what is to be quick.
    #[inline(always)]
    pub(crate) fn enter_kept(&self) -> Option<Entry<'_, N, A>> {
        let shared = self.existing()?;
        let slot = cache::find(shared)?;
        // ord[H20] Acquire: what the last holder, perhaps another thread, did to the slot is over and seen; pairs with H22.
        if slot.busy.load(ord!(H20, Acquire)) {
            return None;
        }
        // ord[H21] Relaxed: until this thread gives the slot back, by H23, only it sets this; pairs with none.
        slot.busy.store(true, ord!(H21, Relaxed));
        Some(Entry { slot, shared, keeper: Keeper::Thread })
    }

    /// The sum of one count over all slots; approximate while operations run.
    pub(crate) fn total(&self, count: Count) -> usize {
        let Some(shared) = self.existing() else { return 0 };
        let mut total = 0_usize;
        // ord[H11] Relaxed: a statistic; pairs with none.
        shared.for_each(|slot| total = total.wrapping_add(slot.counts[count as usize].load(ord!(H11, Relaxed))));
        total
    }

    /// How many slots there are.
    pub(crate) fn slots(&self) -> usize {
        let mut slots = 0;
        if let Some(shared) = self.existing() {
            shared.for_each(|_| slots += 1);
        }
        slots
    }

    /// How many objects are retired and not yet freed; approximate while operations run.
    pub(crate) fn garbage(&self) -> usize {
        // What is freed was retired before: reading in this order cannot go below zero by much, and not wrap.
        let freed = self.total(Count::Freed);
        self.total(Count::Retired).saturating_sub(freed)
    }

    /// Frees the containers that can be freed, when it has taken the hazards of free slots, and the caller's, off what they are on, which
    /// nobody reads any more; tells how many.
    pub(crate) fn reclaim_containers(&self) -> usize {
        let mut own = self.enter();
        own.release_hazards();
        let shared = own.shared;
        shared.for_each(|slot| {
            if slot.claim() {
                Entry { slot, shared, keeper: Keeper::None }.release_hazards();
            }
        });
        own.reclaim_containers()
    }

    #[inline(always)]
    pub(super) fn existing(&self) -> Option<&Shared<N, A>> {
        // ord[H12] Acquire: the structure behind the pointer is initialised; pairs with H14.
        let shared = self.shared.load(ord!(H12, Acquire));
        // SAFETY: I1, the pointer is null or leads to what lives as long as `self`.
        unsafe { shared.as_ref() }
    }

    /// Tells whether it is this structure that the collection has.
    #[inline(always)]
    pub(super) fn is_at(&self, shared: *const Shared<N, A>) -> bool {
        // ord[H30] Relaxed: an address, to be compared; pairs with none.
        ptr::eq(self.shared.load(ord!(H30, Relaxed)), shared)
    }

    #[inline]
    fn shared(&self) -> &Shared<N, A> {
        match self.existing() {
            Some(shared) => shared,
            None => self.start(),
        }
    }

    #[cold]
    fn start(&self) -> &Shared<N, A> {
        let fresh = Shared::new(self.fences);
        // ord[H14] Release: publishes the structure; pairs with H12, H15.
        // ord[H15] Acquire: another thread was first, and its structure is used; pairs with H14.
        match self.shared.compare_exchange(ptr::null_mut(), fresh, ord!(H14, Release), ord!(H15, Acquire)) {
            // SAFETY: I1, just installed.
            Ok(_) => unsafe { &*fresh },
            Err(first) => {
                // SAFETY: `fresh` came from `Shared::new` and no other thread has seen it.
                drop(unsafe { Shared::close(fresh) });
                // SAFETY: I1, the pointer was not null.
                unsafe { &*first }
            }
        }
    }
}

impl<const N: usize, A: Announce> Drop for Hazards<N, A> {
    fn drop(&mut self) {
        // ord[H16] Relaxed: dropping is exclusive, whatever shared the collection has synchronised; pairs with none.
        let shared = self.shared.load(ord!(H16, Relaxed));
        if !shared.is_null() {
            // SAFETY: I1, it came from `Shared::new`; `&mut self` proves that no entry is left (I6).
            let values = unsafe { Shared::close(shared) };
            // The values' own drops run last: nothing of this structure is needed any more.
            drop(values);
        }
    }
}

impl<const N: usize, A: Announce> Shared<N, A> {
    fn new(fences: Fences) -> *mut Self {
        let buckets = core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut()));
        let shared = NonNull::from(Box::leak(Box::new(Self {
            domain: ManuallyDrop::new(Domain::new(&Family)),
            asymmetric: fences == Fences::Asymmetric && barrier::register(),
            place: 0,
            ready: Ready::new(),
            buckets,
            references: CachePadded::new(AtomicUsize::new(1)),
            alive: Alive::new(),
        })));
        // Threads that keep a slot find it by a reference to it.
        let shared = exposed(shared).as_ptr();
        // SAFETY: just allocated.
        unsafe { (*shared).place = cache::place_of(shared.cast_const().cast()) };
        #[cfg(loom)]
        if !crate::primitive::weaken::is_crowded() {
            // Making a slot is the same few steps for every thread: models would spend most of their executions on it.
            // SAFETY: just allocated.
            let this = unsafe { &*shared };
            for bucket in &this.buckets {
                this.append(bucket).give_back();
            }
        }
        shared
    }

    /// Enters a slot that this thread does not keep, and keeps it if it keeps none of this structure's.
    #[cold]
    fn enter_elsewhere(&self) -> Entry<'_, N, A> {
        let slot = self.claim_any();
        let keeper = if cache::keep(self, slot) { Keeper::Thread } else { Keeper::None };
        if keeper == Keeper::Thread {
            // ord[H26] Relaxed: as H21; pairs with none.
            slot.busy.store(true, ord!(H26, Relaxed));
        }
        Entry { slot, shared: self, keeper }
    }

    fn claim_any(&self) -> &Slot<N, A> {
        let mut link = &self.buckets[thread_hint()];
        loop {
            // ord[H1] Acquire: the slot behind the pointer is initialised; pairs with H6.
            let slot = link.load(ord!(H1, Acquire));
            if slot.is_null() {
                return self.append(link);
            }
            // SAFETY: I2, slots live as long as this structure.
            let slot = unsafe { &**slot };
            if slot.claim() {
                return slot;
            }
            link = &slot.next;
        }
    }

    /// Appends a slot at or behind `link`, claimed.
    #[cold]
    fn append(&self, mut link: &Link<N, A>) -> &Slot<N, A> {
        let domain: *const Domain<Family> = &raw const *self.domain;
        // SAFETY: the hazard pointers made from this reference are dropped by `close` before the domain is.
        let domain: &'static Domain<Family> = unsafe { &*domain };
        let slot = Box::into_raw(Box::new(CachePadded::new(Slot {
            claimed: AtomicBool::new(true),
            busy: AtomicBool::new(false),
            next: AtomicPtr::new(ptr::null_mut()),
            inner: Plain::new(Inner {
                hazards: ManuallyDrop::new(core::array::from_fn(|_| HazardPointer::new_in_domain(domain))),
                on: [ptr::null_mut(); N],
                counts: [0; COUNTS],
                waiting: 0,
                private: A::Private::default(),
            }),
            announced: A::default(),
            counts: core::array::from_fn(|_| AtomicUsize::new(0)),
        })));
        // ord[H6] Release: publishes the slot; pairs with H1, H7, H10.
        // ord[H7] Acquire: another thread appended first, and its link is followed; pairs with H6.
        while let Err(next) = link.compare_exchange(ptr::null_mut(), slot, ord!(H6, Release), ord!(H7, Acquire)) {
            // SAFETY: I2, slots live as long as `self`.
            let next = unsafe { &*next };
            link = &next.next;
        }
        // SAFETY: I2; the slot is appended, and claimed in our name.
        unsafe { &*slot }
    }

    pub(super) fn for_each<'a>(&'a self, mut f: impl FnMut(&'a Slot<N, A>)) {
        for bucket in &self.buckets {
            let mut link = bucket;
            loop {
                // ord[H10] Acquire: the slot behind the pointer is initialised; pairs with H6.
                let slot = link.load(ord!(H10, Acquire));
                if slot.is_null() {
                    break;
                }
                // SAFETY: I2, slots live as long as this structure.
                let slot = unsafe { &**slot };
                f(slot);
                link = &slot.next;
            }
        }
    }

    /// Counts one more reference.
    pub(super) fn refer(&self) {
        // ord[H27] Relaxed: made from a reference, which keeps the structure meanwhile; pairs with none.
        self.references.fetch_add(1, ord!(H27, Relaxed));
    }

    /// Ends the collection's use: frees all memory that was retired and returns the objects whose values are to be dropped.
    ///
    /// # Safety
    ///
    /// `this` came from [`Shared::new`], no entry is left but those of handles (I6), and this is called once.
    unsafe fn close(this: *mut Self) -> Remains<A> {
        let mut private = Vec::new();
        {
            // SAFETY: the collection's reference is given back below.
            let shared = unsafe { &*this };
            shared.for_each(|slot| {
                slot.inner.with_mut(|inner| {
                    // SAFETY: I3, I6: nobody uses an entry for more than it announces.
                    let inner = unsafe { &mut *inner };
                    // SAFETY: called once, so they have not been dropped; nobody uses them any more.
                    unsafe { ManuallyDrop::drop(&mut inner.hazards) };
                    private.push(core::mem::take(&mut inner.private));
                });
            });
        }
        // SAFETY: no hazard pointer refers to the domain any more, and no reference to it is left.
        let domain = unsafe { &mut (*this).domain };
        // SAFETY: dropped once. This frees containers, or moves them to `ready`.
        unsafe { ManuallyDrop::drop(domain) };
        // SAFETY: as above.
        let shared = unsafe { &*this };
        let containers = shared.ready.take();
        // SAFETY: the collection's reference, given back once.
        unsafe { Self::release(this) };
        Remains { _containers: containers, _private: private }
    }

    /// Gives a reference back, and frees the memory if it was the last one.
    ///
    /// # Safety
    ///
    /// `this` came from [`Shared::new`], and the reference is the caller's.
    pub(super) unsafe fn release(this: *mut Self) {
        // SAFETY: the reference given back here keeps the structure until then.
        let references = unsafe { &(*this).references };
        // SAFETY: as above.
        unsafe { &(*this).alive }.touch();
        // ord[H28] AcqRel: what others did to the slots comes before freeing them; pairs with itself.
        if references.fetch_sub(1, ord!(H28, AcqRel)) > 1 {
            return;
        }
        // SAFETY: `this` is valid until the end of this function.
        unsafe { &(*this).alive }.end();
        for index in 0..BUCKETS {
            // SAFETY: `this` is valid until the end of this function.
            let bucket = unsafe { &(*this).buckets[index] };
            // ord[H17] Relaxed: exclusive, by H28; pairs with none.
            let mut slot = bucket.load(ord!(H17, Relaxed));
            while !slot.is_null() {
                // SAFETY: I2, the slot came from a box and is freed here only; `close` has dropped its hazard pointers.
                let owned = unsafe { Box::from_raw(slot) };
                // ord[H18] Relaxed: exclusive, by H28; pairs with none.
                slot = owned.next.load(ord!(H18, Relaxed));
            }
        }
        // SAFETY: it came from a box; `close` has dropped the domain.
        drop(unsafe { Box::from_raw(this) });
    }
}

impl<const N: usize, A: Announce> Slot<N, A> {
    /// Claims the slot, unless another thread has, or a guard is still in it.
    pub(super) fn claim(&self) -> bool {
        // ord[H2] Relaxed: only a guess whether trying is worth while; pairs with none.
        let claimed = self.claimed.load(ord!(H2, Relaxed));
        // ord[H3] Acquire: what the last holder did to the slot is over and seen, as is the `busy` it left; pairs with H9, H23.
        // ord[H4] Relaxed: a lost race leads to the next slot, nothing is read from this one; pairs with none.
        if claimed || self.claimed.compare_exchange(false, true, ord!(H3, Acquire), ord!(H4, Relaxed)).is_err() {
            return false;
        }
        // A thread that kept the slot may have ended, or given it up, while a guard of its was elsewhere.
        // ord[H24] Acquire: what that guard did to the slot is over and seen; pairs with H22.
        if self.busy.load(ord!(H24, Acquire)) {
            self.give_back();
            return false;
        }
        true
    }

    /// Ends the claim.
    pub(super) fn give_back(&self) {
        // ord[H23] Release: what this thread did to the slot is seen by the next to claim it; pairs with H3.
        self.claimed.store(false, ord!(H23, Release));
    }

    /// Ends an operation.
    #[inline(always)]
    pub(super) fn leave(&self, keeper: Keeper) {
        if keeper == Keeper::Thread {
            // ord[H22] Release: what this operation did to the slot is seen by the next holder; pairs with H20, H24.
            self.busy.store(false, ord!(H22, Release));
        } else {
            // ord[H9] Release: as H22, for who claims the slot; pairs with H3.
            self.claimed.store(false, ord!(H9, Release));
        }
    }
}
