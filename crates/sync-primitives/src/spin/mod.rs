//! Locks that spin: for critical sections of a few instructions, and where there is no operating system to wait with.
//!
//! | type | who is let in | wait | fairness |
//! |---|---|---|---|
//! | [`Mutex`] | one | spin, then yield | none |
//! | [`RwLock`] | readers together, or one writer | spin, then yield | a waiting writer keeps new readers out |
//!
//! None of them allocates, all are usable in a `static`, and none is poisoned by a panic.
//! Without the feature `std` there is no yielding, only spinning.

mod mutex;
mod raw_mutex;
mod raw_rwlock;
mod rwlock;
mod rwlock_guard;
mod rwlock_mapped;

pub use mutex::{MappedMutexGuard, Mutex, MutexGuard};
pub use rwlock::RwLock;
pub use rwlock_guard::{RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};
pub use rwlock_mapped::{MappedRwLockReadGuard, MappedRwLockWriteGuard};
