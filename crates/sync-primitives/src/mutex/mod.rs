//! [`Mutex`]: the rule of one bit over the wait queue.
//!
//! Source: a lock that is handed to the first in a queue, as in Mellor-Crummey and Scott (1991), with tokio's names. Differs in
//! that unlocking hands the lock over under the list lock of the queue without ever opening it, so nobody gets in between.
//!
//! Layout: the bit `LOCKED` above the bits of the queue (see the `wait` module); then the value.
//!
//! Invariants, beside I1..I5 of `wait`
//! - X1: at most one guard of a mutex exists at a time, and `LOCKED` is set while it exists; a waiter that was let in counts as
//!   a guard.
//!
//! Linearization points: locking, X2 or those of the queue; unlocking, X3, or the queue's W14 when the lock is handed over.
//!
//! Progress, reclamation: those of the queue. Unlocking never waits.
//!
//! Checked by `tests/loom_wait.rs` (lock, try_lock, blocking lock and cancelled lock against each other, with 2 and 3 threads),
//! by `tests/stress_wait.rs` with native threads, and by `tests/it/cancellation.rs` at every await point.

mod guard;
mod lock;
#[cfg(feature = "alloc")]
mod owned;
mod ranked;
#[cfg(all(feature = "std", not(loom)))]
mod timed;

use core::error::Error;
use core::fmt;
use core::marker::PhantomData;

pub use guard::{MappedMutexGuard, MutexGuard};
pub use lock::Lock;
#[cfg(feature = "alloc")]
pub use owned::{LockOwned, OwnedMappedMutexGuard, OwnedMutexGuard};

use crate::locks::impl_lock_traits;
use crate::policy::{Fifo, Policy};
use crate::primitive::{UnsafeCell, const_fn, ord};
use crate::wait::{Handle, Rule, SHIFT, Verdict, WaitQueue};
use crate::watched::{Kind, Site, Stake, Watch as _, diagnosed, named};

/// Somebody has the lock.
const LOCKED: usize = 1 << SHIFT;

/// One at a time.
pub(crate) struct Exclusive<P>(PhantomData<fn() -> P>);

impl<P: Policy> Rule for Exclusive<P> {
    type Policy = P;

    #[inline]
    fn admit(word: usize, _need: u32) -> Verdict {
        if word & LOCKED == 0 { Verdict::Enter(word | LOCKED) } else { Verdict::Stay }
    }

    #[inline]
    fn leave(word: usize, _need: u32) -> usize {
        word & !LOCKED
    }

    #[inline]
    fn stake(_need: u32) -> Stake {
        Stake::WHOLE
    }
}

/// The lock without its value.
pub(crate) type RawMutex<P> = WaitQueue<Exclusive<P>>;

impl<P: Policy> RawMutex<P> {
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        // ord[X1] Acquire: the holder sees all that was done under the lock before; pairs with X3, W8, W11.
        // ord[X2] Relaxed: a failed attempt reads nothing that is protected; pairs with none.
        self.word().compare_exchange(0, LOCKED, ord!(X1, Acquire), ord!(X2, Relaxed)).is_ok()
            || matches!(self.try_enter(0), Verdict::Enter(_))
    }

    /// Locks if that can be done at once, for one who would not wait.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn try_lock_only(&self) -> Result<(), TryLockError> {
        if self.try_lock() {
            self.watch().entered(None, Site::caller(), Stake::WHOLE, false);
            Ok(())
        } else {
            self.watch().refused();
            Err(TryLockError(()))
        }
    }

    #[inline]
    pub(crate) fn unlock(&self) {
        self.watch().left(Stake::WHOLE.mode, 1);
        // ord[X3] Release: hands all that was done under the lock to its next holder; pairs with X1, W3, W14, W17.
        // ord[X4] Relaxed: somebody waits, and the queue decides; pairs with none.
        if self.peek() != LOCKED
            || self.word().compare_exchange(LOCKED, 0, ord!(X3, Release), ord!(X4, Relaxed)).is_err()
        {
            self.hand_over();
        }
    }

    #[cold]
    fn hand_over(&self) {
        self.leave(0);
    }
}

/// A value that one task or thread at a time may use. Those who want it wait in one queue: first in, first out.
///
/// - Fairness: strict, unless another [`Policy`] is asked for. Unlocking hands the lock to the first that waits, and nobody who comes later gets in between.
/// - Cost: two compare-exchanges to lock and unlock while nobody waits. A waiter is a node of 40 bytes in its future or on its
///   thread's stack; nothing is allocated. Cancelling takes the same time however many wait.
/// - Size: 16 bytes and the value.
/// - Progress: blocking. Unlocking never waits. Locking twice in one task waits for ever.
/// - Cancellation: a dropped [`Lock`](crate::futures::Lock) leaves the queue, its place is lost; if the lock had been handed to
///   it, the next gets it.
/// - Panics: the lock is not poisoned. A panic while the lock is held unlocks it, and the next holder finds the value as it was
///   left. That is why the lock is not `RefUnwindSafe`, whatever it holds.
/// - A guard that is leaked (`mem::forget`) keeps the lock held for ever.
///
/// ```
/// use sync_primitives::Mutex;
///
/// static TOTAL: Mutex<u64> = Mutex::new(0);
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| *TOTAL.blocking_lock() += 1); // a thread
///     scope.spawn(|| pollster::block_on(async { *TOTAL.lock().await += 2 })); // and a task
/// });
/// assert_eq!(*TOTAL.try_lock().unwrap(), 3);
/// ```
pub struct Mutex<T: ?Sized, P: Policy = Fifo> {
    pub(crate) raw: RawMutex<P>,
    value: UnsafeCell<T>,
}

// SAFETY: the mutex owns its value and is moved or dropped only as a whole, so moving it needs what moving `T` needs.
unsafe impl<T: ?Sized + Send, P: Policy> Send for Mutex<T, P> {}
// SAFETY: by X1 only one guard at a time reaches the value through `&Mutex`; it may take the value out (`Send`), and no two
// threads ever hold `&T` together, so `T: Sync` is not needed.
unsafe impl<T: ?Sized + Send, P: Policy> Sync for Mutex<T, P> {}

impl<T> Mutex<T> {
    const_fn! {
        /// An unlocked mutex around `value`.
        ///
        /// ```
        /// use sync_primitives::Mutex;
        ///
        /// static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());
        /// NAMES.blocking_lock().push("selvedge");
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
}

impl<T, P: Policy> Mutex<T, P> {
    const_fn! {
        /// An unlocked mutex around `value` that serves in the order of its [`Policy`].
        ///
        /// ```
        /// use sync_primitives::{Mutex, Priority};
        ///
        /// static NAMES: Mutex<Vec<&str>, Priority> = Mutex::with_policy(Vec::new());
        /// NAMES.blocking_lock_ranked(7).push("selvedge");
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn with_policy(value: T) -> Self {
            Self { raw: WaitQueue::of(Kind::Mutex, 0), value: UnsafeCell::new(value) }
        }
    }

    named! { raw, r#"static NAMES: sync_primitives::Mutex<Vec<&str>> = sync_primitives::Mutex::new(Vec::new()).named("names");"# }

    /// Gives the value back.
    ///
    /// ```
    /// assert_eq!(sync_primitives::Mutex::new(7).into_inner(), 7);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, P: Policy> Mutex<T, P> {
    /// Locks, waiting in the queue as long as it takes. Dropping the future leaves the queue.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let mutex = sync_primitives::Mutex::new(1);
    /// *mutex.lock().await += 1;
    /// assert_eq!(*mutex.lock().await, 2);
    /// # });
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn lock(&self) -> Lock<'_, T, P> {
        Lock::new(self, 0)
    }

    /// Locks if nobody holds the lock and nobody waits for it.
    ///
    /// ```
    /// let mutex = sync_primitives::Mutex::new(1);
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(mutex.try_lock().is_err());
    /// # drop(guard);
    /// ```
    ///
    /// # Errors
    ///
    /// If the lock cannot be had at once.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T, P>, TryLockError> {
        self.raw.try_lock_only().map(|()| MutexGuard::new(self))
    }

    /// Blocks the thread until it has the lock. In the same queue as tasks.
    ///
    /// It looks for some microseconds whether the lock comes free, and then takes its place in the queue. It passes nobody who waits by that; whoever joins
    /// the queue meanwhile is before it.
    ///
    /// Not to be called by a task that others on its thread wait for: while the thread is blocked none of them is polled, and if
    /// the holder of the lock is one of them, the thread is blocked for ever.
    ///
    /// ```
    /// let mutex = sync_primitives::Mutex::new(1);
    /// *mutex.blocking_lock() += 1;
    /// assert_eq!(mutex.into_inner(), 2);
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[doc(alias = "lock_blocking")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T, P> {
        self.raw.lock_blocking(0);
        MutexGuard::new(self)
    }

    diagnosed! {
        /// What is known of it: counts, times, who holds it and who waits.
        raw
    }

    /// Whether somebody has the lock, at this moment.
    ///
    /// ```
    /// let mutex = sync_primitives::Mutex::new(1);
    /// let guard = mutex.try_lock();
    /// assert!(mutex.is_locked());
    /// drop(guard);
    /// assert!(!mutex.is_locked());
    /// ```
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.raw.peek() & LOCKED != 0
    }

    /// The value, without locking: the borrow shows that nobody else can reach it.
    ///
    /// ```
    /// let mut mutex = sync_primitives::Mutex::new(1);
    /// *mutex.get_mut() = 5;
    /// assert_eq!(mutex.into_inner(), 5);
    /// ```
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        let pointer = self.value.get_mut().with(|pointer| pointer);
        // SAFETY: `&mut self` excludes every guard and every other caller for as long as the result lives.
        unsafe { &mut *pointer }
    }

    /// The value's address; under a model checker an access to it.
    #[inline]
    fn access(&self) -> *mut T {
        self.value.get_mut().with(|pointer| pointer)
    }
}

#[cfg(any(feature = "std", loom))]
impl<P: Policy> RawMutex<P> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(crate) fn lock_blocking(&self, want: u32) {
        if self.try_lock() {
            self.watch().entered(None, Site::caller(), Stake::WHOLE, true);
        } else {
            self.lock_blocking_contended(want);
        }
    }

    #[cold]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn lock_blocking_contended(&self, want: u32) {
        // A mutex is never closed, and without a deadline there is no other way out.
        self.spin_then_block(want, None).unwrap_or(());
    }
}

impl<T: ?Sized, P: Policy> Handle for &Mutex<T, P> {
    type Rule = Exclusive<P>;

    #[inline]
    fn queue(&self) -> &RawMutex<P> {
        &self.raw
    }
}

impl_lock_traits!(Mutex, try_lock, Ok; P: Policy);

/// A lock could not be had at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TryLockError(pub(crate) ());

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operation would block")
    }
}

impl Error for TryLockError {}
