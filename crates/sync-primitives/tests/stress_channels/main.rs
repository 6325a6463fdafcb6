//! Stress tests of channels, with native threads: as threads, as tasks, trying, closing and giving up half way.

#![cfg(all(feature = "std", not(loom)))]

mod broadcast;
mod histories;
mod live;
mod mpmc;
mod mpsc;
mod oneshot;
mod spsc;
#[path = "../stress/mod.rs"]
mod stress;
mod watch;

use verify_harness::evidence::Check;

/// Operations of each thread.
fn operations() -> u64 {
    stress::by_tier([20_000, 200_000, 5_000_000])
}

fn check(structure: &str, property: &str, seed: u64) -> Check {
    stress::check(structure, property, operations(), seed)
}
