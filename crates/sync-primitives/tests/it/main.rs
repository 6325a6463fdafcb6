//! Integration tests of `sync-primitives`, on native threads.

#![cfg(not(loom))]

mod auto_traits;
mod concurrent_safe;
mod spin_mutex;
mod spin_rwlock;
