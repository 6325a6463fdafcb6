//! Clocks for recorders.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;

/// Where a recorder's stamps come from.
///
/// A stamp taken before another, in real time, is never greater than it; equal stamps witness no order.
///
/// ```
/// use verify_harness::history::recorder::Clock;
///
/// let clock = Clock::counter();
/// let first = clock.stamp();
/// assert!(first < clock.stamp());
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Monotonic(Instant),
    Counter(Arc<AtomicU64>),
    #[cfg(target_arch = "x86_64")]
    TimeStampCounter,
}

impl Clock {
    /// The operating system's monotonic clock, in nanoseconds: no memory is shared between the threads that read it.
    #[must_use]
    pub fn monotonic() -> Self {
        Self(Source::Monotonic(Instant::now()))
    }

    /// One shared counter: every stamp is different, and their order is total.
    ///
    /// Sound by the memory model alone, on every machine. But each stamp writes to one cache line, and an operation's return
    /// synchronizes with every later call, which can hide the very bugs one looks for.
    #[must_use]
    pub fn counter() -> Self {
        Self(Source::Counter(Arc::new(AtomicU64::new(0))))
    }

    /// The processor's time-stamp counter, if it has one that runs at a constant rate in all power states.
    ///
    /// Cheaper than [`monotonic`](Self::monotonic). That the counters of all processors agree is up to the machine: they do
    /// where the operating system itself keeps time by them. If they do not, a history may be rejected without reason.
    #[must_use]
    pub fn time_stamp_counter() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            tsc::is_invariant().then_some(Self(Source::TimeStampCounter))
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            None
        }
    }

    /// The present time.
    #[must_use]
    #[inline]
    pub fn stamp(&self) -> u64 {
        match &self.0 {
            // 2^64 ns are more than 500 years.
            Source::Monotonic(origin) => origin.elapsed().as_nanos() as u64,
            // AcqRel: what precedes an earlier stamp happens before what follows a later one; pairs with itself.
            Source::Counter(counter) => counter.fetch_add(1, Ordering::AcqRel),
            #[cfg(target_arch = "x86_64")]
            Source::TimeStampCounter => tsc::read(),
        }
    }
}

impl Default for Clock {
    /// [`Clock::monotonic`].
    fn default() -> Self {
        Self::monotonic()
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod tsc {
    use core::arch::x86_64::{__cpuid, _mm_lfence, _rdtsc};

    /// Whether the counter runs at a constant rate (leaf 0x8000_0007, bit 8 of EDX).
    pub(super) fn is_invariant() -> bool {
        const LEAF: u32 = 0x8000_0007;
        // Deprecated spellings and `unsafe` of these intrinsics differ between compiler versions.
        #[allow(unused_unsafe)]
        // SAFETY: every x86-64 processor has the CPUID instruction.
        let greatest = unsafe { __cpuid(0x8000_0000) }.eax;
        #[allow(unused_unsafe)]
        // SAFETY: as above, and the leaf exists.
        let invariant = || unsafe { __cpuid(LEAF) }.edx >> 8 & 1 == 1;
        greatest >= LEAF && invariant()
    }

    /// Reads the counter after all earlier instructions have completed, and before any later one starts.
    #[inline]
    pub(super) fn read() -> u64 {
        #[allow(unused_unsafe)]
        // SAFETY: SSE2, which has this instruction, is part of x86-64.
        unsafe {
            _mm_lfence();
        }
        #[allow(unused_unsafe)]
        // SAFETY: every x86-64 processor has this instruction; where the system forbids it, it traps, which is no unsoundness.
        let stamp = unsafe { _rdtsc() };
        #[allow(unused_unsafe)]
        // SAFETY: as for the first.
        unsafe {
            _mm_lfence();
        }
        stamp
    }
}
