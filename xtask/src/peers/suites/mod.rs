//! The peers, one file each.

mod arc_swap;
mod crossbeam_deque;
mod crossbeam_queue;
mod papaya;

use super::suite::Suite;

pub const SUITES: [&Suite; 4] = [&crossbeam_queue::SUITE, &crossbeam_deque::SUITE, &arc_swap::SUITE, &papaya::SUITE];
