//! The model checker against known execution counts, seeded bugs, and an independent enumeration.
#![cfg(feature = "model")]

mod counts;
mod interface;
mod orderings;
mod programs;
mod random;
mod shape;
mod workers;
mod wrong;
