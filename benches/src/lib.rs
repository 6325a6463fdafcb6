//! What the benchmarks read, and what several of them do: see `benches/`, `examples/`.

pub mod counting;
pub mod processors;
pub mod skew;
pub mod start;
pub mod trace;
