//! The list lock: a word of its own, which says where the list begins while nobody holds it.

use core::ptr;

use super::list::{List, Waiter};
use crate::primitive::{AtomicPtr, Backoff, const_fn, ord};

/// Stands where the first waiter would while somebody holds the lock. No waiter is at this address, which is odd.
const LOCKED: *mut Waiter = ptr::without_provenance_mut(1);

const _: () = assert!(align_of::<Waiter>() > 1);

/// A list behind a lock. To lock it is to take the pointer to its first away, to unlock it is to put one back: one
/// read-modify-write and one store. All that is written is written by one who holds it.
pub(super) struct ListLock {
    first: AtomicPtr<Waiter>,
}

impl ListLock {
    const_fn! {
        pub(super) const fn new() -> Self {
            Self { first: AtomicPtr::new(ptr::null_mut()) }
        }
    }

    /// Takes the list, unless somebody has it.
    #[inline]
    pub(super) fn try_lock(&self) -> Option<List> {
        let mut first = self.guess();
        while first != LOCKED {
            // An exchange would do, and upstream loom takes one that finds `LOCKED`, and writes it, to be behind the store that unlocks.
            // ord[W5] Acquire: sees the list, and all that its last holder saw; pairs with W12.
            // ord[W27] Relaxed: a failed attempt reads nothing that is protected; pairs with none.
            match self.first.compare_exchange(first, LOCKED, ord!(W5, Acquire), ord!(W27, Relaxed)) {
                Ok(first) => return Some(List::from_first(first)),
                Err(now) => first = now,
            }
        }
        None
    }

    /// What stands there, perhaps.
    #[inline]
    fn guess(&self) -> *mut Waiter {
        if cfg!(loom) {
            // A model tries with the empty list: what an old value would lead to is what a failed attempt leads to, with fewer executions.
            return ptr::null_mut();
        }
        // ord[W10] Relaxed: W5 looks whether it is so; pairs with none.
        self.first.load(ord!(W10, Relaxed))
    }

    /// Takes the list, waiting for it.
    #[inline]
    pub(super) fn lock(&self) -> List {
        match self.try_lock() {
            Some(list) => list,
            None => self.lock_contended(),
        }
    }

    #[cold]
    fn lock_contended(&self) -> List {
        let backoff = Backoff::new();
        loop {
            backoff.snooze();
            if let Some(list) = self.try_lock() {
                return list;
            }
        }
    }

    /// Gives the list back.
    #[inline]
    pub(super) fn unlock(&self, list: List) {
        // ord[W12] Release: the next holder sees the list, and all that was seen here; pairs with W5.
        self.first.store(list.into_first(), ord!(W12, Release));
    }
}
