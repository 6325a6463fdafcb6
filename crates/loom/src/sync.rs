//! Atomics, locks, channels, shared ownership.

pub use verify_harness::model::sync::{
    Barrier, BarrierWaitResult, Condvar, CountedArc as Arc, LockResult, Mutex, MutexGuard, Notify, OnceLock,
    PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError, TryLockResult, WaitTimeoutResult, Weak,
    atomic, mpsc,
};
