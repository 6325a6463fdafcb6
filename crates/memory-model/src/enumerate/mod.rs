//! Enumeration: all executions of a test that a model allows, with exact counts.
//!
//! An execution is counted once per reads-from and coherence order; the initial writes are implicit. Three enumerators find the
//! same executions:
//!
//! - the *naive* one tries every reads-from with every coherence order and asks the model at the end;
//! - the *pruning* one, the default, builds only what keeps the model's promises (see [`Pruning`](crate::models::Pruning)), and asks
//!   the model no more than it must (see [`Residue`](crate::models::Residue));
//! - the *counting* one, for [final states without outcomes](Enumerator::without_outcomes), counts what can still be built on a
//!   part of an execution once for all parts on which the same can be built, up to the symmetry of equal threads. It takes over
//!   where the model is settled by its promises and the test has no plain accesses.
//!
//! None builds executions with a cycle in `po | rf`: no model here allows them; [`Enumerator::for_each_cyclic`] does, for
//! explanations.
//!
//! Loops are unrolled up to a bound; executions that run into it are counted as [`Summary::cut`], and a test with such
//! executions has not been explored completely. A loop that only waits for another thread is no such loop: where it runs into its
//! bound the thread counts as [blocked](Summary::blocked), for what it does later it does after fewer iterations, too.

mod annotate;
mod counting;
mod cyclic;
mod dataflow;
mod enumerator;
mod graph;
mod hash;
mod key;
mod machine;
mod naive;
mod order;
mod pruned;
mod replay;
mod sequencing;
mod state;
mod step;
mod summary;
mod waiting;

pub use enumerator::{Candidate, Ending, Enumerator, Error, executions, summary};
pub use replay::statements;
pub use summary::{Access, Observation, Outcome, Race, Summary};

/// The largest number of events, initial writes included, that an execution may have.
pub const MAX_EVENTS: usize = 128;
