//! Integration tests, in one binary.

mod classic;
mod execution;
mod generator;
mod random;
mod rc11;
mod relation;
mod shapes;
