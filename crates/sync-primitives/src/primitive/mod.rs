//! What this crate stands on: atomics, cells and yielding, from `core` and `std` normally, from `loom` under `cfg(loom)`.
//!
//! No other file of the crate names `core::sync::atomic`, `std::sync`, `std::thread`, `UnsafeCell` or `loom`, so a model
//! checker that offers loom's interface sees every access.

pub(crate) mod membarrier;
#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod native;
#[cfg(all(feature = "alloc", not(feature = "std"), not(loom)))]
mod spinning;
#[cfg(loom)]
pub mod weaken;
#[cfg(not(loom))]
mod words;

pub(crate) use core::sync::atomic::Ordering;
#[cfg(loom)]
pub(crate) use model::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, ConstPtr, MutPtr, UnsafeCell, Words, fence, spin_loop, thread,
};
#[cfg(all(feature = "std", not(loom)))]
pub(crate) use native::thread;
#[cfg(all(feature = "alloc", feature = "std", not(loom)))]
pub(crate) use native::thread_number;
#[cfg(not(loom))]
pub(crate) use native::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, ConstPtr, MutPtr, UnsafeCell, fence, spin_loop,
};
#[cfg(not(loom))]
pub(crate) use words::Words;

#[cfg(all(feature = "alloc", loom))]
pub(crate) use model::ValueArc;
#[cfg(all(feature = "alloc", loom))]
pub(crate) use model::{Lock, LockGuard};
#[cfg(all(feature = "alloc", loom))]
pub(crate) use model::{ValueMutex, ValueReadGuard, ValueRwLock};

/// The locks around the values of channels, and the reference count.
#[cfg(all(feature = "std", not(loom)))]
pub(crate) use crate::{Mutex as ValueMutex, RwLock as ValueRwLock, RwLockReadGuard as ValueReadGuard};
#[cfg(all(feature = "alloc", not(loom)))]
pub(crate) use alloc::sync::Arc as ValueArc;
#[cfg(all(feature = "alloc", not(feature = "std"), not(loom)))]
pub(crate) use spinning::{ValueMutex, ValueReadGuard, ValueRwLock};

/// The lock of channels.
#[cfg(all(feature = "alloc", not(loom)))]
pub(crate) use crate::spin::{Mutex as Lock, MutexGuard as LockGuard};

#[cfg(all(feature = "alloc", loom))]
pub(crate) use model::thread_number;
/// The number of this thread: none is known.
#[cfg(all(feature = "alloc", not(feature = "std"), not(loom)))]
#[inline]
pub(crate) fn thread_number() -> u32 {
    0
}

#[cfg(loom)]
pub use model::Backoff;
#[cfg(not(loom))]
pub use native::Backoff;

/// The types of the standard library to which `ConcurrentSafe` is extended; never loom's.
#[cfg(feature = "alloc")]
pub(crate) mod os {
    pub(crate) use alloc::sync::Arc;
    #[cfg(all(feature = "diagnostics", not(loom)))]
    pub(crate) use alloc::sync::Weak;
    #[cfg(feature = "std")]
    pub(crate) use std::sync::{Mutex, PoisonError, RwLock, TryLockError};
    #[cfg(all(feature = "diagnostics", not(loom)))]
    pub(crate) use std::sync::{MutexGuard, OnceLock};
}

/// The ordering of one atomic access, by the tag of its site: `ord!(M1, Acquire)`. A normal build discards the tag.
#[cfg(not(loom))]
macro_rules! ord {
    ($tag:ident, $ordering:ident) => {
        $crate::primitive::Ordering::$ordering
    };
}

/// The ordering of one tagged site, unless a test has weakened that site; see [`weaken`].
#[cfg(loom)]
macro_rules! ord {
    ($tag:ident, $ordering:ident) => {
        $crate::primitive::weaken::ordering(stringify!($tag), $crate::primitive::Ordering::$ordering)
    };
}
pub(crate) use ord;

/// Whether a test has seeded a bug here, by its tag, that the model tests must find; never in a normal build.
#[cfg(not(loom))]
macro_rules! seeded {
    ($tag:ident) => {
        false
    };
}

/// Whether a test has seeded a bug here; see [`weaken`].
#[cfg(loom)]
macro_rules! seeded {
    ($tag:ident) => {
        $crate::primitive::weaken::is_seeded(stringify!($tag))
    };
}
pub(crate) use seeded;

/// A `const fn` that is a plain `fn` under `cfg(loom)`, where atomics and cells are made at run time.
macro_rules! const_fn {
    ($(#[$attribute:meta])* $visibility:vis const fn $($rest:tt)*) => {
        #[cfg(not(loom))]
        $(#[$attribute])*
        $visibility const fn $($rest)*
        #[cfg(loom)]
        $(#[$attribute])*
        $visibility fn $($rest)*
    };
}
pub(crate) use const_fn;
