//! Atomics, locks, shared ownership.

mod arc;
pub mod atomic;
mod barrier;
mod condvar;
mod counted;
pub mod mpsc;
mod mutex;
mod notify;
mod once_lock;
mod rwlock;
mod weak;

pub use arc::Arc;
pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use counted::CountedArc;
pub use mutex::{Mutex, MutexGuard};
pub use notify::Notify;
pub use once_lock::OnceLock;
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
pub use weak::Weak;
