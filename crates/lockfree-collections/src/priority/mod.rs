//! Priority queues: [`PriorityQueue`], which gives the greatest value, and [`RelaxedPriorityQueue`], which gives one of the greatest.

mod error;
mod heap;
mod iter;
mod relaxed;
mod strict;

pub use error::TryPopError;
pub use iter::IntoIter;
pub use relaxed::{Handle, RelaxedPriorityQueue};
pub use strict::PriorityQueue;
