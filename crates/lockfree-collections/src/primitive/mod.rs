//! The only place that names atomics, cells, threads and the model checker.
//!
//! Everything else in the crate is written once against these names: `core` (and a little `std`) stand behind them in a
//! normal build, `loom` under `cfg(loom)`.
//!
//! An atomic access writes its ordering as `ord!(Q3, Release)`. The tag names the site: a normal build discards it, a model
//! build looks it up in [`weaken`], where a test may have armed that one site with a weaker ordering.

#[cfg(not(loom))]
pub(crate) mod barrier;
#[cfg(feature = "wait")]
mod block;
#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod native;
#[cfg(loom)]
pub mod stall;
#[cfg(loom)]
pub mod weaken;

#[cfg(loom)]
pub(crate) use model::{
    Alive, AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, BUCKETS, Backoff, CachePadded, Plain,
    Racy, Read, Shared, barrier, deallocate, fence, parallelism, sequence, settled, thread_hint, thread_local,
};
#[cfg(all(loom, feature = "cache"))]
pub(crate) use model::{ThreadId, prefetch, thread_id};
#[cfg(all(not(loom), feature = "std"))]
pub(crate) use native::thread_local;
#[cfg(not(loom))]
pub(crate) use native::{
    Alive, AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, BUCKETS, Backoff, CachePadded, Plain,
    Racy, Read, Shared, deallocate, fence, parallelism, sequence, settled, thread_hint,
};
#[cfg(all(not(loom), feature = "cache"))]
pub(crate) use native::{ThreadId, prefetch, thread_id};

#[cfg(feature = "wait")]
pub(crate) use block::*;

pub(crate) use alloc::sync::{Arc, Weak};
pub(crate) use core::sync::atomic::Ordering;

/// The ordering of one tagged site.
#[cfg(not(loom))]
macro_rules! ord {
    ($tag:ident, $ordering:ident) => {
        $crate::primitive::Ordering::$ordering
    };
}

/// The ordering of one tagged site, unless a test has weakened that site.
#[cfg(loom)]
macro_rules! ord {
    ($tag:ident, $ordering:ident) => {
        $crate::primitive::weaken::ordering(stringify!($tag), $crate::primitive::Ordering::$ordering)
    };
}

pub(crate) use ord;
