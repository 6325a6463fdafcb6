//! [`RwLock`]: the rule of readers and a writer over the wait queue.
//!
//! Source: the fair readers-writers problem of Courtois, Heymans and Parnas (1971), solved by one queue as in Mellor-Crummey and
//! Scott's fair lock (1991); the upgradable reader is that of Boost and parking_lot. Differs from tokio's, which is a semaphore,
//! in that readers and the writer are bits of the queue's own word.
//!
//! Layout, on 64 bits; on 32 bits both numbers have 13 bits. Then the value.
//!
//! ```text
//! word:  | room for readers: 29 | readers: 29 | UPGRADABLE | WRITER | CLOSED | HAS_WAITERS | - |
//! ```
//!
//! Invariants, beside I1..I5 of `wait`; a waiter that was let in counts as the guard it will be
//! - L1: while a write guard exists, `WRITER` is set and no other guard exists.
//! - L2: `readers` is the number of read guards; `UPGRADABLE` is set while an upgradable guard exists, of which there is at
//!   most one. `room` is the limit less both, so that a common reader costs one comparison to admit and one addition to let go.
//! - L3: one who upgrades keeps `UPGRADABLE` until it is the writer, and waits before all others: nobody writes in between.
//!
//! Linearization points: those of the queue; a reader leaving, L1; a writer leaving, L2; upgrading at once, L6.
//!
//! Progress, reclamation: those of the queue. Leaving never waits.
//!
//! Checked by `tests/loom_rwlock.rs` (readers, writers, upgrading, downgrading and cancelling against each other, with 2 and 3
//! threads), by `tests/stress_wait.rs` with native threads, and by `tests/it/cancellation.rs` at every await point.

mod acquire;
mod guard;
mod mapped;
#[cfg(feature = "alloc")]
mod owned;
#[cfg(feature = "alloc")]
mod owned_guard;
#[cfg(feature = "alloc")]
mod owned_upgradable;
mod ranked;
mod raw;
mod rule;
#[cfg(all(feature = "std", not(loom)))]
mod timed;
mod upgradable;

pub use acquire::{Read, UpgradableRead, Upgrade, Write};
pub use guard::{RwLockReadGuard, RwLockWriteGuard};
pub use mapped::RwLockMappedWriteGuard;
#[cfg(feature = "alloc")]
pub use owned::{ReadOwned, UpgradableReadOwned, WriteOwned};
#[cfg(feature = "alloc")]
pub use owned_guard::{OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
#[cfg(feature = "alloc")]
pub use owned_upgradable::{OwnedRwLockUpgradableReadGuard, UpgradeOwned};
pub(crate) use raw::RawRwLock;
pub use upgradable::RwLockUpgradableReadGuard;

use crate::TryLockError;
use crate::locks::impl_lock_traits;
use crate::policy::{Fifo, Policy};
use crate::primitive::{UnsafeCell, const_fn};
use crate::wait::{Handle, WaitQueue};
use crate::watched::{Kind, diagnosed, named};
use rule::{MAX_READERS, READ, ReadersOrWriter, UPGRADABLE_READ, UPGRADE, WRITE, WRITER};

/// A value that many may read together or one may write. Those who want it wait in one queue: first in, first out.
///
/// - Fairness: strict, unless another [`Policy`] is asked for. A reader that comes after a waiting writer waits behind it; neither readers nor writers starve. A task
///   that reads again while it reads can therefore wait for ever, if a writer came in between.
/// - Cost: two read-modify-writes to enter and leave while nobody waits. A waiter is a node of 40 bytes in its future or on its
///   thread's stack; nothing is allocated. Cancelling takes the same time however many wait.
/// - Size: 16 bytes and the value.
/// - Progress: blocking. Leaving never waits.
/// - Cancellation: a dropped future leaves the queue, its place is lost; what it had been let in to, it leaves.
/// - Panics: the lock is not poisoned. A panic of a writer leaves the value as it was at that moment. That is why the lock is not
///   `RefUnwindSafe`, whatever it holds.
/// - A guard that is leaked (`mem::forget`) stays in for ever.
///
/// ```
/// use sync_primitives::{RwLock, RwLockUpgradableReadGuard};
///
/// static NAMES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
///
/// # pollster::block_on(async {
/// let look = NAMES.upgradable_read().await;
/// if !look.contains(&"selvedge") {
///     RwLockUpgradableReadGuard::upgrade(look).await.push("selvedge"); // nobody wrote in between
/// }
/// # });
/// assert_eq!(*NAMES.blocking_read(), ["selvedge"]);
/// ```
#[doc(alias = "ReadWriteLock")]
pub struct RwLock<T: ?Sized, P: Policy = Fifo> {
    raw: RawRwLock<P>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock owns its value and is moved or dropped only as a whole, so moving it needs what moving `T` needs.
unsafe impl<T: ?Sized + Send, P: Policy> Send for RwLock<T, P> {}
// SAFETY: readers on several threads hold `&T` together (`Sync`), and a writer may take the value out (`Send`).
unsafe impl<T: ?Sized + Send + Sync, P: Policy> Sync for RwLock<T, P> {}

impl<T> RwLock<T> {
    const_fn! {
        /// An unlocked lock around `value`.
        ///
        /// ```
        /// use sync_primitives::RwLock;
        ///
        /// static LIMIT: RwLock<u32> = RwLock::new(10);
        /// assert_eq!(*LIMIT.try_read().unwrap(), 10);
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new(value: T) -> Self {
            Self::with_policy(value)
        }
    }

    const_fn! {
        /// The same as [`new`](Self::new), which is `const` too; for code written for tokio.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn const_new(value: T) -> Self {
            Self::new(value)
        }
    }

    const_fn! {
        /// A lock which at most `max_readers` may read together, the upgradable one included.
        ///
        /// ```
        /// let lock = sync_primitives::RwLock::with_max_readers(1, 1);
        /// let reader = lock.try_read().unwrap();
        /// assert!(lock.try_read().is_err());
        /// # drop(reader);
        /// ```
        ///
        /// # Panics
        ///
        /// If `max_readers` is 0, since a writer may become a reader, or more than 2^29 - 1, or on a machine of 32 bits more than 2^13 - 1.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn with_max_readers(value: T, max_readers: u32) -> Self {
            assert!(max_readers as usize <= MAX_READERS, "more readers than can be counted");
            assert!(max_readers != 0, "a lock that nobody can read");
            Self { raw: WaitQueue::of(Kind::RwLock, rule::unlocked(max_readers as usize)), value: UnsafeCell::new(value) }
        }
    }

    const_fn! {
        /// The same as [`with_max_readers`](Self::with_max_readers); for code written for tokio.
        ///
        /// # Panics
        ///
        /// As `with_max_readers`.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn const_with_max_readers(value: T, max_readers: u32) -> Self {
            Self::with_max_readers(value, max_readers)
        }
    }
}

impl<T, P: Policy> RwLock<T, P> {
    const_fn! {
        /// An unlocked lock around `value` that serves in the order of its [`Policy`].
        ///
        /// ```
        /// use sync_primitives::{Barging, RwLock};
        ///
        /// // Readers join those who read, past a writer that waits, but each writer at most 16 times.
        /// static LIMIT: RwLock<u32, Barging> = RwLock::with_policy(10);
        /// assert_eq!(*LIMIT.try_read().unwrap(), 10);
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn with_policy(value: T) -> Self {
            Self { raw: WaitQueue::of(Kind::RwLock, rule::unlocked(MAX_READERS)), value: UnsafeCell::new(value) }
        }
    }

    named! { raw, r#"static LIMIT: sync_primitives::RwLock<u32> = sync_primitives::RwLock::new(10).named("limit");"# }

    /// Gives the value back.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, P: Policy> RwLock<T, P> {
    /// Waits until the value may be read. Dropping the future leaves the queue.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let lock = sync_primitives::RwLock::new(1);
    /// let (one, two) = (lock.read().await, lock.read().await);
    /// assert_eq!(*one, *two);
    /// # });
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn read(&self) -> Read<'_, T, P> {
        Read::new(self, 0)
    }

    /// Waits until the value may be written. Dropping the future leaves the queue.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let lock = sync_primitives::RwLock::new(1);
    /// *lock.write().await += 1;
    /// assert_eq!(*lock.read().await, 2);
    /// # });
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn write(&self) -> Write<'_, T, P> {
        Write::new(self, 0)
    }

    /// Waits until the value may be read by one that may become the writer; see [`RwLockUpgradableReadGuard`].
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn upgradable_read(&self) -> UpgradableRead<'_, T, P> {
        UpgradableRead::new(self, 0)
    }

    /// Enters as a reader if that can be done at once.
    ///
    /// # Errors
    ///
    /// If somebody writes, or somebody waits.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T, P>, TryLockError> {
        self.raw.try_take(READ).map(|()| RwLockReadGuard::new(self))
    }

    /// Enters as the writer if that can be done at once.
    ///
    /// # Errors
    ///
    /// If somebody is in.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T, P>, TryLockError> {
        self.raw.try_take(WRITE).map(|()| RwLockWriteGuard::new(self))
    }

    /// Enters as the upgradable reader if that can be done at once.
    ///
    /// ```
    /// let lock = sync_primitives::RwLock::new(1);
    /// let look = lock.try_upgradable_read().unwrap();
    /// assert!(lock.try_read().is_ok());
    /// assert!(lock.try_upgradable_read().is_err());
    /// # drop(look);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is a writer or another upgradable reader, or somebody waits.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_upgradable_read(&self) -> Result<RwLockUpgradableReadGuard<'_, T, P>, TryLockError> {
        self.raw.try_take(UPGRADABLE_READ).map(|()| RwLockUpgradableReadGuard::new(self))
    }

    diagnosed! {
        /// What is known of it: counts, times, who holds it and who waits.
        raw
    }

    /// Whether anybody is in the lock, at this moment.
    ///
    /// ```
    /// let lock = sync_primitives::RwLock::new(1);
    /// let reader = lock.try_read();
    /// assert!(lock.is_locked() && !lock.is_locked_exclusive());
    /// drop(reader);
    /// assert!(!lock.is_locked());
    /// ```
    #[must_use]
    pub fn is_locked(&self) -> bool {
        let word = self.raw.peek();
        word & (WRITER | rule::UPGRADABLE) != 0 || rule::readers(word) > 0
    }

    /// Whether somebody writes, at this moment.
    #[must_use]
    pub fn is_locked_exclusive(&self) -> bool {
        self.raw.peek() & WRITER != 0
    }

    /// The value, without locking: the borrow shows that nobody else can reach it.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        let pointer = self.value.get_mut().with(|pointer| pointer);
        // SAFETY: `&mut self` excludes every guard and every other caller for as long as the result lives.
        unsafe { &mut *pointer }
    }

    /// The value's address for reading; under a model checker a read of it.
    #[inline]
    fn look(&self) -> *const T {
        self.value.get().with(|pointer| pointer)
    }

    /// The value's address for writing; under a model checker a write of it.
    #[inline]
    fn access(&self) -> *mut T {
        self.value.get_mut().with(|pointer| pointer)
    }
}

/// Blocking forms. Not to be called by a task that others on its thread wait for: while the thread is blocked none of them is
/// polled.
#[cfg(any(feature = "std", loom))]
impl<T: ?Sized, P: Policy> RwLock<T, P> {
    /// Blocks the thread until the value may be read. In the same queue as tasks.
    ///
    /// ```
    /// let lock = sync_primitives::RwLock::new(1);
    /// assert_eq!(*lock.blocking_read(), 1);
    /// ```
    #[doc(alias = "read_blocking")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T, P> {
        self.block(READ);
        RwLockReadGuard::new(self)
    }

    /// Blocks the thread until the value may be written. In the same queue as tasks.
    ///
    /// ```
    /// let lock = sync_primitives::RwLock::new(1);
    /// *lock.blocking_write() = 2;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[doc(alias = "write_blocking")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T, P> {
        self.block(WRITE);
        RwLockWriteGuard::new(self)
    }

    /// Blocks the thread until it may read as the one that may become the writer. In the same queue as tasks.
    #[doc(alias = "upgradable_read_blocking")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_upgradable_read(&self) -> RwLockUpgradableReadGuard<'_, T, P> {
        self.block(UPGRADABLE_READ);
        RwLockUpgradableReadGuard::new(self)
    }

    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block(&self, need: u32) {
        // The lock is never closed, and without a deadline there is no other way out.
        self.raw.enter_blocking(need, None).unwrap_or(());
    }
}

impl<T: ?Sized, P: Policy> Handle for &RwLock<T, P> {
    type Rule = ReadersOrWriter<P>;

    #[inline]
    fn queue(&self) -> &RawRwLock<P> {
        &self.raw
    }
}

impl_lock_traits!(RwLock, try_read, Ok; P: Policy);
