//! Integration tests of `sync-primitives`, on native threads.

#![cfg(all(feature = "std", not(loom)))]

mod auto_traits;
mod broadcast;
mod cancellation;
mod concurrent_safe;
#[cfg(feature = "diagnostics")]
mod diagnostics;
mod event;
mod events;
mod fence;
#[cfg(not(feature = "diagnostics"))]
mod memory;
mod mpmc;
mod mpsc;
mod mutex;
mod oneshot;
mod policy;
mod rwlock;
mod semaphore;
mod seqlock;
mod spin_mutex;
mod spin_rwlock;
mod spsc;
mod support;
mod ticket;
mod timed;
mod token;
mod watch;
mod written_for_async_lock;
mod written_for_tokio;
