//! Tests of every collection, one after the other and with native threads.

#![cfg(not(loom))]

mod auto_traits;
mod batches;
mod bounded;
#[cfg(feature = "cache")]
mod cache;
mod cell;
mod crowds;
mod deque;
mod drop_order;
mod every;
mod forgotten;
#[cfg(feature = "std")]
mod map;
mod matrix;
mod ordered;
mod priority;
mod queue;
mod reclaim;
#[cfg(feature = "wait")]
mod recv;
mod scq;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "std")]
mod set;
mod stack;
mod support;
