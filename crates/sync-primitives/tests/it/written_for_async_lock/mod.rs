//! Code that is written for `async-lock`, compiled twice: against that, and against ours by changing the `use` lines alone. What both crates
//! name alike and is tokio's here (`try_lock` and the like, acquiring permits) is left out.

/// The same tests, with what `$from` offers.
macro_rules! tests_with {
    ($name:ident, $from:ident) => {
        mod $name {
            use $from::{
                Barrier, Mutex, MutexGuard, MutexGuardArc, OnceCell, RwLock, RwLockReadGuardArc,
                RwLockUpgradableReadGuard, RwLockUpgradableReadGuardArc, RwLockWriteGuard, RwLockWriteGuardArc,
                Semaphore, SemaphoreGuardArc,
            };
            include!("tests.rs");
        }
    };
}

tests_with!(async_lock_itself, async_lock);
tests_with!(ours, sync_primitives);
