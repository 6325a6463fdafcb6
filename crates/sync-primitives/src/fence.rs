//! Fences, of which one pair is asymmetric: [`light`] costs its many callers next to nothing, [`heavy`] its few callers a system call.
//!
//! Two threads that each write and then look at what the other has written may both look too early: the processor delays writes behind reads.
//! A sequentially consistent fence between write and look, on both sides, prevents that. Where one side does it all the time and
//! the other almost never, the frequent side calls `light`, and the rare one `heavy`, which makes every thread of the process pass
//! a barrier at that moment.
//!
//! Source: Dice, Huang and Yang, "Asymmetric Dekker synchronization" (2001); the system call `membarrier` of Linux, whose documentation states
//! the guarantee, as folly's `asymmetric_thread_fence` and seize use it. Differs in nothing but the name.
//!
//! Guarantee: if a `light` of one thread and a `heavy` of another come between the accesses of each, they are ordered as by two
//! sequentially consistent fences: either what comes before `light` is seen after `heavy`, or what comes before `heavy` is seen after
//! `light`. Between two `light` there is no such order; between two `heavy` there is.
//!
//! On Linux with `std`, `light` is no instruction but a look at a flag, and `heavy` the system call. Elsewhere, and where the kernel does not have the
//! call, both are sequentially consistent fences, and [`is_asymmetric`] says so.
//!
//! Checked by `tests/loom_fence.rs`: store buffering with a `light` and a `heavy`, and with two `heavy`; weakened to acquire and release, it is
//! missed. A model knows no fence that one thread imposes on others, so there both are fences; that `membarrier` is one, is the
//! kernel's word. `tests/stress_fence.rs` looks for a counterexample with native threads.
//!
//! ```
//! use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
//! use sync_primitives::fence;
//!
//! static BUSY: AtomicBool = AtomicBool::new(false);
//! static STOP: AtomicBool = AtomicBool::new(false);
//!
//! /// Often: does its work unless it has to stop.
//! fn work() -> bool {
//!     BUSY.store(true, Relaxed);
//!     fence::light();
//!     let may = !STOP.load(Relaxed);
//!     BUSY.store(false, std::sync::atomic::Ordering::Release);
//!     may
//! }
//!
//! /// Once: nobody begins to work after that without seeing it.
//! fn stop() {
//!     STOP.store(true, Relaxed);
//!     fence::heavy();
//!     while BUSY.load(std::sync::atomic::Ordering::Acquire) {
//!         std::thread::yield_now();
//!     }
//! }
//!
//! assert!(work());
//! stop();
//! assert!(!work());
//! ```

use crate::primitive::{fence, membarrier, ord};

/// The frequent side of the pair; see the [module](self).
///
/// ```
/// sync_primitives::fence::light();
/// ```
#[inline]
pub fn light() {
    if membarrier::is_available() {
        membarrier::compiler_fence();
    } else {
        // ord[F1] SeqCst: either this thread sees what is before a heavy fence, or that thread what is before this; pairs with F2.
        fence(ord!(F1, SeqCst));
    }
}

/// The rare side of the pair; see the [module](self). On Linux it takes some microseconds and interrupts the processors on which
/// threads of this process run.
///
/// ```
/// sync_primitives::fence::heavy();
/// ```
///
/// # Panics
///
/// If the kernel refuses a barrier that it granted before, as under a filter of system calls that was installed meanwhile: those who passed
/// [`light`] relied on it.
pub fn heavy() {
    assert!(try_heavy(), "`membarrier` was granted before, and is refused now");
}

/// As [`heavy`]; `false` where it would panic, for those who have another way: then this orders nothing with [`light`].
pub(crate) fn try_heavy() -> bool {
    // Whatever the other side does, two heavy fences are ordered by this, and this thread's own accesses are.
    // ord[F2] SeqCst: the other half of F1, and of itself; pairs with F1, F2.
    fence(ord!(F2, SeqCst));
    if membarrier::is_available() {
        if !membarrier::pass_all() {
            return false;
        }
        // ord[F3] SeqCst: what comes behind is not done before the call; pairs with F1, F2.
        fence(ord!(F3, SeqCst));
    }
    true
}

/// Whether [`light`] is cheaper than a fence here. Asked first by whoever uses either; the answer does not change.
///
/// ```
/// if !sync_primitives::fence::is_asymmetric() {
///     println!("the frequent side pays for fences");
/// }
/// ```
#[must_use]
pub fn is_asymmetric() -> bool {
    membarrier::is_available()
}

/// A barrier as a value: for code that is given the barrier it has to pass.
///
/// ```
/// use sync_primitives::fence::MemoryBarrier;
///
/// fn publish(barrier: MemoryBarrier) {
///     barrier.pass();
/// }
///
/// publish(MemoryBarrier::Release);
/// publish(MemoryBarrier::Heavy);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MemoryBarrier {
    /// Nothing behind it is done before a read that is before it.
    Acquire,
    /// Nothing before it is done after a write that is behind it.
    Release,
    /// Both.
    AcquireRelease,
    /// Both, and all of these have one order, which everybody sees.
    SequentiallyConsistent,
    /// [`light`].
    Light,
    /// [`heavy`].
    Heavy,
}

impl MemoryBarrier {
    /// Passes the barrier.
    ///
    /// # Panics
    ///
    /// As [`heavy`].
    #[inline]
    pub fn pass(self) {
        match self {
            // ord[F4] Acquire: as its name says; pairs with F5, F6, F7.
            Self::Acquire => fence(ord!(F4, Acquire)),
            // ord[F5] Release: as its name says; pairs with F4, F6, F7.
            Self::Release => fence(ord!(F5, Release)),
            // ord[F6] AcqRel: as its name says; pairs with F4, F5, F7.
            Self::AcquireRelease => fence(ord!(F6, AcqRel)),
            // ord[F7] SeqCst: as its name says; pairs with F1, F2, F4, F5, F6.
            Self::SequentiallyConsistent => fence(ord!(F7, SeqCst)),
            Self::Light => light(),
            Self::Heavy => heavy(),
        }
    }
}
