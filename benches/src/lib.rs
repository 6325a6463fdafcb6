//! What the benchmarks read: see `benches/`, `examples/`.

pub mod trace;
