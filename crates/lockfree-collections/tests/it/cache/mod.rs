//! `ConcurrentCache`, and what it would keep.

mod adversity;
mod lifetimes;
mod loaders;
mod sequential;
mod settings;
mod simulation;
mod threads;
