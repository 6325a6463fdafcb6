//! Waiting, in order: synchronisation primitives whose every memory ordering is checked.
//!
//! ```
//! use sync_primitives::spin::RwLock;
//!
//! static TOTALS: RwLock<[u64; 2]> = RwLock::new([0, 0]);
//!
//! std::thread::scope(|scope| {
//!     scope.spawn(|| *TOTALS.write() = [3, 4]);
//!     scope.spawn(|| assert!(matches!(*TOTALS.read(), [0, 0] | [3, 4])));
//! });
//! assert_eq!(*TOTALS.read(), [3, 4]);
//! ```
//!
//! | type | use it for |
//! |---|---|
//! | [`spin::Mutex`] | a few instructions on a value, one thread at a time |
//! | [`spin::RwLock`] | the same, read much more often than written; a reader may upgrade |
//! | [`ConcurrentSafe`] | code that is generic over the lock around a value |
//! | [`Backoff`] | waiting in a loop of your own: spin, then yield |
//! | [`CachePadded`] | keeping a value on a cache line of its own |
//!
//! # Guarantees
//!
//! Nothing here allocates or is poisoned, all `new` are `const`. Each type states its progress class, its fairness, its
//! cost and what a panic does to it. Model tests run the same source under a model checker, where each acquire and release
//! is weakened in turn and the checker must notice.
//!
//! # Features
//!
//! - `std` (default): waiting threads yield their processor to the operating system after some spinning;
//!   [`ConcurrentSafe`] for the locks of the standard library. Implies `alloc`.
//! - `alloc`: [`ConcurrentSafe`] through `Arc`.
//!
//! Without either the crate needs `core` alone, and waiting threads only spin.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", loom))]
extern crate std;

mod barrier;
mod concurrent_safe;
mod condvar;
pub mod futures;
mod guard;
mod mutex;
mod notify;
mod once;
mod primitive;
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
mod rwlock;
mod semaphore;
pub mod spin;
mod wait;

pub use barrier::{Barrier, BarrierWaitResult};
pub use concurrent_safe::ConcurrentSafe;
pub use condvar::Condvar;
#[cfg(all(feature = "std", not(loom)))]
pub use condvar::WaitTimeoutResult;
pub use crossbeam_utils::CachePadded;
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard, TryLockError};
#[cfg(feature = "alloc")]
pub use mutex::{OwnedMappedMutexGuard, OwnedMutexGuard};
pub use notify::Notify;
pub use once::{OnceCell, SetError, SetOnce, SetOnceError};
pub use primitive::Backoff;
#[cfg(loom)]
#[doc(hidden)]
pub use primitive::weaken;
#[cfg(feature = "alloc")]
pub use rwlock::{OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
pub use rwlock::{RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};
#[cfg(feature = "alloc")]
pub use semaphore::OwnedSemaphorePermit;
#[cfg(all(feature = "std", not(loom)))]
pub use semaphore::TimedAcquireError;
pub use semaphore::{AcquireError, Semaphore, SemaphorePermit, TryAcquireError};
