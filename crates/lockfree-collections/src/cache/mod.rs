//! A cache: a map with a capacity, which forgets.
//!
//! [`ConcurrentCache`] is the cache, [`Builder`] makes one with weights, lifetimes and a listener, [`Simulation`] tells what it would hit.

mod advisor;
mod builder;
mod chosen;
mod clock;
mod concurrent;
mod entry;
mod fifo;
mod flight;
mod get_with;
mod inspect;
mod iter;
mod lifetime;
mod load;
mod memory;
mod model;
mod owned;
mod parts;
mod policy;
mod removed;
mod selector;
mod shard;
mod simulation;
mod sketch;
mod stats;
mod table;
mod watch;

pub use builder::Builder;
pub use chosen::{Given, KeyOf, Lent};
pub use clock::{Clock, ManualClock, SystemClock};
pub use concurrent::{ConcurrentCache, DefaultHashBuilder};
pub use inspect::Policy;
pub use iter::Iter;
pub use lifetime::Expiry;
pub use removed::RemovalCause;
pub use selector::{CompResult, Entry, EntrySelector, Op};
pub use simulation::Simulation;
pub use stats::Stats;

/// Spreads what a hasher, which may touch few bits, has left.
#[inline]
fn mix(hash: u64) -> u64 {
    let folded = u128::from(hash ^ 0x2D35_8DCC_AA6C_78A5) * u128::from(0x9E37_79B9_7F4A_7C15_u64);
    (folded as u64 ^ (folded >> 64) as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(23)
}
