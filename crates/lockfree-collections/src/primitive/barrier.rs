//! A fence that costs the readers nothing: the reclaimer makes every other thread of the process pass one.
//!
//! Linux offers this as the system call `membarrier` with the command `PRIVATE_EXPEDITED`: when it returns, each running
//! thread of the process has passed a full barrier since the call, and those that did not run pass one before they do.
//! Elsewhere, under Miri and without `std`, [`register`] says no, and both sides use sequentially consistent fences.

#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
mod membarrier {
    use core::sync::atomic::{AtomicU8, Ordering};

    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

    const UNKNOWN: u8 = 0;
    const AVAILABLE: u8 = 1;
    const MISSING: u8 = 2;

    static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

    fn call(command: libc::c_int) -> bool {
        // SAFETY: the call takes two more integers, both unused here, and touches no memory.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    /// Tells whether [`register`] has said yes.
    #[inline(always)]
    pub(crate) fn is_registered() -> bool {
        // Relaxed: registering twice does no harm, and nothing else hangs on the answer.
        STATE.load(Ordering::Relaxed) == AVAILABLE
    }

    #[inline(always)]
    pub(crate) fn register() -> bool {
        is_registered() || is_available()
    }

    #[cold]
    fn is_available() -> bool {
        // Relaxed: as above.
        if STATE.load(Ordering::Relaxed) == MISSING {
            return false;
        }
        let available = call(REGISTER_PRIVATE_EXPEDITED) && call(PRIVATE_EXPEDITED);
        // Relaxed: as above.
        STATE.store(if available { AVAILABLE } else { MISSING }, Ordering::Relaxed);
        available
    }

    pub(crate) fn heavy() -> bool {
        call(PRIVATE_EXPEDITED) || (call(REGISTER_PRIVATE_EXPEDITED) && call(PRIVATE_EXPEDITED))
    }
}

#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
pub(crate) use membarrier::{heavy, is_registered, register};

/// Tells whether [`light`] and [`heavy`] may be used, and prepares them.
#[cfg(not(all(feature = "std", target_os = "linux", not(miri))))]
pub(crate) fn register() -> bool {
    false
}

#[cfg(not(all(feature = "std", target_os = "linux", not(miri))))]
pub(crate) fn is_registered() -> bool {
    false
}

/// Makes all threads pass a full barrier; false if that is impossible, in which case nothing has been ordered.
#[cfg(not(all(feature = "std", target_os = "linux", not(miri))))]
pub(crate) fn heavy() -> bool {
    false
}

/// The reader's side: keeps the compiler from reordering, which is all that is needed beside [`heavy`].
#[inline(always)]
pub(crate) fn light() {
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
}
