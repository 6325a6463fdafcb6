//! Integration tests, in one binary.

mod classic;
mod execution;
mod rc11;
mod relation;
mod shapes;
