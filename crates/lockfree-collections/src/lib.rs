#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
// What collections share is left over where some of them are not.
#![cfg_attr(not(all(target_has_atomic = "64", target_has_atomic = "ptr")), allow(dead_code, unused_imports))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", loom))]
extern crate std;

#[cfg(not(any(target_has_atomic = "ptr", feature = "portable-atomic")))]
compile_error!(
    "this target has no compare-and-swap: the feature `portable-atomic` gives what there is without hazard pointers"
);

// What needs compare-and-swap of `core` rests on hazard pointers, and `haphazard` on `core`; what needs words of 64 bits says so.

#[cfg(feature = "alloc")]
mod batch;
#[cfg(feature = "alloc")]
pub mod bounded;
#[cfg(feature = "cache")]
pub mod cache;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub mod cell;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub mod deque;
#[cfg(feature = "alloc")]
mod drain;
#[cfg(feature = "alloc")]
mod iterators;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub mod map;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub mod ordered;
#[cfg(feature = "alloc")]
mod primitive;
#[cfg(feature = "alloc")]
pub mod priority;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub mod queue;
#[cfg(feature = "alloc")]
mod random;
#[cfg(feature = "wait")]
mod receive;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub mod reclaim;
#[cfg(all(feature = "alloc", any(target_has_atomic = "64", feature = "portable-atomic")))]
pub mod scq;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub mod set;
#[cfg(feature = "alloc")]
pub mod spsc;
#[cfg(all(feature = "alloc", any(target_has_atomic = "64", feature = "portable-atomic")))]
pub mod stack;

#[cfg(feature = "alloc")]
pub use bounded::BoundedQueue;
#[cfg(feature = "cache")]
pub use cache::ConcurrentCache;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub use cell::{AtomicBox, AtomicRc, AtomicRcOption, AtomicWeak};
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub use map::LockFreeHashMap;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub use ordered::{LockFreeSkipMap, LockFreeSkipSet};
#[cfg(feature = "alloc")]
pub use priority::{PriorityQueue, RelaxedPriorityQueue};
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub use queue::LockFreeQueue;
#[cfg(all(feature = "alloc", any(target_has_atomic = "64", feature = "portable-atomic")))]
pub use scq::ScqQueue;
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
pub use set::LockFreeHashSet;
#[cfg(feature = "alloc")]
pub use spsc::Spsc;
#[cfg(all(feature = "alloc", any(target_has_atomic = "64", feature = "portable-atomic")))]
pub use stack::BoundedStack;
#[cfg(all(
    feature = "alloc",
    target_has_atomic = "ptr",
    any(target_has_atomic = "64", feature = "portable-atomic")
))]
pub use stack::LockFreeStack;

#[cfg(loom)]
#[doc(hidden)]
pub use primitive::{stall, weaken};
