//! Memory that is accessed without synchronization.

#[expect(clippy::module_inception, reason = "the module of `Cell`, as `unsafe_cell` is that of `UnsafeCell`")]
mod cell;
mod pointer;
mod unsafe_cell;

pub use cell::Cell;
pub use pointer::{ConstPtr, MutPtr};
pub use unsafe_cell::UnsafeCell;
