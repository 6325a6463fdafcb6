//! Functions that tell loom where exploring is worth it. This checker explores everything.

/// How many threads, the first included, an execution may start unless
/// [`Builder::max_threads`](crate::model::Builder::max_threads) says otherwise.
pub const MAX_THREADS: usize = 64;

/// In loom, begins exploring again after [`stop_exploring`]. Here exploring never stops, so this does nothing.
pub fn explore() {}

/// In loom, leaves out other executions from here on, until [`explore`]. Here they are explored: a test that holds in all of
/// them holds in those that loom would have looked at.
pub fn stop_exploring() {}

/// In loom, leaves out other executions from here on. Here they are explored, as with [`stop_exploring`].
pub fn skip_branch() {}
