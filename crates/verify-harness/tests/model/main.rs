//! The model checker against known execution counts, seeded bugs, and an independent enumeration.
#![cfg(feature = "model")]

mod litmus;
mod random;
mod shape;
