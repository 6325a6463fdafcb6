//! [`Semaphore`]: the rule of a counter over the wait queue.
//!
//! Source: Dijkstra's counting semaphore (1965) in the weighted form of tokio's `Semaphore`, whose names and meaning it keeps.
//! Differs from tokio's in that the head of the line gets its permits as a whole: until there are enough, they stay in the
//! counter, where nobody else can take them while somebody waits.
//!
//! In which order those wait who cannot be served at once is the [`Policy`]'s part of the rule; see the `policy` module.
//!
//! Layout: the number of free permits above the bits of the queue (see the `wait` module).
//!
//! Invariants, beside I1..I5 of `wait`
//! - P1: free permits + permits held + permits forgotten = permits at the beginning + permits added, unless more than
//!   [`Semaphore::MAX_PERMITS`] would be free: what is above is dropped.
//! - P2: permits are taken past the queue only while nobody waits.
//!
//! Linearization points: those of the queue; giving back, S1.
//!
//! Progress, reclamation: those of the queue. Giving back never waits.
//!
//! Checked by `tests/loom_wait.rs` (acquire, release, cancel, close, add and forget against each other, with 2 and 3
//! threads), by `tests/stress_wait.rs` with native threads, and by `tests/it/cancellation.rs` at every await point. Policies: `tests/loom_policy.rs` (two of different rank or class; one that
//! may be passed once by two; a bypass too many is found), and `tests/it/policy.rs` counts how often each is passed, and what shares classes get.

mod acquire;
mod error;
mod mapped;
#[cfg(feature = "alloc")]
mod owned;
mod permit;
mod ranked;
mod rule;
#[cfg(all(feature = "std", not(loom)))]
mod timed;

use core::fmt;

pub use acquire::Acquire;
#[cfg(feature = "alloc")]
pub use acquire::AcquireOwned;
pub use error::{AcquireError, TryAcquireError};
pub use mapped::MappedSemaphorePermit;
#[cfg(feature = "alloc")]
pub use owned::OwnedSemaphorePermit;
pub use permit::SemaphorePermit;
pub(crate) use rule::Counting;
#[cfg(all(feature = "std", not(loom)))]
pub use timed::TimedAcquireError;

use crate::policy::{Fifo, Policy};
use crate::primitive::{const_fn, ord};
use crate::wait::{CLOSED, HAS_WAITERS, Handle, Rule, SHIFT, Verdict, WaitQueue};
use crate::watched::{Kind, Site, Stake, Watch as _, diagnosed, named};
use rule::{free, with_more};

/// What one wants who asks for `n` permits without more ado.
///
/// # Panics
///
/// If the policy cannot count as many.
#[inline]
#[track_caller]
fn want<P: Policy>(n: u32) -> u32 {
    assert!(n <= P::MOST, "more permits than can be asked for with this policy");
    n
}

/// Permits of which each can be held by one at a time, to bound how much happens together. Tasks wait for them, and threads,
/// in one queue: first in, first out.
///
/// - Fairness: strict, unless another [`Policy`] is asked for. Whoever waits first is served first, whatever it needs: one that needs many permits holds up those
///   behind it that need few, and cannot starve. A task that is being let in need not be polled for others to be let in.
/// - Cost: one compare-exchange to acquire and one addition to give back while nobody waits. A waiter is a node of 40 bytes
///   in its future or on its thread's stack; nothing is allocated. Cancelling takes the same time however many wait.
/// - Size: 16 bytes.
/// - Progress: blocking. Giving permits back never waits.
/// - Cancellation: a dropped [`Acquire`] gives back what it had been given, and leaves the queue; its place is lost.
/// - Panics: permits come back when a guard is dropped by unwinding.
/// - A permit that is leaked (`mem::forget`) is taken for ever, as [`SemaphorePermit::forget`] does on purpose.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use sync_primitives::Semaphore;
///
/// static SLOTS: Semaphore = Semaphore::new(2);
/// static INSIDE: AtomicU32 = AtomicU32::new(0);
///
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| {
///             let permit = SLOTS.blocking_acquire().unwrap();
///             assert!(INSIDE.fetch_add(1, Ordering::Relaxed) < 2);
///             INSIDE.fetch_sub(1, Ordering::Relaxed);
///             drop(permit);
///         });
///     }
/// });
/// ```
pub struct Semaphore<P: Policy = Fifo> {
    pub(crate) queue: WaitQueue<Counting<P>>,
}

impl Semaphore {
    /// The most permits that can be free: `usize::MAX >> 4`, and the most a semaphore can begin with.
    pub const MAX_PERMITS: usize = usize::MAX >> 4;

    const_fn! {
        /// A semaphore with `permits` free permits.
        ///
        /// ```
        /// use sync_primitives::Semaphore;
        ///
        /// static CONNECTIONS: Semaphore = Semaphore::new(100);
        /// assert_eq!(CONNECTIONS.available_permits(), 100);
        /// ```
        ///
        /// # Panics
        ///
        /// If `permits` is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new(permits: usize) -> Self {
            Self::with_policy(permits)
        }
    }

    const_fn! {
        /// The same as [`new`](Self::new), which is `const` too; for code written for tokio.
        ///
        /// # Panics
        ///
        /// As `new`.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn const_new(permits: usize) -> Self {
            Self::new(permits)
        }
    }

    const_fn! {
        /// Without permits, and closed from the beginning.
        pub(crate) const fn new_closed() -> Self {
            Self { queue: WaitQueue::new(CLOSED) }
        }
    }
}

impl<P: Policy> Semaphore<P> {
    const_fn! {
        /// A semaphore with `permits` free permits that serves in the order of its [`Policy`].
        ///
        /// ```
        /// use sync_primitives::{Barging, Semaphore};
        ///
        /// static CONNECTIONS: Semaphore<Barging> = Semaphore::with_policy(100);
        /// assert_eq!(CONNECTIONS.available_permits(), 100);
        /// ```
        ///
        /// # Panics
        ///
        /// If `permits` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn with_policy(permits: usize) -> Self {
            assert!(permits <= Semaphore::MAX_PERMITS, "more permits than `Semaphore::MAX_PERMITS`");
            Self { queue: WaitQueue::of(Kind::Semaphore, permits << SHIFT) }
        }
    }

    named! { queue, r#"static SLOTS: sync_primitives::Semaphore = sync_primitives::Semaphore::new(100).named("slots");"# }

    /// How many permits could be had at once: none while somebody waits. Out of date as soon as it is returned.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(3);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// # drop(permit);
    /// ```
    #[must_use]
    pub fn available_permits(&self) -> usize {
        let word = self.queue.peek();
        if word & HAS_WAITERS == 0 { free(word) } else { 0 }
    }

    diagnosed! {
        /// What is known of it: counts, times, who holds it and who waits.
        queue
    }

    /// Adds `n` permits. Those who wait are served first.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(0);
    /// semaphore.add_permits(2);
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS) would be free; then none is added.
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        // Who adds without having held adds from outside: there is room unless permits are made up.
        let room = Semaphore::MAX_PERMITS.saturating_sub(free(self.queue.peek()));
        assert!(n <= room, "{n} more permits would be more than `Semaphore::MAX_PERMITS`");
        self.queue.change(|word| with_more(word, n));
    }

    /// Takes up to `n` free permits away for good, and returns how many that were. Permits that are held are not affected.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(3);
    /// assert_eq!(semaphore.forget_permits(2), 2);
    /// assert_eq!(semaphore.forget_permits(2), 1);
    /// assert_eq!(semaphore.available_permits(), 0);
    /// ```
    pub fn forget_permits(&self, n: usize) -> usize {
        let taken = core::cell::Cell::new(0);
        self.queue.change_alone(|word| {
            taken.set(free(word).min(n));
            word - (taken.get() << SHIFT)
        });
        taken.get()
    }

    /// Closes the semaphore: all who wait get an error, and so do all who come later. Permits that are held stay valid and
    /// may be given back. Closing again does nothing.
    ///
    /// ```
    /// use sync_primitives::{Semaphore, TryAcquireError};
    ///
    /// let semaphore = Semaphore::new(1);
    /// semaphore.close();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    /// assert!(semaphore.blocking_acquire().is_err());
    /// ```
    pub fn close(&self) {
        self.queue.change(|word| word | CLOSED);
    }

    /// Whether [`close`](Self::close) was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        // ord[S2] Acquire: who finds it closed sees what was done before closing; pairs with W8, W11.
        self.queue.word().load(ord!(S2, Acquire)) & CLOSED != 0
    }

    /// Waits for one permit. Dropping the future leaves the queue.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let semaphore = sync_primitives::Semaphore::new(1);
    /// let permit = semaphore.acquire().await?;
    /// assert_eq!(semaphore.available_permits(), 0);
    /// # drop(permit);
    /// # Ok::<(), sync_primitives::AcquireError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire(&self) -> Acquire<'_, P> {
        self.acquire_many(1)
    }

    /// Waits for `n` permits together. Who needs none never waits; who needs more than there will ever be waits until the
    /// semaphore is closed, and holds up all behind it.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let semaphore = sync_primitives::Semaphore::new(5);
    /// let permit = semaphore.acquire_many(3).await?;
    /// assert_eq!((permit.num_permits(), semaphore.available_permits()), (3, 2));
    /// # Ok::<(), sync_primitives::AcquireError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_many(&self, n: u32) -> Acquire<'_, P> {
        Acquire::new(self, want::<P>(n))
    }

    /// Takes one permit if it can be had at once: it is free, and nobody waits.
    ///
    /// ```
    /// use sync_primitives::{Semaphore, TryAcquireError};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    /// # drop(permit);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no permit for it now, or the semaphore is closed.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_, P>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits if they can be had at once.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(2);
    /// assert!(semaphore.try_acquire_many(3).is_err());
    /// assert_eq!(semaphore.try_acquire_many(2).unwrap().num_permits(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// If there are not as many now, or the semaphore is closed.
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_, P>, TryAcquireError> {
        self.try_take(n).map(|()| SemaphorePermit::new(self, n as usize))
    }

    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn try_take(&self, n: u32) -> Result<(), TryAcquireError> {
        let want = want::<P>(n);
        let outcome = match self.queue.try_enter(want) {
            Verdict::Enter(_) => Ok(()),
            Verdict::Stay => Err(TryAcquireError::NoPermits),
            Verdict::Leave => Err(TryAcquireError::Closed),
        };
        match outcome {
            Ok(()) => self.queue.watch().entered(None, Site::caller(), Counting::<P>::stake(want), false),
            Err(_) => self.queue.watch().refused(),
        }
        outcome
    }

    /// Gives `n` permits back.
    #[inline]
    pub(crate) fn release(&self, n: usize) {
        if n == 0 {
            return;
        }
        self.forgotten(n);
        // ord[S1] Release: what was done with the permits is seen by whoever gets them next; pairs with W3, W11, W14, W17.
        let before = self.queue.word().fetch_add(n << SHIFT, ord!(S1, Release));
        if free(before) + n > Semaphore::MAX_PERMITS {
            self.drop_excess();
        }
        self.queue.attend(before);
    }

    /// Who holds `n` permits does not any more.
    #[inline]
    fn forgotten(&self, n: usize) {
        self.queue.watch().left(Stake::WHOLE.mode, n);
    }

    /// Permits were added while these were held, and now more are free than there can be.
    #[cold]
    fn drop_excess(&self) {
        self.queue.change_alone(|word| word - (free(word).saturating_sub(Semaphore::MAX_PERMITS) << SHIFT));
    }
}

/// Blocking forms.
#[cfg(any(feature = "std", loom))]
impl<P: Policy> Semaphore<P> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block(&self, n: u32) -> Result<(), AcquireError> {
        self.block_wanting(want::<P>(n))
    }

    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block_wanting(&self, want: u32) -> Result<(), AcquireError> {
        self.queue.enter_blocking(want, None).map_err(|_| AcquireError(()))
    }

    /// Blocks the thread until it has one permit. In the same queue as tasks; before it joins that, it looks a few times whether a permit comes free, as
    /// [`Mutex::blocking_lock`](crate::Mutex::blocking_lock) does.
    ///
    /// Not to be called by a task that others on its thread wait for: while the thread is blocked none of them is polled.
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(1);
    /// assert_eq!(semaphore.blocking_acquire().unwrap().num_permits(), 1);
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[doc(alias = "acquire_blocking")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_, P>, AcquireError> {
        self.blocking_acquire_many(1)
    }

    /// Blocks the thread until it has `n` permits together; see [`acquire_many`](Self::acquire_many).
    ///
    /// ```
    /// let semaphore = sync_primitives::Semaphore::new(4);
    /// assert_eq!(semaphore.blocking_acquire_many(4).unwrap().num_permits(), 4);
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore is closed, or is closed while this waits.
    #[doc(alias = "acquire_many_blocking")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_, P>, AcquireError> {
        self.block(n)?;
        Ok(SemaphorePermit::new(self, n as usize))
    }
}

impl<P: Policy> Handle for &Semaphore<P> {
    type Rule = Counting<P>;

    #[inline]
    fn queue(&self) -> &WaitQueue<Counting<P>> {
        &self.queue
    }
}

impl<P: Policy> fmt::Debug for Semaphore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available_permits", &self.available_permits())
            .field("closed", &self.is_closed())
            .finish()
    }
}
