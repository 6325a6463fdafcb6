//! The system call by which one thread makes all others of its process pass a barrier.
//!
//! Linux has it since 4.14: `membarrier` with the command `PRIVATE_EXPEDITED`. When it returns, each running thread of the process has
//! passed a full barrier since the call, and each other one passes one before it runs again.

#[cfg(all(feature = "std", target_os = "linux", not(any(miri, loom))))]
mod linux {
    use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

    const UNDECIDED: u8 = 0;
    const AVAILABLE: u8 = 1;
    const MISSING: u8 = 2;

    static STATE: AtomicU8 = AtomicU8::new(UNDECIDED);

    /// How many fences are passed before the kernel is asked, which takes it some milliseconds where the process has threads.
    const PATIENCE: u32 = 1 << 20;

    static FENCES: AtomicU32 = AtomicU32::new(0);

    fn call(command: libc::c_int) -> bool {
        // SAFETY: the call takes two more integers, both unused here, and touches no memory.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    /// Whether the process can call [`pass_all`]: decided once, by whoever asks first, so that all threads go by the same.
    #[inline]
    pub(crate) fn is_available() -> bool {
        // Relaxed: the answer is the same for all, and nothing else hangs on it.
        match STATE.load(Ordering::Relaxed) {
            UNDECIDED => decide(),
            state => state == AVAILABLE,
        }
    }

    /// As [`is_available`], for one who passes a fence if not, and would not have the kernel asked for a few of them. While this
    /// has not been decided, others may decide it at any time.
    #[inline]
    pub(crate) fn is_available_at_last() -> bool {
        // Relaxed: as above.
        match STATE.load(Ordering::Relaxed) {
            UNDECIDED => has_waited() && decide(),
            state => state == AVAILABLE,
        }
    }

    #[cold]
    fn has_waited() -> bool {
        // Relaxed: a count of which some may be lost.
        let fences = FENCES.load(Ordering::Relaxed);
        // Relaxed: as above.
        FENCES.store(fences.saturating_add(1), Ordering::Relaxed);
        fences >= PATIENCE
    }

    #[cold]
    fn decide() -> bool {
        let state = if call(REGISTER_PRIVATE_EXPEDITED) && call(PRIVATE_EXPEDITED) { AVAILABLE } else { MISSING };
        // Relaxed: as above. Who comes second takes what the first found.
        match STATE.compare_exchange(UNDECIDED, state, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => state == AVAILABLE,
            Err(first) => first == AVAILABLE,
        }
    }

    /// Makes all threads pass a full barrier; `false` if the kernel refuses.
    pub(crate) fn pass_all() -> bool {
        // A process that was made by a fork may have to register anew.
        call(PRIVATE_EXPEDITED) || (call(REGISTER_PRIVATE_EXPEDITED) && call(PRIVATE_EXPEDITED))
    }
}

#[cfg(all(feature = "std", target_os = "linux", not(any(miri, loom))))]
pub(crate) use linux::{is_available, is_available_at_last, pass_all};

/// There is no such call, or this is a model: none knows a barrier that one thread imposes on others.
#[cfg(not(all(feature = "std", target_os = "linux", not(any(miri, loom)))))]
#[inline]
pub(crate) fn is_available() -> bool {
    false
}

/// As [`is_available`].
#[cfg(not(all(feature = "std", target_os = "linux", not(any(miri, loom)))))]
#[inline]
pub(crate) fn is_available_at_last() -> bool {
    false
}

/// Never called: there is no such call.
#[cfg(not(all(feature = "std", target_os = "linux", not(any(miri, loom)))))]
pub(crate) fn pass_all() -> bool {
    false
}

/// Keeps the compiler from moving accesses across.
#[inline(always)]
pub(crate) fn compiler_fence() {
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
}
