//! The only place that names atomics, cells, threads and the model checker.
//!
//! Everything else in the crate is written once against these names: `core` (and a little `std`) stand behind them in a
//! normal build, `loom` under `cfg(loom)`.
//!
//! An atomic access writes its ordering as `ord!(Q3, Release)`. The tag names the site: a normal build discards it, a model
//! build looks it up in [`weaken`], where a test may have armed that one site with a weaker ordering.

#[cfg(all(not(loom), target_has_atomic = "ptr"))]
pub(crate) mod barrier;
#[cfg(feature = "wait")]
mod block;
#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod native;
#[cfg(not(loom))]
mod racy;
#[cfg(loom)]
pub mod stall;
#[cfg(loom)]
pub mod weaken;
mod whole;

#[cfg(loom)]
pub(crate) use model::*;
#[cfg(not(loom))]
pub(crate) use native::*;
#[cfg(not(loom))]
pub(crate) use racy::*;
pub(crate) use whole::{exposed, whole};

#[cfg(feature = "wait")]
pub(crate) use block::*;

#[cfg(target_has_atomic = "ptr")]
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
