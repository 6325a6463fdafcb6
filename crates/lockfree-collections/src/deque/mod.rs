//! Work-stealing deques: a [`Worker`] pushes and pops at its own end, [`Stealer`]s take from the other; an [`Injector`] is the queue
//! that all share.
//!
//! The names are those of the crate `crossbeam-deque`. What differs on purpose: an injector never answers [`Steal::Retry`], and batches from
//! a deque that is first in, first out are taken value by value.
//!
//! ```
//! use lockfree_collections::deque::{Injector, Steal, Stealer, Worker};
//!
//! /// Finds a task: one's own, one of all, or one of another's.
//! fn find_task<T>(local: &Worker<T>, global: &Injector<T>, stealers: &[Stealer<T>]) -> Option<T> {
//!     local.pop().or_else(|| {
//!         std::iter::repeat_with(|| {
//!             global.steal_batch_and_pop(local).or_else(|| stealers.iter().map(Stealer::steal).collect())
//!         })
//!         .find(|steal| !steal.is_retry())
//!         .and_then(Steal::success)
//!     })
//! }
//!
//! let (local, global, other) = (Worker::new_fifo(), Injector::new(), Worker::new_lifo());
//! global.push(1);
//! other.push(2);
//! let found = [(); 3].map(|()| find_task(&local, &global, &[other.stealer()]));
//! assert_eq!(found, [Some(1), Some(2), None]);
//! ```

mod buffer;
mod injector;
mod landing;
mod steal;
mod stealer;
mod telemetry;
mod worker;

pub use injector::Injector;
pub use steal::Steal;
pub use stealer::Stealer;
pub use worker::Worker;

/// How many values a batch moves at most, if no limit is given.
const BATCH: usize = if cfg!(loom) { 2 } else { 32 };

/// How many of `len` values a batch takes, of at most `limit`: half of them, rounded up.
fn share(len: usize, limit: usize) -> usize {
    len.div_ceil(2).min(limit)
}
