//! `ConcurrentCache`, and what it would keep.

mod adversity;
mod lifetimes;
mod loaders;
mod sequential;
mod simulation;
mod threads;
