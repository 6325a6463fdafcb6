//! Waiting, in order: synchronisation primitives whose every memory ordering is checked.
//!
//! ```
//! use sync_primitives::Mutex;
//!
//! static TOTAL: Mutex<u64> = Mutex::new(0);
//!
//! std::thread::scope(|scope| {
//!     scope.spawn(|| *TOTAL.blocking_lock() += 1); // a thread blocks
//!     scope.spawn(|| pollster::block_on(async { *TOTAL.lock().await += 2 })); // a task waits, in the same queue
//! });
//! assert_eq!(*TOTAL.try_lock().unwrap(), 3);
//! ```
//!
//! | type | use it for |
//! |---|---|
//! | [`Mutex`] | a value that one task or thread at a time may use, also across an `.await` |
//! | [`RwLock`] | the same, read much more often than written; a reader may upgrade |
//! | [`Semaphore`] | bounding how much happens at once; permits have weights |
//! | [`Notify`] | telling one or all that something has happened, without a value |
//! | [`Event`] | telling those who look at a condition themselves that they should, as `event-listener` does |
//! | [`Condvar`] | waiting until what a [`Mutex`] protects has changed |
//! | [`Barrier`] | going on together, again and again |
//! | [`CancellationToken`] | telling tasks and threads to stop, in a tree |
//! | [`oneshot`] | handing one value over, once |
//! | [`mpsc`] | handing values to one receiver, with or without a bound |
//! | [`spsc`] | a bounded channel for many values from one sender to one receiver, wait-free while nobody sleeps |
//! | [`mpmc`] | the same, to many receivers, each value to one of them |
//! | [`broadcast`] | the same, every value to every receiver; slow ones are told what they miss |
//! | [`watch`] | a value of which only the latest counts |
//! | [`OnceCell`] | a value that whoever needs it first makes |
//! | [`SetOnce`] | a value that one sets and others wait for |
//! | [`spin::Mutex`] | a few instructions on a value, one thread at a time |
//! | [`spin::RwLock`] | the same, read much more often than written; a reader may upgrade |
//! | [`SeqLock`] | a small value that is copied out much more often than it changes |
//! | [`fence`] | fences, also such that cost one side nothing |
//! | [`ConcurrentSafe`] | code that is generic over the lock around a value |
//! | [`Backoff`] | waiting in a loop of your own: spin, then yield |
//! | [`CachePadded`] | keeping a value on a cache line of its own |
//!
//! # Guarantees
//!
//! No wait allocates, nothing is poisoned, and all `new` are `const`, but that channels, what `broadcast` carries, tokens and tickets are allocated. Each type states its progress class, its fairness, its
//! cost, what dropping its futures does, and what a panic does to it.
//!
//! What waits, waits in one queue, first in, first out, whether it is a task or a blocked thread. The names are those of tokio's
//! `sync`, with those of `async-lock` as aliases in the search of this documentation; no runtime is needed. A waiting future is a
//! node of the queue, so it must be pinned, and may be dropped at any time.
//!
//! Model tests run the same source under a model checker, where each acquire and release
//! is weakened in turn and the checker must notice.
//!
//! # Features
//!
//! - `std` (default): forms that block the thread, for as long as it takes or for a time; spinning threads yield their processor
//!   to the operating system after a while; [`ConcurrentSafe`] for the locks of the standard library. Implies `alloc`.
//! - `alloc`: owned guards and futures, which share their primitive through an `Arc`; [`CancellationToken`]; channels;
//!   [`ConcurrentSafe`] through `Arc`.
//! - `diagnostics`: counts, times, holders, and reports of what may lock up, in a module of that name. Without it nothing of that is there. Implies `std`.
//!
//! Without either the crate needs `core` alone: tasks wait and threads try, and threads that spin only spin.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", loom))]
extern crate std;

mod barrier;
#[cfg(feature = "alloc")]
mod cancellation;
#[cfg(feature = "alloc")]
mod channel;
mod concurrent_safe;
mod condvar;
#[cfg(all(feature = "diagnostics", not(loom)))]
pub mod diagnostics;
mod event;
pub mod fence;
pub mod futures;
mod guard;
mod locks;
mod mutex;
mod names;
mod notify;
mod once;
mod policy;
mod primitive;
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
mod rwlock;
mod semaphore;
mod seqlock;
pub mod spin;
mod wait;
mod watched;

pub use barrier::{Barrier, BarrierWaitResult};
#[cfg(feature = "alloc")]
pub use cancellation::{CancellationToken, DropGuard, DropGuardRef};
#[cfg(feature = "alloc")]
pub use channel::{broadcast, mpmc, mpsc, oneshot, spsc, watch};
pub use concurrent_safe::ConcurrentSafe;
pub use condvar::Condvar;
#[cfg(all(feature = "std", not(loom)))]
pub use condvar::WaitTimeoutResult;
pub use crossbeam_utils::CachePadded;
pub use event::Event;
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard, TryLockError};
#[cfg(feature = "alloc")]
pub use mutex::{OwnedMappedMutexGuard, OwnedMutexGuard};
pub use names::SemaphoreGuard;
#[cfg(feature = "alloc")]
pub use names::{
    MutexGuardArc, RwLockReadGuardArc, RwLockUpgradableReadGuardArc, RwLockWriteGuardArc, SemaphoreGuardArc,
};
pub use notify::Notify;
pub use once::{OnceCell, SetError, SetOnce, SetOnceError};
pub use policy::{Barging, Fifo, Policy, Priority, Ranked, WeightedFair};
pub use primitive::Backoff;
#[cfg(loom)]
#[doc(hidden)]
pub use primitive::weaken;
#[cfg(feature = "alloc")]
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard,
};
pub use rwlock::{RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};
#[cfg(feature = "alloc")]
pub use semaphore::OwnedSemaphorePermit;
#[cfg(all(feature = "std", not(loom)))]
pub use semaphore::TimedAcquireError;
pub use semaphore::{AcquireError, MappedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError};
pub use seqlock::{SeqLock, SeqLockWriteGuard};
