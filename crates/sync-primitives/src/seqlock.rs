//! [`SeqLock`]: a value that readers copy without writing anything, and copy again if it changed meanwhile.
//!
//! Source: the sequence lock of the Linux kernel (2002) in the form that Boehm, "Can seqlocks get along with programming language
//! memory models?" (MSPC 2012), gives to a language with data races. Differs in that a writer works on a copy: it keeps other
//! writers out while it does, but readers only while it copies its work back.
//!
//! Layout: `sequence`, and the value as words, each of which is accessed atomically.
//!
//! ```text
//! sequence:  | number of values stored so far ... | STORING | LOCKED |
//! ```
//!
//! Invariants
//! - I1: at most one [`SeqLockWriteGuard`] of a lock exists at a time, and `LOCKED` is set while it exists. Only its drop changes
//!   the words and the rest of the sequence.
//! - I2: the words hold the value whose number the sequence says, whole, while `STORING` is clear.
//! - I3: the number grows with each value, before `STORING` is clear again.
//!
//! Why a copy is whole: it began at a number without `STORING` (Q1), so every word is of that value or of a later one. Were one of
//! a later, then by the fences Q3 and Q8 the look Q4 would find `STORING`, or a higher number. If it finds neither, then none was.
//! The number comes round after `usize::MAX / 4` values (2^62; 2^30 on 32 bits): one copy during exactly so many is
//! taken for whole, torn or not.
//!
//! Linearization points: reading, the look Q4 that finds the number unchanged; a reader may then return a value that is being replaced, whose store
//! becomes visible at Q10. Writing, Q10. A failed `try_read`, Q1 or Q4; a failed `try_write`, Q6.
//!
//! Progress: a reader writes nothing and never delays anybody. It waits while a writer copies, and may have to copy again each time a value
//! is stored: writers that never rest can starve it. Writers wait for each other by spinning, then yielding, without order; no writer ever
//! waits for a reader.
//!
//! Reclamation: none; the lock owns no memory, and the value is `Copy`.
//!
//! Checked by `tests/loom_seqlock.rs` (two writers and a reader, a thread each, and two reads against two writes: no torn copy, no lost update,
//! no step back, and what was done before a value was stored is seen by who reads it), where each of Q1, Q3, Q5, Q8, Q10 and Q11 is weakened and must be missed; by
//! `tests/stress_seqlock.rs` with native threads, torn copies and recorded histories of a register.

use core::fmt;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};

use crate::primitive::{AtomicUsize, Backoff, Words, const_fn, fence, ord};

/// A writer has its guard. Readers do not care.
const LOCKED: usize = 1;
/// A writer is copying its value in.
const STORING: usize = 2;
/// One more value.
const NEXT: usize = 4;

/// A value of a few words that is read much more often than written: readers copy it out without writing to memory, so any number
/// of them read at once, each at the speed of its own cache, and never hold a writer up.
///
/// A writer gets a copy to work on, which becomes the value when its guard is dropped. Until then readers find the old value and do not
/// wait; they wait for the moment in which it is copied in.
///
/// - Cost: to read, two looks at a number and one load a word. To write, one compare-exchange, two stores and two copies.
/// - Fairness: none. Writers that come without end can starve readers, and each other.
/// - Size: the value in whole words, and one word.
/// - Progress: readers and writers wait by spinning, then by yielding their processor. No writer waits for a reader. Writing twice on one
///   thread waits for ever; reading while writing does not.
/// - Panics: the lock is not poisoned. A panic while a guard is held stores what the guard holds, as with the other locks.
/// - A guard that is leaked (`mem::forget`) keeps writers out for ever; readers find the old value.
///
/// Only `Copy` types fit, since a reader may copy while the value changes and throw the copy away.
///
/// ```
/// use sync_primitives::SeqLock;
///
/// static POSITION: SeqLock<(f64, f64)> = SeqLock::new((0.0, 0.0));
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         let mut position = POSITION.write();
///         position.0 += 1.0;
///         position.1 += 1.0;
///     });
///     let (x, y) = POSITION.read();
///     assert_eq!(x, y); // never half of an update
/// });
/// ```
#[doc(alias = "SequenceLock")]
pub struct SeqLock<T> {
    sequence: AtomicUsize,
    words: Words<T>,
}

// SAFETY: the lock owns its value, which moves with it.
unsafe impl<T: Send> Send for SeqLock<T> {}
// SAFETY: the value is only copied, out of the lock and into it, by atomic accesses; no reference to it is given out, so that copies
// may go to other threads (`Send`) is all that is needed.
unsafe impl<T: Send> Sync for SeqLock<T> {}

impl<T: Copy> SeqLock<T> {
    const_fn! {
        /// A lock around `value`.
        ///
        /// ```
        /// use sync_primitives::SeqLock;
        ///
        /// static LIMITS: SeqLock<[u32; 4]> = SeqLock::new([1, 2, 3, 4]);
        /// assert_eq!(LIMITS.read(), [1, 2, 3, 4]);
        /// ```
        #[must_use]
        pub const fn new(value: T) -> Self {
            Self { sequence: AtomicUsize::new(0), words: Words::new(value) }
        }
    }

    /// A copy of the value, made again until no value was stored meanwhile.
    ///
    /// ```
    /// let lock = sync_primitives::SeqLock::new((1, 2));
    /// assert_eq!(lock.read(), (1, 2));
    /// ```
    #[inline]
    #[must_use]
    pub fn read(&self) -> T {
        match self.try_read() {
            Some(value) => value,
            None => self.read_contended(),
        }
    }

    #[cold]
    fn read_contended(&self) -> T {
        let backoff = Backoff::new();
        loop {
            backoff.snooze();
            if let Some(value) = self.try_read() {
                return value;
            }
        }
    }

    /// A copy of the value, unless one is stored just now.
    ///
    /// ```
    /// let lock = sync_primitives::SeqLock::new((1, 2));
    /// let writer = lock.write();
    /// assert_eq!(lock.try_read(), Some((1, 2)), "it is not stored before the guard is dropped");
    /// # drop(writer);
    /// ```
    #[inline]
    #[must_use]
    pub fn try_read(&self) -> Option<T> {
        // ord[Q1] Acquire: sees the words of the value with this number, and what was done before it was stored; pairs with Q10.
        let before = self.sequence.load(ord!(Q1, Acquire));
        if before & STORING != 0 {
            return None;
        }
        // ord[Q2] Relaxed: Q3 and Q4 tell whether the copy is whole; pairs with none.
        let copy = self.words.load(ord!(Q2, Relaxed));
        // ord[Q3] Acquire: if a word was of a later value, Q4 sees that one was being stored; pairs with Q8.
        fence(ord!(Q3, Acquire));
        // ord[Q4] Relaxed: ordered behind the words by Q3; pairs with none.
        let after = self.sequence.load(ord!(Q4, Relaxed));
        // SAFETY: the number is the same, so by I2 the copy is whole.
        ((before ^ after) & !LOCKED == 0).then(|| unsafe { MaybeUninit::assume_init(copy) })
    }

    /// A copy of the value to work on, which becomes the value when the guard is dropped. Waits until no other writer has one.
    ///
    /// Not to be called while this thread has the guard already: it would wait for itself.
    ///
    /// ```
    /// let lock = sync_primitives::SeqLock::new((1, 2));
    /// let mut writer = lock.write();
    /// writer.0 = 3;
    /// assert_eq!(lock.read(), (1, 2));
    /// drop(writer);
    /// assert_eq!(lock.read(), (3, 2));
    /// ```
    pub fn write(&self) -> SeqLockWriteGuard<'_, T> {
        self.copy_out(self.lock())
    }

    /// As [`write`](Self::write), if no other writer has a guard.
    ///
    /// ```
    /// let lock = sync_primitives::SeqLock::new(1);
    /// let writer = lock.try_write().unwrap();
    /// assert!(lock.try_write().is_none());
    /// # drop(writer);
    /// ```
    pub fn try_write(&self) -> Option<SeqLockWriteGuard<'_, T>> {
        self.try_lock().map(|sequence| self.copy_out(sequence))
    }

    /// Makes `value` the value.
    ///
    /// ```
    /// let lock = sync_primitives::SeqLock::new(1);
    /// lock.set(2);
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn set(&self, value: T) {
        let sequence = self.lock();
        self.store(sequence, value);
    }

    /// Keeps other writers out, waiting for them, and returns what the sequence was.
    fn lock(&self) -> usize {
        let backoff = Backoff::new();
        loop {
            if let Some(sequence) = self.try_lock() {
                return sequence;
            }
            // Look before trying again: waiters then share the cache line until it changes.
            // ord[Q12] Relaxed: a hint, Q5 decides; pairs with none.
            while self.sequence.load(ord!(Q12, Relaxed)) & LOCKED != 0 {
                backoff.snooze();
            }
        }
    }

    /// As [`lock`](Self::lock), if there is no other writer.
    fn try_lock(&self) -> Option<usize> {
        // ord[Q13] Relaxed: Q5 compares; pairs with none.
        let mut sequence = self.sequence.load(ord!(Q13, Relaxed));
        while sequence & LOCKED == 0 {
            // ord[Q5] Acquire: sees the words that the last writer left; pairs with Q10, Q11.
            // ord[Q6] Relaxed: a failed attempt reads nothing that is protected; pairs with none.
            match self.sequence.compare_exchange(sequence, sequence | LOCKED, ord!(Q5, Acquire), ord!(Q6, Relaxed)) {
                Ok(_) => return Some(sequence),
                Err(now) => sequence = now,
            }
        }
        None
    }

    /// The guard of the writer that locked at `sequence`.
    fn copy_out(&self, sequence: usize) -> SeqLockWriteGuard<'_, T> {
        // ord[Q14] Relaxed: nobody stores while other writers are kept out; pairs with none.
        let copy = self.words.load(ord!(Q14, Relaxed));
        // SAFETY: by I1 nobody stores, so by I2 the copy is whole.
        let value = unsafe { copy.assume_init() };
        SeqLockWriteGuard { lock: self, sequence, value }
    }

    /// Stores `value` and lets other writers in; called by the writer that locked at `sequence`.
    #[inline]
    fn store(&self, sequence: usize, value: T) {
        // ord[Q7] Relaxed: ordered before the words by Q8; pairs with none.
        self.sequence.store(sequence | STORING | LOCKED, ord!(Q7, Relaxed));
        // ord[Q8] Release: who sees one of the words sees that one was being stored; pairs with Q3.
        fence(ord!(Q8, Release));
        // ord[Q9] Relaxed: between Q8 and Q10; pairs with none.
        self.words.store(value, ord!(Q9, Relaxed));
        // ord[Q10] Release: who sees the new number sees the words; pairs with Q1, Q5.
        self.sequence.store(sequence.wrapping_add(NEXT), ord!(Q10, Release));
    }

    /// Gives the value back.
    ///
    /// ```
    /// assert_eq!(sync_primitives::SeqLock::new(7).into_inner(), 7);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        // ord[Q15] Relaxed: whoever owns the lock has seen all that was done with it; pairs with none.
        let copy = self.words.load(ord!(Q15, Relaxed));
        // SAFETY: nobody else is left, so by I2 the words are whole.
        unsafe { copy.assume_init() }
    }
}

impl<T> SeqLock<T> {
    /// The value, without locking: the borrow shows that nobody else can reach it.
    ///
    /// ```
    /// let mut lock = sync_primitives::SeqLock::new(1);
    /// *lock.get_mut() = 5;
    /// assert_eq!(lock.read(), 5);
    /// ```
    #[cfg(not(loom))]
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.words.get_mut()
    }
}

impl<T: Copy + Default> Default for SeqLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Copy> From<T> for SeqLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for SeqLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeqLock").field("value", &self.read()).finish()
    }
}

/// A copy of the value of a [`SeqLock`] to work on; dropping it makes it the value.
///
/// ```
/// use sync_primitives::{SeqLock, SeqLockWriteGuard};
///
/// let lock = SeqLock::new([1, 2]);
/// lock.write()[0] = 3;
/// let mut writer = lock.write();
/// writer[1] = 4;
/// SeqLockWriteGuard::discard(writer);
/// assert_eq!(lock.read(), [3, 2]);
/// ```
#[must_use = "the copy is stored as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct SeqLockWriteGuard<'a, T: Copy> {
    lock: &'a SeqLock<T>,
    /// What the sequence was, without `LOCKED`.
    sequence: usize,
    value: T,
}

impl<T: Copy> SeqLockWriteGuard<'_, T> {
    /// Lets other writers in and leaves the value as it is. Readers do not notice anything.
    pub fn discard(guard: Self) {
        let guard = core::mem::ManuallyDrop::new(guard);
        // ord[Q11] Release: who writes next sees the words as the writer before this one left them; pairs with Q5.
        guard.lock.sequence.store(guard.sequence, ord!(Q11, Release));
    }
}

impl<T: Copy> Drop for SeqLockWriteGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.store(self.sequence, self.value);
    }
}

impl<T: Copy> Deref for SeqLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Copy> DerefMut for SeqLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for SeqLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
