//! The advisor of a cache that threads share: one thread at a time tells it of a request; the others' are not told of.

use sync_primitives::spin::Mutex;

use super::advisor::Advisor;
use crate::primitive::{AtomicUsize, ord};

pub(super) struct Watch {
    /// Nothing before the cache is full for the first time.
    advisor: Mutex<Option<Advisor>>,
    /// Hashes that are zero under it are told of.
    mask: AtomicUsize,
    /// Profile, and from the eighth bit on the epoch.
    advice: AtomicUsize,
}

/// The mask under which no hash is zero but zero.
const NONE: usize = usize::MAX;

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            advisor: Mutex::new(None),
            mask: AtomicUsize::new(NONE),
            advice: AtomicUsize::new(usize::from(super::policy::UNADVISED)),
        }
    }

    /// Whether the request for a key of this hash is to be told of.
    #[inline]
    pub(super) fn wants(&self, hash: u64) -> bool {
        // ord[CU13] Relaxed: a number, old or new; pairs with none.
        hash as usize & self.mask.load(ord!(CU13, Relaxed)) == 0
    }

    #[inline]
    pub(super) fn advice(&self) -> (u8, u8) {
        // ord[CU14] Relaxed: as CU13; pairs with none.
        let advice = self.advice.load(ord!(CU14, Relaxed));
        (advice as u8, (advice >> 8) as u8)
    }

    /// Whether the cache is full for the first time.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        // ord[CU15] Relaxed: as CU13; pairs with none.
        self.mask.load(ord!(CU15, Relaxed)) == NONE
    }

    /// The cache is full, with so many entries.
    #[cold]
    pub(super) fn begin(&self, capacity: u64, entries: usize) {
        if let Some(mut advisor) = self.advisor.try_lock() {
            *advisor = Advisor::new(capacity, entries);
            if let Some(advisor) = &*advisor {
                // ord[CU16] Relaxed: as CU13; pairs with none.
                self.mask.store(advisor.mask() as usize, ord!(CU16, Relaxed));
            }
        }
    }

    /// A key was asked for, in a cache of so much and so many.
    #[cold]
    pub(super) fn note(&self, hash: u64, weight: u64, capacity: u64, entries: impl FnOnce() -> usize) {
        let Some(mut guard) = self.advisor.try_lock() else { return };
        let Some(advisor) = &mut *guard else { return };
        if advisor.note(hash, weight) {
            let (profile, epoch) = advisor.advice();
            // ord[CU17] Relaxed: as CU13; pairs with none.
            self.advice.store(usize::from(profile) | usize::from(epoch) << 8, ord!(CU17, Relaxed));
            let entries = entries();
            if advisor.is_outgrown(entries) {
                drop(guard);
                self.begin(capacity, entries);
            }
        }
    }
}
