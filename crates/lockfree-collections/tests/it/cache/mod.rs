//! `ConcurrentCache`, and what it would keep.

mod simulation;
