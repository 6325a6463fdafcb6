//! The model checker against known execution counts, seeded bugs, and an independent enumeration.
#![cfg(any(feature = "model", feature = "os-threads"))]

use verify_harness::model::alloc::TrackingAllocator;

#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::new();

mod abandoned;
mod counterexamples;
mod counts;
mod documented;
mod estimates;
mod explorers;
mod frees;
mod interface;
mod orderings;
#[cfg(all(feature = "model", feature = "os-threads"))]
mod os_threads;
mod programs;
mod random;
mod shape;
mod workers;
mod wrong;
mod wrong_rows;
