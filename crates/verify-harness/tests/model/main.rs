//! The model checker against known execution counts, seeded bugs, and an independent enumeration.
#![cfg(feature = "model")]

use verify_harness::model::alloc::TrackingAllocator;

#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::new();

mod abandoned;
mod counterexamples;
mod counts;
mod documented;
mod estimates;
mod explorers;
mod interface;
mod orderings;
mod programs;
mod random;
mod shape;
mod workers;
mod wrong;
mod wrong_rows;
