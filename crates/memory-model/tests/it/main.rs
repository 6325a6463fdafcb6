//! Integration tests, in one binary.

mod classic;
mod corpus;
mod execution;
mod explain;
mod generator;
mod parse;
mod random;
mod rc11;
mod relation;
mod shapes;
