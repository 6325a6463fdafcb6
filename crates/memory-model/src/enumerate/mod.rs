//! Enumeration: all executions of a test that a model allows, with exact counts.
//!
//! An execution is counted once per reads-from and coherence order; the initial writes are implicit. Two enumerators find the
//! same executions: the *naive* one tries every reads-from with every coherence order and asks the model at the end; the default
//! one uses what the model promises (see [`Pruning`](crate::models::Pruning)) to drop partial candidates. Neither builds
//! executions with a cycle in `po | rf`: no model here allows them; [`Enumerator::for_each_cyclic`] does, for explanations.
//!
//! Loops are unrolled up to a bound; executions that run into it are counted as [`Summary::cut`], and a test with such
//! executions has not been explored completely.

mod cyclic;
mod enumerator;
mod graph;
mod machine;
mod naive;
mod pruned;
mod replay;
mod summary;

pub use enumerator::{Candidate, Ending, Enumerator, Error, executions, summary};
pub use replay::statements;
pub use summary::{Access, Observation, Outcome, Race, Summary};

/// The largest number of events, initial writes included, that an execution may have.
pub const MAX_EVENTS: usize = 128;
