//! Benchmarks live in `benches/benches`, one file a topic; this library is empty on purpose.
