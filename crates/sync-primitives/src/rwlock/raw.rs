//! The lock without its value: entering at once, leaving, and turning one kind of guard into another.
//!
//! The invariants are those of [`super`], and so are the linearization points.

use super::rule::{self, READ, ReadersOrWriter, UPGRADABLE_READ, WRITE, WRITER};
use crate::TryLockError;
use crate::policy::Policy;
use crate::primitive::ord;
use crate::wait::{Verdict, WaitQueue};
use crate::watched::{Site, Watch as _};

/// The lock without its value.
pub(crate) type RawRwLock<P> = WaitQueue<ReadersOrWriter<P>>;

impl<P: Policy> RawRwLock<P> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn try_take(&self, need: u32) -> Result<(), TryLockError> {
        match self.try_enter(need) {
            Verdict::Enter(_) => {
                self.watch().entered(None, Site::caller(), rule::stake(need), false);
                Ok(())
            }
            Verdict::Stay | Verdict::Leave => {
                self.watch().refused();
                Err(TryLockError(()))
            }
        }
    }

    /// The holder of a read guard leaves.
    #[inline]
    pub(super) fn leave_read(&self) {
        self.watch().left(READ, 1);
        // ord[L1] Release: the next writer comes after all that was read; pairs with W3, W11, W14, W17, L5.
        self.attend(self.word().fetch_add(rule::WITHOUT_READER, ord!(L1, Release)));
    }

    /// The writer leaves.
    #[inline]
    pub(super) fn leave_write(&self) {
        self.watch().left(WRITE, 1);
        let word = self.peek();
        // While nobody waits, nothing else changes beside the writer.
        // ord[L2] Release: who enters next sees what was written; pairs with W3, W17.
        // ord[L3] Relaxed: somebody waits, and the queue decides; pairs with none.
        let free = word & crate::wait::HAS_WAITERS == 0
            && self.word().compare_exchange(word, word & !WRITER, ord!(L2, Release), ord!(L3, Relaxed)).is_ok();
        if !free {
            self.leave_slowly(WRITE);
        }
    }

    #[cold]
    fn leave_slowly(&self, need: u32) {
        self.leave(need);
    }

    /// The upgradable reader leaves.
    #[inline]
    pub(super) fn leave_upgradable(&self) {
        self.watch().left(UPGRADABLE_READ, 1);
        // ord[L4] Release: as L1; pairs with W3, W11, W14, W17.
        self.attend(self.word().fetch_add(rule::WITHOUT_UPGRADABLE, ord!(L4, Release)));
    }

    /// The upgradable reader becomes the writer if no other reader is in. Those who wait do not matter: they wait for it too.
    pub(super) fn try_upgrade(&self) -> bool {
        let mut word = self.peek();
        while rule::readers(word) == 0 {
            // ord[L5] Acquire: comes after all that the readers did who left; pairs with L1, W8, W11.
            // ord[L6] Relaxed: a failed attempt reads nothing that is protected; pairs with none.
            match self.word().compare_exchange(word, rule::upgraded(word), ord!(L5, Acquire), ord!(L6, Relaxed)) {
                Ok(_) => {
                    self.watch().turned(UPGRADABLE_READ, rule::stake(WRITE));
                    return true;
                }
                Err(now) => word = now,
            }
        }
        false
    }

    /// The writer becomes a reader; those who wait first and read come in too.
    pub(super) fn downgrade(&self) {
        self.watch().turned(WRITE, rule::stake(READ));
        self.change(rule::downgraded);
    }

    /// The writer becomes the upgradable reader.
    pub(super) fn downgrade_to_upgradable(&self) {
        self.watch().turned(WRITE, rule::stake(UPGRADABLE_READ));
        self.change(rule::downgraded_to_upgradable);
    }

    /// The upgradable reader becomes a common one.
    pub(super) fn downgrade_upgradable(&self) {
        self.watch().turned(UPGRADABLE_READ, rule::stake(READ));
        self.change(rule::downgraded_upgradable);
    }
}
