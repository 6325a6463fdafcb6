//! Values that are set once: [`OnceCell`], which is initialised by whoever comes first, and [`SetOnce`], which is waited for.

mod cell;
mod set;
mod slot;

pub use cell::{OnceCell, SetError};
pub use set::{SetOnce, SetOnceError, SetOnceWait};
