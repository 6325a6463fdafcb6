//! The time, as caches read it.

use core::fmt;
use core::time::Duration;
use std::time::Instant;

use crate::primitive::{Arc, AtomicUsize, ord};

/// Tells the time that has passed since some moment, the same one always; it does not go back. See [`Builder::clock`](super::Builder::clock).
///
/// ```
/// use std::time::Duration;
/// use lockfree_collections::cache::{Clock, SystemClock};
///
/// let clock = SystemClock::new();
/// assert!(clock.now() <= clock.now());
/// ```
pub trait Clock: Send + Sync {
    /// The time that has passed.
    fn now(&self) -> Duration;
}

/// The monotonic clock of the system.
///
/// ```
/// use lockfree_collections::cache::{Builder, SystemClock};
///
/// let cache = Builder::<u8, u8>::new().max_capacity(10).clock(SystemClock::default()).build();
/// assert_eq!(cache.get(&1), None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// A clock that begins now.
    ///
    /// ```
    /// # use lockfree_collections::cache::{Clock, SystemClock};
    /// _ = SystemClock::new().now();
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A clock that goes only when told: for tests. Clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use lockfree_collections::cache::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// clock.clone().advance(Duration::from_secs(1));
/// assert_eq!(clock.now(), Duration::from_secs(1));
/// ```
#[derive(Clone, Default)]
pub struct ManualClock(Arc<Millis>);

#[derive(Default)]
struct Millis(AtomicUsize);

impl ManualClock {
    /// A clock at zero.
    ///
    /// ```
    /// # use lockfree_collections::cache::{Clock, ManualClock};
    /// assert!(ManualClock::new().now().is_zero());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Millis(AtomicUsize::new(0))))
    }

    /// Lets time pass: whole milliseconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use lockfree_collections::cache::{Clock, ManualClock};
    /// let clock = ManualClock::new();
    /// clock.advance(Duration::from_millis(5));
    /// clock.advance(Duration::from_millis(5));
    /// assert_eq!(clock.now(), Duration::from_millis(10));
    /// ```
    pub fn advance(&self, time: Duration) {
        // ord[CU9] Relaxed: a number; pairs with none.
        self.0.0.fetch_add(usize::try_from(time.as_millis()).unwrap_or(usize::MAX), ord!(CU9, Relaxed));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        // ord[CU10] Relaxed: a number; pairs with none.
        Duration::from_millis(self.0.0.load(ord!(CU10, Relaxed)) as u64)
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}
