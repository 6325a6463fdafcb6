//! The state of [`RwLock`](super::RwLock): many readers or one writer, with one reader that may become the writer.
//!
//! Source: the single-word spinning reader-writer lock of Mellor-Crummey and Scott (1991), with the upgradable reader of
//! Boost's `shared_mutex`. Differs in that readers enter by compare-exchange, so the count is exact at every moment and a
//! `try_write` never fails because of a reader that is about to turn back; and in that a waiting writer leaves a mark
//! beside the word, which keeps new readers out until a writer has been in.
//!
//! Layout: 32 bits of `word` and the mark `pending`, eight bytes with their padding.
//!
//! ```text
//! word:  | readers: 30 bits | UPGRADABLE: bit 1 | WRITER: bit 0 |
//! ```
//!
//! An upgradable reader counts among the readers and sets UPGRADABLE besides.
//!
//! Invariants
//! - I1: WRITER is set while a [`WriteHeld`] exists; there is then one such, the word is WRITER alone, and only its holder
//!   changes the word.
//! - I2: the count is the number of [`ReadHeld`] and [`UpgradableHeld`]; UPGRADABLE is set while an [`UpgradableHeld`]
//!   exists, and there is at most one.
//! - I3: `pending` is set only by a thread that waits in `write` or `upgrade`. It leaves only by becoming the writer, and
//!   a writer clears the mark when it steps down or leaves: a set mark means that somebody still waits or writes, so it
//!   never sticks. A mark that is cleared while others wait is set again by them.
//! - I4: the count is at most [`MAX_READERS`], so entering never carries out of the word: at the limit a reader waits.
//!
//! Linearization points: taking shared, upgradable or exclusive access at the successful compare-exchange R3, R7 or R11;
//! giving it back at R13, R14 or R15; downgrading at R16, R17 or R18; a failing attempt at its last load of the word or of
//! the mark.
//!
//! Progress: blocking. A waiting writer keeps new readers out, so readers that come without end cannot starve it. A writer
//! that leaves lifts the mark: the readers that it kept out compete with the next writer for the word, so neither kind
//! has the lock to itself while the other wants it. There is no order among those who wait.
//!
//! Reclamation: none; the lock owns no memory.
//!
//! Checked by `tests/loom_spin.rs`: exclusion and visibility of readers, writers, upgradable readers, upgrading and
//! downgrading with 2 threads x 2 operations and with 3 threads; every acquire and release site weakened is found.
//! `tests/stress_spin.rs` looks for torn reads with native threads. The limit I4 is a unit test.

use core::mem;

use crate::primitive::{AtomicBool, AtomicU32, Backoff, const_fn, ord};

const WRITER: u32 = 1;
const UPGRADABLE: u32 = 1 << 1;
const READER: u32 = 1 << 2;

/// As many readers as may be in at once.
pub(super) const MAX_READERS: u32 = u32::MAX / READER;
const FULL: u32 = MAX_READERS * READER;

#[derive(Debug)]
pub(super) struct RawRwLock {
    word: AtomicU32,
    pending: AtomicBool,
}

/// The right to read what the lock protects (I2).
#[derive(Debug)]
#[must_use = "dropping it unlocks at once"]
pub(super) struct ReadHeld<'a> {
    lock: &'a RawRwLock,
}

/// The right to read what the lock protects and to wait for more (I2).
#[derive(Debug)]
#[must_use = "dropping it unlocks at once"]
pub(super) struct UpgradableHeld<'a> {
    lock: &'a RawRwLock,
}

/// The sole right to what the lock protects (I1).
#[derive(Debug)]
#[must_use = "dropping it unlocks at once"]
pub(super) struct WriteHeld<'a> {
    lock: &'a RawRwLock,
}

impl RawRwLock {
    const_fn! {
        pub(super) const fn new() -> Self {
            Self { word: AtomicU32::new(0), pending: AtomicBool::new(false) }
        }
    }

    #[inline]
    pub(super) fn try_read(&self) -> Option<ReadHeld<'_>> {
        self.try_enter(WRITER, READER).then(|| ReadHeld { lock: self })
    }

    #[inline]
    pub(super) fn try_upgradable_read(&self) -> Option<UpgradableHeld<'_>> {
        self.try_enter(WRITER | UPGRADABLE, READER | UPGRADABLE).then(|| UpgradableHeld { lock: self })
    }

    #[inline]
    pub(super) fn try_write(&self) -> Option<WriteHeld<'_>> {
        // ord[R3] Acquire: the writer comes after all that readers and writers did; pairs with R13, R14, R15.
        // ord[R4] Relaxed: a failed attempt reads nothing that the lock protects; pairs with none.
        match self.word.compare_exchange(0, WRITER, ord!(R3, Acquire), ord!(R4, Relaxed)) {
            Ok(_) => Some(WriteHeld { lock: self }),
            Err(_) => None,
        }
    }

    /// Adds `entry` to the word unless a bit of `closed` or the mark is set or the readers are at their limit.
    #[inline]
    fn try_enter(&self, closed: u32, entry: u32) -> bool {
        // ord[R1] Relaxed: the mark guards no data, a reader that misses it just gets in; pairs with none.
        if self.pending.load(ord!(R1, Relaxed)) {
            return false;
        }
        let mut word = self.look();
        while word & closed == 0 && word < FULL {
            // ord[R7] Acquire: the reader sees what the last writer did; pairs with R15, R16, R17.
            // ord[R8] Relaxed: a failed attempt reads nothing that the lock protects; pairs with none.
            match self.word.compare_exchange_weak(word, word + entry, ord!(R7, Acquire), ord!(R8, Relaxed)) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    #[inline]
    pub(super) fn read(&self) -> ReadHeld<'_> {
        self.try_read().unwrap_or_else(|| wait_for(|| self.try_read()))
    }

    #[inline]
    pub(super) fn upgradable_read(&self) -> UpgradableHeld<'_> {
        self.try_upgradable_read().unwrap_or_else(|| wait_for(|| self.try_upgradable_read()))
    }

    #[inline]
    pub(super) fn write(&self) -> WriteHeld<'_> {
        self.try_write().unwrap_or_else(|| {
            wait_for(|| {
                self.mark_pending();
                // Look before trying again: waiters then share the cache line until it changes.
                if self.look() == 0 { self.try_write() } else { None }
            })
        })
    }

    /// Keeps new readers out until a writer has been in (I3).
    fn mark_pending(&self) {
        // Look first: those who wait then share the cache line of the mark too, and a round of waiting changes nothing.
        // ord[R19] Relaxed: a mark that is missed is set once more; pairs with none.
        if !self.pending.load(ord!(R19, Relaxed)) {
            // ord[R9] Relaxed: the mark guards no data; pairs with none.
            self.pending.store(true, ord!(R9, Relaxed));
        }
    }

    /// Lets new readers compete again (I3).
    #[inline]
    fn lift_pending(&self) {
        // ord[R10] Relaxed: the mark guards no data; pairs with none.
        self.pending.store(false, ord!(R10, Relaxed));
    }

    #[inline]
    pub(super) fn is_locked(&self) -> bool {
        self.look() != 0
    }

    #[inline]
    pub(super) fn is_locked_exclusive(&self) -> bool {
        self.look() & WRITER != 0
    }

    #[inline]
    pub(super) fn reader_count(&self) -> u32 {
        self.look() / READER
    }

    /// The word a moment ago.
    #[inline]
    fn look(&self) -> u32 {
        // ord[R2] Relaxed: a hint, the compare-exchange that follows decides; pairs with none.
        self.word.load(ord!(R2, Relaxed))
    }
}

/// Repeats `attempt` until it succeeds, spinning at first, then yielding between attempts.
#[cold]
fn wait_for<H>(mut attempt: impl FnMut() -> Option<H>) -> H {
    let backoff = Backoff::new();
    loop {
        if let Some(held) = attempt() {
            return held;
        }
        backoff.snooze();
    }
}

impl<'a> UpgradableHeld<'a> {
    /// Becomes the writer if no other reader is in.
    pub(super) fn try_upgrade(self) -> Result<WriteHeld<'a>, Self> {
        let lock = self.lock;
        // ord[R11] Acquire: what the readers that left did comes before what the writer does; pairs with R13.
        // ord[R12] Relaxed: a failed attempt changes nothing; pairs with none.
        match lock.word.compare_exchange(READER | UPGRADABLE, WRITER, ord!(R11, Acquire), ord!(R12, Relaxed)) {
            Ok(_) => {
                mem::forget(self);
                Ok(WriteHeld { lock })
            }
            Err(_) => Err(self),
        }
    }

    /// Becomes the writer when the other readers have left.
    pub(super) fn upgrade(mut self) -> WriteHeld<'a> {
        let lock = self.lock;
        let backoff = Backoff::new();
        loop {
            match self.try_upgrade() {
                Ok(held) => return held,
                Err(held) => self = held,
            }
            lock.mark_pending();
            while lock.look() != READER | UPGRADABLE {
                backoff.snooze();
            }
        }
    }

    /// Stays in as a common reader.
    pub(super) fn downgrade(self) -> ReadHeld<'a> {
        let lock = self.lock;
        mem::forget(self);
        // ord[R18] Relaxed: the reader stays in, and its accesses are handed on by its R13; pairs with none.
        lock.word.fetch_sub(UPGRADABLE, ord!(R18, Relaxed));
        ReadHeld { lock }
    }
}

impl<'a> WriteHeld<'a> {
    /// Stays in as a reader; other readers may join.
    pub(super) fn downgrade(self) -> ReadHeld<'a> {
        let lock = self.lock;
        mem::forget(self);
        lock.lift_pending();
        // ord[R16] Release: readers that join see what the writer did; pairs with R7.
        lock.word.store(READER, ord!(R16, Release));
        ReadHeld { lock }
    }

    /// Stays in as the upgradable reader; other readers may join.
    pub(super) fn downgrade_to_upgradable(self) -> UpgradableHeld<'a> {
        let lock = self.lock;
        mem::forget(self);
        lock.lift_pending();
        // ord[R17] Release: readers that join see what the writer did; pairs with R7.
        lock.word.store(READER | UPGRADABLE, ord!(R17, Release));
        UpgradableHeld { lock }
    }
}

impl Drop for ReadHeld<'_> {
    #[inline]
    fn drop(&mut self) {
        // ord[R13] Release: what the reader read comes before what the next writer writes; pairs with R3, R11.
        self.lock.word.fetch_sub(READER, ord!(R13, Release));
    }
}

impl Drop for UpgradableHeld<'_> {
    #[inline]
    fn drop(&mut self) {
        // ord[R14] Release: what the reader read comes before what the next writer writes; pairs with R3.
        self.lock.word.fetch_sub(READER | UPGRADABLE, ord!(R14, Release));
    }
}

impl Drop for WriteHeld<'_> {
    #[inline]
    fn drop(&mut self) {
        self.lock.lift_pending();
        // A plain store: nobody else changes the word while WRITER is set (I1).
        // ord[R15] Release: hands what the writer did to whoever comes next; pairs with R3, R7.
        self.lock.word.store(0, ord!(R15, Release));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn raw_rwlock_refuses_readers_at_the_limit() {
        let lock = RawRwLock { word: AtomicU32::new((MAX_READERS - 2) * READER), pending: AtomicBool::new(false) };
        let upgradable = lock.try_upgradable_read().expect("room for two");
        let reader = lock.try_read().expect("room for one");
        assert_eq!(lock.reader_count(), MAX_READERS);
        assert!(lock.try_read().is_none());
        assert!(lock.try_write().is_none());
        assert!(!lock.is_locked_exclusive());
        let second = upgradable.downgrade();
        assert_eq!(lock.reader_count(), MAX_READERS);
        assert!(lock.try_read().is_none());
        assert!(lock.try_upgradable_read().is_none());
        drop(reader);
        assert!(lock.try_upgradable_read().is_some());
        drop(second);
        assert_eq!(lock.reader_count(), MAX_READERS - 2);
    }

    #[test]
    fn raw_rwlock_mark_keeps_readers_out_and_goes_with_the_writer() {
        let lock = RawRwLock::new();
        let reader = lock.read();
        lock.mark_pending();
        assert!(lock.try_read().is_none(), "a waiting writer keeps new readers out");
        assert!(lock.try_upgradable_read().is_none());
        drop(reader);
        assert!(!lock.is_locked(), "the mark alone is no lock");
        drop(lock.write());
        assert!(lock.try_read().is_some());
    }

    #[test]
    fn raw_rwlock_mark_goes_when_the_writer_steps_down() {
        let lock = RawRwLock::new();
        let step_downs: [fn(WriteHeld<'_>); 2] =
            [|held| drop(held.downgrade_to_upgradable()), |held| drop(held.downgrade())];
        for step_down in step_downs {
            let upgradable = lock.upgradable_read();
            lock.mark_pending();
            let writer = upgradable.upgrade();
            assert!(lock.is_locked_exclusive());
            step_down(writer);
            assert!(!lock.is_locked());
            assert!(lock.try_read().is_some());
        }
    }
}
