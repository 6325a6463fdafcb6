//! Atomics, locks, shared ownership.

mod arc;
pub mod atomic;
mod condvar;
mod mutex;
mod rwlock;

pub use arc::Arc;
pub use condvar::Condvar;
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
