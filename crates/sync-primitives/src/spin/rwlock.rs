//! [`RwLock`]: a value behind the word of `raw_rwlock`, whose invariants I1 and I2 are used here.

use super::raw_rwlock::{MAX_READERS, RawRwLock};
use super::rwlock_guard::{RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};
use crate::locks::impl_lock_traits;
use crate::primitive::{UnsafeCell, const_fn};

/// A value that many threads may read together, or one may write; the others wait by spinning, then by yielding.
///
/// It takes eight bytes beside its value, works without an operating system and can stand in a `static`. It suits short
/// critical sections that mostly read. One reader at a time may be *upgradable*: it reads beside the others and can become
/// the writer without letting anyone else write in between.
///
/// - Cost: one compare-exchange to enter; to leave, one subtraction for a reader and one store for the writer.
/// - Fairness: a waiting writer keeps new readers out, so readers that come without end cannot starve it. A writer that
///   unlocks lets the readers it kept out compete with the next writer. Beyond that there is no order among waiters.
/// - Progress: blocking. A thread that already holds a guard must not ask for another of the same lock: with a writer
///   waiting in between, even two reads on one thread wait for ever.
/// - Limit: [`RwLock::MAX_READERS`] readers at once; one more waits until a reader leaves, and `try_read` gives `None`.
/// - Panics: the lock is not poisoned. A panic unlocks it, and the next writer finds the value as it was left. That is why
///   the lock is not `RefUnwindSafe`, whatever it holds.
/// - A guard that is leaked (`mem::forget`) keeps the lock held for ever.
///
/// Algorithm: a single-word lock in the manner of Mellor-Crummey and Scott (1991), with an exact count of readers.
///
/// ```
/// use sync_primitives::spin::RwLock;
///
/// static LIMITS: RwLock<(u32, u32)> = RwLock::new((0, 10));
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| *LIMITS.write() = (5, 15));
///     scope.spawn(|| {
///         let limits = LIMITS.read();
///         assert_eq!(limits.1 - limits.0, 10, "never half of an update");
///     });
/// });
/// ```
#[doc(alias = "ReadWriteLock")]
#[doc(alias = "SpinRwLock")]
pub struct RwLock<T: ?Sized> {
    pub(super) raw: RawRwLock,
    pub(super) value: UnsafeCell<T>,
}

// SAFETY: the lock owns its value and is moved or dropped only as a whole, so moving it needs what moving `T` needs.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
// SAFETY: by I1 the writer is alone and may take the value out (`Send`); by I2 readers hold `&T` together (`Sync`).
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

impl<T> RwLock<T> {
    const_fn! {
        /// An unlocked lock around `value`.
        ///
        /// ```
        /// use sync_primitives::spin::RwLock;
        ///
        /// static NAMES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
        /// NAMES.write().push("selvedge");
        /// assert_eq!(*NAMES.read(), ["selvedge"]);
        /// ```
        #[must_use]
        pub const fn new(value: T) -> Self {
            Self { raw: RawRwLock::new(), value: UnsafeCell::new(value) }
        }
    }

    /// Gives the value back.
    ///
    /// ```
    /// let lock = sync_primitives::spin::RwLock::new(7);
    /// assert_eq!(lock.into_inner(), 7);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl RwLock<()> {
    /// As many readers as any lock lets in at once: all the word can count beside its two flags.
    ///
    /// ```
    /// assert_eq!(sync_primitives::spin::RwLock::MAX_READERS, u32::MAX / 4);
    /// ```
    pub const MAX_READERS: u32 = MAX_READERS;
}

impl<T: ?Sized> RwLock<T> {
    /// Enters as a reader, waiting as long as it takes.
    ///
    /// ```
    /// let lock = sync_primitives::spin::RwLock::new(1);
    /// assert_eq!(*lock.read(), 1);
    /// ```
    #[inline]
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        RwLockReadGuard::new(self.raw.read(), self)
    }

    /// Enters as a reader unless somebody writes or waits to write, or the readers are at their limit. It never waits.
    ///
    /// ```
    /// let lock = sync_primitives::spin::RwLock::new(1);
    /// let writer = lock.write();
    /// assert!(lock.try_read().is_none());
    /// drop(writer);
    /// assert_eq!(lock.try_read().as_deref(), Some(&1));
    /// ```
    #[inline]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.raw.try_read().map(|held| RwLockReadGuard::new(held, self))
    }

    /// Enters as the writer, waiting as long as it takes; from the first wait on, new readers are kept out.
    ///
    /// ```
    /// let lock = sync_primitives::spin::RwLock::new(1);
    /// *lock.write() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[inline]
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        RwLockWriteGuard::new(self.raw.write(), self)
    }

    /// Enters as the writer if nobody reads or writes; it may pass a writer that waits. It never waits.
    ///
    /// ```
    /// let lock = sync_primitives::spin::RwLock::new(1);
    /// let reader = lock.read();
    /// assert!(lock.try_write().is_none());
    /// drop(reader);
    /// assert!(lock.try_write().is_some());
    /// ```
    #[inline]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.raw.try_write().map(|held| RwLockWriteGuard::new(held, self))
    }

    /// Enters as the upgradable reader, of which there is one at a time, waiting as long as it takes.
    ///
    /// ```
    /// use sync_primitives::spin::{RwLock, RwLockUpgradableReadGuard};
    ///
    /// let lock = RwLock::new(vec![1]);
    /// let look = lock.upgradable_read();
    /// if !look.contains(&2) {
    ///     RwLockUpgradableReadGuard::upgrade(look).push(2);
    /// }
    /// assert_eq!(*lock.read(), [1, 2]);
    /// ```
    #[inline]
    pub fn upgradable_read(&self) -> RwLockUpgradableReadGuard<'_, T> {
        RwLockUpgradableReadGuard::new(self.raw.upgradable_read(), self)
    }

    /// Enters as the upgradable reader unless there is one, or somebody writes or waits to write. It never waits.
    ///
    /// ```
    /// let lock = sync_primitives::spin::RwLock::new(1);
    /// let look = lock.upgradable_read();
    /// assert!(lock.try_upgradable_read().is_none());
    /// assert!(lock.try_read().is_some());
    /// # drop(look);
    /// ```
    #[inline]
    pub fn try_upgradable_read(&self) -> Option<RwLockUpgradableReadGuard<'_, T>> {
        self.raw.try_upgradable_read().map(|held| RwLockUpgradableReadGuard::new(held, self))
    }

    /// Whether somebody reads or writes just now; out of date as soon as it is returned.
    #[inline]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Whether somebody writes just now; out of date as soon as it is returned.
    ///
    /// ```
    /// let lock = sync_primitives::spin::RwLock::new(1);
    /// let reader = lock.read();
    /// assert!(lock.is_locked() && !lock.is_locked_exclusive());
    /// # drop(reader);
    /// ```
    #[inline]
    #[must_use]
    pub fn is_locked_exclusive(&self) -> bool {
        self.raw.is_locked_exclusive()
    }

    /// How many readers are in just now, the upgradable one included; out of date as soon as it is returned.
    ///
    /// ```
    /// let lock = sync_primitives::spin::RwLock::new(1);
    /// let (a, b) = (lock.read(), lock.upgradable_read());
    /// assert_eq!(lock.reader_count(), 2);
    /// # drop((a, b));
    /// ```
    #[inline]
    #[must_use]
    pub fn reader_count(&self) -> u32 {
        self.raw.reader_count()
    }

    /// The value, without locking: the borrow shows that nobody else can reach it.
    ///
    /// ```
    /// let mut lock = sync_primitives::spin::RwLock::new(1);
    /// *lock.get_mut() = 5;
    /// assert_eq!(lock.into_inner(), 5);
    /// ```
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        let pointer = self.value.get_mut().with(|pointer| pointer);
        // SAFETY: `&mut self` excludes every guard and every other caller for as long as the result lives.
        unsafe { &mut *pointer }
    }
}

impl_lock_traits!(RwLock, try_read, Some);
