#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", loom))]
extern crate std;

mod batch;
pub mod bounded;
#[cfg(feature = "cache")]
pub mod cache;
pub mod cell;
pub mod deque;
mod drain;
pub mod map;
pub mod ordered;
mod primitive;
pub mod priority;
pub mod queue;
mod random;
pub mod reclaim;
pub mod scq;
pub mod set;
pub mod spsc;
pub mod stack;

pub use bounded::BoundedQueue;
#[cfg(feature = "cache")]
pub use cache::ConcurrentCache;
pub use cell::{AtomicBox, AtomicRc, AtomicRcOption, AtomicWeak};
pub use map::LockFreeHashMap;
pub use ordered::{LockFreeSkipMap, LockFreeSkipSet};
pub use priority::{PriorityQueue, RelaxedPriorityQueue};
pub use queue::LockFreeQueue;
pub use scq::ScqQueue;
pub use set::LockFreeHashSet;
pub use spsc::Spsc;
pub use stack::{BoundedStack, LockFreeStack};

#[cfg(loom)]
#[doc(hidden)]
pub use primitive::{stall, weaken};
