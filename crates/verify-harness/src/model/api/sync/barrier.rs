//! Threads that wait for each other.

use core::fmt;
use core::sync::atomic::Ordering;

use super::super::super::interface::{UpdateFn, Waits};
use super::super::word::Word;

const ARRIVE: UpdateFn = |arrived, _, _| Some(arrived + 1);
const AWAIT: UpdateFn = |arrived, target, _| if arrived >= target { Some(arrived) } else { None };

/// A `std::sync::Barrier`.
///
/// ```
/// use verify_harness::model::{Builder, sync::{Arc, Barrier}, thread};
///
/// Builder::new().check(|| {
///     let barrier = Arc::new(Barrier::new(2));
///     let other = Arc::clone(&barrier);
///     let handle = thread::spawn(move || other.wait().is_leader());
///     let leads = barrier.wait().is_leader();
///     assert_ne!(leads, handle.join().unwrap());
/// });
/// ```
pub struct Barrier {
    size: u64,
    arrived: Word<u64>,
}

impl Barrier {
    /// A barrier for `size` threads; for none or one, waiting returns at once.
    #[must_use]
    pub const fn new(size: usize) -> Self {
        Self { size: if size == 0 { 1 } else { size as u64 }, arrived: Word::new(0) }
    }

    /// Waits until as many threads wait as the barrier is for.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        // Each arrival acquires what those before it released, so whoever sees the last sees all.
        let before = self.arrived.update(ARRIVE, 0, Ordering::AcqRel);
        let target = (before / self.size + 1) * self.size;
        let leads = before + 1 == target;
        if !leads {
            self.arrived.wait(AWAIT, target, Ordering::Acquire, Waits::Notification);
        }
        BarrierWaitResult(leads)
    }
}

/// Tells one of the threads that waited together from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether the calling thread is the one: it came last.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").field("size", &self.size).finish_non_exhaustive()
    }
}
