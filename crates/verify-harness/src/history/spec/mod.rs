//! Sequential specifications of common structures.
//!
//! | specification | operations | checked per key |
//! |---|---|---|
//! | [`Register`] | read, write, compare and swap | no |
//! | [`KeyValue`] | get, put, append on strings | yes |
//! | [`Map`] | get, insert, remove | yes |
//! | [`Set`] | contains, insert, remove | yes |
//! | [`Queue`] | enqueue, dequeue; bounded or not | no |
//! | [`Stack`] | push, pop | no |
//! | [`PriorityQueue`] | push, pop the greatest | no |
//! | [`Counter`] | add, fetch and add, get | no |
//! | [`Mutex`] | lock, try to lock, unlock | no |

mod counter;
mod key_value;
mod map;
mod mutex;
mod priority_queue;
mod queue;
mod register;
mod set;
mod stack;

pub use counter::{Counter, CounterInput, CounterOutput};
pub use key_value::{KeyValue, KeyValueInput, KeyValueOutput};
pub use map::{Map, MapInput};
pub use mutex::{Mutex, MutexInput, MutexOutput};
pub use priority_queue::{PriorityQueue, PriorityQueueInput, PriorityQueueOutput};
pub use queue::{Queue, QueueInput, QueueOutput};
pub use register::{Register, RegisterInput, RegisterOutput};
pub use set::{Set, SetInput};
pub use stack::{Stack, StackInput, StackOutput};

/// A number for a value; equal values have equal numbers. It matters little that different values may have, too: what is said of
/// each of two groups is true of both together.
fn group<V: core::hash::Hash>(value: &V) -> u64 {
    core::hash::BuildHasher::hash_one(&rustc_hash::FxBuildHasher, value)
}
