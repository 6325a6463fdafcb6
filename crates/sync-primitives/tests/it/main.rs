//! Integration tests of `sync-primitives`, on native threads.

#![cfg(not(loom))]

mod auto_traits;
mod concurrent_safe;
mod events;
mod mutex;
mod rwlock;
mod semaphore;
mod spin_mutex;
mod spin_rwlock;
mod support;
