//! The model checker against known execution counts, seeded bugs, and an independent enumeration.
#![cfg(feature = "model")]

mod counts;
mod documented;
mod estimates;
mod explorers;
mod interface;
mod programs;
mod random;
mod shape;
mod wrong;
